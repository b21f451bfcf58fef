"""Rows of numbers between constant texts, written by compiled code straight into bytes.

Importing this module loads numba. `number_text` imports it where there is enough to write, and writes the same bytes
without it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import inlined, scanner

Bytes = NDArray[np.uint8]
Whole = NDArray[np.int64]

_ROWS = 1 << 14
"""Rows written at once: bounds the memory."""
_DIGITS = 24
"""Most characters of a number: sign, 19 digits, point."""
_MOST = float(2**53)
"""Above it a float64 no longer tells neighbouring integers apart."""
_TEN = np.uint64(10)
_MOST_DIGITS = 19
_WHOLE, _TEXT, _JSON = 0, 3, 2
"""Styles, as compiled code sees them."""
_COMMA, _MINUS, _POINT, _ZERO = b",-.0"
_MOST_JSON, _LEAST_JSON = 1e15, 1e-5
"""Scaled numbers of at most 15 digits are the shortest text of their float64; smaller ones have an exponent in JSON."""


class Style(IntEnum):
    """How a column is written."""

    WHOLE = 0
    """int64, exactly."""
    SHORT = 1
    """float64, rounded, without zeros at the end: `30`, `0.5`; NaN is empty."""
    JSON = 2
    """float64, rounded, as JSON encoders write it: `30.0`, `-0.0`."""
    TEXT = 3
    """Ready texts, by comma."""


Column = NDArray[np.float64] | NDArray[np.int64] | bytes
Kind = Literal["float", "whole", "text"]
_KINDS: dict[Style, Kind] = {
    Style.WHOLE: "whole",
    Style.SHORT: "float",
    Style.JSON: "float",
    Style.TEXT: "text",
}


def written_rows(
    between: Sequence[bytes], columns: Sequence[Column], styles: Sequence[Style], *, decimals: int, empty: int
) -> tuple[bytes, Whole] | None:
    """The rows as one text, and where each ends in it (N,); None where a number cannot be written in its style.

    Args:
        between: what stands before the first column, between two of them, and after the last one.
        columns: each (N,), of the type that its style says; texts are all N texts, by comma.
        styles: of the columns.
        decimals: most digits after the point.
        empty: an integer that leaves its field empty, as NaN does among floats.
    """
    groups: dict[Kind, list[Column]] = {"float": [], "whole": [], "text": []}
    places = np.empty(len(columns), dtype=np.int64)
    for place, (column, style) in enumerate(zip(columns, styles, strict=True)):
        group = groups[_KINDS[style]]
        places[place] = len(group)
        group.append(column)
    texts = [bytes(column) + b"," for column in groups["text"]]
    ready, cursors = np.frombuffer(b"".join(texts), dtype=np.uint8), np.cumsum([0, *map(len, texts)])[:-1]
    constants = _Constants(np.frombuffer(b"".join(between), dtype=np.uint8), np.cumsum([0, *map(len, between)]))
    count = len((groups["float"] or groups["whole"])[0])
    ends = np.empty(count, dtype=np.int64)
    parts: list[bytes] = []
    for start in range(0, count, _ROWS):
        rows = slice(start, min(start + _ROWS, count))
        wide = rows.stop - start
        floats = np.array([column[rows] for column in groups["float"]], dtype=np.float64).reshape(-1, wide)
        whole = np.array([column[rows] for column in groups["whole"]], dtype=np.int64).reshape(-1, wide)
        out = np.empty(wide * (len(constants.text) + len(columns) * _DIGITS) + len(ready), dtype=np.uint8)
        before = int(ends[start - 1]) if start else 0
        held = _Columns(np.array(styles, dtype=np.int64), places, floats, whole, ready, cursors)
        size = _fill(out, ends[rows], constants, held, decimals, empty)
        if size < 0:
            return None
        ends[rows] += before
        parts.append(out[:size].tobytes())
    return b"".join(parts), ends


class _Constants(NamedTuple):
    """Constant texts: text k is `text[bounds[k]:bounds[k + 1]]`."""

    text: Bytes
    bounds: Whole


class _Columns(NamedTuple):
    """Column k has the style `styles[k]`, and is number `places[k]` among the columns of its kind."""

    styles: Whole
    places: Whole
    floats: NDArray[np.float64]
    whole: Whole
    texts: Bytes
    cursors: Whole
    """Where each column of texts goes on."""


@scanner
def _fill(out: Bytes, ends: Whole, between: _Constants, columns: _Columns, decimals: int, empty: int) -> int:
    """Write all rows into `out`; returns how many bytes they are, -1 where a number cannot be written."""
    literals, bounds = between
    styles, places, floats, whole, texts, cursors = columns
    last = len(styles)
    unit = 1
    for _ in range(decimals):
        unit *= 10
    at = 0
    for row in range(len(ends)):
        for column in range(last):
            at = _put(out, at, literals, bounds[column], bounds[column + 1])
            style, place = styles[column], places[column]
            if style == _WHOLE:
                if whole[place, row] != empty:
                    at = _put_whole(out, at, whole[place, row])
            elif style == _TEXT:
                end = cursors[place]
                while texts[end] != _COMMA:
                    end += 1
                at = _put(out, at, texts, cursors[place], end)
                cursors[place] = end + 1
            else:
                at = _put_float(out, at, floats[place, row], unit, style == _JSON)
                if at < 0:
                    return -1
        at = _put(out, at, literals, bounds[last], bounds[last + 1])
        ends[row] = at
    return at


@inlined
def _put(out: Bytes, at: int, text: Bytes, start: int, end: int) -> int:
    """Copy a part of a text to `at`; returns where it ends."""
    for place in range(start, end):
        out[at] = text[place]
        at += 1
    return at


@inlined
def _put_whole(out: Bytes, at: int, number: int) -> int:
    if number < 0:
        out[at] = _MINUS
        at += 1
    return _put_digits(out, at, np.uint64(abs(number)))


@inlined
def _put_digits(out: Bytes, at: int, number: np.uint64) -> int:
    digits = 1
    power = _TEN
    while digits < _MOST_DIGITS and number >= power:
        digits += 1
        power *= _TEN
    for place in range(1, digits + 1):
        tens = number // _TEN
        out[at + digits - place] = _ZERO + np.uint8(number - tens * _TEN)
        number = tens
    return at + digits


@inlined
def _put_float(out: Bytes, at: int, value: float, unit: int, json: bool) -> int:
    """Write a number with at most so many decimals; returns where it ends, -1 if it cannot be written."""
    if math.isnan(value) and not json:
        return at
    scale = float(unit)
    size = abs(np.rint(value * scale))
    if json and (not size < _MOST_JSON or 0 < size < _LEAST_JSON * scale):
        return -1
    if not json and not abs(value) <= _MOST / scale:
        return -1
    # Dividing by multiplication may be one off, which the remainder tells.
    whole = np.int64(size * (1.0 / scale))
    rest = np.int64(size) - whole * unit
    if rest < 0:
        whole, rest = whole - 1, rest + unit
    elif rest >= unit:
        whole, rest = whole + 1, rest - unit
    if (value < 0 and size > 0) or (json and math.copysign(1.0, value) < 0):
        out[at] = _MINUS
        at += 1
    at = _put_digits(out, at, np.uint64(whole))
    if rest or json:
        out[at] = _POINT
        out[at + 1] = _ZERO
        at += 2
    return _put_decimals(out, at - 1, np.uint64(rest), np.uint64(unit)) if rest else at


@inlined
def _put_decimals(out: Bytes, at: int, rest: np.uint64, unit: np.uint64) -> int:
    """Write what is after the point, `rest` in `unit`, without zeros at the end."""
    tens = rest // _TEN
    while tens * _TEN == rest:
        rest = tens
        unit //= _TEN
        tens = rest // _TEN
    end = at
    while unit > np.uint64(1):
        unit //= _TEN
        end += 1
    for place in range(1, end - at + 1):
        tens = rest // _TEN
        out[end - place] = _ZERO + np.uint8(rest - tens * _TEN)
        rest = tens
    return end
