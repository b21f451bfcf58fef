"""Average precision and recall of points, as RAZ-Net is judged: similarity exp(-d^2 / 2 sigma^2), sigma 5, 20, 40 px.

All predictions of the data set stand in one ranking. Each is tried against the head of its image that is nearest (the
earlier one of two): it is a hit when that head is free and the similarity is above the threshold; farther heads are not
tried. Thresholds are .50, .55, ... .95; the average precision has COCO's 101 points, the recall is that at the end.

Source: Liu et al., "Recurrent attentive zooming for joint crowd counting and precise localization", CVPR 2019. The
similarity is not divided by the area, and a threshold must be passed, not reached.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gta_head_tools.columns import Numbers, flags_of, numbers_of
from gta_head_tools.evaluation.average_precision import (
    AT_50,
    AT_75,
    THRESHOLDS,
    Bits,
    average_precision,
    bit,
    mean,
    ranked,
)
from gta_head_tools.evaluation.counting import CountErrors, count_errors
from gta_head_tools.nearest import grid_of, nearest

SIGMAS = (5.0, 20.0, 40.0)
"""Pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class KeypointRow:
    """One image.

    Attributes:
        predicted: predictions that the count is made of.
        heads: that are scored.
        scores: (P,) of the predictions, the best first.
        hits: (3, P) by sigma, bit t = found a head at threshold t.
        ignored: (3, P) by sigma, bit t = counts for nothing at threshold t.
    """

    predicted: int
    heads: int
    scores: Numbers
    hits: Bits
    ignored: Bits


@dataclass(frozen=True, slots=True)
class PointScores:
    """Scores at one sigma; all None when there are no heads.

    Attributes:
        ap50: average precision at threshold .50.
        ap75: at .75.
        map: mean over the thresholds.
        ar50: recall at threshold .50.
        ar75: at .75.
        mar: mean over the thresholds.
    """

    ap50: float | None = None
    ap75: float | None = None
    map: float | None = None
    ar50: float | None = None
    ar75: float | None = None
    mar: float | None = None


@dataclass(frozen=True, slots=True)
class KeypointScores:
    """Scores of a data set at 5, 20 and 40 pixels, and errors of the counts."""

    counts: CountErrors
    sigma_5: PointScores
    sigma_20: PointScores
    sigma_40: PointScores


def update_keypoints(
    predicted: ArrayLike, heads: ArrayLike, *, scores: ArrayLike, ignore: ArrayLike | None = None
) -> KeypointRow:
    """The row of one image.

    Args:
        predicted: (P, 2) points, pixels.
        heads: (N, 2) points, pixels.
        scores: (P,) of the predictions, higher = surer.
        ignore: (N,) heads that are not scored; what hits one counts for nothing. None = all are scored.

    Raises:
        ValueError: a column of another shape, or a number that is not finite.

    >>> rows = [update_keypoints([[5, 5], [5, 6]], [[5, 5]], scores=[0.9, 0.8])]
    >>> finish_keypoints(rows).sigma_5.ap50
    1.0
    """
    found, wanted = numbers_of(predicted, "predicted", width=2), numbers_of(heads, "heads", width=2)
    sure = numbers_of(scores, "scores", count=len(found))
    passed_over = flags_of(ignore, "ignore", count=len(wanted))
    order = np.argsort(-sure, kind="stable")
    hits, ignored = (np.zeros((len(SIGMAS), len(found)), dtype=np.uint16) for _ in range(2))
    if len(found) and len(wanted):
        apart, numbers = nearest(grid_of(wanted), found[order], 1)
        squared, heads_of = apart[:, 0], numbers[:, 0]
        for number, sigma in enumerate(SIGMAS):
            similarity = np.exp(-squared / (2 * sigma * sigma))
            for place, threshold in enumerate(THRESHOLDS):
                near = np.flatnonzero(similarity > threshold)
                free = np.unique(heads_of[near], return_index=True)[1]
                at_ignored = passed_over[heads_of[near]]
                hits[number, near[free][~at_ignored[free]]] |= np.uint16(1 << place)
                ignored[number, near[at_ignored]] |= np.uint16(1 << place)
    return KeypointRow(len(found), int((~passed_over).sum()), sure[order], hits, ignored)


def finish_keypoints(rows: Iterable[KeypointRow]) -> KeypointScores:
    """The scores of a data set from the rows of its images.

    Raises:
        ValueError: no rows.
    """
    images = list(rows)
    counts = count_errors((row.predicted, row.heads) for row in images)
    order = ranked([row.scores for row in images])
    hits = np.concatenate([row.hits for row in images], axis=1)[:, order]
    ignored = np.concatenate([row.ignored for row in images], axis=1)[:, order]
    heads = sum(row.heads for row in images)
    return KeypointScores(counts, *(_point_scores(*bits, heads) for bits in zip(hits, ignored, strict=True)))


def _point_scores(hits: Bits, ignored: Bits, heads: int) -> PointScores:
    if not heads:
        return PointScores()
    kept = [bit(hits, place)[~bit(ignored, place)] for place in range(len(THRESHOLDS))]
    precisions, recalls = zip(*(average_precision(flags, heads) for flags in kept), strict=True)
    return PointScores(
        precisions[AT_50],
        precisions[AT_75],
        mean(precisions),
        recalls[AT_50],
        recalls[AT_75],
        mean(recalls),
    )
