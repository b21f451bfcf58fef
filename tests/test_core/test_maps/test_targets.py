"""FIDT, RAZ-Net's cross and attention, CFANet's classes, heat maps of key points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gta_head_tools.maps.attention import attention_map, cross_map
from gta_head_tools.maps.density_classes import crowd_mask, density_classes, fit_class_edges
from gta_head_tools.maps.distance import fidt_map
from gta_head_tools.maps.heat import Combine, Radius, centernet_heat, mask_focal_heat
from test_core import reference_maps

Array = NDArray[np.float64]

SIZE = (83, 50)
CROP, INSIDE = (17, 5, 61, 44), np.s_[5:44, 17:61]

relaxed = settings(max_examples=30)


@st.composite
def heads(draw: st.DrawFn, least: int = 1) -> Array:
    count = draw(st.integers(least, 15))
    numbers = [draw(st.lists(st.integers(0, 8 * side), min_size=count, max_size=count)) for side in SIZE]
    return np.array(numbers, dtype=np.float64).T.reshape(-1, 2) / 8


@st.composite
def boxes(draw: st.DrawFn) -> Array:
    """Boxes with their centre in the image, some of no size."""
    centres = np.minimum(draw(heads()), np.array(SIZE) - 0.125)
    halves = draw(st.lists(st.integers(0, 400), min_size=2 * len(centres), max_size=2 * len(centres)))
    sides = np.array(halves, dtype=np.float64).reshape(-1, 2) / 16
    return np.concatenate([centres - sides, centres + sides], axis=1)


@relaxed
@given(heads())
def test_fidt_equals_the_formula_of_the_distance(points: Array) -> None:
    np.testing.assert_allclose(fidt_map(points, SIZE), reference_maps.fidt(points, SIZE), rtol=0, atol=1e-7)


@relaxed
@given(heads())
def test_fidt_of_a_crop_is_the_crop(points: Array) -> None:
    assert np.array_equal(fidt_map(points, SIZE, window=CROP), fidt_map(points, SIZE)[INSIDE])


def test_fidt_ends_where_it_falls_below_a_hundredth() -> None:
    found = fidt_map([[100.5, 100.5]], (201, 201))
    assert found[found > 0].min() >= 0.01
    assert found[100, 70] > 0
    assert found[100, 69] == 0


def test_two_heads_in_one_pixel_stay() -> None:
    assert np.array_equal(fidt_map([[9.2, 9.2], [9.9, 9.1]], SIZE), fidt_map([[9.5, 9.5]], SIZE))
    assert fidt_map([[9.2, 9.2], [9.9, 9.1]], SIZE)[9, 9] == 1.0


def test_maps_without_heads_are_zero() -> None:
    for draw in (fidt_map, cross_map, attention_map):
        assert not draw([], SIZE).any()


def test_a_cross_has_five_pixels_less_what_the_border_cuts() -> None:
    found = cross_map([[5.9, 6.1], [83.0, 50.0], [6.0, 6.5]], SIZE)
    rows = [(5, 5), (6, 4), (6, 5), (6, 6), (7, 5), (5, 6), (6, 7), (7, 6), (49, 82), (48, 82), (49, 81)]
    assert {(int(row), int(column)) for row, column in np.argwhere(found)} == set(rows)


@relaxed
@given(heads())
def test_crosses_of_a_crop_are_the_crop(points: Array) -> None:
    assert np.array_equal(cross_map(points, SIZE, window=CROP), cross_map(points, SIZE)[INSIDE])


@relaxed
@given(heads(), st.integers(1, 4), st.sampled_from([0.5, 3.0, 30.0]))
def test_attention_equals_the_formula_of_the_mean_distance(points: Array, k: int, sigma: float) -> None:
    found = attention_map(points, SIZE, k=k, sigma=sigma)
    np.testing.assert_allclose(found, reference_maps.attention(points, SIZE, k, sigma), rtol=0, atol=1e-7)
    crop = attention_map(points, SIZE, k=k, sigma=sigma, window=CROP)
    np.testing.assert_allclose(crop, found[INSIDE], rtol=0, atol=1e-7)


def test_attention_is_a_hundredth_nine_pixels_away() -> None:
    assert attention_map([[0.5, 0.5]] * 3, (20, 1), out=np.zeros((1, 20)))[0, 9] == pytest.approx(0.0111, abs=1e-4)


def test_crowd_begins_at_the_threshold() -> None:
    density = np.array([[0.0, 9.9e-6, 1e-5, 1.0]], dtype=np.float32)
    assert crowd_mask(density).tolist() == [[False, False, True, True]]
    assert density_classes(density, np.array([1e-5, 0.5], np.float32)).tolist() == [[0, 0, 1, 2]]


@relaxed
@given(st.lists(st.floats(0, 8, width=32), min_size=0, max_size=200), st.integers(2, 8))
def test_class_edges_are_those_of_a_sort(values: list[float], classes: int) -> None:
    density = np.array(values, dtype=np.float32).reshape(1, -1)
    halves = np.array_split(density, 2, axis=1)
    if (density >= np.float32(1e-5)).any():
        expected = reference_maps.class_edges(density, classes, 1e-5)
        assert np.array_equal(fit_class_edges(halves, classes=classes), expected)


def test_classes_are_equally_large_and_rise_with_density() -> None:
    density = np.random.default_rng(1).gamma(0.4, 1e-3, (200, 300)).astype(np.float32)
    classes = density_classes(density, fit_class_edges([density]))
    sizes = np.bincount(classes[classes > 0])[1:]
    assert sizes.max() - sizes.min() <= 1
    assert all(density[classes == c].max() < density[classes == c + 1].min() for c in range(5))


def test_edges_without_crowd_leave_everything_background() -> None:
    empty = np.zeros((4, 4), np.float32)
    assert not density_classes(empty, fit_class_edges([empty])).any()


def test_edges_want_maps_that_can_be_read_twice() -> None:
    with pytest.raises(ValueError, match="gone through twice"):
        fit_class_edges(iter([np.zeros((2, 2), np.float32)]))
    with pytest.raises(ValueError, match="float32"):
        fit_class_edges([np.zeros((2, 2))])  # type: ignore[list-item]  # what is refused


@relaxed
@given(
    boxes(),
    st.sampled_from(["literal", "half_side", "iou"]),
    st.booleans(),
    st.sampled_from([1, 2, 4, 7]),
    st.sampled_from([0.0, 1.0, 10.0]),
)
def test_heat_equals_the_plain_form(boxes: Array, radius: Radius, total: bool, stride: int, eta: float) -> None:
    combine: Combine = "sum" if total else "max"
    found = mask_focal_heat(boxes, SIZE, stride=stride, radius=radius, combine=combine, widening=eta)
    expected = reference_maps.mask_focal_heat(boxes, SIZE, stride, radius, total, eta)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


@relaxed
@given(boxes(), st.sampled_from([1, 4, 7]))
def test_centernet_heat_equals_the_plain_form(boxes: Array, stride: int) -> None:
    expected = reference_maps.centernet_heat(boxes, SIZE, stride)
    np.testing.assert_allclose(centernet_heat(boxes, SIZE, stride=stride), expected, rtol=0, atol=1e-6)


@relaxed
@given(boxes())
def test_heat_is_one_at_key_cells_and_positive_in_boxes_alone(boxes: Array) -> None:
    found = mask_focal_heat(boxes, SIZE)
    keys = np.floor((boxes[:, :2] + boxes[:, 2:]) / 8).astype(int)
    assert found.max() == found[keys[:, 1], keys[:, 0]].min() == 1.0
    y, x = np.argwhere(found > 0).T
    near = (boxes[:, None, :2] <= np.stack([x, y], axis=1) * 4 + 2).all(2)
    near &= (boxes[:, None, 2:] > np.stack([x, y], axis=1) * 4 + 2).all(2)
    assert (near | ((x == keys[:, :1]) & (y == keys[:, 1:]))).any(0).all()


@relaxed
@given(boxes(), st.randoms(use_true_random=False))
def test_heat_does_not_depend_on_order(boxes: Array, chance: st.DataObject) -> None:
    order = list(range(len(boxes)))
    chance.shuffle(order)  # type: ignore[attr-defined]  # a random.Random
    assert np.array_equal(mask_focal_heat(boxes, SIZE), mask_focal_heat(boxes[order], SIZE))


def test_a_head_with_its_centre_outside_is_left_out() -> None:
    boxes = np.array([[-30.0, 5.0, 20.0, 25.0], [70.0, 5.0, 96.0, 25.0], [10.0, 30.0, 12.0, 70.0]])
    assert not mask_focal_heat(boxes, SIZE).any()
    assert not centernet_heat(boxes, SIZE).any()


def test_unknown_boxes_and_choices_are_refused() -> None:
    with pytest.raises(ValueError, match=r"boxes\[0\]"):
        mask_focal_heat([[np.nan] * 4], SIZE)
    with pytest.raises(ValueError, match="half_side, literal, iou"):
        mask_focal_heat([[1, 1, 9, 9]], SIZE, radius="diagonal")  # type: ignore[arg-type]  # what is refused
    with pytest.raises(ValueError, match="max or sum"):
        centernet_heat([[1, 1, 9, 9]], SIZE, combine="mean")  # type: ignore[arg-type]  # what is refused
