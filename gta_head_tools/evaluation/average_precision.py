"""Average precision over ranked hits, as COCO computes it: 101 points of recall, without a limit on their number."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RECALLS = np.linspace(0.0, 1.0, 101)
THRESHOLDS = tuple(np.linspace(0.5, 0.95, 10).tolist())
"""Of similarity: .50, .55, ... .95."""
AT_50, AT_75 = 0, 5
"""Places of .50 and .75 among them."""

Bits = NDArray[np.uint16]
"""One flag per threshold, as the bits of one number."""
Flags = NDArray[np.bool_]


def average_precision(hits: Flags, heads: int) -> tuple[float, float]:
    """Average precision, and the recall at the end.

    Args:
        hits: (D,) for each prediction, the best first, whether it found a head of its own.
        heads: how many there are to find, at least 1.

    >>> average_precision(np.array([True, True]), 2)
    (1.0, 1.0)
    """
    ranks = np.flatnonzero(hits)
    if not len(ranks):
        return 0.0, 0.0
    # Recall rises only at hits, and precision is highest there, so the rest of the curve is not needed.
    found = np.arange(1, len(ranks) + 1, dtype=np.float64)
    precision = found / (ranks + 1)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    recall = found / heads
    places = np.searchsorted(recall, RECALLS, side="left")
    reached = places[places < len(recall)]
    return math.fsum(best_from_here[reached]) / len(RECALLS), float(recall[-1])


def mean(values: Sequence[float]) -> float:
    """The mean, capped at the largest value: rounding could put the mean of equal values above them."""
    return min(math.fsum(values) / len(values), max(values))


def ranked(scores: list[NDArray[np.float64]]) -> NDArray[np.int64]:
    """Order of all predictions of a data set, the best first; ties keep the order of images and predictions."""
    return np.argsort(-np.concatenate([np.empty(0), *scores]), kind="stable").astype(np.int64)


def bit(bits: Bits, place: int) -> Flags:
    """(D,) one flag of each number."""
    flags: Flags = (bits >> np.uint16(place)) & np.uint16(1) != 0
    return flags


def hits_at_half(hits: Bits, ignored: Bits, heads: int) -> dict[str, int]:
    """TP, FP and FN of one image at threshold .50.

    Args:
        hits: (P,) of each prediction, bit t = found a head at threshold t.
        ignored: (P,) of each prediction, bit t = counts for nothing at threshold t.
        heads: that are scored.
    """
    scored = ~bit(ignored, AT_50)
    tp = int((bit(hits, AT_50) & scored).sum())
    return {"tp": tp, "fp": int(scored.sum()) - tp, "fn": heads - tp}
