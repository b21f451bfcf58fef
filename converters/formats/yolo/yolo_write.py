"""Writing YOLO: label files of some hundred pictures at a time, the pictures, and `data.yaml`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converters.files.labels.scene_names import SPLITS, split_name
from converters.files.numbers.fixed_numbers import Characters, Numbers, fixed_rows
from converters.files.pictures.picture_paths import check_distinct, each_image, in_groups, kept_paths
from converters.files.pictures.pictures import ImageMode, place_picture
from converters.formats.format import ColumnName, no_boxes
from converters.formats.yolo.yolo_config import CONFIG, NO_SPLIT
from converters.formats.yolo.yolo_layout import LABELS, PICTURES
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import without_picture_suffix
from gta_head_tools.geometry import cut_at_border
from gta_head_tools.whole_files import write_bytes, write_text

_CLASS = "head"


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write.

    Attributes:
        keypoints: the head's point stands behind its box, as a keypoint; points outside the picture are moved into it.
        scores: the score stands at the end of a row, as in predictions; trainers refuse such rows.
    """

    keypoints: bool = False
    scores: bool = False


def also(options: WriteOptions) -> frozenset[ColumnName]:
    """The columns that are held with these options."""
    columns: dict[ColumnName, bool] = {"points": options.keypoints, "score": options.scores}
    return frozenset(column for column, held in columns.items() if held)


def places(scene: Scene, source: Path) -> list[str]:
    """The file that says where all label files lie; the names of its splits are checked."""
    for split in {info.split for info in scene.images}:
        _folder(split, source)
    return [CONFIG]


def _folder(split: str | None, source: Path) -> str:
    return split_name(split, path=source) if split else NO_SPLIT


def write(dataset: Dataset, target: Path, options: WriteOptions, images: ImageMode) -> None:
    """Write `labels`, `images` and `data.yaml`.

    Raises:
        DatasetLayoutError: the target cannot be written, two images have one name, or a picture is missing.
        DataFormatError: a name leaves the target, or a score is not 0 to 1.
        LossyConversionError: a head has no box.
    """
    splits = list(dict.fromkeys(info.split for scene in dataset.scenes for info in scene.images))
    names = [
        [
            name if splits == [None] else f"{_folder(info.split, dataset.source)}/{name.removeprefix(f'{info.split}/')}"
            for info, name in zip(scene.images, part, strict=True)
        ]
        for scene, part in zip(dataset.scenes, kept_paths(dataset), strict=True)
    ]
    check_distinct([[without_picture_suffix(name) for name in part] for part in names], path=dataset.source)
    hidden = next((name for part in names for name in part if "/." in f"/{name}"), None)
    if hidden is not None:
        raise DatasetLayoutError(dataset.source, f"{hidden!r} has a dot at its start: readers pass over it; rename it")
    for group in in_groups(each_image(dataset, names)):
        rows, counts = _rows([image for image, _ in group], options)
        ends = np.cumsum(counts).tolist()
        for (image, name), count, end in zip(group, counts, ends, strict=True):
            label = label_of(f"{PICTURES[0]}/{name}")
            write_bytes(target / label, rows[end - count : end].data)
            if images != "none":
                place_picture(dataset, image.info, target / PICTURES[0] / name, images)
    write_text(target / CONFIG, _config(splits, dataset.source, options))


def label_of(picture: str) -> str:
    """The path of the label file of a picture, as trainers find it: the last `images` is `labels`.

    >>> label_of("images/train/a.jpg"), label_of("images/street/images/a.jpg")
    ('labels/train/a.txt', 'images/street/labels/a.txt')
    """
    parts = f"{without_picture_suffix(picture)}.txt".split("/")
    place = max(place for place, part in enumerate(parts[:-1]) if part == PICTURES[0])
    return "/".join([*parts[:place], LABELS, *parts[place + 1 :]])


def _rows(images: Sequence[ImageAnnotations], options: WriteOptions) -> tuple[Characters, list[int]]:
    """The rows (N, width) of some images, and how many are of each."""
    boxes = np.concatenate([image.boxes for image in images])
    if np.isnan(boxes).any():
        bare = next(image for image in images if not image.has_box.all())
        raise no_boxes(int((~bare.has_box).sum()), bare.info.path)
    counts = [len(image) for image in images]
    sizes = np.repeat(np.array([image.info.size for image in images], dtype=np.float64), counts, axis=0)
    cut, left = cut_at_border(boxes, sizes)
    low, high = cut[:, :2] / sizes, cut[:, 2:] / sizes
    columns: list[Numbers | NDArray[np.int64]] = [np.zeros(len(boxes), dtype=np.int64)]
    columns += [*((low + high) / 2).T, *(high - low).T]
    if options.keypoints:
        points = np.concatenate([image.points for image in images])
        columns += [*np.clip(points / sizes, 0, 1).T, _flags(images)]
    if options.scores:
        columns.append(_scores(images))
    rows = fixed_rows([column[left] for column in columns] if not left.all() else columns)
    if not left.all():
        owners = np.repeat(np.arange(len(images)), counts)[left]
        counts = np.bincount(owners, minlength=len(images)).tolist()
    return rows, counts


def _flags(images: Sequence[ImageAnnotations]) -> NDArray[np.int64]:
    """(N,) 1 for heads that are known to be hidden, else 2."""
    columns = [image.extra.get("visibility", np.full(len(image), np.nan)) for image in images]
    return np.where(np.concatenate(columns) == 0, 1, 2)


def _scores(images: Sequence[ImageAnnotations]) -> Numbers:
    """(N,) the scores.

    Raises:
        DataFormatError: a head has none, or one that is not 0 to 1.
    """
    columns = []
    for image in images:
        column = np.asarray(image.extra.get("score", np.full(len(image), np.nan)), dtype=np.float64)
        wrong = np.flatnonzero(~((column >= 0) & (column <= 1)))
        if len(wrong):
            problem = f"score {column[wrong[0]]:g} of head {wrong[0] + 1} is not 0 to 1; leave out -o scores=true"
            raise DataFormatError(Path(image.info.path), problem)
        columns.append(column)
    return np.concatenate(columns)


def _config(splits: Sequence[str | None], source: Path, options: WriteOptions) -> str:
    """The text of `data.yaml`. Trainers demand `train` and `val`, so that these name what there is."""
    folders = {_folder(split, source): f"images/{_folder(split, source)}" for split in splits}
    train, val, test = ("images",) * 3 if splits == [None] else (folders.pop(split, "") for split in SPLITS)
    first = train or val or test or next(iter(folders.values()), "images")
    lines = ['path: ""  # Empty means the folder of this file.']
    lines += [f"train: {_quoted(train or first)}", f"val: {_quoted(val or test or first)}"]
    lines += [f"test: {_quoted(test)}"] if test and splits != [None] else []
    lines += [f"{_quoted(key)}: {_quoted(folder)}" for key, folder in folders.items() if splits != [None]]
    lines += ["nc: 1", "names:", f"  0: {_CLASS}", *(["kpt_shape: [1, 3]"] if options.keypoints else [])]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text as YAML, which takes a text of JSON."""
    return text if re.fullmatch(r"[A-Za-z][\w/]*", text, re.ASCII) else json.dumps(text)
