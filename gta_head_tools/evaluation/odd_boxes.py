"""Boxes whose corners are swapped, which are scored as if they were not, and boxes without an area; both are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from gta_head_tools.annotations import ImageAnnotations


@dataclass(frozen=True, slots=True)
class OddBoxes:
    """How many boxes of one side of an image are odd.

    Attributes:
        side: predicted or true.
        image: its path.
        swapped: boxes with x1 < x0 or y1 < y0.
        empty: boxes without width or height.
    """

    side: str
    image: str
    swapped: int
    empty: int


def put_right(heads: ImageAnnotations) -> ImageAnnotations:
    """The heads with swapped corners of boxes put right."""
    swapped = (heads.boxes[:, 2:] < heads.boxes[:, :2]).any(axis=1)
    if not swapped.any():
        return heads
    low, high = heads.boxes[:, :2], heads.boxes[:, 2:]
    return heads.replace(boxes=np.hstack([np.minimum(low, high), np.maximum(low, high)]))


def find_odd(heads: ImageAnnotations, side: str) -> OddBoxes | None:
    """The odd boxes of one side of an image; None = there are none."""
    sides = heads.boxes[:, 2:] - heads.boxes[:, :2]
    swapped, empty = int((sides < 0).any(axis=1).sum()), int((sides == 0).any(axis=1).sum())
    return OddBoxes(side, heads.info.path, swapped, empty) if swapped or empty else None


def tell_odd(found: Iterable[OddBoxes]) -> Iterator[str]:
    """Notes on them, for the user.

    >>> list(tell_odd([OddBoxes("true", "a.jpg", 2, 0), OddBoxes("true", "b.jpg", 1, 0)]))
    ['3 true boxes have swapped corners, and are scored as if they had not (the first in a.jpg)']
    """
    every = list(found)
    for side in ("predicted", "true"):
        for kind, what in (
            ("swapped", "have swapped corners, and are scored as if they had not"),
            ("empty", "have no area, so that no box overlaps them"),
        ):
            counts = {each.image: getattr(each, kind) for each in every if each.side == side and getattr(each, kind)}
            if counts:
                yield f"{sum(counts.values())} {side} boxes {what} (the first in {next(iter(counts))})"
