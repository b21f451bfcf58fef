"""What a data set holds, found in one pass: what decides whether a format can take it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from converters.files.pictures import ORIGINAL_PATH
from gta_head_tools.annotations import ImageAnnotations, Mask, known, off_centre
from gta_head_tools.dataset import Dataset
from gta_head_tools.geometry import outside
from gta_head_tools.progress import Track, no_progress


@dataclass(frozen=True, slots=True)
class Survey:
    """What a data set holds.

    Attributes:
        images: number of pictures.
        heads: number of heads.
        filled: heads with a value by column (`ColumnName`; ``points``: not the middle of the box); ``split``: images.
        own: heads or images with a value by what belongs to one format alone (weather, annotation ids, ...).
        unboxed: heads without a box.
        first_unboxed: path of the first image with such a head.
        unsized: images of unknown size.
        first_unsized: path of the first of them.
        sizes: scene name to the sizes of its pictures, where they differ.
        odd: heads outside their picture, or with a box whose corners are swapped.
        first_odd: the first of them.
    """

    images: int
    heads: int
    filled: Mapping[str, int]
    own: Mapping[str, int]
    unboxed: int
    first_unboxed: str
    unsized: int
    first_unsized: str
    sizes: Mapping[str, frozenset[tuple[int, int]]]
    odd: int
    first_odd: str


def survey(dataset: Dataset, *, track: Track = no_progress) -> Survey:
    """Count what is there.

    Raises:
        DataFormatError: a file is not what it claims to be.
    """
    filled: Counter[str] = Counter()
    own: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    sizes: dict[str, set[tuple[int, int]]] = {}
    for image in track(dataset, "checking images", dataset.image_count):
        filled.update(filled_columns(image))
        own.update(own_columns(image))
        counts.update(images=1, heads=len(image))
        if image.info.sized:
            sizes.setdefault(image.info.scene, set()).add(image.info.size)
        for kind, count, where in _defects(image):
            counts[kind] += count
            first.setdefault(kind, where)
    return Survey(
        images=counts["images"],
        heads=counts["heads"],
        filled=+filled,
        own=+own,
        unboxed=counts["unboxed"],
        first_unboxed=first.get("unboxed", ""),
        unsized=counts["unsized"],
        first_unsized=first.get("unsized", ""),
        sizes={scene: frozenset(found) for scene, found in sizes.items() if len(found) > 1},
        odd=counts["odd"],
        first_odd=first.get("odd", ""),
    )


def filled_columns(image: ImageAnnotations) -> dict[str, int]:
    """Heads with a value by column (`ColumnName`), see `Survey.filled`."""
    return dict(_filled(image))


def own_columns(image: ImageAnnotations) -> dict[str, int]:
    """Heads or images with a value by what belongs to one format alone, see `Survey.own`."""
    return dict(_own(image))


def _filled(image: ImageAnnotations) -> Iterator[tuple[str, int]]:
    yield "points", int(off_centre(image).sum())
    yield "boxes", int(image.has_box.sum())
    yield "ids", int((image.ids >= 0).sum())
    yield "ignore", int(image.ignore.sum())
    for name in ("visibility", "score"):
        if name in image.extra:
            yield name, int((~np.isnan(image.extra[name])).sum())
    yield "split", int(image.info.split is not None)


def _own(image: ImageAnnotations) -> Iterator[tuple[str, int]]:
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
    if not image.info.sized:
        yield "unsized", 1, image.info.path
    odd = _odd(image)
    if odd.any():
        row = int(np.argmax(odd))
        x, y = image.points[row].tolist()
        yield "odd", int(odd.sum()), f"head {row + 1} of {image.info.path} at {x:g}, {y:g}"


def _odd(image: ImageAnnotations) -> Mask:
    swapped: Mask = np.any(image.boxes[:, 2:] < image.boxes[:, :2], axis=1)
    negative: Mask = np.any(image.points < 0, axis=1)
    return swapped | (outside(image.points, image.info.size) if image.info.sized else negative)
