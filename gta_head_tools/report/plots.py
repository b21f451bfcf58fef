"""Drawings of numbers as SVG inside a page, in the colours of the page, so that they turn dark with it.

Matplotlib cannot use the colours of a style sheet: drawings are made in stand-in colours, which are then replaced.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.report.markup import Html, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

INK, SOFT, LINE, PLAIN = "#010203", "#040506", "#070809", "#0a0b0c"
_STAND_INS = {INK: "ink", SOFT: "soft", LINE: "line", PLAIN: "plain", "#0d0e0f": "first", "#101112": "second"}
SERIES = [(_colour, _name) for _colour, _name in _STAND_INS.items() if _name in {"first", "second"}]
LINES, MARKS = ("-", "--"), ("o", "x")
"""Two series also differ in line and mark, for readers who cannot tell the colours apart."""
_SIZE = (4.6, 3.7)
_WIDEST_ERROR = 0.5
_MOST_MARKS = 400


def draw_errors(errors: Mapping[str, Array], *, alt: str) -> Html:
    """For one or two series of relative errors, the share (up) that is at most so large (across).

    Args:
        errors: name to errors (N,), fractions of either sign.
        alt: what it shows.
    """
    plot = Drawing("size error", "share of heads within", alt)
    steps = np.linspace(0, _WIDEST_ERROR, 101)
    plot.axes.axhline(0.5, color=LINE, linewidth=1)
    for number, (name, values) in enumerate(errors.items()):
        share = np.searchsorted(np.sort(np.abs(values)), steps, side="right") / max(len(values), 1)
        colour = SERIES[number][0]
        plot.axes.plot(steps, share, color=colour, linewidth=2, linestyle=LINES[number], label=name)
    plot.axes.set(xlim=(0, _WIDEST_ERROR), ylim=(0, 1.02))
    plot.percent(plot.axes.xaxis)
    plot.percent(plot.axes.yaxis)
    return plot.finish("lower right")


def draw_agreement(exact: Array, found: Mapping[str, Array], *, alt: str) -> Html:
    """Sizes found (up) over exact ones (across), both in pixels on scales of ratios, with the line where they agree.

    Args:
        exact: (N,) sizes in pixels.
        found: name of one or two series to sizes (N,).
        alt: what it shows.
    """
    plot = Drawing("exact size, pixels", "size found, pixels", alt)
    rows = _some(len(exact))
    low, high = _span([exact, *found.values()])
    plot.axes.plot([low, high], [low, high], color=SOFT, linewidth=1)
    _mark(plot.axes, exact, found, rows)
    plot.axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
    plot.plain_numbers(low, high)
    return plot.finish("upper left")


def draw_by_height(
    rows: Array, sizes: Mapping[str, Array], anchors: tuple[Array, Array], height: int, *, alt: str
) -> Html:
    """Sizes (up, pixels) over the place in the picture (across, from its top), anchors marked.

    Args:
        rows: (N,) y of the heads.
        sizes: exact sizes (N,) first, then one or two series.
        anchors: y and drawn size of the anchors, (M,) each.
        height: of the picture.
        alt: what it shows.
    """
    plot = Drawing("place in the picture: rows from the top", "size, pixels", alt)
    (exact_name, exact), *others = sizes.items()
    shown = _some(len(rows))
    plot.axes.scatter(rows[shown], exact[shown], s=9, color=PLAIN, linewidths=0, label=exact_name)
    _mark(plot.axes, rows, dict(others), shown)
    across, up = anchors
    plot.axes.scatter(
        across, up, s=70, marker="s", facecolors="none", edgecolors=INK, linewidths=1.6, label="anchors", zorder=5
    )
    plot.axes.set(xlim=(0, height))
    plot.axes.set_ylim(bottom=0)
    return plot.finish("upper left")


def _some(count: int) -> NDArray[np.intp]:
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_MARKS)).astype(np.intp)) if count else np.arange(0)


def _span(values: Sequence[Array]) -> tuple[float, float]:
    every = np.concatenate(values)
    known = every[np.isfinite(every) & (every > 0)]
    return (float(known.min() / 1.1), float(known.max() * 1.1)) if len(known) else (1.0, 10.0)


def _mark(axes: Axes, across: Array, series: Mapping[str, Array], rows: NDArray[np.intp]) -> None:
    # The first series is drawn on top, because the page is about it.
    for number, (name, values) in enumerate(series.items()):
        mark, colour = MARKS[number], SERIES[number][0]
        edge = 0 if mark == "o" else 0.9
        axes.scatter(
            across[rows], values[rows], s=13, marker=mark, color=colour, linewidths=edge, label=name, zorder=4 - number
        )


def dress(axes: Axes, across: str, up: str, *, soft: str = SOFT, line: str = LINE) -> None:
    """Name both sides of some axes, and let everything but the data stand back.

    Args:
        axes: to draw on.
        across: what stands below.
        up: what stands on the left.
        soft: colour of the words.
        line: colour of the grid and the frame.
    """
    axes.set_xlabel(across, color=soft)
    axes.set_ylabel(up, color=soft)
    axes.tick_params(which="both", colors=soft, length=0)
    axes.grid(color=line, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_color(line)


class Drawing:
    """One pair of axes on the way to SVG."""

    def __init__(self, across: str, up: str, alt: str) -> None:
        from matplotlib.figure import Figure

        self.alt = alt
        self.figure = Figure(figsize=_SIZE, layout="constrained")
        self.axes: Axes = self.figure.subplots()
        dress(self.axes, across, up)
        self.axes.tick_params(which="both", labelsize=9)

    @staticmethod
    def percent(axis: object) -> None:
        """Fractions of an axis as percents, with a decimal where the axis is short: 7.5 % is not shown as 8 %."""
        from matplotlib.axis import Axis
        from matplotlib.ticker import PercentFormatter

        assert isinstance(axis, Axis)
        axis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))

    def whole_numbers(self, axis: object) -> None:
        """Counts of an axis, which have no fractions."""
        from matplotlib.axis import Axis
        from matplotlib.ticker import MaxNLocator, StrMethodFormatter

        assert isinstance(axis, Axis)
        axis.set_major_locator(MaxNLocator(7, integer=True, min_n_ticks=1))
        axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))

    def plain_numbers(self, low: float, high: float) -> None:
        """The same round numbers on both scales of ratios."""
        for axis in (self.axes.xaxis, self.axes.yaxis):
            self.ratio_ticks(axis, low, high)

    @staticmethod
    def ratio_ticks(axis: object, low: float, high: float) -> None:
        """Round numbers on a scale of ratios."""
        from matplotlib.axis import Axis

        assert isinstance(axis, Axis)
        few, some, many = (1.0,), (1.0, 2.0, 5.0), (1, 1.5, 2, 3, 4, 5, 7)
        steps = few if high > 1000 * low else some if high > 8 * low else many
        first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
        powers = [10.0**power for power in range(first, last + 1, 1 + (last - first) // 8)]
        ticks = [step * power for power in powers for step in steps if low <= step * power <= high]
        axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
        axis.set_ticks([], minor=True)

    def finish(self, corner: Literal["upper left", "upper right", "lower right", "lower left"] | None) -> Html:
        """The SVG, with the names of the series in a corner; None = without them."""
        if corner is not None:
            self.axes.legend(loc=corner, frameon=False, fontsize=9, labelcolor=INK)
        return _to_svg(self)


def _to_svg(drawing: Drawing) -> Html:
    from matplotlib import rc_context

    written = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": drawing.alt}):
        drawing.figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    drawn = written.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    # Styles that the page sets itself, and ids that would occur twice in a page with two drawings.
    for needless in (
        r"<metadata>.*?</metadata>",
        r"<style.*?</style>",
        r' font-family: [^;"]*;',
        r' id="[^"]*_[0-9]+"',
    ):
        drawn = re.sub(needless, "", drawn, flags=re.DOTALL)
    for stand_in, name in _STAND_INS.items():
        drawn = drawn.replace(stand_in, f"var(--{name})")
    box = re.search(r'viewBox="([^"]+)"', drawn)
    assert box is not None
    inner = drawn[drawn.index(">") + 1 :].rstrip()
    return Html(f'<svg viewBox="{box[1]}" role="img" aria-label="{text(drawing.alt)}">{inner}')
