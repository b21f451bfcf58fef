"""The camera's picture: people over scenery, a slight blur, vignetting, grain and streaks of rain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled
from gta_head_tools.pictures import Picture

Bytes = NDArray[np.uint8]
Shorts = NDArray[np.uint16]

_TAPE = 1 << 16
"""Length of a sequence of noise; every row of a picture starts at another place in it."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """How a camera takes pictures.

    Attributes:
        grain: standard deviation of the noise in black, on the scale 0..255; in white it is half of that.
        vignette: share of light that is lost in the corners.
        blur: share of its light that a pixel gives to each neighbour.
        rain: 0..1, density of the streaks.
    """

    grain: float
    vignette: float
    blur: float
    rain: float


def planes(picture: Picture) -> Bytes:
    """(H, 3, W) of a picture (H, W, 3), so that each row of one colour is contiguous in memory."""
    return np.ascontiguousarray(picture.transpose(0, 2, 1))


def expose(
    scenery: Bytes, paint: NDArray[np.uint32], dark: Bytes, shadow: NDArray[np.float64], *,
    sensor: Sensor, rng: np.random.Generator,
) -> Picture:  # fmt: skip
    """The finished picture.

    Args:
        scenery: (H, 3, W) lit, see `planes`.
        paint: (H, W) people, see `painter.Paint`.
        dark: (H / 2, W / 2) how dark the shadows of people make the scenery, 0..255.
        shadow: (3,) share of its light that is left where `dark` is 255.
        sensor: the camera.
        rng: draws grain and rain.
    """
    height, width = paint.shape
    tape = _tape(_TAPE + 3 * width) * np.int16(round(32 * sensor.grain))
    starts = rng.integers(0, _TAPE, (height,))
    taken = np.rint(256 * (1 - np.clip(shadow, 0, 1))).astype(np.uint16)
    across, down = (
        np.rint(128 * sensor.vignette * np.linspace(-1, 1, size) ** 2).astype(np.uint16) for size in (width, height)
    )
    picture = np.empty((height, width, 3), np.uint8)
    _expose(scenery, paint, dark, taken, (tape, starts), (across, down), round(256 * sensor.blur), picture)
    if sensor.rain > 0:
        _rain(picture, sensor.rain, rng)
    return picture


@cache
def _tape(length: int) -> NDArray[np.int16]:
    """Noise with a standard deviation of 32, the same for all pictures."""
    tape: NDArray[np.int16] = np.random.default_rng(0).normal(0, 32, length).clip(-127, 127).astype(np.int16)
    return tape


@compiled
def _expose(
    scenery: Bytes,
    paint: NDArray[np.uint32],
    dark: Bytes,
    taken: Shorts,
    noise: tuple[NDArray[np.int16], NDArray[np.int64]],
    rims: tuple[Shorts, Shorts],
    blur: int,
    out: Bytes,
) -> None:
    """All steps row by row, with the last three mixed rows kept, so that the data stay in the processor's cache."""
    height, width = paint.shape
    shade, line, fine = np.empty(width, np.uint16), np.empty(width, np.uint16), np.empty((3, width), np.uint8)
    rows = np.empty((3, 3, width), np.uint16)
    for y in range(height + 1):
        if y < height:
            if y % 2 == 0:
                for x in range(width // 2):
                    shade[2 * x] = shade[2 * x + 1] = dark[y >> 1, x]
            for channel in range(3):
                _mix(scenery[y, channel], paint[y], 8 * channel, shade, taken[channel], line)
                _blur(line, blur, rows[y % 3, channel])
            if y == 0:
                rows[2] = rows[0]
        else:
            rows[y % 3] = rows[(y + 2) % 3]
        if y > 0:
            gain = 256 - rims[1][y - 1]
            for channel in range(3):
                parts = rows[(y + 1) % 3, channel], rows[(y + 2) % 3, channel], rows[y % 3, channel]
                _finish(parts, blur, noise[0][noise[1][y - 1] + channel * width :], rims[0], gain, fine[channel])
            for x in range(width):
                out[y - 1, x, 0], out[y - 1, x, 1], out[y - 1, x, 2] = fine[0, x], fine[1, x], fine[2, x]


@compiled
def _mix(scenery: Bytes, paint: NDArray[np.uint32], shift: int, shade: Shorts, taken: np.uint16, line: Shorts) -> None:
    """One colour of a row: people over shadowed scenery. It is all in uint16, so that it is vectorised well."""
    u, by = np.uint16, np.uint32(shift)
    for x in range(len(line)):
        keep = u(256 - u(u(shade[x] * taken) >> 8))
        share = u(u(u(paint[x] >> 24) * keep) >> 8)
        under = u(u(scenery[x] * u(share + (share >> 7))) >> 8)
        line[x] = u(min(u(u(paint[x] >> by & 255) + under), u(255)))


@compiled
def _blur(line: Shorts, blur: int, out: Shorts) -> None:
    u, side, middle = np.uint16, np.uint16(blur), np.uint16(256 - 2 * blur)
    out[0], out[-1] = line[0], line[-1]
    for x in range(1, len(line) - 1):
        out[x] = u(u(u(line[x] * middle) + u(u(line[x - 1] + line[x + 1]) * side)) + 128) >> 8


@compiled
def _finish(
    parts: tuple[Shorts, Shorts, Shorts], blur: int, noise: NDArray[np.int16], rim: Shorts, gain: int, out: Bytes
) -> None:
    """Blur across rows, vignetting and grain, which is weaker in bright parts."""
    above, middle, below = parts
    u, side, most, whole = np.uint16, np.uint16(blur), np.uint16(256 - 2 * blur), np.uint16(gain)
    for x in range(len(out)):
        value = u(u(middle[x] * most) + u(u(above[x] + below[x]) * side))
        light = u(np.uint32(value * u(whole - rim[x])) >> 16)
        grain = np.int16(np.int32(np.int32(noise[x]) * np.int32(u(u(512 - light) << 5))) >> 16)
        out[x] = np.uint8(
            min(max(np.int16(np.int16(light) + (np.int16(grain + 128) >> 8)), np.int16(0)), np.int16(255))
        )


def _rain(out: Bytes, rain: float, rng: np.random.Generator) -> None:
    """Draw streaks in three layers: nearer ones are longer, fewer and fainter."""
    height, width = out.shape[:2]
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
    out: Bytes, starts: NDArray[np.float64], lengths: NDArray[np.float64], leans: NDArray[np.float64],
    lights: NDArray[np.int64], wide: int,
) -> None:  # fmt: skip
    height, width = out.shape[:2]
    for this in range(len(starts)):
        long = max(int(lengths[this]), 1)
        for step in range(long):
            y = int(starts[this, 1]) + step
            part = step / long
            light = int(lights[this] * 4 * part * (1 - part))
            for x in range(int(starts[this, 0] + step * leans[this]), int(starts[this, 0] + step * leans[this]) + wide):
                if not (0 <= x < width and 0 <= y < height):
                    continue
                for channel in range(3):
                    value = int(out[y, x, channel])
                    out[y, x, channel] = value + (max(int(225 - value), 0) * light >> 8)
