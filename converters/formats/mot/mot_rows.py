"""Rows of MOTChallenge text (`gt.txt`) as columns of heads, and back.

Reading is one flat numeric parse of the whole file; only a file that does not pass it is read again line by line, to
say which line and value is wrong (or to accept what is merely unusual: empty lines, numbers like `007` or `1.`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from converters.files.number_text import head_lines
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked
from gta_head_tools.geometry import centres, from_xywh, to_xywh

IGNORED_CLASS = 3
"""Class "ignore" of the 9-column form (HT21)."""
_NUMBERS = msgspec.json.Decoder(list[float])


@dataclass(frozen=True, slots=True)
class Rows:
    """A file's numbers (R, 6 to 10), and the 1-based line of each row where that is not row + 1."""

    path: Path
    table: NDArray[np.float64]
    lines: tuple[int, ...] | None = None

    def error(self, row: int, problem: str) -> DataFormatError:
        """The error that names the line of that row."""
        return DataFormatError(self.path, problem, line=self.lines[row] if self.lines else row + 1)


def read_rows(path: Path) -> Rows:
    """All numbers of a file.

    Raises:
        DataFormatError: a line has another number of columns than 6 to 10 or than the first one, or no finite numbers.
    """
    text = read_unpacked(path).replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip()
    if not text:
        return Rows(path, np.empty((0, 6)))
    width = text.partition(b"\n")[0].count(b",") + 1
    table = _parse_at_once(text, width) if 6 <= width <= 10 else None
    return Rows(path, table) if table is not None else _parse_by_line(text, path)


def _parse_at_once(text: bytes, width: int) -> NDArray[np.float64] | None:
    characters = np.frombuffer(text, dtype=np.uint8)
    ends = np.append(characters[(characters == ord(",")) | (characters == ord("\n"))], np.uint8(ord("\n")))
    if len(ends) % width:
        return None
    by_line = ends.reshape(-1, width)
    if not (np.all(by_line[:, :-1] == ord(",")) and np.all(by_line[:, -1] == ord("\n"))):
        return None
    try:
        return np.array(_NUMBERS.decode(b"[" + text.replace(b"\n", b",") + b"]")).reshape(-1, width)
    except msgspec.DecodeError:
        return None


def _parse_by_line(text: bytes, path: Path) -> Rows:
    rows: list[list[float]] = []
    lines: list[int] = []
    for line, row in enumerate(text.split(b"\n"), start=1):
        if not row.strip():
            continue
        fields = row.decode("utf-8", errors="replace").split(",")
        expected = range(len(rows[0]), len(rows[0]) + 1) if rows else range(6, 11)
        if len(fields) not in expected:
            wanted = f"{len(rows[0])} as in the lines before" if rows else "6 to 10"
            raise DataFormatError(
                path, f"{len(fields)} columns in {','.join(fields)[:60]!r}, expected {wanted}, by comma", line=line
            )
        rows.append([_number(field, path, line) for field in fields])
        lines.append(line)
    return Rows(path, np.array(rows), tuple(lines))


def _number(field: str, path: Path, line: int) -> float:
    try:
        value = float(field.replace("_", "?"))
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise DataFormatError(path, f"{field.strip()!r} is no finite number; correct the line", line=line)
    return value


def to_heads(rows: Rows, origin: int) -> ImageAnnotations:
    """The heads of all frames, in the order of the file.

    Args:
        rows: of the file.
        origin: what the left and top border of a picture are called in it, 1 or 0.

    Raises:
        DataFormatError: an id that is no whole number.
    """
    table = rows.table
    ids = _whole(rows, 1, "track id")
    xywh = table[:, 2:6] - np.array([origin, origin, 0, 0])
    boxes = from_xywh(xywh)
    ignore, extra = _flags(table)
    return ImageAnnotations(ImageInfo(""), centres(boxes), boxes=boxes, ids=ids, ignore=ignore, extra=extra)


def frames_of(rows: Rows, last: int | None) -> NDArray[np.int64]:
    """(R,) the 1-based frame of each row.

    Raises:
        DataFormatError: a frame that is no whole number, below 1 or beyond `last`.
    """
    frames = _whole(rows, 0, "frame")
    wrong = np.flatnonzero((frames < 1) | (frames > (np.inf if last is None else last)))
    if len(wrong):
        until = "" if last is None else f", and the sequence ends at {last}"
        raise rows.error(int(wrong[0]), f"frame {frames[wrong[0]]} does not exist: frames count from 1{until}")
    return frames


def _whole(rows: Rows, column: int, name: str) -> NDArray[np.int64]:
    values = rows.table[:, column]
    wrong = np.flatnonzero((values != np.rint(values)) | (np.abs(values) > 2**53))
    if len(wrong):
        raise rows.error(int(wrong[0]), f"{name} {values[wrong[0]]:g} is no whole number; correct the line")
    return values.astype(np.int64)


def _flags(table: NDArray[np.float64]) -> tuple[NDArray[np.bool_], dict[str, NDArray[np.float64]]]:
    """What the columns from the seventh on say: ignored heads, and class, visibility and score where they say more."""
    count, width = table.shape
    ignore = np.zeros(count, dtype=bool)
    extra: dict[str, NDArray[np.float64]] = {}
    if width >= 7:
        ignore = table[:, 6] == 0
        if not np.isin(table[:, 6], (-1, 0, 1)).all():
            extra["score"] = table[:, 6]
    if width in (8, 9):
        ignore = ignore | (table[:, 7] == IGNORED_CLASS)
        if not (table[:, 7] == 1).all():
            extra["class"] = table[:, 7]
    if width == 9 and not (table[:, 8] == 1).all():
        extra["visibility"] = np.where(table[:, 8] < 0, np.nan, table[:, 8])
    return ignore, extra


def to_text(frames: Sequence[ImageAnnotations], origin: int, *, source: Path) -> bytes:
    """The 9-column text of a sequence whose frames count from 1.

    Args:
        frames: all heads have boxes.
        origin: what to call the left and top border of a picture, 1 or 0.
        source: of the data set, for messages.

    Raises:
        DataFormatError: a number is too large to be written.
    """
    if not frames:
        return b""
    xywh = to_xywh(np.concatenate([image.boxes for image in frames])) + np.array([origin, origin, 0, 0])
    numbers = np.repeat(np.arange(1, len(frames) + 1), [len(image) for image in frames])
    ids = np.maximum(np.concatenate([image.ids for image in frames]), -1)
    flags = 1 - np.concatenate([image.ignore for image in frames]).astype(np.int64)
    classes, visibility = (_known(frames, name) for name in ("class", "visibility"))
    columns = [numbers, ids, *xywh.T, flags, classes, visibility]
    return head_lines(frames, columns, decimals=3, source=source)


def _known(frames: Sequence[ImageAnnotations], name: str) -> NDArray[np.float64]:
    """An extra column of all frames; 1 where it is unknown."""
    parts = [np.asarray(image.extra.get(name, np.ones(len(image))), dtype=np.float64) for image in frames]
    values = np.concatenate(parts)
    return np.where(np.isnan(values), 1.0, values)
