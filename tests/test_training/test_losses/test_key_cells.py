"""Key cells of heads, and what a detector of key points cannot tell apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.annotations import Boxes
from gta_head_tools.geometry import around
from gta_head_tools.maps.heat import mask_focal_heat
from training.losses.key_cells import balanced_cells, ignored_cells, key_cells

SIZE = (48, 32)


def boxes_at(*heads: tuple[float, float, float]) -> Boxes:
    """Square boxes from x, y of the middle and the side."""
    x, y, side = np.array(heads, dtype=np.float64).reshape(-1, 3).T
    return around(np.stack([x, y], axis=1), side, side)


def test_a_head_is_read_off_its_cell() -> None:
    found = key_cells(np.array([[10.0, 3.0, 24.0, 11.0]]), SIZE, stride=4)
    assert (found.shape, found.rows.tolist(), found.columns.tolist()) == ((8, 12), [1], [4])
    assert (found.sizes[:, 0].tolist(), found.offsets[:, 0].tolist()) == ([3.5, 2.0], [0.25, 0.75])


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 0, 2]])
def test_the_smallest_head_wins_a_shared_cell(order: list[int]) -> None:
    boxes = boxes_at((9, 9, 12), (10, 10, 6), (11, 9, 20))[order]
    found = key_cells(boxes, SIZE, stride=4)
    assert found.sizes.tolist() == [[1.5], [1.5]]
    assert (found.heads, found.collisions, found.crowded, found.lost()) == (3, 2, 0, 2)


def test_heads_outside_belong_to_other_crops() -> None:
    found = key_cells(boxes_at((-0.1, 5, 9), (48, 5, 9), (5, 32, 9), (47.9, 31.9, 9), (0, 0, 9)), SIZE, stride=4)
    assert list(zip(found.rows.tolist(), found.columns.tolist(), strict=True)) == [(0, 0), (7, 11)]
    assert found.heads == 2


quarters = st.integers(-16, 208).map(lambda each: each / 4)
"""Places whose mean with another one is no matter of rounding."""


@given(st.lists(st.tuples(quarters, quarters, st.integers(1, 30)), max_size=40), st.sampled_from([2, 4]))
def test_crowding_is_what_counting_by_hand_finds(heads: list[tuple[float, float, float]], stride: int) -> None:
    found = key_cells(boxes_at(*heads), SIZE, stride=stride)
    cells = [(int(y // stride), int(x // stride)) for x, y, _ in heads if 0 <= x < SIZE[0] and 0 <= y < SIZE[1]]
    near = [(r, c) for r, c in cells if any(max(abs(r - a), abs(c - b)) == 1 for a, b in cells)]
    assert (found.heads, found.collisions, found.crowded) == (len(cells), len(cells) - len(set(cells)), len(near))
    assert set(map(tuple, np.argwhere(found.mask).tolist())) == set(cells)
    assert found.collisions <= found.lost() <= found.collisions + found.crowded


@pytest.mark.parametrize(("stride", "shared", "beside"), [(4, 0.04, 0.46), (2, 0.011, 0.16)])
def test_a_crowd_of_3000_loses_what_was_measured(stride: int, shared: float, beside: float) -> None:
    places = np.random.default_rng(0).random((3000, 2)) * [1088, 608]
    found = key_cells(around(places, np.full(3000, 8.0), np.full(3000, 8.0)), (1088, 608), stride=stride)
    assert found.collisions / 3000 == pytest.approx(shared, abs=0.006)
    assert (found.crowded + found.collisions) / 3000 == pytest.approx(beside, abs=0.03)


def test_ignored_cells_are_all_that_a_box_touches() -> None:
    boxes = [[7.9, 4, 12.1, 8], [20, 20, 20, 20], [-9, 30, 2, 99], [-9, 3, -1, 9], [50, 3, 60, 9]]
    found = ignored_cells(np.array(boxes), (8, 12), stride=4)
    assert np.argwhere(found).tolist() == [[1, 1], [1, 2], [1, 3], [5, 5], [7, 0]]


def test_a_box_turned_inside_out_has_no_size() -> None:
    assert key_cells(np.array([[24.0, 3.0, 10.0, 11.0]]), SIZE, stride=4).sizes.tolist() == [[0], [2]]


def test_every_head_weighs_alike_where_heads_are_balanced() -> None:
    boxes = np.array([[0.0, 0, 4, 4], [8, 8, 40, 32], [60, 0, 68, 8], [10, 10, 14, 14]])
    weights = balanced_cells(boxes, (20, 20), stride=4)
    mask = mask_focal_heat(boxes, (80, 80), stride=4) > 0
    assert weights[~mask].tolist() == [1] * int((~mask).sum())
    assert weights[0, 0] == 1
    assert weights[0:2, 15:17].tolist() == [[1, 1], [1, 1]]
    assert weights[3:8, 3:10].min() == weights[3:8, 3:10].max() == np.float32(4 / 48)
    assert weights[2, 2] == 1  # of the small head on the large one
