"""Which columns of a table hold what: by our names of columns, and by those that other programs give them.

Capitals, blanks, `_` and `-` in names do not count, nor does a unit of pixels: `X (px)` is `x`, `Track ID` is `track`.
A box is given by two corners (`x1 y1 x2 y2`, `xmin ymin xmax ymax`, ...), by a corner and its size (`left top width
height`, `x y w h`, ...), or by its middle and its size (`cx cy w h`, ...). `x y` alone are the head's point, and beside
`w h` or `width height` the left top corner of its box, if no other columns give that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal

BoxKind = Literal["corners", "corner", "middle"]
"""How four numbers give a box: two corners, left top corner and size, or middle and size."""

_IMAGE = ("image", "filename", "imagepath", "imagefile", "imagefilename", "imagename", "path", "filepath", "file")
_IMAGE_LAST = ("img", "imgpath", "imgname", "imageid", "picture")
_SINGLE = {
    "image": (*_IMAGE, *_IMAGE_LAST),
    "score": ("score", "confidence", "conf", "probability"),
    "ignore": ("ignore", "ignored"),
    "track": ("track", "trackid", "personid"),
    "label": ("label", "class", "category", "classname", "labelname", "categoryname"),
}
"""Columns of one thing by the names that they may have, the first that is there counts."""
_POINTS = (("x", "y"), *((f"{of}x", f"{of}y") for of in ("head", "point")))
_MIDDLES = (("cx", "cy"), ("xc", "yc"), ("xcenter", "ycenter"), ("centerx", "centery"), ("xcentre", "ycentre"))
_CORNERS = (
    ("x1", "y1", "x2", "y2"),
    ("x0", "y0", "x1", "y1"),
    ("xmin", "ymin", "xmax", "ymax"),
    ("left", "top", "right", "bottom"),
    ("xtl", "ytl", "xbr", "ybr"),
)
_FIRST_CORNERS = (("left", "top"), ("xmin", "ymin"), ("x1", "y1"), ("x0", "y0"), ("xtl", "ytl"))
_SIZES = (("w", "h"), ("width", "height"))
_BOX_PREFIXES = ("bbox", "box", "bb", "")
"""What may stand before the names of a box; `bbox x`, `bbox y` are a corner, `x`, `y` only where nothing else is."""
_OWN = {"point": ("x", "y"), "box": ("x1", "y1", "x2", "y2")}


@dataclass(frozen=True, slots=True)
class HeadColumns:
    """Places of columns in a table, counted from 0; None = there is no such column.

    Attributes:
        image: name of the picture.
        point: x and y of the head.
        box: the four numbers of its box.
        kind: what these four are.
        score: how sure a prediction is.
        ignore: whether the head does not count.
        track: number of the person.
        label: category of what is marked.
    """

    image: int | None = None
    point: tuple[int, int] | None = None
    box: tuple[int, int, int, int] | None = None
    kind: BoxKind = "corners"
    score: int | None = None
    ignore: int | None = None
    track: int | None = None
    label: int | None = None

    @property
    def used(self) -> list[int]:
        """Places of all columns that are read."""
        values = (getattr(self, each.name) for each in fields(self) if each.name != "kind")
        return [place for value in values if value is not None for place in ([value] if type(value) is int else value)]

    @property
    def found(self) -> bool:
        """True where a name of pictures and a point or box are there."""
        return self.image is not None and (self.point is not None or self.box is not None)


def head_columns(header: Sequence[str]) -> HeadColumns:
    """The columns of a table with these names.

    >>> head_columns(["Image", "X", "Y", "W", "H"])
    HeadColumns(image=0, point=None, box=(1, 2, 3, 4), kind='corner', score=None, ignore=None, track=None, label=None)
    """
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        places.setdefault(plain(name), place)
    single = {role: next((places[name] for name in names if name in places), None) for role, names in _SINGLE.items()}
    given = next(_boxes(places), None)
    box, kind = given or (None, "corners")
    taken = set(box or ())
    points = (_all(places, names) for names in (*_POINTS, *(_MIDDLES if box is None else ())))
    point = next((found for found in points if found and not taken.intersection(found)), None)
    return HeadColumns(point=None if point is None else (point[0], point[1]), box=box, kind=kind, **single)


def plain(name: str) -> str:
    """The name of a column as names are compared.

    >>> plain(" Track_ID "), plain("X [px]")
    ('trackid', 'x')
    """
    return re.sub(r"[\s_.-]+", "", re.sub(r"[(\[]\s*(px|pixels?)\s*[)\]]\s*$", "", name.lower()))


def twice(header: Sequence[str], columns: HeadColumns) -> str | None:
    """The name of a column that is read and stands twice in the header; None = there is none."""
    names = [plain(name) for name in header]
    return next((header[place] for place in columns.used if names.count(names[place]) > 1), None)


def alone(header: Sequence[str], columns: HeadColumns) -> str | None:
    """The name of a column of ours that cannot be read, because others that belong to it are missing."""
    used, ours = set(columns.used), {name for names in _OWN.values() for name in names}
    return next((name for place, name in enumerate(header) if place not in used and plain(name) in ours), None)


def reading_note(header: Sequence[str], columns: HeadColumns) -> str:
    """How columns are read that are called otherwise than ours; empty where all are ours."""
    told = []
    for role in ("image", "score", "ignore", "track"):
        place = getattr(columns, role)
        if place is not None and plain(header[place]) != role:
            told.append(f"{header[place]} as {role}")
    if columns.point is not None and _names(header, columns.point) != _OWN["point"]:
        told.append(f"{_shown(header, columns.point)} as the point x y")
    if columns.box is not None and _names(header, columns.box) != _OWN["box"]:
        meaning = {"corners": "x1 y1 x2 y2", "corner": "left, top, width and height", "middle": "middle and size"}
        told.append(f"{_shown(header, columns.box)} as {meaning[columns.kind]} of the box")
    return ", ".join(told)


def is_x_y_size(header: Sequence[str], columns: HeadColumns) -> bool:
    """True where `x y` are read as a corner only because there is a size beside them."""
    return columns.kind == "corner" and columns.box is not None and _names(header, columns.box)[:2] == _OWN["point"]


def _boxes(places: Mapping[str, int]) -> Iterator[tuple[tuple[int, int, int, int], BoxKind]]:
    """The boxes that the columns can be, the clearest first."""
    sized: list[tuple[Sequence[str], BoxKind]] = [(names, "corner") for names in _FIRST_CORNERS]
    sized += [(names, "middle") for names in _MIDDLES]
    for prefix in _BOX_PREFIXES:
        for corners in _CORNERS:
            yield from _box(places, [prefix + name for name in corners], "corners")
        for names, kind in [*sized, (("x", "y"), "corner")]:
            for size in _SIZES:
                yield from _box(places, [prefix + name for name in (*names, *size)], kind)


def _box(
    places: Mapping[str, int], names: Sequence[str], kind: BoxKind
) -> Iterator[tuple[tuple[int, int, int, int], BoxKind]]:
    found = _all(places, names)
    if found:
        yield (found[0], found[1], found[2], found[3]), kind


def _all(places: Mapping[str, int], names: Sequence[str]) -> tuple[int, ...] | None:
    """The places of these names; None where one is missing."""
    return tuple(places[name] for name in names) if all(name in places for name in names) else None


def _names(header: Sequence[str], places: Sequence[int]) -> tuple[str, ...]:
    return tuple(plain(header[place]) for place in places)


def _shown(header: Sequence[str], places: Sequence[int]) -> str:
    return " ".join(header[place] for place in places)
