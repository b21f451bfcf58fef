"""Figures: picture, target, the maps of each run, and its peaks, side by side, with true and predicted counts.

Every cell of a row shows the same picture, so that a place can be followed across the row. Maps are drawn from black
(0) over red to light yellow (1); a density from 0 to the highest value of its row.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.evaluation.protocols.sides import counted
from gta_head_tools.overlays.legend import GROUND, INK
from gta_head_tools.overlays.marks import BLACK, Colour, draw_crosses, draw_rings
from gta_head_tools.overlays.match_overlay import FALSE_ALARM, FOUND, MISSED, PREDICTED, TRUE, match_at_large_radius
from gta_head_tools.pictures import Picture
from training.base import Map, Method, Prediction, Sample
from training.dense import Dense
from training.predict import as_annotations
from training.samples.letterbox import Fit, letterbox, pad_to, resize, round_up

Caption = Sequence[tuple[str, Colour]]
"""Words and their colours."""

_GAP = 6


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


@dataclass(frozen=True, slots=True)
class _Cell:
    title: str
    picture: Picture
    caption: Caption


def show(method: Method, picture: Picture, heads: ImageAnnotations, *, name: str = "predicted") -> Shown:
    """Predict a picture whose heads are known, with maps and target."""
    return Shown(name, method.predict(picture, maps=True), method.threshold, target_map(method, picture, heads))


def target_map(method: Method, picture: Picture, heads: ImageAnnotations) -> Map | None:
    """What the method would learn from a picture, at the scale of its predictions: a heat map or a density.

    Args:
        method: whose targets to draw.
        picture: (H, W, 3).
        heads: of the picture.

    Returns:
        (h, w), cut to the picture; None where the method learns no such map, or heads lack the boxes that it needs.
    """
    config = method.config
    height, width = picture.shape[:2]
    if method.NEEDS == "boxes" and not heads.has_box.all():
        return None
    if config.fit == "letterbox":
        fitted, fit = letterbox(picture, (config.width, config.height))
    else:
        fitted, fit = pad_to(picture, (round_up(width, Dense.COARSEST), round_up(height, Dense.COARSEST))), Fit()
    targets = method.targets(Sample(fitted, fit.apply(heads.points), fit.apply(heads.boxes), heads.ignore), config)
    found = next((targets[name] for name in ("heat", "density") if name in targets), None)
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


def draw_figure(rows: Sequence[FigureRow], *, width: int = 480) -> Picture:
    """Some pictures, one row each.

    The target has one column where it is the same for all runs, else each run shows its own beside its maps; none is
    shown unless all are known.

    Args:
        rows: at least one.
        width: of a cell, pixels.

    Raises:
        ValueError: no rows, or rows whose runs or maps differ.
    """
    known = all(run.target is not None for row in rows for run in row.runs)
    shared = known and all(np.array_equal(_target(run), _target(row.runs[0])) for row in rows for run in row.runs)
    cells = [_cells(row, width, shared=shared, own=known and not shared) for row in rows]
    titles = [cell.title for cell in cells[0]] if cells else []
    if not titles or any([cell.title for cell in line] != titles for line in cells):
        raise ValueError("a figure needs rows with the same runs and the same maps")
    lines = [_line([cell.picture for cell in line]) for line in cells]
    head = _captions([[(title, INK)] for title in titles], width)
    captions = [_captions([cell.caption for cell in line], width) for line in cells]
    gap = np.full((_GAP, head.shape[1], 3), GROUND, dtype=np.uint8)
    strips = [strip for line, caption in zip(lines, captions, strict=True) for strip in (line, caption, gap)]
    return np.concatenate([head, *strips[:-1]])


def _target(run: Shown) -> Map:
    assert run.target is not None
    return run.target


def _cells(row: FigureRow, width: int, *, shared: bool, own: bool) -> list[_Cell]:
    size = (width, max(round(width * row.picture.shape[0] / row.picture.shape[1]), 1))
    picture = resize(row.picture, size)
    target = _target(row.runs[0]) if shared else None
    densities = [run.prediction.density for run in row.runs if run.prediction.density is not None]
    # A density and its target have no natural scale; the highest value of the row becomes the lightest colour.
    every = [*densities, *([] if target is None else [target])] if densities else []
    highest = max([1e-12, *(float(values.max(initial=0)) for values in every)]) if densities else 1.0
    true = None if row.heads is None else len(counted(row.heads))
    cells = [_Cell("image", picture, [(row.name if true is None else f"{row.name}: {true:,} heads", INK)])]

    def add(title: str, values: Map, most: float) -> None:
        text = f"highest {float(values.max(initial=0)):.2g}"
        cells.append(_Cell(title, _coloured(values, size, most), [(text, INK)]))

    if target is not None:
        add("target", target, highest)
    for run in row.runs:
        for name, values in (({"target": _target(run)} if own else {}) | dict(run.prediction.maps)).items():
            add(f"{run.name}: {name}", values, highest if name in {"density", "target"} else 1.0)
        cells.append(_peaks(row, run, picture))
    return cells


def _coloured(values: Map, size: tuple[int, int], highest: float) -> Picture:
    """A map at the size of a cell; where it has to shrink, peaks keep their height."""
    shown = np.clip(np.nan_to_num(values) / highest, 0, 1).astype(np.float32)
    times = math.ceil(shown.shape[1] / size[0])
    if times > 1:
        shown = np.asarray(cv2.dilate(shown, np.ones((times, times), np.uint8)), dtype=np.float32)
    grown = cv2.resize(shown, size, interpolation=cv2.INTER_NEAREST if times > 1 else cv2.INTER_LINEAR)
    coloured: Picture = _ramp()[np.rint(np.clip(grown, 0, 1) * 255).astype(np.int64)]
    return coloured


@functools.cache
def _ramp() -> NDArray[np.uint8]:
    from matplotlib import colormaps

    colours = np.asarray(colormaps["inferno"](np.arange(256)), dtype=np.float64)
    return np.rint(colours[:, :3] * 255).astype(np.uint8)


def _peaks(row: FigureRow, run: Shown, picture: Picture) -> _Cell:
    """Where heads were found, on a dimmed picture; matched with the true ones where these have boxes."""
    found = as_annotations(ImageInfo(row.name), run.prediction, run.threshold)
    count = run.prediction.count if run.prediction.points is None else len(found)
    drawn = np.rint(picture * 0.55).astype(np.uint8)
    scale = picture.shape[1] / row.picture.shape[1]
    arm = float(np.clip(math.sqrt(picture.shape[0] * picture.shape[1] / max(len(found), 1)) / 7, 2, 6))
    title, told = f"{run.name}: peaks", [(f"{count:,.6g} predicted", PREDICTED)]
    if row.heads is None:
        _mark(drawn, found.points * scale, arm, PREDICTED)
        return _Cell(title, drawn, told)
    true = counted(row.heads)
    told.append((f"{len(true):,} true", TRUE))
    if not true.has_box.all() or run.prediction.points is None:
        draw_rings(drawn, true.points * scale, np.full(len(true), arm + 1), TRUE, 1)
        _mark(drawn, found.points * scale, arm, PREDICTED)
        return _Cell(title, drawn, told)
    matched = match_at_large_radius(found, row.heads)
    for places, colour in ((matched.finders, FOUND), (matched.false_alarms, FALSE_ALARM)):
        _mark(drawn, places * scale, arm, colour)
    draw_rings(drawn, matched.missed * scale, np.full(len(matched.missed), arm), MISSED, 1)
    tp, fp, fn = matched.counts
    told = [(told[0][0], INK), (told[1][0], INK)]
    return _Cell(
        title, drawn, [*told, (f"{tp:,} found", FOUND), (f"{fn:,} missed", MISSED), (f"{fp:,} false", FALSE_ALARM)]
    )


def _mark(drawn: Picture, places: NDArray[np.float64], arm: float, colour: Colour) -> None:
    draw_crosses(drawn, places, arm, BLACK, 3)
    draw_crosses(drawn, places, arm, colour, 1)


def _line(pictures: Sequence[Picture]) -> Picture:
    gap = np.full((pictures[0].shape[0], _GAP, 3), GROUND, dtype=np.uint8)
    return np.concatenate([part for picture in pictures for part in (picture, gap)][:-1], axis=1)


def _captions(captions: Sequence[Caption], width: int) -> Picture:
    """A strip of words, one caption below (or above) each cell."""
    from PIL import Image, ImageDraw, ImageFont

    letters = max(11, round(width / 26))
    font = ImageFont.load_default(letters)
    strip = Image.new("RGB", (len(captions) * (width + _GAP) - _GAP, round(letters * 1.7)), GROUND)
    pen = ImageDraw.Draw(strip)
    for place, caption in enumerate(captions):
        x = float(place * (width + _GAP) + letters // 3)
        for text, colour in caption:
            pen.text((x, strip.height / 2), text, colour, font=font, anchor="lm")
            x += font.getlength(text) + letters * 0.8
    return np.asarray(strip)
