"""A paved square: houses around it, trees, lamps, a fountain."""

from __future__ import annotations

import math

from gta_head_tools.synthesis.places import materials as m
from gta_head_tools.synthesis.places.furniture import (
    barrier,
    bench,
    fountain,
    hedge,
    houses,
    kiosk,
    lamp_post,
    lamps,
    tree,
)  # fmt: skip
from gta_head_tools.synthesis.places.scenery import Colour, Point, Rng, Scenery, Solids, pick, shade, slab
from gta_head_tools.synthesis.places.stage import Floor
from gta_head_tools.synthesis.places.view import Range, View

RANGE = Range(share=0.85)
_STONE: tuple[Colour, ...] = ((170, 162, 150), (158, 156, 152), (176, 164, 146), (150, 142, 134), (162, 150, 140))


def build(view: View, rng: Rng) -> Scenery:
    """A square that the view looks at."""
    far = min(view.far, 110.0)
    wide = min(max(view.reach(far) + 2, 14.0), 75.0)
    ground, stone = Floor(-wide, wide, view.near, far), pick(rng, _STONE)
    size = float(rng.choice([0.6, 0.9, 1.2]))
    detail = (size, float(rng.random() < 0.5), float(rng.random() < 0.6))
    parts = [slab(Floor(-500, 500, -60, 1500), m.PAVING, stone, shade(stone, 0.72), detail=detail)]
    back, angle = far + float(rng.uniform(7, 16)), float(rng.uniform(-0.12, 0.12))
    parts += houses((-wide - 30, back + 30 * math.sin(-angle) + abs(angle) * wide, 0.0), 2 * wide + 75, angle, rng)
    side = wide + float(rng.uniform(4, 9))
    parts += houses((-side, view.near - 6, 0.0), back - view.near - 4, math.pi / 2, rng)
    parts += houses((side, back - 8, 0.0), back - view.near - 4, -math.pi / 2, rng)
    for x in rng.uniform(-wide, wide, int(rng.integers(3, 9))):
        parts += tree((float(x), far + float(rng.uniform(2, 6)), 0.0), rng, float(rng.uniform(5.5, 9)))
    feet = _feet(view, wide, far, rng)
    for foot in feet:
        parts += lamp_post(foot)
    parts += _things(view, wide, far, rng)
    return Scenery((ground,), tuple(parts), lamps(feet, 5.5))


def _feet(view: View, wide: float, far: float, rng: Rng) -> list[Point]:
    """Feet of the lamps, which stand in rows along the square."""
    step = max(float(rng.uniform(13, 18)), (far - view.near) / 4)
    across = max(float(rng.uniform(14, 20)), wide / 3)
    rows = int((far - view.near) / step) + 1
    return [
        (across * (k + 0.5) * side, view.near + 2.0 + step * row, 0.0)
        for row in range(rows) for side in (-1, 1) for k in range(max(int(wide / across), 1))
    ]  # fmt: skip


def _things(view: View, wide: float, far: float, rng: Rng) -> Solids:
    """A fountain, kiosks, trees, hedges with benches, and a barrier at the far end."""
    parts: Solids = []
    deep = far - view.near
    if deep > 25 and rng.random() < 0.6:
        x, y = float(rng.uniform(-0.3, 0.3)) * wide, view.near + deep * float(rng.uniform(0.5, 0.8))
        parts += fountain((x, y, 0.0), 3.2)
    for _ in range(int(rng.integers(1, 5)) if deep > 14 else 0):
        place = (float(rng.uniform(-0.8, 0.8)) * wide, view.near + deep * float(rng.uniform(0.5, 1.0)), 0.0)
        kind = rng.random()
        if kind < 0.35:
            parts += kiosk(place, float(rng.uniform(-0.5, 0.5)), rng)
        elif kind < 0.7:
            parts += tree(place, rng, float(rng.uniform(5, 7.5)))
        else:
            x, y, z = place
            parts += hedge((x - 2.2, y - 0.7, z), (x + 2.2, y + 0.7, z + 0.75), rng) + bench((x, y - 1.3, z))
    if rng.random() < 0.3:
        parts += barrier((-0.4 * wide, far + 0.5, 0.0), 0.8 * wide, 0.0)
    return parts
