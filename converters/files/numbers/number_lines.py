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

from converters.files.numbers.number_table import Numbers, NumberTable, compiled_parse, finite, parse_rows
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked

_SEPARATORS = {b",": "comma", b";": "semicolon", b"\t": "tab", b" ": "blank"}
"""Tried in this order; where it is not the comma, a comma is taken as the decimal sign."""
_EMPTY = re.compile(rb"\t *\t")
"""Between tabs, a missing number; blanks alone may stand in any number between two."""
_BLANK_LINES = re.compile(rb"(?m)^[ \t]+$")
_THOUSANDS = re.compile(rb"(?<!\d)\d{1,3},\d{3}(?!\d)")
_DIGITS = 8
"""Most characters of a value whose distinct texts are found without parsing: those of one 64-bit word."""
_BLOCK = 1 << 20
"""Characters that are looked at together: bounds the memory, and keeps the arrays in the cache."""

Counts = NDArray[np.int64]
Header = Callable[[Sequence[str]], str | None]
"""Of the words of a first line, in lower case: empty for the names of the columns, what is wrong for those of others,
and None where the words name no columns."""


@dataclass(frozen=True, slots=True)
class NumberLines:
    """Rows of numbers that are not parsed yet.

    Attributes:
        path: of the file.
        text: the rows, by comma, each with a newline.
        widths: how many columns there may be; one number where the first row tells.
        above: lines of the file before them.
        separator: what the file has between numbers, for messages.
        thousands: the first number with a comma that is taken as the decimal sign and may stand for thousands.
    """

    path: Path
    text: bytes
    widths: range
    above: int = 0
    separator: str = "comma"
    thousands: str = ""

    def table(self) -> NumberTable:
        """The numbers.

        Raises:
            DataFormatError: a row has another number of columns, or a value is not a finite number.
        """
        return parse_rows(self.path, self.text, self.widths, above=self.above, separator=self.separator)

    def distinct(self, columns: Sequence[int]) -> list[tuple[Numbers, Counts]]:
        """For each column its different numbers (D,), sorted, and how often each is there (D,).

        Args:
            columns: in rising order.

        Raises:
            DataFormatError: a row has another number of columns, or a value is not a finite number.
        """
        plain = len(self.text) > 0 and len(self.widths) == 1
        numbers = compiled_parse(self.text, self.widths[0], columns) if plain else None
        found = _distinct_texts(self.text, columns, self.widths[0]) if plain and numbers is None else None
        if found is not None:
            return [_by_number(texts) for texts in found]
        if numbers is None:
            numbers = self.table().numbers[:, list(columns)]
        return [np.unique(values, return_counts=True) for values in numbers.T]


def read_lines(path: Path, widths: range, header: Header) -> NumberLines:
    """The rows of a file of numbers, by comma, semicolon, tab or blanks.

    Args:
        path: of the file.
        widths: how many columns it may have; all rows have as many as the first one.
        header: tells whether the first line names the columns.

    Raises:
        DataFormatError: the first line names other columns, or the file is no text.
    """
    text = read_unpacked(path)
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return rows_by_comma(path, text, widths, header)


def rows_by_comma(path: Path, text: bytes, widths: range, header: Header) -> NumberLines:
    """`read_lines` of a text with a newline between two lines."""
    above = 0
    text = _ended(text)
    first, end = _first_line(text)
    words = re.split(r"[,;\t ]+", first.decode(errors="replace").strip("# \t,;").lower())
    problem = header([word.strip("\"'") for word in words])
    if problem is not None:
        above = text[:end].count(b"\n") + 1
        if problem:
            raise DataFormatError(path, problem, line=above)
        text = text[end + 1 :]
        first, _ = _first_line(text)
    separator = _separator(first, widths)
    example = _THOUSANDS.search(text) if separator != b"," else None
    if separator != b",":
        text, first = (_by_comma(part, separator) for part in (text, first))
    if first.rstrip().endswith(b",") and first.strip(b", \t"):
        text, first = (re.sub(rb"(,[ \t]*)+$", b"", part, flags=re.MULTILINE) for part in (text, first))
    width = first.count(b",") + 1
    known = range(width, width + 1) if width in widths else widths
    return NumberLines(path, text, known, above, _SEPARATORS[separator], example[0].decode() if example else "")


