"""Shadows of people: on their neighbours, between close neighbours, and on the ground."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled
from gta_head_tools.synthesis.painting.light import Light
from gta_head_tools.synthesis.people.crowd import Crowd
from gta_head_tools.synthesis.places.stage import Array, Stage

LONGEST = 3.5
"""Greatest length of a cast shadow, metres."""
_NEAR = 1.2
"""Metres within which neighbours darken each other."""

_FLAT = 1.0
"""Scenery whose depth differs from that of the ground by less than this, in metres, is the ground."""
_REACH = 0.55
"""Radius of a contact shadow, metres."""


@dataclass(frozen=True, slots=True)
class Dimmed:
    """How neighbours darken N people.

    Attributes:
        shade: (N,) metres above the ground up to which a neighbour hides the sun.
        crowding: (N,) 0 = alone, 1 = with people shoulder to shoulder on all sides.
    """

    shade: Array
    crowding: Array


def dimmed(crowd: Crowd, light: Light) -> Dimmed:
    """How the people of a crowd darken each other in a light."""
    shade, crowding = np.zeros(len(crowd.spots)), np.zeros(len(crowd.spots))
    if len(crowd.spots):
        tops = crowd.middles[:, 2] - crowd.spots[:, 2] + 0.11
        flat = max(math.hypot(light.sun[0], light.sun[1]), 1e-6)
        sun = np.array([light.sun[0] / flat, light.sun[1] / flat, light.sun[2] / flat])
        _dim(crowd.spots, tops, sun, shade, crowding)
    return Dimmed(shade, crowding)


@compiled
def _dim(spots: Array, tops: Array, sun: Array, shade: Array, crowding: Array) -> None:
    """Fill `shade` and `crowding` (N,): people are sorted into a grid and compared with those in cells nearby."""
    x0, y0 = spots[:, 0].min(), spots[:, 1].min()
    columns = int((spots[:, 0].max() - x0) / _NEAR) + 1
    rows = int((spots[:, 1].max() - y0) / _NEAR) + 1
    first = np.full((rows, columns), -1, np.int32)
    following = np.full(len(spots), -1, np.int32)
    for this in range(len(spots)):
        row, column = int((spots[this, 1] - y0) / _NEAR), int((spots[this, 0] - x0) / _NEAR)
        following[this] = first[row, column]
        first[row, column] = this
    towards = LONGEST / _NEAR * sun  # Only cells beside a person and towards the sun matter.
    left, right = min(-1, math.floor(towards[0])), max(1, math.ceil(towards[0]))
    below, above = min(-1, math.floor(towards[1])), max(1, math.ceil(towards[1]))
    for this in range(len(spots)):
        row, column = int((spots[this, 1] - y0) / _NEAR), int((spots[this, 0] - x0) / _NEAR)
        for near_row in range(max(row + below, 0), min(row + above + 1, rows)):
            for near_column in range(max(column + left, 0), min(column + right + 1, columns)):
                other = first[near_row, near_column]
                while other >= 0:
                    if other != this:
                        dx, dy = spots[other, 0] - spots[this, 0], spots[other, 1] - spots[this, 1]
                        rise = spots[other, 2] - spots[this, 2]
                        near, dark = _taken(dx, dy, rise, tops[other], (sun[0], sun[1], sun[2]))
                        crowding[this] += near
                        shade[this] = max(shade[this], dark)
                    other = following[other]
        crowding[this] = min(crowding[this] / 4.5, 1.0)


@compiled
def _taken(dx: float, dy: float, rise: float, top: float, sun: tuple[float, float, float]) -> tuple[float, float]:
    """How much one neighbour crowds a person, and the height above the ground that its shadow reaches on the person."""
    if abs(rise) > 2.5:
        return 0.0, 0.0
    near, dark, square = 0.0, 0.0, dx * dx + dy * dy
    if square < _NEAR * _NEAR:
        near = min(1.0, 1.6 * (1.0 - math.sqrt(square) / _NEAR))
    towards, beside = dx * sun[0] + dy * sun[1], abs(dx * sun[1] - dy * sun[0])
    if 0.0 < towards < LONGEST and beside < 0.24:
        dark = rise + top - towards * sun[2]
    return near, dark


def ground_shadows(
    stage: Stage, crowd: Crowd, light: Light, *, sunlit: NDArray[np.uint8], depth: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """(H / 2, W / 2) how dark people make the ground, 255 = a full cast shadow.

    Args:
        stage: the place.
        crowd: the people on it.
        light: of the picture.
        sunlit: (H / 2, W / 2) where the sun reaches the scenery.
        depth: (H / 2, W / 2) of the scenery, metres; where it is not that of the ground, no shadow falls.
    """
    mask = np.zeros(sunlit.shape, np.uint8)
    if len(crowd.spots):
        _contacts(mask, depth, *_patches(stage, crowd.spots))
    if len(crowd.spots) and light.sun_colour.max() > 0.02:
        _casts(mask, sunlit, depth, *_sheared(stage, crowd, light))
    return mask


def _profile() -> NDArray[np.float32]:
    """Half width in metres of a person's shadow, from the feet (0) to the crown (63)."""
    part = np.linspace(0, 1, 64)
    body = np.interp(part, [0, 0.1, 0.45, 0.6, 0.82, 0.86], [0.12, 0.14, 0.18, 0.23, 0.22, 0.07])
    head = 0.09 * np.sqrt(np.maximum(1 - ((part - 0.93) / 0.075) ** 2, 0))
    return np.where(part < 0.86, body, head).astype(np.float32)


