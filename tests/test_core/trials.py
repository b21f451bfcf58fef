"""Trials of the size rules on simulated scenes that nothing was tuned on, and what comes out of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.stats import spearmanr

from gta_head_tools.geometry import around, overlap
from gta_head_tools.interpolation.diagnosis import diagnose
from gta_head_tools.interpolation.rules import fit_sizes
from gta_head_tools.interpolation.size_model import SceneView, SizeModel
from gta_head_tools.interpolation.suggestions import suggest_anchors
from gta_head_tools.interpolation.zones import fit_zones
from test_core.crowd_places import Array, Family
from test_core.simulator import FAMILIES, PLACEMENTS, Crowd, Placement, choose_anchors, draw_boxes, simulate, spoil

SCENES = 40
"""Per family, numbered from 0, in the default run. Whoever tunes a rule uses numbers from 1000 on."""


@dataclass(frozen=True)
class Trial:
    """One cell of a table: a rule with so many anchors on all scenes of a family.

    Attributes:
        camera: whether the rule is told the camera, about as somebody would have measured it.
        wrong: one anchor is drawn twice or half as large as it is.
        zones: the rule is told where another ground begins.
    """

    family: Family
    placement: Placement
    count: int
    rule: str = "auto"
    camera: bool = False
    wrong: bool = False
    zones: bool = False


@dataclass(frozen=True)
class Fit:
    """A model and what it was made from; `spoilt` is the wrong anchor, -1 = none."""

    crowd: Crowd
    view: SceneView
    points: Array
    sizes: Array
    model: SizeModel
    spoilt: int

    def field_errors(self) -> Array:
        """|predicted / size of an average head at the same place - 1| (N,)."""
        off: Array = np.abs(self.model.predict(self.crowd.points).sizes / self.crowd.scale - 1)
        return off


@dataclass(frozen=True)
class Errors:
    """Per scene: median and p95 of the field error, mean overlap with the exact boxes."""

    median: Array
    p95: Array
    overlap: Array


@cache
def crowd(family: Family, number: int) -> Crowd:
    """Scene of that number, kept for the next trial."""
    return simulate(family, number)


@cache
def view(family: Family, number: int, camera: bool = False) -> SceneView:
    """What the rules are told of the scene; kept, because it measures the spacing of the heads once."""
    scene = crowd(family, number)
    measured = scene.pose.mistaken(np.random.default_rng([FAMILIES.index(family), number])).camera()
    return SceneView(scene.heads(), scene.pose.size, camera=measured if camera else None)


def fit(trial: Trial, number: int) -> Fit:
    """The trial on one scene; every rule gets the same anchors and the same shaky hand."""
    scene, told = crowd(trial.family, number), view(trial.family, number, trial.camera)
    family, placement = FAMILIES.index(trial.family), PLACEMENTS.index(trial.placement)
    rng = np.random.default_rng([family, number, placement, trial.count])
    anchors = choose_anchors(scene, trial.placement, trial.count, rng)
    points, sizes, spoilt = scene.points[anchors], draw_boxes(scene, anchors, rng), -1
    if trial.wrong:
        sizes, spoilt = spoil(sizes, rng)
    model = fit_zones(points, sizes, told, scene.zones if trial.zones else (), rule=trial.rule)
    return Fit(scene, told, points, sizes, model, spoilt)


@cache
def errors(trial: Trial, scenes: int) -> Errors:
    """The trial on scenes 0 to `scenes` - 1."""
    rows = []
    for number in range(scenes):
        one = fit(trial, number)
        off, sizes = one.field_errors(), one.model.predict(one.crowd.points)
        shared = overlap(around(one.crowd.points, sizes.widths, sizes.heights), one.crowd.boxes)
        rows.append((np.median(off), np.quantile(off, 0.95), shared.mean()))
    return Errors(*np.array(rows).T)


def median(trial: Trial, scenes: int) -> float:
    """Mean over scenes of the scene's median field error, %."""
    return 100 * float(errors(trial, scenes).median.mean())


def percentile(trial: Trial, scenes: int) -> float:
    """Mean over scenes of the scene's 95th percentile of the field error, %."""
    return 100 * float(errors(trial, scenes).p95.mean())


