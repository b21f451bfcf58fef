"""The compiled passes over pixels against plain forms of the same, and how people stand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from gta_head_tools.errors import ConfigError, UnknownNameError
from gta_head_tools.synthesis.generate import CrowdSettings, draw_scene, is_negative, on_people, render_image
from gta_head_tools.synthesis.painting.draws import packed
from gta_head_tools.synthesis.painting.painter import DRAW, Colours, make_buffers, paint
from gta_head_tools.synthesis.painting.sensor import Sensor, expose, planes
from gta_head_tools.synthesis.painting.shadows import ground_shadows
from gta_head_tools.synthesis.people.crowd import draw_crowd
from gta_head_tools.synthesis.people.spots import settle
from gta_head_tools.synthesis.people.weaves import HEAD_MATERIALS

QUIET = Sensor(grain=0.0, vignette=0.0, blur=0.0, rain=0.0)


def square(side: int, alpha: int, *, place: tuple[int, int], depth: float, person: int) -> NDArray[np.void]:
    """A draw of a square of texels, one a pixel."""
    draw = np.zeros(1, DRAW)
    values = {
        "width": side, "height": side, "left": place[0], "top": place[1], "right": place[0] + side,
        "bottom": place[1] + side, "u": 0.5, "v": 0.5, "u_x": 1, "v_y": 1, "depth": depth, "deepest": depth,
        "darkest": 1, "palette": person, "person": person, "head": True, "offset": 0 if alpha == 255 else 100,
    }  # fmt: skip
    for name, value in values.items():
        draw[name] = value
    return draw


def colours() -> Colours:
    """White stone for person 0, a darker one for person 1, in even light; opaque texels, then half open ones."""
    texels = np.concatenate([np.full(100, 255 << 24 | 255 << 16), np.full(100, 128 << 24 | 255 << 16)])
    palettes = np.stack([np.full((16, 3), 200), np.full((16, 3), 100)]).astype(np.uint8)
    lights = packed(np.full((1, 1024, 3), 256, np.uint16), 10)
    return Colours(texels.astype(np.uint32), lights, packed(palettes, 8), np.zeros(2, np.uint32), HEAD_MATERIALS, 0)


def test_what_is_nearer_hides_what_is_behind() -> None:
    near, far = square(4, 255, place=(2, 2), depth=5, person=0), square(4, 255, place=(4, 3), depth=9, person=1)
    scenery = np.full((10, 12), np.inf, np.float32)
    painting = paint(np.concatenate([near, far]).view(np.recarray), colours(), make_buffers(scenery), 2)
    expected = np.zeros((10, 12), np.uint16)
    expected[3:7, 4:8] = 4
    expected[2:6, 2:6] = 2
    assert np.array_equal(painting.owner, expected)
    assert painting.visible.tolist() == [16, 16 - 6]
    assert painting.total.tolist() == [16, 16]


def test_scenery_in_front_hides_people_and_half_of_two_mixes() -> None:
    draws = np.concatenate([
        square(4, 128, place=(0, 0), depth=5, person=0), square(4, 255, place=(0, 0), depth=9, person=1)
    ]).view(np.recarray)  # fmt: skip
    scenery = np.full((4, 4), np.inf, np.float32)
    scenery[:, 3] = 2.0
    painting = paint(draws, colours(), make_buffers(scenery), 2)
    red = painting.paint & 255
    assert painting.owner[:, 3].max() == 0
    assert (painting.paint[:, 3] >> 24 == 255).all()
    assert red[:, :3] == pytest.approx(150, abs=2)  # half of 200, half of 100


def test_heads_beyond_the_picture_count_as_hidden() -> None:
    draws = square(4, 255, place=(-2, 0), depth=5, person=0).view(np.recarray)
    painting = paint(draws, colours(), make_buffers(np.full((8, 8), np.inf, np.float32)), 1)
    assert (painting.visible[0], painting.total[0]) == (8, 16)


def test_exposure_is_people_over_shadowed_scenery() -> None:
    rng = np.random.default_rng(0)
    scenery = rng.integers(0, 256, (20, 30, 3)).astype(np.uint8)
    dark = rng.integers(0, 256, (10, 15)).astype(np.uint8)
    share = rng.integers(0, 256, (20, 30))
    over = rng.integers(0, 256 - share[..., None], (20, 30, 3))
    packed = (over[..., 0] | over[..., 1] << 8 | over[..., 2] << 16 | share << 24).astype(np.uint32)
    shadow = np.array([0.4, 0.5, 0.6])
    picture = expose(planes(scenery), packed, dark, shadow, sensor=QUIET, rng=rng)
    lit = scenery * (1 - dark.repeat(2, 0).repeat(2, 1)[..., None] / 255 * (1 - shadow))
    assert np.abs(picture - (over + lit * share[..., None] / 255)).max() <= 3


def test_blur_and_rim_are_those_of_a_plain_form() -> None:
    rng = np.random.default_rng(1)
    scenery = rng.integers(0, 256, (21, 32, 3)).astype(np.uint8)[:20]
    empty, none = np.full((20, 32), 255 << 24, np.uint32), np.zeros((10, 16), np.uint8)
    sensor = Sensor(grain=0.0, vignette=0.2, blur=0.1, rain=0.0)
    picture = expose(planes(scenery), empty, none, np.ones(3), sensor=sensor, rng=rng)
    padded = np.pad(scenery.astype(float), ((1, 1), (1, 1), (0, 0)), mode="edge")
    row = 0.8 * padded[:, 1:-1] + 0.1 * (padded[:, :-2] + padded[:, 2:])
    both = 0.8 * row[1:-1] + 0.1 * (row[:-2] + row[2:])
    rim = 0.1 * (np.linspace(-1, 1, 20)[:, None] ** 2 + np.linspace(-1, 1, 32) ** 2)
    assert np.abs(picture - both * (1 - rim[..., None]))[:, 1:-1].max() <= 4


def test_grain_is_as_strong_as_asked() -> None:
    grey = np.zeros((200, 300, 3), np.uint8) + np.uint8(100)
    empty, none = np.full((200, 300), 255 << 24, np.uint32), np.zeros((100, 150), np.uint8)
    sensor = Sensor(grain=3.0, vignette=0.0, blur=0.0, rain=0.0)
    picture = expose(planes(grey), empty, none, np.ones(3), sensor=sensor, rng=np.random.default_rng(0))
    assert picture.std() == pytest.approx(3.0 * (1 - 0.5 * 100 / 255), rel=0.1)
    assert picture.mean() == pytest.approx(100, abs=0.6)


def test_nobody_settles_within_elbow_room_or_in_walls() -> None:
    rng = np.random.default_rng(0)
    spots = np.column_stack([rng.uniform(0, 8, (600, 2)), np.zeros(600)])
    wall = np.array([[3.0, 4.0, 0.0, 8.0, 0.0, 3.0]])
    settled = settle(spots, np.ones(600, np.bool_), wall, wanted=60, room=0.5)
    kept = spots[settled.kept]
    gaps = np.hypot(*(kept[:, None, :2] - kept[None, :, :2]).transpose(2, 0, 1))
    assert settled.counted == len(kept) == 60
    assert gaps[~np.eye(60, dtype=bool)].min() >= 0.5
    assert not ((kept[:, 0] > 2.75) & (kept[:, 0] < 4.25)).any()


def test_the_pixel_of_a_point_is_the_labelers() -> None:
    people = np.zeros((4, 6), np.uint8)
    people[1, 2] = 1
    points = np.array([[3.0, 2.0], [3.4, 1.6], [2.0, 1.0], [0.2, 0.2], [99.0, 2.0], [math.nan, math.nan]])
    assert on_people(points, people).tolist() == [True, True, False, False, False, False]


def test_the_share_of_negatives_is_kept() -> None:
    settings = CrowdSettings(1, 20, negatives=0.25)
    assert sum(is_negative(settings, 3, number) for number in range(20)) == 5


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"people": 5000}, "--people 5000"), ({"scenes": 10**10}, "--scenes 10000000000"),
        ({"size": (1921, 1080)}, "--size 1921x1080"),
        ({"negatives": 2.0}, "--negatives 2.0"), ({"hours": (3, 24)}, "--hours 3-24"), ({"seed": -1}, "--seed -1"),
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused(values: dict[str, float], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        CrowdSettings(**values)  # type: ignore[arg-type]  # each case has the type of its field


def test_unknown_layouts_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="meadow"):
        CrowdSettings(layout="meadow")


def test_few_heads_are_left_where_most_must_show() -> None:
    every = CrowdSettings(1, 1, 150, "street", "clear", (12, 12), 0.0, (480, 270))
    most = CrowdSettings(1, 1, 150, "street", "clear", (12, 12), 0.0, (480, 270), min_visible=0.8)
    all_heads, shown = render_image(draw_scene(every, 0), 0), render_image(draw_scene(most, 0), 0)
    assert np.array_equal(all_heads.picture, shown.picture)
    assert np.array_equal(shown.ids, all_heads.ids[all_heads.visibility >= 0.8])


def test_shadows_lie_on_the_ground_away_from_the_sun() -> None:
    here = draw_scene(CrowdSettings(1, 1, 1, "plane", "extrasunny", (10, 10), 0.0, (480, 270)), 0)
    shared, light = here.shared(), here.lights[0]
    depth, rng = shared.background.depth, np.random.default_rng(0)
    crowd = draw_crowd(here.stage, shared.ground, shared.cast, 1, depth=depth, rain=0.0, rng=rng).select(np.array([0]))
    depth = depth[::2, ::2].copy()
    lit = np.full(depth.shape, 255, np.uint8)
    mask = ground_shadows(here.stage, crowd, light, sunlit=lit, depth=depth)
    away = -light.sun[:2] / np.hypot(*light.sun[:2])
    ahead, behind = (crowd.spots + np.array([*(side * 0.8 * away), 0.0]) for side in (1, -1))
    (x0, y0), (x1, y1) = (here.stage.see(spot)[0][0].astype(int) // 2 for spot in (ahead, behind))
    assert mask[y0, x0] > 200
    assert mask[y1, x1] == 0
    assert not ground_shadows(here.stage, crowd, light, sunlit=lit, depth=np.full_like(depth, 0.5)).any()
