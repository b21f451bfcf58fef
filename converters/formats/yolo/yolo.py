"""YOLO: a text for each picture with a box a line, in fractions of the picture, and `data.yaml` with the class names.

```
data.yaml                     path, train, val, test, names, nc
images/train/street/a.jpg
labels/train/street/a.txt     0 0.5 0.5 0.1 0.2: class, x and y of the middle, width, height
```

Source: the documentation of Ultralytics, https://docs.ultralytics.com/datasets/detect; `AlexeyAB/darknet`, README,
"How to train (to detect your custom objects)". Layouts that are read are told by `yolo_layout`, rows by `yolo_rows`.

Traps:
    * Nothing says how large a picture is, so that pictures with heads must be there: their headers tell it. Fractions
      are those of the turned view with `-i exif=apply`.
    * Boxes are cut at the border before middle and size are taken; heads of whose box nothing is left are not written.
    * We write 8 decimals: the corners of a picture of 10,000 pixels are off by less than 0.0001 pixels.
    * `path` of `data.yaml` is empty, which means the folder of the file: data sets are moved.
    * A polygon is read as the box around it. A sixth number is a score.
    * `train` and `val` name one folder where pictures have no split; where only some have none, they lie in `unsplit`.
    * Some trainers leave out lines that are equal to another.

Memory: 60 bytes a head, and twice that while it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converters.files.labels.categories import choose_heads
from converters.files.labels.fraction_heads import FractionHeads
from converters.files.labels.label_folder import PLACE, hold, scenes_at_places
from converters.files.labels.scene_names import SceneGrouping, names_with_splits
from converters.formats.format import Format, Writes
from converters.formats.yolo.yolo_config import Config, class_defects, config_files
from converters.formats.yolo.yolo_layout import Labelled, looks_labelled, looks_like_rows, own_folder
from converters.formats.yolo.yolo_places import Layout, find_layout, find_lone
from converters.formats.yolo.yolo_rows import RowReader, Rows
from converters.formats.yolo.yolo_write import WriteOptions, also, places, write
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, LabelDefect, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import natural_key, own_name
from gta_head_tools.picture_header import read_header
from gta_head_tools.unreadable import all_or_each

_ODD = {
    "polygons": "polygons are read as the boxes around them",
    "several keypoints": "rows have several keypoints, none of which is known to be the head; the middle of the box is",
}
"""Notes on rows that are no plain boxes."""

__all__ = ["FORMAT", "ReadOptions", "WriteOptions", "detect", "places", "read", "write"]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
        category: names or numbers of the classes that are heads, see `converters.files.labels.categories`.
    """

    scenes: SceneGrouping = "auto"
    category: str = ""


def detect(path: Path) -> bool:
    """True for `data.yaml` or `obj.data`, a folder with one, or with label files, and for a label file."""
    if path.is_dir():
        return bool(config_files(path)) or looks_labelled(path)
    return bool(config_files(path)) or (_is_text(path) and looks_like_rows(path) is True)