def mean_overlap(trial: Trial, scenes: int) -> float:
    """Mean intersection over union with the exact boxes; the perfect field has 0.886."""
    return float(errors(trial, scenes).overlap.mean())


def paper(trial: Trial) -> Trial:
    """The same anchors with the paper's rule."""
    return Trial(trial.family, trial.placement, trial.count, "two-nearest")


def times_paper(trial: Trial, scenes: int) -> float:
    """Median error over that of the paper's rule on the same scenes."""
    return median(trial, scenes) / median(paper(trial), scenes)


def better_share(trial: Trial, scenes: int) -> float:
    """Share of scenes, %, where the rule errs less than the paper's."""
    return 100 * float(np.mean(errors(trial, scenes).median < errors(paper(trial), scenes).median))


def green_share(trial: Trial, scenes: int) -> float:
    """Share of scenes, %, that are graded green."""
    fits = [fit(trial, number) for number in range(scenes)]
    grades = [diagnose(one.model, one.view, one.points, one.sizes).grade for one in fits]
    return 100 * float(np.mean([grade == "green" for grade in grades]))


def named_share(count: int, scenes: int) -> float:
    """Share of plane scenes, %, where the anchor that is wrong is named."""
    trial = Trial("plane", "random", count, wrong=True)
    fits = [fit(trial, number) for number in range(scenes)]
    return 100 * float(np.mean([one.spoilt in one.model.suspects for one in fits]))


def false_alarms(counts: tuple[int, ...], scenes: int) -> float:
    """Share of plane scenes, %, where an anchor is named although none is wrong."""
    trials = [Trial("plane", "random", count) for count in counts]
    named = [bool(fit(trial, number).model.suspects) for trial in trials for number in range(scenes)]
    return 100 * float(np.mean(named))


def horizon_harm(trials: tuple[Trial, ...], scenes: int) -> float:
    """Points by which telling the camera makes the median error worse, at worst."""
    return max(median(replace(trial, camera=True), scenes) - median(trial, scenes) for trial in trials)


def coverage(count: int, scenes: int) -> float:
    """Share of single plane heads, %, inside the 90 % interval around their predicted size; mean over scenes."""
    shares = []
    for number in range(scenes):
        one = fit(Trial("plane", "random", count), number)
        sizes, exact = one.model.predict(one.crowd.points).sizes, np.sqrt(one.crowd.sizes.prod(axis=1))
        shares.append(np.mean(np.abs(exact / sizes - 1) <= 1.645 * one.model.errors(one.crowd.points)[1]))
    return 100 * float(np.mean(shares))


def rank_correlation(trials: tuple[Trial, ...], scenes: int) -> float:
    """Spearman's correlation of the expected and the true median field error over trials and scenes."""
    expected, true = [], []
    for one in (fit(trial, number) for trial in trials for number in range(scenes)):
        told = diagnose(one.model, one.view, one.points, one.sizes).expected
        expected.append(0.0 if told is None else told.field)
        true.append(np.median(one.field_errors()))
    return float(spearmanr(expected, true).statistic)


def suggestions_until(limit: float, scenes: int) -> float:
    """Suggested anchors until the median over plane scenes of the median field error is at most `limit` %."""
    table = 100 * np.median([_follow_suggestions(number, 10) for number in range(scenes)], axis=0)
    return float(1 + np.argmax(np.append(table <= limit, True)))


def _follow_suggestions(number: int, most: int) -> list[float]:
    scene, told = crowd("plane", number), view("plane", number)
    rng, anchors, found = np.random.default_rng(number), np.empty(0, dtype=np.int64), []
    sizes = np.empty((0, 2))
    for _ in range(most):
        best = suggest_anchors(scene.points[anchors], sizes, told)[0]
        chosen = np.flatnonzero(scene.images == best.image)[[best.head]]
        anchors, sizes = np.append(anchors, chosen), np.vstack([sizes, draw_boxes(scene, chosen, rng)])
        model = fit_sizes(scene.points[anchors], sizes, told)
        found.append(float(np.median(np.abs(model.predict(scene.points).sizes / scene.scale - 1))))
    return found
