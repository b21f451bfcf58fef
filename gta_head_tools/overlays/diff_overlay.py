"""What changed between the heads of two images, on a grey picture.

Heads that were added are blue circles, removed ones are orange crosses. A head that moved or was resized has a yellow
line from its old place to its new one, its old box in thin and its new box in thick lines. Heads of which something
else changed (id, flags, scores) are pink diamonds; all others are small grey crosses. The shapes differ as well as the
colours, for people who cannot tell these apart.
"""

from __future__ import annotations

import functools

import numpy as np

from gta_head_tools.annotations import ImageAnnotations, Points
from gta_head_tools.diff import PAIR_KINDS, HeadDiff
from gta_head_tools.overlays.legend import Entry, draw_legend
from gta_head_tools.overlays.marks import (
    Colour,
    Corners,
    draw_crosses,
    draw_frames,
    draw_rings,
    draw_strokes,
    line_width,
    mark_reach,
    middles,
    pixel_corners,
    toned_down,
)
from gta_head_tools.pictures import Picture

ADDED: Colour = (86, 180, 233)
REMOVED: Colour = (230, 120, 0)
CHANGED: Colour = (240, 228, 66)
OTHER: Colour = (230, 140, 200)
SAME: Colour = (185, 185, 190)


def draw_differences(picture: Picture, before: ImageAnnotations, after: ImageAnnotations, found: HeadDiff) -> Picture:
    """A grey copy of the picture with the differences and, in a corner, their numbers.

    Args:
        picture: (H, W, 3) uint8 RGB.
        before: heads of the first data set.
        after: heads of the second one.
        found: how they differ.
    """
    drawn, unit = toned_down(picture), line_width(picture)
    arm = mark_reach(picture, len(before) + len(after))
    placed = found.changes["moved"] | found.changes["resized"]
    other = np.logical_or.reduce([found.changes[kind] for kind in PAIR_KINDS[2:]])
    same = ~placed & ~other
    draw_crosses(drawn, after.points[found.after[same]], arm / 2, SAME, unit)
    old, new = before.points[found.before[placed]], after.points[found.after[placed]]
    _frames(drawn, before, found.before[placed], width=unit)
    _frames(drawn, after, found.after[placed], width=2 * unit)
    draw_strokes(drawn, old, new, CHANGED, 2 * unit)
    draw_rings(drawn, new, np.full(len(new), 2.0 * unit), CHANGED, 2 * unit)
    _diamonds(drawn, after.points[found.after[other]], arm, unit)
    draw_crosses(drawn, before.points[found.removed], arm, REMOVED, 2 * unit)
    draw_rings(drawn, after.points[found.added], np.full(len(found.added), arm), ADDED, 2 * unit)
    numbers = (len(found.added), len(found.removed), int(placed.sum()), int(other.sum()))
    names = ("added", "removed", "moved or resized", "other changes")
    icons = (_ring_icon, _cross_icon, _line_icon, _diamond_icon)
    entries = [
        Entry(f"{number} {name}", functools.partial(icon, unit=unit))
        for number, name, icon in zip(numbers, names, icons, strict=True)
    ]
    draw_legend(drawn, [entries[:2], entries[2:]], np.concatenate([before.points, after.points]))
    return drawn


def _frames(picture: Picture, image: ImageAnnotations, rows: Corners, *, width: int) -> None:
    boxes = image.boxes[rows]
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    draw_frames(picture, pixel_corners(boxes, (picture.shape[1], picture.shape[0])), CHANGED, width=width)


def _diamonds(picture: Picture, points: Points, arm: float, unit: int) -> None:
    corners = [points + np.array(step) * arm for step in ((1, 0), (0, 1), (-1, 0), (0, -1))]
    for start, end in zip(corners, [*corners[1:], corners[0]], strict=True):
        draw_strokes(picture, start, end, OTHER, 2 * unit)


def _side(corners: Corners) -> float:
    return float(corners[0, 2] - corners[0, 0] + 1)


def _ring_icon(picture: Picture, corners: Corners, unit: int) -> None:
    draw_rings(picture, middles(corners), np.array([_side(corners) * 0.3]), ADDED, 2 * unit)


def _cross_icon(picture: Picture, corners: Corners, unit: int) -> None:
    draw_crosses(picture, middles(corners), _side(corners) * 0.3, REMOVED, 2 * unit)


def _line_icon(picture: Picture, corners: Corners, unit: int) -> None:
    step = _side(corners) * 0.3
    draw_strokes(picture, middles(corners) - step, middles(corners) + step, CHANGED, 2 * unit)
    draw_rings(picture, middles(corners) + step, np.array([2.0 * unit]), CHANGED, 2 * unit)


def _diamond_icon(picture: Picture, corners: Corners, unit: int) -> None:
    _diamonds(picture, middles(corners), _side(corners) * 0.35, unit)
