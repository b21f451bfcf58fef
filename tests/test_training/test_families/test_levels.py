"""Slots of a pyramid: which points lie inside of areas, who wins a slot, and that no head goes without one."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.annotations import Boxes
from gta_head_tools.geometry import around
from test_training.test_methods.detectors import KINDS, Kind
from training.config import build_config
from training.families.levels import (
    BACKGROUND,
    FIRST,
    LEFT_OUT,
    Levels,
    give_nearest,
    leave_out,
    smallest_wins,
    without_slot,
)

LEVELS = Levels((70, 50), (8, 16, 32))


def test_slots_are_counted_level_by_level_and_row_by_row() -> None:
    levels = Levels((70, 50), (8, 16, 32), slots=2)
    assert levels.shapes == [(7, 9), (4, 5), (2, 3)]
    assert levels.starts == [0, 126, 166, 178]
    np.testing.assert_array_equal(
        levels.points[[0, 1, 2, 18, 126, 177]], [[4, 4], [4, 4], [12, 4], [4, 12], [8, 8], [80, 48]]
    )
    assert levels.stride[[0, 125, 126, 177]].tolist() == [8, 8, 16, 32]
    numbers = np.arange(178, dtype=np.int32)
    maps = levels.maps(numbers)
    assert {stride: each.shape for stride, each in maps.items()} == {8: (2, 7, 9), 16: (2, 4, 5), 32: (2, 2, 3)}
    np.testing.assert_array_equal(np.concatenate([each.transpose(1, 2, 0).ravel() for each in maps.values()]), numbers)


place = st.integers(-90_000, 160_000).map(lambda value: value / 1000)  # a subnormal number becomes 0 when it is divided
corner = st.tuples(place, place)


@given(st.lists(st.tuples(corner, corner), max_size=4), st.sampled_from([0.0, 0.5]), st.integers(0, 2))
def test_points_inside_are_those_of_a_search_over_all(pairs: list[object], offset: float, level: int) -> None:
    areas = np.array(pairs, dtype=np.float64).reshape(-1, 4)
    levels = Levels((70, 50), (8, 16, 32), offset)
    points = levels.points
    inside = (points > areas[:, None, :2]).all(axis=2) & (points < areas[:, None, 2:]).all(axis=2)
    inside &= levels.stride == levels.strides[level]
    np.testing.assert_array_equal(np.stack(levels.inside(areas, level)), np.stack(np.nonzero(inside)))


def test_the_smaller_head_wins_a_slot_also_where_areas_differ_by_little() -> None:
    boxes = np.array([[0.0, 0, 5.8, 6], [0, 0, 5.6, 6], [0, 0, 6, 6]])
    heads, slots = np.array([0, 2, 1, 0]), np.array([3, 3, 3, 5])
    learned = smallest_wins(heads, slots, boxes, LEVELS)
    assert learned[[3, 5]].tolist() == [FIRST + 1, FIRST]
    assert np.count_nonzero(learned != BACKGROUND) == 2
    assert without_slot(learned, 3).tolist() == [2]


def test_a_head_without_a_slot_gets_the_nearest_point_unless_a_smaller_one_has_it() -> None:
    boxes = around(
        np.array([[9.0, 5], [11, 6], [60, 40], [61, 41]]), np.array([4.0, 3, 4, 9]), np.array([4.0, 4, 4, 9])
    )
    learned = np.full(LEVELS.starts[-1], BACKGROUND, np.int32)
    learned[LEVELS.nearest(np.array([[60.0, 40]]), 0)] = FIRST + 3
    found = give_nearest(learned, boxes, LEVELS)
    assert found[LEVELS.nearest(np.array([[10.0, 5]]), 0)] == FIRST + 1
    assert found[LEVELS.nearest(np.array([[60.0, 40]]), 0)] == FIRST + 2
    assert without_slot(found, 4).tolist() == [0, 3]


def test_what_a_head_learns_is_not_left_out() -> None:
    learned = np.full(LEVELS.starts[-1], BACKGROUND, np.int32)
    learned[0] = FIRST
    found = leave_out(learned, np.array([[0.0, 0, 13, 5]]), LEVELS)
    assert found[:3].tolist() == [FIRST, LEFT_OUT, BACKGROUND]


def isolated(side: float, count: int = 300) -> Boxes:
    """Square heads that share no cell, at random places in theirs."""
    cells = np.arange(count) * 64.0
    places = np.stack([cells % 1024 + 32, cells // 1024 * 64 + 32], axis=1)
    return around(
        places + np.random.default_rng(0).uniform(-16, 16, (count, 2)), np.full(count, side), np.full(count, side)
    )


def lost(kind: Kind, side: float, **settings: object) -> float:
    """Share of the heads that no slot learns."""
    config = build_config(kind.method.Config, settings)
    levels, boxes = config.levels((1088, 1280)), isolated(side)
    return len(without_slot(kind.method.assign(boxes, levels, config), len(boxes))) / len(boxes)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("p2", [False, True])
def test_every_head_of_4_to_20_pixels_is_learned(kind: Kind, *, p2: bool) -> None:
    sides = (4, 6, 8, 12, 16, 20)
    before = {side: lost(kind, side, p2=p2, **kind.as_published) for side in sides}
    after = {side: lost(kind, side, p2=p2) for side in sides}
    print(kind.method.__name__, "finest stride", 4 if p2 else 8, "without a slot, before", before, "after", after)
    assert set(after.values()) == {0}
    assert list(before.values()) == pytest.approx(kind.lost[p2], abs=0.06)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_three_thousand_heads_need_little_memory(kind: Kind) -> None:
    rng = np.random.default_rng(0)
    sides = rng.uniform(4, 40, 3000)
    boxes = around(rng.uniform(0, (1088, 608), (3000, 2)), sides, sides)
    config = build_config(kind.method.Config, {})
    levels = config.levels((1088, 608))
    assert levels.points.size
    tracemalloc.start()
    kind.method.assign(boxes, levels, config)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < kind.memory
