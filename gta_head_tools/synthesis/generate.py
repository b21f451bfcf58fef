"""Rendered scenes: pictures of crowds whose head points, boxes, visibility and ids are known."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import Boxes, Ids, Points
from gta_head_tools.errors import ConfigError, UnknownNameError
from gta_head_tools.pictures import Picture
from gta_head_tools.synthesis.painting import draws as drawing
from gta_head_tools.synthesis.painting import light as lighting
from gta_head_tools.synthesis.painting.atlas import Atlas
from gta_head_tools.synthesis.painting.background import Backdrop, build_backdrop, light_backdrop
from gta_head_tools.synthesis.painting.light import Light, draw_light
from gta_head_tools.synthesis.painting.painter import THING, Canvas, Owner, Painting, paint, stretch
from gta_head_tools.synthesis.painting.sensor import Bytes, Sensor, expose, planes
from gta_head_tools.synthesis.painting.shadows import dimmed, ground_shadows
from gta_head_tools.synthesis.people.clothes import thing_palettes
from gta_head_tools.synthesis.people.crowd import Cast, Crowd, draw_cast, draw_crowd
from gta_head_tools.synthesis.people.shape_index import THINGS
from gta_head_tools.synthesis.people.spots import Ground, survey
from gta_head_tools.synthesis.places import layouts
from gta_head_tools.synthesis.places.stage import Stage

LAYOUTS = tuple(layouts.LAYOUTS)
WEATHERS = tuple(name.lower() for name in lighting.WEATHERS)
MIXED, ANY = "mixed", "any"
LIGHTS = 3
"""Lights in one scene: its images share them."""


@dataclass(frozen=True, slots=True)
class CrowdSettings:
    """What to render.

    Attributes:
        scenes: how many.
        images: in each scene.
        people: whose heads show in each image; fewest and most, where their number is to differ (see `wanted_people`).
        layout: one of `LAYOUTS`, or "mixed": one after another.
        weather: one of `WEATHERS`, or "any".
        hours: first and last hour of day; 20-4 runs over midnight.
        negatives: share of images without people.
        size: width and height in pixels.
        seed: of all chance.
        min_visible: heads of whom less shows are left out.

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


@dataclass(slots=True)
class SceneStage:
    """One scene: a place, what its pictures share, made when first needed.

    Attributes:
        settings: what to render.
        number: of the scene, from 0.
        stage: the place.
        lights: that its images are taken in.
    """

    settings: CrowdSettings
    number: int
    stage: Stage
    lights: tuple[Light, ...]
    _scenery: _Scenery | None = None

    def scenery(self) -> _Scenery:
        """Backdrop, ground and cast of the scene."""
        if self._scenery is None:
            backdrop = build_backdrop(self.stage)
            rng = _chance(self.settings, self.number, _CAST)
            cast = draw_cast(rng, max(light.rain for light in self.lights))
            self._scenery = _Scenery(
                backdrop, survey(self.stage, backdrop.depth), cast, stretch(backdrop.depth), OrderedDict()
            )
        return self._scenery

    def lit(self, number: int) -> _Lit:
        """Scenery in one of the scene's lights; the last one is kept."""
        scenery = self.scenery()
        if number not in scenery.lit:
            scenery.lit.clear()
            light = self.lights[number]
            shown = light_backdrop(scenery.backdrop, self.stage, light)
            rows = drawing.light_rows(light)
            half = np.ascontiguousarray(shown.sunlit[::2, ::2]), np.ascontiguousarray(shown.depth[::2, ::2])
            scenery.lit[number] = _Lit(light, planes(shown.picture), shown.sunlit, shown.depth, half, rows)
        return scenery.lit[number]


@dataclass(frozen=True, slots=True)
class _Lit:
    light: Light
    planes: Bytes
    sunlit: NDArray[np.uint8]
    depth: NDArray[np.float32]
    half: tuple[NDArray[np.uint8], NDArray[np.float32]]
    rows: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class _Scenery:
    backdrop: Backdrop
    ground: Ground
    cast: Cast
    canvas: Canvas
    lit: OrderedDict[int, _Lit]


@dataclass(frozen=True, slots=True)
class RenderedImage:
    """A picture of N heads and what is known of it.

    Attributes:
        picture: (H, W, 3) RGB.
        people: (H, W) 1 where people are, 0 elsewhere.
        points: (N, 2) head joints.
        boxes: (N, 4) outlines of the heads as drawn, also where hidden or beyond the picture.
        visibility: (N,) share of a head's pixels that show.
        ids: (N,) from 0.
        weather: as the game names it.
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
    """Chance of its own for every purpose, scene and image, so that each can be made alone."""
    return np.random.default_rng([settings.seed, *place])


def draw_scene(settings: CrowdSettings, number: int) -> SceneStage:
    """Scene `number` of the settings, from 0; quick: scenery is built when the first image asks for it."""
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
    """Whether an image has no people: that share of a scene's images, by chance, none of them twice."""
    order = _chance(settings, scene, _ORDER).permutation(settings.images)
    wanted = settings.negatives * settings.images
    return bool(order[number] < int(wanted + _chance(settings, scene, _ORDER, 1).random()))


