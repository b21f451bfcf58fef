"""CSV text as columns, a block of rows at a time, with the line of each row for errors."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from converters.files.number_table import finite
from gta_head_tools.errors import DataFormatError

_BLOCK = 1 << 14
"""Rows parsed at once."""
_NUMBERS = msgspec.json.Decoder(list[float | None])


def csv_field(text: str) -> str:
    r"""A text as one field of a CSV file.

    >>> csv_field('a,b')
    '"a,b"'
    """
    # The csv module leaves a lone carriage return unquoted when lines end otherwise, and then cannot read it.
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text


def read_header(text: bytes) -> list[str]:
    """Names in the first line of a text."""
    lines = text.decode(errors="replace").splitlines()
    return [name.strip() for name in next(csv.reader(lines[:1]), [])]


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a file, as texts by column.

    Attributes:
        path: of the file.
        text: of the whole file.
        first: number of rows before these, the header counted.
        fields: name of each column of the file to its texts.
        rows: how many rows these are.
    """

    path: Path
    text: bytes
    first: int
    fields: dict[str, Sequence[str]]
    rows: int

    def error(self, row: int, problem: str) -> DataFormatError:
        """The error that names the line of a row of this block."""
        reader = csv.reader(io.StringIO(self.text.decode(), newline=""))
        rows = (reader.line_num for fields in reader if fields)
        return DataFormatError(self.path, problem, line=next(islice(rows, self.first + row, None), None))

    def refuse(self, wrong: NDArray[np.bool_] | np.bool_, problem: str) -> None:
        """Raise for the first of the rows (rows,) that are wrong.

        Raises:
            DataFormatError: there is one.
        """
        if wrong.any():
            raise self.error(int(np.argmax(wrong)), f"{problem}; correct the row")

    def column(self, name: str, parse: Callable[[str], float], expected: str) -> NDArray[Any]:
        """(rows,) a column, every field through `parse`; a missing column is one of empty fields.

        Raises:
            DataFormatError: `parse` raises ValueError; the message says what was `expected`.
        """
        values = []
        for row, text in enumerate(self.fields.get(name) or [""] * self.rows):
            try:
                values.append(parse(text))
            except ValueError as error:
                raise self.error(row, f"{name} {text!r} is not {expected}; correct it, or leave it empty") from error
        return np.array(values)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """(rows,) a column of numbers; NaN where it is empty or missing.

        Raises:
            DataFormatError: a field is not a finite number.
        """
        texts = self.fields.get(name)
        if texts is None:
            return np.full(self.rows, np.nan)
        try:
            # As one JSON list: four times faster than field by field, and what passes is a finite number or empty.
            values = _NUMBERS.decode("[" + ",".join([text or "null" for text in texts]) + "]")
        except msgspec.DecodeError:
            values = []
        if len(values) != len(texts) or "null" in texts:
            return self.column(name, _number, "a finite number").astype(np.float64)
        return np.array(values, dtype=np.float64)


def read_blocks(path: Path, text: bytes, header: Sequence[str]) -> Iterator[Block]:
    """The rows of a text after its first line; empty lines are passed over.

    Raises:
        DataFormatError: it is not CSV, or a row has another number of fields than the header.
    """
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline=""), strict=True)
    rows = (row for row in reader if row)
    first = 1
    try:
        next(rows, None)
        while block := list(islice(rows, _BLOCK)):
            wrong = next((place for place, row in enumerate(block) if len(row) != len(header)), None)
            columns = [] if wrong is not None else list(zip(*block, strict=True))
            part = Block(path, text, first, dict(zip(header, columns, strict=False)), len(block))
            if wrong is not None:
                raise part.error(wrong, f"{len(block[wrong])} fields, expected {len(header)} as in the first line")
            yield part
            first += len(block)
    except csv.Error as error:
        raise DataFormatError(path, f"no CSV ({error}); correct the line", line=reader.line_num) from error


def _number(text: str) -> float:
    value = finite(text)
    if math.isnan(value) and text.strip():
        raise ValueError(text)
    return value
