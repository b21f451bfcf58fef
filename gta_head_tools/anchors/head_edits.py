"""Edits of head points: how they are recorded among the drawings of a scene, and how they change its heads.

The source file stays as it is. While it is edited, a head is named by where it is now, and boxes that are tied to it go
with it. What is recorded (`HeadEdits`) names heads by where the source has them; `edit_heads` applies that on reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gta_head_tools.anchors.anchors import FARTHEST, NAMES_HEAD, Anchor, AnchorSet, HeadEdits, Pair
from gta_head_tools.anchors.drawn_boxes import BOX_KINDS, boxed, checked_pair, is_same, shifted_box, with_boxed
from gta_head_tools.anchors.head_matching import check_no_duplicates, pixels_per_drawn
from gta_head_tools.annotations import ImageAnnotations, concat
from gta_head_tools.errors import DataFormatError


def add_head(drawn: AnchorSet, image: str, point: Pair) -> AnchorSet:
    """The drawings with one more head."""
    return add_heads(drawn, image, [point])


def add_heads(drawn: AnchorSet, image: str, points: Iterable[Pair]) -> AnchorSet:
    """The drawings with more heads in one picture."""
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
    """The drawings with the ignore flag set for a head, or with the user's flag taken back.

    A flag that the source has set cannot be cleared: the file has no key for that.
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
    """The moves without that of the head that is now at `head`; of two heads in one place only one is unmoved."""
    place = _place([new for _, new in edits.moved], head)
    return edits.moved if place is None else (*edits.moved[:place], *edits.moved[place + 1 :])


def _place(points: Sequence[Pair], point: Pair) -> int | None:
    return next((index for index, other in enumerate(points) if is_same(other, point)), None)


def _without(points: tuple[Pair, ...], point: Pair) -> tuple[Pair, ...]:
    """The points without the first that is at `point`; of two in one place the other one stays."""
    return _exchanged(points, point)


def _exchanged(points: tuple[Pair, ...], old: Pair, *new: Pair) -> tuple[Pair, ...]:
    place = _place(points, old)
    return points if place is None else (*points[:place], *new, *points[place + 1 :])


def edit_heads(images: Sequence[ImageAnnotations], anchors: AnchorSet, *, path: Path) -> list[ImageAnnotations]:
    """The images of a scene with the heads that the user has added, removed, moved or ignored.

    Args:
        images: all of the scene, with their sizes known.
        anchors: the drawings; their `heads` are applied, in pixels of the anchor file.
        path: their file, for messages.

    Raises:
        DataFormatError: an edit names an image or a head that is not there, or pictures of another shape.
    """
    names = {image.info.name for image in images}
    for unknown in [name for name in anchors.heads if name not in names]:
        raise DataFormatError(path, f"image {unknown!r} is not in this scene", None, f"heads[{unknown!r}]")
    check_no_duplicates(images, AnchorSet(anchors.image_size, heads=anchors.heads), path)
    return [_edited(image, anchors, path=path) if image.info.name in anchors.heads else image for image in images]


def _edited(image: ImageAnnotations, anchors: AnchorSet, *, path: Path) -> ImageAnnotations:
    """Rows are found before anything moves: moved, ignored and removed heads are named by where the source has them."""
    name = image.info.name
    edits, given = anchors.heads[name], len(image)
    scale = pixels_per_drawn(image.info, anchors.image_size, path=path)
    added = ImageAnnotations(image.info, np.array(edits.added).reshape(-1, 2) * scale)
    heads = concat([image, added]) if edits.added else image
    search = _Search(heads.points, scale, NAMES_HEAD * max(1.0, float(scale.max())), path, f"heads[{name!r}]")
    moved = search.rows([old for old, _ in edits.moved], "moved", given)
    ignored = search.rows(edits.ignored, "ignored", len(heads))
    removed = search.rows(edits.removed, "removed", given, spare=moved.tolist())
    points, boxes, ignore = heads.points.copy(), heads.boxes.copy(), heads.ignore.copy()
    shift = np.array([new for _, new in edits.moved]).reshape(-1, 2) * scale - points[moved]
    points[moved] += shift
    boxes[moved] += np.tile(shift, 2)
    ignore[ignored] = True
    kept = np.ones(len(heads), dtype=bool)
    kept[removed] = False
    return heads.replace(points=points, boxes=boxes, ignore=ignore).select(kept)


@dataclass(frozen=True, slots=True)
class _Search:
    """Finds heads by their points.

    Attributes:
        points: (N, 2) the heads, in pixels of the image.
        scale: (2,) pixels of the image per pixel of the anchor file.
        reach: how far a recorded point may be from its head, pixels of the image.
        path: the anchor file, for messages.
        record: the edits of this image, for messages.
    """

    points: NDArray[np.float64]
    scale: NDArray[np.float64]
    reach: float
    path: Path
    record: str

    def rows(self, points: Sequence[Pair], key: str, count: int, spare: Sequence[int] = ()) -> NDArray[np.intp]:
        """Rows of the first `count` heads at `points`; of heads in one place each is taken once, those of `spare` last.

        Raises:
            DataFormatError: no head is at a point.
        """
        if not points:
            return np.empty(0, dtype=np.intp)
        places = np.array(points, dtype=np.float64).reshape(-1, 2) * self.scale
        heads = np.where(np.isfinite(self.points[:count]), self.points[:count], FARTHEST)
        # The type stubs of scipy only know the answer for a single point.
        around = cast(Sequence[list[int]], cKDTree(heads).query_ball_point(places, self.reach))
        found: list[int] = []
        taken, late = set[int](), set(spare)
        for index, near in enumerate(around):
            free = [row for row in near if row not in taken]
            if not free:
                problem = f"no head at point {list(points[index])}; the source may have changed"
                raise DataFormatError(self.path, problem, None, f"{self.record}.{key}[{index}]")
            away = np.hypot(*(self.points[free] - places[index]).T) if len(free) > 1 else [0.0]
            found.append(min(zip(free, away, strict=True), key=lambda head: (head[0] in late, head[1], head[0]))[0])
            taken.add(found[-1])  # The next edit at this place means the other one of two heads.
        return np.array(found, dtype=np.intp)
