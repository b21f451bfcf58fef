"""DM-Count's sets after its preprocessing, as those of Bayesian loss: a NumPy file of points beside each picture.

```
train/img_0001.jpg   train/img_0001.npy        N x 2, x y, float32; N x 3 with a distance behind     also val, test
```

Source: `cvlab-stonybrook/DM-Count`, `preprocess/` and `datasets/crowd.py`. Points are pixels of the picture beside
them, which that preprocessing has made smaller: they are no points of the original. Also read: arrays of other numbers,
a folder `images` in that of a split, one folder of pictures and points, and one file. The distance to the nearest
heads, which Bayesian loss adds in a third column, is passed over: it follows from the points. We write float32, which
moves a point by at most 3.1e-5 pixels below 1,024 and 1.3e-4 below 4,096; images without a split go to `images`.

Traps:
    * An image without heads has an empty array of any shape.
    * DM-Count lists `.jpg` alone, and replaces `jpg` in the whole path by `npy`.
    * A map `NAME_densitymap.npy` beside `NAME.npy` is passed over.
    * Pictures of the test split of NWPU-Crowd have no points; they are left out, and a note counts them.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converters.files.arrays import npy_file
from converters.files.labels.label_folder import PLACE, folders_called, from_each_file
from converters.files.labels.label_writing import write_each
from converters.files.labels.scene_names import SPLITS, usual_split
from converters.files.pictures.picture_paths import flat_names
from converters.files.pictures.pictures import ImageMode, pictures_by_stem
from converters.files.pictures.pictures_beside import unlabelled_defects
from converters.formats.format import Format, Writes
from converters.formats.options import NoOptions, StillOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import composed, listed, natural_key, own_name, without_picture_suffix

_END, _MAP = ".npy", "_densitymap"
_NO_SPLIT = "images"
_WIDTHS = (2, 3)
_SPLIT_FOLDERS = {f"{split}{end}": split for split in SPLITS for end in ("", "_data")}
_MOST_FILES = 20
"""Files that detection looks at."""


def detect(path: Path) -> bool:
    """True for `.npy` files of points: one, those of a folder, or those of its splits."""
    files = list(islice((file for folder, _ in _folders(path) for file in _files(folder)), _MOST_FILES))
    return {looks for file in files if (looks := _looks_like_points(file)) is not None} == {True}


def _folders(path: Path) -> list[tuple[Path, str | None]]:
    """The folder itself (or the one file), and the folders of its splits, with the split of each."""
    home = path.absolute().parent if path.is_file() else path
    named = own_name(home) if own_name(home) != _NO_SPLIT else own_name(home.absolute().parent)
    own = [(path, _split_of(named)), (path / _NO_SPLIT, _split_of(named))]
    below = folders_called(path, _SPLIT_FOLDERS)
    return [*own, *((place, _split_of(f.name)) for f in below for place in (f, f / _NO_SPLIT))]


def _split_of(name: str) -> str | None:
    return _SPLIT_FOLDERS.get(name.lower())


def _files(folder: Path) -> list[Path]:
    """The files of points in a folder, or the one that a path is."""
    if folder.suffix == _END and folder.is_file():
        return [folder]
    stems = {file.stem: file for file in sorted(listed(folder, f"[!.]*{_END}"))}
    return [
        file for stem, file in stems.items() if not (_of_other(stem) in stems and _looks_like_points(file) is False)
    ]


def _of_other(stem: str) -> str | None:
    """The name of the picture that a map of this name is of; None for other names."""
    return stem.removesuffix(_MAP) if stem.endswith(_MAP) else None


def _looks_like_points(file: Path) -> bool | None:
    """None for a damaged file, which reading tells of."""
    try:
        array = npy_file.mapped_npy(file)
    except (*npy_file.BROKEN, DataFormatError):
        return None
    return array.size == 0 or (array.ndim == 2 and array.shape[1] in _WIDTHS)


def read(path: Path, options: StillOptions) -> Dataset:
    """The data set at `path`; points are read when it is iterated.

    Raises:
        DatasetLayoutError: no points there.
        DataFormatError: when iterated: a file is damaged or holds what it should not.
    """
    root, labels, alone = path.parent if path.is_file() else path, list[tuple[ImageInfo, Path]](), list[str]()
    for folder, split in _folders(path):
        home = folder if folder.is_dir() else root
        files, pictures = {composed(file.stem): file for file in _files(folder)}, pictures_by_stem(home)
        for stem, file in files.items():
            lies = (home / pictures.get(stem, f"{stem}.jpg")).relative_to(root).as_posix()
            labels.append((ImageInfo(lies, split=split, facts={PLACE: lies}), file))
        bare = sorted(pictures.keys() - files.keys(), key=natural_key) if folder == home else []
        alone += [(home / pictures[stem]).relative_to(root).as_posix() for stem in bare]
    if not labels:
        raise DatasetLayoutError(path, "no points found, expected train/NAME.npy or test/NAME.npy; check the folder")
    notes = (f"{len(alone)} pictures have no file of points and are left out",) if alone else ()
    dataset = from_each_file(path, root, labels, _read_points, scenes=options.scenes, notes=notes)
    return dataset.with_defects(unlabelled_defects(alone))


def _read_points(file: Path, info: ImageInfo) -> ImageAnnotations:
    try:
        stored = npy_file.mapped_npy(file)
    except npy_file.BROKEN as error:
        problem = "no readable NumPy file of numbers: damaged, or something else; copy or make it again"
        raise DataFormatError(file, problem) from error
    return ImageAnnotations(info, _points(file, stored) if stored.size else ())


def _points(file: Path, stored: NDArray[np.generic]) -> NDArray[np.float64]:
    if stored.ndim != 2 or stored.shape[1] not in _WIDTHS or stored.dtype.kind not in "fiu":
        found = f"{' x '.join(map(str, stored.shape)) or 'a single'} {stored.dtype}"
        raise DataFormatError(file, f"expected N x 2 or N x 3 numbers, found {found}; store x y of each head")
    with np.errstate(invalid="ignore"):  # A signalling NaN would warn before it is refused.
        points = np.array(stored[:, :2], dtype=np.float64)
    odd = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if len(odd):
        x, y = points[odd[0]]
        raise DataFormatError(file, f"expected finite numbers, found {x} {y}; correct it", record=f"row {odd[0] + 1}")
    return points


def places(scene: Scene, source: Path) -> list[str]:
    """The folders of its splits."""
    return [_home(split, source) for split in scene.splits]


def _home(split: str | None, source: Path) -> str:
    return usual_split(split, path=source) if split else _NO_SPLIT


def write(dataset: Dataset, target: Path, options: NoOptions, images: ImageMode) -> None:  # noqa: ARG001
    """Write pictures, and the points of each beside it.

    Raises:
        DatasetLayoutError: the target cannot be written, two images have one name, or a picture is missing.
        DataFormatError: a number is too large for a float32.
    """

    def place(info: ImageInfo, name: str) -> tuple[str, str]:
        picture = f"{_home(info.split, dataset.source)}/{name}"
        return f"{without_picture_suffix(picture)}{_END}", picture

    def content(image: ImageAnnotations, picture: str) -> bytes:  # noqa: ARG001
        large = np.abs(image.points).max(initial=0) > np.finfo(np.float32).max
        if large:
            raise DataFormatError(dataset.source, "a number is too large for this format", record=image.info.path)
        return npy_file.npy_bytes(image.points.astype(np.float32))

    write_each(dataset, target, images, place, content, names=flat_names(dataset, by_split=True))


FORMAT = Format(
    holds=frozenset({"points", "split"}),
    read=read,
    options=StillOptions,
    detect=detect,
    writes=Writes(write=write, places=places),
)
