"""Figures: picture, target, the maps of each run, and its peaks, side by side, with true and predicted counts.

Every cell of a row shows the same picture, so that a place can be followed across the row. Maps are drawn from black
(0) over red to light yellow (1); densities and their targets from 0 to the highest value in the row of the runs that
learn the same target. Found heads, missed heads and false ones differ in shape as well as in colour.
"""

from __future__ import annotations

import functools
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.evaluation.protocols.sides import counted
from gta_head_tools.maps.kernels import Kernel
from gta_head_tools.overlays.match_overlay import (
    FALSE_ALARM,
    FOUND,
    MISSED,
    PASSED,
    PREDICTED,
    TRUE,
    match_at_large_radius,
)
from gta_head_tools.pictures import Picture
from training.base import Map, Method, Prediction, Sample
from training.families.fitted import COARSEST
from training.figures.drawing import DPI, plain_style, rendered
from training.figures.size_figure import draw_sizes
from training.predict import as_annotations
from training.samples.letterbox import Fit, letterbox, letterbox_size, pad_to, resize, round_up
from training.scores.by_size import BySize

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gta_head_tools.annotations import Boxes, Points
    from gta_head_tools.overlays.marks import Colour

    Cell = tuple[str, Callable[[Axes], None]]
    Marks = tuple[str, Points, Colour, str]

