"""A stand: rows of seats behind a pitch, blocks between aisles, a roof over the upper rows."""

from __future__ import annotations

import math

import numpy as np

from gta_head_tools.synthesis.places import materials as m
from gta_head_tools.synthesis.places.scenery import (
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
)
from gta_head_tools.synthesis.places.stage import Floor
from gta_head_tools.synthesis.places.view import HEAD, LINES, SMALLEST, Range, View

RANGE = Range(heights=(4.0, 25.0), pitches=(5.0, 26.0), share=0.9)
_SHELLS: tuple[Colour, ...] = (
    (96, 108, 138), (134, 66, 60), (150, 152, 152), (82, 112, 98), (168, 146, 96), (72, 82, 108),
)  # fmt: skip
"""Colours of seats."""
_STONE: Colour = (156, 154, 150)


def build(view: View, rng: Rng) -> Scenery:
    """A stand that the view looks at from above the pitch."""
    row, rise = float(rng.uniform(0.8, 0.95)), float(rng.uniform(0.36, 0.5))
    edge, base = view.near + float(rng.uniform(0.3, 1.5)) + 0.04 * view.near, float(rng.uniform(0.7, 1.3))
    number = _rows(view, edge, base, row, rise)
    back = edge + number * row
    wide = min(view.reach(back, base + number * rise) + 3, 70.0)
    parts = _pitch(wide, edge, base)
    aisle, block = 1.2, float(rng.uniform(9, 14))
    lefts = np.arange(-math.ceil(wide / (block + aisle)), math.ceil(wide / (block + aisle))) * (block + aisle)
    shell, other, share = pick(rng, _SHELLS), pick(rng, _SHELLS), float(rng.choice([0.0, 0.2, 0.5]))
    slope = rise / row
    level = (base - slope * (edge + row / 2), 0.0, slope, 0.0, 0.0, 0.0)
    floors = []
    for left in lefts:
        x0, x1 = float(left) + aisle / 2, float(left) + block + aisle / 2
        floors.append(Floor(x0, x1, edge, back, level, use="seats", facing=0.0, row=row))
    for k in range(number):
        y, z = edge + k * row, base + k * rise
        deep = y + row + 0.02 if k < number - 1 else back + 1.7
        step = (-wide - 8, y, z - rise - 0.3), (wide + 8, deep, z)
        parts.append(box(*step, _STONE, material=m.CONCRETE, firm=False))
        for floor in floors:
            low, high = (floor.x0, y + 0.78 * row, z + 0.2), (floor.x1, y + 0.88 * row, z + 0.78)
            detail = (share, float(k // 6), float(k))
            parts.append(box(low, high, shell, other, material=m.SEATS, detail=detail, firm=False))
    top = base + number * rise
    parts += _behind(wide, back, top, view, rng)
    lights = [[x, edge - 2, top + 9.0, 0.9] for x in np.arange(-wide, wide + 1, 12.0)]
    return Scenery(tuple(floors), tuple(parts), np.array(lights))


def _pitch(wide: float, edge: float, base: float) -> Solids:
    """The pitch, the ground under the stand, and what divides them: boards, a wall and a railing."""
    front, rail = (edge - 1.3, edge - 1.2), (edge, edge + 0.04)
    return [
        slab(Floor(-400, 400, -60, front[1]), m.GRASS, (86, 108, 58), (120, 112, 84), detail=(0, 0, 1.0)),
        slab(Floor(-400, 400, front[1], 900), m.CONCRETE, _STONE, shade(_STONE, 0.8)),
        box((-wide, front[0], 0.0), (wide, front[1], 0.9), (74, 92, 128), WHITE, material=m.BOARDS),
        box((-wide, edge - 0.1, 0.0), (wide, edge, base + 0.05), shade(_STONE, 0.9), material=m.CONCRETE),
        box((-wide, rail[0], base), (wide, rail[1], base + 1.0), METAL, material=m.BARS, detail=(1.5, 0.04, 0.06)),
    ]


def _rows(view: View, edge: float, base: float, row: float, rise: float) -> int:
    """Number of rows that fit below the top of the picture and whose heads are large enough."""
    focal = LINES / 2 / math.tan(math.radians(view.fov) / 2)
    number = 4
    for k in range(5, 70):
        along, up = edge + k * row, base + k * rise + 1.3
        ahead = view.depth(along, up)
        above = (up - view.height) * math.cos(math.radians(view.pitch)) + along * math.sin(math.radians(view.pitch))
        if above / ahead > 0.88 * math.tan(math.radians(view.fov) / 2) or HEAD * focal / ahead < SMALLEST:
            break
        number = k
    return number


def _behind(wide: float, back: float, top: float, view: View, rng: Rng) -> Solids:
    """A wall behind the last row, pillars and a roof with lights under it."""
    wall = pick(rng, ((150, 150, 152), (128, 134, 142), (166, 158, 146)))
    low, high = (-wide - 8.0, back + 1.6, 0.0), (wide + 8.0, back + 2.4, top + 2.6)
    parts = [box(low, high, wall, shade(wall, 0.85), material=m.CONCRETE, detail=(3.0,), firm=False)]
    over = max(top + 6.0, view.height + 3.0)
    front = back - float(rng.uniform(5, 11))
    roof = (-wide - 8, front, over), (wide + 8, back + 3, over + 0.5)
    parts.append(box(*roof, (136, 138, 142), (226, 226, 220), material=m.CEILING, detail=(9.0, 4.0), firm=False))
    for x in np.arange(-wide, wide + 1, 13.0):
        parts.append(post((float(x), back + 1.2, top), 0.2, over - top, METAL))
        lamp = (x - 0.5, front - 0.3, over - 0.3), (x + 0.5, front, over)
        parts.append(box(*lamp, WHITE, material=m.LAMP, firm=False))
    return parts
