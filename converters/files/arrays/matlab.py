"""MATLAB files as the crowd sets use them: structs and cells of N x 2 arrays, never squeezed (one head is 1 x 2).

Stored coordinates are usually MATLAB plot coordinates: counted from 1, a pixel's centre at the integer. The shift to
pixel edges is then -0.5, but nearly all published code uses 0; so do our readers, with an option `shift`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from converters.files.arrays import matlab_check, matlab_hdf5
from gta_head_tools.annotations import Points
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError

Array = NDArray[Any]
T = TypeVar("T")

# What scipy raises for files that are cut off, damaged or no MATLAB file at all.
_BROKEN = (ValueError, TypeError, LookupError, OSError, EOFError, OverflowError, zlib.error, NameError, MemoryError)


def load(path: Path, names: Sequence[str]) -> Mapping[str, Array]:
    """The variables of those names that the file holds.

    Raises:
        DatasetLayoutError: no such file.
        DataFormatError: no MATLAB file, or a damaged one.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        matlab_check.check(_present(path).read_bytes())
        found: dict[str, Array] = loadmat(path, appendmat=False, variable_names=list(names))
    except NotImplementedError:
        found = _of_hdf5(path, lambda: matlab_hdf5.load(path, names))
    except (*_BROKEN, MatReadError) as error:
        raise _damaged(path) from error
    there = {name: found[name] for name in names if name in found}
    for name, stored in there.items():
        if not isinstance(stored, np.ndarray):
            raise DataFormatError(path, "expected a full array, found a sparse one; save full(...) of it", record=name)
    return there


def shapes(path: Path) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shape and MATLAB class of every variable, without reading them.

    Raises:
        DatasetLayoutError: no such file.
        DataFormatError: no MATLAB file, or a damaged one.
    """
    from scipy.io import whosmat
    from scipy.io.matlab import MatReadError

    try:
        matlab_check.check(_present(path).read_bytes())
        listed = whosmat(path, appendmat=False)
    except NotImplementedError:
        return _of_hdf5(path, lambda: matlab_hdf5.shapes(path))
    except (*_BROKEN, MatReadError) as error:
        raise _damaged(path) from error
    return {name: (tuple(shape), kind) for name, shape, kind in listed}


def has_variable(path: Path, name: str) -> bool:
    """True for a file that holds a variable of that name; for detection."""
    try:
        return name in shapes(path)
    except GtaHeadError:
        return False


def _present(path: Path) -> Path:
    if not path.is_file():
        raise DatasetLayoutError(path, "no such file; check the path")
    return path


def _of_hdf5(path: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except matlab_hdf5.BROKEN as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> DataFormatError:
    return DataFormatError(path, "no readable MATLAB file: damaged, or something else; copy or make the file again")


def variable(path: Path, variables: Mapping[str, Array], name: str) -> Array:
    """The variable of that name.

    Raises:
        DataFormatError: it is missing.
    """
    if name not in variables:
        raise DataFormatError(path, "missing variable; make the file again", record=name)
    return variables[name]


def is_empty(array: Array) -> bool:
    """True for what stands for "nothing": zero elements, or the one that an empty struct becomes."""
    return array.size == 0 or (array.dtype == object and array.size == 1 and array.item() is None)


def field(path: Path, struct: object, name: str, *, record: str) -> Array:
    """A field of a 1 x 1 struct.

    Raises:
        DataFormatError: `struct` (found at `record`) is none, or has no such field.
    """
    if not isinstance(struct, np.ndarray) or struct.size != 1 or name not in (struct.dtype.names or ()):
        raise DataFormatError(path, f"expected a 1 x 1 struct with field {name!r}, found {_say(struct)}", record=record)
    return np.asarray(struct.reshape(-1)[0][name])


def pairs(path: Path, array: Array, *, record: str) -> Points:
    """An N x 2 array of finite numbers; anything with zero elements has no rows.

    Raises:
        DataFormatError: another shape or kind, or a number that is not finite (counted from 1, as MATLAB does).
    """
    if array.size == 0:
        return np.empty((0, 2))
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "uif":
        raise DataFormatError(path, f"expected N x 2 numbers, found {_say(array)}", record=record)
    with np.errstate(invalid="ignore"):  # A signalling NaN would warn before it is refused.
        numbers = array.astype(np.float64)
    wrong = np.flatnonzero(~np.isfinite(numbers).all(axis=1))
    if wrong.size:
        x, y = numbers[wrong[0]]
        raise DataFormatError(
            path, f"expected finite numbers, found {x} {y}; correct or remove it", record=f"{record}({wrong[0] + 1},:)"
        )
    return numbers


def numbers(path: Path, array: Array, count: int, *, record: str) -> list[float]:
    """Exactly `count` finite numbers, whatever the shape.

    Raises:
        DataFormatError: another number of elements or kind, or one that is not finite.
    """
    if array.size != count or array.dtype.kind not in "uif" or not np.isfinite(array).all():
        raise DataFormatError(path, f"expected {count} finite number(s), found {_say(array)}", record=record)
    return [float(value) for value in array.reshape(-1)]


def text(path: Path, array: Array, *, record: str) -> str:
    """One line of text.

    Raises:
        DataFormatError: no text, or several lines.
    """
    if array.size != 1 or array.dtype.kind != "U":
        raise DataFormatError(path, f"expected one line of text, found {_say(array)}", record=record)
    return str(array.item())


def _say(value: object) -> str:
    if not isinstance(value, np.ndarray):
        return type(value).__name__
    shape = " x ".join(map(str, value.shape)) or "single"
    what = f"struct ({', '.join(value.dtype.names)})" if value.dtype.names else str(value.dtype)
    shown = f" {value.reshape(-1).tolist()}" if value.size <= 3 and value.dtype.kind in "uifU" else ""
    return f"{shape} {what}{shown}"
