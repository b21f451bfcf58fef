"""The scenery of a stage behind the people: its surfaces, found once per camera, and its picture in a light."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled
from gta_head_tools.pictures import Picture
from gta_head_tools.synthesis.painting.light import Light
from gta_head_tools.synthesis.painting.raycast import HIT, MISS, Lists, cast, forms, reached, tiles
from gta_head_tools.synthesis.painting.sky import mirror, paint_sky
from gta_head_tools.synthesis.painting.textures import paint
from gta_head_tools.synthesis.places import materials as m
from gta_head_tools.synthesis.places.stage import Array, Stage, lamps_on

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_BAND = 16
"""Rows of pixels cast together: few enough that their hits stay in the processor's cache."""
_SAMPLES = np.array([[-0.375, -0.125], [0.125, -0.375], [0.375, 0.125], [-0.125, 0.375]])
"""Positions in a pixel of an edge, from its middle."""
_COARSE = 4
"""Stride in pixels at which the light of the sky and of lamps is computed, because it changes slowly."""
_FINE = 2
"""Stride in pixels at which shadows of the sun are computed."""
_SKIES = 14
"""Directions in which the open share of the sky is sampled."""
_HARD = (m.PAVING, m.TILES, m.ASPHALT, m.CONCRETE, m.ROAD, m.TACTILE)


class Background(NamedTuple):
    """The surface in every pixel, before any light falls on it. Shares are 0..255.

    Attributes:
        albedo: (H, W, 3) colour in white light.
        normal: (H, W, 3) of the surface, local, in units of 1/127.
        depth: (H, W) metres along the optical axis, infinite in the sky.
        glow: (H, W) light that windows, signs and lamps emit.
        cover: (H, W) share of the pixel that is not sky.
        open_sky: (H, W) share of the sky that reaches the surface.
        lamps: (H, W) light of lamps, 128 = on the ground right under one.
        wet: (H, W) share of the surface that becomes a mirror in rain.
    """

    albedo: Picture
    normal: NDArray[np.int8]
    depth: Floats
    glow: Bytes
    cover: Bytes
    open_sky: Bytes
    lamps: Bytes
    wet: Bytes


@dataclass(frozen=True, slots=True)
class Lit:
    """Scenery in a light.

    Attributes:
        picture: (H, W, 3) RGB.
        sunlit: (H, W) 255 where the sun or moon reaches the surface, 0 in the shadow of scenery.
        depth: (H, W) metres along the optical axis, infinite in the sky.
    """

    picture: Picture
    sunlit: Bytes
    depth: Floats


def build_background(stage: Stage) -> Background:
    """The surfaces that the camera of a stage sees."""
    rows = forms(stage.solids)
    colours = np.array([solid.colours for solid in stage.solids], dtype=np.float64)
    caster = _Caster(stage, rows, colours, tiles(stage, rows))
    width, height = stage.size
    layers = _blank(width, height)
    for top in range(0, height, _BAND):
        x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(top, min(top + _BAND, height)) + 0.5)
        _store(*caster.look(x.ravel(), y.ravel()), top, layers)
    _soften(caster, layers)
    albedo, normal, depth, glow, cover, keys = layers
    points, normals = _surface(stage, depth, normal, _COARSE)
    open_sky = _open_sky(stage, points, normals, rows)
    lamps = _lamp_light(stage, points, normals)
    hard = np.isin(rows[:, 9], _HARD)[np.maximum(keys >> 4, 0)]
    wet = _mirrors(hard & np.isfinite(depth) & (not stage.indoor), normal, open_sky, stage)
    return Background(albedo, normal, depth, glow, cover, _smoothed(open_sky, stage), _smoothed(lamps, stage), wet)


