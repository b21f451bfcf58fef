"""Reads COCO files: images and categories at once, annotations as columns (`converters.formats.coco.coco_heads`).

COCO results, `[{"image_id": 7, "category_id": 1, "bbox": [x, y, width, height], "score": 0.93}, ...]`, are predictions
of images that another COCO file names: the images, and which of them have no predictions, are known by the true data
set alone. They take 200 bytes a prediction while the file is read. Source: `cocodataset.org`, format of results.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from converters.files.categories import HeadCategories
from converters.files.json_file import convert, decode, decode_text
from converters.files.label_folder import HeldHeads, hold
from converters.formats.coco.coco_heads import FileHeads, read_heads
from converters.formats.coco.coco_records import (
    FILE_FACT,
    IMAGE_FACT,
    CategoryRecord,
    CocoFile,
    ImageRecord,
    Number,
)
from gta_head_tools.annotations import ImageAnnotations, ImageInfo, Mask, concat
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import ConfigError, DataFormatError
from gta_head_tools.files import inside, plain_name, read_unpacked
from gta_head_tools.geometry import centres, from_xywh

_TOP = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ANYTHING: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
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
    """

    path: Path
    images: list[ImageInfo]
    heads: FileHeads
    counts: dict[tuple[int, str], int]


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file of which all but the annotations is decoded.

    Attributes:
        path: of the file.
        images: as records.
        image_keys: all keys of each image.
        annotations: the JSON list.
        keys: the other top-level keys.
        most: an upper bound of the number of annotations.
    """

    path: Path
    images: list[ImageRecord]
    image_keys: list[dict[str, Any]]
    annotations: memoryview
    keys: dict[str, Any]
    most: int

    @property
    def categories(self) -> list[tuple[int, str]]:
        """Id and name of each category."""
        return [(category["id"], category["name"]) for category in self.keys["categories"]]


def open_file(path: Path) -> OpenedFile:
    """A file with all but its annotations decoded.

    Raises:
        DataFormatError: it is no COCO file, or a record in it is not what it should be.
    """
    text = read_unpacked(path)
    if text[:64].lstrip()[:1] == b"[":
        raise DataFormatError(path, "a list, as of results: expected an object with images, annotations and categories")
    top = decode_text(path, text, _TOP)
    for key in ("images", "annotations", "categories"):
        if key not in top:
            raise DataFormatError(path, f"no {key!r}, which every COCO file has; make the file again", record=key)
    plain = decode_text(path, bytes(top.pop("images")), _ANYTHING, record="images")
    images = convert(path, plain, list[ImageRecord], record="images")
    annotations = memoryview(top.pop("annotations"))
    keys = {key: decode_text(path, bytes(value), _ANYTHING, record=key) for key, value in top.items()}
    categories = convert(path, keys["categories"], list[CategoryRecord], record="categories")
    for image, own in zip(images, plain, strict=True):
        own["id"] = image.id
    for category, own in zip(categories, keys["categories"], strict=True):
        own["id"] = category.id
    return OpenedFile(path, images, plain, annotations, keys, text.count(b"{"))


def read_file(opened: OpenedFile, split: str | None, chosen: HeadCategories) -> FilePart:
    """The images and heads of a file.

    Args:
        opened: the file.
        split: of its images, unless they name their own.
        chosen: the categories that are heads.

    Raises:
        DataFormatError: a record is not what it should be.
    """
    path, keys = opened.path, opened.keys
    numbers = _image_numbers(path, opened.images)
    are_heads = tuple(number for number, name in opened.categories if (number, name) in chosen.chosen)
    heads = read_heads(opened.annotations, path, numbers, keys["categories"], heads=are_heads, most=opened.most)
    file = CocoFile(path.as_posix(), keys, heads.next_id, are_heads)
    infos = [
        _info(path, number, image, opened.image_keys[number], file, split) for number, image in enumerate(opened.images)
    ]
    counts = {category: heads.counts.get(category[0], 0) for category in opened.categories}
    return FilePart(path, infos, heads, counts)


def _image_numbers(path: Path, images: Sequence[ImageRecord]) -> dict[int, int]:
    numbers: dict[int, int] = {}
    for number, image in enumerate(images):
        if image.id in numbers:
            problem = f"{image.id} is the id of images[{numbers[image.id]}] too; give each image its own"
            raise DataFormatError(path, problem, record=f"images[{number}].id")
        numbers[image.id] = number
    return numbers


def _info(
    path: Path, number: int, image: ImageRecord, keys: dict[str, Any], file: CocoFile, split: str | None
) -> ImageInfo:
    with _record(path, f"images[{number}].file_name"):
        name = inside(image.file_name, path=path)
    if image.split:
        with _record(path, f"images[{number}].split"):
            plain_name(image.split, what="split", path=path)
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
    heads = [part.heads.heads for part in parts]
    return hold(heads[0] if len(heads) == 1 else concat(heads), np.concatenate(images), scenes)


def _identity(info: ImageInfo) -> tuple[str, int]:
    file: CocoFile = info.facts[FILE_FACT]
    return file.path, info.facts[IMAGE_FACT]["id"]


class _Result(msgspec.Struct, gc=False):
    """A prediction; other keys (segmentation, ...) are passed over."""

    image_id: int
    bbox: tuple[float, float, float, float]
    score: float
    category_id: Number | None = None


_RESULTS = msgspec.json.Decoder(list[_Result])


def looks_like_results(path: Path) -> bool:
    """True for a JSON file that is a list of records with an `image_id`, or an empty list."""
    if not path.is_file():
        return False
    start = read_unpacked(path, 4096).lstrip()
    return start.startswith(b"[") and (b'"image_id"' in start or start[1:].strip() == b"]")


def read_results(path: Path, true: Dataset) -> Dataset:
    """The predictions of the images of a COCO data set.

    Those of the categories that are heads in the truth are taken.

    Args:
        path: of the results.
        true: the COCO data set whose images and categories they number.

    Raises:
        ConfigError: `true` is no COCO data set, or several files of it share a number.
        DataFormatError: no results, or a number that no image, or no category, of `true` has.
    """
    numbers = _places_by_id(path, true)
    results = decode(path, _RESULTS)
    images = np.array([numbers.get(result.image_id, -1) for result in results], dtype=np.int64)
    lost = np.flatnonzero(images < 0)
    if len(lost):
        problem = f"{results[lost[0]].image_id} is the id of no image of {true.source}; check both files"
        raise DataFormatError(path, problem, record=f"[{lost[0]}].image_id")
    are_heads, notes = _of_heads(path, results, true)
    boxes = from_xywh(np.array([result.bbox for result in results], dtype=np.float64).reshape(-1, 4))
    score = np.array([result.score for result in results], dtype=np.float64)
    heads = ImageAnnotations(ImageInfo(""), centres(boxes), boxes=boxes, extra={"score": score}).select(are_heads)
    return Dataset(true.root, true.scenes, hold(heads, images[are_heads], true.scenes), path, notes=notes)


def _of_heads(path: Path, results: Sequence[_Result], true: Dataset) -> tuple[Mask, tuple[str, ...]]:
    """Which predictions are of a category that is a head in the truth, and what to tell of the others."""
    files = {info.facts[FILE_FACT].path: info.facts[FILE_FACT] for scene in true.scenes for info in scene.images}
    names = {category["id"]: category["name"] for file in files.values() for category in file.categories}
    heads = {number for file in files.values() for number in file.heads}
    of = [result.category_id for result in results]
    are_heads = np.array([number is None or number in heads for number in of], dtype=bool)
    others = Counter(number for number in of if number is not None and number not in heads)
    if not others:
        return are_heads, ()
    if are_heads.any() or others.keys() <= names.keys():
        shown = ", ".join(f"{names.get(number, number)!r} ({count})" for number, count in others.most_common(5))
        return are_heads, (f"{path.name}: predictions of categories that are no heads are left out: {shown}",)
    unknown = next(number for number in of if number not in names)
    if len(names) == len(others) == 1:
        told = f"its category {unknown} is none of {true.source}; its predictions are taken as heads"
        return np.ones(len(of), dtype=bool), (f"{path.name}: {told}",)
    known = ", ".join(f"{number} {name!r}" for number, name in names.items()) or "none"
    problem = (
        f"{unknown} is the id of no category of {true.source} (it has: {known}); give heads the id they have there"
    )
    raise DataFormatError(path, problem, record=f"[{of.index(unknown)}].category_id")


def _places_by_id(path: Path, true: Dataset) -> dict[int, int]:
    """Id of an image to its place in the data set."""
    numbers: dict[int, int] = {}
    for place, info in enumerate(info for scene in true.scenes for info in scene.images):
        if IMAGE_FACT not in info.facts:
            raise ConfigError(f"{path}: COCO results name images by number; give the COCO file they were made for")
        if numbers.setdefault(info.facts[IMAGE_FACT]["id"], place) != place:
            number = info.facts[IMAGE_FACT]["id"]
            raise ConfigError(f"{true.source}: two images have the id {number}; give the COCO file of one split")
    return numbers
