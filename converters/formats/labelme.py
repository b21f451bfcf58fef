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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np

from converters.files.drawn_heads import (
    DrawnHeads,
    drawn_place,
    not_drawn,
    shape_notes,
)
from converters.files.json_file import decode
from converters.files.json_keys import first_json_files, first_keys, is_json_name, json_below, json_stem
from converters.files.label_folder import PLACE
from converters.files.labelled_pictures import LabelledPicture, from_label_files
from converters.files.pictures_beside import below_root, beside, unlabelled_note
from converters.files.scene_names import SceneGrouping
from converters.formats.format import Format, Writes
from converters.formats.labelme_write import BOX, EXTRA, POINT, places, write
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import own_name

_KEYS = {BOX: "box", POINT: "point"}
_OURS = {("shapes",), ("imagePath",), ("imageData",)}
"""Keys of labelme's own; the first one is not there where a long `imageData` goes before it."""
Number = Annotated[int, msgspec.Meta(ge=-1, le=2**62)]
Pixels = Annotated[int, msgspec.Meta(ge=0, le=2**31)]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
        category: labels that are heads, see `converters.files.categories`.
    """

    scenes: SceneGrouping = "auto"
    category: str = ""


class _Shape(msgspec.Struct, gc=False):
    label: str | int
    points: list[tuple[float, float]]
    shape_type: str | None = "polygon"
    group_id: int | str | None = None
    flags: dict[str, Any] | None = None
    difficult: bool | None = False
    track_id: Number = -1
    score: float | None = None
    visibility: float | None = None


class _File(msgspec.Struct, rename="camel"):
    shapes: list[_Shape]
    image_path: str | None = None
    image_width: Pixels | None = None
    image_height: Pixels | None = None


_DECODER = msgspec.json.Decoder(_File)


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
    find, others, ungrouped = beside(folder), Counter[str](), 0
    drawn, pictures, places = list[DrawnHeads](), list[LabelledPicture](), list[str]()
    for label in labels:
        stored = decode(folder / label, _DECODER)
        stem = json_stem(label)
        places.append(find(stem, stored.image_path or ""))
        name = posixpath.join(posixpath.dirname(stem), posixpath.basename(places[-1]))
        info = ImageInfo(name, stored.image_width or 0, stored.image_height or 0)
        drawn.append(DrawnHeads())
        mates = _mates(stored.shapes)
        heads = _heads(folder / label, stored.shapes, mates, drawn[-1], others)
        ungrouped += sum(shape.group_id is not None for shape in stored.shapes) - len(mates)
        pictures.append(LabelledPicture(info, heads, drawn[-1].categories))
    root, lies = below_root(folder, places)
    source = own_name(path)
    joining = f"{source}: {ungrouped} shapes have a group_id that joins no rectangle with a point; it is not kept"
    left_out = unlabelled_note(source, root, lies) if path.is_dir() else ()
    return from_label_files(
        path,
        root,
        [replace(one, info=replace(one.info, facts={PLACE: at})) for one, at in zip(pictures, lies, strict=True)],
        scenes=options.scenes,
        scene_name=source,
        category=options.category,
        notes=(*shape_notes(source, others, drawn), *[joining] * (ungrouped > 0), *left_out),
    )


def _heads(
    file: Path, shapes: Sequence[_Shape], mates: Mapping[int, int], drawn: DrawnHeads, others: Counter[str]
) -> ImageAnnotations:
    """The heads of a file, which are added to `drawn`; shapes that are none are added to `others`."""
    made: list[_Shape] = []
    for number, shape in enumerate(shapes):
        kind, mate = shape.shape_type or "polygon", mates.get(number)
        if kind not in _KEYS:
            others[kind] += 1
        elif mate is None:
            drawn.add(str(shape.label), **{_KEYS[kind]: _place(file, number, shape)})
            made.append(shape)
        elif mate > number:
            places = {
                _KEYS[kind]: _place(file, number, shape),
                _KEYS[POINT if kind == BOX else BOX]: _place(file, mate, shapes[mate]),
            }
            drawn.add(str(shape.label), **places)
            made.append(_joined(shape, shapes[mate]))
    extra = {name: [getattr(one, name) for one in made] for name in EXTRA}
    known = {name: values for name, values in extra.items() if values.count(None) < len(made)}
    return drawn.annotations(
        ids=[one.track_id for one in made],
        ignore=[_is_ignored(one) for one in made],
        extra={name: np.array(values, dtype=np.float64) for name, values in known.items()},
    )


def _place(file: Path, number: int, shape: _Shape) -> tuple[float, ...]:
    place = drawn_place(shape.points, box=shape.shape_type == BOX)
    if place is None:
        raise not_drawn(file, f"shapes[{number}].points", len(shape.points), box=shape.shape_type == BOX)
    return place


def _joined(shape: _Shape, mate: _Shape) -> _Shape:
    """The shape with what the other one of its head says."""
    return msgspec.structs.replace(
        shape,
        track_id=max(shape.track_id, mate.track_id),
        score=shape.score if shape.score is not None else mate.score,
        visibility=shape.visibility if shape.visibility is not None else mate.visibility,
        flags={},
        difficult=_is_ignored(shape) or _is_ignored(mate),
    )


def _is_ignored(shape: _Shape) -> bool:
    return shape.difficult is True or (shape.flags is not None and shape.flags.get("ignore") is True)


def _mates(shapes: Sequence[_Shape]) -> dict[int, int]:
    """The places of shapes that are one head: a rectangle and a point that no other shape of their group is."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, shape in enumerate(shapes):
        if shape.group_id is not None and shape.shape_type in {BOX, POINT}:
            groups.setdefault((shape.label, shape.group_id), []).append(number)
    pairs = [pair for pair in groups.values() if {shapes[at].shape_type for at in pair} == {BOX, POINT}]
    return {at: other for one, two, *more in pairs if not more for at, other in ((one, two), (two, one))}


FORMAT = Format(
    holds=frozenset({"points", "boxes", "ids", "ignore", "visibility", "score"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places),
)
