"""Anchors of a scene: boxes drawn by hand, and the file `anchors.json` that keeps them.

```json
{"format": "ghtools-anchors", "version": 1, "image_size": [1920, 1080],
 "anchors": [{"image": "1534540881", "point": [812.0, 455.0], "box": [801.2, 441.0, 822.9, 468.5]}],
 "zones": [{"name": "stand", "polygon": [[0, 0], [960, 0], [960, 400]]}], "horizon": [[0, 210.5], [1920, 198.0]],
 "pins": [], "image_anchors": [], "heads": {"1534540881": {"added": [[5.0, 9.0]], "removed": [], "moved": [],
 "ignored": []}}, "reviewed": ["1534540881"]}
```

`format`, `version`, `image_size` and `anchors` are required. `image` is the short name of a picture (its file stem).
Keys that are not known are kept when the file is written again; an unknown version is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from gta_head_tools.encodings import as_utf8
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import composed
from gta_head_tools.json_words import broken_json, shown, wrong_value
from gta_head_tools.repeated_keys import refuse_repeated_keys
from gta_head_tools.whole_files import write_text

FORMAT = "ghtools-anchors"
VERSION = 1
FARTHEST = 1e9
"""Pixels. Coordinates beyond are mistakes, and their squares are beyond float64's exact range."""
NAMES_HEAD = 0.01
"""Pixels: a stored point names the head that is at most so far away in x and in y."""

