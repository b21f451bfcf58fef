"""How good boxes made from anchors are where the exact boxes are known: scores, and sections of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gta_head_tools.annotations import Boxes
from gta_head_tools.geometry import centres, overlap, sizes
from gta_head_tools.interpolation.expectation import EXPECTED, Expectation, percent
from gta_head_tools.pictures import Picture
from gta_head_tools.report import plots
from gta_head_tools.report.markup import Html, beside, figure, joined, paragraph, picture_figure, table
from gta_head_tools.report.page import Section

Array = NDArray[np.float64]

_NEIGHBOURS = 25


@dataclass(frozen=True, slots=True)
class BoxScore:
    """Errors of the boxes of one rule over all heads of a scene, as fractions of the exact size.

    Attributes:
        scene: its name.
        rule: that made the boxes.
        heads: how many.
        median_error: of the size, sqrt(width height).
        p95_error: that 95 % of the heads keep within.
        overlap: mean intersection over union.
    """

    scene: str
    rule: str
    heads: int
    median_error: float
    p95_error: float
    overlap: float


@dataclass(frozen=True)
class BoxTrial:
    """A scene whose exact boxes are known, and the boxes that rules gave its heads.

    Attributes:
        scene: its name.
        exact: (N, 4) exact boxes of all of its heads.
        found: rule to the boxes (N, 4) that it gave them.
        anchors: (M, 4) boxes drawn by hand.
        height: of its pictures, pixels.
        expected: what the default rule expects without knowing the exact boxes, None = unknown.
        grade: of the default rule's own diagnosis.
        overlay: one of its pictures with boxes drawn.
        shown: what the picture shows, in words.
    """

    scene: str
    exact: Boxes
    found: Mapping[str, Boxes]
    anchors: Boxes
    height: int
    expected: Expectation | None
    grade: str
    overlay: Picture
    shown: str

    def sizes(self) -> dict[str, Array]:
        """Rule to sizes (N,) in pixels."""
        return {rule: sizes(boxes) for rule, boxes in self.found.items()}

    def errors(self) -> dict[str, Array]:
        """Rule to relative size errors (N,), positive = too large."""
        exact = sizes(self.exact)
        return {rule: found / exact - 1 for rule, found in self.sizes().items()}

    def level_error(self, rule: str) -> float:
        """Median size error after a median over the nearest heads, in which differences between people cancel out."""
        middles, ratios = centres(self.exact), self.errors()[rule] + 1
        _, near = cKDTree(middles).query(middles, k=range(1, min(_NEIGHBOURS, len(middles)) + 1))
        return float(np.median(np.abs(np.median(ratios[near], axis=1) - 1)))

    def scores(self) -> list[BoxScore]:
        """One for each rule."""
        return [
            BoxScore(
                self.scene,
                rule,
                len(errors),
                float(np.median(np.abs(errors))),
                float(np.quantile(np.abs(errors), 0.95)),
                float(overlap(self.found[rule], self.exact).mean()),
            )
            for rule, errors in self.errors().items()
        ]


SCORE_COLUMNS = ("scene", "rule", "heads", "median size error", "95 % of heads within", "mean overlap (IoU)")


def score_cells(score: BoxScore) -> tuple[object, ...]:
    """A score as a row of a table under `SCORE_COLUMNS`."""
    median, most = f"{100 * score.median_error:.1f} %", f"{100 * score.p95_error:.0f} %"
    return score.scene, score.rule, f"{score.heads:,}", median, most, f"{score.overlap:.3f}"


def pictures_section(trials: Sequence[BoxTrial]) -> Section:
    """One picture of each scene with its boxes."""
    shown = [picture_figure(t.overlay, alt=f"{t.scene}: {t.shown}", caption=f"{t.scene}: {t.shown}") for t in trials]
    return Section("The crowds, with a box for every head", joined(shown))


def errors_section(trials: Sequence[BoxTrial]) -> Section:
    """Scores of all rules as a table, and drawings of them for each scene."""
    rows = [score_cells(score) for trial in trials for score in trial.scores()]
    told = table(SCORE_COLUMNS, rows, caption="The size of every box against the exact one, over all heads of a scene.")
    return Section("How far the sizes are from the truth", joined([told, *map(_drawings, trials)]))


def _drawings(trial: BoxTrial) -> Html:
    name, exact, found = trial.scene, sizes(trial.exact), trial.sizes()
    medians = ", ".join(f"{score.rule} {100 * score.median_error:.1f} %" for score in trial.scores())
    rows, drawn = centres(trial.exact)[:, 1], (centres(trial.anchors)[:, 1], sizes(trial.anchors))
    curves = plots.draw_errors(trial.errors(), alt=f"{name}: share of heads by size error; median errors: {medians}")
    agreement = plots.draw_agreement(exact, found, alt=f"{name}: size found over exact size of every head")
    by_height = plots.draw_by_height(
        rows, {"exact": exact, **found}, drawn, trial.height, alt=f"{name}: size of heads over their row, with anchors"
    )
    return beside(
        [
            figure(curves, caption=f"{name}: how many heads are within an error. The steeper, the better."),
            figure(agreement, caption=f"{name}: every head; on the line, the size found is the exact one."),
            figure(
                by_height, caption=f"{name}: farther down in the picture heads are larger; squares are the anchors."
            ),
        ]
    )


def expectation_section(trials: Sequence[BoxTrial], rule: str) -> Section:
    """The errors that the default rule expected, beside those that were measured.

    Args:
        trials: the scenes.
        rule: that the expectation is about.
    """
    rows = []
    for trial in trials:
        expected = ("unknown",) * 3 if trial.expected is None else trial.expected.cells
        score = next(score for score in trial.scores() if score.rule == rule)
        level = f"±{percent(trial.level_error(rule))}"
        measured = level, f"±{percent(score.median_error)}", f"{score.overlap:.2f}"
        both = [cell for pair in zip(expected, measured, strict=True) for cell in pair]
        rows.append((trial.scene, len(trial.anchors), *both, trial.grade))
    pairs = [name for what in EXPECTED for name in (what, "measured")]
    told = table(("scene", "anchors", *pairs, "grade"), rows, caption=f"Median errors of the sizes of the rule {rule}.")
    words = (
        "Real crowds have no exact boxes to compare with. So the tool says beforehand what errors it expects, from the "
        "anchors, the camera and the crowd alone: those of the size that heads have at a place, those of single heads, "
        "which differ from it, and the overlap with the exact boxes. Sizes are measured as averages over "
        f"{_NEIGHBOURS} neighbours, in which the differences between people cancel out."
    )
    return Section("What the tool expected without knowing the truth", joined([paragraph(words), told]))
