"""Truth of rendered pictures: boxes, points, visibility and masks against what is really painted."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from gta_head_tools.synthesis import generate
from gta_head_tools.synthesis.generate import (
    LAYOUTS,
    CrowdSettings,
    SceneStage,
    draw_scene,
    render_image,
    wanted_people,
)
from gta_head_tools.synthesis.painting.atlas import Atlas
from gta_head_tools.synthesis.painting.draws import Sprites, colours, light_rows, people_lots, place, see
from gta_head_tools.synthesis.painting.painter import Painting, make_buffers, paint
from gta_head_tools.synthesis.people.crowd import Crowd, draw_crowd
from gta_head_tools.synthesis.people.spots import shown

SIZE = (480, 270)
ATLAS = Atlas()


@cache
def scene(layout: str, seed: int = 0, people: int = 60, weather: str = "any") -> SceneStage:
    settings = CrowdSettings(1, 4, people, layout, weather, (0, 23), 0.0, SIZE, seed)
    return draw_scene(settings, 0)


@cache
def painted(layout: str, seed: int) -> tuple[SceneStage, Crowd, Sprites, Painting]:
    here = scene(layout, seed)
    shared, rng = here.shared(), np.random.default_rng(seed)
    crowd = draw_crowd(here.stage, shared.ground, shared.cast, 60, depth=shared.background.depth, rain=0.5, rng=rng)
    seen = see(here.stage, crowd.spots, crowd.middles)
    sprites = place(ATLAS, people_lots(crowd, seen), seen)
    looks = colours(ATLAS, light_rows(here.lights[0]), crowd.palettes, seen, here.lights[0])
    return here, crowd, sprites, paint(sprites.draws, looks, make_buffers(shared.background.depth), len(crowd.spots))


def extents(owner: NDArray[np.uint16], person: int) -> NDArray[np.float64]:
    rows, columns = np.nonzero(owner == 2 * person + 2)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], dtype=np.float64)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("seed", range(3))
def test_boxes_are_the_extent_of_painted_heads(layout: str, seed: int) -> None:
    _, _, sprites, painting = painted(layout, seed)
    whole = np.flatnonzero((painting.visible == painting.total) & (painting.total > 0))
    assert len(whole) > 5
    off = [np.abs(extents(painting.owner, person) - sprites.boxes[person]).max() for person in whole.tolist()]
    assert max(off) <= 1.0


@pytest.mark.parametrize("layout", LAYOUTS)
def test_points_are_joints_below_the_middle_of_the_head(layout: str) -> None:
    here, crowd, sprites, _ = painted(layout, 0)
    points, depth = here.stage.camera.project(here.stage.world(crowd.joints), SIZE)
    below = crowd.middles[:, 2] - crowd.joints[:, 2]
    assert below == pytest.approx(0.15 * 0.1175 * crowd.head_sizes)
    image = render_image(here, 0)
    assert len(points) == len(sprites.boxes)
    assert (image.people[tuple(np.rint(image.points).astype(int).T[::-1] - 1)] == 1).all()
    assert (depth > 0).all()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_visibility_counts_pixels(layout: str) -> None:
    _, crowd, _, painting = painted(layout, 1)
    shown = np.bincount(painting.owner.ravel(), minlength=2 * len(crowd.spots) + 2)[2::2][: len(crowd.spots)]
    assert painting.visible.tolist() == shown.tolist()
    assert (painting.visible <= painting.total).all()


def test_images_do_not_depend_on_each_other() -> None:
    def twice(order: tuple[int, ...]) -> generate.RenderedImage:
        here = draw_scene(CrowdSettings(1, 4, 40, "plane", "rain", size=SIZE, seed=5), 0)
        return [render_image(here, number) for number in order][-1]

    first, second = twice((0, 3, 1)), twice((1,))
    assert np.array_equal(first.picture, second.picture)
    assert np.array_equal(first.boxes, second.boxes)


@pytest.mark.parametrize("people", [0, 1, 100])
def test_as_many_heads_show_as_asked(people: int) -> None:
    here = scene("plane", 3, people)
    shared, rng = here.shared(), np.random.default_rng(people)
    crowd = draw_crowd(here.stage, shared.ground, shared.cast, people, depth=shared.background.depth, rain=0.5, rng=rng)
    pixels, depth = here.stage.see(crowd.joints)
    assert shown(pixels, depth, shared.background.depth).sum() == pytest.approx(people, abs=0.05 * people)


def test_negatives_have_no_people() -> None:
    settings = CrowdSettings(1, 3, 50, "plane", negatives=1.0, size=SIZE)
    image = render_image(draw_scene(settings, 0), 1)
    assert not image.people.any()
    assert image.boxes.shape == (0, 4)


def test_numbers_of_people_differ_as_asked() -> None:
    settings = CrowdSettings(30, 6, (10, 300), "plane", size=SIZE)
    wanted = np.array([[wanted_people(settings, scene, image) for image in range(6)] for scene in range(30)])
    assert wanted.min() >= 10
    assert wanted.max() <= 300
    assert 40 < np.median(wanted.max(axis=1)) < 160  # of the scenes' largest; 55 is the middle of 10 and 300 by ratio
    assert (wanted.max(axis=1) <= 4 * wanted.min(axis=1) + 4).all()
    assert len(render_image(draw_scene(settings, 3), 2).points) == pytest.approx(wanted[3, 2], abs=8)
