"""Where simulated people stand: cameras, grounds and the share of ground that a camera sees."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from gta_head_tools.camera import Camera

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Family = Literal["plane", "two_plane", "curved", "tall", "wide"]

HEAD_RADIUS, BODY = 0.115, 1.72
EYE_LEVEL = BODY - HEAD_RADIUS
LATTICE = (160, 240)
"""Directions times distances at which a person may stand."""


@dataclass(frozen=True)
class Pose:
    """A pinhole camera over the origin: metres, degrees (yaw, then roll, then pitch), focal length in pixels."""

    height: float
    pitch: float
    roll: float
    yaw: float
    focal: float
    size: tuple[int, int]

    def turn(self) -> Array:
        """Rows right, down, forward: world directions to camera directions."""
        turned = Rotation.from_euler("ZYX", [self.yaw, self.roll, self.pitch], degrees=True).as_matrix()
        return np.stack([turned[:, 0], -turned[:, 2], turned[:, 1]])

    def see(self, world: Array) -> Array:
        """Camera coordinates (N, 3) of world points (N, 3)."""
        return (world - [0.0, 0.0, self.height]) @ self.turn().T

    def project(self, world: Array) -> Array:
        """Pixels (N, 2) of world points (N, 3); NaN behind the camera."""
        x, y, z = self.see(world).T
        z = np.where(z > 0.05, z, np.nan)
        return np.stack([self.size[0] / 2 + self.focal * x / z, self.size[1] / 2 + self.focal * y / z], axis=1)

    def border(self) -> Array:
        """World directions (N, 3) of pixels along the border of the picture."""
        along = np.linspace(-1, 1, 41)
        ones = np.ones(41)
        ring = np.concatenate(
            [np.column_stack(pair) for pair in ((along, ones), (along, -ones), (ones, along), (-ones, along))]
        )
        flat = ring * np.array(self.size) / 2 / self.focal
        return np.column_stack([flat, np.ones(len(flat))]) @ self.turn()

    def camera(self) -> Camera:
        """The same camera as the product writes it."""
        fov = 2 * math.degrees(math.atan(self.size[1] / 2 / self.focal))
        return Camera((0.0, 0.0, self.height), (self.pitch, self.roll, self.yaw), fov)

    def mistaken(self, rng: np.random.Generator) -> Pose:
        """The pose as somebody would have measured it: 1 degree, 2 % of focal length and 3 % of height off."""
        pitch, roll, yaw = np.array([self.pitch, self.roll, self.yaw]) + rng.normal(0, 1.0, 3)
        focal, height = np.array([self.focal, self.height]) * (1 + rng.normal(0, [0.02, 0.03]))
        return Pose(float(height), float(pitch), float(roll), float(yaw), float(focal), self.size)


@dataclass(frozen=True)
class Ground:
    """A height field over (right of the camera, ahead of it), metres.

    Attributes:
        height: spots (..., 2) -> height (...).
        edge: (a, b, c), another ground begins where a right + b ahead > c; None if there is but one.
        step: height of that ground at the edge.
    """

    height: Callable[[Array], Array]
    edge: tuple[float, float, float] | None = None
    step: float = 0.0

    def beyond_edge(self, spots: Array) -> NDArray[np.bool_]:
        """Which spots (N, 2) are on the other ground."""
        a, b, c = self.edge or (0.0, 0.0, 0.0)
        return np.asarray(spots @ [a, b] > c)


FLAT = Ground(lambda spots: np.zeros(spots.shape[:-1]))


@dataclass(frozen=True)
class Places:
    """Spots (N, 2) right and ahead, seen at head level, with the m^2 of ground and the px^2 of picture of each (N,)."""

    spots: Array
    metres: Array
    pixels: Array


def draw_pose(family: Family, rng: np.random.Generator) -> Pose:
    """A camera of the family: 3-25 m, 2-55 degrees down, roll +-5, 30-90 degrees along the long side."""
    roll, yaw = float(rng.uniform(-5, 5)), float(rng.uniform(-180, 180))
    if family == "tall":
        height, pitch, view = rng.uniform(3, 6), -rng.uniform(15, 40), rng.uniform(60, 90)
        return Pose(float(height), float(pitch), roll, yaw, 960 / math.tan(math.radians(view) / 2), (1080, 1920))
    height, pitch = float(np.exp(rng.uniform(*np.log([3, 25])))), -float(np.exp(rng.uniform(*np.log([2, 55]))))
    half, view = (540, rng.uniform(60, 90)) if family == "wide" else (960, rng.uniform(30, 90))
    return Pose(height, pitch, roll, yaw, half / math.tan(math.radians(view) / 2), (1920, 1080))


def visible(pose: Pose, ground: Ground, reach: float, rng: np.random.Generator) -> Places:
    """What the camera sees up to `reach` metres, on a jittered lattice of directions and logarithmic distances."""
    rays = pose.border()
    ahead = Rotation.from_euler("z", -pose.yaw, degrees=True).apply(rays)
    low = ahead[:, 2] < -1e-3
    sides = np.arctan2(ahead[:, 0], ahead[:, 1])
    near = np.min((pose.height - EYE_LEVEL) * np.hypot(ahead[low, 0], ahead[low, 1]) / -ahead[low, 2], initial=reach)
    steps = (np.ptp(sides) / LATTICE[0], math.log(reach / (0.5 * near)) / LATTICE[1])
    cells = np.stack(np.meshgrid(*[np.arange(n) for n in LATTICE], indexing="ij"), axis=-1) + rng.random((*LATTICE, 2))
    angles, reaches = sides.min() + steps[0] * cells[..., 0], 0.5 * near * np.exp(steps[1] * cells[..., 1])
    spots = np.stack([reaches * np.sin(angles), reaches * np.cos(angles)], axis=-1)
    climb = (ground.height(spots) + EYE_LEVEL - pose.height) / reaches
    seen = climb >= np.maximum.accumulate(climb, axis=1)
    spots, area = spots[seen], (reaches**2 * steps[0] * steps[1])[seen]
    pixels = project_heads(pose, ground, spots)
    tilt = [project_heads(pose, ground, spots + shift) - pixels for shift in ([1e-4, 0], [0, 1e-4])]
    magnified = (tilt[0][:, 0] * tilt[1][:, 1] - tilt[0][:, 1] * tilt[1][:, 0]) * 1e8
    inside = np.all((pixels > 0) & (pixels < pose.size), axis=1) & (magnified < 0)
    return Places(spots[inside], area[inside], (area * -magnified)[inside])


def to_world(pose: Pose, spots: Array, heights: Array) -> Array:
    """World points (N, 3) of spots (N, 2) right and ahead of the camera."""
    return Rotation.from_euler("z", pose.yaw, degrees=True).apply(np.column_stack([spots, heights]))


def project_heads(pose: Pose, ground: Ground, spots: Array) -> Array:
    """Pixels (N, 2) of heads of average people."""
    return pose.project(to_world(pose, spots, ground.height(spots) + EYE_LEVEL))
