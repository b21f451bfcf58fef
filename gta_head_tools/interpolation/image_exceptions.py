"""Images that differ from their scene: a moved camera, anchors of their own, boxes kept as drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gta_head_tools.anchors.anchors import Box
from gta_head_tools.anchors.head_matching import nearest_within
from gta_head_tools.interpolation.scene_input import SceneInput
from gta_head_tools.interpolation.size_model import SizeModel
from gta_head_tools.interpolation.zones import fit_matched

IMAGE_SCALE_SPREAD = 0.05
"""Standard deviation of the log scale that one image may have of its own."""


@dataclass(frozen=True)
class ImageFit:
    """What differs in one image.

    Attributes:
        model: of its own, None = that of the scene.
        scale: factor on all of its sizes.
        stale: the camera moved and this pose has no anchors, so that the model is of another pose.
        kept: rows of heads whose box stays as drawn, and these boxes.
    """

    model: SizeModel | None = None
    scale: float = 1.0
    stale: bool = False
    kept: tuple[tuple[int, Box], ...] = ()


def own_fits(part: SceneInput, model: SizeModel, *, only: str | None = None) -> dict[str, ImageFit]:
    """By name, the images of one pose that have anchors of their own, with a fit that includes these and a scale.

    Args:
        part: the pose.
        model: of its other images.
        only: name of a single image to look at, None = all.
    """
    found = {}
    for index in np.unique(part.own.images):
        if only not in {None, part.images[index].info.name}:
            continue
        own = part.own.select(part.own.images == index)
        drawn = np.sqrt(own.sizes.prod(axis=1))
        spread = model.errors(own.points)[1]
        doubt = np.where(np.isfinite(spread), spread, 0.15) ** 2
        logs = np.log(drawn / model.predict(own.points).sizes)
        scale = float(np.exp((logs / doubt).sum() / (1 / IMAGE_SCALE_SPREAD**2 + (1 / doubt).sum())))
        both = part.matched.joined(replace(own, boxes=own.boxes / scale))
        found[part.images[index].info.name] = ImageFit(fit_matched(part, both), scale)
    return found


def kept_boxes(scene: SceneInput, *, only: str | None = None) -> dict[str, tuple[tuple[int, Box], ...]]:
    """By image name, heads whose box stays as drawn: pins, image anchors and, except by the paper's rule, anchors.

    Args:
        scene: the scene.
        only: name of a single image to look at, None = all.
    """
    kept: dict[str, tuple[tuple[int, Box], ...]] = {}
    for matched in (scene.matched, scene.own) if scene.settings.shifts else (scene.own,):
        for anchor, row in zip(matched.anchors, matched.rows, strict=True):
            kept[anchor.image] = (*kept.get(anchor.image, ()), (int(row), anchor.box))
    images = {image.info.name: image for image in scene.images}
    for pin in scene.anchors.pins:
        if only not in {None, pin.image}:
            continue
        row = nearest_within(images[pin.image], pin, scene.scale)[0] if pin.image in images else -1
        if row >= 0:
            kept[pin.image] = (*kept.get(pin.image, ()), (row, pin.box))
    return kept
