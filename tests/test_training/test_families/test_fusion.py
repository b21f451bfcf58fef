"""Counts of 4 x 4 cells, and the threshold that fuses two of them, against trying all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from training.families.fusion import FEW, count_density, count_points, fit_theta, fuse


def test_points_are_counted_in_their_cell() -> None:
    found = count_points(np.array([[0.0, 0.0], [10.0, 0.0], [9.9, 7.9], [40.0, 31.9], [39.0, 32.0]]), (40, 32))
    assert found.sum() == 5
    assert (found[0, 0], found[0, 1], found[3, 3]) == (2, 1, 2)


@given(st.integers(1, 90), st.integers(1, 90), st.sampled_from([1, 2, 8]), st.integers(0, 99))
def test_a_density_is_split_by_area(width: int, height: int, stride: int, seed: int) -> None:
    shape = -(-height // stride), -(-width // stride)
    density = np.random.default_rng(seed).random(shape, np.float32)
    found = count_density(density, (width, height), side=stride)
    # Four parts of every pixel along each axis: borders of the grid lie between parts.
    rows = np.repeat(np.arange(height) // stride, 4)
    columns = np.repeat(np.arange(width) // stride, 4)
    # A cell that the border cuts holds its sum in what is left of it.
    parts = density[rows][:, columns] / np.bincount(rows)[rows][:, None] / np.bincount(columns)[columns]
    np.testing.assert_allclose(found, parts.reshape(4, height, 4, width).sum(axis=(1, 3)), rtol=1e-5, atol=1e-6)
    assert found.sum() == pytest.approx(density.sum(), rel=1e-5)


@pytest.mark.parametrize("number", [3, FEW + 4])
def test_a_fitted_threshold_is_the_best_of_all(number: int) -> None:
    rng = np.random.default_rng(number)
    true = rng.integers(0, 9, (number, 4, 4)).astype(np.float64)
    points = np.maximum(true - rng.integers(0, 4, true.shape), 0)
    density = true + rng.normal(0, 2, true.shape)
    points[0], density[0] = points[1], density[1]  # equal means
    theta = fit_theta(density, points, true)
    assert len(np.unique(theta)) == 1 or number >= FEW

    def errors(tried: NDArray[np.float64]) -> NDArray[np.float64]:
        wrong: NDArray[np.float64] = np.abs(fuse(density, points, tried) - true).sum(axis=0)
        return wrong if number >= FEW else wrong.sum(keepdims=True)

    means = (density + points) / 2
    tried = [np.full((4, 4), value) for value in (0.0, np.inf, *means.ravel())]
    assert (errors(theta) <= np.min([errors(each) for each in tried], axis=0) + 1e-9).all()


def test_the_ends_are_the_density_and_the_mean() -> None:
    density, points = np.array([[0.0, 2.0], [7.5, 1.0]]), np.array([[0.0, 4.0], [0.0, 1.0]])
    np.testing.assert_array_equal(fuse(density, points, 0), density)
    np.testing.assert_array_equal(fuse(density, points, np.inf), (density + points) / 2)
    np.testing.assert_array_equal(fuse(density, points, 3.0), [[0, 2], [7.5, 1]])
    np.testing.assert_array_equal(fuse(density, points, 3.1), [[0, 3], [7.5, 1]])


def test_a_perfect_density_is_taken_alone() -> None:
    true = np.arange(2 * 16, dtype=np.float64).reshape(2, 4, 4)
    assert (fit_theta(true, true / 2, true) == 0).all()
    assert np.isinf(fit_theta(true + 2, true - 2, true)).all()
