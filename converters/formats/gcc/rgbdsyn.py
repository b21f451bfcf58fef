"""ShanghaiTechRGBDSyn: rendered crowds as in GCC, with a box for each head made from its depth; reading only.

```
scene_<X>_<Y>/{jpgs,pngs,bmps}/<unix seconds>.jpg
scene_<X>_<Y>/point/<unix seconds>.json                [[row, column], ...]
scene_<X>_<Y>/bbox/<unix seconds>.txt                  x1 y1 x2 y2, in the order of the points
scene_<X>_<Y>/{jsons,mats}/<unix seconds>.{json,mat}   camera, weather, hour, area: see `gcc` (optional)
```

One such folder, or a folder of them. Source: Lian, Chen, Li, Luo, Gao, "Locating and counting heads in crowds with a
depth prior", TPAMI 2021; `svip-lab/ShanghaiTechRGBDSyn`, `Labeler/main.py`, `Labeler/getBbox.py`.

Traps:
    * Points and boxes are counted from 0, made by rounding and then subtracting 1; reading adds 1 to all numbers, as
      `gcc` does.
    * Points are head joints, which lie below the middle of the box.
    * Without heads there is no text of boxes.
    * `depth` (float32, distance is proportional to 1 / (2^a - 1)), `matrix` and `segs` are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec
import numpy as np

from converters.files.labels.label_folder import FileEach
from converters.files.numbers.number_lines import read_lines
from converters.files.pictures.picture_places import picture_places
from converters.files.pictures.pictures import size_from_picture
from converters.files.records import json_file
from converters.formats.format import Format
from converters.formats.gcc import gcc_files
from converters.formats.gcc.gcc_world import SIZE, has_boxes, scene_folders, seen_region
from gta_head_tools.annotations import ImageAnnotations, ImageInfo, with_size
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import existing_folder, is_ours, listed, natural_key, own_name

_PICTURES = ("jpgs", "pngs", "bmps")
_POINTS = msgspec.json.Decoder(list[tuple[float, float]])


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        ground: world height of the ground in metres, None = unknown; with it the area is projected to `info.roi`.
    """

    ground: float | None = None


def detect(path: Path) -> bool:
    """True for a folder with `point` and `bbox`, or of such scenes."""
    return path.is_dir() and any(has_boxes(path / name) for name in ("", *scene_folders(path, "scene_*_*")))


def read(path: Path, options: ReadOptions) -> Dataset:
    """The scene or scenes at `path`; heads are read when it is iterated.

    Raises:
        DatasetLayoutError: no folder, or none with points and boxes.
        DataFormatError: when iterated: points and boxes are not the same number, or a file is damaged.
    """
    names = [""] if has_boxes(existing_folder(path)) else scene_folders(path, "scene_*_*")
    boxed = [name for name in names if has_boxes(path / name)]
    bare = [name for name in names if name not in boxed]
    files: dict[str, Path] = {}
    scenes = [scene for name in boxed if (scene := _scene(path, name, files)).images]
    if not scenes:
        raise DatasetLayoutError(path, "no points found, expected point/*.json and bbox/*.txt; check the folder")
    notes = (f"{len(bare)} scenes without point and bbox left out (the first: {bare[0]})",) if bare else ()
    return Dataset(path, tuple(scenes), FileEach(partial(_read_heads, options.ground), files), path, notes=notes)


def _scene(root: Path, folder: str, files: dict[str, Path]) -> Scene:
    """The scene in a folder; `files` gets the file of the points of each image."""
    home, name = root / folder, folder or own_name(root)
    place = picture_places(root, [home / kind for kind in _PICTURES])
    stored = sorted(
        (*listed(home / "point", "*.json"), *listed(home / "bbox", "*.txt")), key=lambda f: natural_key(f.stem)
    )
    stems = dict.fromkeys(file.stem for file in stored if not is_ours(file))
    images = []
    for stem in stems:
        info = size_from_picture(ImageInfo(place(stem), scene=name, name=stem), root)
        images.append(info if info.sized else with_size(info, SIZE))
        files[info.path] = home / "point" / f"{stem}.json"
    return Scene(name, tuple(images), folder=folder)


def _read_heads(ground: float | None, file: Path, info: ImageInfo) -> ImageAnnotations:
    points = np.array(json_file.decode(file, _POINTS)).reshape(-1, 2)[:, ::-1] + 1
    home, text = file.parent.parent, file.parent.parent / "bbox" / f"{file.stem}.txt"
    boxes = np.empty((0, 4))
    if len(points) or text.is_file():
        boxes = read_lines(text, range(4, 5), lambda words: None).table().numbers + 1  # noqa: ARG005
    if len(boxes) != len(points):
        problem = f"holds {len(boxes)} boxes, but {file.parent.name}/{file.name} {len(points)} points; make both again"
        raise DataFormatError(text, problem)
    told = gcc_files.stored_file(home, file.stem)
    if told.is_file():
        stored = gcc_files.read(told)
        area = {} if stored.area is None else {"roi_world": stored.area}
        roi = seen_region(stored.area, ground, stored.camera, info.size)
        info = replace(info, camera=stored.camera, roi=roi, facts={**stored.facts, **area})
    return ImageAnnotations(info, points, boxes=boxes)


FORMAT = Format(holds=frozenset({"points", "boxes"}), read=read, options=ReadOptions, detect=detect)
