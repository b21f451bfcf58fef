"""The sky over a stage, and the reflections of the sky and of lights on wet ground."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled
from gta_head_tools.pictures import Picture
from gta_head_tools.synthesis.painting.light import Light
from gta_head_tools.synthesis.painting.textures import rough
from gta_head_tools.synthesis.places.stage import Array, Stage

_COARSE = 4
"""Sky and reflections are computed at this stride in pixels and enlarged."""


def paint_sky(stage: Stage, light: Light) -> Picture:
    """The sky (H, W, 3), which lies behind everything; below the horizon it is haze."""
    width, height = stage.size
    coarse = np.empty((-(-height // _COARSE), -(-width // _COARSE), 3), dtype=np.uint8)
    parts = np.stack([light.haze, light.zenith, light.sun, light.sun_colour])
    lens = np.concatenate([stage.axes(), [[stage.focal / _COARSE, coarse.shape[1] / 2, coarse.shape[0] / 2]]])
    drift = stage.seed % 997 + light.hour * 3.7
    _heaven(parts, lens, light.clouds, drift, coarse)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


@compiled
def _heaven(parts: Array, lens: Array, clouds: float, drift: float, out: NDArray[np.uint8]) -> None:
    sun = parts[2]
    bright = max(parts[3, 0], parts[3, 1], parts[3, 2])
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            a, b = (c + 0.5 - lens[3, 1]) / lens[3, 0], (lens[3, 2] - r - 0.5) / lens[3, 0]
            x, y = lens[2, 0] + a * lens[0, 0] + b * lens[1, 0], lens[2, 1] + a * lens[0, 1] + b * lens[1, 1]
            z = lens[2, 2] + a * lens[0, 2] + b * lens[1, 2]
            length = math.sqrt(x * x + y * y + z * z)
            x, y, z = x / length, y / length, z / length
            rise = min(max(z, 0.0) * 2.2, 1.0) ** 0.6
            near = max(x * sun[0] + y * sun[1] + z * sun[2], 0.0)
            halo = bright * (0.35 * near**8 + 0.15 * near**2)
            cover, lit = 0.0, 1.0
            if clouds > 0.02 and z > 0.01:
                u, v = x / (z + 0.10) * 2.2 + drift, y / (z + 0.10) * 2.2
                puff = rough(u, v, 1.6, 0.02, 5.0) + rough(u, v, 0.4, 0.02, 9.0) * 0.4
                cover = min(max((puff + 1.5 * clouds - 0.75) * 2.0, 0.0), 1.0) * min(z * 9, 1.0)
                lit = 0.93 + 0.16 * puff
            for k in range(3):
                blue = parts[0, k] + (parts[1, k] - parts[0, k]) * rise
                white = (0.72 * parts[0, k] + 0.28 * parts[1, k]) * lit + 26 * bright
                value = blue + (white - blue) * cover * (0.85 if clouds < 0.9 else 0.6)
                value += (255 - value) * min(halo * parts[3, k], 0.8)
                out[r, c, k] = min(max(value, 0.0), 255.0)


def mirror(picture: Picture, depth: NDArray[np.float32], stage: Stage, light: Light) -> Picture:
    """The reflection (H, W, 3) that level ground would show in every pixel, blurred vertically.

    A reflected ray is followed to the far end of the place, because most lights and walls stand there; the reflection
    is what the picture shows at that point.
    """
    (width, height), axes = stage.size, stage.axes()
    small = cv2.resize(picture, (width // _COARSE, height // _COARSE), interpolation=cv2.INTER_AREA)
    down, across = small.shape[:2]
    y, x = np.mgrid[0:down, 0:across]
    focal = stage.focal * across / width
    a, b = (x + 0.5 - across / 2) / focal, (down / 2 - y - 0.5) / focal
    ray = axes[2] + a[..., None] * axes[0] + b[..., None] * axes[1]
    away = cv2.resize(depth, (across, down), interpolation=cv2.INTER_NEAREST).astype(np.float64)
    away = np.minimum(away, 500)
    spot = ray * away[..., None]
    reach = max(floor.y1 for floor in stage.floors) + 8
    further = np.maximum(reach / np.maximum(ray[..., 1], 0.05) - away, 4.0)
    met = spot + further[..., None] * ray * np.array([1, 1, -1])
    ahead = np.maximum(met @ axes[2], 0.1)
    column = (met @ axes[0] / ahead * focal + across / 2).astype(np.float32)
    line = (down / 2 - met @ axes[1] / ahead * focal).astype(np.float32)
    mirrored = cv2.remap(small, column, line, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    sky = (light.haze + light.zenith) / 2
    above = np.clip(-line / (0.15 * down), 0, 1)[..., None]
    mixed = (mirrored * (1 - above) + sky * above).astype(np.float32)
    _lamp_streaks(mixed, stage, light)
    blurred = cv2.GaussianBlur(mixed, (0, 0), sigmaX=1.2, sigmaY=7.0)
    full = cv2.resize(np.minimum(blurred, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full, dtype=np.uint8)


def _lamp_streaks(mirrored: NDArray[np.float32], stage: Stage, light: Light) -> None:
    """Add the reflections of lamps: each is a streak towards the camera."""
    down, across = mirrored.shape[:2]
    low = stage.lamps[stage.lamps[:, 2] < 12]
    if not len(low) or not light.lamps:
        return
    pixels, depth = stage.see(low[:, :3] * np.array([1, 1, -1]))
    colour = (light.lamp_colour * light.lamps * 700).astype(np.float32)
    for (x, y), away in zip(pixels * across / stage.size[0], depth, strict=True):
        if away < 1:
            continue
        wide, tall = max(0.25 * stage.focal / _COARSE / away, 1.0), max(1.6 * stage.focal / _COARSE / away, 4.0)
        left, right = max(int(x - 3 * wide), 0), min(int(x + 3 * wide) + 1, across)
        top, bottom = max(int(y - 3 * tall), 0), min(int(y + 3 * tall) + 1, down)
        if left >= right or top >= bottom:
            continue
        columns = np.exp(-0.5 * ((np.arange(left, right) + 0.5 - x) / wide) ** 2)
        lines = np.exp(-0.5 * ((np.arange(top, bottom) + 0.5 - y) / tall) ** 2)
        mirrored[top:bottom, left:right] += (lines[:, None] * columns)[..., None].astype(np.float32) * colour
