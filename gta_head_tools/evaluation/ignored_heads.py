"""Which predictions count where heads are ignored: one rule for counts, GAME, and places of UCF-QNRF and NWPU-Crowd.

What lies at an ignored head counts neither for nor against. Heads that count are matched first, within their large
radius, as many as can be; of the predictions that are left over, those at an ignored head are taken out before anything
is counted. Of several that could find the same head, it is one that lies at no ignored head if possible.

A prediction is at a head when it lies in the head's box, or within its large radius: half the diagonal of its box or
the radius that its file gives, 8 pixels for a point alone. A box more than twice as long as it is wide is a region and
no head, and has no radius. `boxes` and `keypoint` take their ranking from their own rules, and their counts from here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.columns import Numbers
from gta_head_tools.compiled import compiled
from gta_head_tools.evaluation.matching import match_heads
from gta_head_tools.geometry import written_xywh
from gta_head_tools.nearest import cell_of, grid_of

POINT_REACH = 8.0
"""Pixels: the large radius that FIDTM's lists give to heads without boxes."""
_LONGEST = 2.0
"""How many times a head's box may be as long as it is wide."""

Flags = NDArray[np.bool_]


def that_count(points: Numbers, true: ImageAnnotations) -> Flags:
    """(P,) True for predictions (P, 2) that count; all of them where no head is ignored."""
    listed = true.extra.get("sigma_l")
    return those_that_count(points, true.points, true.ignore, boxes=true.boxes, listed=listed)


def those_that_count(
    points: Numbers, heads: Numbers, ignore: Flags, *, boxes: Numbers | None, listed: ArrayLike | None
) -> Flags:
    """`that_count` from columns.

    Args:
        points: (P, 2) of the predictions, pixels.
        heads: (N, 2) points of the heads, pixels.
        ignore: (N,) of the heads.
        boxes: (N, 4) of the heads, NaN = unknown; None = none is known.
        listed: (N,) large radii that a file gives, None = those of the boxes.
    """
    at = np.zeros(len(points), dtype=bool)
    if not len(points) or not ignore.any():
        return ~at
    known = np.full((len(heads), 4), np.nan) if boxes is None else boxes
    sides = np.nan_to_num(written_xywh(known)[:, 2:], nan=2 * POINT_REACH / np.sqrt(2))
    radii = np.hypot(sides[:, 0], sides[:, 1]) / 2 if listed is None else np.asarray(listed, dtype=np.float64)
    region = sides.max(axis=1) > _LONGEST * sides.min(axis=1)
    at = _at_any(points, heads[ignore], known[ignore], np.where(region, -1.0, radii)[ignore])
    if at.any():
        order = np.argsort(at, kind="stable")
        holders = match_heads(points[order], heads[~ignore], radii[~ignore])
        at[order[holders[holders >= 0]]] = False
    return ~at


@compiled
def _at_any(points: Numbers, heads: Numbers, boxes: Numbers, radii: Numbers) -> Flags:
    """(P,) True for points (P, 2) in the box (M, 4) or within the radius of any head (M, 2)."""
    firsts, order, places, (columns, rows), (left, top, side) = grid_of(points)
    at = np.zeros(len(points), dtype=np.bool_)
    for head in range(len(heads)):
        x, y, radius = heads[head, 0], heads[head, 1], radii[head]
        x0, y0, x1, y1 = boxes[head, 0], boxes[head, 1], boxes[head, 2], boxes[head, 3]
        boxed = not np.isnan(x0)
        least_x, most_x, least_y, most_y = x, x, y, y
        if radius >= 0:
            least_x, most_x, least_y, most_y = x - radius, x + radius, y - radius, y + radius
        if boxed:
            least_x, most_x = min(least_x, x0), max(most_x, x1)
            least_y, most_y = min(least_y, y0), max(most_y, y1)
        reach = 1e-6 * side  # So that rounding does not lose a point at the border.
        first, last = cell_of(least_x - reach, left, side, columns), cell_of(most_x + reach, left, side, columns)
        upper, lower = cell_of(least_y - reach, top, side, rows), cell_of(most_y + reach, top, side, rows)
        for row in range(upper, lower + 1):
            for place in range(firsts[row * columns + first], firsts[row * columns + last + 1]):
                if at[order[place]]:
                    continue
                across, down = places[place, 0] - x, places[place, 1] - y
                within = radius >= 0 and across * across + down * down <= radius * radius
                inside = boxed and x0 <= places[place, 0] <= x1 and y0 <= places[place, 1] <= y1
                if within or inside:
                    at[order[place]] = True
    return at
