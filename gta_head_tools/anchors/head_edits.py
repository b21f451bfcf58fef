"""Edits of head points that stand among the drawings, applied to the images of a scene on reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gta_head_tools.anchors.anchors import FARTHEST, NAMES_HEAD, AnchorSet
from gta_head_tools.anchors.edits import add_heads, move_heads, remove_heads, set_ignore
from gta_head_tools.anchors.head_matching import check_no_duplicates, pixels_per_drawn
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import DataFormatError


def edit_heads(images: Sequence[ImageAnnotations], anchors: AnchorSet, *, path: Path) -> list[ImageAnnotations]:
    """The images of a scene with the heads that the user added, removed, moved or ignores.

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
    return [_edit(image, anchors, path=path) if image.info.name in anchors.heads else image for image in images]


def _edit(image: ImageAnnotations, anchors: AnchorSet, *, path: Path) -> ImageAnnotations:
    """Added, moved, ignored, removed: all but the added name heads by where the source has them."""
    name = image.info.name
    edits, given = anchors.heads[name], len(image)
    scale = pixels_per_drawn(image.info, anchors.image_size, path=path)
    changed = add_heads(image, np.array(edits.added).reshape(-1, 2) * scale) if edits.added else image
    search = _Search(changed.points, scale, NAMES_HEAD * max(1.0, float(scale.max())), path, f"heads[{name!r}]")
    moved = search.rows([old for old, _ in edits.moved], "moved", given)
    ignored = search.rows(edits.ignored, "ignored", len(changed))
    removed = search.rows(edits.removed, "removed", given, spare=moved.tolist())
    if len(moved):
        changed = move_heads(changed, moved, np.array([new for _, new in edits.moved]) * scale)
    if len(ignored):
        changed = set_ignore(changed, ignored)
    return remove_heads(changed, removed) if len(removed) else changed


@dataclass(frozen=True, slots=True)
class _Search:
    """Finds heads by their points (N, 2), which stand in the file divided by `scale` and are off by `reach` at most."""

    points: NDArray[np.float64]
    scale: NDArray[np.float64]
    reach: float
    path: Path
    record: str

    def rows(
        self, points: Sequence[tuple[float, float]], key: str, count: int, spare: Sequence[int] = ()
    ) -> NDArray[np.intp]:
        """Rows of the first `count` heads at `points`; of twins each is taken once, those in `spare` last."""
        if not points:
            return np.empty(0, dtype=np.intp)
        places = np.array(points, dtype=np.float64).reshape(-1, 2) * self.scale
        heads = np.where(np.isfinite(self.points[:count]), self.points[:count], FARTHEST)
        around = cast(Sequence[list[int]], cKDTree(heads).query_ball_point(places, self.reach))  # the stubs know of one
        found: list[int] = []
        taken, late = set[int](), set(spare)
        for index, near in enumerate(around):
            free = [row for row in near if row not in taken]
            if not free:
                problem = f"no head at point {list(points[index])}; the source may have changed"
                raise DataFormatError(self.path, problem, None, f"{self.record}.{key}[{index}]")
            away = np.hypot(*(self.points[free] - places[index]).T) if len(free) > 1 else [0.0]
            found.append(min(zip(free, away, strict=True), key=lambda head: (head[0] in late, head[1], head[0]))[0])
            taken.add(found[-1])  # of twins, the next edit means the other one
        return np.array(found, dtype=np.intp)
