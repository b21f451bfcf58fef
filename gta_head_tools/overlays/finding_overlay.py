"""Thumbnails of findings: the place in the picture, enlarged, with a frame; or the whole picture, made small.

A window around the place is cut out, four times as large as the place and never so small that nothing around a head is
seen. Where the place lies outside of the picture, the window reaches to the picture; what is not picture is plain grey.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from gta_head_tools.overlays.marks import BLACK, Colour, draw_frames, draw_rings, middles, pixel_corners
from gta_head_tools.pictures import Picture

WIDTH, HEIGHT = 360, 270
"""Pixels of a thumbnail; a whole picture of another shape is smaller on one side."""

_MARK: Colour = (255, 214, 10)
_NOTHING: Colour = (92, 96, 104)
_NARROWEST = 64.0
"""Pixels of the picture across a window."""
_AROUND, _LEAST_AROUND = 4.0, 1.25
"""Width of a window over that of its place; the smaller one where the window would be larger than the picture."""
_SEEN = 0.6
"""Pixels of the picture that are shown, over the distance of a place outside of it."""
_MARGIN = 1.25
_FARTHEST = 3.0
"""Widths of the picture: a window that would be larger shows nothing that can be recognised."""
_SMALL = 16
"""Pixels of a frame in the thumbnail that is ringed, so that it is found."""

Place = tuple[float, float, float, float]


def draw_finding(picture: Picture, place: Place | None) -> Picture:
    """A thumbnail of at most `WIDTH` x `HEIGHT` pixels.

    Args:
        picture: (H, W, 3) uint8 RGB.
        place: x0 y0 x1 y1 in its pixels, to be framed; None, or a place too far away = the whole picture, without a
            frame.
    """
    size = np.array(picture.shape[1::-1], dtype=np.float64)
    window = None if place is None else _window(np.array(place, dtype=np.float64), size)
    if place is None or window is None:
        return _resized(picture, min(WIDTH / size[0], HEIGHT / size[1], 1.0))
    low, high = np.floor(window[:2]).astype(int), np.ceil(window[2:]).astype(int)
    scale = min(WIDTH / (high - low)[0], HEIGHT / (high - low)[1])
    drawn = np.full((HEIGHT, WIDTH, 3), _NOTHING, dtype=np.uint8)
    first, last = np.maximum(low, 0), np.minimum(high, size.astype(int))
    seen = _resized(picture[first[1] : last[1], first[0] : last[0]], scale)
    left, top = np.rint((first - low) * scale).astype(int)
    room = drawn[top : top + seen.shape[0], left : left + seen.shape[1]]
    room[:] = seen[: room.shape[0], : room.shape[1]]
    _frame(drawn, (np.array(place) - np.tile(low, 2)) * scale)
    return drawn


def _window(place: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Corners (4,) of what is shown, in the shape of a thumbnail; None = it would be too large."""
    if not np.isfinite(place).all() or np.abs(place).max() > 2 * _FARTHEST * size.max():
        return None
    shape = np.array([WIDTH, HEIGHT]) / WIDTH
    first, last = np.minimum(place[:2], place[2:]), np.maximum(place[:2], place[2:])
    side = float(((last - first) / shape).max())
    across = max(min(max(_AROUND * side, _NARROWEST), size[0]), _LEAST_AROUND * side)
    half = across * shape / 2
    low, high = (first + last) / 2 - half, (first + last) / 2 + half
    if (first >= 0).all() and (last <= size).all():
        room = size - (high - low)
        low = np.where(room >= 0, np.clip(low, 0, np.maximum(room, 0)), room / 2)
        high = low + 2 * half
    else:
        apart = np.maximum(np.maximum(-last, first - size), 0)
        seen = np.minimum(np.maximum(half, _SEEN * apart.max()), size)  # of the picture
        low, high = np.minimum(low, size - seen), np.maximum(high, seen)
        middle, half = (low + high) / 2, float(((high - low) / shape).max()) * shape / 2
        low, high = middle - _MARGIN * half, middle + _MARGIN * half
    return np.concatenate([low, high]) if (high - low).max() <= _FARTHEST * size.max() else None


def _resized(picture: Picture, scale: float) -> Picture:
    height, width = (max(1, round(scale * side)) for side in picture.shape[:2])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(np.ascontiguousarray(picture), (width, height), interpolation=way), np.uint8)


def _frame(drawn: Picture, place: Sequence[float] | NDArray[np.float64]) -> None:
    corners = pixel_corners(np.asarray(place, dtype=np.float64)[None], (WIDTH, HEIGHT))
    for colour, first, width in ((BLACK, -4, 5), (_MARK, -3, 3)):
        draw_frames(drawn, corners, colour, first=first, width=width)
    if (corners[0, 2:] - corners[0, :2]).max() < _SMALL:
        for colour, width in ((BLACK, 5), (_MARK, 3)):
            draw_rings(drawn, middles(corners), np.array([float(_SMALL)]), colour, width)
