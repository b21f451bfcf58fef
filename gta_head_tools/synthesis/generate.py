"""Rendered scenes: pictures of crowds with exact head points, boxes, visibility and ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import Boxes, Ids, Points
from gta_head_tools.errors import ConfigError, UnknownNameError
from gta_head_tools.pictures import Picture
from gta_head_tools.synthesis.painting import draws
from gta_head_tools.synthesis.painting.atlas import Atlas
from gta_head_tools.synthesis.painting.background import Background, build_background, light_background
from gta_head_tools.synthesis.painting.light import WEATHERS as GAME_WEATHERS
from gta_head_tools.synthesis.painting.light import Light, draw_light
from gta_head_tools.synthesis.painting.painter import THING, Buffers, Owner, Painting, make_buffers, paint
from gta_head_tools.synthesis.painting.sensor import Bytes, Sensor, expose, planes
from gta_head_tools.synthesis.painting.shadows import dimmed, ground_shadows
from gta_head_tools.synthesis.people.clothes import Palettes, thing_palettes
from gta_head_tools.synthesis.people.crowd import Cast, Crowd, draw_cast, draw_crowd
from gta_head_tools.synthesis.people.shape_index import THINGS
from gta_head_tools.synthesis.people.spots import Ground, find_ground
from gta_head_tools.synthesis.places import layouts
from gta_head_tools.synthesis.places.stage import Stage

LAYOUTS = tuple(layouts.LAYOUTS)
WEATHERS = tuple(name.lower() for name in GAME_WEATHERS)
MIXED, ANY = "mixed", "any"
LIGHTS = 3
"""Number of lights (weather and hour) of a scene; its images are divided among them."""


@dataclass(frozen=True, slots=True)
class CrowdSettings:
    """What to render.

    Attributes:
        scenes: number of scenes.
        images: number of images in each scene.
        people: number of heads that are visible in each image; or the fewest and the most, see `wanted_people`.
        layout: one of `LAYOUTS`, or "mixed": all of them by turns.
        weather: one of `WEATHERS`, or "any".
        hours: first and last hour of day; (20, 4) runs over midnight.
        negatives: share of images without people.
        size: width and height in pixels.
        seed: of every random draw.
        min_visible: smallest visible share of a head; heads with less are left out.

    Raises:
        ConfigError: a value is out of range; the message names the option.
        UnknownNameError: no such layout or weather.
    """

    scenes: int = 2
    images: int = 10
    people: int | tuple[int, int] = 300
    layout: str = MIXED
    weather: str = ANY
    hours: tuple[int, int] = (0, 23)
    negatives: float = 0.0
    size: tuple[int, int] = (1920, 1080)
    seed: int = 0
    min_visible: float = 0.0

    def __post_init__(self) -> None:
        for kind, name, known in (
            ("layout", self.layout, (*LAYOUTS, MIXED)), ("weather", self.weather, (*WEATHERS, ANY)),
        ):  # fmt: skip
            if name not in known:
                raise UnknownNameError(kind, name, known)
        size, hours = "x".join(map(str, self.size)), "-".join(map(str, self.hours))
        fewest, most = _span(self.people)
        people = f"{fewest}-{most}" if isinstance(self.people, tuple) else str(most)
        for good, option, value, wanted in (
            (1 <= self.scenes <= 100_000, "scenes", self.scenes, "1 to 100,000"),
            (1 <= self.images <= 100_000, "images", self.images, "1 to 100,000"),
            (0 <= fewest <= most <= 4000, "people", people, "0 to 4000, or two of these, as 20-400"),
            (all(0 <= hour <= 23 for hour in self.hours), "hours", hours, "hours from 0 to 23, as 8-18"),
            (0 <= self.negatives <= 1, "negatives", self.negatives, "a share from 0 to 1"),
            (all(64 <= side <= 8192 and side % 2 == 0 for side in self.size), "size", size,
             "even sides from 64 to 8192 pixels, as 1920x1080"),
            (self.seed >= 0, "seed", self.seed, "0 or more"),
            (0 <= self.min_visible <= 1, "min-visible", self.min_visible, "a share from 0 to 1"),
        ):  # fmt: skip
            if not good:
                raise ConfigError(f"--{option} {value}: give {wanted}")


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the images of a scene share; `buffers` hold the image that was painted last."""

    background: Background
    ground: Ground
    cast: Cast
    buffers: Buffers


@dataclass(frozen=True, slots=True)
class _LitScene:
    """A scene's background in one light.

    Attributes:
        light: of the scene.
        planes: (H, 3, W) the lit picture, see `sensor.planes`.
        sunlit: (H, W) see `background.Lit`.
        depth: (H, W) see `background.Lit`.
        half: `sunlit` and `depth` of every second row and column.
        rows: see `draws.light_rows`.
    """

    light: Light
    planes: Bytes
    sunlit: NDArray[np.uint8]
    depth: NDArray[np.float32]
    half: tuple[NDArray[np.uint8], NDArray[np.float32]]
    rows: NDArray[np.uint32]


