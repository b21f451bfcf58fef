"""Edits of the boxes that a user has drawn: anchors, pins, and anchors of one image."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gta_head_tools.anchors.anchors import FARTHEST, NAMES_HEAD, Anchor, AnchorSet, Box, Pair, Use

Kind = Literal["anchor", "pin", "image_anchor", "head", "zone", "horizon"]
BoxKind = Literal["anchor", "pin", "image_anchor"]
BOX_KINDS: tuple[BoxKind, ...] = ("anchor", "pin", "image_anchor")


@dataclass(frozen=True, slots=True)
class Ref:
    """Names one thing in a scene that can be selected.

    Attributes:
        kind: what it is.
        index: its index in its list; always 0 for heads and for the horizon.
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


def find_box(drawn: AnchorSet, kind: BoxKind, image: str, point: Pair) -> Ref | None:
    """The box of one kind that is tied to the head at `point`."""
    for index, anchor in enumerate(boxed(drawn, kind)):
        if anchor.image == image and is_same(anchor.point, point):
            return Ref(kind, index)
    return None


def add_box(drawn: AnchorSet, kind: BoxKind, image: str, point: Pair, box: Box) -> tuple[AnchorSet, Ref]:
    """The drawings with a box for a head, and where the box is; it replaces a box of its kind that the head has.

    Raises:
        ValueError: a box without an extent, or a coordinate that is not a number below `FARTHEST`.
    """
    there = find_box(drawn, kind, image, point)
    if there is not None:
        return change_box(drawn, there, box), there
    boxes = (*boxed(drawn, kind), Anchor(image, checked_pair(point), fitting_box(box, drawn.image_size)))
    return with_boxed(drawn, kind, boxes), Ref(kind, len(boxes) - 1)


def add_anchor(drawn: AnchorSet, image: str, point: Pair, box: Box) -> AnchorSet:
    """The drawings with an anchor for the head at `point`; see `add_box`."""
    return add_box(drawn, "anchor", image, point, box)[0]


def add_pin(drawn: AnchorSet, image: str, point: Pair, box: Box) -> AnchorSet:
    """The drawings with a pin for the head at `point`; see `add_box`."""
    return add_box(drawn, "pin", image, point, box)[0]


def add_pins(drawn: AnchorSet, image: str, pins: Iterable[tuple[Pair, Box]]) -> AnchorSet:
    """The drawings with pins for many heads of one picture, which must not have pins yet; see `add_box`."""
    new = (Anchor(image, checked_pair(point), fitting_box(box, drawn.image_size)) for point, box in pins)
    return replace(drawn, pins=(*drawn.pins, *new))


def change_box(drawn: AnchorSet, ref: Ref, box: Box) -> AnchorSet:
    """The drawings with another box for an anchor, pin or anchor of one image.

    Raises:
        ValueError: a box without an extent, or `ref` does not name a box.
    """
    new = fitting_box(box, drawn.image_size)
    return each_box(drawn, [ref], lambda anchor: replace(anchor, box=new))


def tie(drawn: AnchorSet, ref: Ref, image: str, point: Pair) -> AnchorSet:
    """The drawings with a box tied to another head."""
    return each_box(drawn, [ref], lambda anchor: replace(anchor, image=image, point=checked_pair(point)))


def set_use(drawn: AnchorSet, ref: Ref, use: Use) -> AnchorSet:
    """The drawings with an anchor kept, ignored, or left to the fit (``auto``)."""
    return each_box(drawn, [ref], lambda anchor: replace(anchor, use=use))


def each_box(drawn: AnchorSet, refs: Collection[Ref], change: Callable[[Anchor], Anchor]) -> AnchorSet:
    """The drawings with every box in `refs` changed; other things in `refs` are passed over.

    Raises:
        ValueError: there is no such box.
    """
    for kind in BOX_KINDS:
        chosen = {ref.index for ref in refs if ref.kind == kind}
        if chosen:
            boxes = boxed(drawn, kind)
            if max(chosen) >= len(boxes):
                raise ValueError(f"there is no {kind} {max(chosen)}: there are {len(boxes)}")
            drawn = with_boxed(drawn, kind, (change(a) if i in chosen else a for i, a in enumerate(boxes)))
    return drawn


def is_same(first: Pair, second: Pair) -> bool:
    """True when two points name the same head."""
    return abs(first[0] - second[0]) <= NAMES_HEAD and abs(first[1] - second[1]) <= NAMES_HEAD


def shifted_box(box: Box, dx: float, dy: float) -> Box:
    """A box moved by x and y."""
    x0, y0, x1, y1 = box
    return checked_box((x0 + dx, y0 + dy, x1 + dx, y1 + dy))


def checked_box(box: Sequence[float]) -> Box:
    """A box that a file can hold.

    Raises:
        ValueError: it has no extent, or a coordinate is not a number below `FARTHEST`.
    """
    x0, y0, x1, y1 = (float(value) for value in box)
    checked_pair((x0, y0))
    checked_pair((x1, y1))
    if not (x0 < x1 and y0 < y1):
        raise ValueError(f"box {(x0, y0, x1, y1)} has no extent; expected x0 < x1 and y0 < y1")
    return x0, y0, x1, y1


def fitting_box(box: Sequence[float], size: tuple[int, int]) -> Box:
    """A box that a file can hold, each side cut about its middle to that of the picture, as no head is larger.

    Raises:
        ValueError: see `checked_box`.
    """
    x0, y0, x1, y1 = checked_box(box)
    if x1 - x0 > size[0]:
        x0, x1 = (x0 + x1 - size[0]) / 2, (x0 + x1 + size[0]) / 2
    if y1 - y0 > size[1]:
        y0, y1 = (y0 + y1 - size[1]) / 2, (y0 + y1 + size[1]) / 2
    return x0, y0, x1, y1


def checked_pair(point: Sequence[float]) -> Pair:
    """A point that a file can hold.

    Raises:
        ValueError: a coordinate is not a number below `FARTHEST`.
    """
    x, y = (float(value) for value in point)
    if not (abs(x) < FARTHEST and abs(y) < FARTHEST):
        raise ValueError(f"({x}, {y}) is no position in a picture")
    return x, y
