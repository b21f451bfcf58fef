"""UCF-QNRF: one point per head, a MATLAB file beside each picture.

```
Train/img_0001.jpg   Train/img_0001_ann.mat         annPoints: N x 2, x y        also Test, Val, or no such folder
```

Source: Idrees, Tayyab, Athrey, Zhang, Al-Maadeed, Rajpoot, Shah, "Composition loss for counting, density map estimation
and localization in dense crowds", ECCV 2018; `cvlab-stonybrook/DM-Count`, `preprocess/preprocess_dataset_qnrf.py`.
Also read: one folder of pictures and points, as after preprocessing, one file of points, and any MATLAB version. We
write version 5, names as they are, and images without a split into `images`, where UCF_CC_50 is not mistaken for them.

Points are MATLAB plot coordinates, see `matlab`; `-i shift=-0.5` moves them to pixel edges.

Traps:
    * Some points lie outside of their picture; they are kept, as published counts do.
    * An image without heads has an empty array of any shape; one head is 1 x 2.
    * Numbers of pictures begin at 1 in both splits, so that names hold the folder.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from converters.files.arrays.matlab_writing import matlab_bytes
from converters.files.labels.ann_points import END, POINTS, ann_files, ann_labels, are_numbered, read_ann
from converters.files.labels.label_folder import folders_called, from_each_file
from converters.files.labels.label_writing import write_each
from converters.files.labels.scene_names import SPLITS, usual_split
from converters.files.pictures.picture_paths import flat_names
from converters.files.pictures.pictures import ImageMode
from converters.formats.format import Format, Writes
from converters.formats.options import NoOptions, PointOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import own_name, without_picture_suffix

_NO_SPLIT = "images"


def detect(path: Path) -> bool:
    """True for `*_ann.mat`, and for such files in a folder or in its splits; not for those of UCF_CC_50."""
    if own := ann_files(path):
        return not are_numbered(own) or _split_of(path) is not None
    return any(ann_files(folder) for folder in _folders(path)[1:])


def _folders(path: Path) -> list[Path]:
    """The folder itself, and those of the splits in it."""
    return [path, *folders_called(path, {*SPLITS, _NO_SPLIT})]


def _split_of(folder: Path) -> str | None:
    """The split that a folder, or the folder of a file, is called after."""
    home = folder.absolute().parent if folder.is_file() else folder
    return next((split for split in SPLITS if own_name(home).lower() == split), None)


def read(path: Path, options: PointOptions) -> Dataset:
    """The data set at `path`; points are read when it is iterated.

    Raises:
        DatasetLayoutError: no points there.
        DataFormatError: when iterated: a file is damaged or holds what it should not.
    """
    root = path.parent if path.is_file() else path
    labels = [pair for folder in _folders(path) for pair in ann_labels(root, folder, _split_of(folder))]
    if not labels:
        raise DatasetLayoutError(path, f"no points found, expected Train/NAME{END} or Test/NAME{END}; check the folder")
    return from_each_file(path, root, labels, partial(read_ann, options.shift), scenes=options.scenes)


def places(scene: Scene, source: Path) -> list[str]:
    """The folders of its splits."""
    return [_home(info, source) for info in {info.split: info for info in scene.images}.values()]


def _home(info: ImageInfo, source: Path) -> str:
    return usual_split(info.split, path=source).capitalize() if info.split else _NO_SPLIT


def write(dataset: Dataset, target: Path, options: NoOptions, images: ImageMode) -> None:  # noqa: ARG001
    """Write pictures, and the points of each beside it.

    Raises:
        DatasetLayoutError: the target cannot be written, two images have one name, or a picture is missing.
    """

    def place(info: ImageInfo, name: str) -> tuple[str, str]:
        picture = f"{_home(info, dataset.source)}/{name}"
        return f"{without_picture_suffix(picture)}{END}", picture

    write_each(dataset, target, images, place, _stored, names=flat_names(dataset, by_split=True))


def _stored(image: ImageAnnotations, picture: str) -> bytes:  # noqa: ARG001
    return matlab_bytes({POINTS: np.array(image.points)})


FORMAT = Format(
    holds=frozenset({"points", "split"}),
    read=read,
    options=PointOptions,
    detect=detect,
    writes=Writes(write=write, places=places),
)
