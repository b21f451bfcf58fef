from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.camera import Camera
from gta_head_tools.pictures import Picture
from gta_head_tools.synthesis.plain_crowd import HEAD, JOINT, draw_crowd, head_boxes
from gta_head_tools.synthesis.plain_painter import LIGHTS, paint
from gta_head_tools.synthesis.plain_stage import SIZE, STEP, Stage, draw_stage


def stage(seed: int, *, stand: bool) -> Stage:
    return draw_stage(np.random.default_rng(seed), stand=stand)


@given(st.floats(-40, 5), st.floats(-180, 180), st.floats(25, 60), st.floats(-8, 8), st.floats(6, 60))
def test_boxes_are_the_extent_of_the_ellipsoid(
    pitch: float, yaw: float, fov: float, across: float, along: float
) -> None:
    here = Stage(Camera((10.0, -20.0, 8.0), (pitch, 0.0, yaw), fov), 0.0, np.inf, 0.4, 60.0)
    centre = here.world(np.array([[across, along]]), 1.6)
    box = head_boxes(here, centre, np.array([[0.08, 0.12]]))[0]
    turn, tilt = np.meshgrid(np.linspace(0, 2 * np.pi, 181), np.linspace(-np.pi / 2, np.pi / 2, 91))
    ball = np.stack([np.cos(tilt) * np.cos(turn), np.cos(tilt) * np.sin(turn), np.sin(tilt)], axis=-1).reshape(-1, 3)
    pixels, depth = here.camera.project(centre + ball * [0.08, 0.08, 0.12], SIZE)
    if depth.min() <= 0:
        return
    size = np.ptp(pixels, axis=0).max()
    assert np.abs(np.concatenate([pixels.min(axis=0), pixels.max(axis=0)]) - box).max() < 1e-3 * size


@pytest.mark.parametrize("stand", [False, True])
def test_a_crowd_keeps_its_distance_and_lies_in_the_picture(stand: bool) -> None:
    here = stage(3, stand=stand)
    crowd = draw_crowd(here, 150, np.random.default_rng(0))
    gaps = np.hypot(*(crowd.spots[:, None] - crowd.spots[None]).transpose(2, 0, 1))
    assert len(crowd.spots) > 120
    assert gaps[~np.eye(len(gaps), dtype=bool)].min() >= 0.55
    assert (np.diff(crowd.spots[:, 1]) <= 0).all()
    assert (np.rint(crowd.points) >= 1).all()
    assert (crowd.points <= SIZE).all()


def test_the_joint_lies_below_the_middle_of_the_head() -> None:
    crowd = draw_crowd(stage(1, stand=False), 150, np.random.default_rng(0))
    boxes = crowd.boxes
    below = (crowd.points[:, 1] - (boxes[:, 1] + boxes[:, 3]) / 2) / (boxes[:, 3] - boxes[:, 1])
    assert np.median(below) == pytest.approx(JOINT / 2, rel=0.15)


def test_a_stand_rises_in_steps_and_a_square_does_not() -> None:
    high, flat = stage(1, stand=True), stage(1, stand=False)
    along = high.edge + np.array([-1.0, 0.1, STEP + 0.1])
    assert high.rise(along).tolist() == pytest.approx([0, STEP * high.slope, 2 * STEP * high.slope])
    assert not flat.rise(along).any()


@pytest.mark.parametrize("seed", range(3))
def test_heads_fill_their_boxes_in_the_picture(seed: int) -> None:
    here = stage(seed, stand=False)
    crowd = draw_crowd(here, 40, np.random.default_rng(seed))
    inside = np.all((crowd.boxes >= 2) & (crowd.boxes <= [*SIZE, *SIZE] - np.array(2)), axis=1)
    one = crowd.select(np.flatnonzero(inside)[-1:])
    middle = (one.boxes[:, :2] + one.boxes[:, 2:]) / 2
    headless = dataclasses.replace(one, boxes=np.hstack([middle, middle]))
    change = np.abs(paint(here, one, "CLEAR").astype(int) - paint(here, headless, "CLEAR")).max(axis=2)
    rows, columns = np.nonzero(change > 20)  # more than the faintest smoothing of the rim
    seen = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert np.abs(seen - one.boxes[0]).max() <= 1.0


def test_the_same_seed_paints_the_same_picture() -> None:
    def picture() -> Picture:
        here = stage(4, stand=True)
        return paint(here, draw_crowd(here, 30, np.random.default_rng(1)), "CLOUDS")

    assert picture().shape == (SIZE[1], SIZE[0], 3)
    assert np.array_equal(picture(), picture())


def test_the_square_fills_the_picture_below_the_houses() -> None:
    for seed in range(6):
        here = stage(seed, stand=bool(seed % 2))
        empty = draw_crowd(here, 1, np.random.default_rng(0)).select(np.empty(0, dtype=np.intp))
        bottom = paint(here, empty, "OVERCAST")[-1].astype(int)
        sky = np.array(LIGHTS["OVERCAST"][1])
        assert (np.abs(bottom - sky).max(axis=1) > 10).all()


def test_heads_are_as_large_as_people_have_them() -> None:
    crowd = draw_crowd(stage(2, stand=False), 150, np.random.default_rng(0))
    assert np.median(crowd.heads, axis=0) == pytest.approx(HEAD, rel=0.03)
    assert 1.6 < np.median(crowd.heights) < 1.8
