"""CrowdHuman: people with boxes of their head, visible part and whole body, a line for each picture; reading only.

```
annotation_train.odgt annotation_val.odgt    a JSON object a line, also in annotations/, also gzipped
    {"ID": "273271,1a0d6000b9e1f5b7", "gtboxes": [{"tag": "person", "hbox": [x, y, w, h], "vbox", "fbox",
     "head_attr": {"ignore", "occ", "unsure"}, "extra": {"box_id", "occ", "ignore"}}]}
CrowdHuman_train01/Images/273271,1a0d6000b9e1f5b7.jpg    or Images, images, train, val; or such a folder's own Images
```

Source: Shao, Zhao, Li, Xiao, Yu, Zhang, Sun, "CrowdHuman: a benchmark for detecting human in a crowd", 2018;
`Sentient07/HeadHunter`, `create_chuman.py`. Heads are the boxes `hbox`; `-i box=visible` or `-i box=full` takes people.
`occ` and `unsure` of a head are columns.

A box is ignored if its tag is not `person` (`mask` is a group or a picture of people), if `extra.ignore` is 1, and, as
a head, if `head_attr.ignore` is 1 or there is no `head_attr`. Keys that are missing mean 0.

Traps:
    * An ID may hold a comma. Its picture is the ID and `.jpg`.
    * A `box_id` numbers the boxes of one picture and tells nobody apart elsewhere: it is no track.
    * Whole bodies often leave the picture, heads sometimes.
    * Sizes are not in the files: they come from the pictures.

Memory: the text of a file while it is read, one line of it decoded, and all heads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import numpy as np

from converters.files.labels.label_folder import PLACE
from converters.files.labels.labelled_pictures import LabelledPicture, from_label_files, looked_in
from converters.files.labels.scene_names import SPLITS, SceneGrouping
from converters.files.pictures.picture_names import NameParts, PictureNames
from converters.files.pictures.picture_places import picture_places
from converters.files.records.json_file import decode_lines
from converters.files.records.json_keys import first_keys
from converters.files.records.tool_exports import home_of
from converters.formats.format import Format
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import file_or_lost, is_ours, listed, own_name
from gta_head_tools.geometry import centres, from_xywh
from gta_head_tools.unreadable import each_readable

_APART = "annotations"
_PICTURES = ("Images", "images")
_Box = tuple[float, float, float, float]
Flag = Annotated[int, msgspec.Meta(ge=-1, le=2**31)]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        box: which box of a person is read.
        scenes: how pictures make scenes.
        names: how much of an ID counts, where IDs are paths.
    """

    box: Literal["head", "visible", "full"] = "head"
    scenes: SceneGrouping = "image"
    names: NameParts = "whole"


class _Attributes(msgspec.Struct, gc=False):
    ignore: Flag | None = None
    occ: Flag | None = None
    unsure: Flag | None = None


class _Person(msgspec.Struct, gc=False):
    tag: str = "person"
    hbox: _Box | None = None
    vbox: _Box | None = None
    fbox: _Box | None = None
    head_attr: _Attributes | None = None
    extra: _Attributes | None = None


class _Picture(msgspec.Struct):
    id: str = msgspec.field(name="ID")
    gtboxes: list[_Person]


_DECODER = msgspec.json.Decoder(_Picture)
_NO_HEAD = (_Attributes(), None)


def detect(path: Path) -> bool:
    """True for a file whose first lines have CrowdHuman's keys, and for a folder with `*.odgt` files."""
    return bool(_files(path)) if path.is_dir() else ("gtboxes",) in first_keys(path)


