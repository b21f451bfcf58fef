"""What a size model is fitted to besides anchors (`SceneView`), and what every fitted model offers (`SizeModel`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntFlag
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.camera import Camera
from gta_head_tools.geometry import outside
from gta_head_tools.interpolation.scene_frame import Frame, Spacing, measure_spacing
from gta_head_tools.regions import inside_polygon

Array = NDArray[np.float64]
Flags = NDArray[np.uint8]

BLOCK = 4096
"""Heads per block: the (heads x anchors) temporaries stay in the cache."""
KEPT_PARTS = 8


class Flag(IntFlag):
    """Reasons to read a predicted size with care."""

    CLAMPED_LOW = 1
    CLAMPED_HIGH = 2
    EXTRAPOLATED = 4
    OUTSIDE_IMAGE = 8
    ABOVE_HORIZON = 16
    STALE_CAMERA = 32


@dataclass(frozen=True)
class SceneView:
    """What is known of a scene besides its anchors.

    Attributes:
        heads: head points, one (N, 2) array per image; spacing is measured inside each.
        size: width and height of the images in pixels.
        camera: gives horizon and focal length.
        horizon: (2, 2) two points of a drawn line; wins over the camera's horizon.
        ground: world height of the ground in metres, for rule ``camera``.
    """

    heads: tuple[Array, ...]
    size: tuple[int, int]
    camera: Camera | None = None
    horizon: Array | None = None
    ground: float | None = None

    @cached_property
    def points(self) -> Array:
        """All head points (N, 2)."""
        return np.concatenate(self.heads) if self.heads else np.empty((0, 2))

    @cached_property
    def frame(self) -> Frame:
        """Coordinates in which a fit does not depend on the resolution."""
        return Frame.around(self.points, self.size)

    @cached_property
    def spacing(self) -> Spacing | None:
        """How far apart neighbours stand, None with too few heads."""
        return measure_spacing(self.heads, self.frame)

    def measure(self) -> None:
        """Measure frame and spacing now, so that views made by `with_horizon` share them."""
        _ = self.frame, self.spacing, self._parts

    def with_horizon(self, horizon: Array | None) -> SceneView:
        """The same heads with another drawn horizon; frame and spacing are not measured again."""
        view = replace(self, horizon=horizon)
        kept = ("points", "frame", "spacing", "_parts")
        view.__dict__.update({key: self.__dict__[key] for key in kept if key in self.__dict__})
        return view

    @cached_property
    def _parts(self) -> dict[bytes, SceneView]:
        """The last few parts of the view, by the bytes of their polygon."""
        return {}

    def within(self, polygon: Array) -> SceneView:
        """The view with only the heads inside a polygon (V, 2); the last few polygons are not measured again."""
        key = polygon.tobytes()
        part = self._parts.get(key)
        if part is None:
            part = replace(self, heads=tuple(heads[inside_polygon(heads, polygon)] for heads in self.heads))
            part.measure()
            if len(self._parts) >= KEPT_PARTS:
                self._parts.pop(next(iter(self._parts)), None)
            self._parts[key] = part
        return part.with_horizon(self.horizon)

    @property
    def stretch(self) -> Stretch:
        """Off-axis stretch of head outlines; there is none when the focal length is unknown."""
        return Stretch(None if self.camera is None else self.camera.focal_length(self.size[1]), self.size)

    @property
    def geometry(self) -> Geometry:
        """The part of the view that a fitted model keeps."""
        return Geometry(self.size, self.frame, self.stretch)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The outline of a sphere off the optical axis is larger by sqrt(1 + tan^2 of the angle) in x and in y.

    Attributes:
        focal: focal length in pixels, None = unknown, no stretch.
        size: width and height of the images.
    """

    focal: float | None
    size: tuple[int, int]

    def factors(self, points: Array) -> tuple[Array, Array] | tuple[float, float]:
        """Stretch of width and of height at points (N, 2)."""
        if self.focal is None:
            return 1.0, 1.0
        off = (points - np.asarray(self.size) / 2) / self.focal
        return np.sqrt(1 + off[:, 0] ** 2), np.sqrt(1 + off[:, 1] ** 2)

    def geometric(self, points: Array, sizes: Array) -> Array:
        """Geometric sizes sqrt(width height) (N,) of drawn sizes (N, 2), stretch taken off."""
        kx, ky = self.factors(points)
        roots: Array = np.sqrt(sizes[:, 0] * sizes[:, 1] / (kx * ky))
        return roots

    def aspect(self, points: Array, sizes: Array) -> float:
        """One width / height for all heads: geometric mean, median from five anchors on."""
        kx, ky = self.factors(points)
        logs = np.log(sizes[:, 0] / sizes[:, 1] * (ky / kx))
        return float(np.exp(np.median(logs) if len(logs) >= 5 else np.mean(logs)))


