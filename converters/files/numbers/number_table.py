"""Text of numbers as float64, fast, and the line and the value of what is wrong in it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from gta_head_tools.errors import DataFormatError
from gta_head_tools.worth_compiling import worth_compiling

Numbers = NDArray[np.float64]
_LARGEST = 2**53
"""Above it a float64 no longer tells neighbouring integers apart."""
_INTEGERS = range(-(2**63), 2**63)
"""What an int64 holds."""
_FLOATS = msgspec.json.Decoder(list[float])
_ONE_LINE = bytes.maketrans(b"\n", b",")


def finite(text: str) -> float:
    """The finite number that a text is; NaN where it is something else.

    >>> finite(" 1.5"), finite("1_000"), finite("inf"), finite("1\u0663")
    (1.5, nan, nan, nan)
    """
    try:
        # float() takes underscores between digits and digits of other scripts, which no other program does.
        value = float(text.replace("_", "?")) if text.strip().isascii() else math.nan
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def finite_numbers(texts: Sequence[str | None]) -> Numbers:
    """The finite numbers (N,) that texts are; NaN where one is something else, or None. Faster than one by one.

    >>> finite_numbers(["1.5", None, "1e999"])
    array([1.5, nan, nan])
    """
    try:
        whole = "".join(texts)  # type: ignore[arg-type]  # None raises the TypeError below.
        if whole.isascii() and "_" not in whole:
            values = np.array(list(map(float, texts)), dtype=np.float64)  # type: ignore[arg-type]  # As above.
            if np.isfinite(values).all():
                return values
    except (TypeError, ValueError):
        pass
    return np.array([finite(text or "") for text in texts], dtype=np.float64)


def is_whole(text: str) -> bool:
    """True for a text of digits 0 to 9 alone; `str.isdecimal` also takes those of other scripts."""
    return text.isascii() and text.isdecimal()


@dataclass(frozen=True, slots=True)
class NumberTable:
    """Rows of finite numbers.

    Attributes:
        path: of the file.
        numbers: float64 (R, W).
        text: the rows, by comma.
        lines: the 1-based line of each row where that is not row + 1.
    """

    path: Path
    numbers: Numbers
    text: bytes = b""
    lines: Sequence[int] | None = None

    def error(self, row: int, problem: str) -> DataFormatError:
        """The error that names the line of that row."""
        return DataFormatError(self.path, problem, line=self.lines[row] if self.lines else row + 1)

    def whole(self, column: int, name: str) -> NDArray[np.int64]:
        """(R,) a column of whole numbers, exact also where a float64 is not.

        Raises:
            DataFormatError: a number is not whole, or too large for an int64; the message has `name`.
        """
        values = np.ascontiguousarray(self.numbers[:, column])
        wrong = np.flatnonzero(values != np.rint(values))
        if len(wrong):
            raise self.error(int(wrong[0]), f"{name} {values[wrong[0]]:g} is no whole number; correct the line")
        if np.all(np.abs(values) <= _LARGEST):
            return values.astype(np.int64)
        texts = (row.split(b",")[column].decode() for row in self.text.split(b"\n") if row.strip())
        exact = np.empty(len(values), dtype=np.int64)
        for row, text in enumerate(texts):
            number = int(Decimal(text))
            if number not in _INTEGERS:
                raise self.error(row, f"{name} {text.strip()} is too large; the largest is {_INTEGERS[-1]}")
            exact[row] = number
        return exact


_SAVED = 2e-8
"""Seconds that compiled code saves for each byte."""
_OF_NUMBERS = b"0123456789.-+eE"
"""Characters of numbers; what else is in a text of plain rows are its separators."""


def parse_rows(path: Path, text: bytes, widths: range, *, above: int = 0, separator: str = "comma") -> NumberTable:
    """The numbers of rows by comma.

    The whole text is parsed at once. Only a text that does not pass is parsed again line by line, which finds the line
    and value that are wrong, or accepts what is merely unusual: empty lines, numbers like `007` or `1.`.

    Args:
        path: of the file, for messages.
        text: the rows, each with a newline.
        widths: how many columns there may be; all rows have as many as the first one.
        above: lines of the file before the text.
        separator: what the file has between numbers, for messages.

    Raises:
        DataFormatError: a line has another number of columns, or a value is not a finite number.
    """
    if not text:
        return NumberTable(path, np.empty((0, widths[0])))
    width = text.partition(b"\n")[0].count(b",") + 1
    numbers = parse_at_once(text, width) if width in widths else None
    if numbers is None:
        return _parse_by_line(text, path, widths, above, separator)
    return NumberTable(path, numbers, text, range(above + 1, above + 1 + len(numbers)) if above else None)


def compiled_parse(text: bytes, width: int, columns: Sequence[int] | None = None) -> Numbers | None:
    """The numbers of rows by comma, or of some columns; None where compiled code does not pay, or they are odd."""
    if not worth_compiling("converters.files.numbers.compiled_scan", len(text) * _SAVED):
        return None
    from converters.files.numbers.compiled_scan import scan_rows

    return scan_rows(text, width, columns)


def parse_at_once(text: bytes, width: int) -> Numbers | None:
    """(R, W) the numbers of plain rows by comma, each with a newline; None where not all are plain."""
    if (numbers := compiled_parse(text, width)) is not None:
        return numbers
    separators = text.translate(None, delete=_OF_NUMBERS)
    if separators != (b"," * (width - 1) + b"\n") * (len(separators) // width):
        return None
    try:
        values = _FLOATS.decode(b"[" + text[:-1].translate(_ONE_LINE) + b"]")
        return np.fromiter(values, dtype=np.float64, count=len(values)).reshape(-1, width)
    except msgspec.DecodeError:
        return None


def _parse_by_line(text: bytes, path: Path, widths: range, above: int, separator: str) -> NumberTable:
    rows: list[list[float]] = []
    lines: list[int] = []
    for line, row in enumerate(text.split(b"\n"), start=above + 1):
        if not row.strip():
            continue
        fields = row.decode().split(",")
        if len(fields) > 1 and len(fields) - 1 in widths and not fields[-1].strip():
            fields.pop()  # A comma at the end of a line begins no column.
        values = [finite(field) for field in fields]
        problem = _problem(fields, values, widths, separator, first=not rows)
        if problem:
            raise DataFormatError(path, problem, line=line)
        widths = range(len(fields), len(fields) + 1)
        rows.append(values)
        lines.append(line)
    return NumberTable(path, np.array(rows), text, tuple(lines))


def _problem(fields: Sequence[str], values: Sequence[float], widths: range, separator: str, *, first: bool) -> str:
    """What is wrong with a line, in words for the user; empty where nothing is."""
    shown = ",".join(fields)[:60]
    wanted = f"{widths[0]} to {widths[-1]}" if len(widths) > 1 else str(widths[0])
    if first and all(map(math.isnan, values)):
        return f"{shown!r} found, expected {wanted} numbers, by comma, semicolon, tab or blank; correct the line"
    if len(fields) not in widths:
        told = wanted if first else f"{wanted} as in the lines before"
        return f"{len(fields)} columns in {shown!r}, expected {told}, by {separator}"
    place = next((place for place, value in enumerate(values) if math.isnan(value)), None)
    if place is None:
        return ""
    if not fields[place].strip():
        return f"column {place + 1} is empty in {shown!r}; fill it in"
    return f"{fields[place].strip()!r} is no finite number; correct column {place + 1}"


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
