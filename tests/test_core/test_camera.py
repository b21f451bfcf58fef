"""The camera in the game's conventions, against numbers computed apart from it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.camera import Camera

SIZE = (1920, 1080)
CAMERA = Camera((-1250, -850, 35), (-18.5, 0, 123.25), 40)
WORLD = np.array(
    [
        [-1266.72572312, -860.96586459, 22.3],
        [-1282.55977483, -864.17254610, 22.3],
        [-1291.95277091, -895.44188611, 22.3],
    ]
)
"""Published test vector: a camera, points on the plane z = 22.3, and where the game draws them."""


def test_projection_gives_the_published_vector() -> None:
    pixels, depth = CAMERA.project(WORLD, SIZE)
    shares = [[0.500000, 0.840362], [0.624563, 0.534621], [0.309764, 0.342297]]
    np.testing.assert_allclose(pixels / SIZE, shares, atol=5e-7)
    np.testing.assert_allclose(depth, [22.996242, 37.221097, 60.929188], atol=5e-7)
    stored = np.round(pixels[:, ::-1]).astype(int) - 1
    assert stored.tolist() == [[907, 959], [576, 1198], [369, 594]]


def test_the_focal_length_comes_from_the_vertical_field_of_view() -> None:
    assert CAMERA.focal_length(1080) == pytest.approx(1483.6378065)


def test_depth_on_a_plane_is_the_depth_of_the_point() -> None:
    pixels, depth = CAMERA.project(WORLD, SIZE)
    np.testing.assert_allclose(CAMERA.depth_on_plane(pixels, SIZE, 22.3), depth, rtol=1e-12)
    above_the_horizon = np.array([[960.0, 0.0]])
    assert np.isnan(CAMERA.depth_on_plane(above_the_horizon, SIZE, 22.3)).all()


angles = st.floats(-80, 80)


@given(st.tuples(angles, angles, st.floats(-180, 180)))
def test_axes_are_a_right_handed_frame(rotation: tuple[float, float, float]) -> None:
    axes = np.stack(Camera((0, 0, 0), rotation, 50).axes())
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.cross(axes[0], axes[2]), axes[1], atol=1e-12)


@given(st.tuples(angles, st.floats(-180, 180)))
def test_the_axes_do_not_jump_at_zero_roll(rotation: tuple[float, float]) -> None:
    level, nearly = (Camera((0, 0, 0), (rotation[0], roll, rotation[1]), 50).axes() for roll in (0.0, 1e-9))
    np.testing.assert_allclose(level, nearly, atol=1e-8)


@given(st.tuples(st.floats(-60, -5), st.floats(-5, 5), st.floats(-180, 180)))
def test_inverse_depth_follows_the_down_vector(rotation: tuple[float, float, float]) -> None:
    camera = Camera((3, 4, 12), rotation, 60)
    points = np.array([[960.0, 1000.0], [300.0, 900.0], [1700.0, 1040.0]])
    focal = camera.focal_length(1080)
    rays = np.column_stack([(points - [960, 540]) / focal, np.ones(3)])
    depth = camera.depth_on_plane(points, SIZE, 0.0)
    seen = np.isfinite(depth)
    np.testing.assert_allclose((rays @ camera.down())[seen] * depth[seen], 12.0, rtol=1e-9)


@pytest.mark.parametrize(
    "values", [((0, 0, np.nan), (0, 0, 0), 40), ((0, 0, 0), (0, 0, 0), 0), ((0, 0, 0), (0, 0, 0), 180)]
)
def test_impossible_cameras_are_refused(
    values: tuple[tuple[float, float, float], tuple[float, float, float], float],
) -> None:
    with pytest.raises(ValueError, match="camera"):
        Camera(*values)
