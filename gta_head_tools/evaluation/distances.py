"""Localization at one radius for all heads: UCF-QNRF's curve over 1 to 100 pixels.

Pairs of prediction and head are taken greedily, the nearest first, so that one matching holds for all distances: what
is found at r pixels are its pairs at most r apart. Ties go to the earlier prediction, then the earlier head. Hits are
summed over the data set at each distance; precision, recall and F1 are means over the distances, and the area is that
below the curve of precision over recall, from recall 0 on.

Source: Idrees et al., "Composition loss for counting, density map estimation and localization in dense crowds",
ECCV 2018, section 5, which prints no code: whether its counts are summed before dividing is our reading.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from gta_head_tools.columns import Numbers, numbers_of
from gta_head_tools.evaluation.counting import CountErrors, count_errors
from gta_head_tools.evaluation.localization import ratios

FARTHEST = 100
"""Pixels of the last distance; the first is 1."""
_RINGS = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, float(FARTHEST))


@dataclass(frozen=True, slots=True, eq=False)
class DistanceRow:
    """One image: its counts, and (100,) how many pairs are at most 1, 2, ... 100 pixels apart."""

    predicted: int
    heads: int
    pairs: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DistanceScores:
    """Scores of a data set.

    Attributes:
        counts: errors of the counts.
        precision: mean over the distances.
        recall: mean over the distances.
        f1: mean over the distances.
        area: below the curve of precision over recall.
        curve: precision, recall and F1 at 1, 2, ... 100 pixels.
    """

    counts: CountErrors
    precision: float
    recall: float
    f1: float
    area: float
    curve: tuple[tuple[float, float, float], ...]


def update_distances(predicted: ArrayLike, heads: ArrayLike) -> DistanceRow:
    """The row of one image from its predictions (P, 2) and heads (N, 2), pixels.

    Raises:
        ValueError: a column of another shape, or a number that is not finite.
    """
    found, wanted = numbers_of(predicted, "predicted", width=2), numbers_of(heads, "heads", width=2)
    apart = nearest_first(found, wanted, FARTHEST)
    reached = np.searchsorted(np.sort(apart), np.arange(1, FARTHEST + 1, dtype=np.float64) ** 2, side="right")
    return DistanceRow(len(found), len(wanted), reached.astype(np.int64))


def finish_distances(rows: Iterable[DistanceRow]) -> DistanceScores:
    """The scores of a data set from the rows of its images.

    Raises:
        ValueError: no rows.

    >>> rows = [update_distances([[0, 0], [50, 0]], [[0, 1], [9, 9]])]
    >>> finish_distances(rows).curve[0]
    (0.5, 0.5, 0.5)
    """
    images = list(rows)
    counts = count_errors((row.predicted, row.heads) for row in images)
    found, wanted = sum(row.predicted for row in images), sum(row.heads for row in images)
    pairs = np.sum([row.pairs for row in images], axis=0).tolist()
    curve = tuple(ratios(tp, found - tp, wanted - tp) for tp in pairs)
    precision, recall, f1 = np.mean(curve, axis=0).tolist()
    precisions, recalls, _ = np.array(curve).T
    heights, places = np.append(precisions[0], precisions), np.append(0.0, recalls)
    area = float(np.sum(np.diff(places) * (heights[1:] + heights[:-1]) / 2))
    return DistanceScores(counts, precision, recall, f1, area, curve)


def nearest_first(predicted: Numbers, heads: Numbers, farthest: float) -> Numbers:
    """Squared distances of the pairs that are formed, the nearest first, of points (P, 2) and (N, 2)."""
    left, right = np.arange(len(predicted)), np.arange(len(heads))
    taken: list[Numbers] = []
    for ring in (*[ring for ring in _RINGS if ring < farthest], farthest):
        if not len(left) or not len(right):
            break
        # Ring by ring, because all pairs within 100 pixels of a dense crowd do not fit into memory.
        apart, free_left, free_right = _greedy(predicted[left], heads[right], ring)
        left, right = left[free_left], right[free_right]
        taken.append(apart)
    return np.concatenate([np.empty(0), *taken])


def _greedy(predicted: Numbers, heads: Numbers, radius: float) -> tuple[Numbers, NDArray[np.bool_], NDArray[np.bool_]]:
    """Squared distances of pairs at most `radius` apart, and flags of the predictions and heads that are left over."""
    # Search slightly farther, then compare squares: the tree takes roots, and rounding could lose a pair at the radius.
    near = cKDTree(predicted).sparse_distance_matrix(cKDTree(heads), radius + 1e-6, output_type="ndarray")
    rows, columns = near["i"], near["j"]
    squared = np.square(predicted[rows] - heads[columns]).sum(axis=1)
    order = np.lexsort((columns, rows, squared))
    order = order[squared[order] <= radius * radius]
    free_left, free_right = np.ones(len(predicted), dtype=bool), np.ones(len(heads), dtype=bool)
    apart = []
    for pair, row, column in zip(order.tolist(), rows[order].tolist(), columns[order].tolist(), strict=True):
        if free_left[row] and free_right[column]:
            free_left[row] = free_right[column] = False
            apart.append(pair)
    return squared[np.array(apart, dtype=np.int64)], free_left, free_right
