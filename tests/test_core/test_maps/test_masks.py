"""Instance masks, their components, and the search for nearest heads that both need."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gta_head_tools.geometry import around
from gta_head_tools.maps.components import components
from gta_head_tools.maps.instance_masks import box_mask, merged_heads, point_mask
from gta_head_tools.nearest import grid_of, nearest
from test_core import reference_maps, reference_masks

Array = NDArray[np.float64]

SIZE = (130, 90)

relaxed = settings(max_examples=40)

places = st.lists(st.tuples(st.integers(-20, 150), st.integers(-20, 110)), min_size=1, max_size=40).map(
    lambda pairs: np.array(pairs, dtype=np.float64) / 2
)


def crowd(count: int, size: tuple[int, int], seed: int = 0) -> Array:
    """Boxes that grow towards the bottom, a third of them in clusters, on whole pixels so that distances tie."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, size, (count, 2))
    points[: count // 3] = points[rng.integers(count // 3, count, count // 3)] + rng.normal(0, 6, (count // 3, 2))
    sides = 4 + 0.05 * np.abs(points[:, 1])
    return np.rint(around(points, 0.85 * sides, sides))


@relaxed
@given(places, st.integers(1, 7))
def test_nearest_are_those_of_a_sort_ties_by_index(points: Array, count: int) -> None:
    squared, indices = nearest(grid_of(points), points + 0.5, count)
    for place, distances, found in zip(points + 0.5, squared, indices, strict=True):
        expected = reference_maps.nearest(points, place, count)
        assert list(zip(distances, found, strict=True))[: len(expected)] == expected
        assert (found[len(expected) :] == -1).all()


@pytest.mark.parametrize("spread", [(1e6, 0), (0, 0), (3e5, 1e-7)])
def test_nearest_of_heads_on_a_line_or_in_a_point(spread: tuple[float, float]) -> None:
    points = np.random.default_rng(2).random((300, 2)) * spread
    squared, indices = nearest(grid_of(points), points[:40], 4)
    for place, distances, found in zip(points, squared, indices, strict=False):
        assert list(zip(distances, found, strict=True)) == reference_maps.nearest(points, place, 4)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 300])
@pytest.mark.parametrize("cap", [15, 25])
def test_box_masks_are_those_of_the_plain_rule(count: int, cap: int) -> None:
    for seed in range(4):
        boxes = crowd(count, (640, 480), seed)
        expected = reference_masks.from_boxes(boxes, (640, 480), cap)
        assert np.array_equal(box_mask(boxes, (640, 480), cap=cap).mask, expected)


@relaxed
@given(places, st.integers(0, 60), st.integers(0, 60))
def test_box_masks_of_equal_boxes_on_half_pixels(points: Array, width: int, height: int) -> None:
    boxes = around(points, np.full(len(points), width), np.full(len(points), height))
    assert np.array_equal(box_mask(boxes, SIZE).mask, reference_masks.from_boxes(boxes, SIZE))


@relaxed
@given(places)
def test_point_masks_are_those_of_the_plain_rule(points: Array) -> None:
    assert np.array_equal(point_mask(points, SIZE).mask, reference_masks.from_points(points, SIZE))


def test_a_lone_point_has_the_largest_square() -> None:
    found = point_mask([[60.7, 40.2]], SIZE)
    assert found.rectangles.tolist() == [[45, 25, 76, 56]]
    assert found.mask.sum() == 31 * 31


def test_overlapping_boxes_shrink_until_a_quarter_of_the_side_is_between() -> None:
    found = box_mask([[20, 20, 50, 50], [40, 20, 70, 50]], SIZE)
    (_, _, right, _), (left, *_) = found.rectangles.tolist()
    assert left - right >= (right - found.rectangles[0, 0]) / 4
    assert merged_heads(found) == 0


def test_heads_that_could_not_part_are_counted() -> None:
    assert merged_heads(box_mask([[20, 20, 40, 40], [20, 20, 40, 40], [90, 60, 99, 69]], SIZE)) == 1
    assert merged_heads(point_mask([[20.1, 20.1], [20.9, 20.9], [21.5, 21.5]], SIZE)) == 2


def test_heads_with_their_centre_outside_are_not_painted() -> None:
    boxes = np.array([[-9, 20, 8, 40], [-8, 20, 8, 40], [120, 20, 140, 40], [50, 85, 60, 94]])
    found = box_mask(boxes, SIZE)
    assert found.rectangles.any(axis=1).tolist() == [False, False, False, True]
    assert not point_mask(np.array([[-0.5, 20], [130, 20], [20, 90]]), SIZE).mask.any()


def test_masks_without_heads_and_of_unknown_boxes() -> None:
    assert not box_mask([], SIZE).mask.any()
    assert not point_mask([], SIZE).mask.any()
    with pytest.raises(ValueError, match=r"boxes\[1\]"):
        box_mask(np.array([[1, 1, 2, 2], [np.nan] * 4]), SIZE)
    with pytest.raises(ValueError, match=r"points\[0\]"):
        point_mask([[np.inf, 1]], SIZE)


@relaxed
@given(st.integers(1, 17), st.integers(1, 17), st.floats(0, 1), st.integers(0, 99), st.booleans())
def test_components_are_those_of_opencv(width: int, height: int, share: float, seed: int, diagonal: bool) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < share
    count, _, stats, centroids = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8 if diagonal else 4
    )
    corners, areas = np.concatenate([stats[1:, :2], stats[1:, :2] + stats[1:, 2:4]], axis=1), stats[1:, 4:]
    expected = np.concatenate([corners, areas, centroids[1:] + 0.5], axis=1)
    found = components(mask, diagonal=diagonal)
    table = np.concatenate([found.boxes, found.areas[:, None], found.centres], axis=1)
    assert len(found) == count - 1
    assert sorted(table.round(9).tolist()) == sorted(expected.round(9).tolist())


def test_components_come_in_the_order_of_their_first_row() -> None:
    mask = np.array([[0, 0, 1], [1, 0, 0], [1, 1, 0], [0, 0, 1]], dtype=bool)
    assert components(mask).boxes.tolist() == [[2, 0, 3, 1], [0, 1, 2, 3], [2, 3, 3, 4]]
    assert components(mask, diagonal=True).boxes.tolist() == [[2, 0, 3, 1], [0, 1, 3, 4]]
    assert components(np.zeros((3, 0), bool)).boxes.shape == (0, 4)


def test_a_picture_is_no_mask() -> None:
    with pytest.raises(ValueError, match="bool"):
        components(np.zeros((2, 2), np.uint8))


def test_heads_apart_come_back_from_their_mask() -> None:
    rng = np.random.default_rng(3)
    middles = np.stack(np.meshgrid(np.arange(30, 610, 60), np.arange(30, 450, 60)), axis=-1).reshape(-1, 2)
    boxes = around(middles + rng.uniform(-9, 9, middles.shape), *rng.uniform(4, 50, (2, len(middles))))
    instances = box_mask(boxes, (640, 480))
    assert merged_heads(instances) == 0
    assert sorted(components(instances.mask).boxes.tolist()) == sorted(instances.rectangles.tolist())
