"""A mall: a hall with shops, galleries above both sides, parapets and pillars."""

from __future__ import annotations

import math

import numpy as np

from gta_head_tools.synthesis.places import materials as m
from gta_head_tools.synthesis.places.furniture import bench, hedge, kiosk, sign
from gta_head_tools.synthesis.places.scenery import (
    CLOTHS,
    GLAZING,
    METAL,
    WHITE,
    Colour,
    Rng,
    Scenery,
    Solids,
    box,
    pick,
    post,
    shade,
    slab,
)  # fmt: skip
from gta_head_tools.synthesis.places.stage import Floor
from gta_head_tools.synthesis.places.view import Range, View

RANGE = Range(heights=(3.0, 14.0), pitches=(8.0, 50.0), share=0.6)
_FLOOR: tuple[Colour, ...] = ((170, 164, 154), (162, 158, 152), (176, 169, 156), (152, 146, 138))


def build(view: View, rng: Rng) -> Scenery:
    """A mall that the view looks along."""
    far = min(view.far, 90.0)
    wide = min(max(float(rng.uniform(4.5, 8.5)), view.width_for_people(far) / 2 - 3), 26.0)
    deep, level = float(rng.uniform(3.2, 4.6)), float(rng.uniform(4.4, 5.2))
    side, end = wide + deep, far + float(rng.uniform(2, 6))
    top = max(2 * level + 1.5, view.height + 2.0)
    up = (level, 0.0, 0.0, 0.0, 0.0, 0.0)
    stone = pick(rng, _FLOOR)
    near_up, inner, outer = max(view.near * 0.8, 3.0), wide + 0.3, side - 0.3
    hall = Floor(-outer, outer, view.near, far)
    galleries = Floor(-outer, -inner, near_up, end, up), Floor(inner, outer, near_up, end, up)
    size = float(rng.choice([0.8, 1.0, 1.2]))
    parts = [slab(Floor(-side, side, -30, end + 12), m.TILES, stone, shade(stone, 0.7), detail=(size,))]
    parts += _galleries(wide, side, level, end, rng)
    parts += _walls(side, level, top, end, rng)
    low, high = (-side, -30, top), (side, end + 12, top + 0.5)
    parts.append(box(low, high, (214, 212, 206), (250, 250, 244), material=m.CEILING, detail=(4.2, 6.0), firm=False))
    parts += _things(view, wide, far, rng)
    lights = [[x, y, top, 0.55] for y in np.arange(2.0, end, 8.0) for x in (-wide * 0.5, wide * 0.5)]
    lights += [[x * (wide + deep / 2), y, level - 0.4, 0.35] for y in np.arange(4.0, end, 7.0) for x in (-1, 1)]
    return Scenery((hall, *galleries), tuple(parts), np.array(lights), indoor=True)


def _galleries(wide: float, side: float, level: float, end: float, rng: Rng) -> Solids:
    """Upper floors along both sides and across the far end, with parapets and pillars."""
    edge = pick(rng, ((206, 202, 194), (150, 140, 128), (186, 186, 188)))
    clear = rng.random() < 0.6
    solid = pick(rng, ((200, 196, 188), (128, 118, 108), (170, 172, 176)))
    under, bright = shade(edge, 0.8), shade(edge, 1.06)
    parts: Solids = []
    for s in (-1, 1):
        x0, x1 = sorted((s * wide, s * side))
        parts.append(box((x0, -30, level - 0.45), (x1, end + 12, level), edge, under, firm=False))
        x0, x1 = sorted((s * wide, s * (wide + 0.06)))
        parts.append(box((x0, -30, level), (x1, end, level + 1.0), solid, material=m.GLASS if clear else m.PLAIN))
        parts.append(box((x0 - 0.03, -30, level + 1.0), (x1 + 0.03, end, level + 1.07), METAL, firm=False))
        for y in np.arange(3.0, end, 8.0):
            parts.append(post((s * (wide + 0.35), float(y), 0.0), 0.28, level - 0.45, bright))
            parts.append(post((s * (wide + 0.35), float(y), level), 0.2, level, bright))
        if clear:
            for y in np.arange(0.0, end, 1.6):
                parts.append(box((x0, y - 0.03, level), (x1, y + 0.03, level + 1.0), METAL, firm=False))
    parts.append(box((-wide, end, level - 0.45), (wide, end + 12, level), edge, under, firm=False))
    parts.append(box((-wide, end, level), (wide, end + 0.06, level + 1.05), solid))
    return parts


def _walls(side: float, level: float, top: float, end: float, rng: Rng) -> Solids:
    """Shop fronts on both floors along both sides and at the far end, plain wall above them."""
    parts: Solids = []
    glass, wall = pick(rng, GLAZING), pick(rng, ((190, 186, 178), (160, 152, 144), (176, 178, 180)))
    roof, back = min(2 * level - 0.6, top), end + 12
    walls = (-side - 3, -side, -30), (side, side + 3, -30), (-side, side, end + 8)
    for low, high in ((0.0, level - 0.45), (level, roof)):
        detail = (float(rng.uniform(4.5, 7)), 0.8, high - low, 1.0)
        for x0, x1, y in walls:
            lit = shade(glass, 1.5)
            parts.append(box((x0, y, low), (x1, back, high), wall, lit, material=m.SHOP, detail=detail))
    for x0, x1, y in walls:
        parts.append(box((x0, y, level - 0.45), (x1, back, level), wall))
        parts.append(box((x0, y, roof), (x1, back, top), shade(wall, 1.05)))
    return parts


def _things(view: View, wide: float, far: float, rng: Rng) -> Solids:
    """Kiosks, hedges with benches, and signs."""
    parts: Solids = []
    deep = far - view.near
    for _ in range(int(rng.integers(2, 6)) if deep > 12 else 1):
        x, y = float(rng.uniform(-0.6, 0.6)) * wide, view.near + deep * float(rng.uniform(0.35, 1.0))
        kind = rng.random()
        if kind < 0.35:
            parts += kiosk((x, y, 0.0), float(rng.choice([0.0, math.pi / 2, -math.pi / 2])), rng)
        elif kind < 0.7:
            parts.append(box((x - 1.1, y - 0.6, 0.0), (x + 1.1, y + 0.6, 0.5), WHITE))
            parts += hedge((x - 1.0, y - 0.5, 0.5), (x + 1.0, y + 0.5, 1.1), rng) + bench((x, y - 1.1, 0.0))
        else:
            parts += sign((x, y, 0.0), 1.0, 1.9, pick(rng, CLOTHS))
            parts.append(box((x - 0.5, y - 0.2, 0.0), (x + 0.5, y + 0.2, 0.06), METAL))
    return parts
