"""ShanghaiTech: one point per head, a MATLAB file for each picture.

```
<part>/<split>_data/images/IMG_1.jpg              part_A_final, part_B_final, or no such folder; train_data, test_data
<part>/<split>_data/ground_truth/GT_IMG_1.mat     image_info: 1 x 1 cell of a 1 x 1 struct: location (N x 2), number
```

Source: Zhang, Zhou, Chen, Gao, Ma, "Single-image crowd counting via multi-column convolutional neural network", CVPR
2016; `leeyeehoo/CSRNet-pytorch`, `make_dataset.ipynb`. Also read: `ground-truth` for the folder of the points, pictures
beside them, a single folder of a split, and files of any MATLAB version. We write version 5, images without a split
into `images` and `ground_truth` of the target.

Points are MATLAB plot coordinates, see `matlab`; `-i shift=-0.5` moves them to pixel edges.

Traps:
    * Points lie outside of pictures, and twice at one place; both are kept, as published counts do.
    * Numbers of pictures begin at 1 in every split and part, so that names hold those folders.
    * CSRNet's maps, `IMG_1.h5`, lie in the same folder; they are the format `density`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np

from converters.files.arrays import matlab
from converters.files.arrays.matlab_writing import matlab_bytes
from converters.files.labels.image_info import IMAGE_INFO, located_points
from converters.files.labels.label_folder import PLACE, from_each_file, set_folder
from converters.files.labels.label_writing import write_each
from converters.files.labels.scene_names import SPLITS, usual_split
from converters.files.pictures.picture_paths import flat_names
from converters.files.pictures.picture_places import picture_places
from converters.files.pictures.pictures import ImageMode
from converters.formats.format import Format, Writes
from converters.formats.options import NoOptions, PointOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import (
    composed,
    existing_folder,
    listed,
    natural_key,
    own_name,
    without_picture_suffix,
)

_POINTS = ("ground_truth", "ground-truth")
_PICTURES = "images"
_PREFIX = "GT_"


def detect(path: Path) -> bool:
    """True for `GT_*.mat`, and for a folder with such files in `ground_truth` of itself, its splits, or their parts."""
    if path.is_file():
        return path.name.startswith(_PREFIX) and path.suffix == ".mat"
    return any(True for _ in _folders(path))


def _folders(path: Path) -> Iterator[tuple[Path, str | None]]:
    """Folders that hold points, and their splits: that of the folder itself, and those of its splits and parts."""
    own = [folder for folder in (path, *(path / name for name in _POINTS)) if _files(folder)]
    if own:
        yield own[0], _split_of(own[0] if own[0] == path else path)
    for part in (path, *sorted(listed(path, "part_*"), key=lambda folder: natural_key(folder.name))):
        for split in SPLITS:
            for end in ("", "_data"):
                places = (part / f"{split}{end}" / name for name in _POINTS)
                yield from ((place, split) for place in places if _files(place))


def _files(folder: Path) -> list[Path]:
    return listed(folder, f"{_PREFIX}*.mat")


def _split_of(folder: Path) -> str | None:
    """The split that a folder of pictures and points is called after."""
    named = own_name(folder) if own_name(folder) not in _POINTS else own_name(folder.absolute().parent)
    return next((split for split in SPLITS if named in {split, f"{split}_data"}), None)


def read(path: Path, options: PointOptions) -> Dataset:
    """The data set at `path`, a folder or one file of points; they are read when it is iterated.

    Raises:
        DatasetLayoutError: no folder, or none with points in it.
        DataFormatError: when iterated: a file is damaged or holds what it should not.
    """
    root = set_folder(path, _POINTS) if path.is_file() else existing_folder(path)
    labels: list[tuple[ImageInfo, Path]] = []
    for folder, split in _folders(path) if path == root else [(path, _split_of(path.parent))]:
        home = root if folder == path else folder.parent
        homes = [place for place in (home / _PICTURES, home if path.is_file() else folder) if place.is_dir()]
        place = picture_places(root, homes or [home / _PICTURES], bare=True)
        for file in [path] if path.is_file() else _files(folder):
            lies = place(composed(file.stem.removeprefix(_PREFIX)))
            name = (home.relative_to(root) / PurePosixPath(lies).name).as_posix()
            labels.append((ImageInfo(name, split=split, facts={PLACE: lies}), file))
    if not labels:
        raise DatasetLayoutError(path, "no points found, expected ground_truth/GT_NAME.mat; check the folder")
    return from_each_file(path, root, labels, partial(_read_points, options.shift), scenes=options.scenes)


def _read_points(shift: float, file: Path, info: ImageInfo) -> ImageAnnotations:
    stored = matlab.variable(file, matlab.load(file, [IMAGE_INFO]), IMAGE_INFO)
    while stored.dtype == object and stored.size == 1 and isinstance(stored.item(), np.ndarray):
        stored = stored.item()
    return ImageAnnotations(info, located_points(file, stored) + shift)


def places(scene: Scene, source: Path) -> list[str]:
    """The folders of its splits."""
    return [_home(split, source) + _POINTS[0] for split in scene.splits]


def _home(split: str | None, source: Path) -> str:
    return f"{usual_split(split, path=source)}_data/" if split else ""


def write(dataset: Dataset, target: Path, options: NoOptions, images: ImageMode) -> None:  # noqa: ARG001
    """Write pictures, and the points of each as a MATLAB file.

    Raises:
        DatasetLayoutError: the target cannot be written, two images have one name, or a picture is missing.
    """

    def place(info: ImageInfo, name: str) -> tuple[str, str]:
        home = _home(info.split, dataset.source)
        return f"{home}{_POINTS[0]}/{_PREFIX}{without_picture_suffix(name)}.mat", f"{home}{_PICTURES}/{name}"

    write_each(dataset, target, images, place, _stored, names=flat_names(dataset, by_split=True))


def _stored(image: ImageAnnotations, picture: str) -> bytes:  # noqa: ARG001
    info = np.empty((1, 1), dtype=[("location", object), ("number", object)])
    info[0, 0] = (np.array(image.points), np.array([[len(image)]], dtype=np.int32))
    cell = np.empty((1, 1), dtype=object)
    cell[0, 0] = info
    return matlab_bytes({IMAGE_INFO: cell})


FORMAT = Format(
    holds=frozenset({"points", "split"}),
    read=read,
    options=PointOptions,
    detect=detect,
    writes=Writes(write=write, places=places),
)
