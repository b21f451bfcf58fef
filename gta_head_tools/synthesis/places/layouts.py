"""Stages drawn at random: six kinds of places that a fixed camera looks at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from gta_head_tools.camera import Camera
from gta_head_tools.errors import UnknownNameError
from gta_head_tools.synthesis.places import hill, platform, shopping_mall, square, stand, street
from gta_head_tools.synthesis.places.scenery import Scenery
from gta_head_tools.synthesis.places.stage import Array, Floor, Stage, blocked_by, lamps_on
from gta_head_tools.synthesis.places.view import ROOM, Range, View, draw_view

Build = Callable[[View, np.random.Generator], Scenery]

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
"""Greatest strength of a lamp: a place with few lamps stays darker instead of having very bright ones."""


def draw_stage(layout: str, rng: np.random.Generator, size: tuple[int, int], people: int) -> Stage:
    """A random stage with enough floor in view for `people`; the same state of `rng` gives the same stage.

    Args:
        layout: a name in `LAYOUTS`.
        rng: draws the place and the camera.
        size: width and height of the pictures, pixels.
        people: the largest number of people in one picture.

    Raises:
        UnknownNameError: no such layout.
    """
    if layout not in LAYOUTS:
        raise UnknownNameError("layout", layout, LAYOUTS)
    best, best_room = None, -1.0
    for _ in range(_TRIES):
        stage = _try(layout, rng, size, people)
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


def _try(layout: str, rng: np.random.Generator, size: tuple[int, int], people: int) -> Stage:
    build, allowed = LAYOUTS[layout]
    view = draw_view(rng, people, size[0] / size[1], allowed=allowed)
    scenery = build(view, rng)
    lamps = _evened(scenery)
    ground = float(rng.uniform(2, 60))
    x, y, yaw = rng.uniform(-2500, 2500), rng.uniform(-2500, 2500), rng.uniform(-180, 180)
    camera = Camera((float(x), float(y), ground + view.height), (-view.pitch, 0.0, float(yaw)), view.fov)
    stage = Stage(
        layout=layout,
        camera=camera,
        ground=ground,
        size=size,
        floors=scenery.floors,
        blocked=blocked_by(scenery.solids),
        lamps=lamps,
        solids=scenery.solids,
        roi=np.zeros((0, 2)),
        indoor=scenery.indoor,
        seed=int(rng.integers(2**31)),
    )
    return replace(stage, roi=_region(stage))


def _evened(scenery: Scenery) -> Array:
    """The lamps of a place, scaled to a mean light on its floors of 0.8 indoors and 0.42 outdoors."""
    spots = np.concatenate([_lattice(floor, 400) for floor in scenery.floors])
    mean = float(lamps_on(scenery.lamps, spots).mean())
    scale = min((0.8 if scenery.indoor else 0.42) / max(mean, 0.01), _BRIGHTEST / scenery.lamps[0, 3])
    lamps: Array = scenery.lamps * np.array([1, 1, 1, scale])
    return lamps


def _region(stage: Stage) -> Array:
    """Corners (K, 2) of the convex hull of the spots where people are visible, or of a floor if those are too few."""
    spots = np.concatenate([_lattice(floor, 900) for floor in stage.floors])
    seen = spots[_in_view(stage, spots)]
    if len(seen) < 3:
        floor = stage.floors[0]
        return np.array([[floor.x0, floor.y0], [floor.x1, floor.y0], [floor.x1, floor.y1], [floor.x0, floor.y1]])
    flat = seen[:, :2]
    corners: Array = flat[ConvexHull(flat, qhull_options="QJ").vertices]
    return corners


def _lattice(floor: Floor, number: int) -> Array:
    """About `number` local points (N, 3), spread evenly over a floor."""
    side = round(number**0.5)
    steps = (np.arange(side) + 0.5) / side
    x, y = np.meshgrid(floor.x0 + (floor.x1 - floor.x0) * steps, floor.y0 + (floor.y1 - floor.y0) * steps)
    spots = np.stack([x.ravel(), y.ravel()], axis=1)
    return np.column_stack([spots, floor.heights(spots)])


def _in_view(stage: Stage, spots: Array) -> NDArray[np.bool_]:
    """(N,) True for spots (N, 3) that are free and where the head of a standing person is in the picture."""
    pixels, depth = stage.see(spots + np.array([0.0, 0.0, 1.6]))
    inside: NDArray[np.bool_] = (depth > 0) & (pixels > 0).all(axis=1) & (pixels < np.array(stage.size)).all(axis=1)
    return inside & stage.free(spots, 0.25)
