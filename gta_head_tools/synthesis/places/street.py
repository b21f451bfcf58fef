"""A street between houses: parked cars, kiosks, barriers and poles among the people."""

from __future__ import annotations

import math

from gta_head_tools.synthesis.places import materials as m
from gta_head_tools.synthesis.places.furniture import barrier, car, houses, kiosk, lamp_post, lamps, sign, tree
from gta_head_tools.synthesis.places.scenery import DARK, Rng, Scenery, Solids, box, post, shade, slab
from gta_head_tools.synthesis.places.stage import Floor
from gta_head_tools.synthesis.places.view import Range, View

RANGE = Range(share=0.6)
_KERB = 0.14
"""Height of the pavements above the road, metres."""


def build(view: View, rng: Rng) -> Scenery:
    """A street that the view looks along."""
    far = min(view.far, 120.0)
    room = min(max(float(rng.uniform(8.0, 14.0)), 0.7 * view.width_for_people(far)), 36.0)
    half = min(float(rng.uniform(0.38, 0.5)) * room, 13.0)
    walk = max(room - half, 3.5)
    middle = float(rng.uniform(-0.25, 0.25)) * half
    level = (_KERB, 0.0, 0.0, 0.0, 0.0, 0.0)
    left, right = middle - half, middle + half
    road = Floor(left, right, view.near, far)
    walks = Floor(left - walk, left, view.near, far, level), Floor(right, right + walk, view.near, far, level)
    tone = float(rng.uniform(92, 118))
    zebra = view.near + (far - view.near) * float(rng.uniform(0.12, 0.4)) if rng.random() < 0.75 else 0.0
    stone, asphalt = (float(rng.uniform(146, 172)),) * 3, (tone, tone, tone * 1.02)
    parts = [slab(Floor(left, right, -60, 600), m.ROAD, asphalt, (196, 194, 188), detail=(half, zebra))]
    for x0, x1 in ((left - walk - 1, left), (right, right + walk + 1)):
        parts.append(slab(Floor(x0, x1, -60, 600, level), m.PAVING, stone, shade(stone, 0.74), detail=(0.6, 1.0)))
    below = Floor(-500, 500, -60, 1500, (-0.03, 0.0, 0.0, 0.0, 0.0, 0.0))
    parts.append(slab(below, m.ASPHALT, (120, 118, 114), (104, 102, 98)))
    for x in (left, right):
        parts.append(box((x - 0.09, -60, 0.0), (x + 0.09, 600, _KERB + 0.02), shade(stone, 0.86), firm=False))
    parts += houses((left - walk, -4, 0.0), far + 40, math.pi / 2, rng)
    parts += houses((right + walk, far + 36, 0.0), far + 40, -math.pi / 2, rng)
    parts += houses((left - walk - 20, far + 38, 0.0), 2 * room + 45, float(rng.uniform(-0.1, 0.1)), rng)
    feet = [
        (x, view.near + 3 + k * 14.0 + (x > middle) * 7, _KERB)
        for x in (left - 0.5, right + 0.5)
        for k in range(int((far - view.near) / 14) + 1)
    ]
    for foot in feet:
        parts += lamp_post(foot, 6.0)
    parts += _obstacles(view, (left, right, walk, far), rng)
    return Scenery((road, *walks), tuple(parts), lamps(feet, 6.0))


def _obstacles(view: View, sides: tuple[float, float, float, float], rng: Rng) -> Solids:
    """Parked cars, kiosks and trees, at times a barrier, and a road sign."""
    left, right, walk, far = sides
    parts: Solids = []
    for x, turn in ((left + 1.2, math.pi), (right - 1.2, 0.0)):
        along = view.near + float(rng.uniform(3, 10))
        while along < far + 20:
            if rng.random() < 0.42:
                parts += car((x + float(rng.uniform(-0.1, 0.1)), along, 0.0), turn + float(rng.normal(0, 0.02)), rng)
            along += float(rng.uniform(5.4, 7.5))
    for side, edge in ((-1, left), (1, right)):
        for along in view.near + 4 + (far - view.near) * rng.random(int(rng.integers(1, 4))):
            if rng.random() < 0.45 and walk > 4:
                place = (edge + side * min(1.9, walk * 0.55), float(along), _KERB)
                parts += kiosk(place, float(rng.choice([0.0, -side * math.pi / 2])), rng)
            else:
                parts += tree((edge + side * 0.9, float(along) + 3, _KERB), rng, float(rng.uniform(5, 7)))
    if rng.random() < 0.5:
        along = view.near + (far - view.near) * float(rng.uniform(0.3, 0.7))
        length = float(rng.uniform(0.2, 0.5)) * (right - left)
        parts += barrier((left + 3.0, along, 0.0), length, float(rng.uniform(-0.3, 0.3)))
    along = view.near + (far - view.near) * float(rng.uniform(0.2, 0.5))
    parts.append(post((right + 0.35, along, _KERB), 0.06, 3.0, DARK))
    return [*parts, *sign((right + 0.35, along, 2.6), 0.7, 0.7, (52, 76, 122))]
