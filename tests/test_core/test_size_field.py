from __future__ import annotations

import numpy as np
import pytest

from gta_head_tools.head_places import STEPS, Crowd
from gta_head_tools.size_field import BINS, LEAST, fit_field


def crowd(heads: int, spread: float = 0.0, images: int = 4) -> Crowd:
    """Sizes are 4 px in the top row and 28 px in the bottom row of a picture of 800 x 600 pixels."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, STEPS, (2, heads)).astype(np.uint16)
    sides = (4 + 24 * (y + 0.5) / STEPS) * np.exp(spread * rng.standard_normal(heads))
    owner = np.sort(rng.integers(0, images, heads)).astype(np.int32)
    return Crowd("a", images, heads, (800, 600), x, y, sides, owner)


def test_sizes_of_one_plane_are_those_of_the_model() -> None:
    field = fit_field(crowd(3000))
    assert field is not None
    np.testing.assert_allclose(field.rows, (np.arange(BINS) + 0.5) * 600 / BINS)
    np.testing.assert_allclose(field.quartiles[1], 4 + 24 * field.rows / 600, rtol=0.05)
    np.testing.assert_allclose(field.model, field.quartiles[1], rtol=0.05)
    assert (field.boxes, field.images, field.height) == (3000, 4, 600)
    assert field.off < 0.01


def test_half_of_the_boxes_are_as_far_from_the_model_as_they_were_made() -> None:
    field = fit_field(crowd(3000, spread=0.2))
    assert field is not None
    assert field.off == pytest.approx(0.2 * 0.6745, abs=0.015)
    # The middle half of a normal spread of 0.2 is 0.27 wide.
    low, middle, high = field.quartiles
    assert np.median((high - low) / middle) == pytest.approx(0.27, abs=0.03)


def test_strips_with_hardly_a_box_are_left_out() -> None:
    made = crowd(400)
    keep = made.y > STEPS // 2
    lower = Crowd("a", 4, 400, (800, 600), made.x[keep], made.y[keep], made.sides[keep], made.owner[keep])
    field = fit_field(lower)
    assert field is not None
    assert field.rows.min() > 300


def test_few_boxes_have_no_field() -> None:
    assert fit_field(crowd(LEAST - 1)) is None
    made = crowd(300)
    made.sides[: 300 - LEAST + 1] = np.nan
    assert fit_field(made) is None


def test_boxes_of_absurd_size_do_not_bend_the_model() -> None:
    made = crowd(500)
    made.sides[:100] = 1e200
    field = fit_field(made)
    assert field is not None
    assert field.boxes == 400
    assert field.off < 0.01


def test_boxes_of_one_place_have_a_field() -> None:
    steps, sides = np.full(50, 100, dtype=np.uint16), np.full(50, 7.0)
    field = fit_field(Crowd("a", 1, 50, (800, 600), steps, steps, sides, np.zeros(50, dtype=np.int32)))
    assert field is not None
    np.testing.assert_allclose(field.model, 7, rtol=0.01)