Coordinate = Annotated[float, msgspec.Meta(gt=-FARTHEST, lt=FARTHEST)]
Pair = tuple[Coordinate, Coordinate]
Box = tuple[Coordinate, Coordinate, Coordinate, Coordinate]
Use = Literal["auto", "keep", "ignore"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A box drawn around one head. Also used for pins and for anchors of one image.

    Attributes:
        image: short name of the picture.
        point: x y of the head it belongs to.
        box: x0 y0 x1 y1; need not be centred on the point.
        use: ``auto`` may be left out of the fit as a suspect, ``keep`` never, ``ignore`` always.
        other: unknown keys of the file.
    """

    image: str
    point: Pair
    box: Box
    use: Use = "auto"
    other: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the picture with a surface of its own, e.g. a stand; its heads are fitted apart.

    Attributes:
        polygon: x y vertices, not closed.
        name: as shown to the user.
        other: unknown keys of the file.
    """

    polygon: Annotated[tuple[Pair, ...], msgspec.Meta(min_length=3)]
    name: str = ""
    other: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeadEdits:
    """Changes to the head points of one picture; the source file stays as it is.

    Attributes:
        added: new points.
        removed: points to leave out.
        moved: pairs of old and new point.
        ignored: points whose ignore flag is set; as in the source, or among the added ones.
        other: unknown keys of the file.
    """

    added: tuple[Pair, ...] = ()
    removed: tuple[Pair, ...] = ()
    moved: tuple[tuple[Pair, Pair], ...] = ()
    ignored: tuple[Pair, ...] = ()
    other: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnchorSet:
    """Everything that a user has drawn in one scene.

    Attributes:
        image_size: width and height of the pictures that the coordinates belong to.
        anchors: shared by all pictures of the scene.
        zones: surfaces that are fitted apart.
        horizon: two points of a drawn line; wins over the camera's.
        pins: boxes of single heads, kept as drawn, without effect on others.
        image_anchors: anchors that serve their own picture only.
        heads: edits of points by short name of the picture.
        reviewed: short names of the pictures that a user has looked through.
        other: unknown keys of the file.
    """

    image_size: tuple[Annotated[int, msgspec.Meta(gt=0)], Annotated[int, msgspec.Meta(gt=0)]]
    anchors: tuple[Anchor, ...] = ()
    zones: tuple[Zone, ...] = ()
    horizon: tuple[Pair, Pair] | None = None
    pins: tuple[Anchor, ...] = ()
    image_anchors: tuple[Anchor, ...] = ()
    heads: Mapping[str, HeadEdits] = field(default_factory=dict)
    reviewed: tuple[str, ...] = ()
    other: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fitted(self) -> tuple[Anchor, ...]:
        """The boxes that sizes are fitted to: anchors of all pictures and of single ones."""
        return (*self.anchors, *self.image_anchors)


def read_anchors(path: Path) -> AnchorSet:
    """The anchors in a file.

    Raises:
        DataFormatError: the file is missing, is not JSON, has another format or version, or holds a value that cannot
            be used; the message names the record and the value.
    """
    try:
        text = as_utf8(path.read_bytes(), path)
    except OSError as error:
        raise DataFormatError(path, f"cannot be read ({error.strerror or error}); check its permissions") from error
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        line, problem = broken_json(error, text)
        raise DataFormatError(path, f"{problem}; mend it or restore a copy", line) from error
    refuse_repeated_keys(path, text)
    return anchors_from_json(raw, path)


def anchors_from_json(raw: object, path: Path) -> AnchorSet:
    """The anchors in what `anchors_to_json` gave.

    Args:
        raw: lists and dicts.
        path: file they come from, for messages.

    Raises:
        DataFormatError: see `read_anchors`.
    """
    table = dict(checked(raw, dict[str, Any], path, "the file"))
    if (found := table.pop("format", None)) != FORMAT:
        raise _unusable(path, "format", found, f'expected "{FORMAT}"')
    if (found := table.pop("version", None)) != VERSION:
        raise _unusable(path, "version", found, f"expected {VERSION}; a newer ghtools may read it")
    if "anchors" not in table:
        raise _unusable(path, "anchors", None, "expected a list, it may be empty")
    size = table.get("image_size")
    if isinstance(size, list):
        table["image_size"] = [int(side) if isinstance(side, float) and side.is_integer() else side for side in size]
    for key in ("anchors", "pins", "image_anchors"):
        table[key] = _boxes(table.get(key), path, key)
    table["zones"] = _records(table.get("zones"), Zone, path, "zones")
    heads = table.get("heads")
    heads = {} if heads is None else checked(heads, dict[str, Any], path, "heads")
    edited = {name: _record(edits, HeadEdits, path, f"heads[{name!r}]") for name, edits in heads.items()}
    table["heads"] = {composed(name): edits for name, edits in edited.items()}
    if len(table["heads"]) < len(edited):
        raise DataFormatError(
            path, "two names of images differ in their accents' form alone; join them", record="heads"
        )
    drawn = _record(table, AnchorSet, path, "")
    drawn = replace(drawn, reviewed=tuple(map(composed, drawn.reviewed)))
    for key in ("anchors", "pins", "image_anchors"):
        _check_no_larger(drawn, key, path)
    if drawn.horizon is not None and drawn.horizon[0] == drawn.horizon[1]:
        raise _unusable(path, "horizon", drawn.horizon, "expected two different points")
    return drawn


def write_anchors(path: Path, anchors: AnchorSet) -> None:
    """Write `anchors` to a file, whole or not at all.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    write_text(path, json.dumps(anchors_to_json(anchors), indent=1, allow_nan=False) + "\n")


def anchors_to_json(anchors: AnchorSet) -> dict[str, Any]:
    """The content of the file as plain lists and dicts; parts that are empty are left out."""
    parts: dict[str, Any] = {
        "zones": [{"name": zone.name, "polygon": zone.polygon, **zone.other} for zone in anchors.zones],
        "horizon": anchors.horizon,
        "pins": [_anchor_to_json(pin) for pin in anchors.pins],
        "image_anchors": [_anchor_to_json(anchor) for anchor in anchors.image_anchors],
        "heads": {name: _edits_to_json(edits) for name, edits in anchors.heads.items()},
        "reviewed": list(anchors.reviewed),
    }
    return {
        "format": FORMAT,
        "version": VERSION,
        "image_size": list(anchors.image_size),
        "anchors": [_anchor_to_json(anchor) for anchor in anchors.anchors],
        **{key: value for key, value in parts.items() if value},
        **anchors.other,
    }


def _anchor_to_json(anchor: Anchor) -> dict[str, Any]:
    use = {} if anchor.use == "auto" else {"use": anchor.use}
    return {"image": anchor.image, "point": anchor.point, "box": anchor.box, **use, **anchor.other}


def _edits_to_json(edits: HeadEdits) -> dict[str, Any]:
    known = {"added": edits.added, "removed": edits.removed, "moved": edits.moved, "ignored": edits.ignored}
    return {**known, **edits.other}


def _boxes(raw: object, path: Path, place: str) -> tuple[Anchor, ...]:
    anchors = _records(raw, Anchor, path, place)
    for index, anchor in enumerate(anchors):
        x0, y0, x1, y1 = anchor.box
        if not (x0 < x1 and y0 < y1):
            raise _unusable(path, f"{place}[{index}].box", anchor.box, "expected x0 < x1 and y0 < y1")
    return tuple(replace(anchor, image=composed(anchor.image)) for anchor in anchors)


def _check_no_larger(drawn: AnchorSet, key: str, path: Path) -> None:
    """Refuse a box larger than its picture, which cannot be a head and would be fitted to.

    Raises:
        DataFormatError: naming the first such box of the list `key`.
    """
    width, height = drawn.image_size
    for index, anchor in enumerate(getattr(drawn, key)):
        x0, y0, x1, y1 = anchor.box
        if max(x1 - x0 - width, y1 - y0 - height) > NAMES_HEAD:
            told = f"{x1 - x0:g}x{y1 - y0:g} pixels is larger than the picture ({width}x{height})"
            raise DataFormatError(path, f"{told}; draw this box again, or remove it", None, f"{key}[{index}].box")


def _records(raw: object, kind: type[T], path: Path, place: str) -> tuple[T, ...]:
    listed = [] if raw is None else checked(raw, list[Any], path, place)
    return tuple(_record(value, kind, path, f"{place}[{index}]") for index, value in enumerate(listed))


def _record(raw: object, kind: type[T], path: Path, place: str) -> T:
    """One object of the file as its dataclass; null is read as a missing key, and `other` keeps the unknown keys."""
    table = checked(raw, dict[str, Any], path, place)
    own = kind.__annotations__.keys() - {"other"}
    known = {key: value for key, value in table.items() if key in own and value is not None}
    other = {key: value for key, value in table.items() if key not in own}
    for key, value in other.items():
        try:
            json.dumps(value, allow_nan=False)
        except ValueError as error:
            raise _unusable(path, f"{place}.{key}".lstrip("."), value, "expected finite numbers") from error
    return checked({**known, "other": other}, kind, path, place)


def checked(raw: object, kind: type[T], path: Path, place: str) -> T:
    """A value of the file as the type that it has to be.

    Args:
        raw: as JSON has it.
        kind: a dataclass, or any other type that msgspec takes.
        path: the file, for messages.
        place: where the value stands in the file, e.g. ``anchors[3]``, for messages.

    Raises:
        DataFormatError: it is something else; the message names the place, what stands there and what was expected.
    """
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        inside, problem = wrong_value(error, raw)
        where = f"{place}.{inside}" if place and inside and not inside.startswith("[") else place + inside
        raise DataFormatError(path, problem, None, where) from error


def _unusable(path: Path, place: str, found: object, expected: str) -> DataFormatError:
    told = "is missing" if found is None else f"found {shown(found)}"
    return DataFormatError(path, f"{told}, {expected}", None, place)
