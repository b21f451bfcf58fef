"""Trees, lamps, cars, kiosks and houses: solids put together, each at a foot on the ground."""

from __future__ import annotations

import math

import numpy as np

from gta_head_tools.synthesis.places import materials as m
from gta_head_tools.synthesis.places.scenery import (
    CARS,
    CLOTHS,
    DARK,
    GLAZING,
    LEAVES,
    METAL,
    WALLS,
    WHITE,
    Colour,
    Point,
    Rng,
    Solids,
    ball,
    box,
    pick,
    post,
    shade,
    turned,
)  # fmt: skip
from gta_head_tools.synthesis.places.stage import CYLINDER, Array, Solid


def tree(foot: Point, rng: Rng, tall: float = 7.0) -> Solids:
    """A trunk under some clumps of leaves."""
    x, y, z = foot
    main, second = LEAVES[int(rng.integers(len(LEAVES)))]
    wide = tall * float(rng.uniform(0.22, 0.32))
    parts = [post(foot, 0.028 * tall, tall * 0.6, (88, 76, 64))]
    for k in range(8):
        turn = k * 2.4 + float(rng.uniform(0, 1))
        out = wide * float(rng.uniform(0.45, 0.75)) * (k > 0)
        up = z + tall * (0.72 if k == 0 else float(rng.uniform(0.42, 0.88)))
        size = wide * (0.85 if k == 0 else float(rng.uniform(0.4, 0.7)))
        middle = (x + out * math.cos(turn), y + out * math.sin(turn), up)
        shaded = shade(main, float(rng.uniform(0.85, 1.2)))
        parts.append(ball(middle, (size, size, size * 0.78), shaded, second, material=m.FOLIAGE, grain=8.0))
    return parts


def hedge(low: Point, high: Point, rng: Rng) -> Solids:
    """A clipped hedge between two corners."""
    main, second = LEAVES[int(rng.integers(len(LEAVES)))]
    return [box(low, high, main, second, material=m.FOLIAGE, detail=(7.0,))]


def lamp_post(foot: Point, tall: float = 5.5) -> Solids:
    """A post with a lamp on top."""
    x, y, z = foot
    head = box((x - 0.22, y - 0.22, z + tall), (x + 0.22, y + 0.22, z + tall + 0.28), (236, 226, 200), material=m.LAMP)
    cap = box((x - 0.3, y - 0.3, z + tall + 0.28), (x + 0.3, y + 0.3, z + tall + 0.36), DARK)
    return [post(foot, 0.07, tall, (64, 68, 70)), post(foot, 0.14, 0.8, (58, 62, 64)), head, cap]


def lamps(feet: list[Point], tall: float, strength: float = 1.0) -> Array:
    """(L, 4) lights of lamps with those feet."""
    return np.array([[x, y, z + tall, strength] for x, y, z in feet], dtype=np.float64).reshape(-1, 4)


def car(place: Point, angle: float, rng: Rng) -> Solids:
    """A car, nose ahead at angle 0."""
    paint = pick(rng, CARS)
    van = rng.random() < 0.2
    long, tall = float(rng.uniform(1.95, 2.3)), 1.95 if van else float(rng.uniform(1.4, 1.6))
    back, front = (-long, 0.75 * long) if van else (-0.72 * long, 0.42 * long)
    parts = [
        box((-0.88, -long, 0.28), (0.88, long, 0.86), paint),
        box((-0.84, -long + 0.1, 0.18), (0.84, long - 0.1, 0.30), DARK),
        box((-0.74, back, 0.86), (0.74, front, tall - 0.08), shade(paint, 0.9), (40, 46, 52), material=m.WINDOWS,
            detail=(1.05,)),
        box((-0.70, back + 0.12, tall - 0.08), (0.70, front - 0.15, tall), paint),
        box((-0.8, -long - 0.02, 0.60), (-0.5, -long + 0.05, 0.76), (150, 40, 36)),
        box((0.5, -long - 0.02, 0.60), (0.8, -long + 0.05, 0.76), (150, 40, 36)),
        box((-0.8, long - 0.05, 0.58), (-0.5, long + 0.02, 0.76), WHITE),
        box((0.5, long - 0.05, 0.58), (0.8, long + 0.02, 0.76), WHITE),
        box((-0.3, -long - 0.02, 0.45), (0.3, -long + 0.05, 0.57), WHITE),
    ]  # fmt: skip
    for x in (-0.83, 0.83):
        for y in (-0.62 * long, 0.62 * long):
            parts.append(ball((x, y, 0.32), (0.09, 0.32, 0.32), (30, 30, 32), (30, 30, 32)))
    return turned(parts, place, angle)


def barrier(start: Point, length: float, angle: float) -> Solids:
    """A crowd barrier of bars; at angle 0 it runs to the right."""
    parts = []
    for k in range(max(round(length / 2.2), 1)):
        low, high = (k * 2.2, -0.02, 0.18), (k * 2.2 + 2.1, 0.02, 1.08)
        parts.append(box(low, high, (150, 154, 158), material=m.BARS, detail=(0.13, 0.17, 0.06)))
        parts.append(box((k * 2.2, -0.02, 0.0), (k * 2.2 + 0.05, 0.02, 1.08), METAL))
    return turned(parts, start, angle)


