"""Localization as NWPU-Crowd judges it: precision, recall and F1 at two radii that grow with the head.

A head's radii come from its box w x h: sigma_s = min(w, h) / 2, sigma_l = sqrt(w^2 + h^2) / 2. Hits, false alarms and
misses are summed over the data set before anything is divided. Recall by size has six levels A0 to A5 by the area of
the box: (0, 10], (10, 10^2], ..., (10^4, 10^5], above; its plain mean is the benchmark's average.

Source: Wang et al., "NWPU-Crowd: a large-scale benchmark for crowd counting and localization", TPAMI 2020. The official
scorer reads whole pixels alone, so nothing is rounded here. Precision without predictions, and recall without heads,
are 0 there and here; a level without heads has no recall, which is None here and leaves the average.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError
from gta_head_tools.evaluation.columns import Numbers, flags_of, numbers_of
from gta_head_tools.evaluation.counting import CountErrors, count_errors
from gta_head_tools.evaluation.matching import match_heads, within_reach

LEVELS = 6
_AREA_ENDS = (10.0, 100.0, 1e3, 1e4, 1e5)

Levels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class SizedHeads:
    """The heads of an image with their radii.

    Attributes:
        points: (N, 2) x y, pixels.
        sigma_l: (N,) large radius, pixels.
        sigma_s: (N,) small radius, pixels.
        levels: (N,) size, 0 to 5.
        ignore: (N,) not scored.
    """

    points: Numbers
    sigma_l: Numbers
    sigma_s: Numbers
    levels: Levels
    ignore: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found at one radius.

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
        heads: of the image. A prediction that matches none and lies at an ignored head counts for nothing.

    Raises:
        ValueError: a column of another shape, a number that is not finite, or a level that is none.

    >>> rows = []
    >>> for predicted, boxes in [([[5, 5], [90, 9]], [[0, 0, 10, 10]]), ([], [[3, 3, 9, 9]])]:
    ...     rows.append(update_nwpu(predicted, sized_heads(boxes)))
    >>> finish_nwpu(rows).sigma_l.f1
    0.5
    """
    found = numbers_of(predicted, "predicted", width=2)
    scored = ~heads.ignore
    radii = [_hits(found, heads, radius) for radius in (heads.sigma_l, heads.sigma_s)]
    return NwpuRow(len(found), int(scored.sum()), *radii)


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
    found, heads = ([sum(level) for level in zip(*of, strict=True)] for of in _by_level(rows))
    levels = tuple(hit / total if total else None for hit, total in zip(found, heads, strict=True))
    return HitScores(*ratios(tp, fp, fn), tp, fp, fn, levels or (None,) * LEVELS)


def ratios(tp: int, fp: int, fn: int) -> tuple[float, float, float]:
    """Precision, recall and F1; 0 where there is nothing to divide by.

    >>> ratios(3, 1, 0)
    (0.75, 1.0, 0.8571428571428571)
    """
    precision = tp / (tp + fp) if tp else 0.0
    recall = tp / (tp + fn) if tp else 0.0
    return precision, recall, 2 * tp / (2 * tp + fp + fn) if tp else 0.0


def sized_heads(boxes: ArrayLike, *, points: ArrayLike | None = None, ignore: ArrayLike | None = None) -> SizedHeads:
    """Heads with the radii of their boxes.

    Args:
        boxes: (N, 4) x0 y0 x1 y1, pixels.
        points: (N, 2) of the heads, None = the middles of the boxes.
        ignore: (N,) not scored, None = all are scored.

    Raises:
        ValueError: a column of another shape, or a number that is not finite.

    >>> heads = sized_heads([[0, 0, 6, 8]])
    >>> heads.sigma_l.tolist(), heads.sigma_s.tolist(), heads.levels.tolist()
    ([5.0], [3.0], [1])
    """
    corners = numbers_of(boxes, "boxes", width=4)
    sides = corners[:, 2:] - corners[:, :2]
    middles = (corners[:, :2] + corners[:, 2:]) / 2
    return SizedHeads(
        middles if points is None else numbers_of(points, "points", width=2, count=len(corners)),
        np.hypot(sides[:, 0], sides[:, 1]) / 2,
        sides.min(axis=1, initial=np.inf) / 2,
        area_levels(sides.prod(axis=1)),
        flags_of(ignore, "ignore", count=len(corners)),
    )


def area_levels(areas: ArrayLike) -> Levels:
    """(N,) level 0 to 5 of box areas (N,): a power of ten belongs to the level below it.

    >>> area_levels([10, 11, 100, 1e5, 2e5]).tolist()
    [0, 1, 1, 4, 5]
    """
    return np.searchsorted(_AREA_ENDS, np.asarray(areas, dtype=np.float64), side="left").astype(np.int64)


def annotated_heads(image: ImageAnnotations) -> SizedHeads:
    """The heads of annotations with the radii and levels that their file gives, else those of their boxes.

    Raises:
        ConfigError: a head has neither.
    """
    extra = image.extra
    if {"sigma_s", "sigma_l", "level"} <= extra.keys():
        large, small = (np.asarray(extra[name], dtype=np.float64) for name in ("sigma_l", "sigma_s"))
        return SizedHeads(image.points, large, small, np.asarray(extra["level"], dtype=np.int64), image.ignore)
    if not image.has_box.all():
        raise ConfigError(
            f"{image.info.path}: {int((~image.has_box).sum())} heads have neither a box nor radii, which the protocol "
            "nwpu needs; make boxes with `ghtools interpolate-boxes`, or take another protocol"
        )
    return sized_heads(image.boxes, points=image.points, ignore=image.ignore)


def _hits(found: Numbers, heads: SizedHeads, radius: Numbers) -> Hits:
    if heads.levels.size and not 0 <= heads.levels.min() <= heads.levels.max() < LEVELS:
        raise ValueError(f"a level is none of 0 to {LEVELS - 1}")
    scored = ~heads.ignore
    holder = match_heads(found, heads.points[scored], radius[scored])
    idle = np.ones(len(found), dtype=bool)
    idle[holder[holder >= 0]] = False
    if heads.ignore.any():
        idle[idle] = ~within_reach(found[idle], heads.points[heads.ignore], radius[heads.ignore])
    levels = heads.levels[scored]
    matched = np.bincount(levels[holder >= 0], minlength=LEVELS)
    present = np.bincount(levels, minlength=LEVELS)
    tp = int(matched.sum())
    return Hits(tp, int(idle.sum()), len(levels) - tp, tuple(matched.tolist()), tuple(present.tolist()))


def _by_level(rows: Sequence[Hits]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    return [row.found for row in rows], [row.heads for row in rows]
