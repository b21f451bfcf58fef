"""The records of a JSON list, read by compiled code straight into columns.

Importing this module loads numba. Records are read here whose values are plain numbers and flags, see `compiled_scan`;
everything else gives None.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from converters.files.numbers.compiled_numbers import (
    BLANK,
    COMMA,
    LINE,
    MISSING,
    MOST_WHOLE,
    QUOTE,
    RETURN,
    TAB,
    Bytes,
    Floats,
    Whole,
    nearest_float,
    read_number,
)
from gta_head_tools.compiled import inlined, scanner

_COLON, _BEGIN, _END, _OPEN, _CLOSE = b":[]{}"
_TRUE, _FALSE = (np.frombuffer(word, dtype=np.uint8) for word in (b"true", b"false"))
_FLOAT_KIND, _WHOLE_KIND, _FLAG_KIND = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Key:
    """A key of records.

    Attributes:
        name: of ASCII characters.
        kind: of its value: float64, int64 of at most 18 digits, or true and false.
        count: how many numbers stand in its list; 0 = it is one number.
    """

    name: str
    kind: Literal["float", "whole", "flag"]
    count: int = 0


def scan_records(text: bytes, keys: Sequence[Key]) -> dict[str, NDArray[Any]] | None:
    """The values of records by key, (N,) or (N, count); None where one has other keys or values, or no key.

    Args:
        text: what stands between the brackets of a JSON list.
        keys: that a record may have, in any order.
    """
    records = text.count(b"{")
    offsets, of_kind = [], {"float": 0, "whole": 0}
    for key in keys:
        kind = "float" if key.kind == "float" else "whole"
        offsets.append(of_kind[kind])
        of_kind[kind] += max(key.count, 1)
    floats = np.full((records, of_kind["float"]), np.nan)
    whole = np.full((records, of_kind["whole"]), MISSING)
    names = [key.name.encode() for key in keys]
    kinds = {"float": _FLOAT_KIND, "whole": _WHOLE_KIND, "flag": _FLAG_KIND}
    layout = _Layout(
        np.frombuffer(b"".join(names), dtype=np.uint8),
        np.cumsum([0, *map(len, names)], dtype=np.int64),
        np.array([kinds[key.kind] for key in keys], dtype=np.int64),
        np.array([key.count for key in keys], dtype=np.int64),
        np.array(offsets, dtype=np.int64),
    )
    # A zero byte, which is no part of any value, ends the text for the compiled code.
    if (
        _scan_records(np.frombuffer(text + b"\0", dtype=np.uint8), layout, np.arange(len(keys)), floats, whole)
        != records
    ):
        return None
    values: dict[str, NDArray[Any]] = {}
    for key, offset in zip(keys, offsets, strict=True):
        table: NDArray[Any] = floats if key.kind == "float" else whole
        values[key.name] = table[:, offset : offset + key.count] if key.count else table[:, offset]
    return values


class _Layout(NamedTuple):
    """The keys of records: their names, joined, and for each its kind, count, and first column."""

    names: Bytes
    bounds: Whole
    kinds: Whole
    counts: Whole
    offsets: Whole


@scanner
def _scan_records(text: Bytes, layout: _Layout, usual: Whole, floats: Floats, whole: Whole) -> int:
    """Fill the columns from records by comma; returns how many there are, -1 where one is not as the layout says."""
    names, bounds, kinds, counts, offsets = layout
    at = _after_blanks(text, 0)
    row = 0
    more = True
    while more and row < len(floats) and text[at] == _OPEN:
        seen = 0
        place = 0
        while text[at] != _CLOSE:
            key = -1
            if place < len(kinds) and text[at] == (COMMA if place else _OPEN):
                key = _key(text, _after_blanks(text, at + 1), names, bounds, usual, place)
            if key < 0 or seen >> key & 1:
                return -1
            seen |= 1 << key
            place += 1
            at = _after_key(text, at + 1, bounds[key + 1] - bounds[key])
            if at >= 0 and kinds[key] == _FLAG_KIND:
                at = _flag(text, at, whole, row, offsets[key])
            elif at >= 0:
                at = _numbers(text, at, kinds[key], counts[key], floats, whole, row, offsets[key])
            if at < 0:
                return -1
            at = _after_blanks(text, at)
        row += 1
        at = _after_blanks(text, at + 1)
        more = text[at] == COMMA
        if more:
            at = _after_blanks(text, at + 1)
    return -1 if more or at < len(text) - 1 else row


@inlined
def _after_blanks(text: Bytes, at: int) -> int:
    while text[at] <= BLANK and (text[at] == BLANK or text[at] == LINE or text[at] == TAB or text[at] == RETURN):
        at += 1
    return at


@inlined
def _key(text: Bytes, at: int, names: Bytes, bounds: Whole, usual: Whole, place: int) -> int:
    """The number of the key in quotes at `at`, -1 = none."""
    found = -1
    if text[at] == QUOTE:
        key = usual[place]
        if _is(text, at + 1, names, bounds[key], bounds[key + 1]):
            found = key
        else:
            for key in range(len(bounds) - 1):
                if _is(text, at + 1, names, bounds[key], bounds[key + 1]):
                    usual[place] = key
                    found = key
    return found


@inlined
def _is(text: Bytes, at: int, names: Bytes, start: int, end: int) -> bool:
    """True where the name from `start` to `end`, and a quote after it, are at `at`."""
    place = start
    while place < end and text[at] == names[place]:
        at += 1
        place += 1
    return place == end and text[at] == QUOTE


@inlined
def _after_key(text: Bytes, at: int, length: int) -> int:
    """Where the value of a key of that length begins, -1 = there is none."""
    at = _after_blanks(text, _after_blanks(text, at) + length + 2)
    return _after_blanks(text, at + 1) if text[at] == _COLON else -1


@inlined
def _flag(text: Bytes, at: int, whole: Whole, row: int, column: int) -> int:
    """Fill in true or false; returns where it ends, -1 where it is something else."""
    word = _TRUE if text[at] == _TRUE[0] else _FALSE
    whole[row, column] = text[at] == _TRUE[0]
    place = 0
    while place < len(word) and text[at] == word[place]:
        at += 1
        place += 1
    return at if place == len(word) else -1


@inlined
def _numbers(text: Bytes, at: int, kind: int, count: int, floats: Floats, whole: Whole, row: int, first: int) -> int:
    """Fill in a number, or a list of `count`, from column `first` on; returns where it ends, -1 at another value."""
    if count:
        at = _after_blanks(text, at + 1) if text[at] == _BEGIN else -1
    column = first
    last = first + max(count, 1)
    while at >= 0 and column < last:
        at, digits, power, negative, is_whole = read_number(text, at)
        if kind == _WHOLE_KIND:
            whole[row, column] = -np.int64(digits) if negative else np.int64(digits)
            good = is_whole and digits < MOST_WHOLE
        else:
            value = nearest_float(digits, power)
            floats[row, column] = -value if negative else value
            good = not math.isnan(value)
        column += 1
        if at >= 0 and good and count:
            at = _after_blanks(text, at)
            good = text[at] == (COMMA if column < last else _END)
            at += 1
            if good and column < last:
                at = _after_blanks(text, at)
        if not good:
            at = -1
    return at