_PROFILE = _profile()


def _patches(stage: Stage, spots: Array) -> tuple[Array, Array, Array]:
    """Feet (N, 2) in half-resolution pixels, their depth (N,), and maps (N, 2, 2) from such pixels to ground metres."""
    middle, far = stage.see(spots)
    across, _ = stage.see(spots + np.array([0.3, 0.0, 0.0]))
    along, _ = stage.see(spots + np.array([0.0, 0.3, 0.0]))
    return middle / 2, far, _inverse((across - middle) / 0.6, (along - middle) / 0.6)


def _inverse(first: Array, second: Array) -> Array:
    """Maps (N, 2, 2) from pixels to shares of two vectors (N, 2); zero where these are nearly parallel."""
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    good = np.isfinite(area) & (np.abs(area) > 1e-3)
    scale = np.divide(1.0, area, out=np.zeros_like(area), where=good)
    maps = np.stack([np.stack([second[:, 1], -second[:, 0]], 1), np.stack([-first[:, 1], first[:, 0]], 1)], axis=1)
    return np.where(good[:, None, None], maps * scale[:, None, None], 0.0)


@compiled
def _contacts(mask: NDArray[np.uint8], depth: NDArray[np.float32], middles: Array, far: Array, maps: Array) -> None:
    """Darken `mask` around the feet of people; arguments as returned by `_patches`."""
    rows, columns = mask.shape
    for this in range(len(middles)):
        a, b, c, d = maps[this, 0, 0], maps[this, 0, 1], maps[this, 1, 0], maps[this, 1, 1]
        area = a * d - b * c
        if area == 0.0:
            continue
        x, y = middles[this, 0], middles[this, 1]
        if 0 <= x < columns and 0 <= y < rows and abs(depth[int(y), int(x)] - far[this]) > _FLAT:
            continue
        tall = _REACH * math.sqrt(a * a + c * c) / abs(area)
        across, mixed, along = a * a + c * c, a * b + c * d, b * b + d * d
        for row in range(max(int(y - tall), 0), min(int(y + tall) + 1, rows)):
            py = row + 0.5 - y
            root = (mixed * mixed - across * along) * py * py + across * _REACH * _REACH
            if root <= 0.0:
                continue
            middle, half = x - mixed * py / across - 0.5, math.sqrt(root) / across
            for column in range(max(math.ceil(middle - half), 0), min(math.ceil(middle + half), columns)):
                px = column + 0.5 - x
                left = 1.0 - (across * px * px + 2.0 * mixed * px * py + along * py * py) * (1.0 / (_REACH * _REACH))
                light = 256 - int(151.0 * left * left * left)
                mask[row, column] = 255 - ((255 - mask[row, column]) * light >> 8)


