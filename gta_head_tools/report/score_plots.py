"""Drawings of scores: counts, errors, and precision and recall over anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.evaluation.protocols.protocol import SharePlot
from gta_head_tools.report.markup import Html
from gta_head_tools.report.plots import LINE, LINES, MARKS, SERIES, SOFT, Drawing

Array = NDArray[np.float64]

_ENOUGH = 40
"""Images from which tenths of them have a median worth drawing."""


def draw_counts(heads: Array, predicted: Array, *, alt: str) -> Html:
    """Predicted counts (up) over true ones (across), (M,) each, with the line where they agree.

    Scales are of ratios and begin at 0: from 0 to 1 they are straight.
    """
    plot = Drawing("true count", "predicted count", alt)
    both = np.concatenate([heads, predicted])
    low, top = float(np.min(both, initial=1e9)), max(float(np.max(both, initial=1)), 1) * 1.2
    low = -0.15 if low < 1 else low / 1.2
    plot.axes.plot([low, top], [low, top], color=SOFT, linewidth=1)
    plot.axes.scatter(heads, np.maximum(predicted, 0), s=11, color=SERIES[0][0], linewidths=0, alpha=0.6)
    for axis in ("x", "y"):
        count_scale(plot, axis, low, top)
    return plot.finish(None)


def draw_count_errors(heads: Array, predicted: Array, *, alt: str) -> Html:
    """Errors as a share of the count (up) over the true count (across), (M,) each, with the median of each tenth."""
    plot = Drawing("true count", "error as a share of the true count", alt)
    known = heads > 0
    across, error = heads[known], predicted[known] / heads[known] - 1
    top = float(np.max(across, initial=1)) * 1.2
    limit = float(np.clip(np.quantile(np.abs(error), 0.98) * 1.15, 0.1, 3)) if len(error) else 1.0
    plot.axes.axhline(0, color=SOFT, linewidth=1)
    plot.axes.scatter(
        across, np.clip(error, -limit, limit), s=11, color=SERIES[0][0], linewidths=0, alpha=0.6, label="an image"
    )
    order = np.argsort(across, kind="stable")
    if len(order) >= _ENOUGH:
        tenths = np.array_split(order, 10)
        middles = [[float(np.median(of[part])) for part in tenths] for of in (across, error)]
        colour, label = SERIES[1][0], "median of a tenth of them"
        plot.axes.plot(*middles, color=colour, linewidth=2, marker="o", markersize=4, label=label)
    plot.axes.set(ylim=(max(-limit, -1) - 0.05 * limit, limit * 1.03))
    count_scale(plot, "x", float(np.min(across, initial=top)) / 1.2, top)
    plot.percent(plot.axes.yaxis)
    return plot.finish("upper right")


def draw_shares(shares: SharePlot) -> Html:
    """Up to three series of shares (up) over numbers (across), or up to two over sizes."""
    return _draw_by_size(shares) if shares.sizes else _draw_over_numbers(shares)


def _draw_over_numbers(shares: SharePlot) -> Html:
    plot = Drawing(shares.name, "share", shares.alt)
    colours = [SERIES[0][0], SERIES[1][0], SOFT]
    for number, (label, values) in enumerate(shares.series.items()):
        style = (*LINES, ":")[number]
        heights = np.array(values, dtype=np.float64)
        plot.axes.plot(shares.numbers, heights, color=colours[number], linewidth=2, linestyle=style, label=label)
    plot.axes.set(ylim=(0, 1.02), xlim=(min(shares.numbers), max(shares.numbers)))
    plot.percent(plot.axes.yaxis)
    return plot.finish("lower left" if _falls(shares.series) else "lower right")


def _draw_by_size(shares: SharePlot) -> Html:
    """Sizes that do not occur are left out of the lines."""
    plot = Drawing("", shares.name, shares.alt)
    places = np.arange(len(shares.sizes))
    for number, (label, values) in enumerate(shares.series.items()):
        heights = np.array(values, dtype=np.float64)
        known = np.isfinite(heights)
        plot.axes.plot(
            places[known],
            heights[known],
            color=SERIES[number][0],
            linewidth=2,
            linestyle=LINES[number],
            marker=MARKS[number],
            markersize=6,
            label=label,
        )
    plot.axes.set_xticks(places, shares.sizes, fontsize=8)
    plot.axes.set(ylim=(0, 1.02), xlim=(-0.4, len(shares.sizes) - 0.6))
    plot.axes.grid(axis="x", color=LINE, linewidth=0)
    plot.percent(plot.axes.yaxis)
    return plot.finish("upper left")


def _falls(series: Mapping[str, Sequence[float | None]]) -> bool:
    ends = [(values[0] or 0.0) - (values[-1] or 0.0) for values in series.values()]
    return sum(ends) > 0


def count_scale(plot: Drawing, axis: Literal["x", "y"], low: float, top: float) -> None:
    """A scale of ratios; where it holds 0 it is straight from there to 1."""
    steps = (1,) if top > 100 * max(low, 1) else (1, 2, 5)
    ticks = [0] * (low < 0) + [step * 10**power for power in range(7) for step in steps]
    shown = [tick for tick in ticks if low <= tick <= top]
    scale: dict[str, Any] = {"value": "symlog", "linthresh": 1} if low < 0 else {"value": "log"}
    if axis == "x":
        plot.axes.set_xscale(**scale)
        plot.axes.set_xticks(shown, [f"{tick:,}" for tick in shown])
        plot.axes.set_xticks([], minor=True)
        plot.axes.set_xlim(low, top)
    else:
        plot.axes.set_yscale(**scale)
        plot.axes.set_yticks(shown, [f"{tick:,}" for tick in shown])
        plot.axes.set_yticks([], minor=True)
        plot.axes.set_ylim(low, top)
