"""Reads COCO files: images and categories (`coco_open`), then annotations as columns (`coco_heads`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converters.files.labels.categories import HeadCategories
from converters.files.labels.label_folder import HeldHeads, hold
from converters.files.numbers.gathered_columns import Columns
from converters.files.pictures.picture_names import NameParts, PictureNames
from converters.formats.coco.coco_heads import FileHeads, read_heads
from converters.formats.coco.coco_open import OpenedFile
from converters.formats.coco.coco_records import FILE_FACT, IMAGE_FACT, CocoFile, ImageRecord
from gta_head_tools.annotations import UNKNOWN, ImageAnnotations, ImageInfo
from gta_head_tools.dataset import LabelDefect, Scene
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import plain_name

_MODEL_KEYS = frozenset(ImageRecord.__struct_fields__) - {"id", "scene"}
"""Keys of an image that `ImageInfo` holds. `scene` stays a key: only the key says that it was stored, not guessed."""


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file.

    Attributes:
        path: of the file.
        images: with the paths that the file gives.
        heads: of these images.
        counts: annotations by id and name of their category, also of those that are no heads.
        notes: what is worth telling.
        defects: what checks tell.
    """

    path: Path
    images: list[ImageInfo]
    heads: FileHeads
    counts: dict[tuple[int, str], int]
    notes: tuple[str, ...]
    defects: tuple[LabelDefect, ...]


def read_file(opened: OpenedFile, split: str | None, chosen: HeadCategories, names: NameParts) -> FilePart:
    """The images and heads of a file.

    Args:
        opened: the file.
        split: of its images, unless they name their own.
        chosen: the categories that are heads.
        names: how much of a picture's name counts.

    Raises:
        DataFormatError: a record is not what it should be.
    """
    path = opened.path
    are_heads = tuple(number for number, name in opened.categories if (number, name) in chosen.chosen)
    heads = read_heads(opened, are_heads)
    renamed = dict(opened.image_ids.renamed), dict(opened.category_ids.renamed)
    file = CocoFile(path.as_posix(), opened.keys, heads.next_id, are_heads, renamed)
    pictures = PictureNames(path, names)
    infos = [_info(pictures, opened, number, file, split) for number in range(len(opened.images))]
    counts = {category: heads.counts.get(category[0], 0) for category in opened.categories}
    defects = (*opened.defects, *heads.defects.told(path), *_background(path, opened, chosen, counts))
    return FilePart(path, infos, heads, counts, (*opened.notes, *_told(path, heads)), defects)


def _background(
    path: Path, opened: OpenedFile, chosen: HeadCategories, counts: Mapping[tuple[int, str], int]
) -> Iterator[LabelDefect]:
    """Heads whose category is number 0, which is that of the background elsewhere."""
    for place, category in enumerate(opened.categories):
        if category[0] == 0 and category in chosen.chosen and counts[category]:
            message = f"category {category[1]!r} of {counts[category]:,} heads has the id 0"
            record = f"categories[{place}].id"
            yield LabelDefect(check="id-below-one", file=path, record=record, value="0", message=message)


def _told(path: Path, heads: FileHeads) -> Iterator[str]:
    if heads.outlined:
        told = "annotations have no bbox; their boxes are those of their outlines or masks"
        yield f"{path.name}: {heads.outlined} {told}"
    if heads.renumbered:
        told = (
            "have no id of their own (missing, a text, repeated, or below 1); they get new ones where COCO is written"
        )
        yield f"{path.name}: {heads.renumbered} annotations {told}"


def _info(pictures: PictureNames, opened: OpenedFile, number: int, file: CocoFile, split: str | None) -> ImageInfo:
    image, keys = opened.images[number], opened.image_keys[number]
    with _record(opened.path, f"images[{number}].file_name"):
        name = pictures.path(image.file_name)
    if image.split:
        with _record(opened.path, f"images[{number}].split"):
            plain_name(image.split, what="split", path=opened.path)
    return ImageInfo(
        name,
        image.width or 0,
        image.height or 0,
        scene=image.scene or "",
        frame=image.frame,
        split=image.split or split,
        facts={FILE_FACT: file, IMAGE_FACT: {key: keys[key] for key in keys if key not in _MODEL_KEYS}},
    )


@contextmanager
def _record(path: Path, record: str) -> Iterator[None]:
    """Adds the name of the record to the errors of a check."""
    try:
        yield
    except DataFormatError as error:
        raise DataFormatError(path, error.problem, record=record) from error


def scene_stored(scene: Scene) -> Scene:
    """`scene` with its name as a key of each image, so that COCO is written with it."""
    images = (
        replace(info, facts={**info.facts, IMAGE_FACT: {**info.facts[IMAGE_FACT], "scene": scene.name}})
        for info in scene.images
    )
    return replace(scene, images=tuple(images))


def loader(parts: Sequence[FilePart], scenes: tuple[Scene, ...]) -> HeldHeads:
    """The heads of all files by scene."""
    infos = (info for scene in scenes for info in scene.images)
    numbers = {_identity(info): number for number, info in enumerate(infos)}
    images = [
        np.array([numbers[_identity(info)] for info in part.images], dtype=np.int64)[part.heads.images]
        for part in parts
    ]
    numbers_of_all = np.concatenate(images)
    places = np.argsort(numbers_of_all, kind="stable") if np.any(numbers_of_all[1:] < numbers_of_all[:-1]) else None
    heads = _as_heads(_joined([part.heads.columns for part in parts], [len(each) for each in images], places))
    return hold(heads, numbers_of_all if places is None else numbers_of_all[places], scenes)


def _joined(parts: Sequence[Columns], counts: Sequence[int], places: NDArray[np.intp] | None) -> Columns:
    """The columns of all parts, which are emptied one column after the other, so that no two are held twice.

    Args:
        parts: of the columns, extra ones may be lacking.
        counts: heads in each part.
        places: of the heads in the order in which they are wanted, None = as they are.
    """
    if len(parts) == 1 and places is None:
        return parts[0]
    goes_to = np.empty(sum(counts), dtype=np.int64)
    goes_to[np.arange(len(goes_to)) if places is None else places] = np.arange(len(goes_to))
    ends = np.cumsum(counts)
    columns: Columns = {}
    for name, like in {name: values[:0] for part in parts for name, values in part.items()}.items():
        whole = np.empty((len(goes_to), *like.shape[1:]), dtype=like.dtype)
        for part, count, end in zip(parts, counts, ends.tolist(), strict=True):
            whole[goes_to[end - count : end]] = part.pop(name, UNKNOWN[like.dtype.kind])
        columns[name] = whole
    return columns


def _as_heads(columns: Columns) -> ImageAnnotations:
    for values in columns.values():
        values.flags.writeable = False  # So that the annotations take them as they are, without a copy.
    points, boxes, ids, ignore = (columns.pop(name) for name in ("points", "boxes", "ids", "ignore"))
    return ImageAnnotations(ImageInfo(""), points, boxes=boxes, ids=ids, ignore=ignore, extra=columns)


def _identity(info: ImageInfo) -> tuple[str, int]:
    file: CocoFile = info.facts[FILE_FACT]
    return file.path, info.facts[IMAGE_FACT]["id"]
