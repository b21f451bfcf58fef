"""What GCC files say about the world: the camera and the area where people stand, in metres.

Source: `gjy3035/GCC-CL` (GCC-Collector: infoIO.cpp, defineArea.cpp; GCC-Labeler: mkInfo.py). The area is a polygon of
x y vertices, not closed. The labeler stores it scrambled: it cuts the flat list x0 y0 x1 y1 ... in two halves and
pairs the i-th number of the first with the i-th of the second. A file may list several areas; people stand in the
first one only, in the game and in the labeler's pairs alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gta_head_tools.annotations import Points
from gta_head_tools.camera import Camera
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import listed, natural_key
from gta_head_tools.regions import Region

Area = tuple[tuple[float, float], ...]
"""Vertices x y of a polygon on the ground, metres."""

SIZE = (1920, 1080)
"""Width and height of every picture that the game makes."""

_NEAREST = 0.1
"""Metres in front of the camera: ground that is nearer is not projected."""


def scene_folders(path: Path, pattern: str) -> list[str]:
    """Names of the folders of that pattern (`scene_*_*`) in natural order."""
    return sorted((folder.name for folder in listed(path, pattern) if folder.is_dir()), key=natural_key)


def has_boxes(scene: Path) -> bool:
    """True for a scene of ShanghaiTechRGBDSyn, whose labeler adds boxes to what GCC's writes."""
    return (scene / "point").is_dir() and (scene / "bbox").is_dir()


def make_camera(path: Path, numbers: Sequence[float], *, record: str | None = None, line: int | None = None) -> Camera:
    """The camera of seven numbers: location x y z, rotation pitch roll yaw, field of view.

    Raises:
        DataFormatError: numbers that are not finite, or a field of view that no camera has.
    """
    x, y, z, pitch, roll, yaw, fov = numbers
    try:
        return Camera((x, y, z), (pitch, roll, yaw), fov)
    except ValueError as error:
        raise DataFormatError(path, f"{error}; correct it or remove the camera", line=line, record=record) from error


def unscramble(pairs: Sequence[tuple[float, float]]) -> Area | None:
    """The polygon that the labeler stored as n scrambled pairs; None for fewer than three vertices.

    >>> unscramble([(0.0, 5.0), (1.0, 0.0), (5.0, 6.0)])
    ((0.0, 1.0), (5.0, 5.0), (0.0, 6.0))
    """
    numbers = [first for first, _ in pairs] + [second for _, second in pairs]
    return as_area(list(zip(numbers[::2], numbers[1::2], strict=True)))


def as_area(vertices: Sequence[tuple[float, float]]) -> Area | None:
    """The polygon of these vertices; None for fewer than three."""
    return tuple(vertices) if len(vertices) >= 3 else None


def seen_region(area: Area | None, ground: float | None, camera: Camera | None, size: tuple[int, int]) -> Region | None:
    """The area at height `ground` as the camera sees it, cut off behind it; None if unknown or wholly behind."""
    if area is None or ground is None or camera is None:
        return None
    world = np.column_stack([np.asarray(area), np.full(len(area), ground)])
    front = _in_front(world, camera)
    if len(front) < 3:
        return None
    pixels, _ = camera.project(front, size)
    return Region(polygon=pixels)


def _in_front(world: Points, camera: Camera) -> Points:
    """The part of a polygon (n, 3) that lies in front of the camera (Sutherland and Hodgman 1974, one plane)."""
    forward = camera.axes()[2]
    beyond = (world - np.asarray(camera.location)) @ forward - _NEAREST
    kept = []
    for here, there, a, b in zip(world, np.roll(world, -1, axis=0), beyond, np.roll(beyond, -1), strict=True):
        if a >= 0:
            kept.append(here)
        if (a >= 0) != (b >= 0):
            kept.append(here + (there - here) * (a / (a - b)))
    return np.array(kept).reshape(-1, 3)
