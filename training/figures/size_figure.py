"""Recall by the size of heads, and errors of the counts of scenes by the size of their heads, as plots side by side."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gta_head_tools.pictures import Picture
from gta_head_tools.report.plots import Drawing, dress
from training.figures.drawing import DPI, LINE, SOFT, plain_style, rendered
from training.scores.by_size import BySize, class_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#1f5fd6", "#b5500a", "#00805c", "#a0379a", "#6b6b6b", "#111111")
MARKS, LINES = ("o", "x", "s", "^", "D", "v"), ("-", "--", "-.", ":", "-", "--")
"""Runs also differ in mark and line, for readers who cannot tell the colours apart."""
_SIZE = (480, 360)
_LETTERS, _SMALL = 17, 14
_MOST = 3.0
"""Error for each head, above which scenes are drawn at the border."""


def draw_sizes(runs: Mapping[str, BySize], *, width: int) -> Picture | None:
    """One plot of the recall of all runs, and for each run one of the errors of its scenes; None = nothing is known.

    Args:
        runs: by name, scored on the same pictures.
        width: of the picture; its height follows from the number of plots.
    """
    from matplotlib.figure import Figure

    recalls = {name: run.recall for name, run in runs.items() if run.recall is not None}
    biased = {name: run for name, run in runs.items() if run.scenes}
    number = bool(recalls) + len(biased)
    if not number:
        return None
    across = min(max(width // _SIZE[0], 1), max(number, 3))  # A single plot would be too wide to read.
    lines = math.ceil(number / across)
    # A part of a pixel more keeps the last one where the division is not exact.
    size = ((width + 0.1) / DPI, (lines * _SIZE[1] + 0.1) / DPI)
    with plain_style(_LETTERS):
        figure = Figure(figsize=size, dpi=DPI, layout="constrained")
        plots = list(figure.subplots(lines, across, squeeze=False).flat)
        for spare in plots[number:]:
            spare.remove()
        styles = dict(zip(runs, range(len(runs)), strict=True))
        if recalls:
            _draw_recall(plots.pop(0), recalls, styles)
        errors = [abs(scene["error_per_head"]) for run in biased.values() for scene in run.scenes.values()]
        limit = float(np.clip(max(errors, default=0) * 1.15, 0.1, _MOST))
        for axes, (name, run) in zip(plots, biased.items(), strict=False):
            _draw_bias(axes, name, run, styles[name], limit)
        return rendered(figure)


def _draw_recall(
    axes: Axes, recalls: Mapping[str, Sequence[Mapping[str, float | None]]], styles: Mapping[str, int]
) -> None:
    dress(
        axes,
        "size of the head in pixels, and how many heads",
        "share of the heads that was found",
        soft=SOFT,
        line=LINE,
    )
    axes.set_title("recall by size", loc="left", fontsize=_LETTERS)
    classes = next(iter(recalls.values()))
    for name, rows in recalls.items():
        known = [(place, row["recall"]) for place, row in enumerate(rows) if row["recall"] is not None]
        style = styles[name] % len(COLOURS)
        points = np.array(known, dtype=np.float64).reshape(-1, 2)
        look: dict[str, Any] = {"color": COLOURS[style], "marker": MARKS[style], "linestyle": LINES[style]}
        axes.plot(points[:, 0], points[:, 1], linewidth=2, label=_plain(name), **look)
    axes.set_xticks(
        range(len(classes)),
        [f"{class_words(row).replace(' px', '')}\n{row['heads']:,}" for row in classes],
        fontsize=_SMALL,
    )
    axes.set(ylim=(0, 1.02), xlim=(-0.4, len(classes) - 0.6))
    Drawing.percent(axes.yaxis)
    axes.legend(loc="best", frameon=False, fontsize=_SMALL)


def _draw_bias(axes: Axes, name: str, run: BySize, style: int, limit: float) -> None:
    dress(axes, "median size of the heads of a scene, pixels", "error of the count, per head", soft=SOFT, line=LINE)
    axes.set_title(
        textwrap.fill(f"{name}: errors by size", 48, max_lines=3, placeholder=" …"),
        loc="left",
        fontsize=_LETTERS,
        parse_math=False,
    )
    colour, mark = COLOURS[style % len(COLOURS)], MARKS[style % len(MARKS)]
    sides, errors = np.array([(each["median_side"], each["error_per_head"]) for each in run.scenes.values()]).T
    axes.axhline(0, color=SOFT, linewidth=1)
    axes.scatter(sides, np.clip(errors, -limit, limit), color=colour, marker=mark, alpha=0.8, label="a scene", zorder=3)
    for place, half in enumerate(run.halves()):
        ends, error = (half["from"] / 1.03, half["to"] * 1.03), np.clip(half["error_per_head"], -limit, limit)
        axes.plot(
            ends, (error, error), color=colour, linewidth=3, label="_" if place else "half of the scenes together"
        )
    low, high = max(float(sides.min()), 0.1) / 1.25, max(float(sides.max()), 0.1) * 1.25
    axes.set(xscale="log", xlim=(low, high), ylim=(-limit, limit))
    Drawing.ratio_ticks(axes.xaxis, low, high)
    Drawing.percent(axes.yaxis)
    axes.legend(loc="best", frameon=False, fontsize=_SMALL)


def _plain(name: str) -> str:
    """A name in several lines, without what matplotlib takes for a formula, or for a line that is not named."""
    return textwrap.fill(name, 40, max_lines=2, placeholder=" …").replace("$", r"\$").lstrip("_")
