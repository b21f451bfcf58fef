"""MATLAB files of version 7.3 as MATLAB writes them, built for tests with h5py alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

_HEAD = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan  1 00:00:00 2026 HDF5 schema 1.00 ."


def write_hdf5_mat(path: Path, **variables: Any) -> Path:
    """A file with these variables: arrays, dicts (1 x 1 structs), and lists of those (1 x N cells)."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, value in variables.items():
            _store(file, file, name, value)
    with path.open("r+b") as stored:
        stored.write(_HEAD.ljust(116) + bytes(8) + b"\x00\x02IM")
    return path


def _store(file: h5py.File, home: h5py.Group, name: str, value: Any) -> Any:
    if isinstance(value, dict):
        group = home.create_group(name)
        group.attrs["MATLAB_class"] = np.bytes_("struct")
        for key, part in value.items():
            _store(file, group, key, part)
        return group
    if isinstance(value, list):
        references = file.require_group("#refs#")
        cells = [_store(file, references, f"r{len(references)}", part).ref for part in value]
        stored = home.create_dataset(name, (len(cells), 1), dtype=h5py.ref_dtype)
        for place, reference in enumerate(cells):
            stored[place, 0] = reference
        stored.attrs["MATLAB_class"] = np.bytes_("cell")
        return stored
    array = np.asarray(value)
    if array.size:
        stored = home.create_dataset(name, data=array.T)
    else:
        stored = home.create_dataset(name, data=np.array(array.shape, dtype=np.uint64))
        stored.attrs["MATLAB_empty"] = np.uint8(1)
    stored.attrs["MATLAB_class"] = np.bytes_("double")
    return stored
