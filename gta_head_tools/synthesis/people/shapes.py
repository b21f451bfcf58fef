"""The quadrics that people and things are made of, with the material and the weave of their surface.

Frame of a shape, in metres, while it faces the camera: x to the right of the picture, y towards the camera, z up. The
origin is the middle of the head.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.synthesis.people.weaves import PLAIN

Rows = list[list[float]]
"""Quadrics with ROW numbers each, see `_row`."""
Solids = NDArray[np.float64]
"""The same as an array (N, ROW)."""
Triple = tuple[float, float, float]
Look = tuple[float, float, float, float, float]
"""What `look` returns."""

CHIN = -0.118
"""Height of the chin, metres."""

ROW = 27
"""Columns of a solid, see `_row`."""
_FREE = (0.0, 0.0, 0.0, 1.0)
"""A half space that contains everything."""


def _row(
    place: Triple, axes: Sequence[Triple], kind: tuple[float, float], clips: Sequence[tuple[Triple, float]], look: Look
) -> list[float]:
    """Centre 3, axes 9, 1 = cone 1, taper 1, half spaces n p <= h 8, material, shade, weave, its weight, blend 5."""
    planes = [(*normal, height) for normal, height in clips] + [_FREE] * (2 - len(clips))
    flat = [value for axis in axes for value in axis]
    return [*place, *flat, *kind, *planes[0], *planes[1], *look]


def look(material: int, weave: int = PLAIN, *, fold: float = 1.0, shade: float = 1.0, blend: float = 0.012) -> Look:
    """A surface: material, weave with the strength `fold`, brightness, and the metres that joints blend over."""
    return float(material), shade, float(weave), fold, blend


def ellipsoid(
    middle: Triple, half: Triple, surface: Look, *, clips: Sequence[tuple[Triple, float]] = (), tilt: float = 0.0
) -> list[float]:
    """An ellipsoid with half axes along x, y and z, tilted forward by `tilt` radians, clipped to half spaces."""
    cos, sin = np.cos(tilt), np.sin(tilt)
    axes = [(half[0], 0.0, 0.0), (0.0, half[1] * cos, -half[1] * sin), (0.0, half[2] * sin, half[2] * cos)]
    return _row(middle, axes, (0.0, 1.0), clips, surface)


def cone(
    start: Triple,
    end: Triple,
    wide: tuple[float, float],
    deep: tuple[float, float],
    surface: Look,
    *,
    clips: Sequence[tuple[Triple, float]] = (),
) -> list[float]:
    """An open tube from start to end with half sizes `wide` and `deep` at both ends.

    Both directions taper by the ratio of `wide`; the second value of `deep` is not used.
    """
    axis = np.subtract(end, start)
    side = np.array([1.0, 0.0, 0.0]) - axis * axis[0] / (axis @ axis)
    if np.linalg.norm(side) < 1e-3:
        side = np.array([0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    front = np.cross(axis, side)
    front /= np.linalg.norm(front)
    axes = [tuple((side * wide[0]).tolist()), tuple((front * deep[0]).tolist()), tuple(axis.tolist())]
    return _row(start, axes, (1.0, wide[1] / wide[0]), clips, surface)


def limb(start: Triple, end: Triple, radius: tuple[float, float], surface: Look) -> Rows:
    """A tapering tube with round ends."""
    return [
        cone(start, end, radius, radius, surface),
        ellipsoid(start, (radius[0],) * 3, surface),
        ellipsoid(end, (radius[1],) * 3, surface),
    ]


def solids(rows: Rows) -> Solids:
    """Rows as one array (N, ROW)."""
    return np.array(rows, dtype=np.float64).reshape(-1, ROW)
