"""A hill of grass with worn paths, rising to a crest."""

from __future__ import annotations

from gta_head_tools.synthesis.places import materials as m
from gta_head_tools.synthesis.places.furniture import barrier, bench, lamp_post, lamps, tree
from gta_head_tools.synthesis.places.scenery import Colour, Point, Rng, Scenery, Solids, pick, slab
from gta_head_tools.synthesis.places.stage import Floor
from gta_head_tools.synthesis.places.view import Range, View

RANGE = Range(heights=(3.0, 22.0), pitches=(5.0, 45.0), share=0.75)
_GRASS: tuple[Colour, ...] = ((96, 112, 62), (108, 118, 70), (90, 104, 64), (120, 122, 76))


def build(view: View, rng: Rng) -> Scenery:
    """A hill that the view looks at."""
    far = min(view.far, 95.0)
    crest = max(far * float(rng.uniform(0.75, 1.15)), 24.0)
    slope = min(float(rng.uniform(0.08, 0.22)), 0.9 * view.height / crest + 0.04)
    tilt, bow = float(rng.uniform(-0.03, 0.03)), float(rng.uniform(-0.0015, 0.0012))
    height = (0.0, tilt, slope, bow, 0.0, -slope / (2 * crest))
    end = min(far, crest * 1.05)
    wide = min(view.reach(end) + 2, 60.0)
    ground = Floor(-wide, wide, view.near, end, height)
    detail = (float(rng.uniform(0.7, 1.6)), float(rng.uniform(-1, 1)))
    meadow = Floor(-230, 230, -40, 2.0 * crest + 40, height)
    parts = [slab(meadow, m.GRASS, pick(rng, _GRASS), (138, 118, 88), detail=detail), *_far(height, crest, rng)]
    spots = [(side * wide * 0.25 * (1 + k % 2), view.near + 4 + 14.0 * k) for k in range(7) for side in (-1, 1)]
    feet = [_on(height, x, y) for x, y in spots]
    feet = [foot for foot in feet if foot[1] < end + 5]
    for foot in feet:
        parts += lamp_post(foot, 4.5)
    for _ in range(int(rng.integers(1, 4))):
        x, y = float(rng.uniform(-wide, wide)), view.near + (end - view.near) * float(rng.uniform(0.55, 1.0))
        parts += tree(_on(height, x, y), rng, float(rng.uniform(4, 7)))
    parts += bench(_on(height, float(rng.uniform(-0.5, 0.5)) * wide, view.near + 0.7 * (end - view.near)))
    if rng.random() < 0.5:
        x, y = -0.5 * wide, view.near + 0.85 * (end - view.near)
        for k in range(int(wide / 2.2)):
            parts += barrier(_on(height, x + 2.2 * k, y), 2.2, 0.0)
    return Scenery((ground,), tuple(parts), lamps(feet, 4.5))


def _on(height: tuple[float, ...], x: float, y: float) -> Point:
    """The point of the ground at (x, y)."""
    terms = (1.0, x, y, x * x, x * y, y * y)
    return x, y, sum(c * term for c, term in zip(height, terms, strict=True))


def _far(height: tuple[float, ...], crest: float, rng: Rng) -> Solids:
    """Trees along the crest."""
    parts: Solids = []
    for x in rng.uniform(-90, 90, 26):
        foot = _on(height, float(x), crest * float(rng.uniform(1.0, 1.25)) + 4)
        parts += tree(foot, rng, float(rng.uniform(6, 12)))
    return parts