def _is_text(path: Path) -> bool:
    return path.name.lower().endswith((".txt", ".txt.gz"))


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set at `path`: a folder, its `data.yaml` or `obj.data`, or one label file.

    Raises:
        DataFormatError: a file is not what it claims to be; the message has the line.
        DatasetLayoutError: there are no label files, or a picture with heads is missing.
        UnknownNameError: no such class.
    """
    layout = find_layout(path) if path.is_dir() or not _is_text(path) else find_lone(path)

    def read_all(pictures: Sequence[Labelled]) -> Dataset:
        return _read(path, replace(layout, pictures=pictures), options)

    def read_one(picture: Labelled) -> None:
        if picture.label is not None:
            alone = replace(layout, pictures=[picture])
            counts = _reader([picture.label], layout.config).read().counts
            _check_sizes(_scenes(alone, options.scenes, own_name(path))[0], counts, layout.root)

    return all_or_each(layout.pictures, read_all, read_one)


def _reader(files: Sequence[str], config: Config) -> RowReader:
    return RowReader(files, frozenset(config.names) or None, config.keypoints)


def _read(path: Path, layout: Layout, options: ReadOptions) -> Dataset:
    scenes, by_place = _scenes(layout, options.scenes, own_name(path))
    pictures = [by_place[info.path] for scene in scenes for info in scene.images]
    reader = _reader([each.label for each in pictures if each.label is not None], layout.config)
    rows = reader.read()
    counts = np.zeros(len(pictures), dtype=np.int64)
    counts[[each.label is not None for each in pictures]] = rows.counts
    _check_sizes(scenes, counts, layout.root)
    heads, images, told, defects = _chosen(rows, counts, layout.config, options.category, own_name(path))
    odd = (f"{own_name(path)}: {count} {_ODD[kind]}" for kind, count in reader.odd.items())
    notes = (*layout.notes, *told, *odd)
    defects = (*layout.defects, *defects)
    return Dataset(layout.root, scenes, FractionHeads(hold(heads, images, scenes)), path, notes=notes, defects=defects)


def _scenes(layout: Layout, grouping: SceneGrouping, name: str) -> tuple[tuple[Scene, ...], dict[str, Labelled]]:
    """The scenes, and the pictures by their places; names of pictures leave out folders that name no scene."""
    below = {folder: _below(folder, layout.root) for folder in {each.folder for each in layout.pictures}}
    by_place = {_join(below[each.folder], each.picture): each for each in layout.pictures}
    within = [
        (_join(own_folder(below[each.folder], each.split), each.picture), each.split) for each in by_place.values()
    ]
    infos = [
        ImageInfo(named, split=each.split, facts={PLACE: place})
        for named, (place, each) in zip(names_with_splits(within), by_place.items(), strict=True)
    ]
    infos.sort(key=lambda info: natural_key(info.path))
    return scenes_at_places(infos, grouping, name=name, root=layout.root), by_place


def _below(folder: Path, root: Path) -> str:
    inside = folder.is_relative_to(root)
    return (folder if inside else folder.absolute()).relative_to(root).as_posix()


def _join(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


def _check_sizes(scenes: Sequence[Scene], counts: NDArray[np.int64], root: Path) -> None:
    """Refuse pictures with heads whose size nothing tells.

    Raises:
        DatasetLayoutError: one is missing.
        DataFormatError: one is damaged.
    """
    infos = [info for scene in scenes for info in scene.images]
    bare = [info for info, count in zip(infos, counts.tolist(), strict=True) if count and not info.sized]
    if bare:
        first = root / bare[0].path
        if first.exists():
            read_header(first)
        problem = (
            f"picture is missing ({len(bare)} with heads are), and nothing else tells the size that YOLO's numbers"
        )
        raise DatasetLayoutError(first, f"{problem} are fractions of; bring it, or remove its label file")


def _chosen(
    rows: Rows, counts: NDArray[np.int64], config: Config, category: str, source: str
) -> tuple[ImageAnnotations, NDArray[np.int64], tuple[str, ...], tuple[LabelDefect, ...]]:
    """The heads in fractions, the number of the picture of each, notes, and what checks tell.

    Raises:
        UnknownNameError: no such class.
    """
    there = np.bincount(rows.classes)
    classes = dict(config.names) or {number: str(number) for number in np.flatnonzero(there).tolist()}
    chosen = choose_heads(classes.items(), category)
    found = {(number, name): int(there[number]) for number, name in chosen.known if number < len(there)}
    images = np.repeat(np.arange(len(counts)), counts)
    extra: dict[str, NDArray[np.float64]] = {}
    if not np.isnan(rows.scores).all():
        extra["score"] = rows.scores
    if rows.hidden.any():
        extra["visibility"] = np.where(rows.hidden, 0.0, np.nan)
    heads = ImageAnnotations(ImageInfo(""), rows.points, boxes=rows.boxes, extra=extra)
    gaps = class_defects(config, np.flatnonzero(there).tolist())
    told = chosen.note(found, source=source), (*chosen.defects(found, file=""), *gaps)
    if len(chosen.chosen) == len(classes):
        return heads, images, *told
    taken = np.isin(rows.classes, [number for number, _ in chosen.chosen])
    return heads.select(taken), images[taken], *told


FORMAT = Format(
    holds=frozenset({"boxes", "split"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places, options=WriteOptions, also=also, needs_size=True, clips=True),
)
