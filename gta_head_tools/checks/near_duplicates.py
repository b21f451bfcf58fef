"""Boxes that lie on another box of the same image, found by a sweep from left to right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled

SAME = 0.9
"""Intersection over union from which two boxes are taken for the same head."""


def earlier_twins(boxes: NDArray[np.float64], least: float = SAME) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The box with a smaller row that overlaps each box most.

    Args:
        boxes: (N, 4) corners, with positive sides.
        least: intersection over union, greater than 0, that two boxes have at least.

    Returns:
        (N,) row of the earlier box, -1 = none; (N,) intersection over union with it, 0 = none, 1 = the same box.
    """
    return _sweep(boxes, np.argsort(boxes[:, 0], kind="stable"), least)


@compiled
def _sweep(
    boxes: NDArray[np.float64], order: NDArray[np.int64], least: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    count = len(boxes)
    twins, ratios = np.full(count, -1, dtype=np.int64), np.zeros(count)
    for place in range(count):
        one = order[place]
        x0, y0, x1, y1 = boxes[one, 0], boxes[one, 1], boxes[one, 2], boxes[one, 3]
        area = (x1 - x0) * (y1 - y0)
        # A box that begins later than this shares less than `least` of the width; 1e-9 allows for rounding.
        end = x0 + (1 - least + 1e-9) * (x1 - x0)
        for later in range(place + 1, count):
            other = order[later]
            if boxes[other, 0] > end:
                break
            height = min(y1, boxes[other, 3]) - max(y0, boxes[other, 1])
            width = min(x1, boxes[other, 2]) - boxes[other, 0]
            if height <= 0 or width <= 0:
                continue
            shared = width * height
            if shared == 0:  # The product of two sides below 1e-154 may be rounded to 0.
                continue
            second = (boxes[other, 2] - boxes[other, 0]) * (boxes[other, 3] - boxes[other, 1])
            ratio = shared / (area + second - shared)
            if ratio >= least:
                low, high = min(one, other), max(one, other)
                if ratio > ratios[high] or (ratio == ratios[high] and low < twins[high]):
                    twins[high], ratios[high] = low, ratio
    return twins, ratios
