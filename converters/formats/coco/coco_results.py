"""Reads COCO results, which are predictions of images that another COCO file names.

`[{"image_id": 7, "category_id": 1, "bbox": [x, y, width, height], "score": 0.93}, ...]`, or one such record a line: the
images, and which of them have no predictions, are known by the true data set alone. Results may have masks
(`segmentation`) or keypoints instead of boxes, and the names of pictures as `image_id`, as Ultralytics writes them.
They take 200 bytes a prediction while the file is read. Source: `cocodataset.org`, format of results.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import msgspec
import numpy as np
from numpy.typing import NDArray

from converters.files.labels.label_folder import hold
from converters.files.pictures.pictures import ORIGINAL_PATH
from converters.files.records.json_file import decode_text
from converters.formats.coco.coco_ids import Ids, reference, whole
from converters.formats.coco.coco_masks import box_of
from converters.formats.coco.coco_records import FILE_FACT, IMAGE_FACT, CocoFile
from converters.formats.coco.coco_spellings import head_keypoint
from gta_head_tools.annotations import ImageAnnotations, ImageInfo, Mask
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError, DataFormatError
from gta_head_tools.files import read_unpacked
from gta_head_tools.geometry import centres, from_xywh

_LINE = re.compile(rb'\{[^{}\n]*"image_id"[^\n]*\}[ \t\r]*(\n|$)')
"""The first line of results that are written as one record a line."""
_NOTHING = msgspec.Raw(b"null")
_NO_BOX = (np.nan,) * 4


class _Result(msgspec.Struct, gc=False):
    """A prediction; other keys are passed over."""

    image_id: int | str
    score: float
    category_id: int | str | None = None
    bbox: tuple[float, float, float, float] | None = None
    segmentation: msgspec.Raw = _NOTHING
    keypoints: list[float] | None = None


_RESULTS = msgspec.json.Decoder(list[_Result])


def looks_like_results(path: Path) -> bool:
    """True for a JSON list of records with an `image_id`, for one such record a line, and for an empty list."""
    if not path.is_file():
        return False
    start = read_unpacked(path, 4096).lstrip()
    if start.startswith(b"{"):
        return _LINE.match(start) is not None
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
    files = list({id(file): file for file in (info.facts[FILE_FACT] for info in _images(true))}.values())
    image_ids, category_ids = (_renamed(file.renamed[side] for file in files) for side in (0, 1))
    results = _decoded(path)
    images = np.array([numbers.get(reference(result.image_id, image_ids), -1) for result in results], dtype=np.int64)
    lost = np.flatnonzero(images < 0)
    by_name = _by_name(results, true) if len(lost) else None
    if by_name is not None:
        images = by_name
    elif len(lost):
        problem = f"{results[lost[0]].image_id!r} is the id of no image of {true.source}; check both files"
        raise DataFormatError(path, problem, record=f"[{lost[0]}].image_id")
    by_names = (f"{path.name}: image_id is taken for the name of a picture",) if by_name is not None else ()
    are_heads, notes = _of_heads(path, results, files, category_ids, true.source)
    xywh = np.array([result.bbox or _NO_BOX for result in results], dtype=np.float64).reshape(-1, 4)
    boxes = from_xywh(xywh)
    points = centres(boxes)
    heads_among = {category["id"]: head_keypoint(category) for file in files for category in file.categories}
    for row in (row for row, result in enumerate(results) if result.bbox is None and are_heads[row]):
        boxes[row], points[row] = _without_box(path, row, results[row], heads_among, category_ids)
    score = np.array([result.score for result in results], dtype=np.float64)
    heads = ImageAnnotations(ImageInfo(""), points, boxes=boxes, extra={"score": score}).select(are_heads)
    return Dataset(true.root, true.scenes, hold(heads, images[are_heads], true.scenes), path, notes=(*by_names, *notes))


def _decoded(path: Path) -> list[_Result]:
    text = read_unpacked(path)
    if text.lstrip().startswith(b"{"):
        lines = [line for line in text.splitlines() if line.strip()]
        text = b"[" + b",\n".join(lines) + b"]"
    return decode_text(path, text, _RESULTS)


def _by_name(results: Sequence[_Result], true: Dataset) -> NDArray[np.int64] | None:
    """The place of each prediction's image, where every `image_id` is the name of a picture; else None."""
    named = [
        (name, place)
        for place, info in enumerate(_images(true))
        for name in {info.name, str(whole(info.name)), *_with_suffix(info)}
    ]
    times = Counter(name for name, _ in named)
    places = {name: place for name, place in named if times[name] == 1}
    found = np.array([places.get(str(result.image_id), -1) for result in results], dtype=np.int64)
    return None if np.any(found < 0) else found


