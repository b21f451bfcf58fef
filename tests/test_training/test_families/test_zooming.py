"""Regions that are proposed by attention, and points that come back from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gta_head_tools.geometry import overlap
from training.families.zooming import CELL, anchor_sides, enlarge, propose, replace_points

PLAIN = {"places": 200, "least": 0.01, "overlap": 0.5, "most": 10}


def proposed(attention: NDArray[np.float32], **changed: float) -> NDArray[np.int64]:
    return propose(attention, np.random.default_rng(0), **{**PLAIN, **changed})  # type: ignore[arg-type]


@given(st.integers(1, 2000), st.integers(1, 2000))
def test_anchors_are_those_of_the_paper(width: int, height: int) -> None:
    sides = anchor_sides((width, height))
    assert (sides <= (width, height)).all()
    assert (sides > 0).all()
    if min(width, height) >= 6 * CELL:
        # Heights and widths over the shorter edge, to whole cells.
        shares = [
            (1 / 3, 1 / 3),
            (0.2357, 0.4714),
            (0.4714, 0.2357),
            (2 / 3, 2 / 3),
            (0.4714, 0.9428),
            (0.9428, 0.4714),
        ]
        np.testing.assert_allclose(sides[:, ::-1], np.array(shares) * min(width, height), atol=CELL / 2 + 0.1)
        assert (sides % CELL == 0).all() or min(width, height) % CELL


def test_regions_are_few_apart_and_where_attention_is() -> None:
    attention = np.zeros((240, 320), np.float32)
    attention[40:100, 200:300] = 0.9
    attention[180:220, 20:60] = 0.4
    found = proposed(attention, most=40)
    means = [float(attention[y0:y1, x0:x1].mean()) for x0, y0, x1, y1 in found]
    assert 10 < len(found) <= 40
    assert means == sorted(means, reverse=True)
    assert min(means) >= 0.01
    x0, y0, x1, y1 = found[0].tolist()
    assert min(x1, 300) - max(x0, 200) > 0 < min(y1, 100) - max(y0, 40)
    assert ((found[:, 0] < 60) & (found[:, 3] > 180)).any()
    boxes = found.astype(np.float64)
    for place in range(len(found)):
        others = np.delete(boxes, place, axis=0)
        assert (overlap(np.broadcast_to(boxes[place], others.shape), others) <= 0.5).all()
    assert ((boxes[:, :2] >= 0) & (boxes[:, 2:] <= (320, 240))).all()
    np.testing.assert_array_equal(found[:10], proposed(attention))


@pytest.mark.parametrize(("value", "least", "number"), [(0.0, 0.01, 0), (0.009, 0.01, 0), (0.2, 0.01, 10)])
def test_without_attention_there_is_no_region(value: float, least: float, number: int) -> None:
    assert len(proposed(np.full((90, 120), value, np.float32), least=least)) == number


def test_points_come_back_exactly_and_replace_those_of_their_region() -> None:
    regions = np.array([[10, 20, 30, 44], [24, 30, 60, 50]])
    # Two points outside of the regions, at whose borders a region begins and no more ends, and two inside.
    points = np.array([[9.5, 25.0], [60.0, 49.0], [10.0, 20.0], [59.5, 49.5]])
    first = np.array([[5.0, 7.5], [39.5, 47.5]])  # 12.5 23.75 and 29.75 43.75
    second = np.array([[3.0, 6.0], [50.0, 39.0]])  # 25.5 33 lies in the first region, which decides; 49 49.5
    closer = [(first, np.array([0.3, 0.2])), (second, np.array([0.9, 0.8]))]
    found, scores = replace_points((points, np.array([0.7, 0.6, 0.5, 0.4])), regions, closer)
    assert found.tolist() == [[9.5, 25.0], [60.0, 49.0], [12.5, 23.75], [29.75, 43.75], [49.0, 49.5]]
    assert scores.tolist() == [0.7, 0.6, 0.3, 0.2, 0.8]
    kept, _ = replace_points((points, scores[:4]), np.zeros((0, 4), np.int64), [])
    assert kept is not points
    np.testing.assert_array_equal(kept, points)


def test_an_enlarged_region_shows_what_the_region_shows() -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[13, 25] = 255
    part = enlarge(picture, np.array([20, 8, 40, 24]))
    assert part.shape == (32, 40, 3)
    weights = part[..., 0] / part[..., 0].sum()
    rows, columns = np.indices(weights.shape) + 0.5
    # The middle of the pixel is 25.5, 13.5.
    assert (weights * columns).sum() / 2 + 20 == pytest.approx(25.5, abs=1e-9)
    assert (weights * rows).sum() / 2 + 8 == pytest.approx(13.5, abs=1e-9)
