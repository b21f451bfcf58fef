"""Boxes that the border of the picture cuts, completed by their other side."""

from __future__ import annotations

import numpy as np
import pytest

from gta_head_tools.anchors.cut_boxes import completed, cut_sides

SIZE = (100, 80)
WHOLE = [20.0, 20.0, 28.0, 30.0]


@pytest.mark.parametrize(
    ("cut", "full"),
    [
        ([0.0, 40.0, 3.0, 50.0], [-5.0, 40.0, 3.0, 50.0]),  # left: 8 wide as the whole one
        ([95.0, 40.0, 100.0, 50.0], [95.0, 40.0, 103.0, 50.0]),
        ([40.0, 0.5, 48.0, 4.0], [40.0, -6.0, 48.0, 4.0]),
        ([40.0, 74.0, 48.0, 80.0], [40.0, 74.0, 48.0, 84.0]),
        ([0.0, 40.0, 12.0, 50.0], [0.0, 40.0, 12.0, 50.0]),  # no smaller than drawn
        ([0.0, 0.0, 3.0, 4.0], [0.0, 0.0, 3.0, 4.0]),  # both sides are cut: nothing says how much
        ([0.0, 40.0, 100.0, 50.0], [0.0, 40.0, 100.0, 50.0]),
        ([40.0, 40.0, 50.0, 44.0], [40.0, 40.0, 50.0, 44.0]),
    ],
)
def test_the_side_that_is_cut_is_taken_from_the_other(cut: list[float], full: list[float]) -> None:
    found = completed(np.array([WHOLE, WHOLE, cut, WHOLE]), SIZE)
    assert found[2] == pytest.approx(full)
    assert (found[[0, 1, 3]] == WHOLE).all()


def test_without_a_whole_box_heads_have_their_usual_shape() -> None:
    assert completed(np.array([[0.0, 40.0, 3.0, 50.0]]), SIZE)[0] == pytest.approx([3 - 8.3, 40, 3, 50])
    assert completed(np.empty((0, 4)), SIZE).shape == (0, 4)
    assert cut_sides(np.array([WHOLE, [99.5, 1.0, 100.0, 5.0]]), SIZE).tolist() == [
        [[False, False], [False, False]],
        [[False, True], [True, False]],
    ]
