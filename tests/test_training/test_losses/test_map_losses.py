"""Losses of density maps against independent references, at the target, and where there is nobody."""

from __future__ import annotations

import typing
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from gta_head_tools.evaluation.map_quality import update_maps
from training.config import build_config
from training.families.density import DensityConfig, DensityMethod
from training.losses.compared import Compared, MapLossSettings
from training.losses.map_losses import MAP_LOSSES, unused_settings
from training.losses.structural import gaussian, mean_ssim, ssim_map

Map = NDArray[np.float64]
HEADS = torch.tensor([[36.0, 44.0], [92.0, 100.0], [148.0, 20.0]])


def two_maps(*, rows: int = 21, columns: int = 17) -> tuple[Map, Map]:
    """A true map with values up to 1, and another one; not a square, and odd at every level."""
    rng = np.random.default_rng(0)
    true = ndimage.gaussian_filter(rng.random((rows, columns)) ** 8, 2.0)
    true /= true.max()
    return true, np.clip(true + rng.normal(0, 0.2, true.shape), 0, 1)


def as_maps(found: Map, wanted: Map, **more: Any) -> Compared:
    here, there = (torch.from_numpy(each).float()[None, None] for each in (found, wanted))
    return Compared(here, there, **more)


def terms(name: str, maps: Compared, **settings: Any) -> dict[str, float]:
    found = MAP_LOSSES[name].terms(maps, MapLossSettings(**settings))
    assert all(each.shape == (len(maps.found),) for each in found.values())
    return {key: each.sum().item() for key, each in found.items()}


def total(name: str, maps: Compared) -> Tensor:
    return torch.stack([*MAP_LOSSES[name].terms(maps, MapLossSettings()).values()]).sum()


