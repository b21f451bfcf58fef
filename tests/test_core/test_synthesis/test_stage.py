"""Stages: cameras, floors, room for people, and what stands in the way."""

from __future__ import annotations

import numpy as np
import pytest

from gta_head_tools.errors import UnknownNameError
from gta_head_tools.synthesis.places.layouts import LAYOUTS, draw_stage, room_in_view
from gta_head_tools.synthesis.places.stage import Floor, Stage

SMALL = (480, 270)


def stage_of(layout: str, people: int = 300, seed: int = 1) -> Stage:
    return draw_stage(layout, np.random.default_rng(seed), SMALL, people)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cameras_keep_their_ranges(layout: str) -> None:
    for seed in range(12):
        stage = stage_of(layout, (20, 300, 1000, 4000)[seed % 4], seed)
        pitch, roll, _ = stage.camera.rotation
        assert 3 <= stage.height <= 25
        assert -60 <= pitch <= -5
        assert roll == 0
        assert 30 <= stage.camera.fov <= 75


@pytest.mark.parametrize("people", [20, 300, 1000, 4000])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_there_is_room_in_view(layout: str, people: int) -> None:
    # A stand's seats are closer, and a stand of 4,000 in view with heads of 6 pixels does not exist.
    each = min(0.4 * people, 500.0) if layout == "stand" else 0.4 * people
    rooms = [room_in_view(stage_of(layout, people, seed)) for seed in range(4)]
    assert np.median(rooms) >= each
    assert min(rooms) >= 0.6 * each


@pytest.mark.parametrize("layout", LAYOUTS)
def test_heads_in_view_have_sizes_to_be_learnt(layout: str) -> None:
    stage = draw_stage(layout, np.random.default_rng(4), (1920, 1080), 300)
    for floor in stage.floors:
        spots = np.random.default_rng(5).uniform([floor.x0, floor.y0], [floor.x1, floor.y1], (300, 2))
        pixels, depth = stage.see(np.column_stack([spots, floor.heights(spots) + 1.6]))
        seen = (depth > 0) & (pixels > 0).all(axis=1) & (pixels < stage.size).all(axis=1)
        heads = 0.235 * stage.focal / depth[seen]
        assert (heads > 4).all()
        assert (heads < 160).all()


def test_the_same_seed_gives_the_same_stage() -> None:
    first, second = (stage_of("street", seed=7) for _ in range(2))
    assert first.solids == second.solids
    assert first.camera == second.camera
    assert np.array_equal(first.roi, second.roi)


def test_local_points_turn_with_the_camera() -> None:
    stage = stage_of("plane")
    right, _, forward = stage.camera.axes()
    ahead = stage.world(np.array([[3.0, 20.0, 1.0]]))[0] - stage.camera.location
    local = np.array([3.0, 20.0, 1.0 - stage.height])
    assert np.allclose([ahead @ right, ahead @ forward], [stage.axes()[0] @ local, stage.axes()[2] @ local])


def test_rows_of_a_stand_are_steps() -> None:
    floor = Floor(0, 10, 4, 8, (1.0, 0.0, 0.5, 0.0, 0.0, 0.0), use="seats", facing=0.0, row=1.0)
    heights = floor.heights(np.array([[1.0, 4.1], [1.0, 4.9], [1.0, 5.1]]))
    assert np.allclose(heights, [3.25, 3.25, 3.75])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_blocked_are_the_footprints_of_firm_solids(layout: str) -> None:
    stage = stage_of(layout)
    firm = [solid for solid in stage.solids if solid.firm and solid.kind != 3]
    assert len(firm) == len(stage.blocked)
    middles = np.array([solid.centre for solid in firm]) - [0, 0, 0.1]
    tall = np.array([solid.half[2] > 0.2 for solid in firm])
    assert not stage.free(middles)[tall].any()


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="known: plane"):
        draw_stage("moon", np.random.default_rng(0), SMALL, 10)
