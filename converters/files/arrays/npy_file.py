"""NumPy files as arrays and arrays as NumPy files; nothing in a file is ever run."""

from __future__ import annotations

import io
import struct
import tokenize
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.errors import DataFormatError

BROKEN = (
    *(OSError, EOFError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError, SyntaxError),
    *(struct.error, tokenize.TokenError),
)
"""What numpy raises for files that are cut off, damaged or no array at all."""


def mapped_npy(path: Path) -> NDArray[Any]:
    """The array in a file, of which nothing but shape and kind is read yet; a copy of it holds the numbers.

    Raises:
        OSError: and others of `BROKEN`: it is damaged.
        DataFormatError: an archive of arrays.
    """
    # Memory mapping: a header that promises more data than the file has gives an error, not an array of that size.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy warns of headers of Python 2, which damaged ones look like.
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    if not isinstance(mapped, np.ndarray):
        mapped.close()
        raise DataFormatError(path, "an archive of arrays found, expected one array; save one array alone")
    return mapped


def npy_bytes(array: NDArray[Any]) -> bytes:
    """A file with this array."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()
