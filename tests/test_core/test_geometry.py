"""Box arithmetic, robust planes and the runner: small functions, each against what it must satisfy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gta_head_tools import geometry
from gta_head_tools.errors import ConfigError
from gta_head_tools.interpolation.scene_frame import Frame, measure_spacing, relative_affine
from gta_head_tools.interpolation.size_model import Array
from gta_head_tools.parallel import run

coordinates = arrays(np.float64, (4, 4), elements=st.floats(-1e4, 1e4))


@given(coordinates)
def test_boxes_survive_the_detour_over_width_and_height(boxes: Array) -> None:
    np.testing.assert_allclose(geometry.from_xywh(geometry.to_xywh(boxes)), boxes, atol=5e-12)


@given(coordinates, coordinates)
def test_overlap_is_a_share_and_symmetric(left: Array, right: Array) -> None:
    left, right = (np.sort(each.reshape(4, 2, 2), axis=1).reshape(4, 4) for each in (left, right))
    shares = geometry.overlap(left, right)
    assert ((shares >= 0) & (shares <= 1 + 1e-12)).all()
    np.testing.assert_array_equal(shares, geometry.overlap(right, left))


def test_overlap_of_known_boxes() -> None:
    boxes = np.array([[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 0.0, 0.0]])
    others = np.array([[1.0, 0.0, 3.0, 2.0], [5.0, 5.0, 6.0, 6.0], [0.0, 0.0, 0.0, 0.0]])
    np.testing.assert_allclose(geometry.overlap(boxes, others), [1 / 3, 0, 0])


def test_sizes_of_unknown_and_turned_boxes_are_nan() -> None:
    found = geometry.sizes(np.array([[0.0, 0.0, 4.0, 9.0], [np.nan] * 4, [4.0, 0.0, 0.0, 9.0]]))
    np.testing.assert_array_equal(found, [6.0, np.nan, np.nan])


def test_the_border_is_inside() -> None:
    points = np.array([[0.0, 0.0], [640.0, 480.0], [640.1, 5.0], [5.0, -0.1]])
    assert geometry.outside(points, (640, 480)).tolist() == [False, False, True, True]


@given(st.floats(0.2, 5), st.floats(-0.8, 0.8), st.floats(-0.8, 0.8))
def test_the_robust_plane_is_exact_without_noise(level: float, bu: float, bv: float) -> None:
    rng = np.random.default_rng(0)
    phi = np.column_stack([np.ones(40), rng.uniform(-0.5, 0.5, (40, 2))])
    truth = level * np.array([1, bu, bv])
    np.testing.assert_allclose(relative_affine(phi, phi @ truth), truth, rtol=1e-9, atol=1e-9)


def test_the_robust_plane_ignores_a_few_gross_errors() -> None:
    rng = np.random.default_rng(1)
    phi = np.column_stack([np.ones(60), rng.uniform(-0.5, 0.5, (60, 2))])
    values = phi @ [20.0, 3.0, 12.0] * (1 + 0.03 * rng.standard_normal(60))
    values[:5] *= 3
    np.testing.assert_allclose(relative_affine(phi, values), [20, 3, 12], atol=1.0)


def test_spacing_is_measured_inside_each_image() -> None:
    grid = np.stack(np.meshgrid(np.arange(0, 600, 50.0), np.arange(0, 400, 50.0)), -1).reshape(-1, 2)
    shifted = grid + 10  # in one image they would be 14 px from the others
    frame = Frame.around(np.vstack([grid, shifted]), (640, 480))
    spacing = measure_spacing([grid, shifted, np.array([[3.0, 3.0]])], frame)
    assert spacing is not None
    assert spacing.level == pytest.approx(50)
    assert measure_spacing([grid[:20]], frame) is None
    assert measure_spacing([np.repeat(grid[:1], 90, axis=0)], frame) is None


def test_spacing_does_not_depend_on_where_the_crowded_images_stand() -> None:
    rng = np.random.default_rng(0)
    crowded, few, none = rng.uniform(0, 400, (3000, 2)), rng.uniform(0, 400, (1, 2)), np.empty((0, 2))
    for images in ([none, crowded], [few, crowded, crowded], [crowded, none]):
        spacing = measure_spacing(images, Frame.around(crowded, (640, 480)))
        assert spacing is not None
        assert spacing.level == pytest.approx(0.5 * 400 / np.sqrt(3000), rel=0.15)


def _double(number: int) -> int:
    if number == 5:
        raise ConfigError("five is refused")
    return 2 * number


def test_workers_keep_the_order_and_bring_errors_back() -> None:
    assert list(run(_double, [1, 2, 3], jobs=2)) == list(run(_double, [1, 2, 3], jobs=1)) == [2, 4, 6]
    for jobs in (1, 2):
        with pytest.raises(ConfigError, match="five is refused"):
            list(run(_double, [4, 5], jobs=jobs))
    with pytest.raises(ConfigError, match="at least 1"):
        list(run(_double, [1], jobs=0))
