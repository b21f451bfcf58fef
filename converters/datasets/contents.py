"""What a data set holds, counted in one pass: this decides whether a format can hold it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from converters.files.pictures.pictures import ORIGINAL_PATH
from gta_head_tools.annotations import ImageAnnotations, Mask, Points, joined, known, off_centre
from gta_head_tools.dataset import Dataset
from gta_head_tools.geometry import all_within, any_in_row, cut_at_border
from gta_head_tools.progress import Track, no_progress

_AT_ONCE = 8192
"""Heads that are counted together."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a data set holds.

    Attributes:
        images: number of pictures.
        heads: number of heads.
        filled: heads with a value by column (`ColumnName`; ``points``: not the middle of the box); ``split``: images.
        extras: heads or images with a value, by name of a fact or column that only one format knows (weather,
            annotation ids, ...).
        ids: see `id_defects`.
        unboxed: heads without a box.
        first_unboxed: path of the first image with such a head.
        unsized_paths: of the images of unknown size.
        sizes: scene name to the sizes of its pictures, where they differ.
        misplaced: heads outside their picture, or with a box whose corners are swapped.
        first_misplaced: the first of them.
        border: see `at_border`; nothing unless it was asked for.
    """

    images: int
    heads: int
    filled: Mapping[str, int]
    extras: Mapping[str, int]
    ids: Mapping[str, int]
    unboxed: int
    first_unboxed: str
    unsized_paths: tuple[str, ...]
    sizes: Mapping[str, frozenset[tuple[int, int]]]
    misplaced: int
    first_misplaced: str
    border: Mapping[str, int]


def count_contents(dataset: Dataset, *, clips: bool = False, track: Track = no_progress) -> Contents:
    """The contents of a data set.

    Args:
        dataset: whose contents are counted.
        clips: count what cutting boxes at the border changes, too.
        track: progress.

    Raises:
        DataFormatError: a file is not what it claims to be.
    """
    filled: Counter[str] = Counter()
    extras: Counter[str] = Counter()
    ids: Counter[str] = Counter()
    border: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    sizes: dict[str, set[tuple[int, int]]] = {}
    unsized: list[str] = []
    for images in _together(track(dataset, "checking images", dataset.image_count)):
        for image in images:
            extras.update(_facts(image))
            if image.info.sized:
                sizes.setdefault(image.info.scene, set()).add(image.info.size)
            else:
                unsized.append(image.info.path)
            if (image.ids >= 0).any():
                ids.update(repeated=id_defects(image)["repeated"])
        heads = joined(images)
        borders = _borders(images)
        if clips and not all_within(heads.boxes, borders):
            for image in images:
                border.update(at_border(image))
        splits = sum(image.info.split is not None for image in images)
        filled.update({**dict(_filled(heads)), "split": splits})
        extras.update(dict(_columns(heads)))
        ids.update(without=int((heads.ids < 0).sum()))
        counts.update(images=len(images), heads=len(heads))
        for kind, count, where in _defects(images, heads, borders):
            counts[kind] += count
            first.setdefault(kind, where)
    return Contents(
        images=counts["images"],
        heads=counts["heads"],
        filled=+filled,
        extras=+extras,
        ids=ids,
        unboxed=counts["unboxed"],
        first_unboxed=first.get("unboxed", ""),
        unsized_paths=tuple(unsized),
        sizes={scene: frozenset(found) for scene, found in sizes.items() if len(found) > 1},
        misplaced=counts["misplaced"],
        first_misplaced=first.get("misplaced", ""),
        border=+border,
    )


def _together(images: Iterable[ImageAnnotations]) -> Iterator[list[ImageAnnotations]]:
    """Images in their order, some thousand heads at a time, because each call of numpy takes its time."""
    group: list[ImageAnnotations] = []
    heads = 0
    for image in images:
        group.append(image)
        heads += len(image)
        if heads >= _AT_ONCE:
            yield group
            group, heads = [], 0
    if group:
        yield group


def filled_columns(image: ImageAnnotations) -> dict[str, int]:
    """Heads with a value by column (`ColumnName`), see `Contents.filled`."""
    return dict(_filled(image))


def id_defects(image: ImageAnnotations) -> dict[str, int]:
    """Heads `without` an id, and heads whose id is `repeated`: an earlier head of the image has it."""
    there = image.ids[image.ids >= 0]
    return {"without": len(image) - len(there), "repeated": len(there) - len(np.unique(there))}


def at_border(image: ImageAnnotations) -> dict[str, int]:
    """Heads whose box is `cut` by the border, those of whose box nothing is left (`gone`), and boxes `swapped`."""
    boxes = image.boxes
    if not image.info.sized or not len(boxes):
        return {}
    low, high = boxes.min(axis=0), boxes.max(axis=0)
    swapped = int((boxes[:, 2:] < boxes[:, :2]).any(axis=1).sum())
    if not swapped and low.min() >= 0 and high[2] <= image.info.width and high[3] <= image.info.height:
        return {}
    sizes = np.broadcast_to(np.array(image.info.size, dtype=np.float64), (len(boxes), 2))
    cut, left = cut_at_border(boxes, sizes)
    ordered = np.concatenate([np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])], axis=1)
    changed = (cut != ordered).any(axis=1) & image.has_box
    return {"cut": int((changed & left).sum()), "gone": int((~left).sum()), "swapped": swapped}


def extra_columns(image: ImageAnnotations) -> dict[str, int]:
    """Heads or images with a value, by name of what only one format knows; see `Contents.extras`."""
    return dict(_extras(image))


def _filled(image: ImageAnnotations) -> Iterator[tuple[str, int]]:
    yield "points", int(off_centre(image).sum())
    yield "boxes", int(image.has_box.sum())
    yield "ids", int((image.ids >= 0).sum())
    yield "ignore", int(image.ignore.sum())
    for name in ("visibility", "score"):
        if name in image.extra:
            yield name, int((~np.isnan(image.extra[name])).sum())
    yield "split", int(image.info.split is not None)


def _extras(image: ImageAnnotations) -> Iterator[tuple[str, int]]:
    yield from _columns(image)
    yield from _facts(image).items()


def _columns(image: ImageAnnotations) -> Iterator[tuple[str, int]]:
    for name, values in image.extra.items():
        if name not in {"visibility", "score"}:
            yield name, int(known(values).sum())


def _facts(image: ImageAnnotations) -> dict[str, int]:
    info = image.info
    facts = dict.fromkeys(sorted(info.facts.keys() - image.extra.keys() - {ORIGINAL_PATH}), 1)
    return facts | {"camera": int(info.camera is not None), "roi": int(info.roi is not None)}


def _defects(
    images: Sequence[ImageAnnotations], heads: ImageAnnotations, borders: Points
) -> Iterator[tuple[str, int, str]]:
    """Kind of defect, how many heads of these images have it, and where the first is."""
    unboxed, misplaced = ~heads.has_box, _misplaced(heads, borders)
    if unboxed.any():
        yield "unboxed", int(unboxed.sum()), images[_place(images, unboxed)[0]].info.path
    if misplaced.any():
        number, row = _place(images, misplaced)
        x, y = images[number].points[row].tolist()
        yield "misplaced", int(misplaced.sum()), f"head {row + 1} of {images[number].info.path} at {x:g}, {y:g}"


def _place(images: Sequence[ImageAnnotations], mask: Mask) -> tuple[int, int]:
    """The image of the first head of which the mask is true, and its row there."""
    row = int(np.argmax(mask))
    starts = np.cumsum([0, *(len(image) for image in images)])
    number = int(np.searchsorted(starts, row, side="right")) - 1
    return number, row - int(starts[number])


def _borders(images: Sequence[ImageAnnotations]) -> Points:
    """(N, 2) width and height of the picture of each head; nothing is beyond those of a picture of unknown size."""
    sizes = [image.info.size if image.info.sized else (np.inf, np.inf) for image in images]
    return np.repeat(np.array(sizes, dtype=np.float64), [len(image) for image in images], axis=0)


def _misplaced(heads: ImageAnnotations, borders: Points) -> Mask:
    swapped = any_in_row(heads.boxes[:, 2:] < heads.boxes[:, :2])
    return swapped | any_in_row((heads.points < 0) | (heads.points > borders))
