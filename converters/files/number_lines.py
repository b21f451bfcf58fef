"""Rows of numbers as programs save them, made rows by comma: blanks, tabs, semicolons, a header, a comma at the end."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converters.files.number_table import Numbers, NumberTable, finite, parse_rows
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked

_SEPARATORS = {b",": "comma", b";": "semicolon", b"\t": "tab", b" ": "blank"}
"""Tried in this order; where it is not the comma, a comma is taken as the decimal sign."""
_DIGITS = 8
"""Most characters of a value whose distinct texts are found without parsing: those of one 64-bit word."""
_ROWS = 1 << 16
"""Rows whose values are looked at together: bounds the memory."""

Counts = NDArray[np.int64]
Header = Callable[[Sequence[str]], str | None]
"""Of the words of a first line, in lower case: empty for the names of the columns, what is wrong for those of others,
and None where the words name no columns."""


@dataclass(frozen=True, slots=True)
class NumberLines:
    """Rows of numbers that are not parsed yet.

    Attributes:
        path: of the file.
        text: the rows, by comma.
        widths: how many columns there may be; one number where the first row tells.
        above: lines of the file before them.
        separator: what the file has between numbers, for messages.
    """

    path: Path
    text: bytes
    widths: range
    above: int = 0
    separator: str = "comma"

    def table(self) -> NumberTable:
        """The numbers.

        Raises:
            DataFormatError: a row has another number of columns, or a value is not a finite number.
        """
        return parse_rows(self.path, self.text, self.widths, above=self.above, separator=self.separator)

    def distinct(self, columns: Sequence[int]) -> list[tuple[Numbers, Counts]]:
        """For each column its different numbers (D,), sorted, and how often each is there (D,).

        Raises:
            DataFormatError: a row has another number of columns, or a value is not a finite number.
        """
        found = _distinct_texts(self.text, columns, self.widths[0]) if self.text and len(self.widths) == 1 else None
        if found is None:
            numbers = self.table().numbers
            return [np.unique(numbers[:, column], return_counts=True) for column in columns]
        return [_by_number(texts) for texts in found]


def read_lines(path: Path, widths: range, header: Header) -> NumberLines:
    """The rows of a file of numbers, by comma, semicolon, tab or blanks.

    Args:
        path: of the file.
        widths: how many columns it may have; all rows have as many as the first one.
        header: tells whether the first line names the columns.

    Raises:
        DataFormatError: the first line names other columns, or the file is no text.
    """
    text = read_unpacked(path).replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip()
    return rows_by_comma(path, text, widths, header)


def rows_by_comma(path: Path, text: bytes, widths: range, header: Header) -> NumberLines:
    """`read_lines` of a text whose lines end with a newline."""
    above = 0
    first, below = _first_line(text)
    problem = header(
        [name.strip(" \t\"'").lower() for name in re.split(r"[,;\t ]+", first.decode(errors="replace").strip("# \t"))]
    )
    if problem is not None:
        above = text[: len(text) - len(below)].count(b"\n") if below else text.count(b"\n") + 1
        if problem:
            raise DataFormatError(path, problem, line=above)
        text = below
        first, _ = _first_line(text)
    separator = next((each for each in _SEPARATORS if _numbers(first, each) in widths), b",")
    if separator != b",":
        text, first = (_by_comma(part, separator) for part in (text, first))
    if first.rstrip().endswith(b","):
        text, first = (re.sub(rb"(,[ \t]*)+$", b"", part, flags=re.MULTILINE) for part in (text, first))
    width = first.count(b",") + 1
    known = range(width, width + 1) if width in widths else widths
    return NumberLines(path, text, known, above, _SEPARATORS[separator])


def _first_line(text: bytes) -> tuple[bytes, bytes]:
    """The first line that is not empty, and the text below it."""
    rest = text.lstrip()
    start = text.rfind(b"\n", 0, len(text) - len(rest)) + 1
    line, _, below = text[start:].partition(b"\n")
    return line, below


def _numbers(line: bytes, separator: bytes) -> int:
    """How many numbers a line has between separators, empty columns at its end left out; 0 where one is no number."""
    fields = line.split() if separator == b" " else line.split(separator)
    texts = [field.decode(errors="replace").strip() for field in fields]
    while texts and not texts[-1]:
        texts.pop()
    if separator != b",":
        texts = [text.replace(",", ".") for text in texts]
    return 0 if any(math.isnan(finite(text)) for text in texts) else len(texts)


def _by_comma(text: bytes, separator: bytes) -> bytes:
    text = text.replace(b",", b".")
    if separator != b" ":
        return text.replace(separator, b",")
    bare = re.sub(rb"^[ \t]+|[ \t]+$", b"", text, flags=re.MULTILINE)
    return re.sub(rb"[ \t]+", b",", bare)


def _by_number(texts: Mapping[str, int]) -> tuple[Numbers, Counts]:
    """Different numbers and how often they are there; texts of one number, such as 1 and 1.0, together."""
    counts: Counter[float] = Counter()
    for text, count in texts.items():
        counts[finite(text)] += count
    numbers = sorted(counts)
    return np.array(numbers, dtype=np.float64), np.array([counts[number] for number in numbers], dtype=np.int64)


def _distinct_texts(text: bytes, columns: Sequence[int], width: int) -> list[Counter[str]] | None:
    """The different texts of columns, with their numbers; None where not all rows are short numbers by comma."""
    characters = np.frombuffer(text + b"\n", dtype=np.uint8)
    ends = np.flatnonzero((characters == ord(",")) | (characters == ord("\n")))
    lines = ends[width - 1 :: width]
    if len(ends) % width or np.count_nonzero(characters == ord("\n")) != len(lines):
        return None
    if not np.all(characters[lines] == ord("\n")):
        return None
    found = []
    for column in columns:
        last = ends[column::width]
        first = ends[column - 1 :: width] + 1 if column else np.append(0, lines[:-1] + 1)
        if (last - first).max() > _DIGITS:
            return None
        counts: Counter[str] = Counter()
        for start in range(0, len(first), _ROWS):
            counts.update(_words(characters, first[start : start + _ROWS], last[start : start + _ROWS]))
        if any(math.isnan(finite(word)) for word in counts):
            return None
        found.append(counts)
    return found


def _words(characters: NDArray[np.uint8], first: NDArray[np.intp], last: NDArray[np.intp]) -> dict[str, int]:
    """How often each text between `first` and `last` (R,) is there; a text has at most `_DIGITS` characters."""
    places = first[:, None] + np.arange(_DIGITS)
    # The characters of a text become the bytes of one number, because numbers are sorted faster than texts.
    letters = np.where(places < last[:, None], characters.take(places, mode="clip"), 0).astype(np.uint8)
    words, counts = np.unique(letters.view(np.uint64).reshape(-1), return_counts=True)
    texts = [word.tobytes().rstrip(b"\0").decode(errors="replace") for word in words]
    return dict(zip(texts, counts.tolist(), strict=True))
