"""VGG Image Annotator (VIA): one JSON export, or a project of version 2, for many pictures; reading only.

```
via_region_data.json   {"a.jpg1234": {"filename": "a.jpg", "size": 1234, "regions": [region, ...]}, ...}
                       region: {"shape_attributes": {"name": "rect", "x", "y", "width", "height"},
                                "region_attributes": {"type": "head"}}
images/a.jpg           or beside the file; or folders train, val and test, each with a file and its pictures
```

Source: `ox-vgg/via` (README, `via-2.x.y/CodeDoc.md`), and the files of `matterport/Mask_RCNN`, `samples/balloon`.
Rectangles and points are heads; circles, ellipses, polygons and lines are left out and counted. The attribute `class`,
`category`, `label`, `type`, `object`, `name` or `kind` tells what a region is, or the only attribute there is, or that
of `-i attribute=`. Regions that it calls `head` are heads, or all where there are none; `-i category=` names others.

Traps:
    * A file has no sizes of pictures (`size` is that of the file in bytes): they come from the pictures.
    * Names are those of uploaded files, or paths and URLs: `-i names=last`.
    * Files called by numbers in the folders of videos are those of FDST.

Memory: the text of a file and its regions while it is read, and all heads.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from converters.files.drawn_heads import DrawnHeads, shape_notes
from converters.files.json_keys import first_keys, is_json_name, json_names, json_stem
from converters.files.label_folder import PLACE
from converters.files.labelled_pictures import LabelledPicture, from_label_files, looked_in
from converters.files.number_table import is_whole
from converters.files.picture_names import NameParts, PictureNames
from converters.files.picture_places import picture_places
from converters.files.pictures_beside import with_suffix_of
from converters.files.scene_names import SPLITS, SceneGrouping
from converters.files.via_regions import attribute_of_names, drawn_heads, looks_like_via, read_via
from converters.formats.format import Format
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import own_name

_MOST_FILES = 20
"""Files of a folder that are opened: where there are more, each is of a single picture."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
        names: how much of a picture's name counts, see `converters.files.picture_names`.
        category: names of regions that are heads, see `converters.files.categories`.
        attribute: the attribute of regions that holds these names; empty = a usual one, or the only one.
    """

    scenes: SceneGrouping = "auto"
    names: NameParts = "whole"
    category: str = ""
    attribute: str = ""


def detect(path: Path) -> bool:
    """True for a JSON of VIA, and for a folder with one in itself or in `train`, `val` and `test`."""
    return bool(_files(path)) if path.is_dir() else is_json_name(path.name) and looks_like_via(first_keys(path))


def _files(path: Path) -> list[tuple[Path, str | None]]:
    """The files of a folder, else those in the folders of its splits."""
    found: list[tuple[Path, str | None]] = [(file, None) for file in _here(path)]
    return found or [(file, split) for split in SPLITS for file in _here(path / split)]


def _here(folder: Path) -> list[Path]:
    names = [name for name in json_names(folder) if not is_whole(json_stem(name))]
    files = [folder / name for name in names[:_MOST_FILES]]
    return [file for file in files if file.is_file() and looks_like_via(first_keys(file))]


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a file, or of a folder.

    Raises:
        DataFormatError: a file is not what it should be.
        DatasetLayoutError: there is none, or two entries are of one picture.
    """
    files = _files(path) if path.is_dir() else [(path, None)]
    if not files:
        raise DatasetLayoutError(path, "no JSON file of VIA in it, or in train/, val/ and test/; check the folder")
    root = path if path.is_dir() else path.parent
    read_files = [(file, split, read_via(file)) for file, split in files]
    attribute = options.attribute or attribute_of_names(one for _, _, part in read_files for one in part)
    others, drawn, pictures, looked = Counter[str](), list[DrawnHeads](), list[LabelledPicture](), list[Path]()
    for file, split, part in read_files:
        names = PictureNames(file, options.names)
        folders = [file.parent, file.parent / "images"]
        find = picture_places(root, folders)
        looked += folders
        for one in part:
            name = names.path(one.filename)
            place = find(name)
            below = (file.parent.relative_to(root) / with_suffix_of(place, name)).as_posix()
            drawn.append(drawn_heads(file, one, attribute, others))
            info = ImageInfo(below, split=split, facts={PLACE: place})
            categories = drawn[-1].categories if attribute else ()
            pictures.append(LabelledPicture(info, drawn[-1].annotations(), categories))
    dataset = from_label_files(
        path,
        root,
        pictures,
        scenes=options.scenes,
        scene_name=own_name(path),
        category=options.category,
        notes=tuple(shape_notes(own_name(path), others, drawn)),
    )
    return looked_in(dataset, looked)


FORMAT = Format(holds=frozenset({"points", "boxes", "split"}), read=read, options=ReadOptions, detect=detect)
