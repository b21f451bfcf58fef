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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from gta_head_tools.anchors.anchor_values import Pair, Values
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import write_text

__all__ = [
    "FARTHEST",
    "FORMAT",
    "NAMES_HEAD",
    "VERSION",
    "Anchor",
    "AnchorSet",
    "Box",
    "HeadEdits",
    "Pair",
    "Use",
    "Zone",
    "anchors_from_json",
    "anchors_to_json",
    "read_anchors",
    "write_anchors",
]

FORMAT = "ghtools-anchors"
VERSION = 1
FARTHEST = 1e9
"""Pixels. Coordinates beyond are mistakes, and their squares are beyond float64's exact range."""
NAMES_HEAD = 0.01
"""Pixels: a stored point names the head that is at most so far away in x and in y."""

Box = tuple[float, float, float, float]
Use = Literal["auto", "keep", "ignore"]


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
    """A part of the picture whose heads stand on a surface of their own.

    Attributes:
        name: as shown to the user.
        polygon: x y vertices, not closed.
        other: unknown keys of the file.
    """

    name: str
    polygon: tuple[Pair, ...]
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
    """All that a user has drawn in one scene.

    Attributes:
        image_size: width and height of the pictures that the coordinates belong to.
        anchors: shared by all pictures of the scene.
        zones: surfaces that are fitted apart.
        horizon: two points of a drawn line; wins over the camera's.
        pins: boxes of single heads, kept as drawn, without effect on others.
        image_anchors: anchors that serve their own picture only.
        heads: edits of points by short name of the picture.
        reviewed: short names of the pictures that somebody has looked through.
        other: unknown keys of the file.
    """

    image_size: tuple[int, int]
    anchors: tuple[Anchor, ...] = ()
    zones: tuple[Zone, ...] = ()
    horizon: tuple[Pair, Pair] | None = None
    pins: tuple[Anchor, ...] = ()
    image_anchors: tuple[Anchor, ...] = ()
    heads: Mapping[str, HeadEdits] = field(default_factory=dict)
    reviewed: tuple[str, ...] = ()
    other: Mapping[str, Any] = field(default_factory=dict)


def read_anchors(path: Path) -> AnchorSet:
    """The anchors in a file.

    Raises:
        DataFormatError: the file is missing, is no JSON, has another format or version, or holds a value that cannot
            be used; the message names the record.
    """
    try:
        raw = json.loads(path.read_bytes().decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise DataFormatError(path, f"not valid JSON ({error.msg}); mend it or restore a copy", error.lineno) from error
    except OSError as error:
        raise DataFormatError(path, f"cannot be read ({error.strerror or error}); check its permissions") from error
    except (ValueError, RecursionError) as error:
        raise DataFormatError(path, f"cannot be read ({error}); mend it or restore a copy") from error
    return anchors_from_json(raw, path)


def anchors_from_json(raw: object, path: Path) -> AnchorSet:
    """The anchors in what `anchors_to_json` gave.

    Args:
        raw: lists and dicts.
        path: file they come from, for messages.

    Raises:
        DataFormatError: see `read_anchors`.
    """
    return _Reader(path).anchor_set(raw)


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


@dataclass(frozen=True, slots=True)
class _Reader(Values):
    """The parts of the file."""

    def anchor_set(self, raw: Any) -> AnchorSet:
        top = self.table(raw, "the file")
        if top.get("format") != FORMAT:
            self.fail("format", top.get("format"), f'"{FORMAT}"')
        if top.get("version") != VERSION:
            self.fail("version", top.get("version"), f"{VERSION}; a newer ghtools may read it")
        known = {
            "format",
            "version",
            "image_size",
            "anchors",
            "zones",
            "horizon",
            "pins",
            "image_anchors",
            "heads",
            "reviewed",
        }
        width, height = self.numbers(top.get("image_size"), "image_size", 2)
        if not (width.is_integer() and height.is_integer() and width > 0 and height > 0):
            self.fail("image_size", top["image_size"], "two positive whole numbers")
        if "anchors" not in top:
            self.fail("anchors", None, "a list, it may be empty")
        horizon = None if top.get("horizon") is None else self.line(top["horizon"], "horizon")
        if horizon is not None and horizon[0] == horizon[1]:
            self.fail("horizon", top["horizon"], "two different points")
        heads = self.table({} if top.get("heads") is None else top["heads"], "heads")
        return AnchorSet(
            (int(width), int(height)),
            self.each(top, "anchors", self.anchor),
            zones=self.each(top, "zones", self.zone),
            horizon=horizon,
            pins=self.each(top, "pins", self.anchor),
            image_anchors=self.each(top, "image_anchors", self.anchor),
            heads={name: self.edits(value, f"heads[{name!r}]") for name, value in heads.items()},
            reviewed=self.each(top, "reviewed", self.text),
            other=self.rest(top, known),
        )

    def anchor(self, raw: Any, record: str) -> Anchor:
        entry = self.table(raw, record)
        x0, y0, x1, y1 = self.numbers(entry.get("box"), f"{record}.box", 4)
        if x1 <= x0 or y1 <= y0:
            self.fail(f"{record}.box", entry["box"], "x0 < x1 and y0 < y1")
        use = entry.get("use", "auto")
        if use not in ("auto", "keep", "ignore"):
            self.fail(f"{record}.use", use, '"keep" or "ignore"')
        return Anchor(
            self.text(entry.get("image"), f"{record}.image"),
            self.pair(entry.get("point"), f"{record}.point"),
            (x0, y0, x1, y1),
            cast(Use, use),
            self.rest(entry, {"image", "point", "box", "use"}, f"{record}."),
        )

    def zone(self, raw: Any, record: str) -> Zone:
        entry = self.table(raw, record)
        polygon = self.each(entry, "polygon", self.pair, prefix=f"{record}.")
        if len(polygon) < 3:
            self.fail(f"{record}.polygon", entry.get("polygon"), "at least three vertices")
        name = self.text(entry.get("name", ""), f"{record}.name")
        return Zone(name, polygon, self.rest(entry, {"name", "polygon"}, f"{record}."))

    def edits(self, raw: Any, record: str) -> HeadEdits:
        entry, known = self.table(raw, record), {"added", "removed", "moved", "ignored"}
        return HeadEdits(
            self.each(entry, "added", self.pair, prefix=f"{record}."),
            self.each(entry, "removed", self.pair, prefix=f"{record}."),
            self.each(entry, "moved", self.line, prefix=f"{record}."),
            self.each(entry, "ignored", self.pair, prefix=f"{record}."),
            self.rest(entry, known, f"{record}."),
        )
