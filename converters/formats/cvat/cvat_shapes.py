"""Shapes of CVAT as heads: boxes and points of an image, or of a frame of a video, see `cvat`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.etree.ElementTree import Element

import numpy as np

from converters.files.numbers.number_table import finite, finite_numbers
from converters.files.records.drawn_heads import NO_POINT, DrawnHeads
from converters.files.records.xml_file import Child
from gta_head_tools.annotations import Boxes, Column, ImageAnnotations
from gta_head_tools.errors import DataFormatError

CORNERS = ("xtl", "ytl", "xbr", "ybr")
NUMBERS = ("visibility", "score")
"""Attributes of ours with a number."""
TRACK, IGNORE = "track_id", "ignore"
"""Attributes of ours with a whole number, and with 1 where a head is ignored."""
_FLAGS = {"1": True, "true": True, "0": False, "false": False, "": False}
_LARGEST_ID = 2**53


@dataclass(slots=True)
class Passed:
    """What is not kept of a file, or not as it stands there.

    Attributes:
        shapes: that are no heads, by kind.
        attributes: that are not kept, by name.
        rotated: boxes that are replaced by the upright ones around them.
    """

    shapes: Counter[str] = field(default_factory=Counter)
    attributes: Counter[str] = field(default_factory=Counter)
    rotated: int = 0

    def notes(self) -> list[str]:
        """What a user has to know of the boxes and attributes."""
        told = [f"{self.rotated} boxes are rotated; each is read as the upright box around it"] * (self.rotated > 0)
        names = ", ".join(f"{name!r} ({count})" for name, count in self.attributes.most_common(5))
        return [*told, *([f"attributes are not kept: {names}"] if names else [])]


class _Told(NamedTuple):
    """What a shape says of its heads besides their places; NaN = nothing."""

    track: int
    ignore: bool
    occluded: bool
    visibility: float
    score: float


@dataclass(slots=True)
class CvatHeads:
    """The heads of an image, in the order of their shapes.

    Attributes:
        drawn: their labels and places.
        told: by row, what is said of heads of which anything is.
    """

    drawn: DrawnHeads = field(default_factory=DrawnHeads)
    told: dict[int, _Told] = field(default_factory=dict)

    def annotations(self) -> ImageAnnotations:
        """The heads, without a picture."""
        count, rows = len(self.drawn.categories), list(self.told)
        table = np.full((count, len(_Told._fields)), [-1, 0, 0, np.nan, np.nan])
        if rows:
            table[rows] = list(self.told.values())
        ids, ignore, occluded, *numbers = table.T
        extra: dict[str, Column] = {
            name: column for name, column in zip(NUMBERS, numbers, strict=True) if not np.isnan(column).all()
        }
        if occluded.any():
            extra["occluded"] = occluded.astype(np.bool_)
        return self.drawn.annotations(ids=ids.astype(np.int64), ignore=ignore.astype(np.bool_), extra=extra)

    def add(
        self,
        child: Child,
        record: str,
        shapes: Sequence[Element],
        passed: Passed,
        *,
        first: int = 0,
        label: str | None = None,
        track: int = -1,
    ) -> None:
        """Add the heads of shapes; the others are counted in `passed`.

        Args:
            child: of the file, in which the shapes are.
            record: of what the shapes are in.
            shapes: of one image.
            passed: see there.
            first: the number of the first shape in the record.
            label: of all shapes, None = each has its own.
            track: the id of their heads.

        Raises:
            DataFormatError: a shape has no label, or a number is missing or not finite.
        """
        here = _Here(child, record, shapes, first)
        corners = iter(_corners(here, passed).tolist())
        mates = _mates(shapes) if any("group_id" in element.attrib for element in shapes) else {}
        joined = set(mates.values())
        for number, element in enumerate(shapes):
            if element.tag not in {"box", "points"}:
                passed.shapes[element.tag] += 1
                continue
            name = element.get("label") if label is None else label
            if name is None:
                raise here.error(number, "label", "is missing; add it, or remove the shape")
            before = len(self.drawn.categories)
            if element.tag == "box":
                mate = mates.get(number)
                self.drawn.add(name, box=next(corners), point=NO_POINT if mate is None else _points(here, mate)[0])
            elif number not in joined:
                for point in _points(here, number):
                    self.drawn.add(name, point=point)
            if len(element) or track >= 0 or element.get("occluded", "0") != "0":
                told = _told(here, number, passed, track)
                self.told |= dict.fromkeys(range(before, len(self.drawn.categories)), told)


@dataclass(frozen=True, slots=True)
class _Here:
    """Shapes, and where they stand in a file."""

    child: Child
    record: str
    shapes: Sequence[Element]
    first: int

    def error(self, number: int, key: str, problem: str) -> DataFormatError:
        """The error to raise for something in the shape of that number."""
        shape = self.shapes[number]
        return self.child.error(f"{self.record}.{shape.tag}[{self.first + number}].{key}", problem, shape)

    def number(self, number: int, key: str, text: str | None, *, needed: bool = False) -> float:
        """The finite number of a text; NaN where it is empty and not needed."""
        if not text and not needed:
            return math.nan
        value = finite(text or "")
        if math.isnan(value):
            missing = "is missing; add it, or remove the shape"
            problem = missing if text is None else f"{text[:40]!r} is no finite number; correct it"
            raise self.error(number, key, problem)
        return value

    def flag(self, number: int, key: str, text: str) -> bool:
        """True for 1, False for 0 and nothing."""
        if text.lower() not in _FLAGS:
            raise self.error(number, key, f"{text!r} is neither 0 nor 1; correct it")
        return _FLAGS[text.lower()]


def _told(here: _Here, number: int, passed: Passed, track: int) -> _Told:
    """What the shape of that number says; its attributes that are not ours are counted in `passed`."""
    element, told = here.shapes[number], dict[str, str]()
    for attribute in element:
        name = attribute.get("name", "")
        if name in {TRACK, IGNORE, *NUMBERS}:
            told[name] = (attribute.text or "").strip()
        else:
            passed.attributes[name or attribute.tag] += 1
    own = here.number(number, TRACK, told.get(TRACK))
    if not math.isnan(own) and (own != int(own) or not 0 <= own < _LARGEST_ID):
        raise here.error(number, TRACK, f"{told[TRACK]!r} is no id of a track; correct it")
    visibility, score = (here.number(number, name, told.get(name)) for name in NUMBERS)
    ignore = here.flag(number, IGNORE, told.get(IGNORE, ""))
    occluded = here.flag(number, "occluded", element.get("occluded", "")) and math.isnan(visibility)
    return _Told(track if math.isnan(own) else int(own), ignore, occluded, visibility, score)


def _corners(here: _Here, passed: Passed) -> Boxes:
    """The corners (N, 4) of all boxes among the shapes; of a rotated one those of the upright box around it."""
    boxes = [number for number, element in enumerate(here.shapes) if element.tag == "box"]
    told = [here.shapes[number].attrib for number in boxes]
    corners = finite_numbers([attributes.get(name) for attributes in told for name in CORNERS]).reshape(-1, 4)
    for row, column in np.argwhere(np.isnan(corners)).tolist():
        here.number(boxes[row], CORNERS[column], told[row].get(CORNERS[column]), needed=True)
    for row in [row for row, attributes in enumerate(told) if "rotation" in attributes]:
        angle = here.number(boxes[row], "rotation", told[row]["rotation"])
        if not math.isnan(angle) and angle % 360:
            corners[row] = _upright(corners[row], angle)
            passed.rotated += 1
    return corners


def _upright(box: Boxes, angle: float) -> Boxes:
    """The upright box (4,) around one that is turned about its middle by an angle in degrees."""
    middle, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2
    cosine, sine = abs(math.cos(math.radians(angle))), abs(math.sin(math.radians(angle)))
    half = np.array([half[0] * cosine + half[1] * sine, half[0] * sine + half[1] * cosine])
    return np.concatenate([middle - half, middle + half])


def _mates(shapes: Sequence[Element]) -> dict[int, int]:
    """Places of boxes to those of their points: they are the only shapes with their label and `group_id`."""
    groups: dict[tuple[str | None, str], list[int]] = {}
    for number, element in enumerate(shapes):
        if element.get("group_id", "0") not in {"0", ""}:
            groups.setdefault((element.get("label"), element.attrib["group_id"]), []).append(number)
    pairs = (sorted(group, key=lambda number: shapes[number].tag) for group in groups.values() if len(group) == 2)
    return {
        box: points
        for box, points in pairs
        if (shapes[box].tag, shapes[points].tag) == ("box", "points") and ";" not in shapes[points].get("points", "")
    }


def _points(here: _Here, number: int) -> list[tuple[float, ...]]:
    """The x y of each point of a `points` element."""
    text = here.shapes[number].get("points")
    pairs = [pair.split(",") for pair in (text or "").split(";")]
    if any(len(pair) != 2 for pair in pairs):
        found = "is missing" if text is None else f"{text[:40]!r} found"
        raise here.error(number, "points", f"{found}, expected x,y;x,y; correct it")
    return [tuple(here.number(number, "points", each, needed=True) for each in pair) for pair in pairs]
