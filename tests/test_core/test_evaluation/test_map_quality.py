"""Scores of density maps against a plain window sum."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import convolve2d

from gta_head_tools.evaluation.map_quality import CONVENTION, finish_maps, update_maps
from test_core.nwpu_scorer import Array


def plain_ssim(left: Array, right: Array) -> float:
    steps = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    window = np.outer(steps, steps) / steps.sum() ** 2

    def mean(values: Array) -> Array:
        return np.asarray(convolve2d(values, window, mode="valid"))

    variances = [mean(values**2) - mean(values) ** 2 for values in (left, right)]
    together = mean(left * right) - mean(left) * mean(right)
    shares = (2 * mean(left) * mean(right) + 0.01**2) * (2 * together + 0.03**2)
    return float(np.mean(shares / (mean(left) ** 2 + mean(right) ** 2 + 0.01**2) / (sum(variances) + 0.03**2)))


def maps(seed: int, shape: tuple[int, int] = (20, 31)) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    blob = np.outer(np.hanning(shape[0]), np.hanning(shape[1])) ** 4
    return blob * rng.uniform(0.5, 2, shape), blob


@given(st.integers(0, 10**6))
def test_against_a_plain_window_sum(seed: int) -> None:
    guess, truth = maps(seed)
    row, top = update_maps(guess, truth), max(guess.max(), truth.max())
    assert row.ssim == pytest.approx(plain_ssim(guess / top, truth / top), abs=1e-12)
    assert row.psnr == pytest.approx(-10 * math.log10(np.mean((guess / top - truth / top) ** 2)))
    assert row.background_ratio == pytest.approx(guess[truth < 1e-5].sum() / guess.sum())


@given(st.integers(0, 10**6), st.floats(0.01, 100))
def test_scale_symmetry_and_bounds(seed: int, scale: float) -> None:
    guess, truth = maps(seed)
    row, scaled, turned = (
        update_maps(guess, truth),
        update_maps(scale * guess, scale * truth),
        update_maps(truth, guess),
    )
    assert (scaled.ssim, scaled.psnr) == pytest.approx((row.ssim, row.psnr))
    assert (turned.ssim, turned.psnr) == pytest.approx((row.ssim, row.psnr))
    assert -1 <= row.ssim <= 1
    assert row.background_ratio is not None and 0 <= row.background_ratio <= 1


def test_background_is_told_by_pixels_whatever_the_stride() -> None:
    guess, truth = maps(3, (40, 40))
    truth = np.where(np.add.outer(np.arange(40), np.arange(40)) < 40, 0.9e-5, 1.1e-5)
    cells = [density.reshape(20, 2, 20, 2).sum(axis=(1, 3)) for density in (guess, truth)]
    expected = cells[0][cells[1] < 4e-5].sum() / guess.sum()
    assert update_maps(*cells, stride=2).background_ratio == pytest.approx(expected) != 0


def test_what_leaves_a_mean() -> None:
    guess, truth = maps(0)
    rows = [update_maps(guess, truth), update_maps(truth, truth), update_maps(np.zeros((11, 11)), np.zeros((11, 11)))]
    scores = finish_maps(rows)
    assert [row.ssim for row in rows[1:]] == [1, 1]
    assert [row.psnr for row in rows[1:]] == [None, None]
    assert scores.psnr == rows[0].psnr
    assert rows[2].background_ratio is None
    assert scores.ssim == pytest.approx((rows[0].ssim + 2) / 3)
    assert finish_maps(rows[::-1]) == scores
    assert scores.convention == CONVENTION


@pytest.mark.parametrize(("left", "right"), [((10, 30), (10, 30)), ((20, 30), (30, 20)), ((400,), (400,))])
def test_maps_that_cannot_be_compared(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected the same, at least 11 x 11"):
        update_maps(np.zeros(left), np.zeros(right))
    with pytest.raises(ValueError, match="not finite"):
        update_maps(np.full((11, 11), np.nan), np.zeros((11, 11)))
