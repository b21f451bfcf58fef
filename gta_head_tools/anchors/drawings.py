"""Edits of anything that a user has drawn in a scene: an `AnchorSet` in, another one out.

Coordinates are pixels of the anchor file. A function that does not change the edits of heads passes on the same mapping
object, so that a cache of edited heads can test by identity whether it is still valid.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from gta_head_tools.anchors.anchors import Anchor, AnchorSet, Pair, Zone
from gta_head_tools.anchors.drawn_boxes import (
    BOX_KINDS,
    BoxKind,
    Ref,
    boxed,
    checked_pair,
    each_box,
    find_box,
    fitting_box,
    shifted_box,
    with_boxed,
)
from gta_head_tools.anchors.head_edits import move_head, remove_head


def exists(drawn: AnchorSet, ref: Ref) -> bool:
    """True while `ref` names something that is there; always for a head, because the source is not known here."""
    if ref.kind == "horizon":
        return drawn.horizon is not None
    if ref.kind == "head":
        return True
    return ref.index < len(drawn.zones if ref.kind == "zone" else boxed(drawn, ref.kind))


def move(drawn: AnchorSet, refs: Collection[Ref], by: Pair) -> AnchorSet:
    """Everything in `refs` moved by x and y. A box is moved without its head, and stays tied to it."""
    dx, dy = checked_pair(by)

    def shifted(points: Sequence[Pair]) -> tuple[Pair, ...]:
        return tuple((x + dx, y + dy) for x, y in points)

    drawn = each_box(drawn, refs, lambda anchor: replace(anchor, box=shifted_box(anchor.box, dx, dy)))
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
    """The boxes in `refs` scaled about their middles; sides stay between one pixel and those of the picture."""
    longest = float(max(drawn.image_size))

    def grown(anchor: Anchor) -> Anchor:
        x0, y0, x1, y1 = anchor.box
        across, down = (max(1.0, min(side * factor, longest)) / 2 for side in (x1 - x0, y1 - y0))
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        return replace(anchor, box=fitting_box((x - across, y - down, x + across, y + down), drawn.image_size))

    return each_box(drawn, refs, grown)


def remove(drawn: AnchorSet, refs: Collection[Ref]) -> AnchorSet:
    """The drawings without everything in `refs`; heads of the source are recorded as removed."""
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


def turn_into(drawn: AnchorSet, kind: BoxKind, refs: Collection[Ref]) -> tuple[AnchorSet, tuple[Ref, ...]]:
    """The drawings with the boxes in `refs` turned into another kind of box, and where these are now.

    They replace boxes of that kind that their heads already have.

    Raises:
        ValueError: `refs` names something that is not a box, or a box that is not there.
    """
    chosen = [ref for ref in refs if ref.kind != kind]
    if any(ref.kind not in BOX_KINDS or not exists(drawn, ref) for ref in chosen):
        raise ValueError(f"not all of {chosen} are boxes that are there")
    turned = [boxed(drawn, box_kind)[ref.index] for box_kind in BOX_KINDS for ref in chosen if ref.kind == box_kind]
    drawn, places = remove(drawn, chosen), []
    for anchor in turned:
        boxes = list(boxed(drawn, kind))
        there = find_box(drawn, kind, anchor.image, anchor.point)
        place = len(boxes) if there is None else there.index
        boxes[place : place + 1] = [anchor]
        drawn = with_boxed(drawn, kind, boxes)
        places.append(Ref(kind, place))
    return drawn, tuple(places)


def add_zone(drawn: AnchorSet, polygon: Sequence[Pair], name: str = "") -> AnchorSet:
    """The drawings with one more zone; without a name it is numbered.

    Raises:
        ValueError: fewer than three vertices.
    """
    return replace(drawn, zones=(*drawn.zones, Zone(_polygon(polygon), name or f"zone {len(drawn.zones) + 1}")))


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
    first, second = checked_pair(line[0]), checked_pair(line[1])
    if first == second:
        raise ValueError(f"a horizon needs two different points, got {first} twice")
    return replace(drawn, horizon=(first, second))


def set_reviewed(drawn: AnchorSet, images: Iterable[str], value: bool = True) -> AnchorSet:
    """The drawings with pictures marked as looked through, or not."""
    names = dict.fromkeys(images)
    kept = tuple(name for name in drawn.reviewed if name not in names)
    return replace(drawn, reviewed=(*kept, *names) if value else kept)


def _polygon(polygon: Sequence[Pair]) -> tuple[Pair, ...]:
    if len(polygon) < 3:
        raise ValueError(f"a zone needs at least three vertices, got {len(polygon)}")
    return tuple(checked_pair(vertex) for vertex in polygon)
