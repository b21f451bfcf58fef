"""Where a rendered scene takes place: a camera over a square, with or without a stand rising behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.camera import Camera

Array = NDArray[np.float64]

SIZE = (1920, 1080)
STEP = 0.9
"""Metres from row to row of a stand."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A place seen by a fixed camera. Spots are (across, along) in metres from the foot of the camera.

    Attributes:
        camera: in the world.
        ground: height of the square, metres.
        edge: where the stand begins, metres along; infinite = there is none.
        slope: rise of the stand.
        reach: where people end, metres along.
    """

    camera: Camera
    ground: float
    edge: float
    slope: float
    reach: float

    def rise(self, along: Array) -> Array:
        """Height (N,) of the ground above the square at those distances (N,), in steps."""
        rows: Array = np.maximum(np.floor((along - self.edge) / STEP) + 1, 0.0)
        return rows * STEP * self.slope

    def place(self, spots: Array, height: Array | float) -> Array:
        """World points (N, 3) at `height` (N,) above the square."""
        yaw = math.radians(self.camera.rotation[2])
        right, forward = np.array([math.cos(yaw), math.sin(yaw)]), np.array([-math.sin(yaw), math.cos(yaw)])
        flat = np.asarray(self.camera.location[:2]) + spots[:, :1] * right + spots[:, 1:] * forward
        return np.column_stack([flat, np.broadcast_to(self.ground + height, len(spots))])

    def world(self, spots: Array, height: Array | float = 0.0) -> Array:
        """World points (N, 3) at `height` (N,) above the ground under spots (N, 2)."""
        return self.place(spots, self.rise(spots[:, 1]) + height)

    def see(self, spots: Array, height: Array | float = 0.0) -> tuple[Array, Array]:
        """Pixels (N, 2) and depth (N,) of those points."""
        return self.camera.project(self.world(spots, height), SIZE)

    def near(self) -> float:
        """Metres along of the nearest spot whose standing head is in the picture."""
        lowest = math.radians(self.camera.fov / 2 - self.camera.rotation[0])
        return (self.camera.location[2] - self.ground - 1.9) / math.tan(lowest)


def draw_stage(rng: np.random.Generator, *, stand: bool) -> Stage:
    """A stage by chance; the same state of `rng` gives the same stage."""
    ground = float(rng.uniform(5, 40))
    x, y, yaw = rng.uniform(-2000, 2000), rng.uniform(-2000, 2000), rng.uniform(-180, 180)
    pitch, fov = (rng.uniform(-14, -11), rng.uniform(42, 48)) if stand else (rng.uniform(-22, -16), rng.uniform(40, 50))
    camera = Camera(
        (float(x), float(y), ground + float(rng.uniform(6.5, 9))), (float(pitch), 0.0, float(yaw)), float(fov)
    )
    edge = float(rng.uniform(17, 20)) if stand else math.inf
    return Stage(
        camera, ground, edge, float(rng.uniform(0.35, 0.45)), reach=edge + 14 if stand else float(rng.uniform(28, 42))
    )
