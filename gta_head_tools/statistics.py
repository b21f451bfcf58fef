"""Numbers of a data set in the form of the papers' tables: `update_statistics` of some images, `finish_statistics`.

Tallies of different images, for example from several worker processes, are finished together; the order of the images
changes only rounding. Heads that are flagged as ignored count in `ignored` alone. Unknown values are None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import Boxes, ImageAnnotations, ImageInfo, joined
from gta_head_tools.geometry import any_in_row, sizes
from gta_head_tools.regions import Region

Numbers = NDArray[np.float64]
PERCENTILES = (5, 25, 50, 75, 95)
"""Of box sizes."""
CONDITIONS = ("weather", "hour")
"""Facts of images whose values are counted, and "camera": pictures with a known pose."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Least, mean, median and greatest of some values, and percentile to value."""

    low: float
    mean: float
    median: float
    high: float
    percentiles: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class ImageRow:
    """Numbers of one image.

    Attributes:
        info: the picture.
        heads: that count.
        ignored: heads that do not.
        boxed: heads with a box of finite corners and positive width and height.
        covered: area of their boxes inside the picture over its area, overlaps counted twice; None = size unknown.
        inside: heads in the region of interest; None = the image has none.
    """

    info: ImageInfo
    heads: int
    ignored: int
    boxed: int
    covered: float | None
    inside: int | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of some images.

    Attributes:
        images: one row each.
        sizes: (boxes,) sqrt(width height) in pixels, image by image.
        ids: (heads,) of the heads that count, image by image.
        boxed: (heads,) which of them have a box of positive width and height.
    """

    images: tuple[ImageRow, ...]
    sizes: Numbers
    ids: NDArray[np.int64]
    boxed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Numbers of a set, a split or a scene; None where nothing says.

    Attributes:
        images: how many.
        heads: in all images, without ignored ones.
        ignored: heads that do not count.
        boxed: heads with a box of positive width and height.
        resolutions: (width, height) to images; (0, 0) = unknown.
        per_image: heads per image.
        box_size: sqrt(width height) of boxes, pixels.
        per_megapixel: heads of all images of known size over their area in millions of pixels.
        per_megapixel_inside: the same within regions of interest, of images that have one.
        occupancy: box area over picture area, overlaps counted twice, mean over images of known size; None without
            boxes.
        persons: different ids, each scene for itself.
        track_length: heads of a person, one an image where ids are not doubled.
        conditions: weather, hour and camera: value to images.
    """

    images: int
    heads: int
    ignored: int
    boxed: int
    resolutions: Mapping[tuple[int, int], int]
    per_image: Spread | None
    box_size: Spread | None
    per_megapixel: float | None
    per_megapixel_inside: float | None
    occupancy: float | None
    persons: int
    track_length: Spread | None
    conditions: Mapping[str, Mapping[str, int]]

    @property
    def boxed_share(self) -> float | None:
        """Boxes over heads."""
        return self.boxed / self.heads if self.heads else None


DEFINITIONS: Mapping[str, str] = {
    "heads": "Heads that count. Those that are flagged as ignored are counted apart.",
    "box size": "Square root of width times height, in pixels, of boxes with finite corners and positive sides.",
    "heads per megapixel": "Heads of all pictures of known size over the area of these pictures.",
    "occupancy": "Area of boxes inside the picture over its area, mean of the pictures; overlaps count twice.",
    "persons": "Different ids; ids of different scenes are different persons.",
}
"""Words of the table, and what they mean."""


def update_statistics(images: Sequence[ImageAnnotations]) -> Tally:
    """The numbers of some images, at once because each call of numpy takes its time."""
    if not images:
        return Tally((), np.empty(0), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_))
    heads = joined(images)
    owner = np.repeat(np.arange(len(images)), [len(image) for image in images])
    counts = ~heads.ignore
    finite = np.where(~any_in_row(~np.isfinite(heads.boxes))[:, None], heads.boxes, np.nan)
    with np.errstate(over="ignore", invalid="ignore"):  # Boxes beyond float64 are findings of checks.
        side = sizes(finite)
        good = counts & np.isfinite(side) & (side > 0) & (finite[:, 2] > finite[:, 0])
        area = _area_inside(finite, np.array([image.info.size for image in images], dtype=np.float64)[owner])

    def per_image(rows: NDArray[np.bool_], weights: Numbers | None = None) -> list[float]:
        chosen = None if weights is None else weights[rows]
        found: list[float] = np.bincount(owner[rows], chosen, minlength=len(images)).tolist()
        return found

    columns = zip(
        images, per_image(counts), per_image(heads.ignore), per_image(good), per_image(good, area), strict=True
    )
    rows = tuple(
        ImageRow(
            image.info,
            int(count),
            int(ignored),
            int(boxed),
            covered / (image.info.width * image.info.height) if image.info.sized else None,
            None if image.info.roi is None else int(image.info.roi.contains(image.points[~image.ignore]).sum()),
        )
        for image, count, ignored, boxed, covered in columns
    )
    return Tally(rows, side[good], heads.ids[counts], good[counts])