def wanted_people(settings: CrowdSettings, scene: int, number: int) -> int:
    """How many heads are to show in an image: what was asked for, or by chance between the fewest and the most.

    Small numbers are then as likely as large ones (by their logarithm), and a scene holds at most four times its least:
    a busy place is never empty.
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
    """Image `number` of a scene, from 0; the same whatever else has been rendered."""
    settings = scene.settings
    rng = _chance(settings, scene.number, _IMAGE, number)
    lit = scene.lit(number * len(scene.lights) // settings.images)
    if is_negative(settings, scene.number, number):
        return _without_people(scene, lit, rng)
    scenery = scene.scenery()
    people = wanted_people(settings, scene.number, number)
    crowd = draw_crowd(scene.stage, scenery.ground, scenery.cast, people, depth=lit.depth, rain=lit.light.rain, rng=rng)
    seen = drawing.see(scene.stage, crowd.spots, crowd.middles)
    placed = drawing.place(_atlas(), drawing.people_lots(crowd, seen), seen)
    bright = drawing.bright(scene.stage, seen, crowd.spots, lit.sunlit, dimmed(crowd, lit.light))
    tops = crowd.middles[:, 2] - crowd.spots[:, 2]
    drawing.illuminate(placed.draws, seen, bright, tops)
    colours = drawing.colours(_atlas(), lit.rows, crowd.palettes, seen, lit.light)
    painting = paint(placed.draws, colours, scenery.canvas, len(crowd.spots))
    dark = ground_shadows(scene.stage, crowd, lit.light, sunlit=lit.half[0], depth=lit.half[1])
    picture = expose(lit.planes, painting.paint, dark, lit.light.shadow, sensor=_sensor(lit.light), rng=rng)
    return _labelled(scene, lit, crowd, picture, painting, placed.boxes)


def _labelled(
    scene: SceneStage, lit: _Lit, crowd: Crowd, picture: Picture, painting: Painting, boxes: Boxes
) -> RenderedImage:
    points, _ = scene.stage.see(crowd.joints)
    people = people_mask(painting.owner)
    visibility = painting.visible / np.maximum(painting.total, 1)
    kept = on_people(points, people) & (visibility >= scene.settings.min_visible)
    light = lit.light
    return RenderedImage(
        picture, people, points[kept], boxes[kept], visibility[kept], np.flatnonzero(kept).astype(np.int64),
        light.weather, light.hour, light.minute,
    )  # fmt: skip


def people_mask(owner: Owner) -> NDArray[np.uint8]:
    """(H, W) 1 where people are."""
    mask: NDArray[np.uint8] = (owner - np.uint16(1) < THING - 1).view(np.uint8)  # 0 - 1 is the largest number
    return mask


def on_people(points: Points, people: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(N,) True where the pixel of a joint (N, 2) lies on people; the pixel is the GCC Labeler's, rounded less one."""
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


def _without_people(scene: SceneStage, lit: _Lit, rng: np.random.Generator) -> RenderedImage:
    """Things that look like heads where people would stand."""
    stage, scenery = scene.stage, scene.scenery()
    number = int(rng.integers(20, 140))
    crowd = draw_crowd(stage, scenery.ground, scenery.cast, number, depth=lit.depth, rain=0.0, rng=rng)
    kinds = rng.integers(0, len(THINGS), len(crowd.spots))
    middles = drawing.thing_middles(crowd.spots, kinds)
    seen = drawing.see(stage, crowd.spots, middles)
    placed = drawing.place(_atlas(), drawing.thing_lots(kinds, crowd.facing), seen)
    bright = drawing.bright(stage, seen, crowd.spots, lit.sunlit, dimmed(crowd, lit.light))
    drawing.illuminate(placed.draws, seen, bright, middles[:, 2] - crowd.spots[:, 2])
    placed.draws["person"] = -1
    colours = drawing.colours(_atlas(), lit.rows, thing_palettes(rng, kinds), seen, lit.light)
    painting = paint(placed.draws, colours, scenery.canvas, 0)
    dark = ground_shadows(stage, crowd, lit.light, sunlit=lit.half[0], depth=lit.half[1])
    picture = expose(lit.planes, painting.paint, dark, lit.light.shadow, sensor=_sensor(lit.light), rng=rng)
    none = np.empty(0, np.intp)
    return _labelled(scene, lit, crowd.select(none), picture, painting, np.empty((0, 4)))
