"""The sweep for near-duplicates misses no pair."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.checks.near_duplicates import earlier_twins
from gta_head_tools.geometry import overlap


@given(st.integers(0, 10_000), st.integers(0, 60), st.sampled_from([0.3, 0.7, 0.9]))
def test_twins_are_those_of_all_pairs(seed: int, count: int, least: float) -> None:
    random = np.random.default_rng(seed)
    first = random.integers(0, 6, (count, 2)) + random.choice([0, 0.25], (count, 2))
    boxes = np.concatenate([first, first + random.integers(1, 8, (count, 2))], axis=1).astype(np.float64)
    twins, ratios = earlier_twins(boxes, least)
    for row in range(count):
        shares = overlap(np.repeat(boxes[row : row + 1], row, axis=0), boxes[:row])
        best = shares.max(initial=0.0)
        if best >= least + 1e-9:
            assert abs(ratios[row] - best) < 1e-12
            assert abs(shares[twins[row]] - best) < 1e-12
        elif best < least - 1e-9:
            assert (twins[row], ratios[row]) == (-1, 0)


def test_the_same_box_shares_all() -> None:
    boxes = np.array([[0.1, 0.2, 10.3, 7.7], [50, 50, 60, 60], [0.1, 0.2, 10.3, 7.7]])
    twins, ratios = earlier_twins(boxes)
    assert (twins.tolist(), ratios.tolist()) == ([-1, -1, 0], [0, 0, 1])


def test_boxes_too_small_for_an_area_have_no_twin() -> None:
    boxes = np.array([[0, 0, 1e-200, 1e-200], [0, 0, 1e-200, 1e-200]])
    twins, ratios = earlier_twins(boxes)
    assert (twins.tolist(), ratios.tolist()) == ([-1, -1], [0, 0])
