"""Counting errors, by group and by cell."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.evaluation.counting import (
    CountRow,
    count_cells,
    crowd_level,
    density_cells,
    density_within,
    finish_counting,
    update_counting,
)
from gta_head_tools.regions import Region

ROWS = st.builds(
    CountRow,
    predicted=st.floats(0, 9000),
    heads=st.integers(0, 9000).map(float) | st.just(0.0),
    scene=st.sampled_from(["a", "b", "c"]),
    luminance=st.none() | st.integers(0, 2),
)


@given(rows=st.lists(ROWS, min_size=1, max_size=20), seed=st.integers(0, 99))
def test_errors_against_numpy_in_any_order(rows: list[CountRow], seed: int) -> None:
    scores = finish_counting(rows)
    predicted, heads = np.array([[row.predicted, row.heads] for row in rows]).T
    assert scores.counts.mae == pytest.approx(np.abs(predicted - heads).mean())
    assert scores.counts.rmse == pytest.approx(np.sqrt(((predicted - heads) ** 2).mean()))
    some = heads > 0
    if some.any():
        assert scores.counts.nae == pytest.approx((np.abs(predicted - heads)[some] / heads[some]).mean())
    assert finish_counting(random.Random(seed).sample(rows, len(rows))).counts == scores.counts


@given(rows=st.lists(ROWS, min_size=1, max_size=20))
def test_groups_are_data_sets_of_their_own(rows: list[CountRow]) -> None:
    scores = finish_counting(rows)
    for scene, errors in scores.scenes.items():
        assert errors == finish_counting([row for row in rows if row.scene == scene]).counts
    for level, errors in scores.levels.items():
        assert errors == finish_counting([row for row in rows if crowd_level(row.heads) == level]).counts
    for luminance, errors in scores.luminances.items():
        assert errors == finish_counting([row for row in rows if row.luminance == luminance]).counts
    assert scores.scene_mae == pytest.approx(np.mean([errors.mae for errors in scores.scenes.values()]))
    assert (scores.empty is None) == all(row.heads > 0 for row in rows)
    assert sum(errors.images for errors in scores.levels.values()) == len(rows)


@given(st.integers(0, 10**6))
def test_finer_cells_never_err_less(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells = [count_cells(rng.uniform(-2, 102, (count, 2)), (100, 100)) for count in (30, 25)]
    game = finish_counting([update_counting(*cells)]).game
    assert game is not None
    assert list(game) == sorted(game)
    assert game[0] == 5
    assert game[3] == np.abs(cells[0] - cells[1]).sum()


def test_game_by_hand() -> None:
    left, right = count_cells([[10, 10]], (100, 80)), count_cells([[40, 10]], (100, 80))
    game = finish_counting([update_counting(left, right), update_counting(left, left)]).game
    assert game == (0, 0, 1, 1)


def test_points_and_density_fall_into_the_same_cells() -> None:
    rng = np.random.default_rng(0)
    points = rng.integers(0, (37, 53), (500, 2)) + 0.5
    density = np.zeros((53, 37))
    np.add.at(density, (points[:, 1].astype(int), points[:, 0].astype(int)), 1)
    np.testing.assert_array_equal(density_cells(density), count_cells(points, (37, 53)))


def test_points_and_density_within_a_region_agree() -> None:
    rng = np.random.default_rng(1)
    roi = Region(polygon=np.array([[3.0, 2], [30, 8], [25, 44], [1, 30]]))
    points = rng.integers(0, (37, 53), (500, 2)) + 0.5
    density = np.zeros((53, 37))
    np.add.at(density, (points[:, 1].astype(int), points[:, 0].astype(int)), 1)
    kept = density_within(density, roi, (37, 53))
    np.testing.assert_array_equal(density_cells(kept), count_cells(points[roi.contains(points)], (37, 53)))


def test_a_coarse_map_and_a_region_in_pixels_of_the_image() -> None:
    left = Region(polygon=np.array([[0.0, 0], [40, 0], [40, 60], [0, 60]]))
    assert density_within(np.ones((6, 8)), left, (80, 60)).sum(axis=0).tolist() == [6, 6, 6, 6, 0, 0, 0, 0]


def test_a_coarse_map_that_the_border_cuts_has_heads_where_they_are() -> None:
    points, size = np.array([[70.0, 8.0], [99.0, 75.0], [5.0, 40.0]]), (100, 76)
    coarse = np.zeros((10, 13))
    np.add.at(coarse, tuple((points[:, ::-1] // 8).astype(int).T), 1)
    np.testing.assert_array_equal(density_cells(coarse, size), count_cells(points // 8 * 8 + 4 - (points > 95), size))
    right = Region(polygon=np.array([[97.0, 0], [100, 0], [100, 76], [97, 76]]))
    assert density_within(coarse, right, size).sum() == 1


def test_without_positions_there_is_no_game() -> None:
    cells = count_cells([[1, 1]], (9, 9))
    assert finish_counting([update_counting(cells, cells), update_counting(3, 4)]).game is None


@pytest.mark.parametrize("wrong", [[1, 2], float("nan"), [[np.inf] * 8] * 8])
def test_neither_a_number_nor_cells(wrong: list[int]) -> None:
    with pytest.raises(ValueError, match="predicted is neither"):
        update_counting(wrong, 1)
    with pytest.raises(ValueError, match="not positive"):
        count_cells([], (0, 5))
    with pytest.raises(ValueError, match="no images"):
        finish_counting([])
