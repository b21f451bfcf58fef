"""The surface of a sprite: occlusion, folds of cloth and strands of hair, and the packing into texels."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled
from gta_head_tools.synthesis.painting.casting import Floats, Samples
from gta_head_tools.synthesis.people.weaves import BUNCHED, CURLS, HANGING, NECK, PANELS, ROUGH, STRANDS

_SEEN_FOLDS = 45.0
"""Texels per metre from which folds and strands are visible."""


@compiled
def _chance(x: int, y: int, z: int) -> float:
    """A pseudo-random number 0..1 that belongs to a point of the integer grid."""
    mixed = (x * 73856093) ^ (y * 19349663) ^ (z * 83492791)
    mixed = (mixed ^ (mixed >> 13)) * 1274126177
    return float((mixed ^ (mixed >> 16)) & 1023) / 1023.0


@compiled
def noise(x: float, y: float, z: float) -> float:
    """Smooth value noise 0..1 on a grid of one unit."""
    i, j, k = math.floor(x), math.floor(y), math.floor(z)
    u, v, w = x - i, y - j, z - k
    u, v, w = u * u * (3.0 - 2.0 * u), v * v * (3.0 - 2.0 * v), w * w * (3.0 - 2.0 * w)
    total = 0.0
    for dz in range(2):
        for dy in range(2):
            share = (w if dz else 1.0 - w) * (v if dy else 1.0 - v)
            left, right = _chance(i, j + dy, k + dz), _chance(i + 1, j + dy, k + dz)
            total += share * (left + u * (right - left))
    return total


@compiled
def weave_height(weave: int, x: float, y: float, z: float) -> float:  # noqa: PLR0911 - one return for each weave
    """Height 0..1 of the relief of a weave at a place of the shape: folds, strands, curls, panels or stone."""
    if weave == HANGING:
        return 0.7 * noise(19.0 * x + 2.0 * z, 19.0 * y, 2.6 * z) + 0.3 * noise(9.0 * x, 9.0 * y, 17.0 * z + 9.0 * x)
    if weave == BUNCHED:
        bend = 6.0 * noise(4.0 * x, 4.0 * y, 3.0 * z)
        folds = noise(5.0 * x + 3.0 * y, bend, 19.0 * z + 13.0 * x + bend)
        return 0.6 * folds * folds + 0.4 * noise(24.0 * x - 16.0 * z, 20.0 * y, 26.0 * z + bend)
    if weave == STRANDS:
        angle = math.atan2(x, 0.02 - y)
        out = math.sqrt(x * x + y * y)
        return 0.6 * noise(9.0 * angle, 22.0 * out + 5.0 * z, 1.0) + 0.4 * noise(24.0 * angle, 9.0 * z, 50.0 * out)
    if weave == CURLS:
        return noise(62.0 * x, 62.0 * y, 62.0 * z)
    if weave == PANELS:
        return abs(math.sin(4.0 * math.atan2(x - 0.02, y + 0.03)))
    if weave == ROUGH:
        return 0.6 * noise(30.0 * x, 30.0 * y, 30.0 * z) + 0.4 * noise(90.0 * x, 90.0 * y, 90.0 * z)
    return 0.5


@compiled
def occlude(texels: Samples, reach: int, step: float, strength: float) -> None:
    """Darken texels that lie deeper than the mean depth within `reach` texels around them (Luft et al. 2006)."""
    height, width = texels.shape[0], texels.shape[1]
    depth, cover = np.zeros((height + 1, width + 1)), np.zeros((height + 1, width + 1))
    for row in range(height):
        far, full = 0.0, 0.0
        for column in range(width):
            full += texels[row, column, 0]
            far += texels[row, column, 0] * texels[row, column, 6]
            depth[row + 1, column + 1] = depth[row, column + 1] + far
            cover[row + 1, column + 1] = cover[row, column + 1] + full
    metres = reach * step
    for row in range(height):
        top, bottom = max(row - reach, 0), min(row + reach + 1, height)
        for column in range(width):
            if texels[row, column, 0] == 0.0:
                continue
            left, right = max(column - reach, 0), min(column + reach + 1, width)
            full = cover[bottom, right] - cover[top, right] - cover[bottom, left] + cover[top, left]
            far = depth[bottom, right] - depth[top, right] - depth[bottom, left] + depth[top, left]
            below = far / max(full, 1e-9) - texels[row, column, 6] - 0.22 * metres
            if below > 0.0:
                texels[row, column, 1] *= 1.0 - strength * min(1.0, below / (1.1 * metres))


@compiled
def weave(texels: Samples, solids: Floats, axes: Floats, frame: Floats, seed: float) -> None:
    """Add the relief of the weave to normals and shades of texels; `frame` as in `cast_solid`, of the first texel."""
    step = frame[2]
    seen = min(1.0, max(0.0, (1.0 / step - _SEEN_FOLDS) / (1.5 * _SEEN_FOLDS)))
    if seen == 0.0:
        return
    gap = max(step, 0.003)
    for row in range(texels.shape[0]):
        for column in range(texels.shape[1]):
            texel = texels[row, column]
            solid = solids[int(texel[7])]
            kind = int(solid[29])
            if texel[0] == 0.0 or kind == 0:
                continue
            x, y, t = frame[0] + column * step, frame[1] - row * step, float(texel[6])
            px = axes[0, 0] * x + axes[1, 0] * y + axes[2, 0] * t
            py = axes[0, 1] * x + axes[1, 1] * y + axes[2, 1] * t
            pz = axes[0, 2] * x + axes[1, 2] * y + axes[2, 2] * t + seed
            here = weave_height(kind, px, py, pz)
            hair = kind in (STRANDS, CURLS)
            depth = (0.006 if kind == STRANDS else 0.009 if kind == CURLS else 0.011) * solid[30] * seen
            aside = weave_height(kind, px + gap * axes[0, 0], py + gap * axes[0, 1], pz + gap * axes[0, 2])
            above = weave_height(kind, px + gap * axes[1, 0], py + gap * axes[1, 1], pz + gap * axes[1, 2])
            nx, ny, nz = texel[2] - depth * (aside - here) / gap, texel[3] - depth * (above - here) / gap, texel[4]
            size = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz)
            texel[2], texel[3], texel[4] = nx * size, ny * size, nz * size
            texel[1] *= 1.0 + seen * (0.55 if hair else 0.22) * solid[30] * (here - (0.62 if hair else 0.4))


@compiled
def settle(texels: Samples, axes: Floats, frame: Floats, head: bool) -> None:
    """Darken what is below something: neck and shoulders below the head, legs below the trunk, a face's underside."""
    step = frame[2]
    for row in range(texels.shape[0]):
        for column in range(texels.shape[1]):
            texel = texels[row, column]
            if texel[0] == 0.0:
                continue
            x, y, t = frame[0] + column * step, frame[1] - row * step, float(texel[6])
            up = axes[0, 2] * x + axes[1, 2] * y + axes[2, 2] * t
            if head and int(texel[5]) != NECK:
                down = -(axes[0, 2] * texel[2] + axes[1, 2] * texel[3] + axes[2, 2] * texel[4])
                texel[1] *= 1.0 - 0.3 * max(down, 0.0)
                continue
            far = math.sqrt(x * x + y * y + t * t) + 1e-6
            towards = -(texel[2] * x + texel[3] * y + texel[4] * t) / far
            hidden = min(0.8, (0.12 / far) ** 2) * max(0.0, 0.35 + 0.65 * towards)
            low = min(1.0, max(0.0, (-0.5 - up) / 1.0))
            texel[1] *= (1.0 - 0.85 * hidden) * (1.0 - 0.3 * low)


@compiled
def pack(texels: Samples, out: NDArray[np.uint32]) -> None:
    """Pack texels (H, W, 8) row by row: alpha<<24 | shade<<16 | normal up<<9 | normal right<<4 | material."""
    place = 0
    for row in range(texels.shape[0]):
        for column in range(texels.shape[1]):
            texel = texels[row, column]
            alpha = int(255.0 * texel[0] + 0.5)
            if alpha == 0:
                out[place] = 0
            else:
                shade = int(255.0 * min(max(texel[1], 0.0), 1.0) + 0.5)
                right = int((texel[2] + 1.0) * 15.5 + 0.5)
                up = int((texel[3] + 1.0) * 15.5 + 0.5)
                out[place] = (alpha << 24) | (shade << 16) | (up << 9) | (right << 4) | int(texel[5])
            place += 1
