"""Texts of plain numbers, in rows or in the records of a JSON list, read by compiled code straight into columns.

Importing this module loads numba. What is read here has one meaning: numbers as JSON writes them, of at most 19 digits.
Everything else gives None, and the callers then read the text in their own, slower way, which gives the same numbers
or the error.

A number becomes the float64 that is nearest to it. Where its digits and the power of ten are exact as float64, their
product or quotient is (Clinger, "How to read floating point numbers accurately", PLDI 1990). Numbers of more digits are
multiplied by a power of five of 128 bits (Lemire, "Number parsing at a gigabyte per second", 2021; Mushtak and Lemire,
"Fast number parsing without fallback", 2023: with 64 bits of digits, this product always tells the nearest float64).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled, inlined, scanner

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

MISSING = -(2**63)
"""Whole numbers and flags of records without that key; among floats it is NaN."""

_MOST_DIGITS = 19
_EXACT = 22
"""The largest power of ten that is exact as float64."""
_POWERS = np.array([float(10**power) for power in range(_EXACT + 1)])
_FIVES = 27
"""The largest power of five of 64 bits."""
_ONE, _LOW, _HALF = np.uint64(1), np.uint64(2**32 - 1), np.uint64(32)
_TEN = np.uint64(10)
_EXACT_DIGITS = np.uint64(2**53)
_SPARE = np.uint64(9)
"""Bits of a product of 64 bits below the 53 of a float64, the one that rounds it, and the one that may be shifted."""
_SPARE_MASK = np.uint64(2**9 - 1)
_LAST_BIT, _THREE, _NONE = np.uint64(63), np.uint64(3), np.uint64(0)
_MOST_WHOLE = np.uint64(10**18)
"""Whole numbers below it fit every column of ids."""
_ZERO, _NINE, _MINUS, _PLUS, _POINT, _SMALL_E, _LARGE_E = b"09-+.eE"
_BLANK, _TAB, _LINE, _RETURN, _COMMA = b" \t\n\r,"
_QUOTE, _COLON, _BEGIN, _END, _OPEN, _CLOSE = b'":[]{}'
_TRUE, _FALSE = (np.frombuffer(word, dtype=np.uint8) for word in (b"true", b"false"))
_FLOAT_KIND, _WHOLE_KIND, _FLAG_KIND = 0, 1, 2


def _fives() -> NDArray[np.uint64]:
    """(2 * 27 + 1, 2) the first 128 bits of 5^-27 to 5^27, in two halves; those below 1 are rounded up."""
    rows = []
    for power in range(-_FIVES, _FIVES + 1):
        five = 5 ** abs(power)
        bits = five << (128 - five.bit_length()) if power >= 0 else (1 << ((five - 1).bit_length() + 127)) // five + 1
        rows.append((bits >> 64, bits & (2**64 - 1)))
    return np.array(rows, dtype=np.uint64)


_FIVE_BITS = _fives()


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


def scan_rows(text: bytes, width: int, columns: Sequence[int] | None = None) -> Floats | None:
    """(R, width) the numbers of rows by comma; None where it is something else.

    Args:
        text: without an empty line at its end.
        width: how many columns all rows have.
        columns: those that are wanted, in rising order; what stands in others is not looked at.
    """
    wanted = np.ones(width, dtype=np.bool_) if columns is None else np.isin(np.arange(width), columns)
    numbers = np.empty((text.count(b"\n") + 1, int(wanted.sum())))
    return numbers if _scan_rows(np.frombuffer(text + b"\n", dtype=np.uint8), wanted, numbers) else None


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
def _scan_rows(text: Bytes, wanted: NDArray[np.bool_], numbers: Floats) -> bool:
    """Fill the numbers from a text whose rows all end with a newline; False where it is something else."""
    at = 0
    width = len(wanted)
    for row in range(len(numbers)):
        place = 0
        for column in range(width):
            if wanted[column]:
                at, digits, power, negative, _ = _read(text, at)
                value = _nearest(digits, power)
                if at < 0 or math.isnan(value):
                    return False
                numbers[row, place] = -value if negative else value
                place += 1
            else:
                while text[at] != _COMMA and text[at] != _LINE:
                    at += 1
            if text[at] != (_COMMA if column < width - 1 else _LINE):
                return False
            at += 1
    return at == len(text)


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
            if place < len(kinds) and text[at] == (_COMMA if place else _OPEN):
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
        more = text[at] == _COMMA
        if more:
            at = _after_blanks(text, at + 1)
    return -1 if more or at < len(text) - 1 else row


@inlined
def _after_blanks(text: Bytes, at: int) -> int:
    while text[at] <= _BLANK and (text[at] == _BLANK or text[at] == _LINE or text[at] == _TAB or text[at] == _RETURN):
        at += 1
    return at


@inlined
def _key(text: Bytes, at: int, names: Bytes, bounds: Whole, usual: Whole, place: int) -> int:
    """The number of the key in quotes at `at`, -1 = none."""
    found = -1
    if text[at] == _QUOTE:
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
    return place == end and text[at] == _QUOTE


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
        at, digits, power, negative, is_whole = _read(text, at)
        if kind == _WHOLE_KIND:
            whole[row, column] = -np.int64(digits) if negative else np.int64(digits)
            good = is_whole and digits < _MOST_WHOLE
        else:
            value = _nearest(digits, power)
            floats[row, column] = -value if negative else value
            good = not math.isnan(value)
        column += 1
        if at >= 0 and good and count:
            at = _after_blanks(text, at)
            good = text[at] == (_COMMA if column < last else _END)
            at += 1
            if good and column < last:
                at = _after_blanks(text, at)
        if not good:
            at = -1
    return at


@inlined
def _read(text: Bytes, at: int) -> tuple[int, Any, int, bool, bool]:
    """The number at `at`: where it ends, -1 = it is none or too long; its digits, power of ten, sign; is it whole."""
    negative = text[at] == _MINUS
    if negative:
        at += 1
    first = at
    digits = _NONE
    while _ZERO <= text[at] <= _NINE:
        digits = digits * _TEN + np.uint64(text[at] - _ZERO)
        at += 1
    count = at - first
    good = count > 0 and not (count > 1 and text[first] == _ZERO)
    decimals = 0
    power = 0
    whole = True
    if text[at] == _POINT:
        whole = False
        at += 1
        first = at
        while _ZERO <= text[at] <= _NINE:
            digits = digits * _TEN + np.uint64(text[at] - _ZERO)
            at += 1
        decimals = at - first
        good &= decimals > 0
    if text[at] == _SMALL_E or text[at] == _LARGE_E:
        whole = False
        at += 1
        below = text[at] == _MINUS
        if below or text[at] == _PLUS:
            at += 1
        first = at
        while _ZERO <= text[at] <= _NINE and at < first + 4:
            power = power * 10 + int(text[at] - _ZERO)
            at += 1
        good &= at > first
        if below:
            power = -power
    good &= count + decimals <= _MOST_DIGITS
    negative &= not whole or digits > _NONE  # JSON decoders take -0 for the integer 0, and only -0.0 for a negative 0.
    return (at if good else -1), digits, power - decimals, negative, whole


@inlined
def _nearest(digits: Any, power: int) -> float:
    """The float64 nearest to digits times a power of ten, NaN where it takes another way to find out."""
    if digits <= _EXACT_DIGITS and -_EXACT <= power <= _EXACT:
        value = float(np.int64(digits))
        return float(value * _POWERS[power] if power >= 0 else value / _POWERS[-power])
    return _nearest_of_many(digits, power) if -_FIVES <= power <= _FIVES and digits else np.nan


@compiled
def _nearest_of_many(digits: Any, power: int) -> float:
    """`_nearest` of more digits than a float64 has."""
    shift = 0
    while not digits >> _LAST_BIT:
        digits <<= _ONE
        shift += 1
    high, low = _product(digits, _FIVE_BITS[power + _FIVES, 0])
    if high & _SPARE_MASK == _SPARE_MASK:
        more, _ = _product(digits, _FIVE_BITS[power + _FIVES, 1])
        low += more
        if low < more:
            high += _ONE
    upper = high >> _LAST_BIT
    spare = upper + _SPARE
    bits = high >> spare
    if low <= _ONE and -4 <= power <= 23 and bits & _THREE == _ONE and bits << spare == high:
        bits &= ~_ONE  # It is half way between two numbers: the even one is taken.
    bits = (bits + (bits & _ONE)) >> _ONE
    exponent = ((217706 * power) >> 16) + int(upper) - shift + 11
    return math.ldexp(float(bits), exponent)


@inlined
def _product(left: Any, right: Any) -> tuple[Any, Any]:
    """The high and low 64 bits of a product of 64-bit numbers."""
    low, high = left & _LOW, left >> _HALF
    other_low, other_high = right & _LOW, right >> _HALF
    first = low * other_low
    middle = high * other_low + (first >> _HALF)
    cross = low * other_high + (middle & _LOW)
    return high * other_high + (middle >> _HALF) + (cross >> _HALF), (cross << _HALF) | (first & _LOW)