@dataclass(frozen=True, slots=True)
class Geometry:
    """What a fitted model needs of its scene: size, frame and stretch, without the heads.

    Attributes:
        size: width and height of the images in pixels.
        frame: of its heads.
        stretch: of head outlines.
    """

    size: tuple[int, int]
    frame: Frame
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class Prediction:
    """Sizes of heads, in pixels, columns of length N.

    Attributes:
        widths: at least 1.
        heights: at least 1.
        flags: bits of `Flag`.
    """

    widths: Array
    heights: Array
    flags: Flags

    @property
    def sizes(self) -> Array:
        """Geometric sizes sqrt(width height)."""
        roots: Array = np.sqrt(self.widths * self.heights)
        return roots


class SizeModel(Protocol):
    """Head sizes as a function of position, for one scene."""

    @property
    def rule(self) -> str:
        """Name of the rule that made it."""
        ...

    @property
    def suspects(self) -> tuple[int, ...]:
        """Anchors that were given less weight because they contradict the others."""
        ...

    @property
    def expected_sizes(self) -> Array:
        """(anchors,) geometric size that the other anchors predict at each anchor; NaN where nothing can."""
        ...

    def predict(self, points: Array) -> Prediction:
        """Sizes at points (N, 2)."""
        ...

    def errors(self, points: Array) -> tuple[Array, Array]:
        """Relative standard deviation (N,) of the size field, and of the single heads around it."""
        ...


def in_blocks(function: Callable[[Array], tuple[Array, Array, Flags]], points: Array) -> Prediction:
    """Apply a size function (points -> widths, heights, flags) block by block and keep every side >= 1 px."""
    widths, heights = np.empty(len(points)), np.empty(len(points))
    flags = np.zeros(len(points), dtype=np.uint8)
    for start in range(0, len(points), BLOCK):
        rows = slice(start, start + BLOCK)
        widths[rows], heights[rows], flags[rows] = function(points[rows])
    np.maximum(widths, 1.0, out=widths)
    np.maximum(heights, 1.0, out=heights)
    return Prediction(widths, heights, flags)


def clamp(sizes: Array, low: float, high: float) -> tuple[Array, Flags]:
    """Sizes cut to [low, high] and flags that say where; not-a-number counts as too small."""
    under, over = ~(sizes >= low), sizes > high
    flags = (under * Flag.CLAMPED_LOW + over * Flag.CLAMPED_HIGH).astype(np.uint8)
    return np.where(under, low, np.where(over, high, sizes)), flags


def place_flags(points: Array, anchors: Array, geometry: Geometry) -> Flags:
    """EXTRAPOLATED beyond the anchors' rectangle grown by a tenth of the frame, OUTSIDE_IMAGE beyond the border."""
    flags = np.where(outside(points, geometry.size), np.uint8(Flag.OUTSIDE_IMAGE), np.uint8(0))
    if len(anchors):
        margin = 0.1 * np.asarray(geometry.frame.sides)
        beyond = (points < anchors.min(axis=0) - margin) | (points > anchors.max(axis=0) + margin)
        flags |= np.where(beyond.any(axis=1), np.uint8(Flag.EXTRAPOLATED), np.uint8(0))
    return flags
