r"""labelme: a JSON beside each picture, with rectangles and points; X-AnyLabeling's files are the same.

```
<folder>/a.jpg
<folder>/a.json   {"version", "flags", "shapes": [{"label", "points": [[x, y], ...], "shape_type", "group_id",
                   "flags"}], "imagePath": "a.jpg", "imageData": null, "imageHeight", "imageWidth"}
```

Source: `wkentaro/labelme` (README, `labelme/_label_file.py`); `CVHub520/X-AnyLabeling` (docs). A rectangle is two
opposite corners in any order, or all four; other shapes than rectangles and points are left out and counted. Shapes
labelled `head` are heads, or all where there are none; `-i category=` names other labels. A rectangle and a point that
share a label and a `group_id` with no other shape are one head. A shape is ignored if its flags have `"ignore": true`,
or if it has `"difficult": true`.

We write the shapes of a head in this way, and `track_id`, `score` and `visibility` as keys of our own, which labelme
keeps. A `group_id` is not read as a track, because it joins shapes of one picture. Splits are not held.

Traps:
    * The picture of the JSON's own name goes before `imagePath`, which may be of another machine (`..\a.jpg`, `C:\`).
    * `imageData` holds the picture a second time. It is passed over, never decoded.
    * labelme writes no JSON for a picture without shapes: a picture without a JSON is left out and counted.
    * labelme shows pictures as their EXIF orientation turns them, and gives that size.

Memory: the text of one file while it is read, and all heads.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from converters.files.labels.label_folder import PLACE
from converters.files.labels.labelled_pictures import LabelledPicture, from_label_files
from converters.files.labels.scene_names import SceneGrouping
from converters.files.pictures.pictures_beside import (
    below_root,
    beside,
    unlabelled_defects,
    unlabelled_note,
    unlabelled_pictures,
)
from converters.files.records.drawn_heads import DrawnHeads, shape_notes
from converters.files.records.json_file import decode
from converters.files.records.json_keys import first_json_files, first_keys, is_json_name, json_below, json_stem
from converters.formats.format import Format, Writes
from converters.formats.labelme.labelme_shapes import DECODER, LabelFile, heads_of, mates_of
from converters.formats.labelme.labelme_write import places, write
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import own_name
from gta_head_tools.unreadable import each_readable

_OURS = {("shapes",), ("imagePath",), ("imageData",)}
"""Keys of labelme's own; the first one is not there where a long `imageData` goes before it."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
        category: labels that are heads, see `converters.files.labels.categories`.
    """

    scenes: SceneGrouping = "auto"
    category: str = ""


def detect(path: Path) -> bool:
    """True for a JSON with labelme's keys, and for a folder where one of the first JSON files has them."""
    files = first_json_files(path) if path.is_dir() else [path] * is_json_name(path.name)
    return any(not _OURS.isdisjoint(first_keys(file)) for file in files)


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a folder with its sub-folders, or of one label file.

    Raises:
        DataFormatError: a label file is not what it should be.
        DatasetLayoutError: there is none, or two are of one picture.
    """
    folder, labels = (path, json_below(path)) if path.is_dir() else (path.parent, [path.name])
    if not labels:
        raise DatasetLayoutError(path, "no JSON file of labelme in this folder or below; check the folder")
    find, others, strangers = beside(folder), Counter[str](), list[DataFormatError]()
    read_one = partial(_read_label, folder, strangers=strangers, others=others)
    labelled = [each for each in each_readable(labels, read_one) if each is not None]
    if len(strangers) == len(labels):
        raise strangers[0]
    pictures, places = list[LabelledPicture](), list[str]()
    for each in labelled:
        stem = json_stem(each.label)
        places.append(find(stem, each.stored.image_path or ""))
        name = posixpath.join(posixpath.dirname(stem), posixpath.basename(places[-1]))
        info = ImageInfo(name, each.stored.image_width or 0, each.stored.image_height or 0)
        pictures.append(LabelledPicture(info, each.heads, each.drawn.categories))
    known = {each.label for each in labelled} | {error.path.relative_to(folder).as_posix() for error in strangers}
    unread = [find(json_stem(label), "") for label in labels if label not in known]
    root, lies = below_root(folder, [*places, *unread])
    ungrouped, doubtful = sum(each.ungrouped for each in labelled), [each.drawn.doubtful() for each in labelled]
    source = own_name(path)
    joining = f"{source}: {ungrouped} shapes have a group_id that joins no rectangle with a point; it is not kept"
    left_out = unlabelled_pictures(root, lies) if path.is_dir() else []
    foreign = f"{source}: {len(strangers)} JSON files are none of labelme and are left out; the first: "
    dataset = from_label_files(
        path,
        root,
        [replace(one, info=replace(one.info, facts={PLACE: at})) for one, at in zip(pictures, lies, strict=False)],
        scenes=options.scenes,
        scene_name=source,
        category=options.category,
        notes=(
            *shape_notes(source, others, doubtful),
            *[joining] * (ungrouped > 0),
            *[foreign + error.path.name for error in strangers[:1]],
            *unlabelled_note(source, left_out),
        ),
    )
    return dataset.with_defects(unlabelled_defects(left_out))


@dataclass(frozen=True, slots=True)
class _Labelled:
    """A label file that was read.

    Attributes:
        label: its path, relative to the folder.
        stored: what it holds.
        heads: of it.
        drawn: the shapes that they are made of.
        ungrouped: shapes with a group that joins no rectangle with a point.
    """

    label: str
    stored: LabelFile
    heads: ImageAnnotations
    drawn: DrawnHeads
    ungrouped: int


def _read_label(
    folder: Path, label: str, *, strangers: list[DataFormatError], others: Counter[str]
) -> _Labelled | None:
    """A label file; None for a JSON file of something else (`classes.json`), whose error is added to `strangers`."""
    try:
        stored = decode(folder / label, DECODER)
    except DataFormatError as error:
        keys = first_keys(folder / label)
        if not keys or not _OURS.isdisjoint(keys):
            raise
        strangers.append(error)
        return None
    drawn, mates = DrawnHeads(), mates_of(stored.shapes)
    heads = heads_of(folder / label, stored.shapes, mates, drawn, others)
    ungrouped = sum(shape.group_id is not None for shape in stored.shapes) - len(mates)
    return _Labelled(label, stored, heads, drawn, ungrouped)


FORMAT = Format(
    holds=frozenset({"points", "boxes", "ids", "ignore", "visibility", "score"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places),
)
