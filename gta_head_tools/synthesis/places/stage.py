"""Where a rendered crowd stands: a fixed camera, floors for people, solids around them, lamps above them.

The local frame of a stage: (across, along, up) in metres from the spot on the reference ground right under the camera;
the camera looks along.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.camera import Camera

Array = NDArray[np.float64]

MARGIN = 0.45
"""Scenery hides a person only where it is nearer by this many metres: half a body, and the ground under the toes."""
BOX, ELLIPSOID, CYLINDER, SLAB = range(4)
"""Kinds of solids. A slab is ground with a quadratic function as its height; it is visible from both sides."""


@dataclass(frozen=True, slots=True)
class Floor:
    """A rectangle of ground with a height over every spot.

    Attributes:
        x0, x1, y0, y1: sides, metres across and along.
        height: c of z = c . [1, x, y, x^2, xy, y^2].
        use: "stand", "seats" or "queue".
        facing: direction that people look in, radians: 0 = to the camera, larger = to the right; None = any direction.
        row: metres along from row to row of a stand, where the ground rises in steps and every spot has the height of
            the middle of its row; 0 = a smooth floor.
    """

    x0: float
    x1: float
    y0: float
    y1: float
    height: tuple[float, float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    use: str = "stand"
    facing: float | None = None
    row: float = 0.0

    def heights(self, spots: Array) -> Array:
        """Height (N,) of the ground under spots (N, >= 2)."""
        x, y = spots[:, 0], spots[:, 1]
        if self.row:
            y = self.y0 + (np.floor((y - self.y0) / self.row) + 0.5) * self.row
        terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])
        heights: Array = np.asarray(self.height) @ terms
        return heights

    @property
    def area(self) -> float:
        """Square metres, seen from above."""
        return (self.x1 - self.x0) * (self.y1 - self.y0)


@dataclass(frozen=True, slots=True)
class Solid:
    """A box, an ellipsoid, an upright cylinder, or a slab of ground.

    Attributes:
        kind: BOX, ELLIPSOID, CYLINDER or SLAB.
        centre: of the body; its third value is not used for a slab.
        half: half sides along its own axes; the third one is not used for a slab.
        material: a number of `materials.py`.
        colours: main and second colour, 0..255.
        turn: rotation about the vertical, radians to the left.
        detail: four numbers whose meaning depends on the material, see `materials.py`.
        height: only of a slab: the coefficients of its height, as of `Floor`.
        firm: True if nobody can stand where it is.
    """

    kind: int
    centre: tuple[float, float, float]
    half: tuple[float, float, float]
    material: int
    colours: tuple[tuple[float, float, float], tuple[float, float, float]]
    turn: float = 0.0
    detail: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    height: tuple[float, float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    firm: bool = True

    def footprint(self) -> tuple[float, float, float, float, float, float]:
        """x0 x1 y0 y1 z0 z1 of the smallest box around it whose sides are parallel to the local axes."""
        (x, y, z), (a, b, c) = self.centre, self.half
        cos, sin = abs(math.cos(self.turn)), abs(math.sin(self.turn))
        wide, deep = a * cos + b * sin, a * sin + b * cos
        return x - wide, x + wide, y - deep, y + deep, z - c, z + c


@dataclass(frozen=True, slots=True)
class Stage:
    """A place seen by a fixed camera.

    Attributes:
        layout: its name in `layouts.LAYOUTS`.
        camera: its pose in the world.
        ground: height of the local ground in the world, metres.
        size: width and height of the pictures, pixels.
        floors: where people may stand.
        blocked: (B, 6) x0 x1 y0 y1 z0 z1 of solids that nobody can stand in.
        lamps: (L, 4) local position and strength of lamps.
        solids: the scenery, the ground included.
        roi: (K, 2) corners of the region where people are visible, local, counter-clockwise.
        indoor: True under a roof: there is no rain, and lamps are always lit.
        seed: of the random patterns of surfaces and sky.
    """

    layout: str
    camera: Camera
    ground: float
    size: tuple[int, int]
    floors: tuple[Floor, ...]
    blocked: Array
    lamps: Array
    solids: tuple[Solid, ...]
    roi: Array
    indoor: bool
    seed: int

    @property
    def height(self) -> float:
        """Metres from the local ground up to the camera."""
        return self.camera.location[2] - self.ground

    def world(self, local: Array) -> Array:
        """World points (N, 3) of local ones (N, 3)."""
        yaw = math.radians(self.camera.rotation[2])
        right, forward = np.array([math.cos(yaw), math.sin(yaw)]), np.array([-math.sin(yaw), math.cos(yaw)])
        local = np.asarray(local, dtype=np.float64)
        flat = np.asarray(self.camera.location[:2]) + local[:, :1] * right + local[:, 1:2] * forward
        return np.column_stack([flat, self.ground + local[:, 2]])

    def see(self, local: Array) -> tuple[Array, Array]:
        """Pixels (N, 2) and depth (N,) of local points (N, 3); NaN and depth <= 0 behind the camera."""
        return self.camera.project(self.world(local), self.size)

    def free(self, local: Array, margin: float = 0.0) -> NDArray[np.bool_]:
        """(N,) True for points (N, 3) on a floor where no firm solid is within `margin` metres of a standing person."""
        x, y, z = (np.asarray(local)[:, axis, None] for axis in range(3))
        x0, x1, y0, y1, z0, z1 = self.blocked.T
        beside = (x > x0 - margin) & (x < x1 + margin) & (y > y0 - margin) & (y < y1 + margin)
        hit = beside & (z + 0.1 < z1) & (z + 1.9 > z0)
        clear: NDArray[np.bool_] = ~hit.any(axis=1)
        return clear

    def axes(self) -> Array:
        """(3, 3) rows right, up and forward of the camera, unit vectors in the local frame."""
        yaw = math.radians(self.camera.rotation[2])
        turn = np.array([[math.cos(yaw), math.sin(yaw), 0], [-math.sin(yaw), math.cos(yaw), 0], [0, 0, 1]])
        axes: Array = np.stack(self.camera.axes()) @ turn.T
        return axes

    @property
    def focal(self) -> float:
        """Focal length, pixels."""
        return self.camera.focal_length(self.size[1])


def blocked_by(solids: Sequence[Solid]) -> Array:
    """Footprints (B, 6) of the firm solids."""
    rows = [solid.footprint() for solid in solids if solid.firm and solid.kind != SLAB]
    return np.array(rows, dtype=np.float64).reshape(-1, 6)


def lamps_on(lamps: Array, spots: Array) -> Array:
    """Brightness (N,) that lamps (L, 4), local position and strength, give to local spots (N, 3).

    The lamps of a `Stage` are scaled so that the mean on outdoor floors is 0.42.
    """
    if not len(lamps):
        return np.zeros(len(spots))
    offset = lamps[None, :, :3].astype(np.float32) - np.asarray(spots, dtype=np.float32)[:, None]
    flat = offset[..., 0] ** 2 + offset[..., 1] ** 2
    drop = np.maximum(offset[..., 2], 0.0)
    share = drop**2 / (drop**2 + flat + 1e-3)
    strength: Array = (lamps[:, 3].astype(np.float32) * share**2).sum(axis=1).astype(np.float64)
    return strength
