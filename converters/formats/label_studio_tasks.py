"""Tasks of Label Studio, out of its exports JSON and JSON-MIN: the picture of each, and the regions drawn on it.

```
JSON      [{"data": {"image": "/data/upload/1/1a2b3c4d-a.jpg"}, "annotations": [{"result": [result, ...],
            "was_cancelled": false}], "predictions": []}]
result:   {"id", "type": "rectanglelabels", "original_width", "original_height", "image_rotation": 0,
           "value": {"x", "y", "width", "height", "rotation", "rectanglelabels": ["head"]}}
JSON-MIN  [{"image": "...", "annotator": 1, "label": [value and sizes in one object, ...]}]
```

All numbers are percent of the picture's width and height. `x y` is the corner around which a rectangle is turned
clockwise by `rotation` degrees; a keypoint has `x y`, and its `width` is that of the mark. Where shapes and labels are
tags of their own, a region is two results of one `id`. Before version 1.0 annotations were called `completions`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import msgspec

from converters.files.pictures.picture_names import last_part
from converters.files.records.drawn_heads import numbers
from converters.files.records.json_file import convert, decode_text
from converters.files.records.json_keys import KeyPath
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import picture_suffix_of, read_unpacked

_KINDS = {"rectanglelabels": "box", "rectangle": "box", "keypointlabels": "point", "keypoint": "point"}
_NO_SHAPES = {"labels", "choices", "textarea", "rating", "number", "taxonomy", "datetime", "relation", "pairwise"}
"""Results that say something of a region or of the picture."""
_ANNOTATIONS = ("annotations", "completions")
Pixels = Annotated[int, msgspec.Meta(ge=1, le=2**31)]


class _Value(msgspec.Struct):
    x: float | None = None
    y: float | None = None
    width: float | None = None
    height: float | None = None
    rotation: float | None = None
    rectanglelabels: list[str] | None = None
    keypointlabels: list[str] | None = None
    labels: list[str] | None = None
    score: float | None = None

    def names(self) -> list[str]:
        return [*(self.rectanglelabels or ()), *(self.keypointlabels or ()), *(self.labels or ())]


class _Result(msgspec.Struct):
    type: str = ""
    value: _Value | None = None
    id: str | int | None = None
    original_width: Pixels | None = None
    original_height: Pixels | None = None
    image_rotation: float | None = None
    score: float | None = None


class _Flat(_Value):
    """A region of JSON-MIN; `points`, `radiusX` and `rle` are those of shapes that are no heads."""

    original_width: Pixels | None = None
    original_height: Pixels | None = None
    image_rotation: float | None = None
    points: msgspec.Raw = msgspec.Raw(b"")
    radius: msgspec.Raw = msgspec.field(name="radiusX", default=msgspec.Raw(b""))
    rle: msgspec.Raw = msgspec.Raw(b"")


class _Annotation(msgspec.Struct):
    result: list[_Result]
    was_cancelled: bool | None = False


class _Full(msgspec.Struct):
    data: dict[str, Any]
    annotations: list[_Annotation] | None = None
    completions: list[_Annotation] | None = None
    predictions: list[_Annotation] | None = None


_PLAIN = msgspec.json.Decoder[Any]()
_TASKS = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_FULL = msgspec.json.Decoder(_Full)
_FLATS = msgspec.json.Decoder(list[_Flat])


@dataclass(slots=True)
class Drawn:
    """A region.

    Attributes:
        record: of it, for messages.
        kind: ``box`` or ``point``.
        value: its numbers, in percent.
        names: its labels.
        score: of a prediction.
    """

    record: str
    kind: str
    value: _Value
    names: list[str]
    score: float | None


@dataclass(slots=True)
class Task:
    """A picture and what is drawn on it.

    Attributes:
        record: of the task, for messages.
        picture: name as the file gives it.
        answers: how many annotations that are not cancelled it has.
        predicted: regions are those of a prediction.
        size: width and height that regions give, None = they do not.
        regions: in the order of the file.
        others: regions of other kinds, by kind.
    """

    record: str
    picture: str
    answers: int = 1
    predicted: bool = False
    size: tuple[int, int] | None = None
    regions: list[Drawn] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)


def looks_like_tasks(keys: Sequence[KeyPath]) -> bool:
    """True for the first keys of an export."""
    there = set(keys)
    full = ("[]", "data") in there and any(("[]", name) in there for name in (*_ANNOTATIONS, "predictions"))
    flat = ("[]", "annotation_id") in there or ("[]", "annotator") in there
    return full or flat or any(key[0] == "[]" and key[2:] == ("[]", "original_width") for key in there)


def read_tasks(path: Path) -> list[Task]:
    """The tasks of an export, each picture of JSON-MIN once.

    Raises:
        DatasetLayoutError: no such file, or it cannot be read.
        DataFormatError: it is no export, or regions are of a picture that is turned while it is labelled.
    """
    tasks: list[Task] = []
    flat: dict[str, Task] = {}
    rows = decode_text(path, read_unpacked(path), _TASKS)
    for number, raw in enumerate(rows):
        record = f"[{number}]"
        if "data" in raw or any(name in raw for name in _ANNOTATIONS):
            tasks.append(_full(path, record, decode_text(path, msgspec.json.encode(raw), _FULL, record=record)))
            continue
        task = _flat(path, record, raw)
        if (first := flat.setdefault(task.picture, task)) is task:
            tasks.append(task)
        else:  # Each annotator of a picture has a row.
            first.answers += 1
    return tasks


def _full(path: Path, record: str, stored: _Full) -> Task:
    task = Task(record, _picture(path, f"{record}.data", stored.data))
    key = "annotations" if stored.annotations is not None else "completions"
    every = stored.annotations or stored.completions or []
    answers = [(f"{record}.{key}[{n}]", one) for n, one in enumerate(every) if not one.was_cancelled]
    task.answers = len(answers)
    if not every:
        answers = [(f"{record}.predictions[{n}]", one) for n, one in enumerate(stored.predictions or ())]
        task.predicted = bool(answers)
    for place, one in answers[:1]:
        results = {f"{place}.result[{n}]": result for n, result in enumerate(one.result)}
        keys = {at: result.id if result.id is not None else at for at, result in results.items()}
        _collect(path, task, results, keys)
    return task


def _flat(path: Path, record: str, raw: Mapping[str, msgspec.Raw]) -> Task:
    values = {key: decode_text(path, bytes(text), _PLAIN, record=f"{record}.{key}") for key, text in raw.items()}
    task = Task(record, _picture(path, record, values))
    results: dict[str, _Result] = {}
    keys: dict[str, Any] = {}
    for key, value in values.items():
        if not (isinstance(value, list) and value and all(isinstance(one, dict) for one in value)):
            continue
        seen: Counter[tuple[float | None, ...]] = Counter()
        flats = decode_text(path, bytes(raw[key]), _FLATS, record=f"{record}.{key}")
        for number, one in enumerate(flats):
            at, place = f"{record}.{key}[{number}]", (one.x, one.y, one.width, one.height)
            seen[place] += 1
            # A region stands under the key of each tag that it has, and has no id by which they would be joined.
            keys[at] = (place, seen[place])
            sizes = (one.original_width, one.original_height, one.image_rotation)
            results[at] = _Result(_kind_of(one), one, None, *sizes)
    _collect(path, task, results, keys)
    return task


def _kind_of(one: _Flat) -> str:
    """The type of a region of JSON-MIN, which does not name it; `labels` where it has no shape."""
    for kind, text in (("polygon", one.points), ("ellipse", one.radius), ("brush", one.rle)):
        if bytes(text):
            return kind
    if one.rectanglelabels is not None or one.height is not None:
        return "rectangle"
    return "labels" if one.keypointlabels is None and one.x is None and one.y is None else "keypoint"


def _picture(path: Path, record: str, data: Mapping[str, Any]) -> str:
    """The name of the picture: under `image`, or the only one of a picture."""
    texts = {key: value for key, value in data.items() if isinstance(value, str)}
    if "image" in data:
        return str(convert(path, data["image"], str, record=f"{record}.image"))
    found = [value for value in texts.values() if picture_suffix_of(PurePosixPath(last_part(value)).name)]
    if len(found) != 1:
        keys = ", ".join(map(repr, data)) or "nothing"
        problem = f"no 'image', and {len(found)} of its keys name a picture ({keys}); name it under 'image'"
        raise DataFormatError(path, problem, record=record)
    return found[0]


def _collect(path: Path, task: Task, results: Mapping[str, _Result], keys: Mapping[str, Any]) -> None:
    """Add the regions to the task; results of one key are one region."""
    regions: dict[Any, Drawn] = {}
    names: dict[Any, list[str]] = {}
    for at, result in results.items():
        kind = _KINDS.get(result.type)
        if result.value is not None and (kind or result.type == "labels"):
            names.setdefault(keys[at], []).extend(result.value.names())
        if kind is None:
            task.others.update([result.type.removesuffix("labels") or "no type"] * (result.type not in _NO_SHAPES))
            continue
        if result.value is None:
            raise DataFormatError(path, "has no 'value'; correct it, or export again", record=at)
        if result.image_rotation:
            problem = f"the picture was turned by {result.image_rotation:g} degrees while it was labelled"
            raise DataFormatError(path, f"{problem}; turn it back in Label Studio and export again", record=at)
        _check_size(path, task, at, result)
        score = result.score if result.score is not None else result.value.score
        regions.setdefault(keys[at], Drawn(at, kind, result.value, [], score))
    for key, region in regions.items():
        region.names = list(dict.fromkeys(names.get(key, ())))
        task.regions.append(region)


def _check_size(path: Path, task: Task, record: str, result: _Result) -> None:
    if result.original_width is None or result.original_height is None:
        return
    size = (result.original_width, result.original_height)
    task.size = task.size or size
    if task.size != size:
        shown = " and ".join(f"{width}x{height}" for width, height in (task.size, size))
        raise DataFormatError(path, f"regions of one picture give it two sizes, {shown}; correct one", record=record)


def box_of(path: Path, region: Drawn, size: tuple[int, int]) -> tuple[tuple[float, ...], bool]:
    """The box x0 y0 x1 y1 of a region in pixels, upright around a turned one, and whether it is turned.

    Raises:
        DataFormatError: a number is missing.
    """
    value, (across, down) = region.value, (size[0] / 100, size[1] / 100)
    needed = (("x", value.x), ("y", value.y), ("width", value.width), ("height", value.height))
    x, y, width, height = numbers(path, f"{region.record}.value", needed)
    x, y, width, height = x * across, y * down, width * across, height * down
    angle = math.radians(value.rotation or 0)
    if not angle:
        return (x, y, x + width, y + height), False
    cos, sin = math.cos(angle), math.sin(angle)
    xs = [x, x + width * cos, x - height * sin, x + width * cos - height * sin]
    ys = [y, y + width * sin, y + height * cos, y + width * sin + height * cos]
    return (min(xs), min(ys), max(xs), max(ys)), True


def point_of(path: Path, region: Drawn, size: tuple[int, int]) -> tuple[float, ...]:
    """The x y of a region in pixels.

    Raises:
        DataFormatError: a number is missing.
    """
    x, y = numbers(path, f"{region.record}.value", (("x", region.value.x), ("y", region.value.y)))
    return x * size[0] / 100, y * size[1] / 100
