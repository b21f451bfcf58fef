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
`converters.files.categories`; annotations of others are left out.

COCO to COCO keeps ids, categories, top-level keys and unknown keys of images. Unknown keys of heads, and their area,
segmentation and all digits of their box as long as that box stays, are kept as JSON beside the columns. Not kept: the
order of keys and images (images come in natural order of their names, heads by image) and the spelling of numbers.
What is usual and missing (`area`, `iscrowd`, `num_keypoints`) is filled in.

Traps:
    * A coordinate is written with at most 6 decimals; area is width times height.
    * Detection looks at the first 64 kB. `instances*` in `annotations` go before `person_keypoints*` and others.
    * Ids count from 1 for other sources: evaluators take id 0 as "unmatched".

Memory: the text of the file and about 90 bytes a head while it is read, 65 bytes a head afterwards; kept JSON comes on
top. The 1.73 million heads of GTA_Head (206 MB of text) take 0.4 GB at most.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from converters.files.categories import choose_heads
from converters.files.picture_names import NameParts
from converters.files.picture_paths import holders, placed
from converters.files.scene_names import SceneGrouping, group_scenes
from converters.formats.coco.coco_open import open_file
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
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import is_ours, natural_key, own_name, read_unpacked

__all__ = [
    "FORMAT",
    "ReadOptions",
    "WriteOptions",
    "detect",
    "places",
    "read",
    "write",
]


_START = 1 << 16
"""Bytes of a file that detection looks at."""
_MOST_FILES = 20
"""Most JSON files of a folder that are opened: where there are more, each is of a single image, in another format."""
_EVIDENCE = (
    re.compile(rb'"images"\s*:\s*\[.*("annotations"\s*:\s*\[|"file_name")', re.DOTALL),
    re.compile(rb'"annotations"\s*:\s*\[.*("images"\s*:\s*\[|"image_id")', re.DOTALL),
)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
        names: how much of a picture's name counts, see `converters.files.picture_names`.
        category: names or ids of the categories that are heads, see `converters.files.categories`.
    """

    scenes: SceneGrouping = "auto"
    names: NameParts = "whole"
    category: str = ""


def detect(path: Path) -> bool:
    """True for a COCO file, and for a folder with such files in `annotations` or in itself."""
    return bool(_label_files(path)) if path.is_dir() else _looks_like_coco(path)


def _looks_like_coco(path: Path) -> bool:
    start = read_unpacked(path, _START).lstrip()
    return start.startswith(b"{") and any(pattern.search(start) for pattern in _EVIDENCE)


def _label_files(folder: Path) -> list[Path]:
    """The COCO files of a folder: those in `annotations`, `instances*` before others, else those in itself."""
    for place in (folder / "annotations", folder):
        names = [entry.name for entry in place.iterdir()] if place.is_dir() else []
        json = [place / name for name in sorted(names, key=natural_key) if name.endswith((".json", ".json.gz"))]
        files = [file for file in json if not is_ours(file) and file.is_file()]
        found = [file for file in files if _looks_like_coco(file)] if len(files) <= _MOST_FILES else []
        if found:
            return [file for file in found if file.name.startswith("instances")] or found
    return []


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a COCO file or folder.

    Raises:
        DataFormatError: a record is not what it should be.
        DatasetLayoutError: there is no COCO file, or two for one split.
    """
    files = _label_files(path) if path.is_dir() else [path]
    if not files:
        raise DatasetLayoutError(path, "no COCO file in annotations/ or in the folder; check the folder")
    opened = [open_file(file) for file in files]
    chosen = choose_heads((category for file in opened for category in file.categories), options.category)
    parts = [read_file(file, split_of(file.path), chosen, options.names) for file in opened]
    _check_splits(parts, path)
    infos = sorted((info for part in parts for info in part.images), key=lambda info: natural_key(info.path))
    scenes = group_scenes(infos, options.scenes, name=data_name(path))
    if options.scenes != "auto":
        scenes = tuple(map(scene_stored, scenes))
    scenes = tuple(sorted(scenes, key=lambda scene: natural_key(scene.name)))
    load = loader(parts, scenes)
    root, scenes = _with_pictures(scenes, files[0].parent.resolve())
    counts: Counter[tuple[int, str]] = Counter()
    for part in parts:
        counts.update(part.counts)
    notes = (*chosen.note(counts, source=own_name(path)), *(note for part in parts for note in part.notes))
    return Dataset(root, scenes, load, path, notes=notes)


def _check_splits(parts: Sequence[FilePart], path: Path) -> None:
    """Refuse two files of one split: they are two versions of it, and nothing says which one is meant."""
    by_split: dict[str | None, FilePart] = {}
    for part in parts:
        for split in {info.split for info in part.images} or {split_of(part.path)}:
            twin = by_split.setdefault(split, part)
            if twin is not part:
                names = f"{twin.path.name} and {part.path.name}"
                raise DatasetLayoutError(path, f"{names} are of the same split; name one of the two")


def _with_pictures(scenes: tuple[Scene, ...], folder: Path) -> tuple[Path, tuple[Scene, ...]]:
    """The root of the data set, and the scenes with their pictures where they lie.

    They are looked for beside the file, in `images` beside it, then in `images` and `images/<split>` one folder up.
    """
    apart = folder.name == "annotations"
    near, above = [folder, folder / "images"], folder.parent / "images"
    splits = {info.split for scene in scenes for info in scene.images}
    folders = {split: [*near, above, above / (split or "")] for split in splits}
    found = holders(scenes, folders, expected=above if apart else folder)
    beyond = any(place not in near for places in found for place in places)
    root = folder.parent if apart or beyond else folder
    return root, placed(scenes, found, root)


FORMAT = Format(
    holds=frozenset({"points", "boxes", "ids", "ignore", "visibility", "score", "split"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places, options=WriteOptions, suffix=".json", needs_size=True),
    is_predictions=looks_like_results,
    read_predictions=read_results,
)
