"""Points in a grid of cells, and the nearest of them; equal distances in the order of the index.

Instance masks and scores depend on that order, which scipy's trees do not guarantee.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import Points
from gta_head_tools.compiled import compiled

Grid = tuple[NDArray[np.int64], NDArray[np.int64], Points, tuple[int, int], tuple[float, float, float]]
"""Where each cell begins, heads in order of cells, their points, columns and rows, and left, top, side of a cell."""

_HEADS_PER_CELL = 2.0


@compiled
def cell_of(place: float, origin: float, side: float, cells: int) -> int:
    """The column or row of a place, the nearest one if it lies outside."""
    return int(min(max((place - origin) / side, 0.0), cells - 1.0))  # Clipped as floats: far places overflow an int.


@compiled
def grid_of(points: Points) -> Grid:
    """Points (N, 2), at least one, sorted into square cells."""
    count = len(points)
    left, top = points[:, 0].min(), points[:, 1].min()
    wide, high = points[:, 0].max() - left, points[:, 1].max() - top
    # The second term keeps the number of cells in proportion to the heads when all of them lie on one line.
    side = max(np.sqrt(wide * high * _HEADS_PER_CELL / count), max(wide, high) * _HEADS_PER_CELL / count)
    if side == 0.0:
        side = 1.0
    columns, rows = int(wide / side) + 1, int(high / side) + 1
    starts = np.zeros(columns * rows + 1, np.int64)
    cells = np.empty(count, np.int64)
    for i in range(count):
        cells[i] = cell_of(points[i, 1], top, side, rows) * columns + cell_of(points[i, 0], left, side, columns)
        starts[cells[i] + 1] += 1
    for cell in range(columns * rows):
        starts[cell + 1] += starts[cell]
    order = np.empty(count, np.int64)
    places = np.empty((count, 2), np.float64)
    free = starts[:-1].copy()
    for i in range(count):
        at = free[cells[i]]
        free[cells[i]] = at + 1
        order[at] = i
        places[at] = points[i]
    return starts, order, places, (columns, rows), (left, top, side)


@compiled
def offer(squared: float, head: int, best: NDArray[np.float64], heads: NDArray[np.int64]) -> None:
    """Insert a head if it is among the nearest; `best` (squared distances) and `heads` stay sorted, ties by index."""
    last = len(best) - 1
    if squared > best[last] or (squared == best[last] and head > heads[last]):
        return
    while last > 0 and (squared < best[last - 1] or (squared == best[last - 1] and head < heads[last - 1])):
        best[last] = best[last - 1]
        heads[last] = heads[last - 1]
        last -= 1
    best[last] = squared
    heads[last] = head


@compiled
def _search(grid: Grid, x: float, y: float, best: NDArray[np.float64], heads: NDArray[np.int64]) -> None:
    starts, order, places, (columns, rows), (left, top, side) = grid
    column, row = cell_of(x, left, side, columns), cell_of(y, top, side, rows)
    ring = 0
    while True:
        for r in range(max(row - ring, 0), min(row + ring + 1, rows)):
            # Only the ring itself: whole rows at the top and bottom, two cells in the rows between.
            step = 1 if ring == 0 or abs(r - row) == ring else 2 * ring
            for c in range(column - ring, column + ring + 1, step):
                if 0 <= c < columns:
                    for at in range(starts[r * columns + c], starts[r * columns + c + 1]):
                        dx, dy = places[at, 0] - x, places[at, 1] - y
                        offer(dx * dx + dy * dy, order[at], best, heads)
        away = np.inf
        if column - ring > 0:
            away = min(away, x - left - (column - ring) * side)
        if column + ring + 1 < columns:
            away = min(away, left + (column + ring + 1) * side - x)
        if row - ring > 0:
            away = min(away, y - top - (row - ring) * side)
        if row + ring + 1 < rows:
            away = min(away, top + (row + ring + 1) * side - y)
        if away == np.inf:
            return
        # Rounding may put a head slightly beyond its cell.
        away -= 1e-9 * side
        if away > 0.0 and best[-1] < away * away:
            return
        ring += 1


@compiled
def nearest(grid: Grid, places: Points, count: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The nearest heads of a grid to places (Q, 2): squared distances and indices (Q, count), by distance, then index.

    Where there are fewer heads, distances are infinite and indices -1.
    """
    squared = np.full((len(places), count), np.inf)
    heads = np.full((len(places), count), -1)
    for i in range(len(places)):
        _search(grid, places[i, 0], places[i, 1], squared[i], heads[i])
    return squared, heads
