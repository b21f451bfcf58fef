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

from converters.files.labels.label_folder import PLACE
from converters.files.labels.labelled_pictures import LabelledPicture, from_label_files, looked_in
from converters.files.labels.scene_names import SceneGrouping
from converters.files.numbers.number_table import is_whole
from converters.files.pictures.picture_names import NameParts, PictureNames
from converters.files.pictures.picture_places import picture_places
from converters.files.pictures.pictures_beside import with_suffix_of
from converters.files.records.drawn_heads import shape_notes
from converters.files.records.json_file import check_json
from converters.files.records.json_keys import first_keys, is_json_name, json_stem
from converters.files.records.tool_exports import Export, Exports, find_exports
from converters.files.records.via_regions import Labelled, attribute_of_names, drawn_heads, looks_like_via, read_via
from converters.formats.format import Format
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import own_name
from gta_head_tools.unreadable import each_readable, tell_left_out


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
        names: how much of a picture's name counts, see `converters.files.pictures.picture_names`.
        category: names of regions that are heads, see `converters.files.labels.categories`.
        attribute: the attribute of regions that holds these names; empty = a usual one, or the only one.
    """

    scenes: SceneGrouping = "auto"
    names: NameParts = "whole"
    category: str = ""
    attribute: str = ""


def detect(path: Path) -> bool:
    """True for a JSON of VIA, and for a folder with one in itself, in `annotations`, or in folders of splits."""
    return bool(_exports(path).files) if path.is_dir() else is_json_name(path.name) and looks_like_via(first_keys(path))


def _exports(path: Path) -> Exports:
    return find_exports(path, looks_like_via, passed=lambda name: is_whole(json_stem(name)))


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a file, or of a folder.

    Raises:
        DataFormatError: a file is not what it should be.
        DatasetLayoutError: there is none, or two entries are of one picture.
    """
    exports = _exports(path)
    root = exports.root
    if not exports.files:
        raise DatasetLayoutError(path, "no JSON file of VIA in it, or in train/, val/ and test/; check the folder")
    tell_left_out(exports.left_out, check_json)
    labelled = list(each_readable(exports.files, lambda export: (export, read_via(export.file))))
    attribute = options.attribute or attribute_of_names(one for _, part in labelled for one in part)
    others, doubtful = Counter[str](), list[tuple[int, int]]()

    def read_one(read: tuple[Export, list[Labelled]]) -> list[LabelledPicture]:
        export, entries = read
        file, names, find = export.file, PictureNames(export.file, options.names), picture_places(root, export.folders)
        pictures = []
        for one in entries:
            name = names.path(one.filename, record=f"{one.key}.filename")
            place = find(name)
            below = (export.home.relative_to(root) / with_suffix_of(place, name)).as_posix()
            drawn = drawn_heads(file, one, attribute, others)
            doubtful.append(drawn.doubtful())
            info = ImageInfo(below, split=export.split, facts={PLACE: place})
            pictures.append(LabelledPicture(info, drawn.annotations(), drawn.categories if attribute else ()))
        return pictures

    pictures = [picture for part in each_readable(labelled, read_one) for picture in part]
    dataset = from_label_files(
        path,
        root,
        pictures,
        scenes=options.scenes,
        scene_name=own_name(path),
        category=options.category,
        notes=(*exports.notes, *shape_notes(own_name(path), others, doubtful)),
    )
    return looked_in(dataset, exports.folders)


FORMAT = Format(holds=frozenset({"points", "boxes", "split"}), read=read, options=ReadOptions, detect=detect)
