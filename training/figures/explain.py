"""The Mask Focal Loss in pictures, drawn with the code that trains: the mask, the weight of beta, small heads.

They show what figures 3, 4 and 7 of the paper show (Zhong et al., Mask Focal Loss).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from gta_head_tools.annotations import Boxes
from gta_head_tools.geometry import centres, outside, sizes
from gta_head_tools.maps.heat import mask_focal_heat
from gta_head_tools.pictures import write_png
from gta_head_tools.report.plots import dress
from gta_head_tools.synthesis.generate import CrowdSettings, draw_scene, render_image
from gta_head_tools.whole_files import make_folder
from training.figures.drawing import LINE, SOFT, plain_style, rendered
from training.losses.focal import PRESETS, FocalSettings, mask_focal_loss

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

STRIDE = 4
"""Pixels per cell, the default of CenterNet."""
SCENE = CrowdSettings(
    scenes=1, images=1, people=40, layout="mall", weather="clear", hours=(13, 13), size=(640, 360), seed=1,
    min_visible=0.3,
)  # fmt: skip
BETAS = (0.0, 0.25, 0.5, 1.0, 2.0)
FIRST = 0.1
"""What CenterNet predicts everywhere before training: the sigmoid of its bias, -2.19."""
DISTANCES = (1, 2, 3)
_LINES = ("-", "--", "-.", (0, (5, 1.5, 1, 1.5, 1, 1.5)), ":")


def cell_losses(targets: Array, settings: FocalSettings, *, prediction: float) -> Array:
    """(N,) what one cell on the mask with each of the targets (N,), 0 to 1, adds to `mask_focal_loss`."""
    logit = torch.tensor([math.log(prediction / (1 - prediction))], dtype=torch.float64)
    on = torch.ones(1, dtype=torch.bool)
    values = [torch.tensor([value], dtype=torch.float64) for value in targets.tolist()]
    return np.array([mask_focal_loss(logit, value, on, settings, normalizer=1).item() for value in values])


def beta_weights(targets: Array, beta: float) -> Array:
    """(N,) the weight of cells of each target (N,), above 0: their loss with this beta divided by that without."""
    none = FocalSettings(gamma=PRESETS["mfl"].gamma)
    losses = [
        cell_losses(targets, settings, prediction=1e-9) for settings in (dataclasses.replace(none, beta_pos=beta), none)
    ]
    return np.asarray(losses[0] / losses[1])


def targets_at(distance: int, sides: Array, *, widening: float) -> Array:
    """(N,) the target `distance` cells from the centre of heads with these shorter sides (N,), in cells."""
    across = 2 * max(math.ceil(sides.max()), distance) + 1
    middle, found = across // 2, np.empty(len(sides))
    for number, side in enumerate(sides):
        # The box is as high as the map: `mask_focal_heat` cuts a Gaussian to its box, and a square ends too soon.
        box = [(across - side) / 2, 0, (across + side) / 2, across]
        heat = mask_focal_heat([box], (across, across), stride=1, radius="literal", widening=widening)
        found[number] = heat[middle + distance, middle]
    return found


def draw_mask() -> Figure:
    """A picture with its head boxes, their mask, the target, and a part of the target enlarged."""
    image = render_image(draw_scene(SCENE, 0), 0)
    height, width = image.picture.shape[:2]
    # As in training, a head whose centre is outside is left out.
    boxes = image.boxes[~outside(centres(image.boxes), (width, height))]
    heat = mask_focal_heat(boxes, (width, height), stride=STRIDE)
    figure, plots = _subplots(2, 2, (10, 6.6))
    titles = (
        f"(a) picture with {len(boxes)} head boxes",
        "(b) mask: 1 in boxes (white), 0 elsewhere",
        f"(c) target $p$, cells of {STRIDE} pixels",
        "(d) the same, enlarged, with the boxes",
    )
    maps = (image.picture, heat > 0, heat, heat)
    shown = []
    for axes, title, values in zip(plots, titles, maps, strict=True):
        axes.set_title(title, fontsize=11)
        axes.set(xticks=[], yticks=[])
        style: dict[str, Any] = {"cmap": "gray" if values is maps[1] else "cividis", "vmin": 0, "vmax": 1}
        shown.append(axes.imshow(values, extent=(0, width, height, 0), interpolation="nearest", **style))
    left, top, right, bottom = closer = _fullest(boxes, (width, height))
    plots[3].set(xlim=(left, right), ylim=(bottom, top))
    _outline(plots[0], boxes, "#ffd23c", "-")
    _outline(plots[3], boxes, "white", "-")
    for axes in plots[:3]:
        _outline(axes, np.array([closer]), "white", ":")
    figure.colorbar(shown[3], ax=plots[2:], location="bottom", shrink=0.5, aspect=40, pad=0.03, label="target $p$")
    return figure


def _outline(axes: Axes, boxes: Boxes, colour: str, line: str) -> None:
    for x0, y0, x1, y1 in boxes:
        axes.add_patch(
            Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor=colour, linewidth=1.2, linestyle=line)
        )


def _fullest(boxes: Boxes, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part of the picture, a quarter as wide and high, in which whole heads cover the largest area."""
    width, height = size[0] // 4, size[1] // 4
    areas, best, most = sizes(boxes) ** 2, (0, 0), -1.0
    for top in range(0, size[1] - height + 1, STRIDE):
        for left in range(0, size[0] - width + 1, STRIDE):
            inside = (boxes[:, :2] >= (left, top)).all(1) & (boxes[:, 2:] <= (left + width, top + height)).all(1)
            if (filled := float(areas[inside].sum())) > most:
                best, most = (left, top), filled
    return (*best, best[0] + width, best[1] + height)


