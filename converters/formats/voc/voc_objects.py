"""The objects of a Pascal VOC file as columns, see `voc`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from converters.files.numbers.number_table import finite
from converters.files.records.xml_file import Child, XmlFile, read_xml
from gta_head_tools.annotations import Boxes, Column, ImageAnnotations, ImageInfo
from gta_head_tools.errors import DataFormatError
from gta_head_tools.geometry import centres

ROOT = "annotation"
CORNERS = ("xmin", "ymin", "xmax", "ymax")
UNNAMED = "object"
"""The category of objects without a name."""
FLAGS = ("truncated", "occluded")
"""What VOC tells of an object besides `difficult`: extra columns, as is its `pose`."""
_ONCE = frozenset({"name", "pose", "difficult", "bndbox", "width", "height", *FLAGS, *CORNERS})
_NO = frozenset({"", "0", "0.0", "false", "no", "unspecified"})
_YES = frozenset({"1", "1.0", "true", "yes"})
_IN_PLACE = b"<plain/>"
_PLAIN = re.compile(
    rb"<object>\s*+<name>([^<>&\x00-\x1f\x7f]*+)</name>\s*+(?:<pose>(?:Unspecified)?+</pose>\s*+)?+"
    rb"(?:<truncated>0?+</truncated>\s*+)?+(?:<difficult>([01]?+)</difficult>\s*+)?+"
    rb"(?:<occluded>0?+</occluded>\s*+)?+<bndbox>\s*+"
    + b"".join(
        rb"<%b>([-+]?+[0-9]{1,15}+(?:\.[0-9]{0,18}+)?+)</%b>\s*+" % (name, name) for name in map(str.encode, CORNERS)
    )
    + rb"</bndbox>\s*+</object>\s*+"
)
"""An object as nearly all programs write it: its name, whether it is difficult, and its corners."""


@dataclass(slots=True)
class VocFile:
    """What a file says; every list has one item for each object.

    Attributes:
        filename: of the picture.
        size: of the picture, None = the file does not say.
        names: of the categories.
        corners: xmin, ymin, xmax, ymax of each object.
        difficult: whether an object is left out of scores.
        flags: by name (`FLAGS`); empty where none is set.
        poses: UTF-8; empty where no object has one.
        passed: what is no object with a box, by kind, and how many.
    """

    filename: str = ""
    size: tuple[int, int] | None = None
    names: list[str] = field(default_factory=list)
    corners: Boxes = field(default_factory=lambda: np.empty((0, 4)))
    difficult: list[bool] = field(default_factory=list)
    flags: dict[str, list[bool]] = field(default_factory=dict)
    poses: list[bytes] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)

    def heads(self, origin: int) -> ImageAnnotations:
        """All objects as heads; `origin` is what the left and top border of a picture are called."""
        boxes = self.corners - [origin, origin, 0, 0]
        extra: dict[str, Column] = {name: np.array(values) for name, values in self.flags.items() if any(values)}
        if any(self.poses):
            extra["pose"] = np.array([*self.poses, None], dtype=object)[:-1]
        ignore = np.array(self.difficult, dtype=np.bool_)
        return ImageAnnotations(ImageInfo(""), centres(boxes), boxes=boxes, ignore=ignore, extra=extra)


def read_file(path: Path) -> VocFile:
    """What a file says.

    Raises:
        DatasetLayoutError: it cannot be read.
        DataFormatError: it is no XML of Pascal VOC.
    """
    file = read_xml(path)
    return _read_plain(file) or _read_any(file)


def _read_plain(file: XmlFile) -> VocFile | None:
    """What a file says whose objects are all plain, five times faster; None for other files.

    Plain objects are cut out, with an empty element in the place of each run of them. The rest is parsed, which shows
    that it is XML and that these elements stand in the root. Files with comments, CDATA or document types are not read
    here: they can hold text that only looks like an object.
    """
    if b"<!" in file.text or _IN_PLACE[:-2] in file.text:
        return None
    parts = _PLAIN.split(file.text)
    names, difficult, *corners = (parts[place::7] for place in range(1, 7))
    rest = [parts[0], *filter(None, parts[7:-1:7]), *parts[-1:]] if names else parts
    said, cut = VocFile(), 0
    try:
        for child in XmlFile(file.path, _IN_PLACE.join(rest)).children(ROOT):
            tag = child.element.tag.lower()
            if tag == "object":
                return None
            cut += tag == "plain"
            _tell(said, child, tag)
    except DataFormatError:
        return None  # Its line would be that of the shorter text.
    if cut != len(rest) - 1:
        return None
    texts = {name: name.decode().strip() or UNNAMED for name in set(names)}
    said.names = [texts[name] for name in names]
    said.difficult = [flag == b"1" for flag in difficult]
    said.corners = np.array([list(map(float, column)) for column in corners]).T
    return said


def _read_any(file: XmlFile) -> VocFile:
    said, objects = VocFile(), 0
    corners: list[list[float]] = []
    for child in file.children(ROOT):
        tag = child.element.tag.lower()
        if tag == "object":
            corners += _add(said, child, f"object[{objects}]")
            objects += 1
        else:
            _tell(said, child, tag)
    said.corners = np.array(corners, dtype=np.float64).reshape(-1, 4)
    return said


def _tell(said: VocFile, child: Child, tag: str) -> None:
    """Note what an element in the root says that is no object."""
    if tag == "filename":
        name = (child.element.text or "").strip()
        if name and said.filename not in ("", name):
            raise child.error("filename", "there are two of them, and they differ; remove one")
        said.filename = name or said.filename
    elif tag == "size":
        fields = _fields(child, child.element, "size")
        sides = [_number(child, fields, name, "size", 0.0) for name in ("width", "height")]
        if min(sides) < 0 or max(sides) >= 2**31 or any(side != int(side) for side in sides):
            raise child.error("size", f"{sides[0]:g} x {sides[1]:g} is no size of a picture; correct it")
        size = (int(sides[0]), int(sides[1])) if min(sides) else None
        if said.size not in (None, size):
            raise child.error("size", "there are two of them, and they differ; remove one")
        said.size = size


def _add(said: VocFile, child: Child, record: str) -> Iterator[list[float]]:
    """Note an object, and its parts that have boxes of their own; gives their corners."""
    if not len(child.element):
        said.passed["objects with nothing in them are left out"] += 1
        return
    whole = _fields(child, child.element, record)
    difficult = _flag(child, whole, "difficult", record)
    parts = [part for part in child.element if part.tag.lower() == "part"]
    for place, element in enumerate([child.element, *parts]):
        own = f"{record}.part[{place - 1}]" if place else record
        fields = _fields(child, element, own) if place else whole
        box = fields.get("bndbox")
        if box is None and place:
            said.passed["parts of objects without a box are left out"] += 1
            continue
        if box is None:
            there = ", ".join(f"<{name}>" for name in fields)
            raise child.error(own, f"has no <bndbox>, only {there}; export boxes, or remove it")
        told = _fields(child, box, f"{own}.bndbox")
        corners = [_number(child, told, name, f"{own}.bndbox") for name in CORNERS]
        if any((text or "").strip() for text in (box.text, *(corner.tail for corner in box))):
            raise child.error(f"{own}.bndbox", "has a text between its corners; correct it", box)
        said.names.append(_text(fields, "name") or UNNAMED)
        said.difficult.append(difficult)
        for name in FLAGS:
            said.flags.setdefault(name, []).append(_text(fields, name).lower() not in _NO)
        pose = _text(fields, "pose")
        said.poses.append(b"" if pose.lower() in _NO else pose.encode())
        yield corners


def _fields(child: Child, element: Element, record: str) -> dict[str, Element]:
    """The elements in an element of a file by their names in small letters."""
    fields: dict[str, Element] = {}
    for each in element:
        name = each.tag.lower()
        if fields.setdefault(name, each) is not each and name in _ONCE:
            raise child.error(record, f"has two <{each.tag}>; remove one of them", each)
    return fields


def _text(fields: dict[str, Element], name: str) -> str:
    return (fields[name].text or "").strip() if name in fields else ""


def _flag(child: Child, fields: dict[str, Element], name: str, record: str) -> bool:
    text = _text(fields, name)
    if text.lower() not in _NO | _YES:
        raise child.error(f"{record}.{name}", f"{text!r} is neither 0 nor 1; correct it", fields[name])
    return text.lower() in _YES


def _number(child: Child, fields: dict[str, Element], name: str, record: str, missing: float | None = None) -> float:
    """A finite number out of an element's fields; `missing` where it is not there or empty."""
    field = fields.get(name)
    if missing is not None and not _text(fields, name):
        return missing
    if field is None:
        raise child.error(f"{record}.{name}", "is missing; add it, or remove the object")
    value = finite(field.text or "")
    if value != value or len(field):  # noqa: PLR0124  # NaN stands for what is no finite number.
        shown = (field.text or "").strip()[:40]
        raise child.error(f"{record}.{name}", f"{shown!r} is no finite number; correct it", field)
    return value
