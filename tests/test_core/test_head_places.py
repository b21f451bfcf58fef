from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.head_places import NOWHERE, STEPS, Crowd, count_cells, gather_crowds, update_places
from gta_head_tools.statistics import update_statistics


def image(
    path: str,
    points: Sequence[Any],
    size: tuple[int, int] = (200, 100),
    **more: Any,
) -> ImageAnnotations:
    given = np.array(points, dtype=np.float64).reshape(-1, 2)
    boxes = np.hstack([given - 4, given + 4])
    info = ImageInfo(path, *size, scene=path.partition("/")[0])
    return ImageAnnotations(info, given, boxes=more.get("boxes", boxes), ignore=more.get("ignore"))


def gathered(*parts: Sequence[ImageAnnotations], most: int = 9) -> tuple[Crowd, list[Crowd]]:
    return gather_crowds([*map(update_statistics, parts)], [*map(update_places, parts)], most)


def test_places_are_shares_of_the_picture_and_heads_outside_are_nowhere() -> None:
    points = [[0, 0], [200, 100], [100, 25], [201, 5], [5, -1], [np.nan, 5]]
    found = update_places([image("a/1", points)])
    assert found.x.tolist() == [0, STEPS - 1, STEPS // 2, *[NOWHERE] * 3]
    assert found.y.tolist() == [0, STEPS - 1, STEPS // 4, *[NOWHERE] * 3]


def test_ignored_heads_and_pictures_of_unknown_size_have_no_place() -> None:
    found = update_places([image("a/1", [[1, 1], [100, 50]], ignore=[True, False]), image("a/2", [[1, 1]], (0, 0))])
    assert found.x.tolist() == [STEPS // 2, NOWHERE]


def test_boxes_stay_with_their_heads() -> None:
    none = [np.nan] * 4
    first = image("a/1", [[10, 10], [20, 20], [30, 30]], boxes=[none, [0, 0, 4, 9], [5, 5, 5, 9]])
    every, (crowd,) = gathered([first], [image("a/2", [[40, 40]], boxes=[[0, 0, 2, 2]])])
    np.testing.assert_array_equal(crowd.sides, [np.nan, 6, np.nan, 2])
    np.testing.assert_allclose(crowd.points, [[10, 10], [20, 20], [30, 30], [40, 40]], atol=0.01)
    assert crowd.owner.tolist() == [0, 0, 0, 1]
    np.testing.assert_array_equal(every.sides, crowd.sides)


def test_the_scenes_with_the_most_heads_come_first_across_parts() -> None:
    parts = [[image("a/1", [[1, 1]]), image("b/1", [[1, 1]] * 2)], [image("a/2", [[9, 9]] * 3), image("c/1", ())]]
    every, busiest = gathered(*parts, most=2)
    assert [(crowd.name, crowd.images, crowd.heads) for crowd in busiest] == [("a", 2, 4), ("b", 1, 2)]
    assert (every.images, every.heads) == (4, 6)
    np.testing.assert_allclose(busiest[0].points[:, 0], [1, 9, 9, 9], atol=0.01)


def test_sizes_of_pictures_of_another_size_are_left_out() -> None:
    parts = [image("a/1", [[1, 1]]), image("a/2", [[2, 2]]), image("a/3", [[50, 50]], (100, 100))]
    _, (crowd,) = gathered(parts)
    assert crowd.size == (200, 100)
    np.testing.assert_array_equal(crowd.sides, [8, 8, np.nan])
    assert len(crowd.x) == 3


@given(st.lists(st.tuples(st.floats(-5, 205), st.floats(-5, 105)), max_size=40), st.sampled_from([16, 32, 64]))
def test_cells_hold_what_is_counted_one_by_one(points: list[tuple[float, float]], columns: int) -> None:
    every, _ = gathered([image("a/1", points)])
    rows = columns // 2
    counted = np.zeros((rows, columns), dtype=np.int64)
    for x, y in points:
        if 0 <= x <= 200 and 0 <= y <= 100:
            counted[min(int(y / 100 * rows), rows - 1), min(int(x / 200 * columns), columns - 1)] += 1
    np.testing.assert_array_equal(count_cells(every, columns), counted)


@pytest.mark.parametrize("size", [(1, 100_000), (100_000, 1)])
def test_very_long_pictures_have_a_bounded_number_of_cells(size: tuple[int, int]) -> None:
    every, _ = gathered([image("a/1", [[0.5, 0.5]], size)])
    cells = count_cells(every, 16)
    assert cells.sum() == 1
    assert cells.size <= 16 * 64


def test_no_images_have_no_places() -> None:
    assert len(update_places([]).x) == 0
