"""Where heads are in their pictures: `update_places` of some images, `gather_crowds` of all of them.

A place takes four bytes, so that the heads of a whole data set stay in memory beside their tallies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.statistics import ImageRow, Numbers, Tally

STEPS = 61_440
"""Of a place over the width and over the height of a picture; numbers of cells that divide it count exactly."""
NOWHERE = 65_535
"""Place of a head outside its picture, or in a picture of unknown size."""
_BLOCK = 65_536
"""Heads that are counted at once: their whole numbers stay in the cache."""

Steps = NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Places of the heads that count, image by image, as in the `Tally` of the same images.

    Attributes:
        x: (heads,) steps from the left, below `STEPS`, or `NOWHERE`.
        y: (heads,) steps from the top, below `STEPS`, or `NOWHERE`.
    """

    x: Steps
    y: Steps


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """The heads of some images together, without those that are nowhere.

    Attributes:
        name: of the scene.
        images: how many.
        heads: with those that are nowhere.
        size: width and height of most images whose size is known; (0, 0) = of none.
        x: (N,) steps from the left.
        y: (N,) steps from the top.
        sides: (N,) sqrt(width height) of boxes in pixels; NaN = no box, or a picture of another size than `size`.
        owner: (N,) number of the image, rising.
    """

    name: str
    images: int
    heads: int
    size: tuple[int, int]
    x: Steps
    y: Steps
    sides: NDArray[np.float32]
    owner: NDArray[np.int32]

    @property
    def points(self) -> Numbers:
        """(N, 2) heads in a picture of `size`, in pixels."""
        steps = np.stack([self.x, self.y], axis=1) + 0.5
        points: Numbers = steps * (np.array(self.size) / STEPS)
        return points


def update_places(images: Sequence[ImageAnnotations]) -> Places:
    """The places of the heads of some images, at once because each call of numpy takes its time."""
    if not images:
        return Places(np.empty(0, np.uint16), np.empty(0, np.uint16))
    counts = ~np.concatenate([image.ignore for image in images])
    points = np.concatenate([image.points for image in images])
    # Of a picture of unknown size, no head is inside.
    borders = np.array([image.info.size if image.info.sized else (-1, -1) for image in images], dtype=np.float64)
    borders = np.repeat(borders, [len(image) for image in images], axis=0)
    if not counts.all():
        points, borders = points[counts], borders[counts]
    # A column at a time, because numpy is slow along rows of two.
    inside = np.logical_and.reduce([(points[:, axis] >= 0) & (points[:, axis] <= borders[:, axis]) for axis in (0, 1)])
    return Places(*(_steps(points[:, axis], borders[:, axis], inside) for axis in (0, 1)))


def _steps(values: Numbers, border: Numbers, inside: NDArray[np.bool_]) -> Steps:
    with np.errstate(invalid="ignore", over="ignore"):
        steps = np.minimum(values / border * STEPS, STEPS - 1)
    steps[~inside] = NOWHERE
    return steps.astype(np.uint16)


def gather_crowds(tallies: Sequence[Tally], places: Sequence[Places], most: int) -> tuple[Crowd, list[Crowd]]:
    """All heads together, and those of the scenes with the most heads.

    Args:
        tallies: of different images.
        places: of the same images.
        most: scenes that are wanted.
    """
    rows = [row for tally in tallies for row in tally.images]
    scenes: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        scenes.setdefault(row.info.scene, []).append(number)
    heads = np.array([row.heads for row in rows], dtype=np.int64)
    columns = _Columns(
        np.concatenate([part.x for part in places]),
        np.concatenate([part.y for part in places]),
        np.full(int(heads.sum()), np.nan, dtype=np.float32),
        np.concatenate([[0], np.cumsum(heads)]),
    )
    with np.errstate(over="ignore"):  # Boxes beyond float32 are left out of the size field.
        columns.sides[np.concatenate([part.boxed for part in tallies])] = np.concatenate(
            [part.sizes for part in tallies]
        )
    held = {name: int(heads[numbers].sum()) for name, numbers in scenes.items()}
    busiest = sorted(scenes, key=lambda name: -held[name])[:most]
    every = _crowd("", rows, range(len(rows)), columns)
    return every, [_crowd(name, rows, scenes[name], columns) for name in busiest]


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """(heads,) of all images, and the first head of each image (images + 1,)."""

    x: Steps
    y: Steps
    sides: NDArray[np.float32]
    starts: NDArray[np.int64]


def _crowd(name: str, rows: Sequence[ImageRow], numbers: Sequence[int], columns: _Columns) -> Crowd:
    sizes = Counter(rows[number].info.size for number in numbers if rows[number].info.sized)
    size = sizes.most_common(1)[0][0] if sizes else (0, 0)
    counts = np.array([rows[number].heads for number in numbers], dtype=np.int64)
    owner = np.repeat(np.arange(len(numbers), dtype=np.int32), counts)
    of_size = np.array([rows[number].info.size == size for number in numbers], dtype=bool)
    if len(numbers) == len(rows):
        x, y, sides = columns.x, columns.y, columns.sides
    else:
        chosen = np.concatenate([np.arange(*columns.starts[number : number + 2]) for number in numbers])
        x, y, sides = columns.x[chosen], columns.y[chosen], columns.sides[chosen]
    there = x != NOWHERE
    found = Crowd(name, len(numbers), len(owner), size, x[there], y[there], sides[there], owner[there])
    found.sides[~of_size[found.owner]] = np.nan
    return found


def count_cells(crowd: Crowd, columns: int) -> NDArray[np.int64]:
    """(R, C) heads in each cell of a grid over the picture; rows are chosen so that cells are about square."""
    width, height = crowd.size
    rows = int(np.clip(round(columns * height / max(width, 1)), 1, 4 * columns))
    cells = np.zeros(rows * columns, dtype=np.int64)
    for start in range(0, len(crowd.x), _BLOCK):
        block = slice(start, start + _BLOCK)
        across = crowd.x[block].astype(np.int64) * columns // STEPS
        down = crowd.y[block].astype(np.int64) * rows // STEPS
        cells += np.bincount(down * columns + across, minlength=len(cells))
    return cells.reshape(rows, columns)
