"""Writes CVAT 1.1 for images: one XML, image by image, and the pictures, see `cvat`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converters.files.labels.scene_names import split_name
from converters.files.numbers.number_text import NO_NUMBER, Numbers, head_rows
from converters.files.pictures.picture_paths import check_distinct, each_image, kept_paths
from converters.files.pictures.pictures import ImageMode, place_picture
from converters.files.records.xml_file import xml_text
from converters.formats.cvat.cvat_shapes import CORNERS, IGNORE, NUMBERS, TRACK
from converters.formats.options import NoOptions
from gta_head_tools.annotations import ImageAnnotations, off_centre
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import own_name
from gta_head_tools.whole_files import replacing

PICTURES = "images"
_FILE, _SUFFIX = "annotations.xml", ".xml"
_DECIMALS = 6
_SUBSETS = {"train": "Train", "val": "Validation", "test": "Test"}
_NUMBER = "\0"
"""Stands for a number in the text of a shape."""
_PLACES = {
    "box": " ".join(f'{name}="{_NUMBER}"' for name in CORNERS),
    "points": f'points="{_NUMBER},{_NUMBER}"',
}
_ATTRIBUTES = (TRACK, IGNORE, *NUMBERS)
_ATTRIBUTE = "<attribute><name>{}</name><mutable>False</mutable><input_type>text</input_type>"
_ATTRIBUTE += "<default_value></default_value><values></values></attribute>"


def write(dataset: Dataset, target: Path, options: NoOptions, images: ImageMode) -> None:  # noqa: ARG001
    """Write `annotations.xml` and `images/` below `target`, or `target` alone if it is an `.xml`.

    Raises:
        DatasetLayoutError: the target cannot be written, two images have one name, or a picture is missing.
        DataFormatError: a name that XML cannot hold, or a number that is too large.
    """
    names = kept_paths(dataset)
    check_distinct(names, path=dataset.source)
    alone = target.suffix == _SUFFIX
    with replacing(target if alone else target / _FILE) as partial, partial.open("wb") as file:
        file.write(_start(dataset).encode())
        for number, (image, name) in enumerate(each_image(dataset, names)):
            file.write(_image(dataset, image, name, number))
            if not alone:
                place_picture(dataset, image.info, target / PICTURES / name, images)
        file.write(b"</annotations>\n")


def places(scene: Scene, source: Path) -> list[str]:
    """The file of all scenes."""
    for split in {info.split for info in scene.images if info.split}:
        split_name(split, path=source)
    return [_FILE]


def _start(dataset: Dataset) -> str:
    attributes = "".join(map(_ATTRIBUTE.format, _ATTRIBUTES))
    return (
        # UTF-8 is the default encoding of XML, and labelformat refuses a file that names an encoding.
        '<?xml version="1.0"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    <task>\n'
        f"      <name>{xml_text(own_name(dataset.source), path=dataset.source)}</name>\n"
        f"      <size>{dataset.image_count}</size>\n      <mode>annotation</mode>\n      <labels>\n"
        f"        <label><name>head</name><type>any</type><attributes>{attributes}</attributes></label>\n"
        "      </labels>\n    </task>\n  </meta>\n"
    )


def _image(dataset: Dataset, image: ImageAnnotations, name: str, number: int) -> bytes:
    info, path = image.info, dataset.source
    subset = f' subset="{xml_text(_SUBSETS.get(info.split, info.split), path=path)}"' if info.split else ""
    start = f'  <image id="{number}" name="{xml_text(name, path=path)}"{subset} width="{info.width}" '
    start += f'height="{info.height}">\n'
    return b"".join([start.encode(), *_shapes(image, path), b"  </image>\n"])


def _shapes(image: ImageAnnotations, source: Path) -> list[bytes]:
    """The shapes of each head, in its order; in one text where all heads have shapes of one kind."""
    lost = np.isnan(image.points).any(axis=1)
    if lost.any():
        record = f"head {int(np.argmax(lost)) + 1} of {image.info.path}"
        raise DataFormatError(source, "has no finite point; correct it", record=record)
    apart = off_centre(image)
    kinds = {("box",): image.has_box & ~apart, ("box", "points"): apart, ("points",): ~image.has_box}
    texts = [b""] * len(image)
    for shapes, heads in kinds.items():
        if not heads.any():
            continue
        text, ends = _rows(image, shapes, source)
        if heads.all():
            return [text]
        bounds = [0, *ends.tolist()]
        for row in np.flatnonzero(heads).tolist():
            texts[row] = text[bounds[row] : bounds[row + 1]]
    return texts


def _rows(image: ImageAnnotations, shapes: Sequence[str], source: Path) -> tuple[bytes, NDArray[np.int64]]:
    """These shapes of all heads, and where those of each end in the text."""
    attributes = _filled(image)
    told = "".join(f'<attribute name="{name}">{_NUMBER}</attribute>' for name in attributes)
    visible = image.extra.get("visibility", np.ones(len(image)))
    occluded = (visible < 1) | np.asarray(image.extra.get("occluded", False), dtype=np.bool_)
    coordinates = {"box": list(image.boxes.T), "points": list(image.points.T)}
    group = f' group_id="{_NUMBER}"' if len(shapes) > 1 else ""
    text, columns = "", list[Numbers]()
    for place, shape in enumerate(shapes):
        text += f'    <{shape} label="head" source="manual" occluded="{_NUMBER}" {_PLACES[shape]} z_order="0"{group}>'
        text += f"{'' if place else told}</{shape}>\n"
        columns += [occluded.astype(np.int64), *coordinates[shape]]
        columns += [np.arange(1, len(image) + 1)] * bool(group)
        columns += [] if place else attributes.values()
    return head_rows(text.encode().split(_NUMBER.encode()), columns, [image], decimals=_DECIMALS, source=source)


def _filled(image: ImageAnnotations) -> dict[str, Numbers]:
    """The attributes that a head of the image has, by name."""
    columns: dict[str, Numbers] = {}
    if (image.ids >= 0).any():
        columns[TRACK] = np.where(image.ids >= 0, image.ids, NO_NUMBER)
    if image.ignore.any():
        columns[IGNORE] = image.ignore.astype(np.int64)
    known = {name: np.asarray(image.extra[name], dtype=np.float64) for name in NUMBERS if name in image.extra}
    return columns | {name: values for name, values in known.items() if not np.isnan(values).all()}
