"""A station platform: trains at its edges, pillars, a roof, signs and benches."""

from __future__ import annotations

import numpy as np

from gta_head_tools.synthesis.places import materials as m
from gta_head_tools.synthesis.places.furniture import bench, houses, kiosk, sign
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
from gta_head_tools.synthesis.places.view import Range, View

RANGE = Range(heights=(3.0, 12.0), pitches=(6.0, 45.0), share=0.55)
_TRAINS: tuple[tuple[Colour, Colour], ...] = (
    ((186, 188, 190), (136, 48, 44)), ((166, 170, 174), (58, 84, 124)), ((200, 198, 188), (62, 104, 84)),
    ((140, 60, 54), (206, 200, 188)),
)  # fmt: skip
_PIT = -1.1
"""Height of the tracks below the platform, metres."""


def build(view: View, rng: Rng) -> Scenery:
    """A platform that the view looks along."""
    far = min(view.far, 120.0)
    half = min(max(float(rng.uniform(3.2, 6.0)), view.width_for_people(far) / 2), 24.0)
    middle = float(rng.uniform(-0.15, 0.15)) * half
    left, right = middle - half, middle + half
    end = far + 25
    parts = [*_grounds(left, right, rng), *_trains(left, right, end, rng)]
    over = max(view.height + float(rng.uniform(0.8, 2.0)), 5.0)
    parts += _roof(view, (left, right, end), over, rng)
    parts += _things(view, (left, right, far), rng)
    lights = [
        [x, y, over, 0.9]
        for y in np.arange(3.0, far + 8, 8.0)
        for x in np.linspace(left, right, max(int(half / 4), 1) + 2)[1:-1]
    ]
    return Scenery((Floor(left + 0.3, right - 0.3, view.near, far),), tuple(parts), np.array(lights))


def _grounds(left: float, right: float, rng: Rng) -> Solids:
    """The platform with its edges and tactile strips, the tracks beside it and the ground around."""
    stone, gravel, sleepers = (float(rng.uniform(140, 168)),) * 3, (112, 104, 96), (92, 80, 70)
    track, below = (_PIT, 0, 0, 0, 0, 0), (_PIT - 0.05, 0, 0, 0, 0, 0)
    parts = [
        slab(Floor(left, right, -60, 400), m.PAVING, stone, shade(stone, 0.78), detail=(0.8,)),
        slab(Floor(left - 4.4, left, -60, 400, track), m.BALLAST, gravel, sleepers),
        slab(Floor(right, right + 4.4, -60, 400, track), m.BALLAST, gravel, sleepers),
        slab(Floor(-500, 500, -60, 1500, below), m.ASPHALT, (116, 114, 110), (100, 98, 94)),
    ]
    for x, s in ((left, 1), (right, -1)):
        x0, x1 = sorted((x, x + 0.25 * s))
        parts.append(box((x0, -60, _PIT), (x1, 400, 0.004), (188, 186, 178), firm=False))
        x0, x1 = sorted((x + 0.75 * s, x + 1.15 * s))
        strip = box((x0, -60, 0.0), (x1, 400, 0.012), (190, 160, 72), material=m.TACTILE, detail=(-1,), firm=False)
        parts.append(strip)
    return parts


def _trains(left: float, right: float, end: float, rng: Rng) -> Solids:
    """Trains on one track or both, walls beyond the tracks, and houses behind them."""
    parts: Solids = []
    stopped = int(rng.integers(3))
    for s, x in ((-1, left), (1, right)):
        if stopped in {2, s > 0}:
            main, second = _TRAINS[int(rng.integers(len(_TRAINS)))]
            start = float(rng.uniform(-8, 6))
            x0, x1 = sorted((x + s * 0.12, x + s * 3.0))
            for k in range(6):
                y = start + 21.0 * k
                back = y + 20.4
                parts += [
                    box((x0, y, -0.2), (x1, back, 2.75), main, second, material=m.TRAIN, detail=(6.8,)),
                    box((x0 + 0.12, y, 2.75), (x1 - 0.12, back, 3.0), shade(main, 0.7)),
                    box((x0 + 0.2, y - 0.6, -0.6), (x1 - 0.2, back, -0.2), (46, 46, 48)),
                ]
        x0, x1 = sorted((x + s * 4.4, x + s * 4.8))
        wall = pick(rng, ((150, 142, 132), (132, 134, 138), (160, 148, 130)))
        parts.append(box((x0, -60, _PIT), (x1, 400, 2.2), wall, shade(wall, 0.8), material=m.CONCRETE, detail=(4.0,)))
    parts += houses((left - 30, end + 25, 0.0), right - left + 70, 0.0, rng)
    if rng.random() < 0.6:
        parts += houses((left - 16, 0, 0.0), end + 20, np.pi / 2, rng)
        parts += houses((right + 16, end + 20, 0.0), end + 20, -np.pi / 2, rng)
    return parts


def _roof(view: View, sides: tuple[float, float, float], over: float, rng: Rng) -> Solids:
    """A roof at the height `over` and the pillars that carry it."""
    left, right, end = sides
    start = view.near + float(rng.uniform(0, 10)) + 1.5
    low, high = (left + 0.4, start, over), (right - 0.4, end, over + 0.35)
    parts = [box(low, high, (168, 166, 160), (240, 240, 232), material=m.CEILING, detail=(5.0, 4.0), firm=False)]
    parts.append(box((left + 0.3, start - 0.15, over - 0.25), (right - 0.3, start, over + 0.5), METAL, firm=False))
    lines = [(left + right) / 2] if right - left < 14 else [left + (right - left) * 0.3, left + (right - left) * 0.7]
    for y in np.arange(start + 1.0, end, 9.0):
        parts += [post((x, float(y), 0.0), 0.17, over, (112, 118, 116)) for x in lines]
    return parts


def _things(view: View, sides: tuple[float, float, float], rng: Rng) -> Solids:
    """Signs, benches, at times a kiosk, and a bin."""
    left, right, far = sides
    middle, parts = (left + right) / 2, []
    deep = far - view.near
    blue = pick(rng, ((48, 66, 108), (52, 56, 62), (62, 90, 84)))
    for along in view.near + deep * np.sort(rng.uniform(0.3, 1.0, 2)):
        parts += sign((middle + float(rng.uniform(-0.3, 0.3)) * (right - left) / 2, float(along), 2.7), 2.6, 0.5, blue)
    for along in view.near + deep * rng.uniform(0.25, 1.0, 3):
        parts += bench((middle + float(rng.choice([-1.4, 1.4])), float(along), 0.0))
    if right - left > 9 and rng.random() < 0.6:
        parts += kiosk((middle, view.near + deep * float(rng.uniform(0.55, 0.9)), 0.0), 0.0, rng)
    along = view.near + deep * 0.4
    return [*parts, box((middle + 2.2, along, 0.0), (middle + 2.7, along + 0.5, 0.95), blue, WHITE)]
