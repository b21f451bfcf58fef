"""A mall: a hall with shops, galleries above both sides, parapets and pillars."""

from __future__ import annotations

import math

import numpy as np

from gta_head_tools.synthesis.places.furniture import Solids, bench, hedge, kiosk, sign
from gta_head_tools.synthesis.places.scenery import (
    CEILING,
    CLOTHS,
    GLASS,
    GLAZING,
    METAL,
    PLAIN,
    SHOP,
    TILES,
    WHITE,
    Colour,
    Place,
    Rng,
    box,
    pick,
    post,
    shade,
    slab,
)
from gta_head_tools.synthesis.places.stage import Floor
from gta_head_tools.synthesis.places.view import Range, View

RANGE = Range(heights=(3.0, 14.0), pitches=(8.0, 50.0), share=0.6, longest=90.0)
_FLOOR: tuple[Colour, ...] = ((170, 164, 154), (162, 158, 152), (176, 169, 156), (152, 146, 138))


def build(view: View, rng: Rng) -> Place:
    """A mall seen so, along its hall."""
    far = min(view.far, 90.0)
    wide = min(max(float(rng.uniform(4.5, 8.5)), view.width_for_people(far) / 2 - 3), 26.0)
    deep, level = float(rng.uniform(3.2, 4.6)), float(rng.uniform(4.4, 5.2))
    side, end = wide + deep, far + float(rng.uniform(2, 6))
    top = max(2 * level + 1.5, view.height + 2.0)
    up = (level, 0.0, 0.0, 0.0, 0.0, 0.0)
    stone = pick(rng, _FLOOR)
    hall = Floor(-side + 0.3, side - 0.3, view.near, far)
    near_up = max(view.near * 0.8, 3.0)
    galleries = tuple(
        Floor(x0, x1, near_up, end, up) for x0, x1 in ((-side + 0.3, -wide - 0.3), (wide + 0.3, side - 0.3))
    )
    detail = (float(rng.choice([0.8, 1.0, 1.2])), 0.0, 0.0, 0.0)
    parts = [slab(Floor(-side, side, -30, end + 12), TILES, stone, shade(stone, 0.7), detail=detail)]
    parts += _galleries(wide, side, level, end, rng)
    parts += _walls(side, level, top, end, rng)
    parts.append(
        box(
            (-side, -30, top),
            (side, end + 12, top + 0.5),
            (214, 212, 206),
            (250, 250, 244),
            material=CEILING,
            detail=(4.2, 6.0, 0, 0),
            firm=False,
        )
    )
    parts += _things(view, wide, far, rng)
    lights = [[x, y, z, 0.55] for y in np.arange(2.0, end, 8.0) for x, z in ((-wide * 0.5, top), (wide * 0.5, top))]
    lights += [[x * (wide + deep / 2), y, level - 0.4, 0.35] for y in np.arange(4.0, end, 7.0) for x in (-1, 1)]
    return Place((hall, *galleries), tuple(parts), np.array(lights), indoor=True)


def _galleries(wide: float, side: float, level: float, end: float, rng: Rng) -> Solids:
    """Upper floors along both sides and across the far end, with parapets and pillars."""
    edge = pick(rng, ((206, 202, 194), (150, 140, 128), (186, 186, 188)))
    clear = rng.random() < 0.6
    solid = pick(rng, ((200, 196, 188), (128, 118, 108), (170, 172, 176)))
    parts: Solids = []
    for s in (-1, 1):
        x0, x1 = sorted((s * wide, s * side))
        parts.append(box((x0, -30, level - 0.45), (x1, end + 12, level), edge, shade(edge, 0.8), firm=False))
        x0, x1 = sorted((s * wide, s * (wide + 0.06)))
        parts.append(box((x0, -30, level), (x1, end, level + 1.0), solid, material=GLASS if clear else PLAIN))
        parts.append(box((x0 - 0.03, -30, level + 1.0), (x1 + 0.03, end, level + 1.07), METAL, firm=False))
        for y in np.arange(3.0, end, 8.0):
            parts.append(post((s * (wide + 0.35), float(y), 0.0), 0.28, level - 0.45, shade(edge, 1.06)))
            parts.append(post((s * (wide + 0.35), float(y), level), 0.2, level, shade(edge, 1.06)))
        if clear:
            for y in np.arange(0.0, end, 1.6):
                parts.append(box((x0, y - 0.03, level), (x1, y + 0.03, level + 1.0), METAL, firm=False))
    parts.append(box((-wide, end, level - 0.45), (wide, end + 12, level), edge, shade(edge, 0.8), firm=False))
    parts.append(box((-wide, end, level), (wide, end + 0.06, level + 1.05), solid))
    return parts


def _walls(side: float, level: float, top: float, end: float, rng: Rng) -> Solids:
    """Shop fronts on both floors."""
    parts: Solids = []
    glass, wall = pick(rng, GLAZING), pick(rng, ((190, 186, 178), (160, 152, 144), (176, 178, 180)))
    for low, high in ((0.0, level - 0.45), (level, min(2 * level - 0.6, top))):
        unit = float(rng.uniform(4.5, 7))
        detail = (unit, 0.8, high - low, 1.0)
        for s in (-1, 1):
            x0, x1 = sorted((s * side, s * (side + 3)))
            parts.append(
                box((x0, -30, low), (x1, end + 12, high), wall, shade(glass, 1.5), material=SHOP, detail=detail)
            )
        parts.append(
            box((-side, end + 8, low), (side, end + 12, high), wall, shade(glass, 1.5), material=SHOP, detail=detail)
        )
    for s in (-1, 1):
        x0, x1 = sorted((s * side, s * (side + 3)))
        parts.append(box((x0, -30, level - 0.45), (x1, end + 12, level), wall))
        parts.append(box((x0, -30, min(2 * level - 0.6, top)), (x1, end + 12, top), shade(wall, 1.05)))
    parts.append(box((-side, end + 8, level - 0.45), (side, end + 12, level), wall))
    parts.append(box((-side, end + 8, min(2 * level - 0.6, top)), (side, end + 12, top), shade(wall, 1.05)))
    return parts


def _things(view: View, wide: float, far: float, rng: Rng) -> Solids:
    parts: Solids = []
    deep = far - view.near
    for _ in range(int(rng.integers(2, 6)) if deep > 12 else 1):
        x, y = float(rng.uniform(-0.6, 0.6)) * wide, view.near + deep * float(rng.uniform(0.35, 1.0))
        kind = rng.random()
        if kind < 0.35:
            parts += kiosk((x, y, 0.0), float(rng.choice([0.0, math.pi / 2, -math.pi / 2])), rng)
        elif kind < 0.7:
            parts += [box((x - 1.1, y - 0.6, 0.0), (x + 1.1, y + 0.6, 0.5), WHITE)]
            parts += hedge((x - 1.0, y - 0.5, 0.5), (x + 1.0, y + 0.5, 1.1), rng) + bench((x, y - 1.1, 0.0))
        else:
            parts += sign((x, y, 0.0), 1.0, 1.9, pick(rng, CLOTHS))
            parts.append(box((x - 0.5, y - 0.2, 0.0), (x + 0.5, y + 0.2, 0.06), METAL))
    return parts
