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

Also read: the tables of spreadsheets and of other programs. Fields may be separated by semicolons, tabs, bars or
blanks, then also with decimal commas (`csv_table`); columns may have other names, and boxes a size (`csv_columns`).
What is read otherwise than in our own tables is noted.

Traps:
    * There are no sizes in it: they come from the pictures, else they stay unknown.
    * Rows of an image need not stand together; its heads keep their order.
    * Columns of other names are passed over, and noted.
    * `x y` beside `w h` or `width height` are a corner, not a point, unless these must be the size of the picture.
    * A column of labels (`label`, `class`, `category`) says which rows are heads, see `categories`.

Memory: about 80 bytes a head while a plain file is read (ASCII, by comma, no quotes), 60 bytes a head afterwards; the
text of the file comes on top where it is gzipped or not plain, and 60 bytes a head more where it is not plain. The 1.73
million heads of GTA_Head (110 MB of text) take 0.35 GB at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from converters.files.labels.categories import choose_heads
from converters.files.labels.label_folder import from_one_file, label_file
from converters.files.labels.scene_names import SceneGrouping
from converters.files.numbers.gathered_columns import Columns, GatheredColumns
from converters.files.numbers.long_text import FileText, HeldText, ListText, is_long
from converters.files.numbers.number_text import NO_NUMBER, head_lines
from converters.files.pictures.picture_names import NameParts, PictureNames
from converters.files.pictures.picture_paths import check_distinct, kept_paths
from converters.files.pictures.pictures import ImageMode, place_picture
from converters.files.tables.csv_columns import BoxKind, HeadColumns, alone, head_columns, twice
from converters.files.tables.csv_scan import NotPlainError, ScannedBlock, scan_blocks
from converters.files.tables.csv_table import (
    HEADER_BYTES,
    SEPARATORS,
    Block,
    Table,
    blank_note,
    csv_field,
    decimal_note,
    flag_of,
    open_table,
    read_blocks,
    whole_of,
)
from converters.formats.csv_meanings import foreign_note, read_as, said, share_note
from converters.formats.format import Format, Writes
from converters.formats.options import NoOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, LabelDefect, Scene
from gta_head_tools.errors import DataFormatError, UnknownNameError
from gta_head_tools.files import own_name, read_unpacked
from gta_head_tools.geometry import centres, from_xywh
from gta_head_tools.whole_files import replacing

_COLUMNS = ("image", "x", "y", "x1", "y1", "x2", "y2", "score", "ignore", "track")
"""All columns, in the order in which we write them."""
_FILES = ("heads.csv", "heads.csv.gz")
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
        names: how much of a picture's name counts.
        category: labels that are heads, comma separated, where the table has a column of labels.
    """

    scenes: SceneGrouping = "auto"
    names: NameParts = "whole"
    category: str = ""


def detect(path: Path) -> bool:
    """True for a folder with `heads.csv`, and for a file whose first line names pictures and a point or a box."""
    if path.is_dir():
        return any((path / name).is_file() for name in _FILES)
    return _is_header(open_table(path, read_unpacked(path, 4096), _is_header).header)


def _is_header(header: Sequence[str]) -> bool:
    return head_columns(header).found


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a CSV file or folder.

    Raises:
        DataFormatError: a row is not what it should be.
        DatasetLayoutError: there is no `heads.csv` in the folder.
        UnknownNameError: heads of a category are asked for that is not there.
    """
    file = label_file(path, _FILES)
    table, pictures, columns, labels = _read_table(file, options)
    layout = _layout(table)
    columns, read_note = read_as(table, layout, columns)
    chosen, label_note, defects = _of_category(columns, labels, options.category, file)
    blanks = blank_note(table, layout.image)
    notes = (*read_note, *foreign_note(table, layout), *decimal_note(table), *blanks, *label_note)
    dataset = from_one_file(
        path,
        file,
        list(pictures),
        _as_heads(chosen),
        chosen.get("images", np.empty(0, dtype=np.int64)),
        scenes=options.scenes,
        scene_name=own_name(path).removesuffix(".gz").removesuffix(".csv"),
        notes=(*notes, *share_note(chosen, file.name)),
    )
    return dataset.with_defects(defects)