def _files(path: Path) -> list[Path]:
    found = [file for folder in (path, path / _APART) for file in listed(folder, "*.odgt*") if not is_ours(file)]
    files = sorted(filter(file_or_lost, found))
    return files if any(("gtboxes",) in first_keys(file) for file in files) else []


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a file, or of all files in a folder.

    Raises:
        DataFormatError: a line is not what it should be, or a picture has two.
        DatasetLayoutError: there is no file in the folder.
    """
    files = _files(path) if path.is_dir() else [path]
    if not files:
        raise DatasetLayoutError(path, "no .odgt file found, expected annotation_train.odgt; check the folder")
    root = home_of(path if path.is_dir() else path.parent)
    folders = _folders(root)
    search = _Search(picture_places(root, folders))
    parts = each_readable(files, lambda file: list(_pictures(file, options, search)))
    pictures = [one for part in parts for one in part]
    notes = tuple(
        f"{name}: {count} people have no {options.box} box and are left out" for name, count in search.boxless.items()
    )
    dataset = from_label_files(path, root, pictures, scenes=options.scenes, scene_name=own_name(path), notes=notes)
    return looked_in(dataset, folders)


def _folders(root: Path) -> list[Path]:
    """Folders that pictures may lie in."""
    inside = sorted(folder for folder in listed(root, "*") if _may_hold_pictures(folder.name))
    homes = [root, *(folder for folder in inside if folder.is_dir())]
    return [place for home in homes for place in (home, *(home / name for name in _PICTURES))]


def _may_hold_pictures(name: str) -> bool:
    return name.lower().startswith("crowdhuman") or name.lower() in {"images", *SPLITS}


@dataclass(frozen=True, slots=True)
class _Search:
    """What the files of a data set share.

    Attributes:
        place: where the picture of a name lies.
        seen: file and line of each picture so far.
        boxless: people without the box that is read, by file.
    """

    place: Callable[[str], str]
    seen: dict[str, str] = field(default_factory=dict)
    boxless: Counter[str] = field(default_factory=Counter)


def _pictures(file: Path, options: ReadOptions, search: _Search) -> Iterator[LabelledPicture]:
    split = next((split for split in SPLITS if split in file.name.lower()), None)
    names = PictureNames(file, options.names)
    for line, picture in decode_lines(file, _DECODER):
        name, at = names.path(f"{picture.id}.jpg", line=line), f"{file.name}:{line}"
        if search.seen.setdefault(name, at) != at:
            problem = f"picture {picture.id!r} has a line already, at {search.seen[name]}; remove one of them"
            raise DataFormatError(file, problem, line=line, record="ID")
        boxed = [(person, box) for person in picture.gtboxes if (box := _box(person, options.box)) is not None]
        if len(boxed) < len(picture.gtboxes):
            search.boxless[file.name] += len(picture.gtboxes) - len(boxed)
        info = ImageInfo(name, split=split, facts={PLACE: search.place(name)})
        yield LabelledPicture(info, _heads(boxed, of_heads=options.box == "head"))
    if not any(at.rpartition(":")[0] == file.name for at in search.seen.values()):
        raise DataFormatError(file, "no line found, expected one for each picture; copy it again")


def _box(person: _Person, kind: Literal["head", "visible", "full"]) -> _Box | None:
    """The box of that kind; of what is ignored as a whole, another one where it has none of that kind."""
    chosen = {"head": person.hbox, "visible": person.vbox, "full": person.fbox}[kind]
    return chosen or ((person.vbox or person.fbox or person.hbox) if _is_region(person) else None)


def _is_region(person: _Person) -> bool:
    return person.tag != "person" or (person.extra is not None and person.extra.ignore == 1)


def _heads(boxed: list[tuple[_Person, _Box]], *, of_heads: bool) -> ImageAnnotations:
    with np.errstate(over="ignore", invalid="ignore"):  # Boxes beyond float64 are findings of checks.
        boxes = from_xywh(np.array([box for _, box in boxed], dtype=np.float64).reshape(-1, 4))
        points = centres(boxes)
    attributes = [person.head_attr or _Attributes() for person, _ in boxed]
    ignore = [
        _is_region(person) or (of_heads and (person.head_attr in _NO_HEAD or person.head_attr.ignore == 1))
        for person, _ in boxed
    ]
    extra = {name: np.array([getattr(one, name) or 0 for one in attributes], np.int64) for name in ("occ", "unsure")}
    return ImageAnnotations(ImageInfo(""), points, boxes=boxes, ignore=ignore, extra=extra if of_heads else {})


FORMAT = Format(holds=frozenset({"boxes", "ignore", "split"}), read=read, options=ReadOptions, detect=detect)
