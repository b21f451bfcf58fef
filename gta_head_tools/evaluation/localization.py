"""Localization as NWPU-Crowd judges it: precision, recall and F1 at two radii that grow with the head.

Hits, false alarms and misses are summed over the data set before anything is divided. Recall by size has six levels A0
to A5, whose plain mean is the benchmark's average; radii and levels: `head_sizes`.

Source: Wang et al., "NWPU-Crowd: a large-scale benchmark for crowd counting and localization", TPAMI 2020. The official
scorer only reads whole pixels, so nothing is rounded here. Precision without predictions, and recall without heads,
are 0 there and here; a level without heads has no recall, which is None here and leaves the average.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools.columns import Numbers, numbers_of
from gta_head_tools.evaluation.counting import CountErrors, count_errors
from gta_head_tools.evaluation.head_sizes import LEVELS, SizedHeads
from gta_head_tools.evaluation.ignored_heads import those_that_count
from gta_head_tools.evaluation.matching import Places, match_heads


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found in one image at one radius.

    Attributes:
        tp: matched heads.
        fp: predictions that match none.
        fn: heads that are matched by none.
        found: matched heads by level.
        heads: heads by level.
    """

    tp: int
    fp: int
    fn: int
    found: tuple[int, ...] = (0,) * LEVELS
    heads: tuple[int, ...] = (0,) * LEVELS


@dataclass(frozen=True, slots=True)
class NwpuRow:
    """Counts and hits of one image."""

    predicted: int
    heads: int
    sigma_l: Hits
    sigma_s: Hits


@dataclass(frozen=True, slots=True)
class HitScores:
    """Scores at one radius over a data set.

    Attributes:
        precision: share of the predictions that match a head.
        recall: share of the heads that are matched.
        f1: harmonic mean of both.
        tp: matched heads.
        fp: predictions that match none.
        fn: heads that are matched by none.
        levels: recall by size A0 to A5, None = there are no such heads.
    """

    precision: float
    recall: float
    f1: float
    tp: int
    fp: int
    fn: int
    levels: tuple[float | None, ...] = (None,) * LEVELS

    @property
    def level_mean(self) -> float | None:
        """Plain mean of the recall by size, over the sizes that occur."""
        known = [recall for recall in self.levels if recall is not None]
        return sum(known) / len(known) if known else None


@dataclass(frozen=True, slots=True)
class NwpuScores:
    """Scores of a data set.

    Attributes:
        counts: errors of the counts.
        sigma_l: at the large radius.
        sigma_s: at the small radius.
    """

    counts: CountErrors
    sigma_l: HitScores
    sigma_s: HitScores


def update_nwpu(predicted: ArrayLike, heads: SizedHeads) -> NwpuRow:
    """The row of one image.

    Args:
        predicted: (P, 2) points in the order of their file, pixels; the order decides which heads are matched.
        heads: of the image. What lies at an ignored head counts for nothing, see `ignored_heads`.

    Raises:
        ValueError: a column of another shape, a number that is not finite, or a level beyond 0 to 5.

    >>> from gta_head_tools.evaluation.head_sizes import sized_heads
    >>> rows = []
    >>> for predicted, boxes in [([[5, 5], [90, 9]], [[0, 0, 10, 10]]), ([], [[3, 3, 9, 9]])]:
    ...     rows.append(update_nwpu(predicted, sized_heads(boxes)))
    >>> finish_nwpu(rows).sigma_l.f1
    0.5
    """
    found = numbers_of(predicted, "predicted", width=2)
    scored = ~heads.ignore
    radii = [_hits(found, heads, radius) for radius in (heads.sigma_l, heads.sigma_s)]
    return NwpuRow(int(_that_count(found, heads).sum()), int(scored.sum()), *radii)


def finish_nwpu(rows: Iterable[NwpuRow]) -> NwpuScores:
    """The scores of a data set from the rows of its images.

    Raises:
        ValueError: no rows.
    """
    images = list(rows)
    return NwpuScores(
        counts=count_errors((row.predicted, row.heads) for row in images),
        sigma_l=finish_hits(row.sigma_l for row in images),
        sigma_s=finish_hits(row.sigma_s for row in images),
    )


def finish_hits(hits: Iterable[Hits]) -> HitScores:
    """Scores from the hits of all images, summed before anything is divided."""
    rows = list(hits)
    tp, fp, fn = (sum(getattr(row, name) for row in rows) for name in ("tp", "fp", "fn"))
    by_level = [row.found for row in rows], [row.heads for row in rows]
    found, heads = ([sum(level) for level in zip(*of, strict=True)] for of in by_level)
    levels = tuple(hit / total if total else None for hit, total in zip(found, heads, strict=True))
    precision, recall, f1 = ratios(tp, fp, fn)
    levels = levels or (None,) * LEVELS
    return HitScores(precision=precision, recall=recall, f1=f1, tp=tp, fp=fp, fn=fn, levels=levels)


def ratios(tp: int, fp: int, fn: int) -> tuple[float, float, float]:
    """Precision, recall and F1; 0 where there is nothing to divide by.

    >>> ratios(3, 1, 0)
    (0.75, 1.0, 0.8571428571428571)
    """
    precision = tp / (tp + fp) if tp else 0.0
    recall = tp / (tp + fn) if tp else 0.0
    return precision, recall, 2 * tp / (2 * tp + fp + fn) if tp else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """Which prediction of an image found which head at one radius.

    Attributes:
        holder: (N,) number of the prediction that each head is matched with, -1 = none; ignored heads have none.
        false_alarm: (P,) predictions that count and match none.
    """

    holder: Places
    false_alarm: NDArray[np.bool_]


def match_image(predicted: ArrayLike, heads: SizedHeads, radius: Numbers) -> Matching:
    """The matching that `update_nwpu` counts.

    Args:
        predicted: (P, 2) points in the order of their file, pixels.
        heads: of the image.
        radius: (N,) of the heads: `heads.sigma_l` or `heads.sigma_s`.

    Raises:
        ValueError: a column of another shape, or a number that is not finite.
    """
    found = numbers_of(predicted, "predicted", width=2)
    scored, counts = ~heads.ignore, _that_count(found, heads)
    matched = match_heads(found[counts], heads.points[scored], radius[scored])
    holder = np.full(len(scored), -1, dtype=np.int64)
    holder[scored] = np.where(matched < 0, -1, np.append(np.flatnonzero(counts), -1)[matched])
    idle = counts.copy()
    idle[holder[holder >= 0]] = False
    return Matching(holder, idle)


def _that_count(found: Numbers, heads: SizedHeads) -> NDArray[np.bool_]:
    listed = heads.sigma_l if heads.boxes is None else None
    return those_that_count(found, heads.points, heads.ignore, boxes=heads.boxes, listed=listed)


def _hits(found: Numbers, heads: SizedHeads, radius: Numbers) -> Hits:
    if heads.levels.size and not 0 <= heads.levels.min() <= heads.levels.max() < LEVELS:
        raise ValueError(f"a level is not one of 0 to {LEVELS - 1}")
    matching = match_image(found, heads, radius)
    matched = np.bincount(heads.levels[matching.holder >= 0], minlength=LEVELS)
    present = np.bincount(heads.levels[~heads.ignore], minlength=LEVELS)
    tp, total = int(matched.sum()), int(present.sum())
    alarms = int(matching.false_alarm.sum())
    return Hits(tp, alarms, total - tp, tuple(matched.tolist()), tuple(present.tolist()))
