"""Rows of numbers as text of fixed width: every row has as many characters, and every number the same places in it.

Programs that write numbers with a fixed number of decimals make such text. It is written and read many times faster
than other text, because all rows together are one array of characters.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Characters = NDArray[np.uint8]

DECIMALS = 8
"""Digits behind the point of a fraction as it is written."""
_ROW = re.compile(rb"\d+(\.\d+)?( \d+(\.\d+)?)*\n")
_MOST_DIGITS = 15
"""Most digits of a number whose digits are one whole number that a float64 holds exactly."""
_CHUNK = 1 << 16
"""Characters that are looked at together: these arrays stay in the cache."""


def fixed_rows(columns: Sequence[Numbers | NDArray[np.int64]]) -> Characters:
    r"""The characters (N, width) of rows of numbers, a blank between them and a newline behind each row.

    Args:
        columns: each (N,): integers from 0 to 9, or floats from 0 to 9 that are written with `DECIMALS` digits.

    >>> fixed_rows([np.array([2]), np.array([0.5])]).tobytes()
    b'2 0.50000000\n'
    """
    fields: list[tuple[str, str]] = []
    for place, column in enumerate(columns):
        parts = [("whole", "u1"), ("end", "u1")]
        if column.dtype.kind == "f":
            parts[1:1] = [("point", "u1"), ("high", "u4"), ("low", "u4")]
        fields += [(f"{name}{place}", kind) for name, kind in parts]
    rows = np.empty(len(columns[0]), dtype=np.dtype(fields))
    for place, column in enumerate(columns):
        rows[f"end{place}"] = ord("\n" if place == len(columns) - 1 else " ")
        if column.dtype.kind != "f":
            rows[f"whole{place}"] = column + ord("0")
            continue
        digits = np.rint(column * 10.0**DECIMALS).astype(np.uint32)
        high = digits // 10_000
        whole = digits // 100_000_000
        rows[f"whole{place}"] = whole + ord("0")
        rows[f"point{place}"] = ord(".")
        rows[f"high{place}"] = _four_digits()[high - whole * 10_000]
        rows[f"low{place}"] = _four_digits()[digits - high * 10_000]
    return rows.view(np.uint8).reshape(len(rows), rows.itemsize)


@functools.cache
def _four_digits() -> NDArray[np.uint32]:
    """The characters of 0000 to 9999, each four as one number."""
    digits = np.arange(10_000)[:, None] // [1000, 100, 10, 1] % 10
    return (digits + ord("0")).astype(np.uint8).view(np.uint32).reshape(-1)


def fixed_numbers(text: bytes) -> Numbers | None:
    r"""The numbers (N, W) of such text, each as `float` reads it; None where the text is of another kind.

    >>> fixed_numbers(b"0 0.25\n1 1.00\n")
    array([[0.  , 0.25],
           [1.  , 1.  ]])
    """
    width = text.find(b"\n") + 1
    if not width or len(text) % width or not _ROW.fullmatch(text, endpos=width):
        return None
    fields = text[: width - 1].split(b" ")
    if any(len(field) > _MOST_DIGITS for field in fields):
        return None
    first = np.frombuffer(text, dtype=np.uint8, count=width)
    is_digit = (first >= ord("0")) & (first <= ord("9"))
    rows = max(_CHUNK // width, 1)
    template = np.tile(np.where(is_digit, ord("0"), first).astype(np.uint8), rows)
    highest = np.tile(np.where(is_digit, 9, 0).astype(np.uint8), rows)
    weights, scales = _weights(fields, width)
    characters = np.frombuffer(text, dtype=np.uint8)
    numbers = np.empty((len(text) // width, len(fields)))
    digits = np.empty((rows, width))
    for start in range(0, len(numbers), rows):
        part = characters[start * width : (start + rows) * width]
        difference = part - template[: len(part)]
        if (difference > highest[: len(part)]).any():  # A character that comes before 0 gives more than 9, too.
            return None
        count = len(part) // width
        digits[:count] = difference.reshape(count, width)
        np.matmul(digits[:count], weights, out=numbers[start : start + count])
    # The digits as one whole number are exact, so that a division rounds as `float` does.
    numbers /= scales
    return numbers


def _weights(fields: Sequence[bytes], width: int) -> tuple[Numbers, Numbers]:
    """What each character of a row counts in each number (width, W), and by what these sums are divided (W,)."""
    weights, scales, start = np.zeros((width, len(fields))), np.ones(len(fields)), 0
    for column, field in enumerate(fields):
        places = [start + place for place, character in enumerate(field) if character != ord(".")]
        weights[places, column] = 10.0 ** np.arange(len(places) - 1, -1, -1)
        scales[column] = 10.0 ** len(field.partition(b".")[2])
        start += len(field) + 1
    return weights, scales
