"""Stages and their backdrops."""

from __future__ import annotations

import numpy as np
import pytest

from gta_head_tools.errors import UnknownNameError
from gta_head_tools.synthesis.backdrop import build_backdrop
from gta_head_tools.synthesis.light import draw_light, lamp_table, light_table
from gta_head_tools.synthesis.places import LAYOUTS, draw_stage, room_in_view

SMALL = (480, 270)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("people", [20, 300, 1000, 4000])
def test_cameras_keep_their_ranges_and_see_room_enough(layout: str, people: int) -> None:
    stages = [draw_stage(layout, np.random.default_rng(seed), SMALL, people) for seed in range(4)]
    for stage in stages:
        assert 3 <= stage.height <= 25
        assert -60 <= stage.camera.rotation[0] <= -5
        assert 30 <= stage.camera.fov <= 75
    assert np.mean([room_in_view(stage) >= 0.4 * people for stage in stages]) >= 0.75


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="known: plane"):
        draw_stage("moon", np.random.default_rng(0), SMALL, 10)


def test_depth_is_that_of_the_ground() -> None:
    stage = draw_stage("plane", np.random.default_rng(1), SMALL, 300)
    depth = build_backdrop(stage).depth
    spots = np.random.default_rng(2).uniform([-5, 10, 0], [5, 40, 0], (50, 3))
    pixels, away = stage.see(spots)
    seen = (pixels > 0).all(axis=1) & (pixels < SMALL).all(axis=1)
    column, row = pixels[seen].astype(int).T
    assert np.allclose(depth[row, column], away[seen], rtol=0.02)


def test_what_faces_the_sun_is_brighter() -> None:
    stage = draw_stage("plane", np.random.default_rng(1), SMALL, 300)
    light = draw_light("EXTRASUNNY", 9, 0, stage, np.random.default_rng(0))
    right = light.sun @ stage.axes()[0]
    table = light_table(light, 20.0)
    left_code, right_code = 16 * 32 + 3, 16 * 32 + 28
    assert (table[0, right_code] > table[0, left_code]).all() == (right > 0)
    assert (table[0] >= table[1]).all()
    assert lamp_table(20.0)[31 * 32 + 16] > lamp_table(20.0)[16]
