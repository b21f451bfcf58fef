"""What the camera makes of a painted picture: people over scenery, a slight blur, a darker rim, grain, rain streaks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled
from gta_head_tools.pictures import Picture

Words = NDArray[np.uint32]
"""(H, W) red, green, blue and one more byte of each pixel, from the lowest."""
Shorts = NDArray[np.uint16]

_TAPE = 1 << 16
"""Length of the tape of noise; every row of a picture begins somewhere else on it."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """How a camera takes pictures.

    Attributes:
        grain: standard deviation of the noise in black, steps of 255; half of it in white.
        vignette: share of light lost in the corners.
        blur: share that a pixel gives to each neighbour.
        rain: 0..1, how many streaks.
    """

    grain: float
    vignette: float
    blur: float
    rain: float


def words(picture: Picture) -> Words:
    """A picture (H, W, 3) as one word a pixel."""
    packed: Words = cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA).view(np.uint32)[..., 0]
    return packed


def expose(
    scenery: Words, paint: Words, dark: NDArray[np.uint8], shadow: NDArray[np.float64], *,
    sensor: Sensor, rng: np.random.Generator,
) -> Picture:  # fmt: skip
    """The finished picture.

    Args:
        scenery: (H, W) lit.
        paint: (H, W) people, see `painter.Paint`.
        dark: (H / 2, W / 2) how dark people's shadows make the scenery, 0..255.
        shadow: (3,) what 255 leaves of its light.
        sensor: the camera.
        rng: chance for grain and rain.
    """
    height, width = paint.shape
    tape = _tape(_TAPE + 3 * width)
    starts = rng.integers(0, _TAPE, (height,))
    taken = np.rint(256 * (1 - np.clip(shadow, 0, 1))).astype(np.uint16)
    across, down = (
        np.rint(128 * sensor.vignette * np.linspace(-1, 1, size) ** 2).astype(np.int32) for size in (width, height)
    )
    out = np.empty((height, width), np.uint32)
    strength = np.array([256 * sensor.blur, sensor.grain * 8], np.float64).round().astype(np.int32)
    _expose(scenery, paint, dark, taken, (tape, starts), (across, down), strength, out)
    if sensor.rain > 0:
        _rain(out, sensor.rain, rng)
    shown = cv2.cvtColor(out.view(np.uint8).reshape(height, width, 4), cv2.COLOR_RGBA2RGB)
    picture: Picture = np.asarray(shown, dtype=np.uint8)
    return picture


@cache
def _tape(length: int) -> NDArray[np.int8]:
    """Noise with a standard deviation of 32, the same for all pictures: they begin at other places of it."""
    tape: NDArray[np.int8] = np.random.default_rng(0).normal(0, 32, length).clip(-127, 127).astype(np.int8)
    return tape


@compiled
def _expose(
    scenery: Words,
    paint: Words,
    dark: NDArray[np.uint8],
    taken: Shorts,
    noise: tuple[NDArray[np.int8], NDArray[np.int64]],
    rims: tuple[NDArray[np.int32], NDArray[np.int32]],
    strength: NDArray[np.int32],
    out: Words,
) -> None:
    """Row by row, so that what lies between stays in the cache: three mixed rows are kept."""
    height, width = paint.shape
    blur, grain = strength
    shade = np.empty(width, np.uint16)
    line = np.empty((3, width), np.uint16)
    rows = np.empty((3, 3, width), np.uint16)
    for y in range(height + 1):
        if y < height:
            for x in range(width):
                shade[x] = dark[y >> 1, x >> 1]
            _mix(scenery[y], paint[y], shade, taken, line)
            _blur(line, blur, rows[y % 3])
            if y == 0:
                rows[2] = rows[0]
        else:
            rows[y % 3] = rows[(y + 2) % 3]
        if y > 0:
            parts = rows[(y + 1) % 3], rows[(y + 2) % 3], rows[y % 3]
            _finish(parts, blur, noise[0][noise[1][y - 1] :], grain, rims[0], 256 - rims[1][y - 1], out[y - 1])


@compiled
def _mix(scenery: Words, paint: Words, shade: Shorts, taken: Shorts, line: Shorts) -> None:
    """People over scenery in their shadows, into one line a colour."""
    red, green, blue = line[0], line[1], line[2]
    for x in range(len(paint)):
        over, under, dark = paint[x], scenery[x], shade[x]
        share = (over >> 24) + (over >> 31)
        red[x] = (over & 255) + ((under & 255) * (share * (256 - (dark * taken[0] >> 8)) >> 8) >> 8)
        green[x] = (over >> 8 & 255) + ((under >> 8 & 255) * (share * (256 - (dark * taken[1] >> 8)) >> 8) >> 8)
        blue[x] = (over >> 16 & 255) + ((under >> 16 & 255) * (share * (256 - (dark * taken[2] >> 8)) >> 8) >> 8)


@compiled
def _blur(line: Shorts, side: int, out: Shorts) -> None:
    middle = 256 - 2 * side
    for channel in range(3):
        given, taken = line[channel], out[channel]
        taken[0], taken[-1] = given[0], given[-1]
        for x in range(1, len(given) - 1):
            taken[x] = (given[x] * middle + (given[x - 1] + given[x + 1]) * side + 128) >> 8


@compiled
def _finish(
    parts: tuple[Shorts, Shorts, Shorts],
    side: int,
    noise: NDArray[np.int8],
    grain: int,
    rim: NDArray[np.int32],
    gain: int,
    out: Words,
) -> None:
    """Blur across rows, the rim's loss, grain; less grain in bright parts."""
    above, middle, below = parts
    width = len(out)
    most = 256 - 2 * side
    out[:] = 0
    for channel in range(3):
        a, m, b = above[channel], middle[channel], below[channel]
        for x in range(width):
            value = m[x] * most + (a[x] + b[x]) * side
            light = value * (gain - rim[x]) >> 16
            grained = light + ((noise[x + channel * width] * grain * (512 - light) + (1 << 16)) >> 17)
            out[x] |= min(max(grained, 0), 255) << (8 * channel)


