"""Density maps in files: HDF5 with the dataset `density` (CSRNet), NumPy arrays, and plain tables (C-3-Framework)."""

from __future__ import annotations

import struct
import tokenize
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked, replacing

if TYPE_CHECKING:
    from gta_head_tools.maps.map_window import FloatMap

KEY = "density"
SUFFIXES = (".h5", ".npy", ".csv")

_SIZE = "source_size"
_MOST_CELLS = 1 << 29
"""No picture has as many pixels; a damaged header may ask for more memory than there is."""
# What h5py and numpy raise for files that are cut off, damaged or of another kind.
_BROKEN = (
    *(OSError, EOFError, ValueError, TypeError, LookupError, RuntimeError, ArithmeticError, MemoryError, SyntaxError),
    *(struct.error, tokenize.TokenError, zlib.error),
)


@dataclass(frozen=True, slots=True, eq=False)
class StoredMap:
    """What a file holds.

    Attributes:
        density: float32 or float64 (H, W).
        size: width and height of its picture, None = the file does not say.
    """

    density: FloatMap
    size: tuple[int, int] | None = None


def read_map(path: Path, *, negative: bool = False) -> StoredMap:
    """The density map in a file, whose suffix says what kind it is.

    Args:
        path: `.h5`, `.npy` or `.csv`.
        negative: values below 0 are no error: networks predict such.

    Raises:
        DataFormatError: the file is damaged, holds no density, or a value that is none.
        DatasetLayoutError: it cannot be opened.
    """
    try:
        values, size = _READERS[path.suffix.lower()](path)
    except _BROKEN as error:
        raise DataFormatError(path, f"no readable density map ({error}); copy or make the file again") from error
    return StoredMap(_checked(path, values, negative=negative), size)


def write_map(path: Path, density: NDArray[np.float32], attributes: Mapping[str, Any]) -> None:
    """Write a density map, whole or not at all, as the suffix says.

    Args:
        path: `.h5`, `.npy` or `.csv`.
        density: (H, W). The text of a table keeps nine digits, which is every float32 exactly.
        attributes: of the dataset in an `.h5`; other kinds have no place for them.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    with replacing(path) as partial:
        if path.suffix == ".h5":
            import h5py

            with h5py.File(partial, "w") as file:
                file.create_dataset(KEY, data=density).attrs.update(attributes)
        elif path.suffix == ".npy":
            with partial.open("wb") as file:
                np.save(file, density, allow_pickle=False)
        else:
            np.savetxt(partial, density, fmt="%.9g", delimiter=",")


def _read_h5(path: Path) -> tuple[NDArray[Any], tuple[int, int] | None]:
    import h5py

    with h5py.File(path, "r") as file:
        stored = file.get(KEY)
        if not isinstance(stored, h5py.Dataset):
            found = ", ".join(map(repr, file)) or "nothing"
            raise DataFormatError(path, f"expected a dataset {KEY!r}, found {found}; name or make it so")
        _check_shape(path, stored.shape or ())
        size = np.asarray(stored.attrs.get(_SIZE, ()))
        if size.size and (size.shape != (2,) or size.dtype.kind not in "iu" or np.any(size < 1)):
            raise DataFormatError(path, f"{_SIZE} {size} found, expected width and height; correct it", record=KEY)
        return stored[()], (int(size[0]), int(size[1])) if size.size else None


def _read_npy(path: Path) -> tuple[NDArray[Any], None]:
    # Mapped, a header that promises more than there is makes an error instead of an array of that size.
    mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    if not isinstance(mapped, np.ndarray):
        mapped.close()
        raise DataFormatError(path, "an archive of arrays found, expected one array; save the map alone")
    return np.array(mapped), None


def _read_csv(path: Path) -> tuple[NDArray[Any], None]:
    lines = read_unpacked(path).decode("ascii").splitlines()
    if not any(lines):
        raise DataFormatError(path, "the table is empty; make the file again")
    return np.loadtxt(lines, delimiter=",", ndmin=2, comments=None), None


_READERS: dict[str, Callable[[Path], tuple[NDArray[Any], tuple[int, int] | None]]] = {
    ".h5": _read_h5,
    ".npy": _read_npy,
    ".csv": _read_csv,
}


def _check_shape(path: Path, shape: tuple[int, ...]) -> None:
    if len(shape) != 2 or not 0 < np.prod(shape, dtype=np.float64) < _MOST_CELLS:
        found = " x ".join(map(str, shape)) or "a single value"
        raise DataFormatError(path, f"{found} found, expected rows and columns of a map; store one map a file")


def _checked(path: Path, values: NDArray[Any], *, negative: bool) -> FloatMap:
    _check_shape(path, values.shape)
    if values.dtype.kind not in "fiu":
        raise DataFormatError(path, f"values of type {values.dtype} found, expected numbers; make the file again")
    wide = values.dtype.itemsize >= 8
    density: FloatMap = values.astype(np.float64, order="C") if wide else values.astype(np.float32, order="C")
    # The least is NaN if any is, so that one pass finds what a map must not hold.
    least, most = density.min(), density.max()
    if not np.isfinite(least) or not np.isfinite(most):
        raise _odd(path, ~np.isfinite(density), density, "no finite number; make the map again")
    if least < 0 and not negative:
        hint = "correct it, or take heads of what a network made with -i points=maxima -i negative=true"
        raise _odd(path, density < 0, density, f"below 0; {hint}")
    return density


def _odd(path: Path, odd: NDArray[np.bool_], density: FloatMap, problem: str) -> DataFormatError:
    row, column = (int(place) for place in np.argwhere(odd)[0])
    told = f"{density[row, column]:g} is {problem} ({int(odd.sum())} such values)"
    return DataFormatError(path, told, record=f"row {row + 1}, column {column + 1}")
