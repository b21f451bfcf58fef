"""Box arithmetic as pure array functions; boxes are (N, 4) corners x0 y0 x1 y1 in pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def from_xywh(xywh: Array) -> Array:
    """Corners from left, top, width, height.

    >>> from_xywh(np.array([[1.0, 2.0, 3.0, 4.0]]))
    array([[1., 2., 4., 6.]])
    """
    boxes = xywh.copy()
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def to_xywh(boxes: Array) -> Array:
    """Left, top, width, height from corners."""
    xywh = boxes.copy()
    xywh[:, 2:] -= xywh[:, :2]
    return xywh


def any_in_row(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(N,) True where one of the 2 or 4 flags (N, 2 or 4) of a row is; `np.any` takes ten times as long for it.

    >>> any_in_row(np.array([[False, True], [False, False]])).tolist()
    [True, False]
    """
    together: NDArray[np.bool_] = np.ascontiguousarray(flags).view(f"u{flags.shape[1]}")[:, 0] != 0
    return together


def written_xywh(boxes: Array) -> Array:
    """Left, top, width, height as a file wrote them in decimals: 10 where 35.2 - 25.2 is 10.000000000000004.

    Corners are rounded to float64, and scores compare overlaps with thresholds exactly. A number that differs from one
    with at most 9 decimals by no more than the rounding of the corners is taken for that one; others stay as they are.
    """
    xywh = to_xywh(boxes)
    rounding = 4 * np.spacing(np.abs(boxes).max(axis=1, keepdims=True, initial=0.0))
    with np.errstate(over="ignore", invalid="ignore"):  # Numbers that are far too large stay as they are.
        decimal = np.round(xywh, 9)
        return np.where(np.abs(decimal - xywh) <= rounding, decimal, xywh)


def around(centres: Array, widths: Array, heights: Array) -> Array:
    """Corners of boxes of the given sizes (N,) around centres (N, 2)."""
    half = np.stack([widths, heights], axis=1) / 2
    return np.concatenate([centres - half, centres + half], axis=1)


def centres(boxes: Array) -> Array:
    """Middle points (N, 2)."""
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def sizes(boxes: Array) -> Array:
    """Geometric size sqrt(width * height) (N,); NaN where the box is unknown or not positive."""
    sides = boxes[:, 2:] - boxes[:, :2]
    good = (sides > 0).all(axis=1)
    roots: Array = np.sqrt(np.where(good, sides[:, 0] * sides[:, 1], np.nan))
    return roots


def clip(boxes: Array, size: tuple[float, float]) -> Array:
    """Boxes cut at the borders of an image of (width, height)."""
    return np.clip(boxes, 0.0, np.array([*size, *size], dtype=np.float64))


def all_within(boxes: Array, sizes: Array) -> bool:
    """True where all boxes (N, 4) are known, have their corners in order, and lie in their images.

    Args:
        boxes: corners.
        sizes: (N, 2) width and height of the image of each box.
    """
    first, last = boxes[:, :2], boxes[:, 2:]
    return bool((first >= 0).all() and (last <= sizes).all() and (first <= last).all())


def cut_at_border(boxes: Array, sizes: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Boxes (N, 4) cut at the borders of their images, swapped corners in order, and (N,) True where something is left.

    A box without area that lies in its image is left as it is.

    Args:
        boxes: corners.
        sizes: (N, 2) width and height of the image of each box.
    """
    if all_within(boxes, sizes):
        return boxes, np.ones(len(boxes), dtype=bool)
    first, last = boxes[:, :2], boxes[:, 2:]
    low, high = np.minimum(first, last), np.maximum(first, last)
    ordered = np.concatenate([low, high], axis=1)
    cut = np.clip(ordered, 0.0, np.concatenate([sizes, sizes], axis=1))
    gone = np.any(cut[:, 2:] <= cut[:, :2], axis=1)
    if gone.any():
        gone &= np.any(cut != ordered, axis=1)
    return cut, ~gone


def overlap(left: Array, right: Array) -> Array:
    """Intersection over union (N,) of boxes pair by pair; 0 where they do not meet."""
    sides = np.minimum(left[:, 2:], right[:, 2:]) - np.maximum(left[:, :2], right[:, :2])
    shared: Array = np.prod(np.maximum(sides, 0.0), axis=1)
    union = np.prod(left[:, 2:] - left[:, :2], axis=1) + np.prod(right[:, 2:] - right[:, :2], axis=1) - shared
    ratio: Array = np.divide(shared, union, out=np.zeros(len(shared)), where=union > 0)
    return ratio


def outside(points: Array, size: tuple[float, float]) -> NDArray[np.bool_]:
    """(N,) True for points beyond the border of an image of (width, height); the border itself is inside."""
    return any_in_row((points < 0) | (points > np.asarray(size, dtype=np.float64)))


def cell_side(shape: tuple[int, ...], size: tuple[int, int]) -> int:
    """Side, in pixels, of the cells of a map of (rows, columns) of an image of (width, height); the last may be cut.

    >>> cell_side((10, 13), (100, 80))
    8
    """
    rows, columns = shape
    return max(-(-size[0] // columns), -(-size[1] // rows))
