"""Images that differ from their scene: a moved camera, anchors of their own, boxes kept as drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gta_head_tools.camera import Camera
from gta_head_tools.interpolation.gather import SceneInput
from gta_head_tools.interpolation.matching import Matched, match_anchors, nearest_within
from gta_head_tools.interpolation.model import SizeModel

IMAGE_SCALE_SPREAD = 0.05
"""Standard deviation of the log scale that one image may have of its own."""


@dataclass(frozen=True)
class ImageFit:
    """What is special about one image: a model of its own, its own scale, boxes kept as drawn."""

    model: SizeModel | None = None
    scale: float = 1.0
    stale: bool = False
    kept: tuple[tuple[int, tuple[float, float, float, float]], ...] = ()


def special_images(scene: SceneInput, model: SizeModel) -> dict[str, ImageFit]:
    """Images whose camera moved, that have anchors of their own, or heads whose box is kept as drawn."""
    special: dict[str, ImageFit] = {}
    for names, own, stale in _segments(scene, model):
        special |= {name: ImageFit(own, stale=stale) for name in names}
    for name, own, scale in _image_anchors(scene, model):
        special[name] = replace(special.get(name, ImageFit()), model=own, scale=scale)
    for name, row, box in _kept_boxes(scene):
        old = special.get(name, ImageFit())
        special[name] = replace(old, kept=(*old.kept, (row, box)))
    return special


def _segments(scene: SceneInput, model: SizeModel) -> list[tuple[list[str], SizeModel, bool]]:
    """Images by pose of the camera, when it moved within the scene; a pose without anchors borrows, and is stale."""
    poses: dict[Camera | None, list[int]] = {}
    for index, image in enumerate(scene.images):
        poses.setdefault(image.info.camera, []).append(index)
    poses.pop(None, None)
    if len(poses) < 2:
        return []
    found = []
    for camera, members in poses.items():
        names = [scene.images[index].info.name for index in members]
        matched = scene.matched.select(np.isin(scene.matched.images, members))
        if matched.anchors:
            view = replace(scene.view, heads=tuple(scene.view.heads[i] for i in members), camera=camera)
            found.append((names, scene.fit(matched, view), False))
        else:
            found.append((names, model, True))
    return found


def _image_anchors(scene: SceneInput, model: SizeModel) -> list[tuple[str, SizeModel, float]]:
    """Per image with anchors of its own: a fit that takes them in, and the image's own scale."""
    own = match_anchors(scene.anchors.image_anchors, scene.images, scene.scale, path=scene.path, key="image_anchors")
    found = []
    for index in np.unique(own.images):
        part = own.select(own.images == index)
        drawn = np.sqrt(part.sizes.prod(axis=1))
        spread = model.errors(part.points)[1]
        doubt = np.where(np.isfinite(spread), spread, 0.15) ** 2
        logs = np.log(drawn / model.predict(part.points).sizes)
        shift = float((logs / doubt).sum() / (1 / IMAGE_SCALE_SPREAD**2 + (1 / doubt).sum()))
        scale = float(np.exp(shift))
        both = Matched(
            (*scene.matched.anchors, *part.anchors),
            np.concatenate([scene.matched.images, part.images]),
            np.concatenate([scene.matched.rows, part.rows]),
            np.concatenate([scene.matched.points, part.points]),
            np.concatenate([scene.matched.boxes, part.boxes / scale]),
        )
        found.append((scene.images[index].info.name, scene.fit(both, scene.view), scale))
    return found


def _kept_boxes(scene: SceneInput) -> list[tuple[str, int, tuple[float, float, float, float]]]:
    """Heads whose box stays as drawn: pins always, anchors unless the paper's rule is to be kept to the letter."""
    kept = []
    if scene.settings.shifts:
        for anchor, image, row in zip(scene.matched.anchors, scene.matched.images, scene.matched.rows, strict=True):
            kept.append((scene.images[image].info.name, int(row), anchor.box))
    images = {image.info.name: image for image in scene.images}
    for pin in (*scene.anchors.image_anchors, *scene.anchors.pins):
        image = images.get(pin.image)
        row = -1 if image is None else nearest_within(image, pin, scene.scale)[0]
        if row >= 0:
            kept.append((pin.image, row, pin.box))
    return kept