def light_background(background: Background, stage: Stage, light: Light) -> Lit:
    """The background in a light."""
    sunlit = _sunlit(background, stage, light)
    sky = paint_sky(stage, light)
    picture = np.empty_like(background.albedo)
    glow = np.array([255.0, 208, 140]) if not stage.indoor else np.array([250.0, 246, 236])
    parts = np.stack([
        light.sky_colour, light.ground_colour, light.sun_colour, light.lamp_colour * light.lamps, light.haze, light.sun,
        glow * light.lamps, np.array([light.fog, light.wet, 0.0]),
    ])  # fmt: skip
    _shade(background, sunlit, sky, parts, picture)
    if light.wet:
        reflection = mirror(picture, background.depth, stage, light)
        _add_mirror(picture, reflection, background.wet, background.depth, light.wet, light.fog)
    return Lit(picture, sunlit, background.depth)


@dataclass(frozen=True, slots=True)
class _Caster:
    """Casts rays of a stage's camera; `rows` (S, FORM) and `colours` (S, 2, 3) describe its solids."""

    stage: Stage
    rows: Array
    colours: Array
    lists: Lists

    def look(self, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """Hits (N, HIT), colours (N, 3) and emitted light (N,) at picture positions x (N,) and y (N,)."""
        stage, lists = self.stage, self.lists
        lens = np.zeros((5, 3))
        lens[:3], lens[3] = stage.axes(), (stage.height, stage.focal, stage.size[0] / 2)
        lens[4, 0] = stage.size[1] / 2
        hits, albedo, glow = np.empty((len(x), HIT)), np.empty((len(x), 3)), np.empty(len(x))
        cast(x, y, lens, self.rows, lists, hits)
        paint(hits, self.rows, self.colours, stage.seed % 9973, albedo, glow)
        return hits, albedo, glow


class _Layers(NamedTuple):
    """Layers (H, W, ...) that are being filled; `keys` number the surfaces: solid * 16 + face * 2 + (behind glass)."""

    albedo: Bytes
    normal: NDArray[np.int8]
    depth: Floats
    glow: Bytes
    cover: Bytes
    keys: NDArray[np.int32]


def _blank(width: int, height: int) -> _Layers:
    shape = (height, width)
    colour, normal = np.zeros((*shape, 3), dtype=np.uint8), np.zeros((*shape, 3), dtype=np.int8)
    glow, cover = np.zeros(shape, dtype=np.uint8), np.zeros(shape, dtype=np.uint8)
    return _Layers(colour, normal, np.empty(shape, dtype=np.float32), glow, cover, np.empty(shape, dtype=np.int32))


@compiled
def _store(hits: Array, colour: Array, light: Array, top: int, layers: _Layers) -> None:
    albedo, normal, depth, glow, cover, keys = layers
    wide = depth.shape[1]
    for i in range(len(hits)):
        r, c = top + i // wide, i % wide
        for k in range(3):
            albedo[r, c, k] = np.uint8(colour[i, k] + 0.5)
            normal[r, c, k] = np.int8(round(hits[i, 3 + k] * 127))
        glow[r, c] = np.uint8(light[i] + 0.5)
        depth[r, c] = hits[i, 0] if hits[i, 1] >= 0 else np.inf
        cover[r, c] = 255 if hits[i, 1] >= 0 else 0
        keys[r, c] = int(hits[i, 1]) * 16 + int(hits[i, 2]) * 2 + int(hits[i, 14])


def _soften(caster: _Caster, layers: _Layers) -> None:
    """Average several rays in the pixels where two surfaces meet, so that edges are antialiased."""
    keys = layers.keys
    edge = np.zeros(keys.shape, dtype=bool)
    across, down = keys[:, 1:] != keys[:, :-1], keys[1:] != keys[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    row, column = np.nonzero(edge)
    for first in range(0, len(row), 8192):
        r, c = row[first : first + 8192], column[first : first + 8192]
        x = c[:, None] + 0.5 + _SAMPLES[:, 0]
        y = r[:, None] + 0.5 + _SAMPLES[:, 1]
        _average(*caster.look(x.ravel(), y.ravel()), r, c, layers)


@compiled
def _average(
    hits: Array, colour: Array, light: Array, rows: NDArray[np.int64], columns: NDArray[np.int64], layers: _Layers
) -> None:
    albedo, normal, _, glow, cover, _ = layers
    each = len(hits) // len(rows)
    for i in range(len(rows)):
        r, c = rows[i], columns[i]
        seen, total, own = 0, np.zeros(3), 0.0
        facing = np.zeros(3)
        for j in range(i * each, (i + 1) * each):
            if hits[j, 1] >= 0:
                seen += 1
                own += light[j]
                for k in range(3):
                    total[k] += colour[j, k]
                    facing[k] += hits[j, 3 + k]
        cover[r, c] = np.uint8(255 * seen / each)
        if seen:
            length = max(math.sqrt(facing[0] ** 2 + facing[1] ** 2 + facing[2] ** 2), 1e-6)
            glow[r, c] = np.uint8(own / seen)
            for k in range(3):
                albedo[r, c, k] = np.uint8(total[k] / seen + 0.5)
                normal[r, c, k] = np.int8(round(127 * facing[k] / length))


def _surface(stage: Stage, depth: Floats, normal: NDArray[np.int8], step: int) -> tuple[Floats, NDArray[np.int8]]:
    """Local points (N, 3) and normals (N, 3) of every `step`-th pixel; points of the sky are 100 km away."""
    coarse = depth[step // 2 :: step, step // 2 :: step]
    y, x = np.mgrid[step // 2 : depth.shape[0] : step, step // 2 : depth.shape[1] : step]
    axes = stage.axes().astype(np.float32)
    a = ((x + 0.5 - stage.size[0] / 2) / stage.focal).astype(np.float32)[..., None]
    b = ((stage.size[1] / 2 - y - 0.5) / stage.focal).astype(np.float32)[..., None]
    far = np.where(np.isinf(coarse), np.float32(1e5), coarse)[..., None]
    points = (axes[2] + a * axes[0] + b * axes[1]) * far + np.array([0, 0, stage.height], dtype=np.float32)
    normals = np.ascontiguousarray(normal[step // 2 :: step, step // 2 :: step])
    return np.ascontiguousarray(points.reshape(-1, 3), dtype=np.float32), normals.reshape(-1, 3)


def _open_sky(stage: Stage, points: Floats, normals: NDArray[np.int8], rows: Array) -> Bytes:
    """(N,) share 0..255 of the sky over each point that no solid hides."""
    total, weight = np.zeros(len(points)), np.full(len(points), 1e-3)
    for k in range(_SKIES):
        up = 0.12 + 0.86 * (k + 0.5) / _SKIES
        turn = k * 2.399963  # The golden angle spreads the directions evenly around the sky.
        flat = math.sqrt(1 - up * up)
        towards = np.array([flat * math.cos(turn), flat * math.sin(turn), up])
        facing = np.maximum(normals @ towards / 127, 0.0)
        total += facing * (reached(points, normals, towards, rows, reach=5.0 if stage.indoor else 40.0) / 255.0)
        weight += facing
    share: Bytes = np.clip(255 * (total + 5e-4) / weight, 0, 255).astype(np.uint8)
    return share


def _lamp_light(stage: Stage, points: Floats, normals: NDArray[np.int8]) -> Bytes:
    """(N,) light of the lamps, 128 = level ground right under one."""
    strength = np.zeros(len(points))
    near = points[:, 1] < 400
    for first in range(0, int(near.sum()), 16384):
        chosen = np.flatnonzero(near)[first : first + 16384]
        strength[chosen] = lamps_on(stage.lamps, points[chosen].astype(np.float64))
    facing = 0.45 + 0.55 * np.maximum(normals[:, 2] / 127.0, 0.0)
    light: Bytes = np.clip(128 * strength * facing, 0, 255).astype(np.uint8)
    return light


def _shape(stage: Stage, step: int) -> tuple[int, int]:
    """Rows and columns of every `step`-th pixel."""
    width, height = stage.size
    return len(range(step // 2, height, step)), len(range(step // 2, width, step))


def _enlarged(coarse: NDArray[np.uint8], stage: Stage) -> Bytes:
    return np.asarray(cv2.resize(coarse, stage.size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _smoothed(coarse: Bytes, stage: Stage) -> Bytes:
    blurred = cv2.GaussianBlur(coarse.reshape(_shape(stage, _COARSE)), (0, 0), 0.9)
    return _enlarged(np.asarray(blurred, dtype=np.uint8), stage)


def _mirrors(hard: NDArray[np.bool_], normal: NDArray[np.int8], open_sky: Bytes, stage: Stage) -> Bytes:
    """(H, W) 255 where rain falls on hard and level ground."""
    rained = _enlarged(open_sky.reshape(_shape(stage, _COARSE)), stage)
    level = hard & (normal[..., 2] > 120)
    wet: Bytes = np.where(level, np.minimum(rained.astype(np.int32) * 2, 255), 0).astype(np.uint8)
    return wet


def _sunlit(background: Background, stage: Stage, light: Light) -> Bytes:
    """(H, W) 255 where the sun or the moon reaches the surface, 0 in shadow."""
    if not light.sun_colour.any():
        return np.full(background.depth.shape, 255, dtype=np.uint8)
    points, normals = _surface(stage, background.depth, background.normal, _FINE)
    lit = reached(points, normals, light.sun, forms(stage.solids), reach=MISS)
    return _enlarged(lit.reshape(_shape(stage, _FINE)), stage)


@compiled
def _shade(background: Background, sunlit: Bytes, sky: Bytes, parts: Array, picture: Bytes) -> None:
    albedo, normal, depth, glow, cover, open_sky, lamps, wet = background
    sun, fog, rain = parts[5].astype(np.float32), np.float32(parts[7, 0]), np.float32(parts[7, 1])
    above, below, direct = parts[0].astype(np.float32), parts[1].astype(np.float32), parts[2].astype(np.float32)
    lamp, haze, own = parts[3].astype(np.float32), parts[4].astype(np.float32), parts[6].astype(np.float32)
    clear = np.empty(4096, dtype=np.float32)
    for i in range(4096):
        clear[i] = math.exp(-fog * i * 0.25)
    one, half = np.float32(1), np.float32(0.5)
    for r in range(depth.shape[0]):
        for c in range(depth.shape[1]):
            here = cover[r, c]
            if here == 0:
                for k in range(3):
                    picture[r, c, k] = sky[r, c, k]
                continue
            inv = np.float32(1 / 127)
            nx, ny, nz = normal[r, c, 0] * inv, normal[r, c, 1] * inv, normal[r, c, 2] * inv
            up = half + half * nz
            facing = max(nx * sun[0] + ny * sun[1] + nz * sun[2], np.float32(0)) * sunlit[r, c] * np.float32(1 / 255)
            opened = np.float32(0.48) + np.float32(0.52 / 255) * open_sky[r, c]
            pool = lamps[r, c] * np.float32(1 / 128)
            dark = one - np.float32(0.26 / 255) * rain * wet[r, c]
            seen = clear[min(int(depth[r, c] * np.float32(4)), 4095)] if depth[r, c] < 1e6 else one
            share = here * np.float32(1 / 255)
            for k in range(3):
                lit = (above[k] * up + below[k] * (one - up)) * opened + direct[k] * facing + lamp[k] * pool
                value = albedo[r, c, k] * lit * dark + glow[r, c] * np.float32(1 / 255) * own[k]
                if value > 200:  # The camera compresses highlights.
                    value = np.float32(200) + (value - np.float32(200)) * np.float32(0.5)
                value = value * seen + haze[k] * (one - seen)
                value = value * share + sky[r, c, k] * (one - share)
                picture[r, c, k] = np.uint8(min(value + half, np.float32(255)))


@compiled
def _add_mirror(picture: Bytes, reflection: Bytes, wet: Bytes, depth: Floats, amount: float, fog: float) -> None:
    for r in range(wet.shape[0]):
        for c in range(wet.shape[1]):
            if wet[r, c]:
                # Water reflects more at grazing angles, which is where it is far away.
                flat = min(0.22 + 0.010 * depth[r, c], 0.5)
                share = amount * wet[r, c] / 255 * flat * math.exp(-fog * depth[r, c])
                for k in range(3):
                    picture[r, c, k] = np.uint8(
                        min(picture[r, c, k] * (1 - 0.7 * share) + reflection[r, c, k] * share, 255)
                    )
