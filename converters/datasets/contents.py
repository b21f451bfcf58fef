"""What a data set holds, counted in one pass: this decides whether a format can hold it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from converters.files.pictures import ORIGINAL_PATH
from gta_head_tools.annotations import ImageAnnotations, Mask, known, off_centre
from gta_head_tools.dataset import Dataset
from gta_head_tools.geometry import cut_at_border, outside
from gta_head_tools.progress import Track, no_progress


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
    for image in track(dataset, "checking images", dataset.image_count):
        filled.update(filled_columns(image))
        extras.update(extra_columns(image))
        ids.update(id_defects(image))
        border.update(at_border(image) if clips else {})
        counts.update(images=1, heads=len(image))
        if image.info.sized:
            sizes.setdefault(image.info.scene, set()).add(image.info.size)
        else:
            unsized.append(image.info.path)
        for kind, count, where in _defects(image):
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
    for name, values in image.extra.items():
        if name not in {"visibility", "score"}:
            yield name, int(known(values).sum())
    for name in sorted(image.info.facts.keys() - image.extra.keys() - {ORIGINAL_PATH}):
        yield name, 1
    for name in ("camera", "roi"):
        yield name, int(getattr(image.info, name) is not None)


def _defects(image: ImageAnnotations) -> Iterator[tuple[str, int, str]]:
    """Kind of defect, how many heads (or images) have it, and where the first is."""
    if not image.has_box.all():
        yield "unboxed", int((~image.has_box).sum()), image.info.path
    misplaced = _misplaced(image)
    if misplaced.any():
        row = int(np.argmax(misplaced))
        x, y = image.points[row].tolist()
        yield "misplaced", int(misplaced.sum()), f"head {row + 1} of {image.info.path} at {x:g}, {y:g}"


def _misplaced(image: ImageAnnotations) -> Mask:
    swapped: Mask = np.any(image.boxes[:, 2:] < image.boxes[:, :2], axis=1)
    negative: Mask = np.any(image.points < 0, axis=1)
    return swapped | (outside(image.points, image.info.size) if image.info.sized else negative)
