"""Edits of what a user has drawn in a scene: an `AnchorSet` in, another one out.

Coordinates are pixels of the anchor file. A function that leaves the edits of heads alone hands on the very same
mapping, so that whoever keeps edited heads can tell by identity that they are still right.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gta_head_tools.interpolation.anchors import Anchor, AnchorSet, Box, HeadEdits, Pair, Use, Zone
from gta_head_tools.interpolation.gather import FARTHEST
from gta_head_tools.interpolation.head_edits import NAMES_HEAD

Kind = Literal["anchor", "pin", "image_anchor", "head", "zone", "horizon"]
BoxKind = Literal["anchor", "pin", "image_anchor"]
BOX_KINDS: tuple[BoxKind, ...] = ("anchor", "pin", "image_anchor")


@dataclass(frozen=True, slots=True)
class Ref:
    """One thing in a scene that can be selected.

    Attributes:
        kind: what it is.
        index: its place in its list; of heads and of the horizon always 0.
        image: short name of the picture, for heads.
        point: where the head is now, for heads.
    """

    kind: Kind
    index: int = 0
    image: str = ""
    point: Pair = (0.0, 0.0)


def boxed(drawn: AnchorSet, kind: BoxKind) -> tuple[Anchor, ...]:
    """The list of boxes of one kind."""
    return {"anchor": drawn.anchors, "pin": drawn.pins, "image_anchor": drawn.image_anchors}[kind]


def with_boxed(drawn: AnchorSet, kind: BoxKind, boxes: Iterable[Anchor]) -> AnchorSet:
    """The drawings with another list of boxes of one kind."""
    if kind == "anchor":
        return replace(drawn, anchors=tuple(boxes))
    return replace(drawn, pins=tuple(boxes)) if kind == "pin" else replace(drawn, image_anchors=tuple(boxes))


def exists(drawn: AnchorSet, ref: Ref) -> bool:
    """True while `ref` names something; a head always does, as its source is not known here."""
    if ref.kind == "horizon":
        return drawn.horizon is not None
    if ref.kind == "head":
        return True
    return ref.index < len(drawn.zones if ref.kind == "zone" else boxed(drawn, ref.kind))


def find_box(drawn: AnchorSet, kind: BoxKind, image: str, point: Pair) -> Ref | None:
    """The box of one kind that is tied to the head at `point`."""
    for index, anchor in enumerate(boxed(drawn, kind)):
        if anchor.image == image and _same(anchor.point, point):
            return Ref(kind, index)
    return None


def add_box(drawn: AnchorSet, kind: BoxKind, image: str, point: Pair, box: Box) -> tuple[AnchorSet, Ref]:
    """The drawings with a box for a head, and where it is; a box that the head has already is replaced.

    Raises:
        ValueError: a box without an extent, or a position that is no number.
    """
    there = find_box(drawn, kind, image, point)
    if there is not None:
        return change_box(drawn, there, box), there
    boxes = (*boxed(drawn, kind), Anchor(image, _pair(point), _box(box)))
    return with_boxed(drawn, kind, boxes), Ref(kind, len(boxes) - 1)


def add_anchor(drawn: AnchorSet, image: str, point: Pair, box: Box) -> AnchorSet:
    """The drawings with an anchor for the head at `point`; see `add_box`."""
    return add_box(drawn, "anchor", image, point, box)[0]


def add_pin(drawn: AnchorSet, image: str, point: Pair, box: Box) -> AnchorSet:
    """The drawings with a pin for the head at `point`; see `add_box`."""
    return add_box(drawn, "pin", image, point, box)[0]


def change_box(drawn: AnchorSet, ref: Ref, box: Box) -> AnchorSet:
    """The drawings with another box for an anchor, pin or anchor of one image.

    Raises:
        ValueError: a box without an extent, or `ref` names none.
    """
    new = _box(box)
    return _each_box(drawn, [ref], lambda anchor: replace(anchor, box=new))


def tie(drawn: AnchorSet, ref: Ref, image: str, point: Pair) -> AnchorSet:
    """The drawings with a box tied to another head."""
    return _each_box(drawn, [ref], lambda anchor: replace(anchor, image=image, point=_pair(point)))


def set_use(drawn: AnchorSet, ref: Ref, use: Use) -> AnchorSet:
    """The drawings with an anchor kept, ignored, or left to the fit (``auto``)."""
    return _each_box(drawn, [ref], lambda anchor: replace(anchor, use=use))


def move(drawn: AnchorSet, refs: Collection[Ref], by: Pair) -> AnchorSet:
    """Everything in `refs` moved by x and y; of a box its middle alone, it stays tied to its head."""
    dx, dy = _pair(by)

    def shifted(points: Sequence[Pair]) -> tuple[Pair, ...]:
        return tuple((x + dx, y + dy) for x, y in points)

    drawn = _each_box(drawn, refs, lambda anchor: replace(anchor, box=_shifted(anchor.box, dx, dy)))
    zones = {ref.index for ref in refs if ref.kind == "zone"}
    if zones:
        moved = (replace(zone, polygon=shifted(zone.polygon)) for zone in drawn.zones)
        drawn = replace(
            drawn,
            zones=tuple(
                new if index in zones else old for index, (old, new) in enumerate(zip(drawn.zones, moved, strict=True))
            ),
        )
    if drawn.horizon is not None and any(ref.kind == "horizon" for ref in refs):
        first, second = shifted(drawn.horizon)
        drawn = replace(drawn, horizon=(first, second))
    for ref in refs:
        if ref.kind == "head":
            drawn = move_head(drawn, ref.image, ref.point, (ref.point[0] + dx, ref.point[1] + dy))
    return drawn


def scale(drawn: AnchorSet, refs: Collection[Ref], factor: float) -> AnchorSet:
    """The boxes in `refs` grown by a factor about their middles; no side falls below a pixel."""

    def grown(anchor: Anchor) -> Anchor:
        x0, y0, x1, y1 = anchor.box
        across, down = max(1.0, (x1 - x0) * factor) / 2, max(1.0, (y1 - y0) * factor) / 2
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        return replace(anchor, box=_box((x - across, y - down, x + across, y + down)))

    return _each_box(drawn, refs, grown)


def remove(drawn: AnchorSet, refs: Collection[Ref]) -> AnchorSet:
    """The drawings without everything in `refs`; heads that are given lie in the file as removed."""
    for kind in BOX_KINDS:
        gone = {ref.index for ref in refs if ref.kind == kind}
        if gone:
            kept = (anchor for index, anchor in enumerate(boxed(drawn, kind)) if index not in gone)
            drawn = with_boxed(drawn, kind, kept)
    zones = {ref.index for ref in refs if ref.kind == "zone"}
    if zones:
        drawn = replace(drawn, zones=tuple(zone for i, zone in enumerate(drawn.zones) if i not in zones))
    if any(ref.kind == "horizon" for ref in refs):
        drawn = set_horizon(drawn, None)
    for ref in refs:
        if ref.kind == "head":
            drawn = remove_head(drawn, ref.image, ref.point)
    return drawn


def add_zone(drawn: AnchorSet, polygon: Sequence[Pair], name: str = "") -> AnchorSet:
    """The drawings with a zone more; without a name it is numbered.

    Raises:
        ValueError: fewer than three vertices.
    """
    return replace(drawn, zones=(*drawn.zones, Zone(name or f"zone {len(drawn.zones) + 1}", _polygon(polygon))))


def change_zone(drawn: AnchorSet, index: int, zone: Zone) -> AnchorSet:
    """The drawings with another zone in place of one.

    Raises:
        ValueError: fewer than three vertices.
    """
    new = replace(zone, polygon=_polygon(zone.polygon))
    return replace(drawn, zones=(*drawn.zones[:index], new, *drawn.zones[index + 1 :]))


def set_horizon(drawn: AnchorSet, line: tuple[Pair, Pair] | None) -> AnchorSet:
    """The drawings with a horizon through two points, or with none.

    Raises:
        ValueError: twice the same point.
    """
    if line is None:
        return replace(drawn, horizon=None)
    first, second = _pair(line[0]), _pair(line[1])
    if first == second:
        raise ValueError(f"a horizon needs two different points, got {first} twice")
    return replace(drawn, horizon=(first, second))


def set_reviewed(drawn: AnchorSet, images: Iterable[str], value: bool = True) -> AnchorSet:
    """The drawings with pictures marked as looked through, or not."""
    names = dict.fromkeys(images)
    kept = tuple(name for name in drawn.reviewed if name not in names)
    return replace(drawn, reviewed=(*kept, *names) if value else kept)


def add_head(drawn: AnchorSet, image: str, point: Pair) -> AnchorSet:
    """The drawings with a head more."""
    return add_heads(drawn, image, [point])


def add_heads(drawn: AnchorSet, image: str, points: Iterable[Pair]) -> AnchorSet:
    """The drawings with heads more in one picture."""
    edits = _edits(drawn, image)
    return _with_edits(drawn, image, replace(edits, added=(*edits.added, *map(_pair, points))))


def move_head(drawn: AnchorSet, image: str, head: Pair, point: Pair) -> AnchorSet:
    """The drawings with a head moved from where it is now; its boxes move along."""
    edits, new = _edits(drawn, image), _pair(point)
    if _place(edits.added, head) is not None:
        edits = replace(edits, added=_exchanged(edits.added, head, new), ignored=_exchanged(edits.ignored, head, new))
    else:
        given = _given(edits, head)
        moved = _unmoved(edits, head)
        edits = replace(edits, moved=moved if _same(given, new) else (*moved, (given, new)))

    def follow(anchor: Anchor) -> Anchor:
        if anchor.image != image or not _same(anchor.point, head):
            return anchor
        return replace(anchor, point=new, box=_shifted(anchor.box, new[0] - head[0], new[1] - head[1]))

    for kind in BOX_KINDS:
        drawn = with_boxed(drawn, kind, map(follow, boxed(drawn, kind)))
    return _with_edits(drawn, image, edits)


def remove_head(drawn: AnchorSet, image: str, head: Pair) -> AnchorSet:
    """The drawings without the head that is now at `head`, and without its boxes."""
    edits = _edits(drawn, image)
    if _place(edits.added, head) is not None:
        edits = replace(edits, added=_without(edits.added, head), ignored=_without(edits.ignored, head))
    else:
        given = _given(edits, head)
        edits = replace(
            edits,
            moved=_unmoved(edits, head),
            ignored=_without(edits.ignored, given),
            removed=(*edits.removed, given),
        )
    for kind in BOX_KINDS:
        kept = (a for a in boxed(drawn, kind) if a.image != image or not _same(a.point, head))
        drawn = with_boxed(drawn, kind, kept)
    return _with_edits(drawn, image, edits)


def set_head_ignore(drawn: AnchorSet, image: str, head: Pair, value: bool = True) -> AnchorSet:
    """The drawings with the ignore flag set for a head, or what the user set taken back.

    A flag that the source has set cannot be cleared: the file has no word for it.
    """
    edits = _edits(drawn, image)
    named = _pair(head) if _place(edits.added, head) is not None else _given(edits, head)
    rest = _without(edits.ignored, named)
    return _with_edits(drawn, image, replace(edits, ignored=(*rest, named) if value else rest))


def is_ignored(drawn: AnchorSet, image: str, head: Pair) -> bool:
    """True when the user, not the source, has set the ignore flag of the head that is now at `head`."""
    edits = _edits(drawn, image)
    named = head if _place(edits.added, head) is not None else _given(edits, head)
    return _place(edits.ignored, named) is not None


def _edits(drawn: AnchorSet, image: str) -> HeadEdits:
    return drawn.heads.get(image, HeadEdits())


def _with_edits(drawn: AnchorSet, image: str, edits: HeadEdits) -> AnchorSet:
    heads = {name: old for name, old in drawn.heads.items() if name != image}
    return replace(drawn, heads=heads if edits == HeadEdits() else {**heads, image: edits})


def _given(edits: HeadEdits, head: Pair) -> Pair:
    """Where the source has the head that is now at `head`."""
    return next((old for old, new in edits.moved if _same(new, head)), _pair(head))


def _unmoved(edits: HeadEdits, head: Pair) -> tuple[tuple[Pair, Pair], ...]:
    """The moves less that of the head that is now at `head`; of twins in one place the other one stays moved."""
    place = _place([new for _, new in edits.moved], head)
    return edits.moved if place is None else (*edits.moved[:place], *edits.moved[place + 1 :])


def _same(first: Pair, second: Pair) -> bool:
    return abs(first[0] - second[0]) <= NAMES_HEAD and abs(first[1] - second[1]) <= NAMES_HEAD


def _place(points: Sequence[Pair], point: Pair) -> int | None:
    return next((index for index, other in enumerate(points) if _same(other, point)), None)


def _without(points: tuple[Pair, ...], point: Pair) -> tuple[Pair, ...]:
    """Less the first of them that is there; of twins the other one stays."""
    place = _place(points, point)
    return points if place is None else (*points[:place], *points[place + 1 :])


def _exchanged(points: tuple[Pair, ...], old: Pair, new: Pair) -> tuple[Pair, ...]:
    place = _place(points, old)
    return points if place is None else (*points[:place], new, *points[place + 1 :])


def _each_box(drawn: AnchorSet, refs: Collection[Ref], change: Callable[[Anchor], Anchor]) -> AnchorSet:
    for kind in BOX_KINDS:
        chosen = {ref.index for ref in refs if ref.kind == kind}
        if chosen:
            boxes = boxed(drawn, kind)
            if max(chosen) >= len(boxes):
                raise ValueError(f"there is no {kind} {max(chosen)}: there are {len(boxes)}")
            drawn = with_boxed(drawn, kind, (change(a) if i in chosen else a for i, a in enumerate(boxes)))
    return drawn


def _shifted(box: Box, dx: float, dy: float) -> Box:
    x0, y0, x1, y1 = box
    return _box((x0 + dx, y0 + dy, x1 + dx, y1 + dy))


def _box(box: Sequence[float]) -> Box:
    x0, y0, x1, y1 = (float(value) for value in box)
    _pair((x0, y0))
    _pair((x1, y1))
    if not (x0 < x1 and y0 < y1):
        raise ValueError(f"box {(x0, y0, x1, y1)} has no extent; expected x0 < x1 and y0 < y1")
    return x0, y0, x1, y1


def _pair(point: Sequence[float]) -> Pair:
    x, y = (float(value) for value in point)
    if not (abs(x) < FARTHEST and abs(y) < FARTHEST):
        raise ValueError(f"({x}, {y}) is no position in a picture")
    return x, y


def _polygon(polygon: Sequence[Pair]) -> tuple[Pair, ...]:
    if len(polygon) < 3:
        raise ValueError(f"a zone needs at least three vertices, got {len(polygon)}")
    return tuple(_pair(vertex) for vertex in polygon)
