"""Checks of the columns that maps and scores are made from: the right shape, and finite numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]

_FARTHEST = float(1 << 40)
"""Pixels: larger coordinates are clipped, so that their squares are finite."""


def numbers_of(values: ArrayLike, name: str, *, width: int | None = None, count: int | None = None) -> Numbers:
    """The values as float64 (N,) or, with `width`, a new array (N, width) of pixels, clipped to 2^40; in C order.

    Args:
        values: from any framework; an empty list is no rows.
        name: of the column, for the message.
        width: of a row, None = one number each.
        count: of rows, None = any.

    Raises:
        ValueError: another shape or length, or a number that is not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        array = array.reshape((0,) if width is None else (0, width))
    expected = (len(array) if count is None else count, *(() if width is None else (width,)))
    if array.shape != expected:
        raise ValueError(f"{name} has shape {array.shape}, expected {expected}")
    known = np.isfinite(array)
    if not known.all():
        row = int(np.argmin(known if width is None else known.all(axis=1)))
        raise ValueError(f"{name}[{row}] is {array[row].tolist()}, which is not finite: leave such heads out")
    return np.ascontiguousarray(array if width is None else np.clip(array, -_FARTHEST, _FARTHEST))


def flags_of(values: ArrayLike | None, name: str, *, count: int) -> NDArray[np.bool_]:
    """The values as bool (count,); None = all False.

    Raises:
        ValueError: another shape or length.
    """
    flags = np.zeros(count, dtype=bool) if values is None else np.asarray(values, dtype=bool).reshape(-1)
    if len(flags) != count:
        raise ValueError(f"{name} has length {len(flags)}, expected {count}")
    return flags
