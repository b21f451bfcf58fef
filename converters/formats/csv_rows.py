"""Rows of our CSV as columns of heads: a block of rows at a time, column by column."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import inside, read_unpacked
from gta_head_tools.geometry import centres

COLUMNS = ("image", "x", "y", "x1", "y1", "x2", "y2", "score", "ignore", "track")
"""All columns, in the order in which we write them."""

_BLOCK = 1 << 14
"""Rows parsed at once."""
_FLAGS = {"": False, "0": False, "false": False, "1": True, "true": True}

_DECODER = msgspec.json.Decoder(list[float | None])

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of a file.

    Attributes:
        heads: in the order of the file.
        images: (N,) number of each head's image.
        names: of the images, in order of first appearance.
        notes: what was passed over.
    """

    heads: ImageAnnotations
    images: NDArray[np.int64]
    names: list[str]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """Some rows of a file, as texts by column."""

    path: Path
    text: bytes
    first: int
    fields: dict[str, Sequence[str]]

    def error(self, row: int, problem: str) -> DataFormatError:
        """The error that names the line of a row of this block."""
        reader = csv.reader(io.StringIO(self.text.decode(errors="replace"), newline=""))
        rows = (reader.line_num for fields in reader if fields)
        return DataFormatError(self.path, problem, line=next(islice(rows, self.first + row, None), None))


def field(text: str) -> str:
    r"""A text as one CSV field.

    >>> field('a,b')
    '"a,b"'
    """
    # The csv module leaves a lone carriage return unquoted when lines end otherwise, and then cannot read it.
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text


def header_fields(text: bytes) -> list[str]:
    """Names in the first line of a text."""
    lines = text.decode(errors="replace").splitlines()
    return [field.strip() for field in next(csv.reader(lines[:1]), [])]


def read_table(path: Path) -> Table:
    """All rows of a file.

    Raises:
        DataFormatError: it is no UTF-8, has no column `image`, or a row is not what it should be.
    """
    text = read_unpacked(path)
    header = header_fields(text.partition(b"\n")[0])
    if "image" not in header or any(header.count(name) > 1 for name in COLUMNS):
        raise DataFormatError(path, f"columns {header} found, expected {', '.join(COLUMNS)}, `image` at least", line=1)
    numbers: dict[str, int] = {}
    spellings: dict[str, int] = {}
    parts: list[Columns] = []
    for block in _blocks(path, text, header):
        columns = {"images": _image_numbers(block, numbers, spellings), **_parse(block)}
        heads = ~np.isnan(columns["points"][:, 0])
        parts.append({name: values[heads] for name, values in columns.items()})
    columns = {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])} if parts else {}
    foreign = [name for name in header if name not in COLUMNS]
    notes = (f"{path.name}: passed over columns {', '.join(map(repr, foreign))}",) if foreign else ()
    return Table(_as_heads(columns), columns.get("images", np.empty(0, dtype=np.int64)), list(numbers), notes)


def _blocks(path: Path, text: bytes, header: Sequence[str]) -> Iterator[_Block]:
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline=""), strict=True)
    rows = (row for row in reader if row)
    first = 1
    try:
        next(rows, None)
        while block := list(islice(rows, _BLOCK)):
            wrong = next((place for place, row in enumerate(block) if len(row) != len(header)), None)
            columns = [] if wrong is not None else list(zip(*block, strict=True))
            part = _Block(path, text, first, dict(zip(header, columns, strict=False)))
            if wrong is not None:
                raise part.error(wrong, f"{len(block[wrong])} fields, expected {len(header)} as in the first line")
            yield part
            first += len(block)
    except csv.Error as error:
        raise DataFormatError(path, f"no CSV ({error}); correct the line", line=reader.line_num) from error
    except UnicodeDecodeError as error:
        line = reader.line_num + 1
        raise DataFormatError(path, "no UTF-8 text; save the file again as UTF-8", line=line) from error


def _image_numbers(block: _Block, numbers: dict[str, int], spellings: dict[str, int]) -> NDArray[np.int64]:
    """(rows,) the number of each row's image; a new name, however it is spelled, gets the next one."""
    for row, name in enumerate(block.fields["image"]):
        if name not in spellings:
            try:
                clean = inside(name.strip(), path=block.path)
            except DataFormatError as error:
                raise block.error(row, error.problem) from error
            spellings[name] = numbers.setdefault(clean, len(numbers))
    return np.array([spellings[name] for name in block.fields["image"]], dtype=np.int64)


def _parse(block: _Block) -> Columns:
    """The columns of a block; the points of rows without a head are NaN."""
    values = {name: _numbers(block, name) for name in COLUMNS[1:8]}
    points = np.stack([values["x"], values["y"]], axis=1)
    boxes = np.stack([values[name] for name in ("x1", "y1", "x2", "y2")], axis=1)
    no_box = np.isnan(boxes)
    flags = _column(block, "ignore", _flag, "0 or 1").astype(bool)
    ids = _column(block, "track", _track, "a whole number").astype(np.int64)
    rest = ~np.isnan(values["score"]) | flags | (ids >= 0)
    _refuse(block, np.isnan(points[:, 0]) != np.isnan(points[:, 1]), "x and y stand together; one of them is missing")
    _refuse(block, no_box.any(axis=1) & ~no_box.all(axis=1), "x1 y1 x2 y2 stand together; some of them are missing")
    _refuse(block, np.isnan(points[:, 0]) & no_box.all(axis=1) & rest, "a head without a point and without a box")
    points = np.where(np.isnan(points), centres(boxes), points)
    return {"points": points, "boxes": boxes, "score": values["score"], "ignore": flags, "ids": ids}


def _numbers(block: _Block, name: str) -> NDArray[np.float64]:
    """(rows,) a column of numbers; NaN where it is empty or missing."""
    texts = block.fields.get(name)
    if texts is None:
        return np.full(len(block.fields["image"]), np.nan)
    try:
        # As one JSON list: four times faster than field by field, and what passes is a finite number or empty.
        values = _DECODER.decode("[" + ",".join([text or "null" for text in texts]) + "]")
    except msgspec.DecodeError:
        values = []
    if len(values) != len(texts) or "null" in texts:
        return _column(block, name, _number, "a finite number").astype(np.float64)
    return np.array(values, dtype=np.float64)


def _column(block: _Block, name: str, parse: Callable[[str], float], expected: str) -> NDArray[Any]:
    """(rows,) a column, every field through `parse`; a missing column is one of empty fields."""
    texts = block.fields.get(name) or [""] * len(block.fields["image"])
    values = []
    for row, text in enumerate(texts):
        try:
            values.append(parse(text))
        except ValueError as error:
            raise block.error(row, f"{name} {text!r} is not {expected}; correct it, or leave it empty") from error
    return np.array(values)


def _number(text: str) -> float:
    value = float(text.replace("_", "?")) if text.strip() else np.nan
    if text.strip() and not np.isfinite(value):
        raise ValueError(text)
    return value


def _track(text: str) -> int:
    number = int(text.replace("_", "?")) if text.strip() else -1
    if abs(number) > 2**62:
        raise ValueError(text)
    return number


def _flag(text: str) -> bool:
    if text in {"0", ""}:
        return False
    word = text.strip().lower()
    if word not in _FLAGS:
        raise ValueError(text)
    return _FLAGS[word]


def _refuse(block: _Block, wrong: NDArray[np.bool_] | np.bool_, problem: str) -> None:
    if wrong.any():
        raise block.error(int(np.argmax(wrong)), f"{problem}; correct the row")


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
