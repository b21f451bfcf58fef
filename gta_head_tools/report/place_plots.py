"""Drawings of how many heads there are, how large, and where."""

from __future__ import annotations

import base64
import io
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.report.markup import Html, text
from gta_head_tools.report.plots import INK, LINES, PLAIN, SERIES, Drawing
from gta_head_tools.report.score_plots import count_scale
from gta_head_tools.size_field import SizeField

Array = NDArray[np.float64]

_MOST_BARS = 30
_NARROWEST = 7
"""Bars for which there is room at least: one bar alone would be a wall."""
_SKEWED = 10
"""Largest count over the median from which the scale is one of ratios."""
_A_DECADE = 10
"""Bars from 10 to 100 on a scale of ratios."""


def count_edges(heads: Array) -> Array:
    """(B + 1,) borders of the bars of a histogram of counts (M,), M >= 1, between whole numbers.

    >>> count_edges(np.array([0.0, 1.0, 2.0]))
    array([-0.5,  0.5,  1.5,  2.5])
    """
    least, most = int(np.min(heads)), int(np.max(heads))
    if most > _SKEWED * max(float(np.median(heads)), 1.0) and most > _MOST_BARS:
        decades = np.arange(int(np.ceil(np.log10(most + 1) * _A_DECADE)) + 1)
        steps = np.unique(np.floor(10 ** (decades / _A_DECADE)))
        return np.array([0, *steps]) - 0.5
    widths = (step * 10**power for power in range(18) for step in (1, 2, 5))
    width = next(width for width in widths if (most - least) // width < _MOST_BARS)
    edges: Array = np.arange(least // width, most // width + 2) * float(width) - 0.5
    return edges


def draw_heads_per_image(heads: Array, *, alt: str) -> Html:
    """Images (up) with so many heads (across).

    Args:
        heads: (M,) of the images.
        alt: what it shows.
    """
    plot = Drawing("heads in an image", "images", alt)
    edges, median = count_edges(heads), float(np.median(heads))
    _bars(plot, edges, np.histogram(heads, edges)[0], median, f"median {median:,.10g}")
    whole = np.diff(edges)
    if whole[0] < whole[-1]:
        count_scale(plot, "x", -0.6, float(edges[-1]))
    else:
        room = max(_NARROWEST * whole[0] - (edges[-1] - edges[0]), 0)
        low = max(edges[0] - room / 2, -0.5)
        plot.axes.set_xlim(low, low + room + edges[-1] - edges[0])
        plot.whole_numbers(plot.axes.xaxis)
    return plot.finish(_emptier(plot, median))


def draw_box_sizes(sizes: Array, *, alt: str) -> Html:
    """Boxes (up) of a size (across, pixels, on a scale of ratios).

    Args:
        sizes: (N,) positive, N >= 1, pixels.
        alt: what it shows.
    """
    plot = Drawing("box size, pixels", "boxes", alt)
    median, middle = float(np.median(sizes)), float(np.sqrt(sizes.min()) * np.sqrt(sizes.max()))
    reach = max(float(sizes.max()) / middle * 1.05, 1.5)
    low, high = middle / reach, middle * reach
    # Counting in even steps is many times as fast as in uneven ones.
    held, edges = np.histogram(np.log(sizes), _MOST_BARS, (np.log(low), np.log(high)))
    _bars(plot, np.exp(edges), held, median, f"median {_pixels(median)}")
    plot.axes.set(xscale="log", xlim=(low, high))
    plot.ratio_ticks(plot.axes.xaxis, low, high)
    return plot.finish(_emptier(plot, median))


def _bars(plot: Drawing, edges: Array, held: NDArray[np.int64], median: float, told: str) -> None:
    left, right = edges[:-1], edges[1:]
    space = 0.04 * (right - left)
    plot.axes.bar(left + space, held, right - left - 2 * space, align="edge", color=SERIES[0][0], linewidth=0)
    plot.axes.axvline(median, color=INK, linewidth=1.4, linestyle=LINES[1], label=told)
    plot.axes.grid(axis="x", linewidth=0)
    # The name of the line stands above the bars.
    plot.axes.set_ylim(0, 1.18 * max(int(held.max()), 1))
    plot.whole_numbers(plot.axes.yaxis)


def _pixels(size: float) -> str:
    return f"{size:,.1f}" if size < 1e5 else f"{size:.3g}"


def _emptier(plot: Drawing, median: float) -> Literal["upper left", "upper right"]:
    """The corner away from the median."""
    across = plot.axes.transAxes.inverted().transform(plot.axes.transData.transform((median, 0)))[0]
    return "upper right" if across < 0.5 else "upper left"


def draw_size_field(field: SizeField, *, alt: str) -> Html:
    """Box sizes (up) over the row of their heads (across): middle half, median, and the fitted model."""
    plot = Drawing("rows from the top of the picture", "box size, pixels", alt)
    low, middle, high = field.quartiles
    axes = plot.axes
    axes.fill_between(field.rows, low, high, color=PLAIN, alpha=0.45, linewidth=0, label="middle half of the boxes")
    axes.plot(field.rows, middle, color=SERIES[0][0], linewidth=2, label="median box", marker="o", markersize=3)
    axes.plot(field.rows, field.model, color=SERIES[1][0], linewidth=2, linestyle=LINES[1], label="fitted model")
    axes.set(xlim=(0, field.height))
    # The names of the lines stand above them.
    axes.set_ylim(0, 1.3 * float(max(np.max(high, initial=1), np.max(field.model, initial=1))))
    return plot.finish("upper left")


def draw_heat_map(cells: NDArray[np.int64], size: tuple[int, int], *, name: str, alt: str) -> Html:
    """Where heads are: the more heads a cell holds, the stronger its colour, up to the fullest 0.5 % of them.

    The cells are a small picture that masks a surface in a colour of the page: light where that is dark.

    Args:
        cells: (R, C) heads.
        size: width and height of the picture, pixels.
        name: unique in the page.
        alt: what it shows.
    """
    from PIL import Image

    held = cells[cells > 0]
    top = float(np.quantile(held, 0.995)) if len(held) else 1.0
    # By the root, cells with few heads are seen beside full ones.
    shades = np.sqrt(np.minimum(cells / top, 1)) * 255
    packed = io.BytesIO()
    Image.fromarray(shades.round().astype(np.uint8)).save(packed, format="PNG", optimize=True)
    data = base64.b64encode(packed.getvalue()).decode()
    width, height = 320.0, 320.0 * size[1] / size[0]
    area = f'width="{width:g}" height="{height:.6g}"'
    return Html(
        f'<svg viewBox="0 0 {width:g} {height:.6g}" role="img" aria-label="{text(alt)}">'
        f'<mask id="{text(name)}"><image {area} preserveAspectRatio="none" style="image-rendering: pixelated" '
        f'href="data:image/png;base64,{data}"></image></mask>'
        f'<rect {area} style="fill: var(--panel)"></rect>'
        f'<rect {area} style="fill: var(--first)" mask="url(#{text(name)})"></rect></svg>'
    )