def _read_table(file: Path, options: ReadOptions) -> tuple[Table, dict[str, int], Columns, dict[str, int]]:
    """The table without its text, the number of each picture, the columns of all heads, the number of each label."""
    held = None if is_long(file) else read_unpacked(file)
    for in_parts in (True, False) if held is None else (False,):
        if not in_parts:
            held = read_unpacked(file) if held is None else held
        table = open_table(file, read_unpacked(file, HEADER_BYTES) if held is None else held, _is_header)
        text = FileText(file, 0, file.stat().st_size) if held is None else HeldText(memoryview(held))
        try:
            layout = _layout(table)
            return table, *_scanned(table, text, layout, PictureNames(file, options.names)), {}
        except (NotPlainError, DataFormatError):
            continue
    labels: dict[str, int] = {}
    layout = _layout(table)
    pictures, columns = _read_rows(table, layout, PictureNames(file, options.names), labels)
    if layout.image == 0:
        table.note_indented()
    return replace(table, text=b""), pictures, columns, labels


def _scanned(table: Table, text: ListText, layout: HeadColumns, names: PictureNames) -> tuple[dict[str, int], Columns]:
    """Number of each picture, and the columns of all heads, of a plain table.

    Raises:
        NotPlainError: it has to be read row by row.
        DataFormatError: the name of a picture is wrong; the message has no line.
    """
    if layout.label is not None or layout.image is None:
        raise NotPlainError
    numbers = [*(layout.point or ()), *(layout.box or ()), *([] if layout.score is None else [layout.score])]
    whole = [place for place in (layout.ignore, layout.track) if place is not None]
    pictures: dict[str, int] = {}
    gathered = GatheredColumns(len(text))
    for block in scan_blocks(table, text, layout.image, numbers, whole):
        of_run = [pictures.setdefault(names.path(table.bare(name)), len(pictures)) for name, _ in block.names]
        images = np.repeat(np.array(of_run, dtype=np.int64), [count for _, count in block.names])
        gathered.add(_heads({"images": images, **_parse(block, layout)}), block.end)
    return pictures, gathered.joined()


def _read_rows(
    table: Table, layout: HeadColumns, names: PictureNames, labels: dict[str, int]
) -> tuple[dict[str, int], Columns]:
    """The same of any table; a new label gets the next number."""
    pictures: dict[str, int] = {}
    spellings: dict[str, int] = {}
    parts: list[Columns] = []
    for block in read_blocks(table):
        columns = {"images": _pictures(block, layout, names, pictures, spellings), **_parse(block, layout)}
        if layout.label is not None:
            columns["labels"] = _numbered([text.strip() for text in block.columns[layout.label]], labels)
        parts.append(_heads(columns))
    names_of_columns = list(parts[0]) if parts else []
    return pictures, {name: np.concatenate([part.pop(name) for part in parts]) for name in names_of_columns}


def _heads(columns: Columns) -> Columns:
    """The rows that have a head."""
    heads = ~np.isnan(columns["points"][:, 0])
    return columns if heads.all() else {name: values[heads] for name, values in columns.items()}


def _layout(table: Table) -> HeadColumns:
    """The columns of a table.

    Raises:
        DataFormatError: they are not those of heads.
    """
    header, layout = table.header, head_columns(table.header)
    if not header:
        raise DataFormatError(
            table.path, f"the table is empty; expected a line of columns: {', '.join(_COLUMNS)}", line=1
        )
    shown = f"columns {list(header)} by {SEPARATORS[table.separator]}"
    expected = f"expected {', '.join(_COLUMNS)}, `image` at least"
    double, single = twice(header, layout), alone(header, layout)
    foreign = len(layout.used) < sum(map(bool, header))
    if double:
        raise DataFormatError(table.path, f"two columns {double!r} in {shown}; remove one of them", line=1)
    if single:
        raise DataFormatError(
            table.path, f"column {single!r} lacks those that belong to it in {shown}; {expected}", line=1
        )
    if layout.image is None or (foreign and not layout.found):
        raise DataFormatError(table.path, f"{shown} found, {expected}", line=1)
    return layout


