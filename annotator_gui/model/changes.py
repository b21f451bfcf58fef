"""What an edit has changed, and where: so that undo can go there and light it up."""

from __future__ import annotations

from gta_head_tools.anchors.anchors import AnchorSet, Box, HeadEdits, Pair
from gta_head_tools.anchors.drawn_boxes import BOX_KINDS, boxed

AROUND = 6.0
"""Half the side, in pixels, of the box that stands for a head."""


def changed_places(before: AnchorSet, after: AnchorSet) -> dict[str, tuple[Box, ...]]:
    """By short name of the picture, boxes around what differs; no box for a picture whose review mark alone differs.

    Zones and the horizon belong to all pictures and are left out.
    """
    found: dict[str, list[Box]] = {name: [] for name in set(before.reviewed) ^ set(after.reviewed)}
    for kind in BOX_KINDS:
        old, new = ({(anchor.image, anchor.box, anchor.use) for anchor in boxed(d, kind)} for d in (before, after))
        for image, box, _ in sorted(new - old or old - new):
            found.setdefault(image, []).append(box)
    if before.heads is not after.heads:
        nothing = HeadEdits()
        for image in sorted({*before.heads, *after.heads}):
            points = _points(before.heads.get(image, nothing), after.heads.get(image, nothing))
            if points:
                found.setdefault(image, []).extend(_around(point) for point in points)
    return {image: tuple(boxes) for image, boxes in found.items()}


def _points(before: HeadEdits, after: HeadEdits) -> list[Pair]:
    """Heads that were added, removed, moved or flagged, where they are after the edit if they are still there."""
    points: set[Pair] = set()
    for old, new in ((before.added, after.added), (before.removed, after.removed), (before.ignored, after.ignored)):
        points |= set(new) - set(old) or set(old) - set(new)
    moved = set(after.moved) ^ set(before.moved)
    points |= {place for _, place in set(after.moved) - set(before.moved)} or {source for source, _ in moved}
    return sorted(points)


def _around(point: Pair) -> Box:
    return point[0] - AROUND, point[1] - AROUND, point[0] + AROUND, point[1] + AROUND
