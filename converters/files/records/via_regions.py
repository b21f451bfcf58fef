"""Files of the VGG Image Annotator (VIA): pictures and their regions, which FDST's label files are made of, too.

```
{"a.jpg1234": {"filename": "a.jpg", "size": 1234, "regions": [region, ...], "file_attributes": {}}, ...}
region: {"shape_attributes": {"name": "rect", "x", "y", "width", "height"}, "region_attributes": {"type": "head"}}
```

`x y` is the top-left corner of a rectangle; a point is `{"name": "point", "cx", "cy"}`. Version 1 has an object of
regions by number instead of a list. A project of version 2 holds all this under `_via_img_metadata`. A key is the name
of a picture and its size in bytes; it is never rebuilt, because copies of a picture differ in their size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from converters.files.records.drawn_heads import DrawnHeads, numbers
from converters.files.records.json_file import decode_text
from converters.files.records.json_keys import KeyPath
from gta_head_tools.files import read_unpacked

_PROJECT = "_via_img_metadata"
_NAMES = ("class", "category", "label", "type", "object", "name", "kind")
"""Attributes that name what a region is, the likeliest first."""


class _Shape(msgspec.Struct, gc=False):
    name: str
    x: float | None = None
    y: float | None = None
    width: float | None = None
    height: float | None = None
    cx: float | None = None
    cy: float | None = None


class Region(msgspec.Struct):
    """A region of a picture; what it is stands in its attributes."""

    shape_attributes: _Shape
    region_attributes: dict[str, Any] | None = None


class _Entry(msgspec.Struct):
    filename: str
    regions: list[Region] | dict[str, msgspec.Raw]


class Labelled(msgspec.Struct):
    """A picture.

    Attributes:
        key: in its file.
        filename: as the file gives it.
        regions: in the order of the file, each with its record for messages.
    """

    key: str
    filename: str
    regions: list[tuple[str, Region]]


_TOP = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENTRY = msgspec.json.Decoder(_Entry)
_REGION = msgspec.json.Decoder(Region)


def looks_like_via(keys: Sequence[KeyPath]) -> bool:
    """True for the first keys of a file of VIA."""
    named = ({key[0] for key in keys if key[1:] == (name,)} for name in ("filename", "regions"))
    return (_PROJECT,) in keys or bool(set.intersection(*named))


def read_via(path: Path) -> list[Labelled]:
    """The pictures of a file.

    Raises:
        DatasetLayoutError: no such file, or it cannot be read.
        DataFormatError: it is no file of VIA.
    """
    entries, prefix = decode_text(path, read_unpacked(path), _TOP), ""
    if _PROJECT in entries:
        entries, prefix = decode_text(path, bytes(entries[_PROJECT]), _TOP, record=_PROJECT), f"{_PROJECT}."
    return [_labelled(path, key, f"{prefix}{key}", bytes(text)) for key, text in entries.items()]


def _labelled(path: Path, key: str, record: str, text: bytes) -> Labelled:
    entry = decode_text(path, text, _ENTRY, record=record)
    if isinstance(entry.regions, list):
        places = {f"{record}.regions[{place}]": region for place, region in enumerate(entry.regions)}
    else:
        raws = {f"{record}.regions[{place}]": bytes(raw) for place, raw in entry.regions.items()}
        places = {place: decode_text(path, raw, _REGION, record=place) for place, raw in raws.items()}
    return Labelled(key, entry.filename, list(places.items()))


def attribute_of_names(pictures: Iterable[Labelled]) -> str | None:
    """The attribute that names what regions are; None where none, or one of several unknown ones, may be it."""
    there = {name for one in pictures for _, region in one.regions for name in region.region_attributes or ()}
    usual = sorted(there, key=lambda name: _NAMES.index(name.lower()) if name.lower() in _NAMES else len(_NAMES))
    return usual[0] if usual and (len(usual) == 1 or usual[0].lower() in _NAMES) else None


def category_of(region: Region, attribute: str | None) -> str:
    """What a region is by its attribute; of a group of checkboxes the first that is ticked; empty where none says it.

    >>> category_of(Region(_Shape("rect"), {"type": {"hat": False, "head": True}}), "type")
    'head'
    """
    value = (region.region_attributes or {}).get(attribute or "")
    if isinstance(value, dict):
        value = next((name for name, ticked in value.items() if ticked), None)
    return "" if value is None else str(value).strip()


def drawn_heads(path: Path, picture: Labelled, attribute: str | None, others: Counter[str]) -> DrawnHeads:
    """The heads of a picture: rectangles and points; regions of other shapes are added to `others` by kind.

    Raises:
        DataFormatError: a number of a shape is missing.
    """
    heads = DrawnHeads()
    for record, region in picture.regions:
        shape, name, place = region.shape_attributes, category_of(region, attribute), f"{record}.shape_attributes"
        if shape.name == "rect":
            needed = (("x", shape.x), ("y", shape.y), ("width", shape.width), ("height", shape.height))
            x, y, width, height = numbers(path, place, needed)
            heads.add(name, box=(x, y, x + width, y + height))
        elif shape.name == "point":
            heads.add(name, point=numbers(path, place, (("cx", shape.cx), ("cy", shape.cy))))
        else:
            others[shape.name] += 1
    return heads
