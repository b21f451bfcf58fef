"""Cells and pixels of density maps: the sum stays in its place, and whole cells are interpolated as OpenCV does."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gta_head_tools.maps.cells import at_pixels, in_cells

few = settings(max_examples=40)


@few
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9))
def test_whole_cells_keep_their_sum_and_come_back_from_pixels(width: int, height: int, stride: int) -> None:
    shape = (-(-height // stride), -(-width // stride))
    cells = np.random.default_rng(width).normal(1, 1, shape)
    pixels = at_pixels(cells, (width, height))
    assert pixels.shape == (height, width)
    assert pixels.sum(dtype=np.float64) == pytest.approx(cells.sum(), rel=1e-6, abs=1e-5)
    assert in_cells(pixels, stride).shape == shape
    assert in_cells(pixels, stride).sum(dtype=np.float64) == pytest.approx(cells.sum(), rel=1e-6, abs=1e-5)


def test_whole_cells_are_interpolated_bilinearly() -> None:
    cells = np.random.default_rng(0).random((5, 7), dtype=np.float32)
    grown = cv2.resize(cells, (56, 40), interpolation=cv2.INTER_LINEAR) / 64
    np.testing.assert_allclose(at_pixels(cells, (56, 40)), grown, rtol=1e-5, atol=1e-7)


@few
@given(st.integers(1, 30), st.integers(1, 30), st.floats(0.2, 7))
def test_cells_of_any_width_keep_their_sum(columns: int, rows: int, side: float) -> None:
    size = (max(round(columns * side - side / 3), 1), max(round(rows * side - side / 3), 1))
    if (columns - 1) * side >= size[0] or (rows - 1) * side >= size[1]:
        return
    cells = np.random.default_rng(rows).random((rows, columns))
    assert at_pixels(cells, size, cell=(side, side)).sum(dtype=np.float64) == pytest.approx(cells.sum(), rel=1e-6)


def test_a_head_stays_where_it_is() -> None:
    cells = np.zeros((4, 5))
    cells[1, 3] = 1
    for size, cell in (((40, 32), None), ((37, 30), (8.0, 8.0)), ((71, 57), (14.21, 14.21))):
        pixels = at_pixels(cells, size, cell=cell).astype(np.float64)
        middle = np.array([pixels.sum(0) @ (np.arange(size[0]) + 0.5), pixels.sum(1) @ (np.arange(size[1]) + 0.5)])
        side = 8.0 if cell is None else cell[0]
        np.testing.assert_allclose(middle, np.array([3.5, 1.5]) * side, atol=0.15 * side)


def test_what_is_no_map_of_the_image_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(3,\), expected \(h, w\)"):
        at_pixels([1.0, 2.0, 3.0], (3, 1))
    with pytest.raises(ValueError, match="5 cells of 4 pixels begin beyond the 16 pixels"):
        at_pixels(np.ones((1, 5)), (16, 4), cell=(4.0, 4.0))
