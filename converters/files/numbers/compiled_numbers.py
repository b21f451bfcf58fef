"""Numbers in texts, as compiled code reads them; `inlined` in the functions that go over the text.

Importing this module loads numba. Numba keeps a compiled function until the file changes that it stands in: after a
change here, the compiled functions of `compiled_scan` and `compiled_records` have to be removed from their cache.

A number becomes the float64 that is nearest to it. Where its digits and the power of ten are exact as float64, their
product or quotient is (Clinger, "How to read floating point numbers accurately", PLDI 1990). Numbers of more digits are
multiplied by a power of five of 128 bits (Lemire, "Number parsing at a gigabyte per second", 2021; Mushtak and Lemire,
"Fast number parsing without fallback", 2023: with 64 bits of digits, this product always tells the nearest float64).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled, inlined

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
_LAST_BIT, _THREE, NONE = np.uint64(63), np.uint64(3), np.uint64(0)
MOST_WHOLE = np.uint64(10**18)
"""Whole numbers below it fit every column of ids."""
ZERO, NINE, MINUS, PLUS, POINT, SMALL_E, LARGE_E = b"09-+.eE"
BLANK, TAB, LINE, RETURN, COMMA = b" \t\n\r,"
QUOTE = ord('"')


def _fives() -> NDArray[np.uint64]:
    """(2 * 27 + 1, 2) the first 128 bits of 5^-27 to 5^27, in two halves; those below 1 are rounded up."""
    rows = []
    for power in range(-_FIVES, _FIVES + 1):
        five = 5 ** abs(power)
        bits = five << (128 - five.bit_length()) if power >= 0 else (1 << ((five - 1).bit_length() + 127)) // five + 1
        rows.append((bits >> 64, bits & (2**64 - 1)))
    return np.array(rows, dtype=np.uint64)


_FIVE_BITS = _fives()


@inlined
def read_number(text: Bytes, at: int) -> tuple[int, Any, int, bool, bool]:
    """The number at `at`: where it ends, -1 = it is none or too long; its digits, power of ten, sign; is it whole."""
    negative = text[at] == MINUS
    if negative:
        at += 1
    first = at
    digits = NONE
    while ZERO <= text[at] <= NINE:
        digits = digits * _TEN + np.uint64(text[at] - ZERO)
        at += 1
    count = at - first
    good = count > 0 and not (count > 1 and text[first] == ZERO)
    decimals = 0
    power = 0
    whole = True
    if text[at] == POINT:
        whole = False
        at += 1
        first = at
        while ZERO <= text[at] <= NINE:
            digits = digits * _TEN + np.uint64(text[at] - ZERO)
            at += 1
        decimals = at - first
        good &= decimals > 0
    if text[at] == SMALL_E or text[at] == LARGE_E:
        whole = False
        at += 1
        below = text[at] == MINUS
        if below or text[at] == PLUS:
            at += 1
        first = at
        while ZERO <= text[at] <= NINE and at < first + 4:
            power = power * 10 + int(text[at] - ZERO)
            at += 1
        good &= at > first
        if below:
            power = -power
    good &= count + decimals <= _MOST_DIGITS
    negative &= not whole or digits > NONE  # JSON decoders take -0 for the integer 0, and only -0.0 for a negative 0.
    return (at if good else -1), digits, power - decimals, negative, whole


@inlined
def nearest_float(digits: Any, power: int) -> float:
    """The float64 nearest to digits times a power of ten, NaN where it takes another way to find out."""
    if digits <= _EXACT_DIGITS and -_EXACT <= power <= _EXACT:
        value = float(np.int64(digits))
        return float(value * _POWERS[power] if power >= 0 else value / _POWERS[-power])
    return _nearest_of_many(digits, power) if -_FIVES <= power <= _FIVES and digits else np.nan


@compiled
def _nearest_of_many(digits: Any, power: int) -> float:
    """`nearest_float` of more digits than a float64 has."""
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
