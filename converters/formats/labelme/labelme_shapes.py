"""The shapes in a file of labelme, and the heads that they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np

from converters.files.records.drawn_heads import DrawnHeads, drawn_place, not_drawn
from converters.formats.labelme.labelme_write import BOX, EXTRA, POINT
from gta_head_tools.annotations import ImageAnnotations

_KEYS = {BOX: "box", POINT: "point"}
Number = Annotated[int, msgspec.Meta(ge=-1, le=2**62)]
Pixels = Annotated[int, msgspec.Meta(ge=0, le=2**31)]


class Shape(msgspec.Struct, gc=False):
    """A shape; `track_id`, `score` and `visibility` are ours, `difficult` is X-AnyLabeling's."""

    label: str | int
    points: list[tuple[float, float]]
    shape_type: str | None = "polygon"
    group_id: int | str | None = None
    flags: dict[str, Any] | None = None
    difficult: bool | None = False
    track_id: Number = -1
    score: float | None = None
    visibility: float | None = None


class LabelFile(msgspec.Struct, rename="camel"):
    """A file; `imageData` and other keys are passed over."""

    shapes: list[Shape]
    image_path: str | None = None
    image_width: Pixels | None = None
    image_height: Pixels | None = None


DECODER = msgspec.json.Decoder(LabelFile)


def heads_of(
    file: Path, shapes: Sequence[Shape], mates: Mapping[int, int], drawn: DrawnHeads, others: Counter[str]
) -> ImageAnnotations:
    """The heads of a file, which are added to `drawn`; shapes that are none are added to `others`."""
    made: list[Shape] = []
    for number, shape in enumerate(shapes):
        kind, mate = shape.shape_type or "polygon", mates.get(number)
        if kind not in _KEYS:
            others[kind] += 1
        elif mate is None:
            drawn.add(str(shape.label), **{_KEYS[kind]: _place(file, number, shape)})
            made.append(shape)
        elif mate > number:
            places = {
                _KEYS[kind]: _place(file, number, shape),
                _KEYS[POINT if kind == BOX else BOX]: _place(file, mate, shapes[mate]),
            }
            drawn.add(str(shape.label), **places)
            made.append(_joined(shape, shapes[mate]))
    extra = {name: [getattr(one, name) for one in made] for name in EXTRA}
    known = {name: values for name, values in extra.items() if values.count(None) < len(made)}
    return drawn.annotations(
        ids=[one.track_id for one in made],
        ignore=[_is_ignored(one) for one in made],
        extra={name: np.array(values, dtype=np.float64) for name, values in known.items()},
    )


def _place(file: Path, number: int, shape: Shape) -> tuple[float, ...]:
    place = drawn_place(shape.points, box=shape.shape_type == BOX)
    if place is None:
        raise not_drawn(file, f"shapes[{number}].points", len(shape.points), box=shape.shape_type == BOX)
    return place


def _joined(shape: Shape, mate: Shape) -> Shape:
    """The shape with what the other one of its head says."""
    return msgspec.structs.replace(
        shape,
        track_id=max(shape.track_id, mate.track_id),
        score=shape.score if shape.score is not None else mate.score,
        visibility=shape.visibility if shape.visibility is not None else mate.visibility,
        flags={},
        difficult=_is_ignored(shape) or _is_ignored(mate),
    )


def _is_ignored(shape: Shape) -> bool:
    return shape.difficult is True or (shape.flags is not None and shape.flags.get("ignore") is True)


def mates_of(shapes: Sequence[Shape]) -> dict[int, int]:
    """The places of shapes that are one head: a rectangle and a point that no other shape of their group is."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, shape in enumerate(shapes):
        if shape.group_id is not None and shape.shape_type in {BOX, POINT}:
            groups.setdefault((shape.label, shape.group_id), []).append(number)
    pairs = [pair for pair in groups.values() if {shapes[at].shape_type for at in pair} == {BOX, POINT}]
    return {at: other for one, two, *more in pairs if not more for at, other in ((one, two), (two, one))}
