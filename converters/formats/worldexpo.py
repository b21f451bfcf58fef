"""WorldExpo'10: frames of 108 fixed cameras, one point per head, a region of interest per camera; reading only.

```
train_frame/<scene>_<rest>.jpg            720 x 576                        test_frame/<scene>/<name>.jpg
train_label/<scene>/<scene>_<rest>.mat    point_position: N x 2, x y       test_label/<scene>/<name>.mat
train_label/<scene>/roi.mat               maskVerticesXCoordinates, maskVerticesYCoordinates: V x 1 each
```

Source: Zhang, Li, Wang, Yang, "Cross-scene crowd counting via deep convolutional neural networks", CVPR 2015;
`gjy3035/C-3-Framework`, `datasets/WE`. The label folders tell the frames: pictures lie in the folder of the split or in
that of the scene in it. A scene is one camera. Published counts are those inside of the region (`ImageInfo.roi`), heads
outside of it are read, too. `train_perspective` and `test_perspective` are not read.

Points and regions are MATLAB plot coordinates, see `matlab`; `-i shift=-0.5` moves both to pixel edges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from converters.files.arrays import matlab
from converters.files.labels.ann_points import read_ann
from converters.files.labels.label_folder import PLACE, from_each_file
from converters.files.labels.scene_names import SPLITS, SceneGrouping, SplitName
from converters.files.pictures.pictures import fill_scene, pictures_by_stem
from converters.formats.format import Format
from gta_head_tools.annotations import ImageInfo, with_size
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import composed, existing_folder, listed
from gta_head_tools.regions import Region
from gta_head_tools.unreadable import read_or

_SIZE = (720, 576)
_POINTS = "point_position"
_REGION = "roi.mat"
_VERTICES = ("maskVerticesXCoordinates", "maskVerticesYCoordinates")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        shift: added to both coordinates of points and regions, pixels.
        scenes: how pictures make scenes.
    """

    shift: float = 0.0
    scenes: SceneGrouping = "auto"


def detect(path: Path) -> bool:
    """True for a folder with `train_label/<scene>/*.mat`, or those of another split."""
    return any(True for _ in _scene_folders(path))


def _scene_folders(path: Path) -> Iterator[tuple[SplitName, Path]]:
    """Splits, and the folders of labels of their scenes."""
    for split in SPLITS:
        for folder in sorted(listed(path / f"{split}_label", "[!.]*")):
            if _frames(folder):
                yield split, folder


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set at `path`; points are read when it is iterated, regions at once.

    Raises:
        DatasetLayoutError: no folder, or none with points in it.
        DataFormatError: a region is damaged or none; when iterated: a file of points.
    """
    labels: list[tuple[ImageInfo, Path]] = []
    flat = {split: pictures_by_stem(path / f"{split}_frame") for split in SPLITS}
    for split, folder in _scene_folders(existing_folder(path)):
        scene, roi = folder.name, read_or(None, partial(_region, options.shift), folder / _REGION)
        apart = pictures_by_stem(path / f"{split}_frame" / scene)
        for file in _frames(folder):
            stem = composed(file.stem)
            inner = stem in apart or (stem not in flat[split] and split != "train")
            picture = (apart if inner else flat[split]).get(stem, f"{stem}.jpg")
            lies = f"{split}_frame/{f'{scene}/' if inner else ''}{picture}"
            info = ImageInfo(f"{scene}/{picture}", scene=scene, split=split, roi=roi, facts={PLACE: lies})
            labels.append((info, file))
    if not labels:
        raise DatasetLayoutError(path, "no points found, expected train_label/SCENE/NAME.mat; check the folder")
    read_one = partial(read_ann, options.shift, name=_POINTS)
    dataset = from_each_file(path, path, labels, read_one, scenes=options.scenes)
    return replace(dataset, scenes=tuple(_sized(scene, path) for scene in dataset.scenes))


def _frames(folder: Path) -> list[Path]:
    return sorted(file for file in listed(folder, "[!.]*.mat") if file.name != _REGION)


def _sized(scene: Scene, root: Path) -> Scene:
    """The scene; where nothing tells the size of a frame it is that of the others, else that of the set."""
    images = fill_scene(scene, root).images
    return replace(scene, images=tuple(info if info.sized else with_size(info, _SIZE) for info in images))


def _region(shift: float, file: Path) -> Region | None:
    if not file.is_file():
        return None
    stored = matlab.load(file, _VERTICES)
    columns = {name: matlab.variable(file, stored, name) for name in _VERTICES}
    count = columns[_VERTICES[0]].size
    polygon = np.array([matlab.numbers(file, column, count, record=name) for name, column in columns.items()]).T + shift
    if count > 1 and np.array_equal(polygon[0], polygon[-1]):
        polygon = polygon[:-1]  # MATLAB's polygons end where they begin.
    if len(polygon) < 3:
        raise DataFormatError(file, f"{count} vertices found, expected three at least; draw the region again")
    return Region(polygon=polygon)


FORMAT = Format(
    holds=frozenset({"points", "split"}),
    read=read,
    options=ReadOptions,
    detect=detect,
)
