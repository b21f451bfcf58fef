"""Our CSV: one row per head, for spreadsheets and scripts; `heads.csv` beside `images/`, or a file alone.

```
image,x,y,x1,y1,x2,y2,score,ignore,track
a/0001.jpg,812,455.5,801.2,441,822.9,468.5,,0,7
a/0002.jpg,,,,,,,,,
```

Source: our own. UTF-8, a point as decimal sign, at most 6 decimals; columns may come in any order, all but
`image` may be missing, and an empty field is a missing value. `x y` is the head's point (the middle of the box where
missing), `x1 y1 x2 y2` are the corners of its box, `ignore` is 0 or 1. An image without heads has a row with its name
alone. `image` is relative to the folder of the file, or to `images/` beside it.

Traps:
    * There are no sizes in it: they come from the pictures, else they stay unknown.
    * Rows of an image need not stand together; its heads keep their order.
    * Columns of other names are passed over, and noted.

Memory: the text of the file and about 130 bytes a head while it is read, 60 bytes a head afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import BinaryIO

import numpy as np

from converters.files.held_heads import hold
from converters.files.number_text import head_lines
from converters.files.picture_paths import check_distinct, holders, kept_paths, placed
from converters.files.pictures import ImageMode, place_picture
from converters.files.scene_names import SceneGrouping, group_scenes
from converters.formats.csv_rows import COLUMNS, field, header_fields, read_table
from converters.formats.format import Format, Writes
from converters.formats.options import NoOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import natural_key, own_name, read_unpacked, replacing

_FILES = ("heads.csv", "heads.csv.gz")
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
    """

    scenes: SceneGrouping = "auto"


def detect(path: Path) -> bool:
    """True for a folder with `heads.csv`, and for a file whose first line names `image` and a point or a box."""
    if path.is_dir():
        return any((path / name).is_file() for name in _FILES)
    fields = header_fields(read_unpacked(path, 4096))
    return "image" in fields and ("x" in fields or "x1" in fields)


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a CSV file or folder.

    Raises:
        DataFormatError: a row is not what it should be.
        DatasetLayoutError: there is no `heads.csv` in the folder.
    """
    file = next((path / name for name in _FILES if (path / name).is_file()), path)
    if file.is_dir():
        raise DatasetLayoutError(path, "no heads.csv in this folder; check the folder, or name the file")
    table = read_table(file)
    order = sorted(range(len(table.names)), key=lambda number: natural_key(table.names[number]))
    name = own_name(path).removesuffix(".gz").removesuffix(".csv")
    scenes = group_scenes([ImageInfo(table.names[number]) for number in order], options.scenes, name=name)
    scenes = tuple(sorted(scenes, key=lambda scene: natural_key(scene.name)))
    places = {info.path: place for place, info in enumerate(info for scene in scenes for info in scene.images)}
    numbers = np.array([places[name] for name in table.names], dtype=np.int64)
    load = hold(table.heads, numbers[table.images], scenes)
    root = file.parent
    found = holders(scenes, {None: [root, root / "images"]}, expected=root / "images" if file != path else root)
    return Dataset(root, placed(scenes, found, root), load, path, notes=table.notes)


def places(scene: Scene, source: Path) -> list[str]:  # noqa: ARG001
    """The one file."""
    return [_FILES[0]]


def write(dataset: Dataset, target: Path, options: NoOptions, images: ImageMode) -> None:  # noqa: ARG001
    """Write `heads.csv` and `images/` below `target`, or `target` alone if it is a `.csv`.

    Raises:
        DatasetLayoutError: the target cannot be written, two images have one name, or a picture is missing.
    """
    lone = target.suffix == ".csv"
    names = kept_paths(dataset)
    check_distinct(names, path=dataset.source)
    with replacing(target if lone else target / _FILES[0]) as partial, partial.open("wb") as file:
        file.write(",".join(COLUMNS).encode() + b"\n")
        for scene, scene_names in zip(dataset.scenes, names, strict=True):
            heads = list(dataset.load(scene))
            _write_scene(file, heads, scene_names, source=dataset.source)
            for image, name in zip(heads, scene_names, strict=True):
                if not lone:
                    place_picture(dataset, image.info, target / "images" / name, images)


def _write_scene(file: BinaryIO, images: Sequence[ImageAnnotations], names: Sequence[str], *, source: Path) -> None:
    lines = iter(_numbers(images, source).splitlines(keepends=True))
    for image, name in zip(images, names, strict=True):
        quoted = field(name).encode() + b","
        if len(image):
            file.write(b"".join(chain.from_iterable(zip(repeat(quoted, len(image)), lines, strict=False))))
        else:
            file.write(quoted + b"," * (len(COLUMNS) - 2) + b"\n")


def _numbers(images: Sequence[ImageAnnotations], source: Path) -> bytes:
    """What follows the image's name, for all heads of a scene."""
    points = np.concatenate([np.empty((0, 2)), *(image.points for image in images)])
    boxes = np.concatenate([np.empty((0, 4)), *(image.boxes for image in images)])
    score = np.concatenate([np.empty(0), *(_score(image) for image in images)])
    ignore = np.concatenate([np.empty(0, dtype=bool), *(image.ignore for image in images)]).astype(np.int64)
    ids = np.concatenate([np.empty(0, dtype=np.int64), *(image.ids for image in images)])
    known = np.where(ids < 0, np.nan, ids.astype(np.float64))
    columns = [*points.T, *boxes.T, score, ignore, known]
    return head_lines(images, columns, decimals=_DECIMALS, source=source)


def _score(image: ImageAnnotations) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(image.extra.get("score", np.full(len(image), np.nan)), dtype=np.float64)


FORMAT = Format(
    holds=frozenset({"points", "boxes", "ids", "ignore", "score"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places, suffix=".csv"),
)
