"""The light of a picture: sun or moon, sky, haze, lamps and rain for a weather and a time of day.

Colours of light are multipliers of display RGB: 1.0 leaves a surface as it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.synthesis.places.stage import Stage

Array = NDArray[np.float64]

DAWN, DUSK = 5.5, 20.5
"""Hours between which the sun stands above the horizon."""


@dataclass(frozen=True, slots=True)
class Weather:
    """How a weather changes the light.

    Attributes:
        sun: share of the direct sun that comes through.
        sky: brightness of the light from the sky.
        clouds: share of the sky behind clouds.
        fog: share of light that is lost per metre.
        rain: 0..1, strength of the rain.
        grey: 0 = blue sky, 1 = grey sky.
    """

    sun: float
    sky: float
    clouds: float
    fog: float
    rain: float
    grey: float


WEATHERS = {
    "EXTRASUNNY": Weather(1.0, 0.70, 0.0, 0.0006, 0.0, 0.0),
    "CLEAR": Weather(0.92, 0.72, 0.15, 0.0011, 0.0, 0.1),
    "CLOUDS": Weather(0.55, 0.82, 0.65, 0.0018, 0.0, 0.45),
    "OVERCAST": Weather(0.0, 1.02, 1.0, 0.0035, 0.0, 0.9),
    "FOGGY": Weather(0.0, 0.98, 1.0, 0.022, 0.0, 1.0),
    "RAIN": Weather(0.0, 0.92, 1.0, 0.006, 0.7, 0.9),
    "THUNDER": Weather(0.0, 0.74, 1.0, 0.008, 1.0, 0.85),
}
"""The seven weathers of the game."""


@dataclass(frozen=True, slots=True)
class Light:
    """One light over a whole stage; vectors are in its local frame.

    Attributes:
        weather, hour, minute: as in the game.
        sun: (3,) unit vector to the sun, at night to the moon.
        sun_colour: (3,) light of the sun on a surface that faces it.
        sky_colour: (3,) light of the sky on a surface that faces up.
        ground_colour: (3,) light from the ground on a surface that faces down.
        shadow: (3,) share of the brightness of level ground that is left in a cast shadow.
        haze: (3,) colour 0..255 that distant things fade to.
        zenith: (3,) colour 0..255 of the sky overhead.
        fog: share of light that is lost per metre.
        clouds: share of the sky behind clouds.
        lamps: 0..1, brightness of lamps.
        lamp_colour: (3,) light of a full lamp on the ground right under it.
        rain: 0..1, rain in the air.
        wet: 0..1, water on the ground.
        grain: strength of the sensor's noise, 1 = on a bright day.
    """

    weather: str
    hour: int
    minute: int
    sun: Array
    sun_colour: Array
    sky_colour: Array
    ground_colour: Array
    shadow: Array
    haze: Array
    zenith: Array
    fog: float
    clouds: float
    lamps: float
    lamp_colour: Array
    rain: float
    wet: float
    grain: float


def draw_light(weather: str, hour: int, minute: int, stage: Stage, rng: np.random.Generator) -> Light:
    """The light of a weather and a time over a stage; `rng` draws the season, which sets the path of the sun.

    Args:
        weather: a name in `WEATHERS`.
        hour: 0..23.
        minute: 0..59.
        stage: its camera turns the world's south into the local frame; indoors the weather has no effect.
        rng: draws the season and the fog.

    Raises:
        ValueError: no such weather or time.
    """
    if weather not in WEATHERS or not 0 <= hour < 24 or not 0 <= minute < 60:
        raise ValueError(f"no light for weather {weather!r} at {hour}:{minute:02d}")
    sky, time, top = WEATHERS[weather], hour + minute / 60, float(rng.uniform(36, 66))
    sun, height = _sun(time, top, math.radians(stage.camera.rotation[2]))
    if stage.indoor:
        return _indoors(weather, hour, minute, sun, height)
    day = _smooth(-5, 9, height)
    low = day * (1 - _smooth(4, 26, height)) * (1 - 0.75 * sky.grey)
    blue, grey = np.array([0.90, 1.0, 1.13]), np.array([0.985, 1.0, 1.015])
    tint = blue + (grey - blue) * sky.grey
    night = np.array([0.38, 0.42, 0.51]) * (0.9 + 0.1 * sky.sky)
    above = night + (sky.sky * tint + np.array([0.16, 0.05, -0.04]) * low - night) * day
    direct = np.array([1.0, 0.955, 0.87]) + (np.array([1.0, 0.66, 0.36]) - np.array([1.0, 0.955, 0.87])) * low
    strength = sky.sun * (0.66 * _smooth(0, 11, height) if height > 0 else 0.10 * (1 - day))
    sun_colour = (direct if height > 0 else np.array([0.7, 0.85, 1.2])) * strength
    level = max(float(sun[2]), 0.0)
    return Light(
        weather, hour, minute, sun,
        sun_colour=sun_colour,
        sky_colour=above,
        ground_colour=0.75 * above + 0.25 * sun_colour * level,
        shadow=above / (above + sun_colour * level),
        haze=_haze(sky, day, low),
        zenith=_zenith(sky, day, low),
        fog=sky.fog * float(rng.uniform(0.8, 1.25)),
        clouds=sky.clouds,
        lamps=1 - _smooth(1, 7, height) if sky.sun else 1 - 0.75 * _smooth(2, 16, height),
        lamp_colour=np.array([1.0, 0.80, 0.54]) * 0.74,
        rain=sky.rain,
        wet=min(1.2 * sky.rain, 1.0),
        grain=1 + 1.5 * (1 - day) + 0.3 * sky.rain,
    )  # fmt: skip


def light_table(light: Light, elevation: float) -> NDArray[np.uint16]:
    """Light of sun and sky on each normal of a sprite: (2, 1024, 3) multipliers in 8.8 fixed point.

    Args:
        light: of the picture.
        elevation: degrees by which the camera looks down on the sprite.

    Returns:
        Row 0 is in the sun, row 1 in shadow. The second index is the normal code of a texel: 32 * (step up) + (step to
        the right), each 0..31.
    """
    local = _normals(elevation)
    up = local[:, 2:]
    ambient = light.sky_colour * (0.5 + 0.5 * up) + light.ground_colour * (0.5 - 0.5 * up)
    direct = light.sun_colour * np.maximum(local @ light.sun, 0.0)[:, None]
    return _fixed(np.stack([ambient + direct, ambient]))


def lamp_table(elevation: float) -> NDArray[np.uint16]:
    """Light of a lamp overhead on each normal of a sprite: (1024,) in 8.8 fixed point."""
    return _fixed(0.45 + 0.70 * np.maximum(_normals(elevation)[:, 2], 0.0))


def _normals(elevation: float) -> Array:
    """Local unit normals (1024, 3) of the normal codes of a sprite that is seen from `elevation` degrees above."""
    code = np.arange(1024)
    x, y = (code & 31) / 15.5 - 1, (code >> 5) / 15.5 - 1
    z = np.sqrt(np.maximum(1 - x * x - y * y, 0.0))
    length = np.sqrt(x * x + y * y + z * z)
    cos, sin = math.cos(math.radians(elevation)), math.sin(math.radians(elevation))
    local: Array = np.stack([x, y * sin - z * cos, y * cos + z * sin], axis=1) / length[:, None]
    return local


def _fixed(multipliers: Array) -> NDArray[np.uint16]:
    return np.rint(np.clip(multipliers, 0, 255) * 256).astype(np.uint16)


def _smooth(low: float, high: float, value: float) -> float:
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _sun(time: float, top: float, yaw: float) -> tuple[Array, float]:
    """Unit vector to the sun, or to the moon if the sun is below the horizon, and the height of the sun in degrees.

    The sun rises in the east, stands `top` degrees high in the south at noon and sets in the west. `yaw` turns the
    world's axes into the local frame, radians.
    """
    share = (time - DAWN) / (DUSK - DAWN)
    height = top * math.sin(math.pi * share)
    compass = math.radians(90 - 180 * share) if height > 0 else math.radians(-35 - 70 * (time > 12))
    lift = math.radians(max(height, 4.0) if height > 0 else 48.0)
    # `compass` runs from east (90) over south (0) to west (-90).
    east, north = math.sin(compass), -math.cos(compass)
    across, along = east * math.cos(yaw) + north * math.sin(yaw), -east * math.sin(yaw) + north * math.cos(yaw)
    towards: Array = np.array([across * math.cos(lift), along * math.cos(lift), math.sin(lift)])
    return towards, height


def _haze(sky: Weather, day: float, low: float) -> Array:
    clear, grey = np.array([205.0, 217, 230]), np.array([196.0, 200, 204]) * (0.35 + 0.62 * sky.sky)
    bright = clear + (grey - clear) * sky.grey
    warm = np.array([242.0, 190, 140])
    dark = np.array([40.0, 46, 60]) * (1 + 0.25 * sky.clouds)
    haze: Array = dark + (bright + (warm - bright) * 0.75 * low - dark) * day
    return haze


def _zenith(sky: Weather, day: float, low: float) -> Array:
    clear, grey = np.array([92.0, 140, 200]), np.array([160.0, 165, 172]) * (0.35 + 0.62 * sky.sky)
    bright = clear + (grey - clear) * sky.grey
    dusk = np.array([104.0, 118, 160])
    dark = np.array([14.0, 19, 34]) * (1 + 0.6 * sky.clouds)
    zenith: Array = dark + (bright + (dusk - bright) * 0.7 * low - dark) * day
    return zenith


def _indoors(weather: str, hour: int, minute: int, sun: Array, height: float) -> Light:
    day = _smooth(-5, 12, height)
    above = np.array([0.52, 0.51, 0.49]) + np.array([0.10, 0.13, 0.17]) * day
    none = np.zeros(3)
    return Light(
        weather, hour, minute, sun,
        sun_colour=none,
        sky_colour=above,
        ground_colour=0.7 * above,
        shadow=np.ones(3),
        haze=np.array([196.0, 192, 184]) * (0.8 + 0.2 * day),
        zenith=np.array([110.0, 125, 150]) * (0.15 + 0.85 * day),
        fog=0.0012,
        clouds=WEATHERS[weather].clouds,
        lamps=1.0 - 0.3 * day,
        lamp_colour=np.array([0.36, 0.34, 0.29]),
        rain=0.0,
        wet=0.0,
        grain=1.4,
    )  # fmt: skip