def _sheared(stage: Stage, crowd: Crowd, light: Light) -> tuple[Array, Array, Array, Array]:
    """Geometry of the cast shadows: feet (N, 2), rows from feet to tips (N,), depths of both (N, 2), maps (N, 2, 2).

    Pixels are those of half the resolution. A map leads from them to (share of the length, metres beside the axis).
    """
    flat = max(math.hypot(light.sun[0], light.sun[1]), 1e-6)
    away = -light.sun[:2] / flat
    tall = crowd.middles[:, 2] - crowd.spots[:, 2] + 0.11
    length = np.minimum(tall * flat / max(light.sun[2], 0.05), LONGEST)
    tip = crowd.spots + np.column_stack([length[:, None] * away, np.zeros(len(tall))])
    feet, near = stage.see(crowd.spots)
    ends, far = stage.see(tip)
    side, _ = stage.see(crowd.spots + np.array([-away[1], away[0], 0.0]) * 0.3)
    maps = _inverse((ends - feet) / 2, (side - feet) / 0.6)
    maps[~(far > 0.5)] = 0
    return feet / 2, np.where(far > 0.5, (ends[:, 1] - feet[:, 1]) / 2, 0.0), np.stack([near, far], axis=1), maps


@compiled
def _between(slope: float, start: float, low: float, high: float) -> tuple[float, float]:
    """Interval of x in which slope * x + start lies between low and high; it is empty if first > second."""
    if abs(slope) < 1e-9:
        return (-1e6, 1e6) if low <= start <= high else (1e6, -1e6)
    one, other = (low - start) / slope, (high - start) / slope
    return min(one, other), max(one, other)


@compiled
def _casts(
    mask: NDArray[np.uint8],
    sunlit: NDArray[np.uint8],
    depth: NDArray[np.float32],
    feet: Array,
    tips: Array,
    depths: Array,
    maps: Array,
) -> None:
    """Add the cast shadows to `mask`; arguments as returned by `_sheared`."""
    rows, columns = mask.shape
    for this in range(len(feet)):
        a, b, c, d = maps[this, 0, 0], maps[this, 0, 1], maps[this, 1, 0], maps[this, 1, 1]
        area = a * d - b * c
        if area == 0.0:
            continue
        tall = 0.3 * abs(a / area)
        pixel, near, far = math.sqrt(c * c + d * d), depths[this, 0], depths[this, 1]
        x, y, dy = feet[this, 0], feet[this, 1], tips[this]
        for row in range(max(int(min(y, y + dy) - tall), 0), min(int(max(y, y + dy) + tall) + 1, rows)):
            py = row + 0.5 - y
            first, last = _between(a, b * py, 0.0, 1.0)
            nearer, farther = _between(c, d * py, -0.3, 0.3)
            first, last = max(first, nearer, -x), min(last, farther, columns - x)
            for column in range(math.ceil(x + first - 0.5), math.ceil(x + last - 0.5)):
                px = column + 0.5 - x
                part, aside = a * px + b * py, abs(c * px + d * py)
                if part < 0.0 or part >= 1.0:
                    continue
                soft = 0.02 + 0.06 * part + pixel
                cover = min(1.0, (_PROFILE[int(part * 64)] - aside) / soft + 0.5)
                ground = near + (far - near) * part
                if cover > 0.0 and abs(depth[row, column] - ground) < _FLAT:
                    lit = sunlit[row, column]
                    mask[row, column] = max(mask[row, column], int(cover * lit))
