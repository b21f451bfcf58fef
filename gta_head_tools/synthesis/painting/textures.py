"""Patterns of the materials of scenery, in metres on the surface.

Every pattern is integrated over the footprint of a pixel, or fades to its mean, so that distant surfaces do not alias.
u, v are texture positions in metres, bu, bv the size of the footprint along both, and d the material's `detail`.
"""

from __future__ import annotations

import math

import numpy as np

from gta_head_tools.compiled import compiled
from gta_head_tools.synthesis.places import materials as m
from gta_head_tools.synthesis.places.stage import Array


@compiled
def chance(a: float, b: float, seed: float) -> float:
    """A pseudo-random number 0..1 that belongs to a pair of integers (a and b are rounded down)."""
    n = math.floor(a) * 374761393 + math.floor(b) * 668265263 + int(seed) * 974634777
    n = ((n ^ (n >> 13)) * 1274126177) & 0x7FFFFFFF
    n = ((n ^ (n >> 15)) * 1103515245) & 0x7FFFFFFF
    return ((n ^ (n >> 12)) & 0xFFFF) / 65535.0


@compiled
def noise(x: float, y: float, seed: float) -> float:
    """Smooth value noise -1..1 on a grid of one unit."""
    fx, fy = math.floor(x), math.floor(y)
    a, b = x - fx, y - fy
    a, b = a * a * (3 - 2 * a), b * b * (3 - 2 * b)
    low = chance(fx, fy, seed) * (1 - a) + chance(fx + 1, fy, seed) * a
    high = chance(fx, fy + 1, seed) * (1 - a) + chance(fx + 1, fy + 1, seed) * a
    return 2 * (low * (1 - b) + high * b) - 1


@compiled
def rough(x: float, y: float, size: float, blur: float, seed: float) -> float:
    """Noise of four octaves from `size` metres down to an eighth of it; octaves finer than `blur` are left out."""
    total, share, step = 0.0, 0.5, size
    for octave in range(4):
        fade = 1.3 - 1.6 * blur / step
        if fade <= 0:
            break
        total += share * min(fade, 1.0) * noise(x / step, y / step, seed + octave)
        share, step = share * 0.62, step * 0.5
    return total


@compiled
def lines(x: float, period: float, width: float, blur: float) -> float:
    """Share of the footprint around x that lies within `width` after each multiple of `period`."""
    blur = max(blur, 1e-4)
    a, b = (x - blur / 2) / period, (x + blur / 2) / period
    w = width / period
    fa, fb = math.floor(a), math.floor(b)
    return ((fb - fa) * w + min(b - fb, w) - min(a - fa, w)) / (b - a)


@compiled
def band(x: float, low: float, high: float, blur: float) -> float:
    """Share of the footprint around x between low and high."""
    blur = max(blur, 1e-4)
    return max(min(x + blur / 2, high) - max(x - blur / 2, low), 0.0) / blur


@compiled
def _ground(material: int, u: float, v: float, bu: float, bv: float, d: Array, seed: float) -> tuple[float, float]:
    """A ground: share of the second colour, and brightness."""
    blur = max(bu, bv)
    dirt = rough(u, v, 4.0, blur, seed)
    if material in (m.PAVING, m.TILES):
        size = d[0]
        shift = 0.5 * size * (math.floor(v / size) % 2) * d[1]
        joint = 1 - (1 - lines(u + shift, size, 0.025, bu)) * (1 - lines(v, size, 0.025, bv))
        calm = max(1.0 - blur / size, 0.0)
        tone = (chance((u + shift) / size, v / size, seed) - 0.5) * calm
        if material == m.TILES:
            check = lines(u, 4 * size, size, bu) + lines(v, 4 * size, size, bv)
            return 0.45 * joint + 0.5 * min(check, 1.0), 1 + 0.035 * tone + 0.02 * dirt
        border = lines(u, 9 * size, size, bu) if d[2] else 0.0
        return 0.75 * joint + 0.5 * border, 1 + 0.11 * tone + 0.09 * dirt
    if material == m.GRASS:
        fine = rough(u, v, 0.35, blur, seed + 9)
        path = v * 0.06 + 2.2 * noise(v / 17, 0.3, seed) + d[1]
        worn = 0.0
        if d[0] > 0:
            worn = max(0.0, 1.0 - abs(u - 6 * path) / d[0] + 0.8 * dirt)
            worn = max(worn, 0.9 - abs(u + 13 + 4.5 * noise(v / 11, 2.7, seed)) / d[0] + 0.8 * dirt)
        mow = 0.06 * (2 * lines(v, 10.0, 5.0, bv) - 1) * d[2]
        bare = max(0.0, noise(u / 9, v / 9, seed + 5) - 0.42) * 1.4
        return min(0.9 * min(worn, 1.0) + bare, 1.0), 1 + 0.20 * dirt + 0.20 * fine + mow
    if material == m.BALLAST:
        rail = lines(u + 0.79, 1.5, 0.08, bu) * band(u, -0.9, 0.9, bu)
        sleeper = lines(v, 0.65, 0.24, bv) * band(u, -1.3, 1.3, bu)
        return min(0.5 * sleeper + rail, 1.0), 1 + 0.35 * rough(u, v, 0.25, blur, seed) + 0.1 * dirt
    # Asphalt and concrete have patches, cracks and joints.
    joint = lines(v, d[0], 0.03, bv) if d[0] > 0 else 0.0
    patch = 1.0 if noise(u / 7, v / 5, seed + 3) > 0.5 else 0.0
    return 0.8 * joint, 1 + 0.10 * dirt + 0.10 * rough(u, v, 0.12, blur, seed + 2) - 0.06 * patch


