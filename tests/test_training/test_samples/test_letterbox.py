"""Pictures of any size in the input of a network, and coordinates there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.samples.letterbox import PADDING, Fit, letterbox, pad_to


@given(
    st.builds(Fit, st.floats(0.1, 10), st.floats(0.1, 10), st.floats(-2000, 2000), st.floats(-2000, 2000)),
    st.lists(st.tuples(*[st.floats(-5000, 5000)] * 4), max_size=5),
)
def test_there_and_back(fit: Fit, boxes: list[tuple[float, ...]]) -> None:
    places = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    np.testing.assert_allclose(fit.undo(fit.apply(places)), places, atol=1e-7)
    np.testing.assert_array_equal(fit.apply(places)[:, :2], fit.apply(places[:, :2]))


@pytest.mark.parametrize("shape", [(1080, 1920), (97, 33), (40, 500), (1, 1), (608, 1088)])
def test_letterbox_keeps_the_whole_picture(shape: tuple[int, int]) -> None:
    picture = np.full((*shape, 3), 200, np.uint8)
    found, fit = letterbox(picture, (1088, 608))
    assert found.shape == (608, 1088, 3)
    (width, height) = fit.apply(np.array([[shape[1], shape[0]]], dtype=np.float64))[0].round().astype(int)
    assert (found[:height, :width] == 200).all()
    assert (found[height:] == PADDING).all()
    assert (found[:, width:] == PADDING).all()
    assert width == 1088 or height == 608
    assert 0.5 < (fit.scale_x / fit.scale_y) < 2


def test_a_mark_is_where_the_fit_says() -> None:
    picture = np.zeros((1080, 1920, 3), np.uint8)
    picture[700:740, 1800:1840] = 255
    found, fit = letterbox(picture, (1088, 608))
    rows, columns = np.nonzero(found[..., 0] > 127)
    expected = fit.apply(np.array([[1800.0, 700.0, 1840.0, 740.0]]))[0]
    np.testing.assert_allclose([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], expected, atol=0.6)


def test_nothing_is_copied_where_nothing_is_missing() -> None:
    picture = np.zeros((64, 96, 3), np.uint8)
    assert pad_to(picture, (96, 64)) is picture