@dataclass(slots=True)
class SceneStage:
    """One scene: a place and what its images share, which is built on first use.

    Attributes:
        settings: what to render.
        number: of the scene, from 0.
        stage: the place.
        lights: the lights of its images.
    """

    settings: CrowdSettings
    number: int
    stage: Stage
    lights: tuple[Light, ...]
    _shared: _Shared | None = None
    _lit: dict[int, _LitScene] = field(default_factory=dict)

    def shared(self) -> _Shared:
        """Background, ground, cast and buffers of the scene."""
        if self._shared is None:
            background = build_background(self.stage)
            rng = _chance(self.settings, self.number, _CAST)
            cast = draw_cast(rng, max(light.rain for light in self.lights))
            ground = find_ground(self.stage, background.depth)
            self._shared = _Shared(background, ground, cast, make_buffers(background.depth))
        return self._shared

    def lit(self, number: int) -> _LitScene:
        """The scene in one of its lights; only the last one asked for is kept in memory."""
        if number not in self._lit:
            self._lit.clear()
            light = self.lights[number]
            shown = light_background(self.shared().background, self.stage, light)
            half = np.ascontiguousarray(shown.sunlit[::2, ::2]), np.ascontiguousarray(shown.depth[::2, ::2])
            self._lit[number] = _LitScene(
                light, planes(shown.picture), shown.sunlit, shown.depth, half, draws.light_rows(light)
            )
        return self._lit[number]


@dataclass(frozen=True, slots=True)
class RenderedImage:
    """A picture of N heads with its exact labels.

    Attributes:
        picture: (H, W, 3) RGB.
        people: (H, W) 1 where people are, 0 elsewhere.
        points: (N, 2) head joints.
        boxes: (N, 4) outlines of the whole heads as drawn, hidden parts and parts beyond the picture included.
        visibility: (N,) share of the pixels of a head that are visible.
        ids: (N,) from 0.
        weather: a key of `light.WEATHERS`.
        hour, minute: of day.
    """

    picture: Picture
    people: NDArray[np.uint8]
    points: Points
    boxes: Boxes
    visibility: NDArray[np.float64]
    ids: Ids
    weather: str
    hour: int
    minute: int


_STAGE, _CAST, _IMAGE, _ORDER, _PEOPLE = range(5)


def _chance(settings: CrowdSettings, *place: int) -> np.random.Generator:
    """A generator for one purpose, scene and image, so that each image can be rendered without the others."""
    return np.random.default_rng([settings.seed, *place])


def draw_scene(settings: CrowdSettings, number: int) -> SceneStage:
    """Scene `number` of the settings, from 0. This is quick: the background is built for the first image."""
    rng = _chance(settings, number, _STAGE)
    layout = LAYOUTS[number % len(LAYOUTS)] if settings.layout == MIXED else settings.layout
    stage = layouts.draw_stage(layout, rng, settings.size, _most_people(settings, number))
    weathers = [name.upper() for name in (WEATHERS if settings.weather == ANY else [settings.weather])]
    first, last = settings.hours
    hours = [hour % 24 for hour in range(first, last + 1 if last >= first else last + 25)]
    lights = []
    for _ in range(min(LIGHTS, settings.images)):
        weather, hour, minute = str(rng.choice(weathers)), int(rng.choice(hours)), int(rng.integers(60))
        lights.append(draw_light(weather, hour, minute, stage, rng))
    return SceneStage(settings, number, stage, tuple(lights))


def is_negative(settings: CrowdSettings, scene: int, number: int) -> bool:
    """Whether an image has no people: exactly `negatives` of a scene's images, rounded at random, in random order."""
    order = _chance(settings, scene, _ORDER).permutation(settings.images)
    wanted = settings.negatives * settings.images
    return bool(order[number] < int(wanted + _chance(settings, scene, _ORDER, 1).random()))


