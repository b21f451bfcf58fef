"""Stages by chance: six kinds of places that a fixed camera looks at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from gta_head_tools.camera import Camera
from gta_head_tools.errors import UnknownNameError
from gta_head_tools.synthesis.places import hill, platform, shopping_mall, square, stand, street
from gta_head_tools.synthesis.places.scenery import Place
from gta_head_tools.synthesis.places.stage import Array, Floor, Stage, blocked_by, lamps_on
from gta_head_tools.synthesis.places.view import ROOM, Range, View, draw_view

Build = Callable[[View, np.random.Generator], Place]

LAYOUTS: Mapping[str, tuple[Build, Range]] = {
    "plane": (square.build, square.RANGE),
    "stand": (stand.build, stand.RANGE),
    "hill": (hill.build, hill.RANGE),
    "street": (street.build, street.RANGE),
    "mall": (shopping_mall.build, shopping_mall.RANGE),
    "platform": (platform.build, platform.RANGE),
}
_TRIES = 20
_BRIGHTEST = 1.5
"""Light right under a lamp, at most: where lamps are few, they do not make up for it."""


def draw_stage(layout: str, rng: np.random.Generator, size: tuple[int, int], people: int, roll: float = 0.0) -> Stage:
    """A stage by chance, with floor in view for `people`; the same state of `rng` gives the same stage.

    Args:
        layout: a name in `LAYOUTS`.
        rng: draws the place and the camera.
        size: width and height of the pictures, pixels.
        people: how many are to be seen at most.
        roll: of the camera, degrees.

    Raises:
        UnknownNameError: no such layout.
    """
    if layout not in LAYOUTS:
        raise UnknownNameError("layout", layout, LAYOUTS)
    best, best_room = None, -1.0
    for _ in range(_TRIES):
        stage = _try(layout, rng, size, people, roll)
        room = room_in_view(stage) / max(ROOM * people, 25.0)
        if room > best_room:
            best, best_room = stage, room
        if room >= 1:
            break
    assert best is not None  # the first try has room >= 0
    return best


def room_in_view(stage: Stage) -> float:
    """Square metres of free floor where a standing person's head is in the picture."""
    total = 0.0
    for floor in stage.floors:
        spots = _lattice(floor, 1600)
        total += floor.area * float(_in_view(stage, spots).mean())
    return total


def _try(layout: str, rng: np.random.Generator, size: tuple[int, int], people: int, roll: float) -> Stage:
    build, allowed = LAYOUTS[layout]
    view = draw_view(rng, people, size[0] / size[1], allowed=allowed)
    place = build(view, rng)
    lamps = _evened(place)
    ground = float(rng.uniform(2, 60))
    x, y, yaw = rng.uniform(-2500, 2500), rng.uniform(-2500, 2500), rng.uniform(-180, 180)
    camera = Camera((float(x), float(y), ground + view.height), (-view.pitch, roll, float(yaw)), view.fov)
    stage = Stage(
        layout, camera, ground, size, place.floors, blocked_by(place.solids), lamps, place.solids,
        np.zeros((0, 2)), place.indoor, int(rng.integers(2**31)),
    )  # fmt: skip
    return replace(stage, roi=_region(stage))


def _evened(place: Place) -> Array:
    """The lamps of a place, so bright that their light on its floors has a certain mean."""
    spots = np.concatenate([_lattice(floor, 400) for floor in place.floors])
    mean = float(lamps_on(place.lamps, spots).mean())
    lamps: Array = place.lamps * np.array(
        [1, 1, 1, min((0.8 if place.indoor else 0.42) / max(mean, 0.01), _BRIGHTEST / place.lamps[0, 3])]
    )
    return lamps


def _region(stage: Stage) -> Array:
    """Corners of the hull of the spots where people can be seen."""
    spots = np.concatenate([_lattice(floor, 900) for floor in stage.floors])
    seen = spots[_in_view(stage, spots)]
    if len(seen) < 3:
        floor = stage.floors[0]
        return np.array([[floor.x0, floor.y0], [floor.x1, floor.y0], [floor.x1, floor.y1], [floor.x0, floor.y1]])
    flat = seen[:, :2]
    corners: Array = flat[ConvexHull(flat, qhull_options="QJ").vertices]
    return corners


def _lattice(floor: Floor, number: int) -> Array:
    """About so many local points (N, 3), evenly over a floor."""
    side = round(number**0.5)
    steps = (np.arange(side) + 0.5) / side
    x, y = np.meshgrid(floor.x0 + (floor.x1 - floor.x0) * steps, floor.y0 + (floor.y1 - floor.y0) * steps)
    spots = np.stack([x.ravel(), y.ravel()], axis=1)
    return np.column_stack([spots, floor.heights(spots)])


def _in_view(stage: Stage, spots: Array) -> NDArray[np.bool_]:
    pixels, depth = stage.see(spots + np.array([0.0, 0.0, 1.6]))
    inside: NDArray[np.bool_] = (depth > 0) & (pixels > 0).all(axis=1) & (pixels < np.array(stage.size)).all(axis=1)
    return inside & stage.free(spots, 0.25)