def bench(place: Point, angle: float = 0.0) -> Solids:
    """A bench; at angle 0 its back is on the side away from the camera."""
    wood, joints = (128, 98, 68), (70, 54, 40)
    parts = [
        box((-0.9, -0.25, 0.40), (0.9, 0.22, 0.46), wood, joints, material=m.PLANKS, detail=(0.12,)),
        box((-0.9, 0.20, 0.46), (0.9, 0.27, 0.86), wood, joints, material=m.PLANKS, detail=(0.13,)),
        box((-0.8, -0.2, 0.0), (-0.72, 0.24, 0.40), DARK),
        box((0.72, -0.2, 0.0), (0.8, 0.24, 0.40), DARK),
    ]
    return turned(parts, place, angle)


def kiosk(place: Point, angle: float, rng: Rng) -> Solids:
    """A stall with an awning and a lit front."""
    wide, wall, cloth = float(rng.uniform(1.2, 1.9)), pick(rng, WALLS), pick(rng, CLOTHS)
    glass, out = pick(rng, GLAZING), wide + 0.1
    parts = [
        box((-wide, -1.0, 0.0), (wide, 1.0, 1.0), shade(wall, 0.8), shade(wall, 0.65), material=m.PLANKS,
            detail=(0.2,)),
        box((-wide, -0.92, 1.0), (wide, 1.0, 2.2), glass, cloth, material=m.SHOP, detail=(2 * wide, 0.01, 1.2)),
        box((-wide, -1.0, 2.2), (wide, 1.0, 2.65), cloth, WHITE, material=m.SIGN, detail=(2 * wide, 0.45)),
        *_awning(cloth, 0.5, ((-out, -1.9, 2.20), (out, -1.0, 2.27)), ((-out, -1.9, 2.02), (out, -1.87, 2.22))),
    ]  # fmt: skip
    return turned(parts, place, angle)


def _awning(cloth: Colour, stripes: float, *parts: tuple[Point, Point]) -> Solids:
    """Striped cloth between two corners each; a pair of stripes is `stripes` metres wide."""
    return [box(*corners, cloth, WHITE, material=m.STRIPED, detail=(stripes,), firm=False) for corners in parts]


def fountain(place: Point, radius: float) -> Solids:
    """A round basin with a bowl in the middle."""
    x, y, z = place
    stone: Colour = (168, 162, 152)
    rim = Solid(CYLINDER, (x, y, z + 0.25), (radius, radius, 0.25), m.CONCRETE, (stone, shade(stone, 0.8)))
    water = post((x, y, z + 0.3), radius - 0.35, 0.21, (84, 104, 112))
    bowl = ball((x, y, z + 1.45), (radius * 0.34, radius * 0.34, 0.28), stone, stone)
    return [rim, water, post((x, y, z), 0.22, 1.4, stone), bowl, post((x, y, z + 1.6), 0.12, 0.7, stone)]


def sign(place: Point, wide: float, tall: float, main: Colour, *, second: Colour = WHITE) -> Solids:
    """A board facing the camera."""
    x, y, z = place
    low, high = (x - wide / 2, y - 0.06, z), (x + wide / 2, y + 0.06, z + tall)
    return [box(low, high, main, second, material=m.SIGN, detail=(wide, tall), firm=False)]


def house(left: float, wide: float, rng: Rng, storeys: int) -> Solids:
    """A house from `left` on, front on the across axis towards the camera, its ground floor with shops."""
    wall, glass, ground = pick(rng, WALLS), pick(rng, GLAZING), float(rng.uniform(3.4, 4.2))
    storey, deep = float(rng.uniform(3.0, 3.5)), 11.0
    top = ground + storey * storeys + float(rng.uniform(0.3, 0.9))
    detail = (storey, wide / max(round(wide / float(rng.uniform(2.2, 3.2))), 1), 0.0, float(rng.integers(1000)))
    right, unit = left + wide, wide / max(round(wide / 4.6), 1)
    shop = box((left, 0.0, 0.0), (right, deep, ground), shade(wall, 0.8), shade(glass, 1.45), material=m.SHOP,
               detail=(unit, 0.75, ground))  # fmt: skip
    parts = [
        shop,
        box((left, 0.0, ground), (right, deep, top), wall, glass, material=m.FACADE, detail=detail),
        box((left - 0.1, -0.18, ground - 0.12), (right + 0.1, 0.0, ground + 0.1), shade(wall, 1.05), firm=False),
        box((left - 0.15, -0.35, top - 0.1), (right + 0.15, deep, top + 0.3), shade(wall, 0.86)),
    ]
    if rng.random() < 0.5:
        low, high = (left + 0.4, deep * 0.2, top + 0.3), (right - 0.4, deep, top + float(rng.uniform(1.5, 2.6)))
        parts.append(box(low, high, pick(rng, ((112, 78, 66), (92, 92, 98), (104, 100, 96)))))
    cloth = pick(rng, CLOTHS)
    for k in range(round(wide / unit)):
        if rng.random() < 0.45:
            x0, x1 = left + k * unit + 0.35, left + (k + 1) * unit - 0.35
            parts += _awning(cloth, 0.7, ((x0, -1.3, 2.62), (x1, 0.0, 2.72)), ((x0, -1.3, 2.4), (x1, -1.27, 2.64)))
    return parts


def houses(start: Point, length: float, angle: float, rng: Rng) -> Solids:
    """A row of houses from a corner on; at angle 0 it runs to the right and faces the camera."""
    parts: Solids = []
    left = 0.0
    while left < length:
        wide = float(rng.uniform(8, 17))
        parts += house(left, wide, rng, int(rng.integers(2, 6)))
        left += wide + (float(rng.uniform(2, 5)) if rng.random() < 0.12 else 0.0)
    return turned(parts, start, angle)
