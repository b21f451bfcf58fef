"""Pinhole camera in the conventions of GTA5, and the horizon it sees.

World: right handed, x east, y north, z up, metres. Rotation is (pitch, roll, yaw) in degrees: yaw 0 looks to +y and
grows to the left, positive pitch looks up. The field of view is vertical, pixels are square, there is no distortion.
Source: `gjy3035/GCC-CL` (camera.cpp, utils.cpp), `fabbrimatteo/JTA-Mods` and `David0tt/DeepGTAV`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

ROLL_TOLERANCE = 0.1
"""Degrees of roll above which the order of rotations matters; the released data never reach it."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera in the world.

    Attributes:
        location: x y z, metres.
        rotation: pitch, roll, yaw, degrees.
        fov: vertical field of view, degrees.
    """

    location: tuple[float, float, float]
    rotation: tuple[float, float, float]
    fov: float

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (*self.location, *self.rotation))) or not 0 < self.fov < 180:
            raise ValueError(f"camera needs finite numbers and 0 < fov < 180, got {self}")

    def axes(self) -> tuple[Vector, Vector, Vector]:
        """Unit vectors right, up, forward in the world. With roll: yaw first, then roll, then pitch."""
        pitch, roll, yaw = np.radians(self.rotation)
        if roll == 0:  # exact for released data, where the camera is never rolled
            forward = np.array([-math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), math.sin(pitch)])
            right = np.array([math.cos(yaw), math.sin(yaw), 0.0])
            return right, np.cross(right, forward), forward
        turn = _about_z(yaw) @ _about_y(roll) @ _about_x(pitch)
        return turn[:, 0], turn[:, 2], turn[:, 1]

    def focal_length(self, height: int) -> float:
        """Focal length in pixels of an image of that height.

        >>> round(Camera((0, 0, 0), (0, 0, 0), 40).focal_length(1080), 7)
        1483.6378065
        """
        return height / 2 / math.tan(math.radians(self.fov) / 2)

    def project(self, world: NDArray[np.float64], size: tuple[int, int]) -> tuple[NDArray[np.float64], Vector]:
        """Pixels (N, 2) and depth along the optical axis (N,) of world points (N, 3).

        Points at or behind the camera have depth <= 0 and pixels NaN.
        """
        width, height = size
        right, up, forward = self.axes()
        offset = np.asarray(world, dtype=np.float64) - np.asarray(self.location)
        depth = offset @ forward
        scale = np.full_like(depth, np.nan)
        np.divide(self.focal_length(height), depth, out=scale, where=depth > 0)
        return np.stack([width / 2 + scale * (offset @ right), height / 2 - scale * (offset @ up)], axis=1), depth

    def depth_on_plane(self, points: NDArray[np.float64], size: tuple[int, int], z: float) -> Vector:
        """Depth (N,) of the world plane at height `z` behind pixels (N, 2); NaN where the ray never meets it."""
        width, height = size
        focal = self.focal_length(height)
        right, up, forward = self.axes()
        x = (np.asarray(points, dtype=np.float64)[:, 0] - width / 2) / focal
        y = (height / 2 - np.asarray(points, dtype=np.float64)[:, 1]) / focal
        climb = forward[2] + right[2] * x + up[2] * y
        depth = np.full_like(climb, np.nan)
        np.divide(z - self.location[2], climb, out=depth, where=climb != 0)
        return np.where(depth > 0, depth, np.nan)

    def down(self) -> Vector:
        """The world's "down" in camera axes (right, image down, forward): all that the horizon depends on."""
        right, up, forward = self.axes()
        return np.array([-right[2], up[2], -forward[2]])


def _about_x(angle: float) -> Vector:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _about_y(angle: float) -> Vector:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _about_z(angle: float) -> Vector:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