def _with_suffix(info: ImageInfo) -> tuple[str, str]:
    return PurePosixPath(info.path).name, info.facts.get(ORIGINAL_PATH, info.path)


def _images(dataset: Dataset) -> Iterator[ImageInfo]:
    return (info for scene in dataset.scenes for info in scene.images)


def _renamed(parts: Iterable[Mapping[str | int, int]]) -> Ids:
    renamed = {key: number for part in parts for key, number in part.items()}
    return Ids((), renamed, frozenset(renamed.values()))


def _without_box(
    path: Path, row: int, result: _Result, heads_among: Mapping[int, int | None], ids: Ids
) -> tuple[tuple[float, ...], tuple[float, float]]:
    """Box and point of a prediction that is a mask, or keypoints of which one is the head."""
    try:
        box = box_of(msgspec.json.decode(result.segmentation))
    except ValueError as error:
        raise DataFormatError(path, f"{error}; make the results again", record=f"[{row}].segmentation") from error
    if box is not None:
        left, top, width, height = box
        return (left, top, left + width, top + height), (left + width / 2, top + height / 2)
    points = result.keypoints or []
    category = None if result.category_id is None else reference(result.category_id, ids)
    head = 0 if len(points) == 3 else heads_among.get(category if category is not None else -1)
    if head is None or len(points) < 3 * head + 3:
        problem = "has no 'bbox', and no mask or keypoint of a head to take its place; make the results again"
        raise DataFormatError(path, problem, record=f"[{row}]")
    return _NO_BOX, (points[3 * head], points[3 * head + 1])


def _of_heads(
    path: Path, results: Sequence[_Result], files: Sequence[CocoFile], ids: Ids, true: Path
) -> tuple[Mask, tuple[str, ...]]:
    """Which predictions are of a category that is a head in the truth, and what to tell of the others."""
    names = {category["id"]: category["name"] for file in files for category in file.categories}
    heads = {number for file in files for number in file.heads}
    meant = {one: reference(one, ids) for one in {result.category_id for result in results} if one is not None}
    of = [None if result.category_id is None else meant[result.category_id] for result in results]
    none = np.array([result.category_id is None for result in results], dtype=bool)
    are_heads = none | np.array([number in heads for number in of], dtype=bool)
    others = Counter(
        result.category_id if number is None else number
        for result, number, taken in zip(results, of, are_heads, strict=True)
        if not taken
    )
    if not others:
        return are_heads, ()
    if are_heads.any() or set(others) <= names.keys():
        shown = ", ".join(f"{names.get(number, number)!r} ({count})" for number, count in others.most_common(5))
        return are_heads, (f"{path.name}: predictions of categories that are no heads are left out: {shown}",)
    row = next(row for row, number in enumerate(of) if number not in names)
    unknown = results[row].category_id
    if len(names) == len(others) == 1:
        told = f"its category {unknown!r} is none of {true}; its predictions are taken as heads"
        return np.ones(len(of), dtype=bool), (f"{path.name}: {told}",)
    known = ", ".join(f"{number} {name!r}" for number, name in names.items()) or "none"
    problem = f"{unknown!r} is the id of no category of {true} (it has: {known}); give heads the id they have there"
    raise DataFormatError(path, problem, record=f"[{row}].category_id")


def _places_by_id(path: Path, true: Dataset) -> dict[int | None, int]:
    """Id of an image to its place in the data set."""
    numbers: dict[int | None, int] = {}
    for place, info in enumerate(_images(true)):
        if IMAGE_FACT not in info.facts:
            raise ConfigError(f"{path}: COCO results name images by number; give the COCO file they were made for")
        if numbers.setdefault(info.facts[IMAGE_FACT]["id"], place) != place:
            number = info.facts[IMAGE_FACT]["id"]
            raise ConfigError(f"{true.source}: two images have the id {number}; give the COCO file of one split")
    return numbers
