"""Average precision and recall of boxes as COCO defines them, without a limit on the number of predictions.

Overlap is intersection over union at .50, .55, ... .95; predictions choose in the order of their scores the free head
that they overlap most (of equals the later). An ignored head is COCO's crowd region: it can be chosen by many, overlap
is then measured against the prediction's own area, and what chooses it counts for nothing. In a range of areas heads
outside of it are ignored as well, once each, and so are predictions outside of it that find no head.

Source: `cocodataset/cocoapi`, `pycocotools/cocoeval.py`, whose own limit of 100 predictions an image makes its numbers
meaningless for crowds. Memory: 24 bytes a prediction for four ranges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
from gta_head_tools.evaluation.box_choice import choose
from gta_head_tools.evaluation.counting import CountErrors, count_errors
from gta_head_tools.geometry import written_xywh

Areas = Mapping[str, tuple[float, float]]
"""Ranges of the area of a box by name, square pixels, both ends included."""

COCO_AREAS: Areas = {
    "all": (0.0, 1e10),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e10),
}
HEAD_AREAS: Areas = {
    "all": (0.0, 1e10),
    "below 8 px": (0.0, 8.0**2),
    "8-16 px": (8.0**2, 16.0**2),
    "16-32 px": (16.0**2, 32.0**2),
    "32-64 px": (32.0**2, 64.0**2),
    "above 64 px": (64.0**2, 1e10),
}
"""Ranges for heads, of which nearly all are "small" by COCO's ranges."""


@dataclass(frozen=True, slots=True, eq=False)
class BoxRow:
    """One image.

    Attributes:
        predicted: predictions that the count is made of.
        heads: that are scored.
        by_area: (A,) heads that are scored in each range of areas.
        scores: (P,) of the predictions, the best first.
        hits: (A, P) by range, bit t = chose a head at threshold t.
        ignored: (A, P) by range, bit t = counts for nothing at threshold t.
    """

    predicted: int
    heads: int
    by_area: NDArray[np.int64]
    scores: Numbers
    hits: Bits
    ignored: Bits


@dataclass(frozen=True, slots=True)
class AreaScores:
    """Scores in one range of areas; all None when there are no such heads.

    Attributes:
        heads: in the range.
        ap: average precision, mean over the thresholds.
        ap50: at .50.
        ap75: at .75.
        ar: recall, mean over the thresholds.
    """

    heads: int
    ap: float | None = None
    ap50: float | None = None
    ap75: float | None = None
    ar: float | None = None


@dataclass(frozen=True, slots=True)
class BoxScores:
    """Scores of a data set: errors of the counts, and the rest by name of the range of areas."""

    counts: CountErrors
    areas: Mapping[str, AreaScores]


def update_boxes(
    predicted: ArrayLike,
    heads: ArrayLike,
    *,
    scores: ArrayLike,
    ignore: ArrayLike | None = None,
    areas: Areas = COCO_AREAS,
) -> BoxRow:
    """The row of one image.

    Args:
        predicted: (P, 4) boxes x0 y0 x1 y1, pixels.
        heads: (N, 4) boxes x0 y0 x1 y1, pixels.
        scores: (P,) of the predictions, higher = surer.
        ignore: (N,) heads that are regions to ignore, None = no head is.
        areas: ranges to score in.

    Raises:
        ValueError: a column of another shape, or a number that is not finite.

    >>> rows = [update_boxes([[0, 0, 8, 10], [40, 0, 50, 9]], [[0, 0, 10, 10]], scores=[0.9, 0.4])]
    >>> finish_boxes(rows).areas["all"].ap50
    1.0
    """
    found, wanted = numbers_of(predicted, "predicted", width=4), numbers_of(heads, "heads", width=4)
    sure = numbers_of(scores, "scores", count=len(found))
    regions = flags_of(ignore, "ignore", count=len(wanted))
    order = np.argsort(-sure, kind="stable")
    ranges = np.array(list(areas.values()), dtype=np.float64).reshape(-1, 2)
    hits, ignored = choose(found[order], wanted, regions, ranges)
    size = _areas(wanted[~regions])[:, None]
    within = (size >= ranges[:, 0]) & (size <= ranges[:, 1])
    return BoxRow(len(found), len(size), within.sum(axis=0), sure[order], hits, ignored)


def finish_boxes(rows: Iterable[BoxRow], *, areas: Areas = COCO_AREAS) -> BoxScores:
    """The scores of a data set from the rows of its images, made with the same ranges of areas.

    Raises:
        ValueError: no rows, or rows of another number of ranges.
    """
    images = list(rows)
    counts = count_errors((row.predicted, row.heads) for row in images)
    if any(len(row.by_area) != len(areas) for row in images):
        raise ValueError(f"rows of other ranges of areas than {', '.join(areas)}")
    order = ranked([row.scores for row in images])
    heads = np.sum([row.by_area for row in images], axis=0).tolist()
    return BoxScores(
        counts, {name: _area_scores(images, place, order, heads[place]) for place, name in enumerate(areas)}
    )


def _area_scores(images: Sequence[BoxRow], place: int, order: NDArray[np.int64], heads: int) -> AreaScores:
    if not heads:
        return AreaScores(0)
    hits = np.concatenate([row.hits[place] for row in images])[order]
    ignored = np.concatenate([row.ignored[place] for row in images])[order]
    precisions, recalls = [], []
    for threshold in range(len(THRESHOLDS)):
        found, passed_over = bit(hits, threshold), bit(ignored, threshold)
        precision, recall = average_precision(found[~passed_over], heads)
        precisions.append(precision)
        recalls.append(recall)
    return AreaScores(heads, mean(precisions), precisions[AT_50], precisions[AT_75], mean(recalls))


def _areas(boxes: Numbers) -> Numbers:
    sides = written_xywh(boxes)[:, 2:]
    areas: Numbers = sides[:, 0] * sides[:, 1]
    return areas
