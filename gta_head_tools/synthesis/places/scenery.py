"""The solids that places are built from: boxes, posts, balls and slabs of ground, and their usual colours."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from gta_head_tools.synthesis.places import materials as m
from gta_head_tools.synthesis.places.stage import BOX, CYLINDER, ELLIPSOID, SLAB, Array, Floor, Solid

Colour = tuple[float, float, float]
Point = tuple[float, float, float]
Detail = tuple[float, ...]
"""Up to four numbers whose meaning depends on the material, see `materials.py`; those left out are 0."""
Solids = list[Solid]
Rng = np.random.Generator
DARK: Colour = (52.0, 54.0, 58.0)
METAL: Colour = (120.0, 124.0, 128.0)
WHITE: Colour = (212.0, 212.0, 208.0)


@dataclass(frozen=True, slots=True)
class Scenery:
    """What surrounds a camera, in the local frame; the fields mean the same as those of `Stage`."""

    floors: tuple[Floor, ...]
    solids: tuple[Solid, ...]
    lamps: Array
    indoor: bool = False


def _four(detail: Detail) -> tuple[float, float, float, float]:
    first, second, third, fourth = (*detail, 0.0, 0.0, 0.0, 0.0)[:4]
    return first, second, third, fourth


def slab(floor: Floor, material: int, main: Colour, second: Colour, *, detail: Detail = ()) -> Solid:
    """The ground of a floor."""
    centre = ((floor.x0 + floor.x1) / 2, (floor.y0 + floor.y1) / 2, 0.0)
    half = ((floor.x1 - floor.x0) / 2, (floor.y1 - floor.y0) / 2, 0.0)
    return Solid(SLAB, centre, half, material, (main, second), detail=_four(detail), height=floor.height)


def box(
    low: Point, high: Point, main: Colour, second: Colour = DARK, *,
    material: int = m.PLAIN, detail: Detail = (), firm: bool = True,
) -> Solid:  # fmt: skip
    """A box between two opposite corners; `firm` as in `Solid`."""
    centre = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2)
    half = ((high[0] - low[0]) / 2, (high[1] - low[1]) / 2, (high[2] - low[2]) / 2)
    return Solid(BOX, centre, half, material, (main, second), detail=_four(detail), firm=firm)


def post(foot: Point, radius: float, tall: float, main: Colour) -> Solid:
    """An upright cylinder."""
    centre = (foot[0], foot[1], foot[2] + tall / 2)
    return Solid(CYLINDER, centre, (radius, radius, tall / 2), m.PLAIN, (main, main))


def ball(
    centre: Point, half: Point, main: Colour, second: Colour, *, material: int = m.PLAIN, grain: float = 0.0
) -> Solid:
    """An ellipsoid; `grain` is the first number of its detail."""
    return Solid(ELLIPSOID, centre, half, material, (main, second), detail=_four((grain,)))


def turned(solids: Solids, around: Point, angle: float) -> Solids:
    """Solids given around the origin, turned to the left by `angle` radians and then moved to `around`."""
    cos, sin = math.cos(angle), math.sin(angle)
    placed = []
    for solid in solids:
        x, y, z = solid.centre
        centre = (around[0] + x * cos - y * sin, around[1] + x * sin + y * cos, around[2] + z)
        placed.append(replace(solid, centre=centre, turn=solid.turn + angle))
    return placed


def shade(colour: Colour, by: float) -> Colour:
    """A colour made brighter or darker."""
    return (min(colour[0] * by, 250.0), min(colour[1] * by, 250.0), min(colour[2] * by, 250.0))


def pick(rng: Rng, colours: tuple[Colour, ...], spread: float = 0.08) -> Colour:
    """One of the colours, a little brighter or darker."""
    return shade(colours[int(rng.integers(len(colours)))], 1 + float(rng.uniform(-spread, spread)))


WALLS: tuple[Colour, ...] = (
    (196, 186, 168), (180, 164, 142), (166, 128, 108), (150, 148, 144), (206, 202, 194), (172, 158, 140),
    (142, 118, 104), (186, 176, 150), (160, 162, 166),
)  # fmt: skip
GLAZING: tuple[Colour, ...] = ((62, 72, 82), (74, 84, 92), (52, 60, 70))
CARS: tuple[Colour, ...] = (
    (40, 42, 46), (176, 178, 180), (206, 206, 204), (86, 90, 96), (62, 74, 98), (118, 44, 42), (150, 152, 150),
)  # fmt: skip
CLOTHS: tuple[Colour, ...] = (
    (138, 60, 52), (66, 92, 82), (70, 84, 116), (176, 156, 112), (120, 104, 88), (90, 96, 100),
)  # fmt: skip
LEAVES: tuple[tuple[Colour, Colour], ...] = (
    ((62, 84, 44), (104, 124, 66)), ((54, 74, 46), (88, 108, 62)), ((84, 92, 48), (126, 128, 70)),
)  # fmt: skip