def _ended(text: bytes) -> bytes:
    """The lines, each with a newline, without empty ones at the end; a text that is like that is not copied."""
    if text[-1:] == b"\n" and text[-2:].strip():
        return text
    text = text.rstrip()
    return text + b"\n" if text else text


def _separator(line: bytes, widths: range) -> bytes:
    """What stands between the numbers of a line; where some are missing, what would give the right number of them."""
    for each in _SEPARATORS:
        if _numbers(line, each) in widths:
            return each
    return next((each for each in (b",", b";", b"\t") if line.count(each) + 1 in widths), b",")


def _first_line(text: bytes) -> tuple[bytes, int]:
    """The first line that is not empty, and where it ends."""
    filled = re.search(rb"[^\n]*\S[^\n]*", text)
    return (filled[0], filled.end()) if filled else (b"", len(text))


def _numbers(line: bytes, separator: bytes) -> int:
    """How many numbers a line has between separators, empty columns at its end left out; 0 where one is no number."""
    if separator == b" " and _EMPTY.search(line):
        return 0
    fields = line.split() if separator == b" " else line.split(separator)
    texts = [field.decode(errors="replace").strip() for field in fields]
    while texts and not texts[-1]:
        texts.pop()
    if separator != b",":
        # A comma at the end of a number is no decimal sign.
        texts = [text if text.endswith(",") else text.replace(",", ".") for text in texts]
    return 0 if any(math.isnan(finite(text)) for text in texts) else len(texts)


def _by_comma(text: bytes, separator: bytes) -> bytes:
    text = text.replace(b",", b".")
    if separator == b"\t":
        text = _BLANK_LINES.sub(b"", text)  # A tab alone on a line stands between no numbers.
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
    found = [Counter[bytes]() for _ in columns]
    characters = np.frombuffer(text + bytes(_DIGITS), dtype=np.uint8)
    start = 0
    while start < len(text):
        end = min(start + _BLOCK, len(text))
        end = len(text) if (line := text.find(b"\n", end)) < 0 else line + 1
        counted = _count_texts(characters[start : end + _DIGITS], columns, width)
        if counted is None:
            return None
        for counts, more in zip(found, counted, strict=True):
            counts.update(more)
        start = end
    texts = [Counter({word.decode(errors="replace"): n for word, n in counts.items()}) for counts in found]
    return None if any(math.isnan(finite(word)) for counts in texts for word in counts) else texts


def _count_texts(characters: NDArray[np.uint8], columns: Sequence[int], width: int) -> list[dict[bytes, int]] | None:
    """How often each text is in columns of whole lines; `_DIGITS` more characters follow the last of them."""
    lines = characters[:-_DIGITS]
    is_end = lines == ord("\n")
    ends = np.flatnonzero((lines == ord(",")) | is_end)
    if len(ends) % width or np.count_nonzero(is_end) * width != len(ends):
        return None
    table = ends.reshape(-1, width)
    if not is_end[table[:, -1]].all():
        return None
    starts = np.append(-1, table[:-1, -1])
    counts = []
    for column in columns:
        first = (table[:, column - 1] if column else starts) + 1
        sizes = table[:, column] - first
        if sizes.max() > _DIGITS:
            return None
        # The characters of a text become the bytes of one number, because numbers are sorted faster than texts.
        letters = np.lib.stride_tricks.sliding_window_view(characters, _DIGITS)[first]
        letters = np.where(np.arange(_DIGITS) < sizes[:, None], letters, 0).astype(np.uint8)
        words, of_word = np.unique(letters.view(np.uint64).reshape(-1), return_counts=True)
        texts = (word.tobytes().rstrip(b"\0") for word in words)
        counts.append(dict(zip(texts, of_word.tolist(), strict=True)))
    return counts
