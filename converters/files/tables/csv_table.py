"""CSV text as columns, a block of rows at a time, with the line of each row for errors.

The first line tells the separator: a comma, semicolon, tab, bar or blank. Between other separators than commas, numbers
may have decimal commas, in the whole file or nowhere.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from converters.files.numbers.number_table import finite
from gta_head_tools.errors import DataFormatError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}
"""What may stand between two fields, in the order in which the first line is tried, and what it is called."""
_BLOCK = 1 << 14
"""Rows parsed at once."""
HEADER_BYTES = 1 << 16
"""Bytes at the start of a text in which its header ends."""
_LARGEST = 2**53
"""Above it a float64 no longer tells neighbouring integers apart."""
_NUMBERS = msgspec.json.Decoder(list[float | None])
_FLAGS = {"": False, "0": False, "false": False, "no": False, "1": True, "true": True, "yes": True}
_NOTHING = {"", "nan", "na", "n/a", "null", "none"}
"""What programs write for a missing value of columns that may be empty."""
_SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)
"""A first line with which spreadsheets name the separator."""
_INDENTED = re.compile(rb"(?m)^ +[^ \r\n,;|\t\"][^\r\n,;|\t]*")
"""A first field, not quoted, with blanks before it."""
_THOUSANDS = re.compile(r"^\s*[-+]?[1-9]\d{0,2},\d{3}\s*$")
"""A number whose comma could also separate thousands."""


def csv_field(text: str) -> str:
    r"""A text as one field of a CSV file.

    >>> csv_field('a,b')
    '"a,b"'
    """
    # The csv module leaves a lone carriage return unquoted when lines end otherwise, and then cannot read it.
    # A blank before a field that is not quoted is no part of it: many programs write one after a comma.
    quoted = text[:1] == " " or any(mark in text for mark in ',"\r\n')
    return '"' + text.replace('"', '""') + '"' if quoted else text


@dataclass(frozen=True, slots=True)
class Table:
    """A text and how it is to be read.

    Attributes:
        path: of the file.
        text: of the whole file, or of its beginning.
        separator: between two fields.
        header: names of the columns.
        skipped: rows before the first head, the header counted.
        decimals: decimal sign of the numbers read so far to the first number that has it.
        blanks: the names read so far that are taken without the blanks at their ends.
    """

    path: Path
    text: bytes
    separator: str
    header: Sequence[str]
    skipped: int
    decimals: dict[str, str] = field(default_factory=dict)
    blanks: dict[str, None] = field(default_factory=dict)

    def note_indented(self) -> None:
        """Note a first field that has blanks before it and is not quoted, which the csv module takes away."""
        if b"\n " in self.text and self.separator != " " and (found := _INDENTED.search(self.text)):
            self.blanks[found[0].decode(errors="replace")] = None

    def bare(self, name: str) -> str:
        """A name of the table without blanks at its ends; `blank_note` tells that there were some."""
        if (bare := name.strip()) != name:
            self.blanks[name] = None
        return bare

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The last line and the fields of each row that has any field, the header counted.

        Raises:
            csv.Error: what follows is no CSV.
        """
        reader = _reader(self.text, self.separator)
        return ((reader.line_num, row) for row in reader if any(row))

    def error(self, row: int, problem: str) -> DataFormatError:
        """The error that names the line of a row, counted from the header."""
        line = next((line for line, _ in islice(self.rows(), row, None)), None)
        return DataFormatError(self.path, problem, line=line)


def open_table(path: Path, text: bytes, fits: Callable[[Sequence[str]], bool]) -> Table:
    """The table of a text, with the first separator that makes its first line a header that fits.

    Args:
        path: of the file.
        text: of the file, or its beginning.
        fits: says whether these are names of columns; where no separator makes them so, the widest header is taken.
    """
    tables = [_table(path, text, separator) for separator in SEPARATORS]
    # A blank is part of many names, so that it is the last choice.
    widest = max(tables[:-1], key=lambda table: len(table.header))
    likely = widest if len(widest.header) > 1 or len(tables[-1].header) < 3 else tables[-1]
    return next((table for table in tables if fits(table.header)), likely)


def _table(path: Path, text: bytes, separator: str) -> Table:
    beginning = text[:HEADER_BYTES].decode(errors="ignore").encode()
    rows = (row for row in _reader(beginning, separator) if any(row))
    try:
        first: list[str] = next(rows, [])
        named = _SEPARATOR_LINE.fullmatch(separator.join(first).strip()) is not None
        header = next(rows, []) if named else first
    except csv.Error:
        return Table(path, text, separator, [], 1)
    # A header that NumPy writes is a comment.
    names = [name.strip().removeprefix("#").strip() if not place else name.strip() for place, name in enumerate(header)]
    return Table(path, text, separator, names, 1 + named)


