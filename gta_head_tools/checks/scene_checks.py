"""Checks of the images of one fixed camera against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.camera import Camera
from gta_head_tools.checks.finding import Check, Finding, SceneCheck, SceneHeads

SAME_PLACE, SAME_ANGLE = 0.05, 0.1
"""Metres and degrees by which two poses of a camera that did not move may differ, because files round them."""


def check_camera(scene: SceneHeads) -> Iterator[Finding]:
    """Images with another pose of the camera, or another size, than most images of the scene; one finding for each."""
    yield from _other_sizes(scene)
    yield from _other_poses(scene)


def _other_sizes(scene: SceneHeads) -> Iterator[Finding]:
    sized = [image for image in scene.images if image.info.sized]
    counts = Counter(image.info.size for image in sized)
    if len(counts) < 2:
        return
    (usual, most), *others = counts.most_common()
    for size, count in others:
        first = next(image for image in sized if image.info.size == size)
        message = f"{_count(count)} of this size, and {most} of scene {scene.scene.name} {usual[0]} x {usual[1]}"
        yield Finding(first.info.path, "", f"{size[0]} x {size[1]}", message, weight=float(count))


def _other_poses(scene: SceneHeads) -> Iterator[Finding]:
    posed = [(image, image.info.camera) for image in scene.images if image.info.camera is not None]
    counts = Counter(camera for _, camera in posed)
    if len(counts) < 2:
        return
    usual, most = counts.most_common(1)[0]
    moved: dict[Camera, list[ImageAnnotations]] = {}
    for image, camera in posed:
        if not _same_pose(camera, usual):
            pose = next((known for known in moved if _same_pose(camera, known)), camera)
            moved.setdefault(pose, []).append(image)
    for pose, images in moved.items():
        message = f"{_count(len(images))} of this pose, and {most} of scene {scene.scene.name} of {_told(usual)}"
        yield Finding(images[0].info.path, "", _told(pose), message, weight=float(len(images)))


def _count(images: int) -> str:
    return "1 image is" if images == 1 else f"{images} images are"


def _same_pose(one: Camera, other: Camera) -> bool:
    turned = (np.asarray(one.rotation) - other.rotation + 180) % 360 - 180
    away = np.subtract(one.location, other.location)
    angles = [*np.abs(turned), abs(one.fov - other.fov)]
    return bool(np.hypot.reduce(away) <= SAME_PLACE and max(angles) <= SAME_ANGLE)


def _told(camera: Camera) -> str:
    place, turn = (", ".join(f"{number:.6g}" for number in part) for part in (camera.location, camera.rotation))
    return f"location ({place}), rotation ({turn}), field of view {camera.fov:.4g}"


CAMERA_MOVED: SceneCheck = Check(
    find=check_camera,
    severity="warning",
    means="Head sizes of one view do not hold for another, so that boxes made from shared anchors are wrong.",
    fix="Make a scene of its own of the images with the other view.",
)
