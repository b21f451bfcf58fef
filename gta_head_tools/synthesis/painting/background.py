"""The scenery of a stage: what every pixel shows, once per camera, and how it looks in a light."""

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
from gta_head_tools.synthesis.places.scenery import ASPHALT, CONCRETE, PAVING, ROAD, TACTILE, TILES
from gta_head_tools.synthesis.places.stage import Array, Stage, lamps_on

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_BAND = 16
"""Rows of pixels cast together, so that their hits stay in the cache."""
_SAMPLES = np.array([[-0.375, -0.125], [0.125, -0.375], [0.375, 0.125], [-0.125, 0.375]])
_COARSE = 4
"""Light that changes slowly over the picture is looked up at every so many pixels."""
_FINE = 2
_SKIES = 14
_HARD = (PAVING, TILES, ASPHALT, CONCRETE, ROAD, TACTILE)


class Backdrop(NamedTuple):
    """What every pixel shows, without light.

    Attributes:
        albedo: (H, W, 3) own colour.
        normal: (H, W, 3) of the surface, local, in 1/127.
        depth: (H, W) metres along the optical axis, infinite in the sky.
        glow: (H, W) own light of windows, signs and lamps.
        cover: (H, W) share of the pixel that is not sky.
        open_sky: (H, W) share of the sky that reaches the surface.
        lamps: (H, W) light of lamps, 128 = right under one.
        wet: (H, W) share of the surface that rain makes a mirror.
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


def build_backdrop(stage: Stage) -> Backdrop:
    """What every pixel of a stage's pictures shows."""
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
    wet = _mirrors(hard & np.isfinite(depth) & (not stage.indoor), normal, open_sky)
    return Backdrop(albedo, normal, depth, glow, cover, _enlarged(open_sky, stage), _enlarged(lamps, stage), wet)


def light_backdrop(backdrop: Backdrop, stage: Stage, light: Light) -> Lit:
    """A stage's scenery in a light: its picture, where the sun shines, and how far away everything is."""
    sunlit = _sunlit(backdrop, stage, light)
    sky = paint_sky(stage, light)
    picture = np.empty_like(backdrop.albedo)
    glow = np.array([255.0, 208, 140]) if not stage.indoor else np.array([250.0, 246, 236])
    parts = np.stack([
        light.sky_colour, light.ground_colour, light.sun_colour, light.lamp_colour * light.lamps, light.haze, light.sun,
        glow * light.lamps, np.array([light.fog, light.wet, 0.0]),
    ])  # fmt: skip
    _shade(backdrop, sunlit, sky, parts, picture)
    if light.wet:
        reflection = mirror(picture, backdrop.depth, stage, light)
        _add_mirror(picture, reflection, backdrop.wet, backdrop.depth, light.wet, light.fog)
    return Lit(picture, sunlit, backdrop.depth)


@dataclass(frozen=True, slots=True)
class _Caster:
    """What is needed to look along rays of a stage's camera."""

    stage: Stage
    rows: Array
    colours: Array
    lists: Lists

    def look(self, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """Hits (N, HIT), own colours (N, 3) and own light (N,) at picture positions."""
        stage, lists = self.stage, self.lists
        lens = np.zeros((5, 3))
        lens[:3], lens[3] = stage.axes(), (stage.height, stage.focal, stage.size[0] / 2)
        lens[4, 0] = stage.size[1] / 2
        hits, albedo, glow = np.empty((len(x), HIT)), np.empty((len(x), 3)), np.empty(len(x))
        cast(x, y, lens, self.rows, lists, hits)
        paint(hits, self.rows, self.colours, stage.seed % 9973, albedo, glow)
        return hits, albedo, glow


class _Layers(NamedTuple):
    """Pictures (H, W, ...) in the making; `keys` tells surfaces apart: solid * 16 + face * 2 + behind glass."""

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
    """Looks again, at several positions, at pixels where surfaces meet."""
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
    """Local points (N, 3) and normals (N, 3) of every so manieth pixel; far away where there is sky."""
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
    """(N,) share of the sky over a point that no solid hides."""
    total, weight = np.zeros(len(points)), np.full(len(points), 1e-3)
    for k in range(_SKIES):
        up = 0.12 + 0.86 * (k + 0.5) / _SKIES
        turn = k * 2.399963  # the golden angle: even around the sky
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


def _enlarged(coarse: Bytes, stage: Stage) -> Bytes:
    width, height = stage.size
    shape = (len(range(_COARSE // 2, height, _COARSE)), len(range(_COARSE // 2, width, _COARSE)))
    smooth = cv2.GaussianBlur(coarse.reshape(shape), (0, 0), 0.9)
    return np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _mirrors(hard: NDArray[np.bool_], normal: NDArray[np.int8], open_sky: Bytes) -> Bytes:
    """(H, W) 255 where rain falls on level ground that is hard."""
    height, width = hard.shape
    shape = (len(range(_COARSE // 2, height, _COARSE)), len(range(_COARSE // 2, width, _COARSE)))
    rained = cv2.resize(open_sky.reshape(shape), (width, height), interpolation=cv2.INTER_LINEAR)
    level = hard & (normal[..., 2] > 120)
    wet: Bytes = np.where(level, np.minimum(rained.astype(np.int32) * 2, 255), 0).astype(np.uint8)
    return wet


def _sunlit(backdrop: Backdrop, stage: Stage, light: Light) -> Bytes:
    """(H, W) 255 where sun or moon reaches the surface."""
    width, height = stage.size
    if not light.sun_colour.any():
        return np.full((height, width), 255, dtype=np.uint8)
    rows = forms(stage.solids)
    points, normals = _surface(stage, backdrop.depth, backdrop.normal, _FINE)
    lit = reached(points, normals, light.sun, rows, reach=MISS)
    shape = (len(range(_FINE // 2, height, _FINE)), len(range(_FINE // 2, width, _FINE)))
    return np.asarray(cv2.resize(lit.reshape(shape), (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


@compiled
def _shade(backdrop: Backdrop, sunlit: Bytes, sky: Bytes, parts: Array, picture: Bytes) -> None:
    albedo, normal, depth, glow, cover, open_sky, lamps, wet = backdrop
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
                if value > 200:  # bright things roll off as in a camera
                    value = np.float32(200) + (value - np.float32(200)) * np.float32(0.5)
                value = value * seen + haze[k] * (one - seen)
                value = value * share + sky[r, c, k] * (one - share)
                picture[r, c, k] = np.uint8(min(value + half, np.float32(255)))


@compiled
def _add_mirror(picture: Bytes, reflection: Bytes, wet: Bytes, depth: Floats, amount: float, fog: float) -> None:
    for r in range(wet.shape[0]):
        for c in range(wet.shape[1]):
            if wet[r, c]:
                # Water mirrors more where the view is flat, that is far away.
                flat = min(0.22 + 0.010 * depth[r, c], 0.5)
                share = amount * wet[r, c] / 255 * flat * math.exp(-fog * depth[r, c])
                for k in range(3):
                    picture[r, c, k] = np.uint8(
                        min(picture[r, c, k] * (1 - 0.7 * share) + reflection[r, c, k] * share, 255)
                    )