@compiled
def _road(u: float, v: float, bu: float, bv: float, d: Array, seed: float) -> tuple[float, float]:
    """White paint on asphalt: edge lines, a dashed middle line, a zebra crossing: share of paint, and brightness."""
    half = d[0]
    worn = 0.75 + 0.35 * rough(u, v, 0.8, max(bu, bv), seed + 4)
    clear = 1.0 - band(v, d[1] - 1.2, d[1] + 5.2, bv) if d[1] else 1.0
    paint = (band(u, -half + 0.25, -half + 0.4, bu) + band(u, half - 0.4, half - 0.25, bu)) * clear
    paint += band(u, -0.075, 0.075, bu) * lines(v, 6.0, 2.6, bv) * clear
    if d[1]:
        paint += band(v, d[1], d[1] + 4.0, bv) * lines(u + half, 1.0, 0.5, bu) * band(u, -half + 0.3, half - 0.3, bu)
        paint += band(v, d[1] - 1.2, d[1] - 0.8, bv) * band(u, -half + 0.4, 0.0, bu)
    wheel = 0.05 * (band(abs(u), half * 0.3, half * 0.7, bu) - 0.4)
    tone = 1 + 0.10 * rough(u, v, 5.0, max(bu, bv), seed) + 0.10 * rough(u, v, 0.12, max(bu, bv), seed + 2)
    return min(max(paint * worn, 0.0), 1.0), tone - wheel


@compiled
def _facade(u: float, v: float, bu: float, bv: float, d: Array, seed: float) -> tuple[float, float, float]:
    """Rows of windows above a ground floor: share of glass, brightness, light from inside."""
    storey, pitch, ground = d[0], d[1], d[2]
    stain = 1 + 0.07 * rough(u, v * 0.5, 3.0, max(bu, bv), seed)
    if v < ground:
        plinth = 0.12 * band(v, 0.0, 0.5, bv)
        return 0.0, stain - plinth, 0.0
    up = v - ground
    wide, tall = pitch * (0.42 + 0.2 * chance(3, 1, d[3])), storey * (0.5 + 0.12 * chance(5, 2, d[3]))
    left, low = (pitch - wide) / 2, (storey - tall) * 0.55
    column, row = math.floor(u / pitch), math.floor(up / storey)
    glass = lines(u - left, pitch, wide, bu) * lines(up - low, storey, tall, bv)
    sharp = max(1.0 - max(bu / pitch, bv / storey), 0.0)
    luck = chance(column, row, seed)
    frame = lines(u - left - wide / 2 + 0.04, pitch, 0.08, bu) * lines(up - low, storey, tall, bv)
    frame += lines(up - low - tall * 0.62, storey, 0.07, bv) * lines(u - left, pitch, wide, bu)
    blind = 0.0
    if chance(column, row, seed + 1) < 0.3:
        blind = lines(u - left, pitch, wide, bu) * lines(up - low - tall * (0.3 + 0.5 * luck), storey, tall, bv)
        blind = min(blind, glass)
    sill = lines(u - left + 0.08, pitch, wide + 0.16, bu) * lines(up - low + 0.14, storey, 0.14, bv)
    ledge = lines(up, storey * 1.0, 0.12, bv)
    lit = 1.0 if chance(column, row, seed + 2) < 0.34 else 0.0
    lit = lit * sharp + 0.34 * (1 - sharp)
    glow = max(glass - frame, 0.0) * lit * (0.55 + 0.45 * luck)
    share = min(max(glass - 0.8 * frame - 0.75 * blind, 0.0), 1.0)
    return share, stain + 0.10 * sill + 0.07 * ledge + (luck - 0.5) * 0.5 * share * sharp, glow


