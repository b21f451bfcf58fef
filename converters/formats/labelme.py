r"""labelme: a JSON beside each picture, with rectangles and points; X-AnyLabeling's files are the same.

```
<folder>/a.jpg
<folder>/a.json   {"version", "flags", "shapes": [{"label", "points": [[x, y], ...], "shape_type", "group_id",
                   "flags"}], "imagePath": "a.jpg", "imageData": null, "imageHeight", "imageWidth"}
```

Source: `wkentaro/labelme` (README, `labelme/_label_file.py`); `CVHub520/X-AnyLabeling` (docs). A rectangle is two
opposite corners in any order, or all four; other shapes than rectangles and points are left out and counted. Of labels,
`converters.files.categories` tells which are heads. A rectangle and a point that share a label and a `group_id` alone
are one head. `"ignore": true` among the flags of a shape, or `"difficult": true`, means ignored.

We write the shapes of a head in this way, and `track_id`, `score` and `visibility` as keys of ours, which labelme
keeps; a `group_id` is not taken for a track, because it joins shapes. Splits are not held.

Traps:
    * The picture of the JSON's own name goes before `imagePath`, which may be of another machine (`..\a.jpg`, `C:\`).
    * `imageData` holds the picture a second time. It is passed over, never decoded.
    * labelme writes no JSON for a picture without shapes: a picture without a JSON is left out and counted.
    * labelme shows pictures as their EXIF orientation turns them, and gives that size.

Memory: the text of one file while it is read, and all heads.
"""

from __future__ import annotations

import math
import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np

from converters.files.drawn_heads import NO_BOX, NO_POINT, DrawnHeads, check_drawable, drawn_place, shape_notes
from converters.files.json_file import decode
from converters.files.json_keys import first_json_files, first_keys, is_json_name, json_below, json_stem
from converters.files.label_folder import PLACE
from converters.files.label_writing import write_each
from converters.files.labelled_pictures import LabelledPicture, from_label_files
from converters.files.pictures import ORIGINAL_PATH, ImageMode
from converters.files.pictures_beside import below_root, beside, unlabelled_note
from converters.files.scene_names import SceneGrouping
from converters.formats.format import Format, Writes
from converters.formats.options import NoOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo, off_centre
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import own_name, without_picture_suffix

_VERSION = "5.5.0"
"""Of labelme, which only compares the first number with its own."""
_DECIMALS = 6
_EXTRA = ("score", "visibility")
_BOX, _POINT = "rectangle", "point"
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
    made: list[list[_Shape]] = []
    for number, shape in enumerate(shapes):
        if shape.shape_type not in {_BOX, _POINT}:
            others[shape.shape_type or "polygon"] += 1
        elif mates.get(number, number) >= number:
            both = {number: shape, mates.get(number, number): shapes[mates.get(number, number)]}
            places = {
                one.shape_type: drawn_place(file, f"shapes[{at}].points", one.points, box=one.shape_type == _BOX)
                for at, one in both.items()
            }
            drawn.add(str(shape.label), box=places.get(_BOX, NO_BOX), point=places.get(_POINT, NO_POINT))
            made.append(list(both.values()))
    extra = {name: [_first(getattr(one, name) for one in both) for both in made] for name in _EXTRA}
    return drawn.annotations(
        ids=[max(one.track_id for one in both) for both in made],
        ignore=[any(one.difficult or (one.flags or {}).get("ignore") is True for one in both) for both in made],
        extra={name: values for name, values in extra.items() if not np.isnan(values).all()},
    )


def _first(values: Iterable[float | None]) -> float:
    return next((value for value in values if value is not None), np.nan)


def _mates(shapes: Sequence[_Shape]) -> dict[int, int]:
    """The places of shapes that are one head: a rectangle and a point that no other shape of their group is."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, shape in enumerate(shapes):
        if shape.group_id is not None and shape.shape_type in {_BOX, _POINT}:
            groups.setdefault((shape.label, shape.group_id), []).append(number)
    pairs = [pair for pair in groups.values() if {shapes[at].shape_type for at in pair} == {_BOX, _POINT}]
    return {at: other for one, two, *more in pairs if not more for at, other in ((one, two), (two, one))}


def places(scene: Scene, source: Path) -> list[str]:  # noqa: ARG001
    """The label files of its pictures."""
    names = (info.facts.get(ORIGINAL_PATH, info.path) for info in scene.images)
    return [f"{without_picture_suffix(name)}.json" for name in names]


def write(dataset: Dataset, target: Path, options: NoOptions, images: ImageMode) -> None:  # noqa: ARG001
    """Write pictures, and a JSON beside each.

    Raises:
        DatasetLayoutError: the target cannot be written, two images have one name, or a picture is missing.
        DataFormatError: the corners of a box are swapped, or a number is not finite.
    """
    write_each(
        dataset, target, images, lambda _, name: (f"{without_picture_suffix(name)}.json", name), partial(_text, dataset)
    )


def _text(dataset: Dataset, image: ImageAnnotations, picture: str) -> bytes:
    check_drawable(image, dataset.source)
    boxes, points = image.boxes.round(_DECIMALS).tolist(), image.points.round(_DECIMALS).tolist()
    drawn = {_BOX: image.has_box, _POINT: off_centre(image) | ~image.has_box}
    shapes = []
    for row in range(len(image)):
        keys = {name: float(image.extra[name][row]) for name in _EXTRA if name in image.extra}
        shape = {
            "label": "head",
            "group_id": row + 1 if all(column[row] for column in drawn.values()) else None,
            "description": "",
            "flags": {"ignore": True} if image.ignore[row] else {},
            **({"track_id": int(image.ids[row])} if image.ids[row] >= 0 else {}),
            **{name: value for name, value in keys.items() if not math.isnan(value)},
        }
        corners = {_BOX: [boxes[row][:2], boxes[row][2:]], _POINT: [points[row]]}
        shapes += [{**shape, "points": corners[kind], "shape_type": kind} for kind in drawn if drawn[kind][row]]
    size = [value or None for value in (image.info.size if image.info.sized else (0, 0))]
    content = {"version": _VERSION, "flags": {}, "shapes": shapes, "imagePath": posixpath.basename(picture)}
    return msgspec.json.format(
        msgspec.json.encode({**content, "imageData": None, "imageHeight": size[1], "imageWidth": size[0]}), indent=1
    )


FORMAT = Format(
    holds=frozenset({"points", "boxes", "ids", "ignore", "visibility", "score"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places),
)
