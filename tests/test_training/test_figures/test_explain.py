"""The pictures of the Mask Focal Loss: what they draw is what the paper's equations say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.pictures import read_picture
from training.figures.explain import (
    BETAS,
    DISTANCES,
    FIGURES,
    FIRST,
    beta_weights,
    cell_losses,
    draw_mask,
    draw_small_heads,
    draw_weights,
    explain_mfl,
    targets_at,
)
from training.losses.focal import PRESETS

Array = NDArray[np.float64]

TARGETS = np.linspace(0.01, 1, 23)


def curve(axes: Axes, number: int) -> tuple[Array, Array]:
    line = axes.lines[number]
    return np.asarray(line.get_xdata(), dtype=np.float64), np.asarray(line.get_ydata(), dtype=np.float64)


def equation_6(p: Array, beta: float) -> Array:
    d = np.abs(p - FIRST)
    return np.asarray(-(p**beta) * d**4 * np.log(1 - d))


def equation_10(sides: Array, distance: int, eta: float) -> Array:
    across = 2 * sides + 1
    return np.asarray(np.exp(-(distance**2) / (2 * (across * (1 + eta * np.exp(-across)) / 6) ** 2)))


@pytest.mark.parametrize("beta", BETAS)
def test_the_weight_is_the_power_of_the_target(beta: float) -> None:
    np.testing.assert_allclose(beta_weights(TARGETS, beta), TARGETS**beta, rtol=1e-9)


def test_the_loss_of_a_cell_is_that_of_equations_6_and_7() -> None:
    found = cell_losses(TARGETS, PRESETS["mfl"], prediction=FIRST)
    np.testing.assert_allclose(found, equation_6(TARGETS, 0.25), rtol=1e-9, atol=1e-15)
    poly = TARGETS**0.5 * np.abs(TARGETS - FIRST) ** 5
    found = cell_losses(TARGETS, PRESETS["mfl_p1"], prediction=FIRST)
    np.testing.assert_allclose(found, equation_6(TARGETS, 0) + poly, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("eta", [0.0, 10.0])
def test_targets_at_a_distance_are_equation_10(distance: int, eta: float) -> None:
    sides = np.array([1.0, 1.3, 2.0, 5.5, 8.0])
    found = targets_at(distance, sides, widening=eta)
    np.testing.assert_allclose(found, equation_10(sides, distance, eta), rtol=1e-5)


def test_the_drawn_curves_are_the_equations() -> None:
    weight, loss, _ = draw_weights().axes
    for number, beta in enumerate(BETAS):
        across, up = curve(weight, number)
        np.testing.assert_allclose(up, across**beta, rtol=1e-9)
        across, up = curve(loss, number)
        np.testing.assert_allclose(up, equation_6(across, beta), rtol=1e-9)
    (axes,) = draw_small_heads().axes
    for number, (distance, eta) in enumerate((each, eta) for each in DISTANCES for eta in (10.0, 0.0)):
        across, up = curve(axes, number)
        np.testing.assert_allclose(up, equation_10((across - 1) / 2, distance, eta), rtol=1e-5)


def test_the_printed_beta_takes_less_than_that_of_equation_6() -> None:
    axes = draw_weights().axes[2]
    (across, plain), (_, printed) = curve(axes, 0), curve(axes, 1)
    np.testing.assert_allclose(plain, across**0.5, rtol=1e-9)
    assert (printed[:-1] > plain[:-1]).all()
    assert printed[-1] == pytest.approx(1)


def test_the_drawn_mask_is_where_boxes_and_the_target_are() -> None:
    picture, mask, target, _, _ = draw_mask().axes
    shown, heat = (np.asarray(axes.images[0].get_array()) for axes in (mask, target))
    assert np.array_equal(shown, heat > 0)
    boxes = [patch for patch in picture.patches if isinstance(patch, Rectangle)][:-1]  # the last is what is enlarged
    assert len(boxes) >= 24
    column, row = np.meshgrid(4 * np.arange(160) + 2, 4 * np.arange(90) + 2)
    inside = np.zeros((90, 160), bool)
    for box in boxes:
        (x, y), width, height = box.get_xy(), box.get_width(), box.get_height()
        inside |= (column >= x) & (column < x + width) & (row >= y) & (row < y + height)
    assert np.array_equal(shown, inside)


def test_three_pictures_are_drawn_and_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "figures"
    folder.mkdir(parents=True)
    (folder / "mfl-mask.png").write_text("old")
    paths = explain_mfl(folder)
    assert paths == [folder / name for name in FIGURES]
    assert set(paths) == set(folder.iterdir())
    for path in paths:
        drawn = read_picture(path).astype(np.int64)
        assert min(drawn.shape[:2]) >= 600
        assert 0.02 < (drawn < 200).any(axis=-1).mean() < 0.98
        coloured = drawn[np.ptp(drawn, axis=-1) > 60]
        assert len(np.unique(coloured // 32, axis=0)) > 10


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DatasetLayoutError, match="taken"):
        explain_mfl(tmp_path / "taken")