def wanted_people(settings: CrowdSettings, scene: int, number: int) -> int:
    """Number of heads that are to be visible in an image: as asked, or random between the fewest and the most.

    Random numbers are uniform in their logarithm. The images of one scene differ by a factor of four at most, so that a
    crowded place never has an empty image.
    """
    fewest, most = _span(settings.people)[0], _most_people(settings, scene)
    return _between(max(fewest, most // 4), most, _chance(settings, scene, _PEOPLE, 1 + number))


def _most_people(settings: CrowdSettings, scene: int) -> int:
    return _between(*_span(settings.people), _chance(settings, scene, _PEOPLE, 0))


def _span(people: int | tuple[int, int]) -> tuple[int, int]:
    return people if isinstance(people, tuple) else (people, people)


def _between(low: int, high: int, rng: np.random.Generator) -> int:
    return round(np.exp(rng.uniform(np.log(low + 1), np.log(high + 1)))) - 1 if low < high else high


def render_image(scene: SceneStage, number: int) -> RenderedImage:
    """Image `number` of a scene, from 0; its bytes do not depend on what else was rendered before."""
    settings, stage = scene.settings, scene.stage
    rng = _chance(settings, scene.number, _IMAGE, number)
    lit = scene.lit(number * len(scene.lights) // settings.images)
    negative = is_negative(settings, scene.number, number)
    figures = _draw_things(scene, lit, rng) if negative else _draw_people(scene, lit, number, rng)
    crowd, seen = figures.crowd, figures.seen
    placed = draws.place(_atlas(), figures.lots, seen)
    bright = draws.bright(stage, seen, crowd.spots, lit.sunlit, dimmed(crowd, lit.light))
    draws.illuminate(placed.draws, seen, bright)
    colours = draws.colours(_atlas(), lit.rows, figures.palettes, seen, lit.light)
    painting = paint(placed.draws, colours, scene.shared().buffers, len(figures.people.spots))
    dark = ground_shadows(stage, crowd, lit.light, sunlit=lit.half[0], depth=lit.half[1])
    picture = expose(lit.planes, painting.paint, dark, lit.light.shadow, sensor=_sensor(lit.light), rng=rng)
    return _labelled(scene, lit, figures.people, picture, painting, placed.boxes)


@dataclass(frozen=True, slots=True)
class _Figures:
    """N people or things that stand on a stage.

    Attributes:
        crowd: N people; where things stand, only their places are used.
        people: the crowd again, or nobody where things stand.
        seen: how the camera sees the figures.
        lots: their sprites.
        palettes: (N, 16, 3) their colours.
    """

    crowd: Crowd
    people: Crowd
    seen: draws.Seen
    lots: list[draws.Lot]
    palettes: Palettes


def _draw_people(scene: SceneStage, lit: _LitScene, number: int, rng: np.random.Generator) -> _Figures:
    wanted, rain = wanted_people(scene.settings, scene.number, number), lit.light.rain
    shared = scene.shared()
    crowd = draw_crowd(scene.stage, shared.ground, shared.cast, wanted, depth=lit.depth, rain=rain, rng=rng)
    seen = draws.see(scene.stage, crowd.spots, crowd.middles)
    return _Figures(crowd, crowd, seen, draws.people_lots(crowd, seen), crowd.palettes)


def _draw_things(scene: SceneStage, lit: _LitScene, rng: np.random.Generator) -> _Figures:
    """Things that look like heads, where people would stand."""
    shared, wanted = scene.shared(), int(rng.integers(20, 140))
    crowd = draw_crowd(scene.stage, shared.ground, shared.cast, wanted, depth=lit.depth, rain=0.0, rng=rng)
    kinds = rng.integers(0, len(THINGS), len(crowd.spots))
    seen = draws.see(scene.stage, crowd.spots, draws.thing_middles(crowd.spots, kinds))
    nobody = crowd.select(np.empty(0, np.intp))
    return _Figures(crowd, nobody, seen, draws.thing_lots(kinds, crowd.facing), thing_palettes(rng, kinds))


def _labelled(
    scene: SceneStage, lit: _LitScene, crowd: Crowd, picture: Picture, painting: Painting, boxes: Boxes
) -> RenderedImage:
    points, _ = scene.stage.see(crowd.joints)
    people = people_mask(painting.owner)
    visibility = painting.visible / np.maximum(painting.total, 1)
    kept = on_people(points, people) & (visibility >= scene.settings.min_visible)
    light = lit.light
    return RenderedImage(
        picture=picture,
        people=people,
        points=points[kept],
        boxes=boxes[kept],
        visibility=visibility[kept],
        ids=np.flatnonzero(kept).astype(np.int64),
        weather=light.weather,
        hour=light.hour,
        minute=light.minute,
    )


def people_mask(owner: Owner) -> NDArray[np.uint8]:
    """(H, W) 1 where people are."""
    # In uint16, 0 - 1 wraps around to 65535: one comparison excludes both scenery (0) and things.
    mask: NDArray[np.uint8] = (owner - np.uint16(1) < THING - 1).view(np.uint8)
    return mask


def on_people(points: Points, people: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(N,) True where the pixel of a joint (N, 2) lies on people.

    The pixel is the one that the GCC Labeler stores: the rounded position less one.
    """
    height, width = people.shape
    pixels = np.rint(np.nan_to_num(points, nan=-9)) - 1
    inside = np.all((pixels >= 0) & (pixels < (width, height)), axis=1)
    column, row = np.where(inside[:, None], pixels, 0).astype(np.intp).T
    kept: NDArray[np.bool_] = inside & (people[row, column] == 1)
    return kept


@cache
def _atlas() -> Atlas:
    return Atlas()


def _sensor(light: Light) -> Sensor:
    return Sensor(grain=1.6 * light.grain, vignette=0.12, blur=0.045, rain=light.rain)
