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
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from converters.files.csv_table import Block, csv_field, read_blocks, read_header
from converters.files.label_folder import from_one_file, label_file
from converters.files.number_text import head_lines
from converters.files.picture_names import NameParts, PictureNames
from converters.files.picture_paths import check_distinct, kept_paths
from converters.files.pictures import ImageMode, place_picture
from converters.files.scene_names import SceneGrouping
from converters.formats.format import Format, Writes
from converters.formats.options import NoOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import own_name, read_unpacked, replacing
from gta_head_tools.geometry import centres

_COLUMNS = ("image", "x", "y", "x1", "y1", "x2", "y2", "score", "ignore", "track")
"""All columns, in the order in which we write them."""
_FILES = ("heads.csv", "heads.csv.gz")
_DECIMALS = 6
_FLAGS = {"": False, "0": False, "false": False, "1": True, "true": True}

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
        names: how much of a picture's name counts.
    """

    scenes: SceneGrouping = "auto"
    names: NameParts = "whole"


def detect(path: Path) -> bool:
    """True for a folder with `heads.csv`, and for a file whose first line names `image` and a point or a box."""
    if path.is_dir():
        return any((path / name).is_file() for name in _FILES)
    fields = read_header(read_unpacked(path, 4096))
    return "image" in fields and ("x" in fields or "x1" in fields)


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a CSV file or folder.

    Raises:
        DataFormatError: a row is not what it should be.
        DatasetLayoutError: there is no `heads.csv` in the folder.
    """
    file = label_file(path, _FILES)
    text = read_unpacked(file)
    header = read_header(text.partition(b"\n")[0])
    if "image" not in header or any(header.count(name) > 1 for name in _COLUMNS):
        raise DataFormatError(file, f"columns {header} found, expected {', '.join(_COLUMNS)}, `image` at least", line=1)
    pictures: dict[str, int] = {}
    spellings: dict[str, int] = {}
    names = PictureNames(file, options.names)
    parts: list[Columns] = []
    for block in read_blocks(file, text, header):
        columns = {"images": _pictures(block, names, pictures, spellings), **_parse(block)}
        heads = ~np.isnan(columns["points"][:, 0])
        parts.append({name: values[heads] for name, values in columns.items()})
    columns = {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])} if parts else {}
    foreign = [name for name in header if name not in _COLUMNS]
    return from_one_file(
        path,
        file,
        list(pictures),
        _as_heads(columns),
        columns.get("images", np.empty(0, dtype=np.int64)),
        scenes=options.scenes,
        scene_name=own_name(path).removesuffix(".gz").removesuffix(".csv"),
        notes=(f"{file.name}: passed over columns {', '.join(map(repr, foreign))}",) if foreign else (),
    )


def _pictures(
    block: Block, names: PictureNames, numbers: dict[str, int], spellings: dict[str, int]
) -> NDArray[np.int64]:
    """(rows,) the number of each row's image; a new name, however it is spelled, gets the next one."""
    for row, name in enumerate(block.fields["image"]):
        if name not in spellings:
            try:
                clean = names.path(name.strip())
            except DataFormatError as error:
                raise block.error(row, error.problem) from error
            spellings[name] = numbers.setdefault(clean, len(numbers))
    return np.array([spellings[name] for name in block.fields["image"]], dtype=np.int64)


def _parse(block: Block) -> Columns:
    """The columns of a block; the points of rows without a head are NaN."""
    values = {name: block.numbers(name) for name in _COLUMNS[1:8]}
    points = np.stack([values["x"], values["y"]], axis=1)
    boxes = np.stack([values[name] for name in ("x1", "y1", "x2", "y2")], axis=1)
    no_box = np.isnan(boxes)
    flags = block.column("ignore", _flag, "0 or 1").astype(bool)
    ids = block.column("track", _track, "a whole number").astype(np.int64)
    rest = ~np.isnan(values["score"]) | flags | (ids >= 0)
    block.refuse(np.isnan(points[:, 0]) != np.isnan(points[:, 1]), "x and y stand together; one of them is missing")
    block.refuse(no_box.any(axis=1) & ~no_box.all(axis=1), "x1 y1 x2 y2 stand together; some of them are missing")
    block.refuse(np.isnan(points[:, 0]) & no_box.all(axis=1) & rest, "a head without a point and without a box")
    points = np.where(np.isnan(points), centres(boxes), points)
    return {"points": points, "boxes": boxes, "score": values["score"], "ignore": flags, "ids": ids}


def _track(text: str) -> int:
    number = int(text.replace("_", "?")) if text.strip() else -1
    if abs(number) > 2**62:
        raise ValueError(text)
    return number


def _flag(text: str) -> bool:
    if text not in _FLAGS and (text := text.strip().lower()) not in _FLAGS:
        raise ValueError(text)
    return _FLAGS[text]


def _as_heads(columns: Columns) -> ImageAnnotations:
    if not columns:
        return ImageAnnotations(ImageInfo(""))
    for values in columns.values():
        values.flags.writeable = False  # So that the annotations take them as they are, without a copy.
    score = columns["score"]
    return ImageAnnotations(
        ImageInfo(""),
        columns["points"],
        boxes=columns["boxes"],
        ids=columns["ids"],
        ignore=columns["ignore"],
        extra={} if np.isnan(score).all() else {"score": score},
    )


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
        file.write(",".join(_COLUMNS).encode() + b"\n")
        for scene, scene_names in zip(dataset.scenes, names, strict=True):
            heads = list(dataset.load(scene))
            _write_scene(file, heads, scene_names, source=dataset.source)
            for image, name in zip(heads, scene_names, strict=True):
                if not lone:
                    place_picture(dataset, image.info, target / "images" / name, images)


def _write_scene(file: BinaryIO, images: Sequence[ImageAnnotations], names: Sequence[str], *, source: Path) -> None:
    lines = iter(_head_text(images, source).splitlines(keepends=True))
    for image, name in zip(images, names, strict=True):
        quoted = csv_field(name).encode() + b","
        if len(image):
            file.write(b"".join(chain.from_iterable(zip(repeat(quoted, len(image)), lines, strict=False))))
        else:
            file.write(quoted + b"," * (len(_COLUMNS) - 2) + b"\n")


def _head_text(images: Sequence[ImageAnnotations], source: Path) -> bytes:
    """What follows the image's name, for all heads of a scene."""
    points = np.concatenate([np.empty((0, 2)), *(image.points for image in images)])
    boxes = np.concatenate([np.empty((0, 4)), *(image.boxes for image in images)])
    scores = [image.extra.get("score", np.full(len(image), np.nan)) for image in images]
    score = np.concatenate([np.empty(0), *scores]).astype(np.float64)
    ignore = np.concatenate([np.empty(0, dtype=bool), *(image.ignore for image in images)]).astype(np.int64)
    ids = np.concatenate([np.empty(0, dtype=np.int64), *(image.ids for image in images)])
    track = np.where(ids < 0, np.nan, ids.astype(np.float64))
    return head_lines(images, [*points.T, *boxes.T, score, ignore, track], decimals=_DECIMALS, source=source)


FORMAT = Format(
    holds=frozenset({"points", "boxes", "ids", "ignore", "score"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places, suffix=".csv"),
)