@compiled
def _shop(u: float, v: float, bu: float, bv: float, d: Array, seed: float) -> tuple[float, float, float, float]:
    """Shop fronts below signs: share of glass, brightness, light from inside, number of the sign or -1."""
    wide, sign = d[0], d[1]
    unit = math.floor(u / wide)
    luck = chance(unit, 0, seed)
    top = d[2]
    pillar = lines(u + 0.2, wide, 0.4, bu)
    if v > top - sign:
        text = band(v, top - 0.70 * sign, top - 0.30 * sign, bv)
        inside = band(u - unit * wide, wide * 0.25, wide * (0.55 + 0.25 * luck), bu)
        gap = 1.0 if chance(u / 0.32, unit, seed + 4) > 0.22 else 0.0
        return 0.0, 0.92 + 0.9 * text * inside * gap, 0.55 * (1 - pillar) * (0.4 + text * inside), float(unit)
    door = band(u - unit * wide, wide * 0.68, wide * 0.68 + 1.1, bu) * band(v, 0.0, 2.2, bv)
    frame = lines(u, wide / 4, 0.07, bu) + band(v, 0.0, 0.35, bv) + band(v, 2.25, 2.33, bv)
    glass = max(1 - pillar - frame * 0.9, 0.0)
    near = max(1 - max(bu / 0.3, bv / 0.5), 0.0)
    goods = 0.5 + near * (0.22 * (chance(u / 0.23, v / 0.62, seed + unit) - 0.5) - 0.2 * lines(v, 0.62, 0.06, bv))
    goods += 0.30 * noise(u / 0.9, v / 1.1, seed + 2 * unit) - 0.18 * band(v, 0.35, 1.2, bv)
    shut = 1.0 if luck < 0.12 else 0.0
    glow = glass * (1 - shut) * (0.30 + 0.5 * goods) * (1 - 0.5 * door)
    return glass * (1 - 0.6 * shut), 0.75 + 0.5 * goods * glass - 0.25 * door, glow, -1.0


@compiled
def _train(u: float, v: float, bu: float, bv: float, d: Array) -> tuple[float, float, float]:
    """Doors with windows between them and stripes: share of glass, share of the second colour, light from inside."""
    pitch = d[0]
    at = u - math.floor(u / pitch) * pitch
    window = lines(u - 2.2, pitch, pitch - 2.9, bu) * lines(u, 1.9, 1.72, bu) * band(v, 1.35, 2.35, bv)
    pane = (band(at, 0.35, 0.85, bu) + band(at, 0.98, 1.48, bu)) * band(v, 1.15, 2.3, bv)
    door = band(at, 0.2, 1.62, bu) * band(v, 0.25, 2.55, bv)
    seam = band(at, 0.2, 0.25, bu) + band(at, 0.9, 0.94, bu) + band(at, 1.58, 1.63, bu)
    stripe = band(v, 0.75, 1.0, bv) + band(v, 2.7, 3.0, bv)
    glass = min(window + pane, 1.0)
    return glass, min(max(stripe, 0.85 * door) * (1 - glass), 1.0) - 0.2 * seam * band(v, 0.2, 2.6, bv), glass


