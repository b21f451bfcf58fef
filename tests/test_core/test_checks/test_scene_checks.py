"""Checks of the images of one fixed camera against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.camera import Camera
from gta_head_tools.checks.finding import Finding, SceneHeads
from gta_head_tools.checks.scene_checks import check_camera
from gta_head_tools.dataset import Scene

POSE = Camera((-1267.05, -883.6, 24.8), (-5.5, 0.0, 179.99), 50.0)


def of_infos(infos: Sequence[ImageInfo]) -> list[Finding]:
    images = [ImageAnnotations(info, np.empty((0, 2))) for info in infos]
    return list(check_camera(SceneHeads(Scene("street", tuple(infos)), images)))


def views(*cameras: Camera | None) -> list[ImageInfo]:
    return [ImageInfo(f"{place}.jpg", 1920, 1080, camera=camera) for place, camera in enumerate(cameras)]


def test_another_pose_is_found_once() -> None:
    raised = replace(POSE, location=(-1267.05, -883.6, 27.0))
    (found,) = of_infos(views(POSE, None, POSE, raised, POSE, raised, raised, POSE))
    assert found.file == "3.jpg"
    assert found.value == "location (-1267.05, -883.6, 27), rotation (-5.5, 0, 179.99), field of view 50"
    assert found.message.startswith("3 images are of this pose, and 4 of scene street of location (-1267.05, -883.6, 2")


@pytest.mark.parametrize(
    "other",
    [
        replace(POSE, rotation=(-5.5, 0.0, -179.99)),
        replace(POSE, location=(-1267.05, -883.58, 24.81)),
        replace(POSE, fov=50.05),
        None,
    ],
)
def test_rounding_is_no_move(other: Camera | None) -> None:
    assert not of_infos(views(POSE, other, POSE, other))


def test_another_size_is_found_once() -> None:
    sizes = [(640, 480), (0, 0), (640, 480), (320, 240), (320, 240), (640, 480)]
    infos = [ImageInfo(f"{place}.jpg", *size) for place, size in enumerate(sizes)]
    (found,) = of_infos(infos)
    assert (found.file, found.value) == ("3.jpg", "320 x 240")
    assert found.message == "2 images are of this size, and 3 of scene street 640 x 480"
