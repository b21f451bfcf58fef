"""Two pictures of one scene whose head sizes are known at every place, and exact anchors for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gta_head_tools.anchors.anchors import Anchor, AnchorSet
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.camera import Camera
from gta_head_tools.geometry import around
from gta_head_tools.interpolation.size_model import Array

SIZE = (1920, 1080)
FILE = Path("scene/anchors.json")


def true_size(points: Array) -> Array:
    return 12 + 48 * points[:, 1] / 1080


def image(name: str, *, seed: int, size: tuple[int, int] = SIZE, camera: Camera | None = None) -> ImageAnnotations:
    points = np.random.default_rng(seed).uniform([0, 100], SIZE, (60, 2))
    return ImageAnnotations(ImageInfo(f"jpgs/{name}.jpg", *size, scene="s", camera=camera), points * size[0] / 1920)


IMAGES = (image("a", seed=1), image("b", seed=2))


def anchor(
    head: int, *, shift: tuple[float, float] = (0, 0), factor: float = 1.0, of: ImageAnnotations = IMAGES[0]
) -> Anchor:
    """The exact box of a head, moved by `shift` in units of its size."""
    point = of.points[head : head + 1]
    size = true_size(point) * factor
    box = around(point + np.array(shift) * size, size * 0.9, size / 0.9)[0]
    return Anchor(of.info.name, (point[0, 0], point[0, 1]), (box[0], box[1], box[2], box[3]))


SIX = tuple(anchor(head) for head in range(6))
DRAWN = AnchorSet(SIZE, SIX)
