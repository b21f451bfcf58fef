"""Which head a drawn box belongs to. Points of real sets lie at the chin or the shoulder: often none is in the box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annotator_gui.gestures.box_geometry import centre, sides
from annotator_gui.gestures.tools import Host, Pointer
from gta_head_tools.anchors.anchors import AnchorSet, Box, Pair
from gta_head_tools.anchors.drawn_boxes import BoxKind, find_box, is_same

REACH_OF_BOX = 0.75
"""Distance from the middle of a box, in sizes of the box, up to which it may be of a head whose point is not in it."""
REACH_OF_SUGGESTION = 2.0
"""The same for the head that the window has suggested, which the user is probably drawing."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The head that a box belongs to.

    Attributes:
        row: of the head; -1 = there is none.
        reason: why there is none, for the user.
    """

    row: int
    reason: str = ""


def claim(host: Host, band: Box, at: Pointer, kind: BoxKind) -> Claim:
    """The head that a newly drawn box belongs to.

    That is the suggested head, else the head nearest to where the other anchors have their points. A head that has a
    box of this kind is passed over, unless that box is selected: then the user draws it anew.

    Args:
        host: the picture and its heads.
        band: the box.
        at: the cursor.
        kind: of the box.
    """
    finder, drawn = host.finder, host.document.settled
    image, place = host.document.names[host.index], expected_point(drawn, band)
    inside = finder.inside(band)
    size = float(np.sqrt(np.prod(sides(band))))
    near = inside or _nearest_first(host, place, max(REACH_OF_BOX * size, at.reach))
    suggested = _suggested(host, REACH_OF_SUGGESTION * size, centre(band))
    taken = {row: find_box(drawn, kind, image, _point(host, row)) for row in {*near, suggested} - {-1}}
    if suggested >= 0 and taken[suggested] is None and (suggested in inside or not inside):
        return Claim(suggested)
    near = sorted(near, key=lambda row: np.hypot(*(finder.points[row] - place)))
    if near and (taken[near[0]] is None or taken[near[0]] in host.document.selection):
        return Claim(near[0])
    free = next((row for row in near if taken[row] is None), -1)
    if free >= 0 or not near:
        return Claim(free, "" if free >= 0 else "No head in this box: drag it around a head point")
    return Claim(-1, f"This head has its {kind.replace('_', ' ')}: select that one to draw it anew")


def still_claimed(host: Host, band: Box, point: Pair, at: Pointer) -> int:
    """Row of the head that a box belongs to after it was moved: its own while that is near, else one in the box; -1."""
    finder = host.finder
    own = finder.nearest(point, 1.0)
    inside = finder.inside(band)
    if own in inside:
        return own
    if inside:
        return min(inside, key=lambda row: np.hypot(*(finder.points[row] - centre(band))))
    away = np.hypot(*(np.asarray(point) - centre(band)))
    return own if away <= max(REACH_OF_BOX * float(np.sqrt(np.prod(sides(band)))), at.reach) else -1


def expected_point(drawn: AnchorSet, band: Box) -> Pair:
    """Where the head of a box would have its point if that lies as in the anchors; the middle where there are none."""
    x, y = centre(band)
    if not drawn.fitted:
        return x, y
    shifts = []
    for anchor in drawn.fitted:
        size = np.sqrt(np.prod(sides(anchor.box)))
        shifts.append((np.asarray(centre(anchor.box)) - anchor.point) / size)
    dx, dy = (np.median(shifts, axis=0) * np.sqrt(np.prod(sides(band)))).tolist()
    return x - dx, y - dy


def _nearest_first(host: Host, place: Pair, reach: float) -> list[int]:
    return [int(row) for row in host.finder.within(place, reach)]


def _suggested(host: Host, reach: float, middle: Pair) -> int:
    """Row of the suggested head if it is in reach of a place; -1 = it is not."""
    point = host.suggested
    if point is None or np.hypot(*(np.asarray(point) - middle)) > reach:
        return -1
    row = host.finder.nearest(point, 1.0)
    return row if row >= 0 and is_same(_point(host, row), point) else -1


def _point(host: Host, row: int) -> Pair:
    x, y = host.finder.points[row].tolist()
    return x, y