def draw_weights() -> Figure:
    """Weight and loss of cells by their target for several beta, and the effect of beta in equations 6 and 7."""
    mfl, printed = PRESETS["mfl"], PRESETS["mfl_p1"]
    figure, plots = _subplots(1, 3, (14, 4.4))
    whole, above = np.linspace(1e-3, 1, 200), np.linspace(FIRST + 0.02, 1, 120)
    for number, beta in enumerate(BETAS):
        settings = dataclasses.replace(mfl, beta_pos=beta)
        loss = cell_losses(above, settings, prediction=FIRST)
        for axes, across, up in ((plots[0], whole, beta_weights(whole, beta)), (plots[1], above, loss)):
            axes.plot(across, up, label=f"$\\beta$ = {beta:g}", **_style(number))
    for number, (name, settings) in enumerate({"equation 6": mfl, "equation 7 as printed": printed}.items()):
        with_beta, without = (
            cell_losses(above, dataclasses.replace(settings, beta_pos=beta), prediction=FIRST)
            for beta in (printed.beta_pos, 0.0)
        )
        plots[2].plot(above, with_beta / without, label=name, **_style(2 * number))
    _name(plots[0], "(a) weight of a cell on the mask", "target $p$", "weight $p^\\beta$")
    first = f"of a cell predicted as $\\hat{{p}}$ = {FIRST:g}"
    _name(plots[1], f"(b) loss by equation 6, $\\gamma$ = {mfl.gamma:g}", "target $p$", f"loss {first}")
    half = f"$\\beta$ = {printed.beta_pos:g}"
    _name(plots[2], f"(c) what {half} leaves of the loss", "target $p$", f"loss with {half} / loss with $\\beta$ = 0")
    plots[0].set(xlim=(0, 1), ylim=(0, 1.02))
    plots[1].set(xlim=(FIRST, 1), ylim=(1e-5, 5), yscale="log")
    plots[2].set(xlim=(FIRST, 1), ylim=(0, 1.02))
    return figure


def draw_small_heads() -> Figure:
    """The target at fixed distances from the centre, by the size of the head, with and without eta."""
    figure, (axes,) = _subplots(1, 1, (7.4, 4.8))
    sides = np.linspace(1, 8, 141)
    for number, distance in enumerate(DISTANCES):
        for widening, line in ((10.0, "-"), (0.0, "--")):
            style = _style(2 * number) | {"linestyle": line}
            label = f"{distance} {'cell' if distance == 1 else 'cells'} off, $\\eta$ = {widening:g}"
            axes.plot(2 * sides + 1, targets_at(distance, sides, widening=widening), label=label, **style)
    _name(axes, "", "$D = 2\\,\\min(w, h) + 1$, cells", "target $p$ at a fixed distance from the centre")
    # D = 2 side + 1, with the side in cells.
    to_pixels, to_cells = (lambda d: (d - 1) / 2 * STRIDE), (lambda side: 2 * side / STRIDE + 1)
    pixels = axes.secondary_xaxis("top", functions=(to_pixels, to_cells))
    pixels.set_xlabel(f"shorter side of the head, pixels (cells of {STRIDE} pixels)")
    axes.set(xlim=(3, 17), ylim=(0, 1))
    return figure


def _subplots(rows: int, columns: int, size: tuple[float, float]) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=size, layout="constrained")
    return figure, list(np.atleast_1d(figure.subplots(rows, columns)).flat)


def _style(number: int) -> dict[str, Any]:
    """Style of a line; lines differ in lightness and in dashes."""
    colour = colormaps["viridis"](0.85 * number / (len(BETAS) - 1))
    return {"color": colour, "linestyle": _LINES[number], "linewidth": 2}


def _name(axes: Axes, title: str, across: str, up: str) -> None:
    axes.set_title(title, fontsize=11)
    dress(axes, across, up, soft=SOFT, line=LINE)
    axes.legend(frameon=True, framealpha=0.9, edgecolor="none", fontsize=9, handlelength=3.2)


FIGURES: dict[str, Callable[[], Figure]] = {
    "mfl-mask.png": draw_mask,
    "mfl-weight.png": draw_weights,
    "mfl-small-heads.png": draw_small_heads,
}
"""What the paper's figures 3, 4 and 7 show, by the names of the files."""


def explain_mfl(out: Path) -> list[Path]:
    """Draw `FIGURES` as PNG files in a folder, which is made; the paths of the files.

    Args:
        out: folder; files of these names in it are replaced.

    Raises:
        DatasetLayoutError: the folder cannot be made or written to.
    """
    make_folder(out)
    with plain_style(10):
        for name, draw in FIGURES.items():
            figure = draw()
            figure.set_dpi(160)
            write_png(out / name, rendered(figure))
    return [out / name for name in FIGURES]
