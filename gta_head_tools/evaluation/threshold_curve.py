"""Localization and counting errors against the score from which a prediction counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gta_head_tools.evaluation.columns import numbers_of
from gta_head_tools.evaluation.head_sizes import SizedHeads
from gta_head_tools.evaluation.localization import NwpuRow, NwpuScores, finish_nwpu, update_nwpu

THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(20))


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Scores of a data set when only predictions with at least the score `threshold` count."""

    threshold: float
    scores: NwpuScores


def update_curve(
    predicted: ArrayLike, heads: SizedHeads, *, scores: ArrayLike, thresholds: Sequence[float] = THRESHOLDS
) -> tuple[NwpuRow, ...]:
    """The rows of one image, one for each threshold; arguments as for `update_nwpu`, `scores` (P,).

    Raises:
        ValueError: a column of another shape, or a number that is not finite.
    """
    found = numbers_of(predicted, "predicted", width=2)
    sure = numbers_of(scores, "scores", count=len(found))
    return tuple(update_nwpu(found[np.greater_equal(sure, threshold)], heads) for threshold in thresholds)


def finish_curve(
    rows: Iterable[Sequence[NwpuRow]], *, thresholds: Sequence[float] = THRESHOLDS
) -> tuple[CurvePoint, ...]:
    """The scores of a data set at each threshold, from the rows of its images made with the same thresholds.

    Raises:
        ValueError: no rows, or rows of another number of thresholds.

    >>> from gta_head_tools.evaluation.head_sizes import sized_heads
    >>> row = update_curve([[5, 5]], sized_heads([[0, 0, 10, 10]]), scores=[0.7])
    >>> [point.threshold for point in finish_curve([row]) if point.scores.sigma_l.f1 == 1][-1]
    0.7
    """
    by_threshold = list(zip(*rows, strict=True))
    if len(by_threshold) != len(thresholds):
        raise ValueError(f"rows of {len(by_threshold)} thresholds, expected {len(thresholds)}")
    return tuple(
        CurvePoint(threshold, finish_nwpu(part)) for threshold, part in zip(thresholds, by_threshold, strict=True)
    )
