"""Boxes of a data set corrected by pins, in scenes whose boxes no anchor decides on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gta_head_tools.anchors.anchors import AnchorSet
from gta_head_tools.anchors.head_matching import nearest_within, pixels_per_drawn
from gta_head_tools.annotations import ImageAnnotations


def corrects_boxes(anchors: AnchorSet) -> bool:
    """True when pins take the place of boxes that the data set gives: where anchors are, all boxes come from them."""
    return bool(anchors.pins) and not anchors.fitted


def with_pins(images: Sequence[ImageAnnotations], anchors: AnchorSet, *, path: Path) -> list[ImageAnnotations]:
    """The images with the boxes of pins for the heads that have one; a pin that has lost its head changes nothing.

    Args:
        images: of one scene, sizes known, edits of heads applied.
        anchors: the drawings.
        path: their file, for messages.

    Raises:
        DataFormatError: pictures of another shape than the drawings.
    """
    pinned = {pin.image for pin in anchors.pins if pin.use != "ignore"}
    return [_pinned(image, anchors, path) if image.info.name in pinned else image for image in images]


def _pinned(image: ImageAnnotations, anchors: AnchorSet, path: Path) -> ImageAnnotations:
    scale, boxes = pixels_per_drawn(image.info, anchors.image_size, path=path), image.boxes.copy()
    for pin in anchors.pins:
        row = nearest_within(image, pin, scale)[0] if pin.image == image.info.name and pin.use != "ignore" else -1
        if row >= 0:
            boxes[row] = np.array(pin.box) * np.tile(scale, 2)
    return image.replace(boxes=boxes)
