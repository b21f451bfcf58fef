"""Which predicted point finds which head: most pairs within each head's radius, in the order of the official scorer.

The number of pairs is unique, but which heads are among them is not: the recall by size of NWPU-Crowd's scorer depends
on the order of its search. Here as there, predictions look for a head in the order of their file, each tries the heads
in reach in ascending order, and a head that is taken is freed if its holder finds another (Kuhn 1955, depth first).

Source: `gjy3035/NWPU-Crowd-Sample-Code-for-Localization`, described in words; this search keeps only the pairs within
reach instead of a dense matrix, and is iterative, so that a long chain of exchanges cannot exhaust the stack.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools.columns import Numbers, numbers_of
from gta_head_tools.compiled import compiled
from gta_head_tools.nearest import cell_of, grid_of

Places = NDArray[np.int64]
Edges = NDArray[np.int32]


def match_heads(predictions: ArrayLike, heads: ArrayLike, radii: ArrayLike) -> Places:
    """(N,) number of the prediction that each head is matched with, -1 = none.

    Args:
        predictions: (P, 2) points in the order of their file, pixels.
        heads: (N, 2) points in the order of their file, pixels.
        radii: (N,) how far from each head a prediction may lie, pixels, inclusive; negative = it matches nothing.

    Raises:
        ValueError: a column of another shape, or a number that is not finite.

    >>> match_heads([[0, 0], [3, 0]], [[1, 0], [9, 9]], [2, 2]).tolist()
    [0, -1]
    """
    found = numbers_of(predictions, "predictions", width=2)
    wanted = numbers_of(heads, "heads", width=2)
    reach = numbers_of(radii, "radii", count=len(wanted))
    if not len(found) or not len(wanted):
        return np.full(len(wanted), -1, dtype=np.int64)
    starts, edges = _pairs_in_reach(found, wanted, reach)
    return _augment(starts, edges, len(wanted))


def within_reach(predictions: ArrayLike, heads: ArrayLike, radii: ArrayLike) -> NDArray[np.bool_]:
    """(P,) True for predictions within the radius of any head; arguments as for `match_heads`."""
    found = numbers_of(predictions, "predictions", width=2)
    wanted = numbers_of(heads, "heads", width=2)
    reach = numbers_of(radii, "radii", count=len(wanted))
    if not len(found) or not len(wanted):
        return np.zeros(len(found), dtype=bool)
    near: NDArray[np.bool_] = np.diff(_pairs_in_reach(found, wanted, reach)[0]) > 0
    return near


@compiled
def _pairs_in_reach(predictions: Numbers, heads: Numbers, radii: Numbers) -> tuple[Places, Edges]:
    """The heads in reach of each prediction, ascending: those of p are `edges[starts[p] : starts[p + 1]]`."""
    firsts, order, places, (columns, rows), (left, top, side) = grid_of(predictions)
    starts = np.zeros(len(predictions) + 1, dtype=np.int64)
    edges = np.empty(0, dtype=np.int32)
    filled = starts
    for turn in range(2):  # The first turn counts the pairs, the second fills them in, so that no pair is held twice.
        if turn == 1:
            starts = np.cumsum(starts)
            edges = np.empty(starts[-1], dtype=np.int32)
            filled = starts[:-1].copy()
        for head in range(len(heads)):
            x, y, radius = heads[head, 0], heads[head, 1], radii[head]
            if radius < 0:
                continue
            # A millionth of a cell more, so that rounding does not lose a prediction at exactly the radius.
            reach = radius + 1e-6 * side
            first, last = cell_of(x - reach, left, side, columns), cell_of(x + reach, left, side, columns)
            upper, lower = cell_of(y - reach, top, side, rows), cell_of(y + reach, top, side, rows)
            for row in range(upper, lower + 1):
                # Neighbouring cells of a row are neighbours in memory, so their points are one range.
                for place in range(firsts[row * columns + first], firsts[row * columns + last + 1]):
                    across, down = places[place, 0] - x, places[place, 1] - y
                    if across * across + down * down <= radius * radius:  # Exact for whole pixels: no root is taken.
                        prediction = order[place]
                        if turn == 0:
                            starts[prediction + 1] += 1
                        else:
                            edges[filled[prediction]] = head
                            filled[prediction] += 1
    return starts, edges


@compiled
def _augment(starts: Places, edges: Edges, count: int) -> Places:
    holder = np.full(count, -1, dtype=np.int64)
    visited = np.full(count, -1, dtype=np.int64)  # Number of the last search that came by; never cleared.
    cursor = starts[:-1].copy()
    path = np.empty(len(cursor) + 1, dtype=np.int64)
    for root in range(len(cursor)):
        depth = 0
        path[0] = root
        while depth >= 0:
            prediction = path[depth]
            if cursor[prediction] == starts[prediction + 1]:
                depth -= 1
                continue
            head = edges[cursor[prediction]]
            cursor[prediction] += 1
            if visited[head] == root:
                continue
            visited[head] = root
            if holder[head] >= 0:
                depth += 1
                path[depth] = holder[head]
                cursor[path[depth]] = starts[path[depth]]
                continue
            for step in range(depth + 1):
                holder[edges[cursor[path[step]] - 1]] = path[step]
            break
    return holder
