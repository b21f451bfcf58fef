"""The points of all levels of a feature pyramid, and which head each of them learns.

A level has a point in every cell of `stride` pixels, and at a point one slot, or one for each anchor box there. Slots
are counted from the finest level on, row by row; the slots of a point come one after the other. Heads are matched with
the slots near to them alone, so that 3,000 heads need some megabytes where a table of heads and slots needs gigabytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import Boxes, Points
from gta_head_tools.geometry import centres

Rows = NDArray[np.int64]
Learned = NDArray[np.int32]
"""(slots,): `LEFT_OUT`, `BACKGROUND`, or `FIRST` + the index of a head."""
LEFT_OUT, BACKGROUND, FIRST = 0, 1, 2
"""0 is also what cells beside a picture are filled with, so that they are left out."""


@dataclass(frozen=True)
class Levels:
    """The slots over an input.

    Attributes:
        size: width and height of the input, pixels.
        strides: of the levels, the finest first.
        offset: place of a point in its cell, in strides; 0.5 = the middle.
        slots: of a point.
    """

    size: tuple[int, int]
    strides: tuple[int, ...]
    offset: float = 0.5
    slots: int = 1

    @cached_property
    def shapes(self) -> list[tuple[int, int]]:
        """Rows and columns of each level."""
        return [(-(-self.size[1] // stride), -(-self.size[0] // stride)) for stride in self.strides]

    @cached_property
    def starts(self) -> list[int]:
        """The first slot of each level, and the number of all slots."""
        return [0, *accumulate(rows * columns * self.slots for rows, columns in self.shapes)]

    @cached_property
    def points(self) -> Points:
        """(slots, 2) x y of the point of each slot, pixels."""
        found = [
            (np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2) + self.offset) * stride
            for (rows, columns), stride in zip(self.shapes, self.strides, strict=True)
        ]
        return np.repeat(np.concatenate(found), self.slots, axis=0)

    @cached_property
    def stride(self) -> NDArray[np.float64]:
        """(slots,) stride of the level of each slot."""
        return np.repeat(np.array(self.strides, dtype=np.float64), np.diff(self.starts))

    def inside(self, areas: Boxes, level: int) -> tuple[Rows, Rows]:
        """Every pair of an area (N, 4) and a point of a level that lies inside of it, not on its border.

        Returns:
            (K,) indices of areas, the first area first, and (K,) the first slots of the points.
        """
        stride, (rows, columns) = self.strides[level], self.shapes[level]
        cells = areas / stride - self.offset
        first = np.clip(np.floor(cells[:, :2]).astype(np.int64) + 1, 0, (columns, rows))
        last = np.clip(np.ceil(cells[:, 2:]).astype(np.int64), 0, (columns, rows))
        across, down = np.maximum(last - first, 0).T
        counts = across * down
        area = np.repeat(np.arange(len(areas)), counts)
        place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        row, column = np.divmod(place, across[area])
        point = (first[area, 1] + row) * columns + first[area, 0] + column
        return area, self.starts[level] + point * self.slots

    def nearest(self, places: Points, level: int) -> Rows:
        """(N,) first slot of the point of a level that is nearest to each place (N, 2)."""
        rows, columns = self.shapes[level]
        cells = np.rint(places / self.strides[level] - self.offset).astype(np.int64)
        column, row = np.clip(cells, 0, (columns - 1, rows - 1)).T
        found: Rows = self.starts[level] + (row * columns + column) * self.slots
        return found

    def maps(self, learned: Learned) -> dict[int, Learned]:
        """What the slots learn as maps (slots, rows, columns), by the stride of their level."""
        pairs = zip(self.starts[:-1], self.starts[1:], strict=True)
        parts = [learned[first:last] for first, last in pairs]
        return {
            stride: np.ascontiguousarray(part.reshape(*shape, self.slots).transpose(2, 0, 1))
            for stride, shape, part in zip(self.strides, self.shapes, parts, strict=True)
        }


def areas_of(boxes: Boxes) -> NDArray[np.float64]:
    """(N,) square pixels of boxes (N, 4)."""
    found: NDArray[np.float64] = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1)
    return found


def smallest_wins(heads: Rows, slots: Rows, boxes: Boxes, levels: Levels) -> Learned:
    """What each slot learns that some heads claim: the smallest of them, of equal ones the first.

    Args:
        heads: (K,) index of the head of each claim.
        slots: (K,) its slot.
        boxes: (N, 4) of the heads.
        levels: of the slots.
    """
    learned = np.full(levels.starts[-1], BACKGROUND, np.int32)
    # Of several values for one slot the last one stays.
    order = np.lexsort((-heads, -areas_of(boxes)[heads]))
    learned[slots[order]] = FIRST + heads[order]
    return learned


def without_slot(learned: Learned, count: int) -> Rows:
    """Indices of those of `count` heads that no slot learns."""
    return np.flatnonzero(np.bincount(learned, minlength=FIRST + count)[FIRST:] == 0)


def give_nearest(learned: Learned, boxes: Boxes, levels: Levels) -> Learned:
    """The same, where a head (N, 4) without a slot gets the nearest point of the finest level.

    A smaller head that has this point keeps it. Not in the papers: a head that is small beside the stride may have no
    point inside.
    """
    lost = without_slot(learned, len(boxes))
    slots, areas = levels.nearest(centres(boxes[lost]), 0), areas_of(boxes)
    owned = np.append(areas, np.inf)[np.where(learned[slots] >= FIRST, learned[slots] - FIRST, len(boxes))]
    free = areas[lost] < owned
    heads, slots = lost[free], slots[free]
    order = np.lexsort((-heads, -areas[heads]))
    found = learned.copy()
    found[slots[order]] = FIRST + heads[order]
    return found


def leave_out(learned: Learned, areas: Boxes, levels: Levels) -> Learned:
    """The same, where points in these areas (N, 4) that no head claims are left out of the loss."""
    found = learned.copy()
    for level in range(len(levels.strides)):
        slots = (levels.inside(areas, level)[1][:, None] + np.arange(levels.slots)).ravel()
        found[slots] = np.where(found[slots] == BACKGROUND, LEFT_OUT, found[slots])
    return found
