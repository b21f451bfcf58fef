"""Rows of two tables that are equal, paired one to one in the order of both tables."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]


def pair_equal_rows(left: NDArray[Any], right: NDArray[Any]) -> tuple[Places, Places]:
    """Places of equal rows in both tables, (K,) each: the first of a value with the first, the second with the second.

    Args:
        left: (P, C) numbers; no NaN, which equals nothing.
        right: (N, C) numbers of the same kind.

    >>> pair_equal_rows(np.array([[5], [7], [5]]), np.array([[5], [5], [5], [8]]))
    (array([0, 2]), array([0, 1]))
    """
    rows = np.concatenate([left, right])
    of_right = np.arange(len(rows)) >= len(left)
    order = np.lexsort((of_right, *rows.T[::-1]))
    ordered, right_there = rows[order], of_right[order]
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    value = np.cumsum(new) - 1
    counts = [np.bincount(value[right_there == of], minlength=int(new.sum())) for of in (False, True)]
    rank = np.arange(len(rows)) - np.flatnonzero(new)[value] - right_there * counts[0][value]
    paired = rank < np.minimum(*counts)[value]
    return order[paired & ~right_there], order[paired & right_there] - len(left)