_WIDEST = 8192
"""Of a figure, so that many runs do not take all memory."""
_LETTERS = 27
"""Widest letters that fit side by side into a cell."""
_LINE = 42
"""Letters of a line of words in a cell: on average a letter has two thirds of the width of the widest."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one run predicts of a picture.

    Attributes:
        name: of the run.
        prediction: with its maps.
        threshold: score above which a candidate counts.
        target: (h, w) what the run learned from this picture; None = unknown.
    """

    name: str
    prediction: Prediction
    threshold: float
    target: Map | None = None


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One picture and what the runs predict of it.

    Attributes:
        name: of the picture.
        picture: (H, W, 3).
        runs: the same ones, with maps of the same names, in all rows of a figure.
        heads: of the picture; None = unknown.
    """

    name: str
    picture: Picture
    runs: tuple[Shown, ...]
    heads: ImageAnnotations | None = None


def show(method: Method, picture: Picture, heads: ImageAnnotations, *, name: str = "predicted") -> Shown:
    """Predict a picture whose heads are known, with maps and target."""
    return Shown(name, method.predict(picture, maps=True), method.threshold, target_map(method, picture, heads))


def target_map(method: Method, picture: Picture, heads: ImageAnnotations) -> Map | None:
    """What the method would learn from a picture, at the scale of its predictions: a heat map, a density or instances.

    Args:
        method: whose targets to draw.
        picture: (H, W, 3).
        heads: of the picture.

    Returns:
        (h, w), cut to the picture; None where the method learns no such map, or heads lack the boxes that it needs.
    """
    config = method.config
    height, width = picture.shape[:2]
    needs_boxes = method.NEEDS == "boxes" or (isinstance(config, Kernel) and config.sigma == "box")
    if needs_boxes and not heads.has_box.all():
        return None
    if config.fit == "letterbox":
        fitted, fit = letterbox(picture, (config.width, config.height))
    else:
        fitted, fit = pad_to(picture, (round_up(width, COARSEST), round_up(height, COARSEST))), Fit()
    area = fit.apply(np.array([[0.0, 0.0, width, height]]))
    sample = Sample(fitted, fit.apply(heads.points), fit.apply(heads.boxes), heads.ignore, area)
    targets = method.targets(sample, config)
    found = next((targets[name] for name in ("heat", "density", "instances", "cross") if name in targets), None)
    if found is None:
        return None
    whole: Map = found.numpy().reshape(found.shape[-2:]).astype(np.float32)
    rows, columns = (
        math.ceil(cells * used / side)
        for cells, used, side in zip(
            whole.shape, (height * fit.scale_y, width * fit.scale_x), fitted.shape[:2], strict=True
        )
    )
    return whole[:rows, :columns]


def draw_figure(
    rows: Sequence[FigureRow], *, width: int = 480, sizes: Mapping[str, BySize] = MappingProxyType({})
) -> Picture:
    """Some pictures, one row each, and below them the scores of the runs by the size of heads.

    The target has one column where it is the same for all runs, else each run shows its own beside its maps; none is
    shown unless all are known.

    Args:
        rows: at least one.
        width: of a cell; less where the figure would be too wide.
        sizes: scores by the name of the run.

    Raises:
        ValueError: no rows, or rows whose runs or maps differ.
    """
    known = all(run.target is not None for row in rows for run in row.runs)
    shared = known and all(np.array_equal(_target(run), _target(row.runs[0])) for row in rows for run in row.runs)
    lines = [_cells(row, shared=shared, own=known and not shared) for row in rows]
    titles = [title for title, _ in lines[0]] if lines else []
    if not titles or any([title for title, _ in line] != titles for line in lines):
        raise ValueError("a figure needs rows with the same runs and the same maps")
    width = min(width, _WIDEST // len(titles))
    shapes = [row.picture.shape for row in rows]
    heights = [float(np.clip(width * shape[0] / shape[1], width / 8, 1.5 * width)) for shape in shapes]
    with plain_style(width / _LETTERS):
        drawn = rendered(_lay_out(lines, width, heights))
    plots = draw_sizes(sizes, width=drawn.shape[1])
    return drawn if plots is None else np.concatenate([drawn, plots])


def _target(run: Shown) -> Map:
    assert run.target is not None
    return run.target


def _lay_out(lines: Sequence[Sequence[Cell]], width: int, heights: Sequence[float]) -> Figure:
    from matplotlib.figure import Figure

    letters, number = width / _LETTERS, len(lines[0])
    titles = [textwrap.fill(title, _LINE, max_lines=4, placeholder=" …") for title, _ in lines[0]]
    top, gap, below = (
        (max(title.count("\n") for title in titles) + 2) * 1.2 * letters,
        round(letters / 2),
        3.4 * letters,
    )
    wide, high = number * (width + gap) + gap, top + sum(heights) + len(lines) * below
    # A part of a pixel more keeps the last one where the division is not exact.
    figure = Figure(figsize=((wide + 0.1) / DPI, high / DPI), dpi=DPI)
    edges = {"left": gap / wide, "right": 1 - gap / wide, "top": 1 - top / high, "bottom": below / high}
    gaps = {"wspace": gap / width, "hspace": below / float(np.mean(heights))}
    grid = figure.subplots(len(lines), number, squeeze=False, height_ratios=heights, gridspec_kw=edges | gaps)
    for title, axes in zip(titles, grid[0], strict=True):
        axes.set_title(title, loc="left", fontsize=letters, parse_math=False)
    for axes, (_, draw) in zip(grid.flat, (cell for line in lines for cell in line), strict=True):
        axes.set(xticks=[], yticks=[], frame_on=False, anchor="NW")
        draw(axes)
    return figure


def _cells(row: FigureRow, *, shared: bool, own: bool) -> list[Cell]:
    size = (row.picture.shape[1], row.picture.shape[0])
    dense = [run for run in row.runs if run.prediction.density is not None]
    area = size[0] * size[1]

    def of_map(title: str, values: Map, run: Shown, *, density: bool, outlines: Boxes | None = None) -> Cell:
        total = f"sum {float(values.sum(dtype=np.float64)):,.1f}\n" if density else ""
        told = f"{total}highest {float(values.max(initial=0)):.2g}"
        top = _highest(run, dense, area) * area / values.size if density else 1.0

        def draw(axes: Axes) -> None:
            _draw(axes, values, size, told, top)
            _outline(axes, outlines)

        return title, draw

    number = -1 if row.heads is None else len(counted(row.heads))
    true = "" if number < 0 else "1 head" if number == 1 else f"{number:,} heads"
    cells: list[Cell] = [("image", lambda axes: _draw(axes, row.picture, size, f"{_shortened(row.name)}\n{true}"))]
    if shared:
        cells.append(of_map("target", _target(row.runs[0]), row.runs[0], density=row.runs[0] in dense))
    for run in row.runs:
        if own:
            cells.append(of_map(f"{run.name}: target", _target(run), run, density=run in dense))
        density = {} if run.prediction.density is None else {"density": run.prediction.density}
        for name, each in (dict(run.prediction.maps) | density).items():
            is_density, outlines = name.startswith("density"), run.prediction.outlines.get(name)
            cells.append(of_map(f"{run.name}: {name}", each, run, density=is_density, outlines=outlines))
        what = "count" if run.prediction.points is None else "peaks"
        if not math.isnan(run.prediction.count):
            cells.append((f"{run.name}: {what}", functools.partial(_draw_peaks, row=row, run=run)))
    return cells


def _highest(run: Shown, dense: Sequence[Shown], area: int) -> float:
    """The density a pixel that becomes the lightest colour: the highest one of the runs that learn what this one does.

    A density and its target have no natural scale, and narrow kernels have far higher peaks than wide ones. A cell of
    twice the width holds four times as much of the same density, so that values are compared a pixel.

    Args:
        run: whose density is drawn.
        dense: all runs of the row that predict a density.
        area: pixels of the picture.
    """
    alike = [each for each in dense if _same_map(each.target, run.target)]
    values = [each for other in alike for each in (other.prediction.density, other.target) if each is not None]
    return max((float(each.max(initial=0)) * each.size / area for each in values), default=0.0) or 1.0


def _same_map(one: Map | None, other: Map | None) -> bool:
    return one is other if one is None or other is None else np.array_equal(one, other)


def _draw(
    axes: Axes, values: Picture | Map, size: tuple[int, int], told: str, highest: float = 1.0, light: float = 1.0
) -> None:
    """A picture or a map, as large as a picture of (width, height), with words below it."""
    room = letterbox_size(size, (round(axes.bbox.width), round(axes.bbox.height)))
    shown: Any = _shrunk(values, room) if values.ndim == 2 else resize(values.astype(np.uint8), room) * light / 255
    scale: dict[str, Any] = {"cmap": "inferno", "vmin": 0, "vmax": highest, "interpolation": "bilinear"}
    axes.imshow(shown, extent=(0, size[0], size[1], 0), **scale)
    axes.autoscale(enable=False)  # A mark beyond the border would make the picture smaller.
    axes.set_xlabel(told, loc="left", parse_math=False)


def _outline(axes: Axes, boxes: Boxes | None) -> None:
    """Boxes (R, 4) of the picture, drawn on a map; None = there are none."""
    from matplotlib.patches import Rectangle

    for x0, y0, x1, y1 in [] if boxes is None else boxes.tolist():
        axes.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor="#7fd0ff", linewidth=1.2))


def _draw_peaks(axes: Axes, row: FigureRow, run: Shown) -> None:
    """Where heads were found, on a dimmed picture; matched with the true ones where these have boxes."""
    found = as_annotations(ImageInfo(row.name), run.prediction, run.threshold)
    count = float(run.prediction.count if run.prediction.points is None else len(found))
    told = f"{count:,.{0 if count.is_integer() else 1}f} predicted"
    marks = [] if run.prediction.points is None else [("predicted", found.points, PREDICTED, "x")]
    if row.heads is not None:
        true = counted(row.heads)
        told += f", {len(true):,} true"
        if marks and row.heads.has_box.all():
            marks = _matched(found, row.heads)
        else:
            marks.insert(0, ("true", true.points, TRUE, "o"))
    _draw(axes, row.picture, (row.picture.shape[1], row.picture.shape[0]), "" if marks else told, light=0.55)
    if marks:
        _mark(axes, marks, told)


def _matched(found: ImageAnnotations, true: ImageAnnotations) -> list[Marks]:
    matched = match_at_large_radius(found, true)
    tp, fp, fn = matched.counts
    ignored = [("ignored", matched.passed, PASSED, "x")] if len(matched.passed) else []
    marks = [(f"{tp:,} found", matched.finders, FOUND, "."), (f"{fn:,} missed", matched.missed, MISSED, "o")]
    return [*marks, (f"{fp:,} false", matched.false_alarms, FALSE_ALARM, "x"), *ignored]


def _mark(axes: Axes, marks: Sequence[Marks], told: str) -> None:
    """Marks that get smaller where there are many; words and the names of the marks stand below the picture."""
    from matplotlib.patheffects import withStroke

    number = max(sum(len(places) for _, places, _, _ in marks), 1)
    across = 2 * float(np.clip(math.sqrt(axes.bbox.width * axes.bbox.height / number) / 7, 2, 6))
    for name, places, rgb, shape in marks:
        colour = np.array(rgb) / 255
        style: dict[str, Any] = {"facecolors": "none", "edgecolors": colour} if shape == "o" else {"color": colour}
        style["path_effects"] = [withStroke(linewidth=2.8, foreground="black")]
        axes.scatter(places[:, 0], places[:, 1], s=across**2, marker=shape, label=name, linewidths=1.2, **style)
    spacing = {"borderaxespad": 0.2, "borderpad": 0, "handlelength": 1, "handletextpad": 0.3, "columnspacing": 1}
    letters = axes.xaxis.label.get_fontsize()
    words: dict[str, Any] = {"title": told, "title_fontsize": letters, "alignment": "left"}
    axes.legend(loc="upper left", bbox_to_anchor=(0, 0), ncols=len(marks), frameon=False, **spacing, **words)


def _shortened(words: str) -> str:
    """Words that fit below a cell: of a long name the middle is left out."""
    start, end = _LINE // 3, _LINE - _LINE // 3 - 3
    return words if len(words) <= _LINE else f"{words[:start]} … {words[-end:]}"


def _shrunk(values: Picture | Map, room: tuple[int, int]) -> Map:
    """A map that is larger than (width, height) at that size, with peaks as high as before."""
    known = np.nan_to_num(values).astype(np.float32)
    times = math.ceil(max(known.shape[1] / room[0], known.shape[0] / room[1]))
    if times <= 1:
        return known
    spread = cv2.dilate(known, np.ones((times, times), np.uint8))
    return np.asarray(cv2.resize(spread, room, interpolation=cv2.INTER_NEAREST), dtype=np.float32)
