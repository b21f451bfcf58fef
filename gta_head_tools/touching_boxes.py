"""Pairs of boxes of two images that touch, found by a sweep from left to right: no dense matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.columns import Numbers
from gta_head_tools.compiled import compiled

Places = NDArray[np.int64]


def touching_boxes(left: Numbers, right: Numbers, most: int) -> tuple[Places, Places] | None:
    """Places of touching boxes in both arrays, (K,) each; None = there are more than `most` pairs.

    Args:
        left: (P, 4) finite boxes x0 y0 x1 y1.
        right: (N, 4) finite boxes x0 y0 x1 y1.
        most: pairs that may be held.

    >>> boxes = np.array([[0.0, 0, 4, 4], [10, 0, 14, 4]])
    >>> touching_boxes(boxes, boxes + 1, most=9)
    (array([0, 1]), array([0, 1]))
    """
    order = np.argsort(right[:, 0], kind="stable")
    ordered = np.ascontiguousarray(right[order])
    widest = float((right[:, 2] - right[:, 0]).max(initial=0.0))
    firsts = np.searchsorted(ordered[:, 0], left[:, 0] - widest)
    pairs = _sweep(np.ascontiguousarray(left), ordered, firsts, most)
    return None if len(pairs) > most else (pairs[:, 0], order[pairs[:, 1]])


@compiled
def _sweep(left: Numbers, right: Numbers, firsts: Places, most: int) -> Places:
    pairs = np.empty((0, 2), dtype=np.int64)
    for turn in range(2):  # The first turn counts the pairs, the second fills them in.
        total = 0
        for i in range(len(left)):
            for j in range(firsts[i], len(right)):
                if right[j, 0] > left[i, 2]:
                    break
                if right[j, 2] < left[i, 0] or right[j, 3] < left[i, 1] or right[j, 1] > left[i, 3]:
                    continue
                if turn == 1:
                    pairs[total, 0] = i
                    pairs[total, 1] = j
                total += 1
                if total > most:
                    return np.zeros((most + 1, 2), dtype=np.int64)
        if turn == 0:
            pairs = np.empty((total, 2), dtype=np.int64)
    return pairs
