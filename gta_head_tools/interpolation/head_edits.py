"""Edits of head points that stand among the drawings, applied to the images of a scene on reading."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.edits import add_heads, move_heads, nearest_head, remove_heads, set_ignore
from gta_head_tools.errors import DataFormatError
from gta_head_tools.interpolation.anchors import AnchorSet
from gta_head_tools.interpolation.matching import check_no_duplicates, pixels_per_drawn

NAMES_HEAD = 0.01
"""Pixels within which an edit's stored point still names its head."""


def edit_heads(images: Sequence[ImageAnnotations], anchors: AnchorSet, *, path: Path) -> list[ImageAnnotations]:
    """The images of a scene with the heads that the user added, removed, moved or ignores.

    Args:
        images: all of the scene, with their sizes known.
        anchors: the drawings; their `heads` are applied, in pixels of the anchor file.
        path: their file, for messages.

    Raises:
        DataFormatError: an edit names an image or a head that is not there, or pictures of another shape.
    """
    names = {image.info.name for image in images}
    for unknown in [name for name in anchors.heads if name not in names]:
        raise DataFormatError(path, f"image {unknown!r} is not in this scene", None, f"heads[{unknown!r}]")
    check_no_duplicates(images, AnchorSet(anchors.image_size, heads=anchors.heads), path)
    return [_edit(image, anchors, path=path) if image.info.name in anchors.heads else image for image in images]


def _edit(image: ImageAnnotations, anchors: AnchorSet, *, path: Path) -> ImageAnnotations:
    """Moved, ignored, removed, then added."""
    edits = anchors.heads[image.info.name]
    scale = pixels_per_drawn(image.info, anchors.image_size, path=path)

    def rows(points: Sequence[tuple[float, float]], key: str) -> NDArray[np.intp]:
        found: list[int] = []
        left = image.points.copy()
        for index, point in enumerate(points):
            row, distance = nearest_head(image.replace(points=left), np.asarray(point) * scale)
            if not distance <= NAMES_HEAD * max(1.0, float(scale.max())):
                record = f"heads[{image.info.name!r}].{key}[{index}]"
                raise DataFormatError(
                    path, f"no head at point {list(point)}; the source may have changed", None, record
                )
            found.append(row)
            left[row] = np.inf  # of twins, the next edit means the other one
        return np.array(found, dtype=np.intp)

    moved = rows([old for old, _ in edits.moved], "moved")
    ignored, removed = rows(edits.ignored, "ignored"), rows(edits.removed, "removed")
    changed = image
    if len(moved):
        changed = move_heads(changed, moved, np.array([new for _, new in edits.moved]) * scale)
    if len(ignored):
        changed = set_ignore(changed, ignored)
    if len(removed):
        changed = remove_heads(changed, removed)
    return add_heads(changed, np.array(edits.added).reshape(-1, 2) * scale) if edits.added else changed