def heads_in_cells() -> Tensor:
    """A map of cells of 8 pixels that has each of `HEADS` in the cell that it is the middle of."""
    found = torch.zeros(1, 1, 64, 64)
    for x, y in (HEADS // 8).int().tolist():
        found[0, 0, y, x] = 1
    return found


def test_names_are_the_same_everywhere() -> None:
    choices = typing.get_args(typing.get_type_hints(DensityConfig)["loss"])
    assert choices == tuple(MAP_LOSSES) == DensityMethod.LOSSES
    assert set(MapLossSettings.__dataclass_fields__) == {key for loss in MAP_LOSSES.values() for key in loss.settings}


def test_settings_of_other_losses_are_told_to_be_idle() -> None:
    idle = build_config(DensityConfig, {"loss": "bsl"}).without_effect()
    assert idle["bayes_sigma"] == unused_settings("bsl")["bayes_sigma"] == "loss = bsl does not use it"
    assert {"bl", "ssim_c"} & set(idle) == set()


@pytest.mark.parametrize("name", MAP_LOSSES)
def test_a_loss_is_zero_at_the_target(name: str) -> None:
    found = heads_in_cells()
    maps = Compared(2 * found, 2 * found, stride=8, scale=2.0, points=[HEADS])
    assert total(name, maps).item() == pytest.approx(0, abs=1e-4)
    assert total(name, Compared(3 * found, 2 * found, stride=8, scale=2.0, points=[HEADS])) > 1e-4


@pytest.mark.parametrize("value", [0.0, 0.3])
@pytest.mark.parametrize("name", MAP_LOSSES)
def test_gradients_are_finite_where_nobody_is(name: str, value: float) -> None:
    found = torch.full((2, 1, 9, 6), value, requires_grad=True)
    wanted = torch.zeros(2, 1, 9, 6)
    maps = Compared(found, wanted, stride=4, points=[torch.zeros(0, 2), torch.zeros(0, 2)])
    loss = total(name, maps)
    loss.backward()  # type: ignore[no-untyped-call]
    assert found.grad is not None
    assert torch.isfinite(found.grad).all()
    assert (loss.item() == pytest.approx(0, abs=1e-6)) == (value == 0)


def test_errors_of_cells_are_those_of_numpy() -> None:
    true, found = two_maps(rows=12, columns=8)
    maps, square = as_maps(found, true), (found - true) ** 2
    halves = [terms("mse", maps, squares=how)["mse"] for how in ("half", "sum", "mean")]
    assert halves == pytest.approx([square.sum() / 2, square.sum(), square.mean()], rel=1e-5)
    both = {"mse": square.mean(), "mae": 3 * np.abs(found - true).mean()}
    assert terms("mse_mae", maps, mae_weight=3.0) == pytest.approx(both, rel=1e-5)
    grids = sum(np.abs((found - true).reshape(k, 12 // k, k, 8 // k).mean(axis=(1, 3))).sum() / k**2 for k in (1, 2, 4))
    assert terms("l_c", maps, lc_weight=2.0) == pytest.approx({"mse": square.mean(), "lc": 2 * grids}, rel=1e-5)


def test_abstraction_pools_the_highest_and_correlation_ignores_the_scale() -> None:
    true, found = two_maps(rows=12, columns=8)
    levels = [(found, true)]
    for _ in range(2):
        levels.append(tuple(each.reshape(len(each) // 2, 2, -1, 2).max(axis=(1, 3)) for each in levels[-1]))
    cosine = (found * true).sum() / np.sqrt((found**2).sum() * (true**2).sum())
    expected = {"sa": sum(((a - b) ** 2).mean() for a, b in levels), "sc": 1 - cosine}
    assert terms("sa_sc", as_maps(found, true)) == pytest.approx(expected, rel=1e-4)
    assert terms("sa_sc", as_maps(5 * true, true), sa_levels=1)["sc"] == pytest.approx(0, abs=1e-6)


def by_scipy(a: Map, b: Map, *, c: tuple[float, float] = (0.01**2, 0.03**2)) -> Map:
    """SSIM of all windows of 11 x 11; at a border, what scipy loses there is put back by the sum of the weights."""

    def blur(values: Map) -> Map:
        sums = [
            ndimage.gaussian_filter(each, 1.5, truncate=10 / 3, mode="constant") for each in (values, values * 0 + 1)
        ]
        found: Map = sums[0] / sums[1]
        return found

    m, n = blur(a), blur(b)
    v, w, both = blur(a * a) - m**2, blur(b * b) - n**2, blur(a * b) - m * n
    found: Map = (2 * m * n + c[0]) * (2 * both + c[1]) / ((m**2 + n**2 + c[0]) * (v + w + c[1]))
    return found


def test_ssim_is_that_of_scipy_and_of_the_scores() -> None:
    true, found = two_maps()
    maps = as_maps(found, true)
    ours = ssim_map(maps.found, maps.wanted, gaussian(11, 1.5), constants=(0.01**2, 0.03**2))[0][0, 0].numpy()
    np.testing.assert_allclose(ours, by_scipy(found, true), atol=2e-5)
    assert ours[5:-5, 5:-5].mean() == pytest.approx(update_maps(found, true).ssim, abs=1e-5)
    mean = mean_ssim(maps.found, maps.wanted, MapLossSettings(ssim_c="plain")).item()
    assert mean == pytest.approx(by_scipy(found, true, c=(0.01, 0.03)).mean(), abs=1e-5)
    expected = {"mse": ((found - true) ** 2).mean(), "ssim": 0.5 * (1 - ours.mean())}
    assert terms("ssim", maps, ssim_weight=0.5) == pytest.approx(expected, rel=1e-4)


def test_bsl_is_the_mean_of_three_levels_and_the_share_on_background() -> None:
    true, found = two_maps(rows=24, columns=16)
    true = np.where(true > 0.3, true, 0.0)
    pooled = [
        tuple(each.reshape(24 // k, k, 16 // k, k).mean(axis=(1, 3)) for each in (found, true)) for k in (1, 2, 4)
    ]
    expected = {
        "sl": np.mean([1 - by_scipy(*each).mean() for each in pooled]),
        "bl": found[true == 0].sum() / found.sum(),
    }
    assert terms("bsl", as_maps(found, true)) == pytest.approx(expected, abs=1e-5)
    assert list(terms("bsl", as_maps(found, true), bl=False)) == ["sl"]
    assert terms("bsl", as_maps(np.where(true > 0, found, 0.0), true))["bl"] == 0


def test_the_background_has_less_than_a_hundred_thousandth_of_a_head_a_pixel() -> None:
    wanted = np.array([[0.0, 0.9, 1.1, 5.0]]) * 1e-5 * 64 * 50
    assert as_maps(wanted, wanted, stride=8, scale=50.0).background.flatten().tolist() == [True, True, False, False]


def test_bsl_falls_on_the_way_from_noise_to_the_target() -> None:
    true, found = two_maps()
    true = np.where(true > 0.3, true, 0.0)
    losses = [total("bsl", as_maps(found + part * (true - found), true)).item() for part in np.linspace(0, 1, 6)]
    assert np.all(np.diff(losses) < 0)


@pytest.mark.parametrize("chained", [True, False])
def test_dilated_ssim_is_that_of_scipy(chained: bool) -> None:
    true, found = two_maps(rows=30, columns=26)
    places = np.arange(5) - 2
    kernel = np.exp(-(places**2) / (2 * 1.2**2))

    def blur(values: Map, rate: int) -> Map:
        spread = np.zeros(4 * rate + 1)
        spread[::rate] = kernel
        sums = [values, np.ones_like(values)]
        for axis in (0, 1):
            sums = [ndimage.convolve1d(each, spread, axis=axis, mode="constant") for each in sums]
        return np.asarray(sums[0] / sums[1])

    a, b, score = found, true, 1.0
    for rate, exponent in zip((1, 2, 3, 6, 9), (0.0448, 0.2856, 0.3001, 0.2363, 0.1333), strict=True):
        m, n = blur(a, rate), blur(b, rate)
        v, w, both = blur(a * a, rate) - m**2, blur(b * b, rate) - n**2, blur(a * b, rate) - m * n
        level = (2 * m * n + 1e-4) * (2 * both + 9e-4) / ((m**2 + n**2 + 1e-4) * (v + w + 9e-4))
        score *= level.mean() ** exponent
        a, b = (m, n) if chained else (a, b)
    ours = terms("dms_ssim", as_maps(found, true), dms_sigma=1.2, dms_chained=chained)["dms_ssim"]
    assert ours == pytest.approx(1 - score, abs=1e-4)


@pytest.mark.parametrize("stride", [4, 8, 16])
def test_bayes_is_that_of_plain_loops(stride: int) -> None:
    true, found = two_maps(rows=96 // stride, columns=160 // stride)
    points = np.array([[20.0, 30.0], [33.0, 30.5], [150.0, 95.0]])
    maps = as_maps(3 * found, 3 * true, stride=stride, scale=3.0, points=[torch.from_numpy(points).float()])
    side = max(stride, 8)
    cells = found.reshape(96 // side, side // stride, 160 // side, side // stride).sum(axis=(1, 3))
    sums = np.zeros(4)
    for (row, column), value in np.ndenumerate(cells):
        apart = np.hypot(*(points - [(column + 0.5) * side, (row + 0.5) * side]).T)
        likely = np.exp(-(np.append(apart, 0.2 * 96 - apart.min()) ** 2) / (2 * 7.0**2))
        sums += value * likely / likely.sum()
    expected = {"heads": np.abs(1 - sums[:3]).sum(), "background": sums[3]}
    ours = terms("bayes", maps, bayes_sigma=7.0, bayes_background=0.2)
    assert ours == pytest.approx(expected, rel=1e-4)


def test_bayes_of_nobody_is_the_whole_sum() -> None:
    _, found = two_maps()
    maps = as_maps(found, found, stride=8, points=[torch.zeros(0, 2)])
    assert terms("bayes", maps) == pytest.approx({"heads": 0, "background": found.sum()}, rel=1e-5)
