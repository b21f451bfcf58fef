"""Edits of head points that a user keeps among the drawings; what the source holds stays as it is.

A head is named by where it is now. Boxes that are tied to it go with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gta_head_tools.anchors.anchors import Anchor, AnchorSet, HeadEdits, Pair
from gta_head_tools.anchors.drawn_boxes import BOX_KINDS, boxed, checked_pair, is_same, shifted_box, with_boxed


def add_head(drawn: AnchorSet, image: str, point: Pair) -> AnchorSet:
    """The drawings with a head more."""
    return add_heads(drawn, image, [point])


def add_heads(drawn: AnchorSet, image: str, points: Iterable[Pair]) -> AnchorSet:
    """The drawings with heads more in one picture."""
    edits = _edits(drawn, image)
    return _with_edits(drawn, image, replace(edits, added=(*edits.added, *map(checked_pair, points))))


def move_head(drawn: AnchorSet, image: str, head: Pair, point: Pair) -> AnchorSet:
    """The drawings with a head moved from where it is now; its boxes move along."""
    edits, new = _edits(drawn, image), checked_pair(point)
    if _place(edits.added, head) is not None:
        edits = replace(edits, added=_exchanged(edits.added, head, new), ignored=_exchanged(edits.ignored, head, new))
    else:
        given = _given(edits, head)
        moved = _unmoved(edits, head)
        edits = replace(edits, moved=moved if is_same(given, new) else (*moved, (given, new)))

    def follow(anchor: Anchor) -> Anchor:
        if anchor.image != image or not is_same(anchor.point, head):
            return anchor
        return replace(anchor, point=new, box=shifted_box(anchor.box, new[0] - head[0], new[1] - head[1]))

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
        kept = (a for a in boxed(drawn, kind) if a.image != image or not is_same(a.point, head))
        drawn = with_boxed(drawn, kind, kept)
    return _with_edits(drawn, image, edits)


def set_head_ignore(drawn: AnchorSet, image: str, head: Pair, value: bool = True) -> AnchorSet:
    """The drawings with the ignore flag set for a head, or what the user set taken back.

    A flag that the source has set cannot be cleared: the file has no word for it.
    """
    edits = _edits(drawn, image)
    named = checked_pair(head) if _place(edits.added, head) is not None else _given(edits, head)
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
    return next((old for old, new in edits.moved if is_same(new, head)), checked_pair(head))


def _unmoved(edits: HeadEdits, head: Pair) -> tuple[tuple[Pair, Pair], ...]:
    """The moves less that of the head that is now at `head`; of twins in one place the other one stays moved."""
    place = _place([new for _, new in edits.moved], head)
    return edits.moved if place is None else (*edits.moved[:place], *edits.moved[place + 1 :])


def _place(points: Sequence[Pair], point: Pair) -> int | None:
    return next((index for index, other in enumerate(points) if is_same(other, point)), None)


def _without(points: tuple[Pair, ...], point: Pair) -> tuple[Pair, ...]:
    """Less the first of them that is there; of twins the other one stays."""
    place = _place(points, point)
    return points if place is None else (*points[:place], *points[place + 1 :])


def _exchanged(points: tuple[Pair, ...], old: Pair, new: Pair) -> tuple[Pair, ...]:
    place = _place(points, old)
    return points if place is None else (*points[:place], new, *points[place + 1 :])