def _rain(out: Words, rain: float, rng: np.random.Generator) -> None:
    """Streaks in three layers: the nearer, the longer, wider apart and fainter."""
    height, width = out.shape
    slant = rng.normal(0, 0.12)
    for layer, (share, long) in enumerate(((0.9, 0.018), (0.5, 0.035), (0.18, 0.08))):
        number = round(rain * share * 1600)
        starts = rng.uniform((-0.1 * width, -0.1 * height), (1.1 * width, height), (number, 2))
        lengths = height * long * rng.uniform(0.6, 1.4, number)
        leans = slant + rng.normal(0, 0.015, number)
        lights = (rng.uniform(0.5, 1.0, number) * (44, 36, 26)[layer]).astype(np.int64)
        _streak(out, starts, lengths, leans, lights, 1 + (layer == 2))


@compiled
def _streak(
    out: Words, starts: NDArray[np.float64], lengths: NDArray[np.float64], leans: NDArray[np.float64],
    lights: NDArray[np.int64], wide: int,
) -> None:  # fmt: skip
    height, width = out.shape
    for this in range(len(starts)):
        long = max(int(lengths[this]), 1)
        for step in range(long):
            y = int(starts[this, 1]) + step
            part = step / long
            light = int(lights[this] * 4 * part * (1 - part))
            for x in range(int(starts[this, 0] + step * leans[this]), int(starts[this, 0] + step * leans[this]) + wide):
                if not (0 <= x < width and 0 <= y < height):
                    continue
                word = np.int64(out[y, x])
                for shift in (0, 8, 16):
                    value = (word >> shift) & 255
                    word += (max(int(225 - value), 0) * light >> 8) << shift
                out[y, x] = word
