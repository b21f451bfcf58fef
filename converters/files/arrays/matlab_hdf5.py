"""MATLAB files of version 7.3, which are HDF5: the same arrays that scipy gives for older versions.

A struct is a group, a cell an array of references, and every array is stored with its axes in the opposite order.
Source: MathWorks, "MAT-File Versions"; `h5py` for the container.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.unpacking import most_bytes

if TYPE_CHECKING:
    import h5py

BROKEN = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, MemoryError, OverflowError)
"""What h5py and numpy raise for files that are cut off, damaged or no HDF5 at all."""
_DEEPEST = 8
"""Cells and structs within each other; those of crowd sets have three."""


def load(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The variables of those names that the file holds.

    Raises:
        OSError: and others of `BROKEN`: it is damaged.
    """
    import h5py

    with h5py.File(path, "r") as file:
        return {name: _value(file, file[name], _DEEPEST) for name in names if name in file}


def shapes(path: Path) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shape and MATLAB class of every variable, without reading them.

    Raises:
        OSError: and others of `BROKEN`: it is damaged.
    """
    import h5py

    with h5py.File(path, "r") as file:
        return {
            name: ((1, 1) if isinstance(stored, h5py.Group) else stored.shape[::-1], _kind(stored))
            for name, stored in file.items()
            if not name.startswith("#")
        }


def _kind(stored: h5py.Group | h5py.Dataset) -> str:
    found = stored.attrs.get("MATLAB_class", b"struct")
    return found.decode() if isinstance(found, bytes) else str(found)


def _value(file: h5py.File, stored: h5py.Group | h5py.Dataset, deep: int) -> NDArray[Any]:
    import h5py

    if not deep:
        raise ValueError("cells or structs are nested too deeply")
    if isinstance(stored, h5py.Group):
        fields = {name: _value(file, part, deep - 1) for name, part in stored.items()}
        struct = np.empty((1, 1), dtype=[(name, object) for name in fields])
        struct[0, 0] = tuple(fields.values())
        return struct
    if stored.nbytes > most_bytes(file.id.get_filesize()):
        raise ValueError("an array is larger than the file can hold")
    values = np.asarray(stored[()])
    if stored.attrs.get("MATLAB_empty", 0):
        return np.empty(tuple(int(side) for side in values.reshape(-1)))  # What is stored is the shape.
    if h5py.check_ref_dtype(stored.dtype) is not None:
        cells = np.empty(values.shape, dtype=object)
        for place, reference in np.ndenumerate(values):
            cells[place] = _value(file, file[reference], deep - 1)
        return cells.T
    if _kind(stored) == "char":
        return np.array(["".join(map(chr, line)) for line in values.T.tolist()])
    return values.T
