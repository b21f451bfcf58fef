"""Box geometry of gestures: what a drag makes of a box. Pure functions; boxes are (x0, y0, x1, y1) in image pixels."""

from __future__ import annotations

from gta_head_tools.anchors.anchors import Box, Pair

HANDLES = ("nw", "n", "ne", "e", "se", "s", "sw", "w")
"""Names of the eight handles, clockwise."""
LEAST = 1.0
"""Pixels: the shortest side that a gesture makes."""


def spanned(start: Pair, end: Pair, aspect: float | None = None) -> Box:
    """The box from corner to corner; with an aspect (width / height) the longer side decides.

    >>> spanned((4.0, 8.0), (0.0, 0.0))
    (0.0, 0.0, 4.0, 8.0)
    """
    across, down = end[0] - start[0], end[1] - start[1]
    if aspect is not None:
        height = max(abs(across) / aspect, abs(down))
        across = height * aspect * (-1 if across < 0 else 1)
        down = height * (-1 if down < 0 else 1)
    xs, ys = sorted((start[0], start[0] + across)), sorted((start[1], start[1] + down))
    return xs[0], ys[0], xs[1], ys[1]


def centre(box: Box) -> Pair:
    """The middle of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def sides(box: Box) -> Pair:
    """Width and height of a box."""
    return box[2] - box[0], box[3] - box[1]


def around(middle: Pair, size: Pair) -> Box:
    """The box of that width and height around a middle; no side is shorter than `LEAST`."""
    half = max(size[0], LEAST) / 2, max(size[1], LEAST) / 2
    return middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1]


def shifted(box: Box, by: Pair) -> Box:
    """A box moved by (x, y)."""
    return box[0] + by[0], box[1] + by[1], box[2] + by[0], box[3] + by[1]


def holds(box: Box, point: Pair) -> bool:
    """True when the point lies in the box."""
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def stretched(box: Box, handle: str, by: Pair, *, centred: bool, aspect: float | None = None) -> Box:
    """The box after one of its handles was dragged.

    Args:
        box: before.
        handle: one of `HANDLES`.
        by: how far the cursor has moved.
        centred: the middle stays, and both sides move; else the opposite side stays.
        aspect: width / height to keep, None = free.
    """
    twice = 2.0 if centred else 1.0
    right, down = _way(handle, "e", "w"), _way(handle, "s", "n")
    width, height = sides(box)
    size = max(width + twice * right * by[0], LEAST), max(height + twice * down * by[1], LEAST)
    if aspect is not None:
        tall = max(size[1] if down else 0.0, size[0] / aspect if right else 0.0)
        size = tall * aspect, tall
    middle = centre(box)
    if not centred:
        middle = middle[0] + right * (size[0] - width) / 2, middle[1] + down * (size[1] - height) / 2
    return around(middle, size)


def _way(handle: str, forward: str, back: str) -> int:
    return (forward in handle) - (back in handle)