def _pictures(
    block: Block, layout: HeadColumns, names: PictureNames, numbers: dict[str, int], spellings: dict[str, int]
) -> NDArray[np.int64]:
    """(rows,) the number of each row's image; a new name, however it is spelled, gets the next one."""
    assert layout.image is not None
    column = block.columns[layout.image]
    for row, name in enumerate(column):
        if name not in spellings:
            try:
                # The csv module takes blanks away before a name that is not quoted, and none within quotes.
                start = len(name) - len(name.lstrip()) if name.strip() else 0
                clean = names.path(name[:start] + block.table.bare(name[start:]))
            except DataFormatError as error:
                raise block.error(row, error.problem) from error
            spellings[name] = numbers.setdefault(clean, len(numbers))
    return np.array([spellings[name] for name in column], dtype=np.int64)


def _numbered(texts: Iterable[str], numbers: dict[str, int]) -> NDArray[np.int64]:
    """The number of each text; a new one gets the next."""
    return np.array([numbers.setdefault(text, len(numbers)) for text in texts], dtype=np.int64)


def _parse(block: Block | ScannedBlock, layout: HeadColumns) -> Columns:
    """The columns of a block; the points of rows without a head are NaN."""
    points = np.stack([block.numbers(place) for place in layout.point or (None, None)], axis=1)
    numbers = np.stack([block.numbers(place) for place in layout.box or (None,) * 4], axis=1)
    score = block.numbers(layout.score)
    flags = block.column(layout.ignore, flag_of, "0 or 1").astype(bool)
    ids = block.column(layout.track, whole_of, "a whole number").astype(np.int64)
    no_box, no_point = np.isnan(numbers), np.isnan(points)
    rest = ~np.isnan(score) | flags | (ids >= 0)
    block.refuse(
        no_point[:, 0] != no_point[:, 1],
        f"{said(block.table, layout.point, ' and ')} stand together; one of them is missing",
    )
    block.refuse(
        no_box.any(axis=1) & ~no_box.all(axis=1),
        f"{said(block.table, layout.box)} stand together; some of them are missing",
    )
    block.refuse(no_point[:, 0] & no_box.all(axis=1) & rest, "a head without a point and without a box")
    boxes = _corners(numbers, layout.kind)
    points = np.where(no_point, centres(boxes), points)
    return {"points": points, "boxes": boxes, "score": score, "ignore": flags, "ids": ids}


def _corners(numbers: NDArray[np.float64], kind: BoxKind) -> NDArray[np.float64]:
    """(N, 4) boxes x1 y1 x2 y2 of the numbers of a table."""
    if kind == "corners":
        return numbers
    start, size = numbers[:, :2], numbers[:, 2:]
    return np.hstack([start - size / 2, start + size / 2]) if kind == "middle" else from_xywh(numbers)


def _of_category(
    columns: Columns, labels: dict[str, int], wanted: str, file: Path
) -> tuple[Columns, tuple[str, ...], tuple[LabelDefect, ...]]:
    """The heads of the categories that are heads, what a user has to know about the choice, and what checks tell."""
    numbers = columns.pop("labels", None)
    if numbers is None:
        if wanted:
            raise UnknownNameError("category", wanted, ())
        return columns, (), ()
    counts = np.bincount(numbers, minlength=len(labels)).tolist()
    there = {(number, name): counts[number] for name, number in labels.items() if counts[number]}
    heads = choose_heads(there, wanted)
    kept = np.isin(numbers, [number for number, _ in heads.chosen])
    told = heads.note(there, source=file.name), heads.defects(there, file=file)
    return {name: values[kept] for name, values in columns.items()}, *told


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
    track = np.where(ids < 0, NO_NUMBER, ids)
    return head_lines(images, [*points.T, *boxes.T, score, ignore, track], decimals=_DECIMALS, source=source)


FORMAT = Format(
    holds=frozenset({"points", "boxes", "ids", "ignore", "score"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places, suffix=".csv"),
)