@compiled
def _wares(
    material: int, u: float, v: float, bu: float, bv: float, d: Array, seed: float
) -> tuple[float, float, float]:
    """The remaining materials: share of the second colour, brightness, emitted light."""
    blur = max(bu, bv)
    share, tone, glow = 0.0, 1 + 0.05 * rough(u, v, 1.5, blur, seed), 0.0
    if material == m.FOLIAGE:
        leaf = max(1.0 - blur / 0.12, 0.0)
        clump = rough(u, v, 0.9, blur, seed) + 0.55 * leaf * noise(u / 0.13, v / 0.10, seed + 6)
        share, tone, glow = 0.5 + 0.5 * clump, 0.95 + 0.5 * clump, 0.0
    elif material == m.SEATS:
        gap = lines(u, 0.5, 0.06, bu)
        block = 1.0 if chance(u / 9, d[1], 3.0) < d[0] else 0.0
        single = (chance(u / 0.5, d[2], seed) - 0.5) * max(1 - bu / 0.5, 0.0)
        share, tone, glow = block, (1 + 0.12 * single) * (1 - 0.5 * gap), 0.0
    elif material == m.STRIPED:
        share, tone, glow = lines(u, d[0], d[0] / 2, bu), 1.0, 0.0
    elif material == m.BOARDS:
        unit = math.floor(u / 5.0)
        text = band(v, 0.25, 0.65, bv) * (1.0 if chance(u / 0.33, unit, seed) > 0.35 else 0.0)
        share, tone, glow = text, 0.55 + 0.6 * chance(unit, 1, seed), 0.25
    elif material == m.SIGN:
        wide = band(u, d[0] * 0.12, d[0] * 0.88, bu)
        letters = 1.0 if chance(u / (0.5 * d[1]), 7, seed) > 0.25 else 0.35
        share, tone, glow = wide * letters * band(v, d[1] * 0.3, d[1] * 0.7, bv), 1.0, 0.5
    elif material == m.PLANKS:
        share, tone, glow = lines(v, d[0], 0.02, bv), 1 + 0.12 * (chance(v / d[0], 1, seed) - 0.5), 0.0
    elif material == m.CEILING:
        tube = lines(u - d[0] * 0.42, d[0], d[0] * 0.16, bu) * lines(v, d[1], d[1] * 0.75, bv)
        grid = max(lines(u, d[0] / 3, 0.05, bu), lines(v, d[0] / 3, 0.05, bv))
        share, tone, glow = tube, 1 - 0.12 * grid, tube
    elif material == m.WINDOWS:
        share, tone, glow = 1 - lines(u, d[0], 0.12, bu), 1.0, 0.0
    elif material == m.TACTILE:
        edge = band(v if d[1] else u, 0.0, d[0], bv if d[1] else bu)
        share, tone, glow = edge, 1 - 0.15 * lines(u, 0.1, 0.05, bu) * lines(v, 0.1, 0.05, bv), 0.0
    return share, tone, glow


@compiled
def _look(material: int, hit: Array, d: Array, seed: float, main: Array, second: Array, out: Array) -> float:
    """Write the colour of a hit to out[0:3]; returns the light it emits."""
    u, v, bu, bv, nz = hit[9], hit[10], hit[11], hit[12], hit[5]
    share, tone, glow, sign = 0.0, 1.0, 0.0, -1.0
    upright = abs(nz) < 0.5
    if material == m.ROAD:
        share, tone = _road(u, v, bu, bv, d, seed)
    elif material <= m.BALLAST and (not upright or material == m.CONCRETE):
        share, tone = _ground(material, u, v, bu, bv, d, seed)
    elif material == m.FACADE and upright:
        share, tone, glow = _facade(u, v, bu, bv, d, seed + hit[2])
    elif material == m.SHOP and upright:
        share, tone, glow, sign = _shop(u, v, bu, bv, d, seed)
    elif material == m.TRAIN and upright:
        glass, stripe, glow = _train(u, v, bu, bv, d)
        for k in range(3):
            out[k] = (main[k] + (second[k] - main[k]) * stripe) * (1 - glass) + (38 + 5 * k) * glass
        return glow * 0.85
    elif material == m.LAMP:
        glow = 1.0
    elif material != m.PLAIN and (upright or material != m.SIGN):
        fu = u if material != m.FOLIAGE else u + 0.7 * hit[8]
        fv = v if material != m.FOLIAGE else v + 0.4 * hit[6]
        share, tone, glow = _wares(material, fu, fv, bu, bv, d, seed)
    else:
        tone = 1 + 0.05 * rough(u, v, 1.5, max(bu, bv), seed)
    for k in range(3):
        out[k] = (main[k] + (second[k] - main[k]) * share) * tone
        if sign >= 0:
            out[k] = (62 + second[k] * 0.3 + 62 * chance(sign, k, seed + 8)) * tone
        elif material == m.SHOP and d[3] > 0:  # Lit rooms have a colour of their own.
            room = 138 + 22 * (1 - k) + 36 * chance(u / d[0], k, seed + 3)
            out[k] = (main[k] + (room - main[k]) * share) * tone
    return glow


@compiled
def paint(hits: Array, rows: Array, colours: Array, seed: int, albedo: Array, glow: Array) -> None:
    """Fill colours (N, 3) and emitted light (N,) of hits (N, HIT), both 0..255; they are 0 in the sky."""
    look = np.zeros(3)
    for i in range(len(hits)):
        s = int(hits[i, 1])
        if s < 0:
            albedo[i, :] = 0.0
            glow[i] = 0.0
            continue
        material = int(rows[s, 9])
        own = seed + 31 * s if material > m.BALLAST else seed
        light = _look(material, hits[i], rows[s, 10:14], own % 99991, colours[s, 0], colours[s, 1], look)
        behind = hits[i, 14]
        for k in range(3):
            albedo[i, k] = min(max(look[k] * (1 - 0.22 * behind) + 42 * behind, 0.0), 255.0)
        glow[i] = min(light * 255.0, 255.0)
