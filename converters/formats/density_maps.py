"""Density maps: in which files they lie, where their pictures are, and what is stored in them.

HDF5 files have the dataset `density` (CSRNet); NumPy arrays and plain tables (C-3-Framework) are the map alone.
The format: `converters.formats.density`.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from converters.files.arrays import npy_file
from converters.files.labels.label_folder import PLACE
from converters.files.labels.scene_names import SPLITS
from converters.files.numbers.number_table import finite
from converters.files.pictures.pictures import pictures_by_stem
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import (
    composed,
    find_pictures,
    leads_back,
    listed,
    natural_key,
    read_unpacked,
    without_picture_suffix,
)
from gta_head_tools.whole_files import replacing

if TYPE_CHECKING:
    from gta_head_tools.maps.map_window import FloatMap

DENSITY_MAP = "density_map"
"""Fact of an image: its map, relative to the root."""

_FOLDERS = ("density", "den", "ground_truth")
_PICTURES = ("images", "img")

KEY = "density"
SUFFIXES = (".h5", ".npy", ".csv")

_SIZE = "source_size"
_MOST_CELLS = 1 << 29
"""No picture has as many pixels; a damaged header may ask for more memory than there is."""
# What h5py and numpy raise for files that are cut off, damaged or of another kind.
_BROKEN = (
    *npy_file.BROKEN,
    *(RuntimeError, zlib.error),
)


def without_map(image: ImageAnnotations) -> ImageAnnotations:
    """`image` without the fact that names its map, so that its heads count and not the map."""
    facts = {key: value for key, value in image.info.facts.items() if key != DENSITY_MAP}
    return image.replace(info=replace(image.info, facts=facts))


def looks_like_maps(path: Path) -> bool:
    """True for maps in `density` or `den`, also by split, and for `.h5` files in the folder itself."""
    # CSRNet keeps its maps in `ground_truth`, among the points of ShanghaiTech: such a folder is not detected as maps.
    named_so = any(folder.name in _FOLDERS[:2] for _, folder in _map_folders(path))
    return named_so or any(map(_is_map, listed(path, "*.h5")))


def map_images(path: Path) -> tuple[list[ImageInfo], tuple[str, ...]]:
    """The images of all maps in a folder, in natural order of their names, and notes.

    The path of an image is the name that its picture would have; the facts are its map and the place of its picture.

    Raises:
        DatasetLayoutError: there are none, or two of one picture.
    """
    infos: list[tuple[str, ImageInfo]] = []
    stems = cache(pictures_by_stem)
    there = 0
    for split, folder in _map_folders(path) or [(None, path)]:
        homes = [folder] if folder == path else [folder.parent / name for name in _PICTURES]
        there += sum(len(find_pictures(home, recursive=home != path)) for home in homes if home.is_dir())
        for file in listed(path, "*") if folder == path else _maps(folder):
            if not _is_map(file):
                continue
            name = file.relative_to(folder).with_suffix("").as_posix()
            picture = _picture(homes, name, stems)
            first = name.partition("/")[0]
            of = split or (first if first in SPLITS and "/" in name else None)
            facts = {DENSITY_MAP: file.relative_to(path).as_posix(), PLACE: picture.relative_to(path).as_posix()}
            bare = name.removeprefix(f"{of}/") + picture.suffix
            infos.append((f"{of}/{bare}" if of else bare, ImageInfo(bare, split=of, facts=facts)))
    if not infos:
        raise DatasetLayoutError(
            path, "no density maps found, expected density/NAME.h5, .npy or .csv; check the folder"
        )
    _check_single(path, [(name, info.facts[DENSITY_MAP]) for name, info in infos])
    if len({info.path for _, info in infos}) < len(infos):  # ShanghaiTech counts from 1 in every split.
        infos = [(name, replace(info, path=name, name=info.name)) for name, info in infos]
    infos.sort(key=lambda entry: natural_key(entry[0]))
    alone = there - sum((path / info.facts[PLACE]).is_file() for _, info in infos)
    notes = (f"{alone} pictures have no density map and are left out",) if alone > 0 else ()
    return [info for _, info in infos], notes


def _map_folders(path: Path) -> list[tuple[str | None, Path]]:
    """Split and folder of maps: those of the data set itself, else those of its splits."""
    whole = next((path / name for name in _FOLDERS if any(_maps(path / name))), None)
    if whole is not None:
        return [(None, whole)]
    places = ((split, path / f"{split}{end}" / name) for split in SPLITS for end in ("", "_data") for name in _FOLDERS)
    return [(split, folder) for split, folder in places if any(_maps(folder))]


def _maps(folder: Path) -> Iterator[Path]:
    for entry in listed(folder, "*"):
        if entry.is_dir():
            yield from () if leads_back(entry) else _maps(entry)
        elif _is_map(entry):
            yield entry


def _is_map(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(".")


def _picture(folders: list[Path], name: str, stems: Callable[[Path], dict[str, str]]) -> Path:
    """The picture of that name in one of these folders; without one, the path that it would have."""
    for place in (folder / name for folder in folders):
        if (stem := composed(place.name)) in (there := stems(place.parent)):
            return place.with_name(there[stem])
    return folders[0] / f"{name}.jpg"


def _check_single(path: Path, maps: list[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for name, file in maps:
        other = seen.setdefault(composed(without_picture_suffix(name)), file)
        if other != file:
            raise DatasetLayoutError(path / file, f"is a second map of {name}, beside {other}; remove one of them")


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
        problem = (
            "no readable density map: damaged, or of another kind than its suffix says; copy or make the file again"
        )
        raise DataFormatError(path, problem) from error
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
            partial.write_bytes(npy_file.npy_bytes(density))
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
    return np.array(npy_file.mapped_npy(path)), None


def _read_csv(path: Path) -> tuple[NDArray[Any], None]:
    lines = [line.strip(" \t,;") for line in read_unpacked(path).decode().splitlines()]
    if not any(lines):
        raise DataFormatError(path, "the table is empty; make the file again")
    # The first line tells the separator. Numbers between semicolons or tabs may have decimal commas.
    first = next(filter(None, lines))
    separator = next((mark for mark in ";\t," if mark in first), None)
    texts = [line.replace(",", ".") for line in lines] if separator in {";", "\t"} else lines
    try:
        return np.loadtxt(texts, delimiter=separator, ndmin=2, comments=None), None
    except ValueError as error:
        raise _wrong_row(path, lines, separator) from error


def _wrong_row(path: Path, lines: list[str], separator: str | None) -> DataFormatError:
    """The error for the first row that has no numbers, or another number of them than the first."""
    rows = [(place, line.split(separator)) for place, line in enumerate(lines, start=1) if line]
    width = len(rows[0][1])
    for place, words in rows:
        odd = [word for word in words if math.isnan(finite(word.replace(",", ".")))]
        if odd or len(words) != width:
            found = (
                f"{odd[0]!r} is no finite number" if odd else f"{len(words)} numbers, expected {width} as in the first"
            )
            return DataFormatError(path, f"{found}; correct it, or make the map again", line=place)
    return DataFormatError(path, "no table of numbers; make the map again")


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
    # The least is NaN if any value is NaN, so that one pass over the map finds all wrong values.
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
