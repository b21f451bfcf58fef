"""What a press of the mouse grabs: things under the cursor, and handles and vertices of the selected thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from annotator_gui.gestures.box_geometry import sides, stretched
from annotator_gui.gestures.hit_test import boxes_at, handle_at, in_reach_of_line, vertex_at
from annotator_gui.gestures.tools import Host, Pointer
from gta_head_tools.anchors.anchors import Anchor, AnchorSet, Box, Pair
from gta_head_tools.anchors.drawings import change_zone, set_horizon
from gta_head_tools.anchors.drawn_boxes import BOX_KINDS, Ref, boxed, change_box


def find_anchor(drawn: AnchorSet, ref: Ref) -> Anchor | None:
    """The anchor, pin or anchor of one image that `ref` names; None when it names something else."""
    kind = next((kind for kind in BOX_KINDS if kind == ref.kind), None)
    if kind is None or ref.index >= len(boxed(drawn, kind)):
        return None
    return boxed(drawn, kind)[ref.index]


def boxes_of(drawn: AnchorSet, image: str) -> list[tuple[Ref, Box]]:
    """All boxes that were drawn in one picture."""
    every = ((Ref(kind, i), anchor) for kind in BOX_KINDS for i, anchor in enumerate(boxed(drawn, kind)))
    return [(ref, anchor.box) for ref, anchor in every if anchor.image == image]


def vertices_of(drawn: AnchorSet, ref: Ref) -> tuple[Pair, ...]:
    """The vertices of a zone or the ends of the horizon."""
    if ref.kind == "zone":
        return drawn.zones[ref.index].polygon
    return drawn.horizon or () if ref.kind == "horizon" else ()


def under(host: Host, at: Pointer) -> list[Ref]:
    """Everything under the cursor: boxes first, small ones before large ones, then heads, horizon and zones."""
    document = host.document
    drawn = document.anchors
    refs = boxes_of(drawn, document.names[host.index])
    found = [refs[index][0] for index in boxes_at([box for _, box in refs], at.point, at.zoom)]
    found += [document.head(host.index, int(row)) for row in host.finder.within(at.point, at.reach)]
    if drawn.horizon is not None and in_reach_of_line(*drawn.horizon, at.point, at.zoom):
        found.append(Ref("horizon"))
    for index, zone in enumerate(drawn.zones):
        edges = zip(zone.polygon, (*zone.polygon[1:], zone.polygon[0]), strict=True)
        if any(in_reach_of_line(start, end, at.point, at.zoom) for start, end in edges):
            found.append(Ref("zone", index))
    return found


def scene_aspect(host: Host, at: Pointer) -> float:
    """Width over height that boxes of the scene have."""
    drawn = [sides(anchor.box) for anchor in host.document.settled.anchors]
    if not drawn:
        row = host.finder.nearest(at.point)
        drawn = [sides(host.expected_box(row)) if row >= 0 else (1.0, 1.0)]
    return median(width / height for width, height in drawn)


@dataclass(frozen=True, slots=True)
class Grip:
    """A handle of the selected box, or a vertex of the selected zone or horizon.

    Attributes:
        ref: what it belongs to.
        handle: of a box; "" = it is a vertex.
        vertex: index of the vertex.
    """

    ref: Ref
    handle: str = ""
    vertex: int = 0

    def dragged(self, host: Host, start: Pointer, at: Pointer) -> AnchorSet:
        """The drawings after the cursor has gone from `start` to `at`."""
        drawn, by = host.document.settled, at.since(start)
        anchor = find_anchor(drawn, self.ref)
        if anchor is not None:
            shape = scene_aspect(host, at) if at.shift else None
            box = stretched(anchor.box, self.handle, by, centred=at.ctrl, aspect=shape)
            return change_box(drawn, self.ref, box)
        if self.ref.kind == "zone":
            zone = drawn.zones[self.ref.index]
            return change_zone(drawn, self.ref.index, replace(zone, polygon=_put(zone.polygon, self.vertex, by)))
        first, second = _put(drawn.horizon or (), self.vertex, by)
        return drawn if first == second else set_horizon(drawn, (first, second))


def _put(vertices: Sequence[Pair], index: int, by: Pair) -> tuple[Pair, ...]:
    return tuple((x + by[0], y + by[1]) if i == index else (x, y) for i, (x, y) in enumerate(vertices))


def grip_at(host: Host, at: Pointer) -> Grip | None:
    """The grip under the cursor, of the one thing that is selected."""
    if len(host.document.selection) != 1:
        return None
    ref, drawn = host.document.selection[0], host.document.settled
    anchor = find_anchor(drawn, ref)
    if anchor is not None:
        here = anchor.image == host.document.names[host.index]
        name = handle_at(anchor.box, at.point, at.zoom) if here else None
        return None if name is None else Grip(ref, name)
    vertex = vertex_at(vertices_of(drawn, ref), at.point, at.zoom)
    return None if vertex < 0 else Grip(ref, vertex=vertex)
