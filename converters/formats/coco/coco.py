"""COCO files: one JSON for images and heads, written as `annotations/instances_<split>.json` and `images/`.

```
{"images": [{"id", "file_name", "width", "height", ...}], "categories": [{"id", "name", ...}], "info", "licenses",
 "annotations": [{"id", "image_id", "category_id", "bbox": [x, y, width, height], "area", "iscrowd", ...}]}
```

Source: `cocodataset/cocoapi` (PythonAPI/pycocotools).

What of the model has no key of COCO's has one of ours: `point` (where it is not the middle of the box), `track_id`,
`visibility`, `score`; on images `scene`, `frame` and, where the name of the file does not tell it, `split`. `iscrowd`
is ignore. A head without a box has the keypoint form (a category with `keypoints: ["head"]`), a 1x1 box around its
point and `"box_known": false`; a hidden keypoint (v = 1) is visibility 0. Which categories are heads is told by
`converters.files.labels.categories`; annotations of others are left out.

COCO to COCO keeps ids, categories, top-level keys and unknown keys of images. Unknown keys of heads, and their area,
segmentation and all digits of their box as long as that box stays, are kept as JSON beside the columns. Not kept: the
order of keys and images (images come in natural order of their names, heads by image) and the spelling of numbers.
What is usual and missing (`area`, `iscrowd`, `num_keypoints`) is filled in.

Traps:
    * Where the names of categories would tell other heads than those written, `head_categories` lists their ids.
    * A coordinate is written with at most 6 decimals; area is width times height.
    * Detection looks at the first 64 kB. Layouts are told by `coco_layout`.
    * Ids count from 1 for other sources: evaluators take id 0 as "unmatched".

Memory: about 90 bytes a head while a large file is read, 65 bytes a head afterwards. Kept JSON comes on top, and the
text of the file where it is gzipped, below 32 MB or not all ASCII, or where its annotations do not end plainly. The
1.73 million heads of GTA_Head (206 MB of text) take 0.35 GB at most, 0.1 GB of which is numba; 0.44 GB where two files
have to be joined.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from converters.files.labels.categories import HeadCategories, choose_heads
from converters.files.labels.scene_names import SceneGrouping, group_scenes
from converters.files.numbers.long_text import is_long
from converters.files.pictures.picture_names import NameParts
from converters.files.records.json_file import check_json
from converters.formats.coco.coco_layout import LabelFile, label_files, left_out_files, looks_like_coco, with_pictures
from converters.formats.coco.coco_open import OpenedFile, open_file
from converters.formats.coco.coco_read import (
    FilePart,
    loader,
    read_file,
    scene_stored,
)
from converters.formats.coco.coco_records import data_name, split_of
from converters.formats.coco.coco_results import looks_like_results, read_results
from converters.formats.coco.coco_write import WriteOptions, places, write
from converters.formats.format import Format, Writes
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import natural_key, own_name
from gta_head_tools.unreadable import each_readable, tell_left_out

__all__ = [
    "FORMAT",
    "ReadOptions",
    "WriteOptions",
    "detect",
    "places",
    "read",
    "write",
]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
        names: how much of a picture's name counts, see `converters.files.pictures.picture_names`.
        category: names or ids of the categories that are heads, see `converters.files.labels.categories`.
    """

    scenes: SceneGrouping = "auto"
    names: NameParts = "whole"
    category: str = ""


def detect(path: Path) -> bool:
    """True for a COCO file, and for a folder with such files (`coco_layout`)."""
    return bool(label_files(path)) if path.is_dir() else looks_like_coco(path)


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a COCO file or folder.

    Raises:
        DataFormatError: a record is not what it should be.
        DatasetLayoutError: there is no COCO file, or two for one split.
    """
    files = label_files(path) if path.is_dir() else [LabelFile(path, split_of(path))]
    if not files:
        raise DatasetLayoutError(
            path, "no COCO file in annotations/, in the folder, or in train/, valid/ and test/; check the folder"
        )
    tell_left_out(left_out_files(path, files) if path.is_dir() else (), check_json)
    opened = list(each_readable(files, lambda file: (_opened(file.path), file.split)))
    chosen = choose_heads(
        (category for file, _ in opened for category in file.categories),
        options.category,
        stored=(category for file, _ in opened for category in file.stored_heads),
    )
    parts = list(each_readable(opened, lambda pair: _part(*pair, chosen, options.names)))
    if not parts:
        raise DatasetLayoutError(path, "none of its files can be read; correct them")
    _check_splits(parts, path)
    infos = sorted((info for part in parts for info in part.images), key=lambda info: natural_key(info.path))
    scenes = group_scenes(infos, options.scenes, name=data_name(path))
    if options.scenes != "auto":
        scenes = tuple(map(scene_stored, scenes))
    scenes = tuple(sorted(scenes, key=lambda scene: natural_key(scene.name)))
    load = loader(parts, scenes)
    root, scenes, looked = with_pictures(scenes, files, path)
    counts: Counter[tuple[int, str]] = Counter()
    for part in parts:
        counts.update(part.counts)
    notes = (*chosen.note(counts, source=own_name(path)), *(note for part in parts for note in part.notes))
    defects = (
        *chosen.defects(counts, file="" if path.is_dir() else path),
        *(defect for part in parts for defect in part.defects),
    )
    if not path.is_absolute():
        root = Path(os.path.relpath(root))  # Messages name pictures below the path that the user typed.
    return Dataset(root, scenes, load, path, notes=notes, looked=looked, defects=defects)


def _opened(path: Path) -> OpenedFile:
    try:
        return open_file(path)
    except DataFormatError:
        if not is_long(path):
            raise
        return open_file(path, whole=True)  # What is wrong in a large file is told as in a small one, which is held.


def _part(opened: OpenedFile, split: str | None, chosen: HeadCategories, names: NameParts) -> FilePart:
    try:
        return read_file(opened, split, chosen, names)
    except DataFormatError:
        if not is_long(opened.path):
            raise
        return read_file(open_file(opened.path, whole=True), split, chosen, names)


def _check_splits(parts: Sequence[FilePart], path: Path) -> None:
    """Refuse two files of one split: they are two versions of it, and nothing says which one is meant."""
    by_split: dict[str | None, FilePart] = {}
    for part in parts:
        for split in {info.split for info in part.images} or {split_of(part.path)}:
            twin = by_split.setdefault(split, part)
            if twin is not part:
                names = " and ".join(
                    file.relative_to(path).as_posix() if path.is_dir() else file.name for file in (twin.path, part.path)
                )
                raise DatasetLayoutError(path, f"{names} are of the same split; name one of the two")


FORMAT = Format(
    holds=frozenset({"points", "boxes", "ids", "ignore", "visibility", "score", "split"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places, options=WriteOptions, suffix=".json", needs_size=True),
    is_predictions=looks_like_results,
    read_predictions=read_results,
)
