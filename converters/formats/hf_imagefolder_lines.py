"""A line of `metadata.jsonl`: the heads in it, and how they are written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from converters.files.labels.scene_names import split_in
from converters.files.numbers.number_text import head_rows
from gta_head_tools.annotations import ImageAnnotations, ImageInfo, off_centre
from gta_head_tools.geometry import around, centres, from_xywh, written_xywh

_Box = tuple[float, float, float, float]
_Point = tuple[float, float]
_Id = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
_Side = Annotated[int, msgspec.Meta(gt=0, le=2**31)]
_Flag = Annotated[int, msgspec.Meta(ge=0, le=1)]
_Category = int | str | None
_DECIMALS = 6
_CATEGORIES = ("categories", "category", "category_id", "category_ids", "label", "labels", "class_id", "classes")
"""Keys that categories may have; the first that is there counts."""


class Objects(msgspec.Struct):
    """The heads of a picture: a list of values for each key."""

    bbox: list[_Box] | None = None
    categories: list[_Category] | None = None
    category: list[_Category] | None = None
    category_id: list[_Category] | None = None
    category_ids: list[_Category] | None = None
    label: list[_Category] | None = None
    labels: list[_Category] | None = None
    class_id: list[_Category] | None = None
    classes: list[_Category] | None = None
    points: list[_Point] | None = None
    box_known: list[bool] | None = None
    track_id: list[_Id | None] | None = None
    iscrowd: list[_Flag | None] | None = None
    visibility: list[float | None] | None = None
    score: list[float | None] | None = None


class Object(msgspec.Struct):
    """One head, where they are a list of objects."""

    bbox: _Box
    categories: _Category = None
    category: _Category = None
    category_id: _Category = None
    label: _Category = None
    class_id: _Category = None
    track_id: _Id | None = None
    iscrowd: _Flag | None = None
    score: float | None = None


class Line(msgspec.Struct):
    """A picture; `split` is ours, null = none, although the picture lies in a folder that is called as a split is."""

    file_name: str
    width: _Side | None = None
    height: _Side | None = None
    objects: Objects | list[Object] | None = None
    split: str | UnsetType | None = UNSET


def heads_of(objects: Objects | list[Object] | None) -> tuple[ImageAnnotations, list[str]]:
    """The heads of a picture, and the category of each as a text; none where nothing says it.

    Raises:
        ValueError: a list has not as many values as there are boxes; the text says which.
    """
    columns = dict(_columns(objects))
    rows = columns.pop("bbox", [])
    for name, values in columns.items():
        if len(values) != len(rows):
            raise ValueError(f"objects.{name} has {len(values)} values, objects.bbox {len(rows)}; correct the line")
    with np.errstate(over="ignore", invalid="ignore"):  # Boxes beyond float64 are findings of checks.
        boxes = from_xywh(np.array(rows, dtype=np.float64).reshape(-1, 4))
        points = np.array(columns.get("points", centres(boxes)), dtype=np.float64).reshape(-1, 2)
    boxes[~np.array(columns.get("box_known", [True] * len(rows)), dtype=bool)] = np.nan
    ids = [-1 if each is None else each for each in columns.get("track_id", [-1] * len(rows))]
    ignore = [bool(each) for each in columns.get("iscrowd", [0] * len(rows))]
    extra = {name: _known(values) for name, values in columns.items() if name in {"visibility", "score"}}
    named = next((columns[name] for name in _CATEGORIES if name in columns), [])
    heads = ImageAnnotations(ImageInfo(""), points, boxes=boxes, ids=ids, ignore=ignore, extra=extra)
    return heads, ["" if each is None else str(each) for each in named]


def _columns(objects: Objects | list[Object] | None) -> Iterator[tuple[str, list[Any]]]:
    """The keys that are there, with a value for each head."""
    if isinstance(objects, list):
        for name in Object.__struct_fields__:
            values = [getattr(each, name) for each in objects]
            if any(value is not None for value in values):
                yield name, values
    elif objects is not None:
        for name in Objects.__struct_fields__:
            if getattr(objects, name) is not None:
                yield name, getattr(objects, name)


def _known(values: list[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def line_of(image: ImageAnnotations, name: str, source: Path) -> bytes:
    """The line of a picture.

    Args:
        image: its heads.
        name: path of the picture, relative to the folder of the file.
        source: of the data set, for the message.

    Raises:
        DataFormatError: a number is too large.
    """
    size = {"width": image.info.width, "height": image.info.height} if image.info.sized else {}
    boxed = image.has_box
    one = np.ones(len(image))
    boxes = np.where(boxed[:, None], image.boxes, around(image.points, one, one))
    objects: dict[str, Any] = {
        "bbox": _rows(image, written_xywh(boxes), source),
        "categories": [0] * len(image),
    }
    if not boxed.all():
        objects["box_known"] = boxed.tolist()
    if not boxed.all() or off_centre(image).any():
        objects["points"] = _rows(image, image.points, source)
    if (image.ids >= 0).any():
        objects["track_id"] = [each if each >= 0 else None for each in image.ids.tolist()]
    if image.ignore.any():
        objects["iscrowd"] = image.ignore.astype(int).tolist()
    for column in ("visibility", "score"):
        values = image.extra.get(column)
        if values is not None and not np.isnan(values).all():
            objects[column] = [None if np.isnan(each) else each for each in values.tolist()]
    split = {"split": None} if image.info.split is None and split_of(name) else {}
    return msgspec.json.encode({"file_name": name, **size, **split, "objects": objects}) + b"\n"


def split_of(name: str) -> str | None:
    """The split that the first folder of a file name tells, where nothing else does.

    >>> split_of("validation/a.jpg"), split_of("train.jpg")
    ('val', None)
    """
    first, folder, _ = name.partition("/")
    return split_in(first) if folder and first.isalnum() else None


def _rows(image: ImageAnnotations, columns: NDArray[np.float64], source: Path) -> msgspec.Raw:
    """Rows of numbers as a JSON list of lists."""
    between = [b"[", *[b","] * (columns.shape[1] - 1), b"],"]
    text, _ = head_rows(between, list(columns.T), [image], decimals=_DECIMALS, source=source)
    return msgspec.Raw(b"[" + text[:-1] + b"]")
