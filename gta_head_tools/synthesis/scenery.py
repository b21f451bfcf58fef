"""What places are built from."""

from __future__ import annotations

from dataclasses import dataclass

from gta_head_tools.synthesis.stage import SLAB, Array, Floor, Solid

PAVING = 0

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """Scenery around a camera, in the local frame; fields as those of `Stage`."""

    floors: tuple[Floor, ...]
    solids: tuple[Solid, ...]
    lamps: Array
    indoor: bool = False


def slab(floor: Floor, material: int, main: Colour, second: Colour, *, detail: Colour = (0.0, 0.0, 0.0)) -> Solid:
    """The ground of a floor."""
    centre = ((floor.x0 + floor.x1) / 2, (floor.y0 + floor.y1) / 2, 0.0)
    half = ((floor.x1 - floor.x0) / 2, (floor.y1 - floor.y0) / 2, 0.0)
    return Solid(SLAB, centre, half, material, (main, second), detail=(*detail, floor.row), height=floor.height)
