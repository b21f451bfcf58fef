"""Instance masks of IIM: a rectangle per head, kept apart, so that connected pixels are one head.

From boxes, half sides are whole pixels, at least 3 (or the cap), and shrink pair by pair until a gap of a quarter of
the larger side lies between two heads; that is done once per head and its four nearest, for at most 41 rounds, so a gap
is not certain: `merged_heads` counts what still touches. From points, a square's half side is about a quarter of the
distance to the nearest head. Source: Gao et al., "Learning Independent Instance Maps for Crowd Localization", 2020, and
the preparation scripts of `taohan10200/IIM`, with equal distances in order of index.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools.columns import numbers_of
from gta_head_tools.compiled import compiled
from gta_head_tools.maps.components import components
from gta_head_tools.maps.map_window import BinaryMap, Size, canvas
from gta_head_tools.nearest import grid_of, nearest

Whole = NDArray[np.int64]

_NEIGHBOURS = 4
_ROUNDS = 41
_LEAST_HALF, _SMALLEST_HALF, _SHRINK = 3.0, 2, 0.9
_GAP_TO_THIRD = 3
_WIDEST_HALF_OF_POINT = 15


@dataclass(frozen=True, slots=True, eq=False)
class InstanceMask:
    """A mask and what was painted.

    Attributes:
        mask: bool (H, W).
        rectangles: int64 (N, 4) x0 y0 x1 y1 of every head, inside the image, half open; all 0 = not painted, as its
            centre is outside (from boxes also: in the first row or column).
    """

    mask: BinaryMap
    rectangles: Whole


def merged_heads(instances: InstanceMask) -> int:
    """How many painted heads are lost in the components of another one, corners touching included."""
    painted = int(np.count_nonzero(instances.rectangles.any(axis=1)))
    return painted - len(components(instances.mask, diagonal=True))


def box_mask(boxes: ArrayLike, size: Size, *, cap: int = 25, out: BinaryMap | None = None) -> InstanceMask:
    """The instance mask of head boxes (N, 4), x0 y0 x1 y1 in pixels, all known, in an image of (width, height).

    Args:
        boxes: order matters: the earlier head shrinks first.
        size: width and height of the image.
        cap: largest half side, pixels: 25 for NWPU and ShanghaiTech A, 15 for JHU and UCF-QNRF.
        out: bool array (H, W) to fill instead of a new one.

    Raises:
        ValueError: a box is unknown, the cap is below the smallest half side of 2, or `out` does not fit.
    """
    if cap < _SMALLEST_HALF:
        raise ValueError(f"the cap of half sides is at least {_SMALLEST_HALF}, got {cap}")
    mask, known = canvas(size).flags(out), numbers_of(boxes, "boxes", width=4)
    # Up to 2^25, squared distances of whole pixels are exact; nothing farther away is painted.
    known = np.clip(known, -(2.0**25), 2.0**25)
    centres = ((known[:, :2] + known[:, 2:]) / 2).astype(np.int64)
    halves = np.minimum(np.maximum((known[:, 2:] - known[:, :2]) / 2, _LEAST_HALF).astype(np.int64), cap)
    if len(centres):
        places = centres.astype(np.float64)
        _, order = nearest(grid_of(places), places, _NEIGHBOURS + 2)
        _part(centres, halves, order)
    painted = np.all((centres > 0) & (centres < size), axis=1)
    return _paint(mask, centres - halves, centres + halves, painted)


def point_mask(points: ArrayLike, size: Size, *, out: BinaryMap | None = None) -> InstanceMask:
    """The instance mask of head points (N, 2) in an image of (width, height).

    Args:
        points: pixels, finite; heads outside are not painted, but keep their neighbours small.
        size: width and height of the image.
        out: bool array (H, W) to fill instead of a new one.

    Raises:
        ValueError: a point is not finite, or `out` does not fit.
    """
    mask = canvas(size).flags(out)
    heads = numbers_of(points, "points", width=2)
    if not len(heads):
        return InstanceMask(mask, np.zeros((0, 4), np.int64))
    squared, _ = nearest(grid_of(heads), heads, 2)
    spread = np.minimum(np.sqrt(squared[:, 1]) / 8, _WIDEST_HALF_OF_POINT / 2)
    halves = np.minimum((2 * spread + 0.5).astype(np.int64), _WIDEST_HALF_OF_POINT)[:, None]
    inside = np.all((heads >= 0) & (heads < size), axis=1)
    centres = np.where(inside[:, None], heads, 0.0).astype(np.int64)
    return _paint(mask, centres - halves, centres + halves + 1, inside)


def _paint(mask: BinaryMap, first: Whole, last: Whole, painted: NDArray[np.bool_]) -> InstanceMask:
    corner = np.array(mask.shape[::-1])
    rectangles = np.concatenate([np.maximum(first, 0), np.minimum(last, corner)], axis=1) * painted[:, None]
    _fill(mask, rectangles)
    return InstanceMask(mask, rectangles)


@compiled
def _fill(mask: BinaryMap, rectangles: Whole) -> None:
    for i in range(len(rectangles)):
        left, top, right, bottom = rectangles[i]
        for row in range(top, bottom):
            mask[row, left:right] = True


@compiled
def _overlap(centres: Whole, halves: Whole, one: int, other: int, axis: int) -> int:
    """How far two heads reach over each other along an axis; negative = the gap between them."""
    overlap: int = halves[one, axis] + halves[other, axis] - abs(centres[one, axis] - centres[other, axis])
    return overlap


@compiled
def _shrink(halves: Whole, head: int) -> None:
    for axis in range(2):
        halves[head, axis] = max(int(halves[head, axis] * _SHRINK), _SMALLEST_HALF)


@compiled
def _part(centres: Whole, halves: Whole, order: Whole) -> None:
    """Shrink half sides (N, 2) in place until heads are apart; `order` (N, 6) holds the nearest, itself included."""
    for i in range(len(order)):
        # Where several heads are in one place, the first of them is taken for all.
        head = order[i, 0]
        for step in range(1, _NEIGHBOURS + 1):
            if order[i, step] >= 0:
                _part_pair(centres, halves, head, order[i, step], order[i, step + 1])


@compiled
def _part_pair(centres: Whole, halves: Whole, head: int, other: int, third: int) -> None:
    across, down = _overlap(centres, halves, head, other, 0), _overlap(centres, halves, head, other, 1)
    # The gap that overlapping heads need is computed from the sides they would have after they are parted.
    cut = across > 0 and down > 0
    most_across = max(halves[head, 0], halves[other, 0]) - (across / 2.0 if cut else 0.0)
    most_down = max(halves[head, 1], halves[other, 1]) - (down / 2.0 if cut else 0.0)
    allowed_across, allowed_down = -int(most_across / 2.0), -int(most_down / 2.0)
    for _ in range(_ROUNDS):
        across, down = _overlap(centres, halves, head, other, 0), _overlap(centres, halves, head, other, 1)
        if across <= allowed_across or down <= allowed_down:
            return
        area, area_other = halves[head, 0] * halves[head, 1], halves[other, 0] * halves[other, 1]
        _shrink(halves, other if area_other > area else head)
        if third < 0:
            continue
        # The third head is compared with the areas of both after they have shrunk.
        area, area_other = halves[head, 0] * halves[head, 1], halves[other, 0] * halves[other, 1]
        gap = -min(_overlap(centres, halves, head, third, 0), _overlap(centres, halves, head, third, 1))
        if halves[third, 0] * halves[third, 1] > max(area, area_other) and gap < _GAP_TO_THIRD:
            _shrink(halves, third)
