"""Rows of plain numbers, and tables of names and numbers, read by compiled code straight into columns.

Importing this module loads numba. What is read here has one meaning: numbers as JSON writes them, of at most 19 digits.
Everything else gives None, and the callers then read the text in their own, slower way, which gives the same numbers
or the error.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from converters.files.numbers.compiled_numbers import (
    COMMA,
    LINE,
    MISSING,
    MOST_WHOLE,
    QUOTE,
    RETURN,
    Bytes,
    Floats,
    Whole,
    nearest_float,
    read_number,
)
from gta_head_tools.compiled import inlined, scanner

_NAME_KIND, _NUMBER_KIND = 1, 2


def scan_rows(text: bytes, width: int, columns: Sequence[int] | None = None) -> Floats | None:
    """(R, width) the numbers of rows by comma; None where it is something else.

    Args:
        text: rows that all end with a newline.
        width: how many columns all rows have.
        columns: those that are wanted, in rising order; what stands in others is not looked at.
    """
    if not text.endswith(b"\n"):
        return None
    wanted = np.ones(width, dtype=np.bool_) if columns is None else np.isin(np.arange(width), columns)
    characters = np.frombuffer(text, dtype=np.uint8)
    # For lines as short as these, numpy counts five times as fast as `bytes.count`.
    numbers = np.empty((int(np.count_nonzero(characters == LINE)), int(wanted.sum())))
    return numbers if _scan_rows(characters, wanted, numbers) else None


ColumnKind = Literal["", "name", "float", "whole"]
"""What a column of a table holds; "" = nothing that is wanted."""


def scan_table(text: bytes, kinds: Sequence[ColumnKind]) -> tuple[list[tuple[bytes, int]], list[NDArray[Any]]] | None:
    """The names of a table by comma, and (R,) its columns of numbers; None where a field is quoted or odd.

    Args:
        text: whole rows, each with a newline.
        kinds: of all columns; one is of names. Fields of numbers may be empty: NaN and `MISSING`.

    Returns:
        Each name with the number of rows that it stands in one after the other; and the columns of numbers.
    """
    rows = text.count(b"\n")
    tables = np.empty((rows, kinds.count("float"))), np.empty((rows, kinds.count("whole")), dtype=np.int64)
    runs = np.empty((rows, 3), dtype=np.int64)
    codes = np.array([("", "name", "float", "whole").index(kind) for kind in kinds], dtype=np.int64)
    found, count = _scan_table(np.frombuffer(text + b"\0", dtype=np.uint8), codes, *tables, runs)
    if found != rows or not count:
        return None
    starts = runs[:count, 0].tolist()
    lengths = (end - start for start, end in itertools.pairwise([*starts, rows]))
    names = [text[start:end] for start, end in runs[:count, 1:].tolist()]
    columns: dict[str, Iterator[NDArray[Any]]] = {"float": iter(tables[0].T), "whole": iter(tables[1].T)}
    return list(zip(names, lengths, strict=True)), [next(columns[kind]) for kind in kinds if kind in columns]


@scanner
def _scan_rows(text: Bytes, wanted: NDArray[np.bool_], numbers: Floats) -> bool:
    """Fill the numbers from a text whose rows all end with a newline; False where it is something else."""
    at = 0
    width = len(wanted)
    for row in range(len(numbers)):
        place = 0
        for column in range(width):
            if wanted[column]:
                at, digits, power, negative, _ = read_number(text, at)
                value = nearest_float(digits, power)
                if at < 0 or math.isnan(value):
                    return False
                numbers[row, place] = -value if negative else value
                place += 1
            else:
                while text[at] != COMMA and text[at] != LINE:
                    at += 1
            if text[at] != (COMMA if column < width - 1 else LINE):
                return False
            at += 1
    return at == len(text)


@scanner
def _scan_table(text: Bytes, kinds: Whole, floats: Floats, whole: Whole, runs: Whole) -> tuple[int, int]:
    """Fill the columns of a table whose rows all end with a newline.

    Returns:
        How many rows and runs there are; -1 where a field is quoted or odd.
    """
    at = row = count = 0
    start = end = 0
    while text[at]:
        place = whole_place = 0
        for column in range(len(kinds)):
            kind = kinds[column]
            first = at
            if kind <= _NAME_KIND:
                at = _field_end(text, at)
                if kind == _NAME_KIND and (not row or not _equal(text, first, at, start, end)):
                    start, end = first, at
                    runs[count, 0], runs[count, 1], runs[count, 2] = row, start, end
                    count += 1
            elif kind == _NUMBER_KIND:
                at = _number_or_nothing(text, at, floats, row, place)
                place += 1
            else:
                at = _whole_or_nothing(text, at, whole, row, whole_place)
                whole_place += 1
            if at < 0 or text[at] != (COMMA if column < len(kinds) - 1 else LINE):
                return -1, 0
            at += 1
        row += 1
    return row, count


@inlined
def _field_end(text: Bytes, at: int) -> int:
    """Where a field ends: at the next separator, or at a quote or lone carriage return, which are not plain."""
    while text[at] != COMMA and text[at] != LINE and text[at] != QUOTE and text[at] != RETURN:
        at += 1
    return at


@inlined
def _equal(text: Bytes, first: int, last: int, start: int, end: int) -> bool:
    """True where two parts of a text are equal."""
    same = last - first == end - start
    while same and first < last:
        same = text[first] == text[start]
        first += 1
        start += 1
    return same


@inlined
def _number_or_nothing(text: Bytes, at: int, floats: Floats, row: int, column: int) -> int:
    """Fill in a number, NaN for an empty field; returns where it ends, -1 where it is something else."""
    value = math.nan
    if text[at] != COMMA and text[at] != LINE:
        at, digits, power, negative, _ = read_number(text, at)
        value = nearest_float(digits, power)
        if math.isnan(value):
            at = -1
        elif negative:
            value = -value
    floats[row, column] = value
    return at


@inlined
def _whole_or_nothing(text: Bytes, at: int, whole: Whole, row: int, column: int) -> int:
    """Fill in a whole number, `MISSING` for an empty field; returns where it ends, -1 where it is something else."""
    value = MISSING
    if text[at] != COMMA and text[at] != LINE:
        at, digits, _, negative, is_whole = read_number(text, at)
        value = int(-np.int64(digits)) if negative else int(np.int64(digits))
        if not is_whole or digits >= MOST_WHOLE:
            at = -1
    whole[row, column] = value
    return at
