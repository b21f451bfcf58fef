"""Drawn boxes that end at the border of the picture: what they would be if the picture went on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TOUCHES = 1.0
"""Pixels from the border at which a box counts as cut: nobody draws more exactly."""
USUAL_ASPECT = 0.83
"""Width over height of heads where no whole box says it."""


def cut_sides(boxes: Array, size: tuple[int, int]) -> NDArray[np.bool_]:
    """(N, 2, 2) True where a box (N, 4) touches the border of a picture of (width, height).

    The first index after that of the box is 0 for x and 1 for y, the second is 0 for the lower and 1 for the upper end.
    """
    low, high = boxes[:, :2] <= TOUCHES, boxes[:, 2:] >= np.asarray(size) - TOUCHES
    sides: NDArray[np.bool_] = np.stack([low, high], axis=2)
    return sides


def completed(boxes: Array, size: tuple[int, int]) -> Array:
    """Boxes (N, 4) in which a side that the border of the picture cuts has the length that goes with the other side.

    Width over height is the median of the boxes that are not cut. A box that is cut in x and in y, or at both ends of
    a side, tells no size and stays as it is. No box becomes smaller.

    Args:
        boxes: as drawn.
        size: width and height of the picture.
    """
    ends = cut_sides(boxes, size)
    cut = ends[:, :, 0] | ends[:, :, 1]
    sides = boxes[:, 2:] - boxes[:, :2]
    whole = ~cut.any(axis=1)
    aspect = float(np.median(sides[whole, 0] / sides[whole, 1])) if whole.any() else USUAL_ASPECT
    wanted = np.stack([sides[:, 1] * aspect, sides[:, 0] / aspect], axis=1)
    tells = cut & ~cut[:, ::-1] & ~ends.all(axis=2)
    missing = np.where(tells, np.maximum(wanted - sides, 0.0), 0.0)
    low, high = boxes[:, :2] - missing * ends[:, :, 0], boxes[:, 2:] + missing * ends[:, :, 1]
    return np.concatenate([low, high], axis=1)