def _reader(text: bytes, separator: str) -> Any:
    lines = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="")
    return csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a table, as texts by column.

    Attributes:
        table: whose rows they are.
        first: number of rows before these.
        columns: (rows,) texts of each column.
        rows: how many rows these are.
    """

    table: Table
    first: int
    columns: Sequence[Sequence[str]]
    rows: int

    def error(self, row: int, problem: str) -> DataFormatError:
        """The error that names the line of a row of this block."""
        return self.table.error(self.first + row, problem)

    def refuse(self, wrong: NDArray[np.bool_] | np.bool_, problem: str) -> None:
        """Raise for the first of the rows (rows,) that are wrong.

        Raises:
            DataFormatError: there is one.
        """
        if wrong.any():
            raise self.error(int(np.argmax(wrong)), f"{problem}; correct the row")

    def column(self, place: int | None, parse: Callable[[str], float], expected: str) -> NDArray[Any]:
        """(rows,) the column at a place, every field through `parse`; no place is a column of empty fields.

        Raises:
            DataFormatError: `parse` raises ValueError; the message says what was `expected`.
        """
        values = []
        for row, text in enumerate([""] * self.rows if place is None else self.columns[place]):
            try:
                values.append(parse(text))
            except ValueError as error:
                assert place is not None
                name = self.table.header[place]
                raise self.error(row, f"{name} {text!r} is not {expected}; correct it, or leave it empty") from error
        return np.array(values)

    def numbers(self, place: int | None) -> NDArray[np.float64]:
        """(rows,) a column of numbers; NaN where it is empty or missing.

        Raises:
            DataFormatError: a field is not a finite number.
        """
        if place is None:
            return np.full(self.rows, np.nan)
        texts = self.columns[place]
        if self.table.separator != ",":
            texts = self._pointed(texts, self.table.header[place])
        try:
            # As one JSON list: four times faster than field by field, and what passes is a finite number or empty.
            values = _NUMBERS.decode("[" + ",".join([text or "null" for text in texts]) + "]")
        except msgspec.DecodeError:
            values = []
        if len(values) != len(texts) or "null" in texts:
            return self.column(place, self._number, "a finite number").astype(np.float64)
        return np.array(values, dtype=np.float64)

    def _number(self, text: str) -> float:
        value = finite(text if self.table.separator == "," else text.replace(",", "."))
        if math.isnan(value) and text.strip():
            raise ValueError(text)
        return value

    def _pointed(self, texts: Sequence[str], name: str) -> Sequence[str]:
        """The texts with decimal points, whether they have these or commas.

        Raises:
            DataFormatError: some numbers of the table have points, others commas.
        """
        known, whole = self.table.decimals, "\n".join(texts)
        first = {mark: next(row for row, text in enumerate(texts) if mark in text) for mark in ".," if mark in whole}
        for mark, row in sorted(first.items(), key=lambda item: item[1]):
            plain = next((text for text in texts if mark in text and not _THOUSANDS.search(text)), "")
            known[mark] = known.get(mark) or plain or texts[row]
            other = known.get("," if mark == "." else ".")
            if other:
                problem = f"{name} {texts[row]!r} and {other!r} have two decimal signs; write all with a point"
                raise self.error(row, problem)
        return [text.replace(",", ".") for text in texts] if "," in whole else texts


def read_blocks(table: Table) -> Iterator[Block]:
    """The rows of a table after its header; lines without any field are passed over.

    Raises:
        DataFormatError: it is not CSV, or a row has another number of fields than the header.
    """
    width = len(table.header)
    reader = _reader(table.text, table.separator)
    rows = (row for row in reader if any(row))
    first = table.skipped
    try:
        next(islice(rows, first, first), None)
        while block := list(islice(rows, _BLOCK)):
            wrong = next((place for place, row in enumerate(block) if len(row) != width), None)
            if wrong is not None:
                by = SEPARATORS[table.separator]
                problem = f"{len(block[wrong])} fields, expected {width} by {by} as in the first line"
                raise table.error(first + wrong, f"{problem}; correct the row")
            yield Block(table, first, list(zip(*block, strict=True)), len(block))
            first += len(block)
    except csv.Error as error:
        raise DataFormatError(table.path, f"no CSV ({error}); correct the line", line=reader.line_num) from error


def whole_of(text: str) -> int:
    """The whole number, exact below 2^63, that a field is, also written as `3.0`; -1 where it is empty.

    Raises:
        ValueError: it is something else.
    """
    word = text.strip().lower().replace("_", "?")
    if word in _NOTHING:
        return -1
    try:
        number = int(word)
    except ValueError:
        value = finite(word.replace(",", "."))
        if not value.is_integer() or abs(value) > _LARGEST:
            raise
        number = int(value)
    if not -(2**63) <= number < 2**63:
        raise ValueError(text)
    return number


def flag_of(text: str) -> bool:
    """The flag that a field is: 0 or 1, also as `1.0`, `True` or `yes`; empty is False.

    Raises:
        ValueError: it is something else.
    """
    if text in _FLAGS:
        return _FLAGS[text]
    word = text.strip().lower()
    if word in _FLAGS or word in _NOTHING:
        return _FLAGS.get(word, False)
    value = finite(word.replace(",", "."))
    if value not in {0.0, 1.0}:
        raise ValueError(text)
    return value == 1


def blank_note(table: Table, place: int | None) -> tuple[str, ...]:
    """What a user has to know about blanks at the ends of names of pictures: nothing, or one line.

    Args:
        table: as far as it was read.
        place: of the column of names; blanks after a separator are usual.
    """
    names = [name for name in table.blanks if not place or name != name.rstrip()]
    if not names:
        return ()
    told = f"{table.path.name}: names of pictures are read without the blanks at their ends, as of {names[0]!r}"
    return (f"{told}; where blanks are a part of a name, write it between double quotes",)


def decimal_note(table: Table) -> tuple[str, ...]:
    """What a user has to know about the decimal sign of numbers that were read: nothing, or one line."""
    example = table.decimals.get(",", "")
    if not _THOUSANDS.search(example):
        return ()
    told = f"{table.path.name}: numbers like {example!r} are read with a decimal comma, as {example.replace(',', '.')}"
    return (f"{told}; write them without a separator of thousands if that is wrong",)
