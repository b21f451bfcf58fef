"""cclabeler: a JSON for each picture, in which some people have a box and all others a point.

```
images/<stem>.jpg
jsons/<stem>.json   {"img_id": "<stem>.jpg", "human_num", "boxes": [{"sx", "sy", "ex", "ey"}], "points": [{"x", "y"}]}
```

Source: `Elin24/cclabeler`, `data/`; the annotation tool of the group that made GCC and NWPU-Crowd. Also read: JSONs
beside their pictures, and one JSON.

Traps:
    * Boxes and points are different people: `human_num` is the number of both. Boxes come first, in and out.
    * A box is two opposite corners: its end may be left of and above its start.
    * A head has a box or a point: a point off the middle of its box is lost in writing.
    * NWPU-Crowd's files have the same keys, with lists instead of objects.
    * A picture without a JSON has not been labelled yet. It is left out and counted.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path, PurePosixPath

import msgspec
import numpy as np

from converters.files.labels.label_folder import PLACE, from_each_file
from converters.files.labels.label_writing import write_each
from converters.files.pictures.picture_paths import flat_names
from converters.files.pictures.picture_places import picture_places
from converters.files.pictures.pictures import ImageMode
from converters.files.pictures.pictures_beside import (
    unlabelled_defects,
    unlabelled_note,
    unlabelled_pictures,
    with_suffix_of,
)
from converters.files.records.drawn_heads import DECIMALS, DrawnHeads, check_drawable
from converters.files.records.json_file import decode
from converters.files.records.json_keys import first_keys, is_json_name, json_names, json_stem
from converters.formats.format import Format, Writes
from converters.formats.options import NoOptions, StillOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import own_name, with_folder, without_picture_suffix

_JSONS, _PICTURES = "jsons", "images"
_HEADS = {("boxes", "[]", "sx"), ("points", "[]", "x")}
_EMPTY = (("img_id",), ("human_num",), ("boxes",), ("points",))
"""The keys of a file without heads, in the order of cclabeler; NWPU-Crowd has points before boxes."""
_MOST_FILES = 20
"""Files of a folder that detection looks at."""


class _Box(msgspec.Struct, gc=False):
    sx: float
    sy: float
    ex: float
    ey: float


class _Point(msgspec.Struct, gc=False):
    x: float
    y: float


class _File(msgspec.Struct):
    boxes: list[_Box]
    points: list[_Point]
    human_num: int | None = None


_DECODER = msgspec.json.Decoder(_File)


def detect(path: Path) -> bool:
    """True for a JSON with objects as boxes or points, and for a folder with such files in itself or in `jsons`."""
    if not path.is_dir():
        return is_json_name(path.name) and _looks_like_one(first_keys(path))
    folder = _labels_of(path)
    keys = [first_keys(folder / name) for name in json_names(folder)[:_MOST_FILES]]
    known = [each for each in keys if each != _EMPTY]
    return any(map(_looks_like_one, known or keys))


def _looks_like_one(keys: tuple[tuple[str, ...], ...]) -> bool:
    return keys == _EMPTY or not _HEADS.isdisjoint(keys)


def _labels_of(folder: Path) -> Path:
    return folder / _JSONS if (folder / _JSONS).is_dir() else folder


def read(path: Path, options: StillOptions) -> Dataset:
    """The data set of a folder, or of one label file; heads are read when it is iterated.

    Raises:
        DatasetLayoutError: there is no JSON, or two are of one picture.
        DataFormatError: when iterated: a file is not what it should be.
    """
    labels = _labels_of(path) if path.is_dir() else path.parent
    labels = with_folder(labels) if own_name(labels) == _JSONS else labels
    names = json_names(labels) if path.is_dir() else [path.name]
    if not names:
        raise DatasetLayoutError(path, f"no JSON file in this folder or in {_JSONS}/; check the folder")
    root = labels.parent if labels.name == _JSONS else labels
    find = picture_places(root, list(dict.fromkeys((root / _PICTURES, labels, root))), bare=True)
    infos = {name: _info(json_stem(name), find(json_stem(name))) for name in names}
    places = [str(info.facts[PLACE]) for info in infos.values()]
    left_out = unlabelled_pictures(root, places) if path.is_dir() else []
    notes = unlabelled_note(own_name(path), left_out)
    files = [(info, labels / name) for name, info in infos.items()]
    dataset = from_each_file(path, root, files, _read_heads, scenes=options.scenes, notes=notes)
    return dataset.with_defects(unlabelled_defects(left_out))


def _info(stem: str, place: str) -> ImageInfo:
    return ImageInfo(with_suffix_of(place, stem), facts={PLACE: place})


def _read_heads(file: Path, info: ImageInfo) -> ImageAnnotations:
    told, heads = decode(file, _DECODER), DrawnHeads()
    for box in told.boxes:
        heads.add("", box=(min(box.sx, box.ex), min(box.sy, box.ey), max(box.sx, box.ex), max(box.sy, box.ey)))
    for point in told.points:
        heads.add("", point=(point.x, point.y))
    if told.human_num not in {None, len(heads.categories)}:
        found = f"{len(told.boxes)} boxes and {len(told.points)} points are there; correct it"
        raise DataFormatError(file, f"says {told.human_num} heads, but {found}", record="human_num")
    return heads.annotations().replace(info=info)


def places(scene: Scene, source: Path) -> list[str]:  # noqa: ARG001
    """The folder of the label files."""
    return [_JSONS]


def write(dataset: Dataset, target: Path, options: NoOptions, images: ImageMode) -> None:  # noqa: ARG001
    """Write pictures to `images`, and a JSON of each to `jsons`.

    Raises:
        DatasetLayoutError: the target cannot be written, two images have one name, or a picture is missing.
        DataFormatError: the corners of a box are swapped, or a number is too large.
    """

    def place(info: ImageInfo, name: str) -> tuple[str, str]:  # noqa: ARG001
        return f"{_JSONS}/{without_picture_suffix(name)}.json", f"{_PICTURES}/{name}"

    write_each(dataset, target, images, place, partial(_text, dataset.source), names=flat_names(dataset))


def _text(source: Path, image: ImageAnnotations, picture: str) -> bytes:
    check_drawable(image, source)
    boxes = np.round(image.boxes[image.has_box], DECIMALS).tolist()
    points = np.round(image.points[~image.has_box], DECIMALS).tolist()
    return msgspec.json.encode(
        {
            "img_id": PurePosixPath(picture).name,
            "human_num": len(image),
            "boxes": [dict(zip(("sx", "sy", "ex", "ey"), box, strict=True)) for box in boxes],
            "points": [{"x": x, "y": y} for x, y in points],
        }
    )


FORMAT = Format(
    holds=frozenset({"boxes"}),
    read=read,
    options=StillOptions,
    detect=detect,
    writes=Writes(write=write, places=places, points_alone=True),
)
"""Points are written where a head has no box, so that the column of points, which is that of points off the middle of
their box, is not held."""
