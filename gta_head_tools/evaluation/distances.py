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

from gta_head_tools.columns import numbers_of
from gta_head_tools.evaluation.counting import CountErrors, count_errors
from gta_head_tools.evaluation.localization import ratios
from gta_head_tools.evaluation.nearest_pairs import nearest_first

FARTHEST = 100
"""Pixels of the last distance; the first is 1."""


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
    holders, squared = nearest_first(found, wanted, float(FARTHEST))
    apart = np.sort(squared[holders >= 0])
    reached = np.searchsorted(apart, np.arange(1, FARTHEST + 1, dtype=np.float64) ** 2, side="right")
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
