"""Shapes of CVAT as heads: boxes and points of an image, or of a frame of a video, see `cvat`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

import numpy as np

from converters.files.drawn_heads import NO_POINT, DrawnHeads
from converters.files.number_table import finite, finite_numbers
from converters.files.xml_file import Child
from gta_head_tools.annotations import Boxes, ImageAnnotations
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


@dataclass(slots=True)
class CvatHeads:
    """The heads of an image, in the order of their shapes."""

    drawn: DrawnHeads = field(default_factory=DrawnHeads)
    ids: list[int] = field(default_factory=list)
    ignore: list[bool] = field(default_factory=list)
    occluded: list[bool] = field(default_factory=list)
    numbers: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in NUMBERS})

    def annotations(self) -> ImageAnnotations:
        """The heads, without a picture."""
        extra = {name: np.array(values) for name, values in self.numbers.items() if not np.isnan(values).all()}
        if any(self.occluded):
            extra["occluded"] = np.array(self.occluded)
        ignore = np.array(self.ignore, dtype=np.bool_)
        return self.drawn.annotations(ids=self.ids, ignore=ignore, extra=extra)

    def add(
        self,
        child: Child,
        shapes: Sequence[tuple[str, Element]],
        passed: Passed,
        *,
        label: str | None = None,
        track: int = -1,
    ) -> None:
        """Add the heads of shapes, each with its record; the others are counted in `passed`.

        Args:
            child: of the file, in which the shapes are.
            shapes: of one image, with their records.
            passed: see there.
            label: of all shapes, None = each has its own.
            track: the id of their heads.

        Raises:
            DataFormatError: a shape has no label, or a number is missing or not finite.
        """
        corners = iter(_corners(child, shapes, passed).tolist())
        mates = _mates(shapes) if any("group_id" in element.attrib for _, element in shapes) else {}
        joined = set(mates.values())
        for number, (record, element) in enumerate(shapes):
            if element.tag not in {"box", "points"}:
                passed.shapes[element.tag] += 1
                continue
            name = element.get("label") if label is None else label
            if name is None:
                raise child.error(f"{record}.label", "is missing; add it, or remove the shape", element)
            if element.tag == "box":
                mate = mates.get(number)
                point = NO_POINT if mate is None else _points(child, *shapes[mate])[0]
                self.drawn.add(name, box=next(corners), point=point)
                self._tell(child, record, element, passed, 1, track)
            elif number not in joined:
                points = _points(child, record, element)
                for point in points:
                    self.drawn.add(name, point=point)
                self._tell(child, record, element, passed, len(points), track)

    def _tell(self, child: Child, record: str, element: Element, passed: Passed, heads: int, track: int) -> None:
        """Note what a shape says of its heads besides their places."""
        told: dict[str, str] = {}
        for attribute in element:
            name = attribute.get("name", "")
            if name in {TRACK, IGNORE, *NUMBERS}:
                told[name] = (attribute.text or "").strip()
            else:
                passed.attributes[name or attribute.tag] += 1
        numbers = {name: _number(child, f"{record}.{name}", element, told.get(name, "")) for name in (TRACK, *NUMBERS)}
        own = numbers[TRACK]
        if not math.isnan(own) and (own != int(own) or not 0 <= own < _LARGEST_ID):
            raise child.error(f"{record}.{TRACK}", f"{told[TRACK]!r} is no id of a track; correct it", element)
        ignored = flag(child, f"{record}.{IGNORE}", element, told.get(IGNORE, ""))
        occluded = flag(child, f"{record}.occluded", element, element.get("occluded", ""))
        self.ids += [track if math.isnan(own) else int(own)] * heads
        self.ignore += [ignored] * heads
        self.occluded += [occluded and math.isnan(numbers["visibility"])] * heads
        for name in NUMBERS:
            self.numbers[name] += [numbers[name]] * heads


def _corners(child: Child, shapes: Sequence[tuple[str, Element]], passed: Passed) -> Boxes:
    """The corners (N, 4) of all boxes among the shapes; of a rotated one those of the upright box around it."""
    boxes = [pair for pair in shapes if pair[1].tag == "box"]
    corners = finite_numbers([element.get(name) for _, element in boxes for name in CORNERS]).reshape(-1, 4)
    if wrong := np.argwhere(np.isnan(corners)).tolist():
        (record, element), name = boxes[wrong[0][0]], CORNERS[wrong[0][1]]
        raise _no_number(child, f"{record}.{name}", element, element.get(name))
    for row, (record, element) in enumerate(boxes):
        angle = _number(child, f"{record}.rotation", element, element.get("rotation", ""))
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


def _mates(shapes: Sequence[tuple[str, Element]]) -> dict[int, int]:
    """Places of boxes to those of their points: they are the only shapes with their label and `group_id`."""
    groups: dict[tuple[str | None, str], list[int]] = {}
    for number, (_, element) in enumerate(shapes):
        if element.get("group_id", "0") not in {"0", ""}:
            groups.setdefault((element.get("label"), element.attrib["group_id"]), []).append(number)
    pairs = (sorted(group, key=lambda number: shapes[number][1].tag) for group in groups.values() if len(group) == 2)
    tags = ("box", "points")
    return {
        box: points
        for box, points in pairs
        if (shapes[box][1].tag, shapes[points][1].tag) == tags and ";" not in shapes[points][1].get("points", "")
    }


def _points(child: Child, record: str, element: Element) -> list[tuple[float, ...]]:
    text = element.get("points")
    pairs = [pair.split(",") for pair in (text or "").split(";")]
    if any(len(pair) != 2 for pair in pairs):
        found = "is missing" if text is None else f"{text[:40]!r} found"
        raise child.error(f"{record}.points", f"{found}, expected x,y;x,y; correct it", element)
    numbers = finite_numbers([number for pair in pairs for number in pair]).reshape(-1, 2)
    if wrong := np.argwhere(np.isnan(numbers)).tolist():
        raise _no_number(child, f"{record}.points", element, pairs[wrong[0][0]][wrong[0][1]])
    return list(map(tuple, numbers.tolist()))


def _number(child: Child, record: str, element: Element, text: str) -> float:
    """The finite number of a text; NaN where it is empty."""
    if not text:
        return math.nan
    value = finite(text)
    if math.isnan(value):
        raise _no_number(child, record, element, text)
    return value


def flag(child: Child, record: str, element: Element, text: str) -> bool:
    """True for 1, False for 0 and nothing.

    Raises:
        DataFormatError: the text is something else.
    """
    if text.lower() not in _FLAGS:
        raise child.error(record, f"{text!r} is neither 0 nor 1; correct it", element)
    return _FLAGS[text.lower()]


def _no_number(child: Child, record: str, element: Element, text: str | None) -> DataFormatError:
    problem = "is missing; add it, or remove the shape" if text is None else f"{text[:40]!r} is no finite number"
    return child.error(record, problem, element)
