"""Marks on a picture, drawn in place: frames, dashed frames, anchors, dots.

Corners are (N, 4) inclusive pixels left, top, right, bottom, as `pixel_corners` makes them; a picture is (H, W, 3)
uint8. `unit` is the width of a line. What lies outside of the picture is not drawn.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import Boxes, Points
from gta_head_tools.pictures import Picture

Colour = tuple[int, int, int]
Corners = NDArray[np.int64]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (16, 16, 20)
LIGHT: Colour = (210, 210, 210)
DARK: Colour = (80, 80, 80)


def line_width(picture: Picture) -> int:
    """Width of a line in pixels: 1, and more where a side of the picture has 3000 pixels or more."""
    longest: int = max(picture.shape[:2])
    return max(1, round(longest / 2000))


def middles(corners: Corners) -> Points:
    """Middle points (N, 2) of corners."""
    return (corners[:, :2] + corners[:, 2:] + 1) / 2


def pixel_corners(boxes: Boxes, size: tuple[int, int]) -> Corners:
    """The pixels that known boxes (N, 4) cover, at least one each; brought near a picture of (width, height)."""
    beyond = 64  # An edge outside stays outside, and all numbers fit into 32 bits, which OpenCV draws with.
    ends = np.clip(boxes, -float(beyond), np.array([*size, *size], dtype=np.float64) + beyond)
    first = np.floor(np.minimum(ends[:, :2], ends[:, 2:]) + 0.5)
    last = np.floor(np.maximum(ends[:, :2], ends[:, 2:]) + 0.5) - 1
    return np.concatenate([first, np.maximum(first, last)], axis=1).astype(np.int64)


def draw_frames(picture: Picture, corners: Corners, colour: Colour, *, first: int = 0, width: int = 1) -> None:
    """Frames `width` pixels wide, which begin `first` pixels inside the corners (negative: outside)."""
    for inset in range(first, first + width):
        ring = corners + np.array([inset, inset, -inset, -inset])
        ring = ring[np.all(ring[:, :2] <= ring[:, 2:], axis=1)]
        turns = ring[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 1, 2).astype(np.int32)
        cv2.polylines(picture, list(turns), True, colour)


def draw_dashes(picture: Picture, corners: Corners, unit: int) -> None:
    """Frames of light and dark dashes, which are visible on light and dark pictures."""
    draw_frames(picture, corners, DARK, width=unit)
    for left, top, right, bottom in corners.tolist():
        dash = max(2 * unit, min(right - left, bottom - top) // 4)
        for start in range(left, right + 1, 2 * dash):
            for y in (top, bottom - unit + 1):
                _fill(picture, (start, y, min(start + dash - 1, right), y + unit - 1), LIGHT)
        for start in range(top, bottom + 1, 2 * dash):
            for x in (left, right - unit + 1):
                _fill(picture, (x, start, x + unit - 1, min(start + dash - 1, bottom)), LIGHT)


def draw_anchors(picture: Picture, corners: Corners, unit: int) -> None:
    """White frames with a black rim, and a bracket outside of each corner."""
    draw_frames(picture, corners, BLACK, first=-unit, width=unit)
    draw_frames(picture, corners, WHITE, width=unit)
    for left, top, right, bottom in corners.tolist():
        side = min(right - left, bottom - top)
        thick = 3 * unit if side >= 40 * unit else 2 * unit
        gap, arm = 2 * unit + thick, max(5 * unit, side // 3)
        for colour, grow in ((BLACK, unit), (WHITE, 0)):
            for x, across in ((left - gap, arm), (right + gap, -arm)):
                for y, down in ((top - gap, arm), (bottom + gap, -arm)):
                    _bar(picture, (x, y), (x + across, y), colour, thick=thick, grow=grow)
                    _bar(picture, (x, y), (x, y + down), colour, thick=thick, grow=grow)


def _bar(
    picture: Picture, start: tuple[int, int], end: tuple[int, int], colour: Colour, *, thick: int, grow: int
) -> None:
    before, after = (thick - 1) // 2 + grow, thick // 2 + grow
    left, right = sorted((start[0], end[0]))
    top, bottom = sorted((start[1], end[1]))
    _fill(picture, (left - before, top - before, right + after, bottom + after), colour)


def _fill(picture: Picture, area: tuple[int, int, int, int], colour: Colour) -> None:
    left, top, right, bottom = area
    picture[max(top, 0) : max(bottom + 1, 0), max(left, 0) : max(right + 1, 0)] = colour


def draw_dots(picture: Picture, points: Points, radius: int) -> None:
    """White dots with a black rim; radius 0 is one white pixel with its shadow."""
    height, width = picture.shape[:2]
    # NaN compares as False, so heads without a place are left out.
    near = np.all((points >= 0) & (points < (width, height)), axis=1)
    cells = np.floor(points[near]).astype(np.int64)
    for outer, colour in ((True, BLACK), (False, WHITE)):
        steps = _disc(radius, outer=outer)
        at = (cells[:, None] + steps[None]).reshape(-1, 2)
        at = at[np.all((at >= 0) & (at < (width, height)), axis=1)]
        picture[at[:, 1], at[:, 0]] = colour


def _disc(radius: int, *, outer: bool) -> NDArray[np.int64]:
    """Offsets x y (K, 2) of a disc, or of the rim around it with what it surrounds."""
    if radius == 0:
        return np.array([[1, 0], [0, 1], [1, 1]] if outer else [[0, 0]], dtype=np.int64)
    reach = radius + outer
    side = np.arange(-reach, reach + 1)
    x, y = np.meshgrid(side, side)
    within = x * x + y * y <= (reach + 0.4) ** 2
    return np.stack([x[within], y[within]], axis=1).astype(np.int64)


def draw_rings(picture: Picture, centres: Points, radii: NDArray[np.float64], colour: Colour, width: int) -> None:
    """Circles of the radii (N,) around the centres, drawn to an eighth of a pixel, at least two pixels across."""
    for x, y, radius in _eighths(centres, np.maximum(radii, 1.0)):
        cv2.circle(picture, (x, y), radius, colour, width, shift=_SHIFT)


def draw_ticks(picture: Picture, centres: Points, radii: NDArray[np.float64], colour: Colour, width: int) -> None:
    """Four ticks outside of each circle, above, below, left and right."""
    outer = radii + np.clip(radii / 2, 3.0 * width, 8.0 * width)
    for across, down in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        way = np.array([across, down], dtype=np.float64)
        draw_strokes(picture, centres + radii[:, None] * way, centres + outer[:, None] * way, colour, width)


def draw_crosses(picture: Picture, centres: Points, arm: float, colour: Colour, width: int) -> None:
    """Diagonal crosses whose arms reach `arm` pixels to each side."""
    for down in (arm, -arm):
        step = np.array([arm, down])
        draw_strokes(picture, centres - step, centres + step, colour, width)


def draw_strokes(picture: Picture, starts: Points, ends: Points, colour: Colour, width: int) -> None:
    """Straight lines between points (N, 2)."""
    for x0, y0, x1, y1 in _eighths(starts, ends):
        cv2.line(picture, (x0, y0), (x1, y1), colour, width, shift=_SHIFT)


_SHIFT = 3
_FARTHEST = float(1 << 14)
"""Pixels: eighths of them still fit into 32 bits, and no picture is larger."""


def _eighths(points: Points, others: NDArray[np.float64]) -> list[list[int]]:
    """Rows of all numbers in whole eighths of pixels, which OpenCV counts from the middle of the first pixel."""
    known = np.isfinite(points).all(axis=1)
    placed = points[known] - 0.5
    rest = others[known] - 0.5 if others.ndim == 2 else others[known, None]
    both = np.clip(np.concatenate([placed, rest], axis=1), -_FARTHEST, _FARTHEST)
    eighths: list[list[int]] = np.rint(both * (1 << _SHIFT)).astype(np.int64).tolist()
    return eighths


def toned_down(picture: Picture) -> Picture:
    """Grey and never brighter than a middle tone, so that thin lines of any colour stand out; nights are lightened."""
    grey = picture @ np.array([0.299, 0.587, 0.114])
    lightest = max(float(np.percentile(grey[::4, ::4], 99)), 64.0)
    toned: Picture = np.repeat(np.rint(20 + 140 * np.minimum(grey / lightest, 1))[..., None], 3, axis=2).astype(
        np.uint8
    )
    return toned


def mark_reach(picture: Picture, marks: int) -> float:
    """How far crosses reach: smaller in a crowd, so that neighbours stay apart."""
    room = math.sqrt(picture.shape[0] * picture.shape[1] / max(marks, 1))
    return float(np.clip(room / 8, 3, 6)) * line_width(picture)
