"""Columns of numbers as lines of text, built array by array, or by compiled code where there is much to write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError, DataFormatError
from gta_head_tools.worth_compiling import worth_compiling

Numbers = NDArray[np.float64] | NDArray[np.int64]
Characters = tuple[NDArray[np.uint8], NDArray[np.bool_]]
"""(N, width) characters and which of them are kept."""

NO_NUMBER = -(2**63)
"""An integer that leaves its field empty, as NaN does among floats."""
_LARGEST = 2**53
"""Above it a float64 no longer tells neighbouring integers apart."""
_SAVED, _SAVED_EACH_TIME = 4e-9, 3e-4
"""Seconds that compiled code saves for each character, and each time that it is called."""
_ROWS = 1 << 15
"""Lines built at once: bounds the memory, and keeps the arrays in the cache."""


def number_lines(columns: Sequence[Numbers], *, decimals: int) -> bytes:
    r"""Lines of comma separated numbers, each ended by a newline; NaN and `NO_NUMBER` leave a field empty.

    Args:
        columns: each (N,); integers, which are written exactly, or floats that are rounded.
        decimals: most digits after the point; zeros at the end are left out.

    Raises:
        ConfigError: a float is infinite or too large for that many decimals.

    >>> number_lines([np.array([1, 20]), np.array([-0.5, np.nan])], decimals=3)
    b'1,-0.5\n20,\n'
    """
    between = [b"", *[b","] * (len(columns) - 1), b"\n"]
    return number_rows(between, columns, decimals=decimals)[0] if columns else b""


def number_rows(
    between: Sequence[bytes], columns: Sequence[Numbers], *, decimals: int
) -> tuple[bytes, NDArray[np.int64]]:
    r"""A text for each row of numbers with constant texts between them, all joined; and where each ends in it (N,).

    Args:
        between: what stands before the first column, between two of them, and after the last one.
        columns: at least one, each (N,); see `number_lines`.
        decimals: see there.

    Raises:
        ConfigError: a float is infinite or too large for that many decimals.

    >>> number_rows([b"<", b"><", b">"], [np.array([1, 2]), np.array([0.5, 7.0])], decimals=3)
    (b'<1><0.5><2><7>', array([ 8, 14]))
    """
    count = len(columns[0])
    characters = count * (sum(map(len, between)) + 10 * len(columns))
    if worth_compiling("converters.files.numbers.compiled_rows", characters * _SAVED + _SAVED_EACH_TIME * bool(count)):
        from converters.files.numbers.compiled_rows import Style, written_rows

        styles = [Style.SHORT if column.dtype.kind == "f" else Style.WHOLE for column in columns]
        if (written := written_rows(between, columns, styles, decimals=decimals, empty=NO_NUMBER)) is not None:
            return written
    blocks = [
        _rows([column[start : start + _ROWS] for column in columns], between, decimals)
        for start in range(0, count, _ROWS)
    ]
    ends = np.cumsum(np.concatenate([np.empty(0, dtype=np.int64), *(sizes for _, sizes in blocks)]), dtype=np.int64)
    return b"".join(text for text, _ in blocks), ends


def head_lines(images: Sequence[ImageAnnotations], columns: Sequence[Numbers], *, decimals: int, source: Path) -> bytes:
    """`number_lines` of columns that hold one number for each head of these images.

    Args:
        images: one after the other.
        columns: each (heads,).
        decimals: see there.
        source: of the data set, for the message.

    Raises:
        DataFormatError: a number is too large; the message names its head.
    """
    between = [b"", *[b","] * (len(columns) - 1), b"\n"]
    return head_rows(between, columns, images, decimals=decimals, source=source)[0]


def head_rows(
    between: Sequence[bytes],
    columns: Sequence[Numbers],
    images: Sequence[ImageAnnotations],
    *,
    decimals: int,
    source: Path,
) -> tuple[bytes, NDArray[np.int64]]:
    """`number_rows` of columns that hold one number for each head of these images.

    Args:
        between: see there.
        columns: each (heads,).
        images: one after the other.
        decimals: see there.
        source: of the data set, for the message.

    Raises:
        DataFormatError: a number is too large; the message names its head.
    """
    try:
        return number_rows(between, columns, decimals=decimals)
    except ConfigError as error:
        wrong = np.any([np.abs(column) > _largest(column, decimals) for column in columns], axis=0)
        row = int(np.argmax(wrong))
        for image in images:
            if row < len(image):
                raise DataFormatError(source, str(error), record=f"head {row + 1} of {image.info.path}") from error
            row -= len(image)
        raise


def half_up(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Whole numbers, half rounded up as in NWPU-Crowd's lists, of the shape of `values`.

    >>> half_up(np.array([2.5, -2.5])).tolist()
    [3.0, -2.0]
    """
    return np.floor(values + 0.5)


