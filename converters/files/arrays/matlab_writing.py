"""MATLAB files of version 5 as bytes: equal variables give equal files."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

_TEXT = b"MATLAB 5.0 MAT-file, written by ghtools"
"""What a file begins with; scipy would put the time there, so that no two files were equal."""
_TEXT_BYTES = 116


def matlab_bytes(variables: Mapping[str, NDArray[Any]]) -> bytes:
    """A file with these variables: an array of objects is a cell, one with named fields a struct."""
    from scipy.io import savemat

    file = io.BytesIO()
    # The stubs of scipy know paths alone; its documentation names open files too.
    savemat(file, dict(variables), appendmat=False, do_compression=True)  # type: ignore[arg-type]
    return _TEXT.ljust(_TEXT_BYTES) + file.getvalue()[_TEXT_BYTES:]
