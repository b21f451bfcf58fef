"""Text of numbers as float64, fast, and the line and the value of what is wrong in it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked

_LARGEST = 2**53
"""Above it a float64 no longer tells neighbouring integers apart."""
_FLOATS = msgspec.json.Decoder(list[float])


def finite(text: str) -> float:
    """The finite number that a text is; NaN where it is something else.

    >>> finite(" 1.5"), finite("1_000"), finite("inf")
    (1.5, nan, nan)
    """
    try:
        # float() takes underscores between digits, which no other program does.
        value = float(text.replace("_", "?"))
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def is_whole(text: str) -> bool:
    """True for a text of digits 0 to 9 alone; `str.isdecimal` also takes those of other scripts."""
    return text.isascii() and text.isdecimal()


@dataclass(frozen=True, slots=True)
class NumberTable:
    """Rows of finite numbers.

    Attributes:
        path: of the file.
        numbers: float64 (R, W).
        lines: the 1-based line of each row where that is not row + 1.
    """

    path: Path
    numbers: NDArray[np.float64]
    lines: tuple[int, ...] | None = None

    def error(self, row: int, problem: str) -> DataFormatError:
        """The error that names the line of that row."""
        return DataFormatError(self.path, problem, line=self.lines[row] if self.lines else row + 1)

    def whole(self, column: int, name: str) -> NDArray[np.int64]:
        """(R,) a column of whole numbers.

        Raises:
            DataFormatError: a number is not whole, or too large to be exact; the message has `name`.
        """
        values = self.numbers[:, column]
        wrong = np.flatnonzero((values != np.rint(values)) | (np.abs(values) > _LARGEST))
        if len(wrong):
            raise self.error(int(wrong[0]), f"{name} {values[wrong[0]]:g} is no whole number; correct the line")
        return values.astype(np.int64)


def read_table(path: Path, widths: range) -> NumberTable:
    """The rows of a file of numbers separated by commas.

    The whole text is parsed at once. Only a text that does not pass is parsed again line by line, which finds the line
    and value that are wrong, or accepts what is merely unusual: empty lines, numbers like `007` or `1.`.

    Args:
        path: of the file.
        widths: how many columns it may have; all lines have as many as the first one.

    Raises:
        DataFormatError: a line has another number of columns, or a value is not a finite number.
    """
    text = read_unpacked(path).replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip()
    if not text:
        return NumberTable(path, np.empty((0, widths[0])))
    width = text.partition(b"\n")[0].count(b",") + 1
    numbers = _parse_at_once(text, width) if width in widths else None
    return NumberTable(path, numbers) if numbers is not None else _parse_by_line(text, path, widths)


def _parse_at_once(text: bytes, width: int) -> NDArray[np.float64] | None:
    characters = np.frombuffer(text, dtype=np.uint8)
    ends = np.append(characters[(characters == ord(",")) | (characters == ord("\n"))], np.uint8(ord("\n")))
    if len(ends) % width:
        return None
    by_line = ends.reshape(-1, width)
    if not (np.all(by_line[:, :-1] == ord(",")) and np.all(by_line[:, -1] == ord("\n"))):
        return None
    try:
        return np.array(_FLOATS.decode(b"[" + text.replace(b"\n", b",") + b"]")).reshape(-1, width)
    except msgspec.DecodeError:
        return None


def _parse_by_line(text: bytes, path: Path, widths: range) -> NumberTable:
    rows: list[list[float]] = []
    lines: list[int] = []
    wanted = f"{widths[0]} to {widths[-1]}" if len(widths) > 1 else str(widths[0])
    for line, row in enumerate(text.split(b"\n"), start=1):
        if not row.strip():
            continue
        fields = row.decode("utf-8", errors="replace").split(",")
        if len(fields) not in widths:
            shown = ",".join(fields)[:60]
            raise DataFormatError(path, f"{len(fields)} columns in {shown!r}, expected {wanted}, by comma", line=line)
        widths, wanted = range(len(fields), len(fields) + 1), f"{len(fields)} as in the lines before"
        rows.append([finite(field) for field in fields])
        wrong = next((field for field, value in zip(fields, rows[-1], strict=True) if math.isnan(value)), None)
        if wrong is not None:
            raise DataFormatError(path, f"{wrong.strip()!r} is no finite number; correct the line", line=line)
        lines.append(line)
    return NumberTable(path, np.array(rows), tuple(lines))


@contextmanager
def strict_text() -> Iterator[None]:
    """Within it numpy refuses text that is no number; older versions only warn, and leave out the rest of the text."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        yield


def numbers_between_blanks(text: bytes) -> NDArray[np.float64]:
    """The numbers of a text that are separated by blanks; not all are finite where a word is not a finite number.

    To be called within `strict_text`, which takes too long to be entered for every line of a file.
    """
    if not text:
        return np.empty(0)
    # Whole numbers, as in most files, are parsed ten times faster; what may have overflowed is parsed again.
    for kind in (np.int64, np.float64):
        try:
            values = np.fromstring(text, dtype=kind, sep=" ")
        except (ValueError, DeprecationWarning):
            continue
        if kind is np.float64 or -_LARGEST < values.min(initial=0) <= values.max(initial=0) < _LARGEST:
            return values.astype(np.float64)
    return np.array([np.nan])


def odd_word(text: bytes) -> str:
    """The first word of a text that is not a finite number."""
    return next((word for word in text.decode(errors="replace").split() if math.isnan(finite(word))), "a blank")
