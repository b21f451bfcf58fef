"""The records of a COCO file: the keys that are read and written, and what is kept of a source file for writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from converters.files.labels.scene_names import split_in
from gta_head_tools.files import listed, own_name, plain_name

Number = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
"""An integer that fits a column."""

HEAD_KEYPOINTS = ["head"]
"""Keypoints of a category whose one keypoint is the head point."""

FILE_FACT = "coco_header"
"""Fact of an image: the `CocoFile` it comes from."""
IMAGE_FACT = "coco_image_keys"
"""Fact of an image: its id in the file, and the keys of its record that `ImageInfo` does not hold."""
HEADS_KEY = "head_categories"
"""Top-level key of ours: ids of the categories that are heads, where their names do not tell it."""
KEYS_COLUMN = "coco_head_keys"
"""Extra column (objects): JSON text, as bytes, of the keys of a head that no other column holds; empty = none."""
ID_COLUMN = "annotation_id"
"""Extra column: the number of a head's annotation in its file, -1 = none."""
IGNORE_COLUMN = "coco_ignore"
"""Extra column: the keys `ignore` and `iscrowd` of a head that has both, as 2 * ignore + iscrowd, -1 = it has not."""
CATEGORY_COLUMN = "category_id"
"""Extra column: category of a head, -1 = the first of those that are heads; absent where all heads have that one."""


class CategoryRecord(msgspec.Struct):
    """A category."""

    id: Number
    name: str
    keypoints: list[str] | None = None


class ImageRecord(msgspec.Struct):
    """An image; `scene`, `frame` and `split` are ours."""

    id: Number
    file_name: str
    width: Number | None = None
    height: Number | None = None
    scene: str | None = None
    frame: Number | None = None
    split: str | None = None


class HeadRecord(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """An annotation; `point`, `track_id`, `visibility`, `score` and `box_known` are ours, `ignore` is mmdetection's."""

    id: Number = -1
    image_id: Number
    category_id: Number
    bbox: tuple[float, float, float, float]
    area: float | None = None
    iscrowd: Literal[0, 1] | bool | None = 0
    ignore: Literal[0, 1] | bool | None = None
    point: tuple[float, float] | None = None
    keypoints: list[float] | None = None
    num_keypoints: int | None = None
    track_id: Number = -1
    visibility: float | None = None
    score: float | None = None
    box_known: bool = True


class LooseHeadRecord(HeadRecord, forbid_unknown_fields=False, gc=False):
    """An annotation with keys that `HeadRecord` does not declare."""


class WrittenHead(msgspec.Struct, gc=False):
    """An annotation as it is written: what is not set is left out."""

    id: int
    image_id: int
    category_id: int
    bbox: list[float]
    area: float
    iscrowd: int
    ignore: int | UnsetType = UNSET
    point: list[float] | UnsetType = UNSET
    keypoints: list[float] | UnsetType = UNSET
    num_keypoints: int | UnsetType = UNSET
    track_id: int | UnsetType = UNSET
    visibility: float | UnsetType = UNSET
    score: float | UnsetType = UNSET
    box_known: bool | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class CocoFile:
    """A source file besides its images and annotations; all its images share one as a fact.

    Attributes:
        path: of the file.
        keys: its other top-level keys: categories, info, licenses, and unknown ones.
        next_id: larger than every annotation id in it.
        heads: ids of the categories that are heads, in the order of the file.
        renamed: ids of images, and those of categories, that are no numbers, to the numbers that stand for them.
    """

    path: str = field(repr=False)  # What is made of the file does not depend on its place.
    keys: Mapping[str, Any]
    next_id: int
    heads: tuple[int, ...]
    renamed: tuple[dict[str | int, int], dict[str | int, int]] = ({}, {})

    @property
    def categories(self) -> list[dict[str, Any]]:
        """The categories, as the file has them."""
        return list(self.keys["categories"])

    def __reduce__(self) -> tuple[Any, ...]:
        # A MappingProxyType cannot be pickled.
        return CocoFile, (self.path, dict(self.keys), self.next_id, self.heads, self.renamed)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", MappingProxyType(dict(self.keys)))


def head_keypoint_categories(categories: list[dict[str, Any]]) -> set[int]:
    """Ids of the categories whose one keypoint is the head point."""
    return {category["id"] for category in categories if category.get("keypoints") == HEAD_KEYPOINTS}


_OURS = "instances"


def data_name(path: Path) -> str:
    """Name of a COCO file or folder without `.json` and `.gz`."""
    return own_name(path).removesuffix(".gz").removesuffix(".json")


def split_of(path: Path) -> str | None:
    """The split that the name of a file or folder tells; `valid` and `validation` are `val`.

    >>> split_of(Path("person_keypoints_val2017.json"))
    'val'
    """
    return split_in(data_name(path))


def label_file(split: str | None, *, path: Path) -> str:
    """Name of the file that we write for a split; datumaro and CVAT find `instances_default.json` where there is none.

    Args:
        split: of its images.
        path: the source, for the message.

    Raises:
        DataFormatError: the split leaves the target.
    """
    return f"{_OURS}_{plain_name(split or 'default', what='split', path=path)}.json"


def written_files(folder: Path) -> list[Path]:
    """Files in `folder` that have a name as `label_file` gives it, or gave it in earlier versions."""
    return [*listed(folder, f"{_OURS}.json"), *listed(folder, f"{_OURS}_*.json")]
