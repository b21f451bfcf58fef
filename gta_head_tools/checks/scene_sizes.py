"""Sizes of all boxes of a fixed camera, and the size that the other boxes let expect at each place.

Expected sizes are a plane fitted robustly to a sample of the boxes, times the median of what remains in each cell of a
grid, so that stands and hills are followed too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.checks.image_faults import FEWEST, LONGEST, frame_fault
from gta_head_tools.geometry import any_in_row

Array = NDArray[np.float64]
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]

FEWEST_BOXES = 40
"""Boxes of a scene that show which sizes to expect."""
MOST_FITTED, MOST_SAMPLED = 1000, 4000
"""Boxes that the plane is fitted to, and that the rest is measured by."""
CELLS, FEWEST_IN_CELL = 6, 10
"""Columns and rows of the grid over the heads, and boxes that a cell has a median of."""
NEIGHBOURS, FRIENDS, ALIKE = 50, 3, float(np.log(1.6))
"""Of so many boxes around a place, so many must differ from a size by less than this factor, to show that heads of
that size stand there, for example on a bridge over others."""
FLAT = 1.25
"""Greatest factor by which a cell of flat ground differs from the plane."""
FEWEST_OF_IMAGE, MOST_OF_IMAGE, FEWEST_IMAGES = 8, 64, 4
"""Boxes of an image that show its level, and images that show what is usual in the scene."""
LEAST_LEVEL, LEAST_FACTOR, LEAST_PIXELS = float(np.log(1.5)), float(np.log(2.5)), 3.0
"""Factors, as logarithms, by which an image or a head may differ, and pixels by which small heads may."""
SPREADS = 5.0
"""How many standard deviations of the others an image or a head may differ."""
MOST_LEVELS = 1 / 3
"""Share of images with another level up to which it is clear which of the levels is wrong."""


@dataclass(frozen=True, slots=True)
class SceneSizes:
    """Boxes of a scene that can be compared, columns of length N, image by image.

    Attributes:
        owner: index of the image.
        row: of the head in it.
        size: sqrt(width height) in pixels.
        expected: what the other boxes let expect.
        off_field: places in these columns of the heads whose size nothing explains.
        levels: by image, factor by which its boxes are larger than those of the other images at the same places, for
            images that differ.
    """

    owner: Rows
    row: Rows
    size: Array
    expected: Array
    off_field: Rows
    levels: dict[int, float]


def measure_sizes(images: Sequence[ImageAnnotations]) -> SceneSizes | None:
    """The sizes of a scene; None where there are too few boxes or images, for example of a single picture.

    Heads that are ignored, boxes that the border cuts or that are no heads, and images whose coordinates are wrong
    altogether are left out: other checks find them.

    Args:
        images: of one fixed camera.
    """
    boxes, owner, row = _comparable(images)
    if len(boxes) < FEWEST_BOXES or np.count_nonzero(np.bincount(owner)) < FEWEST_IMAGES:
        return None
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    size = np.sqrt((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))
    sample = _spread_rows(len(boxes), MOST_SAMPLED)
    plane, by_cell = _expected(middles, size, sample)
    expected = plane * by_cell
    ratio = np.log(size / expected)
    spread = _spread(ratio[sample])
    levels = _levels(owner, ratio, spread)
    suspects = np.flatnonzero(np.abs(ratio) > max(LEAST_FACTOR, SPREADS * spread))
    suspects = suspects[np.abs(size[suspects] - expected[suspects]) > LEAST_PIXELS]
    suspects = suspects[~np.isin(owner[suspects], list(levels))]
    if len(suspects):
        suspects = suspects[_alone(middles, np.log(size / plane), sample, suspects, flat=_is_flat(by_cell))]
    return SceneSizes(
        owner, row, size, expected, suspects, {image: float(np.exp(level)) for image, level in levels.items()}
    )


def _comparable(images: Sequence[ImageAnnotations]) -> tuple[Array, Rows, Rows]:
    """Boxes (N, 4) of the scene that can be compared, the images that they are in, and their rows in them."""
    counts = np.array([len(image) for image in images], dtype=np.intp)
    if not counts.sum():
        return np.empty((0, 4)), np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    starts = np.cumsum(counts) - counts
    owner = np.repeat(np.arange(len(images)), counts)
    boxes = np.concatenate([image.boxes for image in images])
    ends = np.array([image.info.size if image.info.sized else (np.inf, np.inf) for image in images]) - 1
    ends = ends[:1] if (ends == ends[0]).all() else ends[owner]  # One row for all where pictures have one size.
    begins = np.where(np.isinf(ends), -np.inf, 1.0)
    with np.errstate(invalid="ignore", over="ignore"):
        wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
        positive = (np.minimum(wide, high) > 0) & np.isfinite(wide * high)
        good = positive & (wide <= LONGEST * high) & (high <= LONGEST * wide)
        inner = ~any_in_row((boxes[:, :2] <= begins) | (boxes[:, 2:] >= ends))
    if not (positive.all() and inner.all()):
        good &= inner & ~_of_wrong_images(images, owner, positive, inner, ~np.isnan(wide))
    place = np.flatnonzero(good & ~np.concatenate([image.ignore for image in images]))
    return boxes[place], owner[place], place - starts[owner[place]]


def _of_wrong_images(images: Sequence[ImageAnnotations], owner: Rows, positive: Mask, inner: Mask, known: Mask) -> Mask:
    """(heads,) True for heads of images whose coordinates are wrong altogether."""
    of_known, of_positive, beyond = (
        np.bincount(owner[heads], minlength=len(images)) for heads in (known, positive, known & ~inner)
    )
    wrong = of_positive * 2 < of_known
    wrong[[place for place in np.flatnonzero(beyond >= FEWEST).tolist() if frame_fault(images[place]) is not None]] = (
        True
    )
    found: Mask = wrong[owner]
    return found


def _spread_rows(count: int, most: int) -> Rows:
    """At most so many of `count` rows, drawn evenly."""
    return np.arange(count) if count <= most else np.random.default_rng(0).choice(count, most, replace=False)


def _expected(middles: Array, size: Array, sample: Rows) -> tuple[Array, Array]:
    """(N,) sizes of a plane at the middles (N, 2), and (N,) factors of the cells of the grid that they lie in."""
    from gta_head_tools.interpolation.scene_frame import Frame, relative_affine  # Loads scipy.

    frame = Frame.around(middles[sample], (1, 1))
    fitted = sample[_spread_rows(len(sample), MOST_FITTED)]
    low, high = np.quantile(size[sample], (0.02, 0.98))
    level, of_u, of_v = relative_affine(frame.phi(middles[fitted]), size[fitted]).tolist()
    u, v = ((middles[:, axis] - frame.centre[axis]) / frame.sides[axis] for axis in (0, 1))
    plane = np.clip(level + of_u * u + of_v * v, low / 2, high * 2)
    column, row = (np.clip((part + 0.5) * CELLS, 0, CELLS - 1).astype(np.int64) for part in (u, v))
    cell = column + CELLS * row
    rest = np.log(size[sample] / plane[sample])
    return plane, np.exp(group_medians(cell[sample], rest, CELLS * CELLS, FEWEST_IN_CELL))[cell]


def group_medians(group: NDArray[np.int64], values: Array, groups: int, fewest: int) -> Array:
    """(groups,) median of the values of each group; 0 for groups with fewer values than `fewest`."""
    order = np.lexsort((values, group))
    counts = np.bincount(group, minlength=groups)
    starts = np.cumsum(counts) - counts
    enough = counts >= fewest
    ordered = values[order]
    medians = np.zeros(groups)
    low, high = starts + (counts - 1) // 2, starts + counts // 2
    medians[enough] = (ordered[low[enough]] + ordered[high[enough]]) / 2
    return medians


def _spread(values: Array) -> float:
    """Standard deviation of most of the values."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _levels(owner: Rows, ratio: Array, spread: float) -> dict[int, float]:
    """By image, the logarithm of its level over that of the scene, for images that differ from most others."""
    count = int(owner.max()) + 1
    boxes = np.bincount(owner, minlength=count)
    if boxes.max() > MOST_OF_IMAGE:  # Every second or third box of large images tells as much.
        order = np.arange(len(owner)) - np.repeat(np.cumsum(boxes) - boxes, boxes)
        some = order % np.maximum(1, boxes // MOST_OF_IMAGE)[owner] == 0
        owner, ratio = owner[some], ratio[some]
        boxes = np.bincount(owner, minlength=count)
    told = np.flatnonzero(boxes >= FEWEST_OF_IMAGE)
    if len(told) < FEWEST_IMAGES:
        return {}
    level = group_medians(owner, ratio, count, FEWEST_OF_IMAGE)[told]
    level -= np.median(level)
    error = 1.25 * spread / np.sqrt(boxes[told])
    differs = np.abs(level) > np.maximum(max(LEAST_LEVEL, SPREADS * _spread(level)), SPREADS * error)
    if differs.sum() > MOST_LEVELS * len(told):
        return {}
    return {int(image): float(by) for image, by in zip(told[differs], level[differs], strict=True)}


def _is_flat(by_cell: Array) -> bool:
    return bool(by_cell.max() < FLAT and by_cell.min() > 1 / FLAT)


def _alone(middles: Array, ratio: Array, sample: Rows, suspects: Rows, *, flat: bool) -> Mask:
    """(suspects,) True for boxes that are alone with their size among the boxes around them.

    At the upper and lower edge of the crowd the others tell less: where the ground is not flat, a person there may
    stand on ground of their own, and a larger one may walk just before the camera.
    """
    from scipy.spatial import cKDTree

    _, near = cKDTree(middles[sample]).query(middles[suspects], k=min(NEIGHBOURS, len(sample)))
    others = sample[np.asarray(near)]
    alike = np.abs(ratio[others] - ratio[suspects, None]) < ALIKE
    alone: Mask = np.count_nonzero(alike & (others != suspects[:, None]), axis=1) < FRIENDS
    down = middles[others, 1] - middles[suspects, 1, None]
    between = np.minimum(np.count_nonzero(down < 0, axis=1), np.count_nonzero(down > 0, axis=1)) > FRIENDS
    alone &= between | (flat & (ratio[suspects] < 0))
    return alone
