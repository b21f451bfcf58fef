"""Checks of the images of one fixed camera against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.camera import Camera
from gta_head_tools.checks.finding import Check, DatasetCheck, Finding, Overview, SceneCheck, SceneHeads, head_record

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


def check_off_field(scene: SceneHeads) -> Iterator[Finding]:
    """Heads with a box far larger or smaller than those of the other heads at that place let expect."""
    sizes = scene.sizes
    if sizes is None:
        return
    for place in sizes.off_field.tolist():
        image, row = scene.images[sizes.owner[place]], int(sizes.row[place])
        size, expected = float(sizes.size[place]), float(sizes.expected[place])
        times = max(size / expected, expected / size)
        than = "larger" if size > expected else "smaller"
        message = f"the head is {times:.1f} times {than} than heads of this scene are there ({expected:.3g} pixels)"
        x0, y0, x1, y1 = image.boxes[row].tolist()
        value = f"size {size:.3g} pixels"
        yield Finding(image.info.path, head_record(row), value, message, (x0, y0, x1, y1), times)


def check_levels(scene: SceneHeads) -> Iterator[Finding]:
    """Images in which all boxes are larger or smaller than those of the other images at the same places."""
    sizes = scene.sizes
    if sizes is None:
        return
    for image, level in sizes.levels.items():
        count = int(np.count_nonzero(sizes.owner == image))
        message = f"its boxes are {level:.3g} times as large as those of the other images at the same places"
        value = f"{count} boxes"
        yield Finding(scene.images[image].info.path, "", value, message, weight=max(level, 1 / level))


def check_exports(overview: Overview) -> Iterator[Finding]:
    """Scenes whose boxes were made of other heads, anchors or options than those that are there now."""
    for export in overview.exports:
        if export.made_of != export.now:
            value = f"made of {export.made_of[:8]}, now {export.now[:8]}"
            message = "since the boxes of this scene were made, its heads, its anchors or the rule changed"
            yield Finding(export.file, f"scene {export.scene}", value, message)


CAMERA_MOVED: SceneCheck = Check(
    find=check_camera,
    severity="warning",
    means="Head sizes of one view do not hold for another, so that boxes made from shared anchors are wrong.",
    fix="Make a scene of its own of the images with the other view.",
)
OFF_FIELD: SceneCheck = Check(
    find=check_off_field,
    severity="warning",
    means="Heads of one place have nearly one size before a fixed camera, so the box is a slip, or shows no head.",
    fix="Look at the picture and draw the box again, or delete it.",
)
SIZE_JUMP: SceneCheck = Check(
    find=check_levels,
    severity="warning",
    means="The image was labelled at another scale or by another rule than the rest, which blurs what sizes teach.",
    fix="Scale or draw the boxes of the image again; with another camera or zoom, make it a scene of its own.",
)
EXPORT_OLDER: DatasetCheck = Check(
    find=check_exports,
    severity="warning",
    means="The boxes do not follow from what is drawn now, so that corrections are not in them.",
    fix="Run `ghtools interpolate-boxes` with `--force` again; keep the boxes if other anchors or options are meant.",
)
