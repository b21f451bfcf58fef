"""Writes labelme's files: a JSON beside each picture."""

from __future__ import annotations

import math
import posixpath
from functools import partial
from pathlib import Path

import msgspec

from converters.files.labels.label_writing import write_each
from converters.files.pictures.pictures import ORIGINAL_PATH, ImageMode
from converters.files.records.drawn_heads import DECIMALS, check_drawable
from converters.formats.options import NoOptions
from gta_head_tools.annotations import ImageAnnotations, off_centre
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.files import without_picture_suffix

BOX, POINT = "rectangle", "point"
"""Shapes that are heads."""
EXTRA = ("score", "visibility")
"""Columns that are keys of ours."""
_VERSION = "5.5.0"
"""Of labelme, which only compares the first number with its own."""


def places(scene: Scene, source: Path) -> list[str]:  # noqa: ARG001
    """The label files of its pictures."""
    names = (info.facts.get(ORIGINAL_PATH, info.path) for info in scene.images)
    return [f"{without_picture_suffix(name)}.json" for name in names]


def write(dataset: Dataset, target: Path, options: NoOptions, images: ImageMode) -> None:  # noqa: ARG001
    """Write pictures, and a JSON beside each.

    Raises:
        DatasetLayoutError: the target cannot be written, two images have one name, or a picture is missing.
        DataFormatError: the corners of a box are swapped, or a number is too large.
    """
    write_each(
        dataset, target, images, lambda _, name: (f"{without_picture_suffix(name)}.json", name), partial(_text, dataset)
    )


def _text(dataset: Dataset, image: ImageAnnotations, picture: str) -> bytes:
    check_drawable(image, dataset.source)
    boxes, points = image.boxes.round(DECIMALS).tolist(), image.points.round(DECIMALS).tolist()
    drawn = {BOX: image.has_box, POINT: off_centre(image) | ~image.has_box}
    shapes = []
    for row in range(len(image)):
        keys = {name: float(image.extra[name][row]) for name in EXTRA if name in image.extra}
        shape = {
            "label": "head",
            "group_id": row + 1 if all(column[row] for column in drawn.values()) else None,
            "description": "",
            "flags": {"ignore": True} if image.ignore[row] else {},
            **({"track_id": int(image.ids[row])} if image.ids[row] >= 0 else {}),
            **{name: value for name, value in keys.items() if not math.isnan(value)},
        }
        corners = {BOX: [boxes[row][:2], boxes[row][2:]], POINT: [points[row]]}
        shapes += [{**shape, "points": corners[kind], "shape_type": kind} for kind in drawn if drawn[kind][row]]
    size = [value or None for value in (image.info.size if image.info.sized else (0, 0))]
    content = {"version": _VERSION, "flags": {}, "shapes": shapes, "imagePath": posixpath.basename(picture)}
    return msgspec.json.format(
        msgspec.json.encode({**content, "imageData": None, "imageHeight": size[1], "imageWidth": size[0]}), indent=1
    )