def _largest(column: Numbers, decimals: int) -> float:
    return _LARGEST / 10**decimals if column.dtype.kind == "f" else np.inf


def _rows(columns: Sequence[Numbers], between: Sequence[bytes], decimals: int) -> tuple[bytes, NDArray[np.int64]]:
    """The text of some rows, and the length of each row."""
    always = np.ones(len(columns[0]), dtype=bool)
    parts = [_constant(between[0], always)]
    for column, after in zip(columns, between[1:], strict=True):
        parts += [*_characters(column, decimals if column.dtype.kind == "f" else 0), _constant(after, always)]
    text = np.concatenate([digits for digits, _ in parts], axis=1)
    kept = np.concatenate([kept for _, kept in parts], axis=1)
    characters: NDArray[np.uint8] = text[kept]
    return characters.tobytes(), kept.sum(axis=1)


def _characters(column: Numbers, decimals: int) -> list[Characters]:
    if column.dtype.kind == "f":
        known = ~np.isnan(column)
        numbers = np.where(known, column, 0)
        large = np.abs(numbers) > _largest(column, decimals)
        if large.any():
            worst = numbers[np.argmax(large)]
            raise ConfigError(f"the number {worst} is too large to be written with {decimals} decimals; correct it")
        integers = np.rint(numbers * 10.0**decimals).astype(np.int64)
    else:
        known = column != NO_NUMBER
        integers = np.where(known, column, 0).astype(np.int64)
    whole, rest = np.divmod(np.abs(integers), 10**decimals)
    parts = [_constant(b"-", integers < 0), _whole_digits(whole, known)]
    return [*parts, _constant(b".", rest > 0), _decimal_digits(rest, decimals)] if decimals and rest.any() else parts


def _constant(characters: bytes, kept: NDArray[np.bool_]) -> Characters:
    shape = (len(kept), len(characters))
    return np.broadcast_to(np.frombuffer(characters, dtype=np.uint8), shape), np.broadcast_to(kept[:, None], shape)


def _whole_digits(whole: NDArray[np.int64], known: NDArray[np.bool_]) -> Characters:
    width = len(str(whole.max(initial=0)))
    digits = np.empty((len(whole), width), dtype=np.uint8)
    kept = np.empty((len(whole), width), dtype=bool)
    left = whole
    for place in range(width - 1, -1, -1):
        kept[:, place] = left > 0
        left, digit = np.divmod(left, 10)
        digits[:, place] = digit
    kept[:, -1] = known
    return digits + np.uint8(ord("0")), kept


def _decimal_digits(rest: NDArray[np.int64], decimals: int) -> Characters:
    digits = np.empty((len(rest), decimals), dtype=np.uint8)
    kept = np.zeros((len(rest), decimals), dtype=bool)
    left, seen = rest, np.zeros(len(rest), dtype=bool)
    for place in range(decimals - 1, -1, -1):
        left, digit = np.divmod(left, 10)
        seen = seen | (digit > 0)
        digits[:, place], kept[:, place] = digit, seen
    return digits + np.uint8(ord("0")), kept
