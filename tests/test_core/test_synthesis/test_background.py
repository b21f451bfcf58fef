"""Rendered scenery against analytic planes, an independent ray test, and bounds of brightness."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gta_head_tools.camera import Camera
from gta_head_tools.synthesis.painting.background import build_background, light_background
from gta_head_tools.synthesis.painting.light import WEATHERS, draw_light, lamp_table, light_table
from gta_head_tools.synthesis.places import materials as m
from gta_head_tools.synthesis.places.layouts import LAYOUTS, draw_stage
from gta_head_tools.synthesis.places.scenery import box, slab
from gta_head_tools.synthesis.places.stage import Floor, Stage, blocked_by, lamps_on

SMALL = (384, 216)


def stage_of(layout: str, seed: int = 1) -> Stage:
    return draw_stage(layout, np.random.default_rng(seed), SMALL, 300)


def courtyard() -> Stage:
    """Level ground with one box of 2 x 2 x 3 m on it."""
    ground = Floor(-100, 100, -50, 200)
    solids = (
        slab(ground, m.PAVING, (150, 150, 150), (120, 120, 120), detail=(1, 0, 0, 0)),
        box((-1, 14, 0), (1, 16, 3), (90, 90, 90)),
    )
    camera = Camera((50.0, -20.0, 16.0), (-28.0, 0.0, 0.0), 50.0)
    floors = (Floor(-10, 10, 5, 30),)
    return Stage(
        "plane", camera, 10.0, SMALL, floors, blocked_by(solids), np.zeros((0, 4)), solids, np.zeros((0, 2)), False, 1
    )


def pixel_middles() -> NDArray[np.float64]:
    x, y = np.meshgrid(np.arange(SMALL[0]) + 0.5, np.arange(SMALL[1]) + 0.5)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def test_depth_of_the_ground_is_that_of_the_plane() -> None:
    stage = courtyard()
    background = build_background(stage)
    plane = stage.camera.depth_on_plane(pixel_middles(), SMALL, stage.ground).reshape(SMALL[::-1])
    nearer = background.depth < plane - 1e-3
    assert 200 < nearer.sum() < 4000
    ground = (background.normal[..., 2] == 127) & ~nearer & (plane < 90)
    assert ground.mean() > 0.5
    assert np.allclose(background.depth[ground], plane[ground], rtol=1e-5)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_spots_on_floors_lie_at_their_depth(layout: str) -> None:
    stage = stage_of(layout)
    depth = build_background(stage).depth
    agree, seen = 0, 0
    for floor in stage.floors:
        spots = np.random.default_rng(2).uniform([floor.x0, floor.y0], [floor.x1, floor.y1], (400, 2))
        if floor.row:
            spots[:, 1] = floor.y0 + (np.floor((spots[:, 1] - floor.y0) / floor.row) + 0.5) * floor.row
        local = np.column_stack([spots, floor.heights(spots)])
        pixels, away = stage.see(local)
        inside = (away > 0) & (pixels > 0).all(axis=1) & (pixels < SMALL).all(axis=1) & stage.free(local)
        column, row = pixels[inside].astype(int).T
        shown = depth[row, column]
        assert (shown < away[inside] * 1.05 + 0.3).all()  # nothing behind the floor shines through it
        agree, seen = agree + int((np.abs(shown / away[inside] - 1) < 0.05).sum()), seen + len(shown)
    assert agree > (0.35 if layout in {"stand", "mall"} else 0.6) * seen


def test_a_box_keeps_the_sun_off_what_is_behind_it() -> None:
    stage = courtyard()
    background = build_background(stage)
    light = draw_light("EXTRASUNNY", 10, 0, stage, np.random.default_rng(3))
    sunlit = light_background(background, stage, light).sunlit
    rng = np.random.default_rng(4)
    spots = np.column_stack([rng.uniform([-6, 9], [6, 21], (3000, 2)), np.zeros(3000)])
    steps = np.linspace(0.02, 8, 400)[:, None]
    rays = spots[:, None] + steps * light.sun
    inside = ((rays > [-1, 14, 0]) & (rays < [1, 16, 3])).all(axis=2).sum(axis=1) > 0
    pixels, away = stage.see(spots)
    column, row = pixels.astype(int).T
    shown = np.abs(background.depth[row, column] - away) < 0.05
    assert (inside & shown).sum() > 30
    assert (sunlit[row, column][inside & shown] < 128).mean() > 0.93
    assert (sunlit[row, column][~inside & shown] > 128).mean() > 0.98


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pictures_can_be_read_in_every_light(layout: str) -> None:
    stage = stage_of(layout)
    background = build_background(stage)
    for number, weather in enumerate(WEATHERS):
        for hour in (number % 5, 6 + number, 13, 18, 22):
            light = draw_light(weather, hour, 30, stage, np.random.default_rng(number))
            middle = float(np.median(light_background(background, stage, light).picture.max(axis=2)))
            night = not stage.indoor and (hour < 5 or hour > 20)
            assert (36 if night else 48) < middle < (115 if night else 225), (weather, hour)


def test_the_same_stage_gives_the_same_bytes() -> None:
    pictures = []
    for _ in range(2):
        stage = stage_of("mall", 3)
        light = draw_light("RAIN", 21, 0, stage, np.random.default_rng(0))
        pictures.append(light_background(build_background(stage), stage, light).picture.tobytes())
    assert pictures[0] == pictures[1]


def test_what_faces_the_sun_is_brighter() -> None:
    stage = stage_of("plane")
    right = stage.axes()[0]
    for hour in (8, 11):
        light = draw_light("EXTRASUNNY", hour, 0, stage, np.random.default_rng(0))
        table = light_table(light, 20.0).astype(int)
        left_code, right_code = 16 * 32 + 3, 16 * 32 + 28
        assert np.sign(table[0, right_code] - table[0, left_code])[0] == np.sign(light.sun @ right)
        assert (table[0] >= table[1]).all()
    assert lamp_table(20.0)[31 * 32 + 16] > lamp_table(20.0)[16]


@pytest.mark.parametrize("hour", range(24))
def test_the_sun_runs_from_east_over_south_to_west(hour: int) -> None:
    stage = courtyard()  # looks north: across is east
    light = draw_light("EXTRASUNNY", hour, 0, stage, np.random.default_rng(hour))
    assert np.isclose(np.linalg.norm(light.sun), 1)
    assert light.sun[2] > 0
    if 6 <= hour <= 20:
        assert (light.sun[0] > 0) == (hour < 13)
    assert (light.lamps > 0.3) == (hour < 6 or hour > 19)
    assert ((light.shadow > 0) & (light.shadow <= 1)).all()


def test_lamps_are_brightest_right_under_them() -> None:
    stage = stage_of("street")
    lamp = stage.lamps[0]
    spots = np.array([[lamp[0], lamp[1], 0.0], [lamp[0] + 3, lamp[1], 0.0], [lamp[0], lamp[1], lamp[2] + 1]])
    under, beside, above = lamps_on(stage.lamps, spots)
    assert under > beside > above


def test_an_unknown_weather_is_refused() -> None:
    with pytest.raises(ValueError, match="SLEET"):
        draw_light("SLEET", 12, 0, courtyard(), np.random.default_rng(0))