def finish_statistics(
    tallies: Iterable[Tally], key: Callable[[ImageInfo], str] = lambda _: "all"
) -> dict[str, Statistics]:
    """The numbers of each group of images, in order of appearance.

    Args:
        tallies: of different images.
        key: the name of an image's group.
    """
    parts = list(tallies)
    rows = [row for part in parts for row in part.images]
    if not rows:
        return {}
    names: dict[str, int] = {}
    group = np.array([names.setdefault(key(row.info), len(names)) for row in rows])
    scenes: dict[str, int] = {}
    scene = np.array([scenes.setdefault(row.info.scene, len(scenes)) for row in rows])
    # Persons and boxes come one after the other, because the arrays of each are large.
    tracks = _tracks(np.concatenate([part.ids for part in parts]), group, scene, [row.heads for row in rows])
    of_box = np.repeat(group.astype(np.int32), [row.boxed for row in rows])
    sides = _parted(np.concatenate([part.sizes for part in parts]), of_box, len(names))
    held: list[list[ImageRow]] = [[] for _ in names]
    for row, number in zip(rows, group.tolist(), strict=True):
        held[number].append(row)
    columns = zip(names, held, sides, _parted(*tracks, len(names)), strict=True)
    return {name: _numbers(in_group, side, lengths) for name, in_group, side, lengths in columns}


def _parted(values: NDArray[Any], owner: NDArray[Any], count: int) -> list[NDArray[Any]]:
    """The values of each of `count` groups; one sorting, because a mask for every group takes too long for many."""
    if count == 1:
        return [values]
    order = np.argsort(owner, kind="stable")
    return np.split(values[order], np.cumsum(np.bincount(owner, minlength=count))[:-1])


def _numbers(rows: Sequence[ImageRow], side: Numbers, tracks: NDArray[np.int64]) -> Statistics:
    sized = [row for row in rows if row.info.sized]
    regions = [
        (row.inside, _pixels(row.info.roi)) for row in rows if row.inside is not None and row.info.roi is not None
    ]
    covered = [row.covered for row in sized if row.covered is not None]
    return Statistics(
        images=len(rows),
        heads=sum(row.heads for row in rows),
        ignored=sum(row.ignored for row in rows),
        boxed=len(side),
        resolutions=dict(Counter(row.info.size if row.info.sized else (0, 0) for row in rows).most_common()),
        per_image=spread(np.array([row.heads for row in rows], dtype=np.float64)),
        box_size=spread(side),
        per_megapixel=_density(sum(r.heads for r in sized), sum(r.info.width * r.info.height for r in sized)),
        per_megapixel_inside=_density(sum(inside for inside, _ in regions), sum(pixels for _, pixels in regions)),
        occupancy=float(np.mean(covered)) if covered and len(side) else None,
        persons=len(tracks),
        track_length=spread(tracks.astype(np.float64)),
        conditions=_conditions(rows),
    )


def spread(values: Numbers) -> Spread | None:
    """The spread of some values (N,); None of none."""
    if not len(values):
        return None
    at = np.percentile(values, PERCENTILES).tolist()
    percentiles = dict(zip(PERCENTILES, at, strict=True))
    return Spread(float(values.min()), float(values.mean()), percentiles[50], float(values.max()), percentiles)


def _conditions(rows: Sequence[ImageRow]) -> dict[str, dict[str, int]]:
    infos = [row.info for row in rows]
    told = {
        fact: dict(Counter(str(i.facts[fact]) for i in infos if fact in i.facts).most_common()) for fact in CONDITIONS
    }
    posed = sum(info.camera is not None for info in infos)
    if posed:
        told["camera"] = {"known": posed}
    return {fact: values for fact, values in told.items() if values}


def _tracks(
    ids: NDArray[np.int64], group: NDArray[np.int64], scene: NDArray[np.int64], heads: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(persons,) number of heads of each person in each group, and (persons,) the group.

    Args:
        ids: (heads,) image by image, -1 = none.
        group: (images,) from 0.
        scene: (images,) from 0.
        heads: of each image.
    """
    there = ids >= 0
    if not there.any():
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    scenes = int(scene.max()) + 1
    pairs = scenes * (int(group.max()) + 1)
    # One number a person is sorted forty times as fast as rows of three numbers.
    keys = np.repeat(group * scenes + scene, heads)[there]
    ids = ids[there]
    if int(ids.max()) >= np.iinfo(np.int64).max // pairs - 1:
        ids = np.unique(ids, return_inverse=True)[1].astype(np.int64)
    span = int(ids.max()) + 1
    keys *= span
    keys += ids
    del ids, there
    persons, lengths = np.unique(keys, return_counts=True)
    return lengths.astype(np.int64), persons // span // scenes


def _area_inside(boxes: Boxes, borders: Numbers) -> Numbers:
    """(N,) area of boxes inside pictures of (width, height)."""
    low, high = np.maximum(boxes[:, :2], 0), np.minimum(boxes[:, 2:], borders)
    area: Numbers = np.maximum(high - low, 0).prod(axis=1)
    return np.nan_to_num(area)


def _pixels(region: Region | None) -> float:
    if region is None:
        return 0.0
    if region.mask is not None:
        return float(region.mask.sum())
    assert region.polygon is not None
    x, y = region.polygon.T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def _density(heads: float, pixels: float) -> float | None:
    return heads / pixels * 1e6 if pixels > 0 else None
