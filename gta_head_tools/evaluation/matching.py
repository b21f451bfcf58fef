"""Which predicted point finds which head: most pairs within each head's radius, in the order of the official scorer.

The number of pairs is unique, but which heads are among them is not: the recall by size of NWPU-Crowd's scorer depends
on the order of its search. Here as there, predictions look for a head in the order of their file, each tries the heads
in reach in ascending order, and a head that is taken is freed if its holder finds another (Kuhn 1955, depth first).

Source: `gjy3035/NWPU-Crowd-Sample-Code-for-Localization`, described in words; this search keeps only the pairs within
reach instead of a dense matrix, and is iterative, so that a long chain of exchanges cannot exhaust the stack. Of an
image whose search would take minutes only the number of pairs is as there; which heads are found may differ.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools.columns import Numbers, numbers_of
from gta_head_tools.compiled import compiled
from gta_head_tools.errors import ConfigError
from gta_head_tools.evaluation.nearest_pairs import nearest_first
from gta_head_tools.nearest import cell_of, grid_of

Places = NDArray[np.int64]
Edges = NDArray[np.int32]

_MOST_PAIRS = 200_000_000
"""That are held at once, 4 bytes each."""
_MOST_STEPS, _MOST_PREDICTIONS = 1_000_000_000, 50_000
"""Of the search in the official order: some seconds. The official scorer holds no image of more predictions."""


def match_heads(predictions: ArrayLike, heads: ArrayLike, radii: ArrayLike) -> Places:
    """(N,) number of the prediction that each head is matched with, -1 = none.

    Args:
        predictions: (P, 2) points in the order of their file, pixels.
        heads: (N, 2) points in the order of their file, pixels.
        radii: (N,) how far from each head a prediction may lie, pixels, inclusive; negative = it matches nothing.

    Raises:
        ValueError: a column of another shape, or a number that is not finite.
        ConfigError: more pairs are in reach than can be matched.

    >>> match_heads([[0, 0], [3, 0]], [[1, 0], [9, 9]], [2, 2]).tolist()
    [0, -1]
    """
    found = numbers_of(predictions, "predictions", width=2)
    wanted = numbers_of(heads, "heads", width=2)
    reach = numbers_of(radii, "radii", count=len(wanted))
    if not len(found) or not len(wanted):
        return np.full(len(wanted), -1, dtype=np.int64)
    holder = np.full(len(wanted), -1, dtype=np.int64)
    if len(found) > _MOST_PREDICTIONS:
        holder, _ = nearest_first(found, wanted, reach)
        if np.count_nonzero(holder >= 0) == min(len(found), np.count_nonzero(reach >= 0)):
            return holder
    starts, edges = _pairs_in_reach(found, wanted, reach, _MOST_PAIRS)
    if starts[-1] > _MOST_PAIRS:
        raise ConfigError(
            f"{len(found):,} predictions and {len(wanted):,} heads make more than {_MOST_PAIRS:,} pairs within the "
            "radii of the heads, too many to be matched; look at points and sizes, or take --protocol counting"
        )
    first = 0 if len(found) > _MOST_PREDICTIONS else _augment(starts, edges, holder, _MOST_STEPS)
    free = np.ones(len(found), dtype=bool)
    free[holder[holder >= 0]] = False
    _augment_rest(starts, edges, holder, first + np.flatnonzero(free[first:]))
    return holder


@compiled
def _pairs_in_reach(predictions: Numbers, heads: Numbers, radii: Numbers, most: int) -> tuple[Places, Edges]:
    """The heads in reach of each prediction, ascending: those of p are `edges[starts[p] : starts[p + 1]]`.

    Where there are more than `most` pairs, there are no edges, and the last of the starts is larger than `most`.
    """
    firsts, order, places, (columns, rows), (left, top, side) = grid_of(predictions)
    starts = np.zeros(len(predictions) + 1, dtype=np.int64)
    edges = np.empty(0, dtype=np.int32)
    filled = starts
    total = 0
    for turn in range(2):  # The first turn counts the pairs, the second fills them in, so that no pair is held twice.
        if turn == 1:
            starts = np.cumsum(starts)
            edges = np.empty(starts[-1], dtype=np.int32)
            filled = starts[:-1].copy()
        for head in range(len(heads)):
            x, y, radius = heads[head, 0], heads[head, 1], radii[head]
            if total > most:
                starts[-1] = total
                return starts, edges
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
                            total += 1
                        else:
                            edges[filled[prediction]] = head
                            filled[prediction] += 1
    return starts, edges


@compiled
def _augment(starts: Places, edges: Edges, holder: Places, steps: int) -> int:
    """Match in the official order; the first prediction that was not tried before the steps ran out."""
    visited = np.full(len(holder), -1, dtype=np.int64)  # The last prediction whose search came by; never cleared.
    found_none = np.zeros(len(starts) - 1, dtype=np.bool_)
    cursor = starts[:-1].copy()
    path = np.empty(len(cursor) + 1, dtype=np.int64)
    for root in range(len(cursor)):
        depth = 0
        path[0] = root
        found_none[root] = True
        while depth >= 0:
            steps -= 1
            if steps < 0:
                return root
            prediction = path[depth]
            if cursor[prediction] == starts[prediction + 1]:
                depth -= 1
                continue
            head = edges[cursor[prediction]]
            cursor[prediction] += 1
            # From a head that a search in vain came by, no free head will ever be reached.
            if visited[head] == root or (visited[head] >= 0 and found_none[visited[head]]):
                continue
            visited[head] = root
            if holder[head] >= 0:
                depth += 1
                path[depth] = holder[head]
                cursor[path[depth]] = starts[path[depth]]
                continue
            for step in range(depth + 1):
                holder[edges[cursor[path[step]] - 1]] = path[step]
            found_none[root] = False
            break
    return len(cursor)


@compiled
def _augment_rest(starts: Places, edges: Edges, holder: Places, left: Places) -> None:
    """Match the predictions that are left, as many as can be, whatever heads that takes (Pothen and Fan 1990).

    In a round all searches together come by a head once; a free head beside a prediction is taken at once. Every other
    round looks at the heads in descending order, so that no search always begins with the same long detour.
    """
    done, ahead = np.empty(len(starts) - 1, dtype=np.int64), starts[:-1].copy()
    chosen = np.empty(len(starts) - 1, dtype=np.int64)  # The edge by which each prediction of the path goes on.
    path = np.empty(len(starts), dtype=np.int64)
    visited = np.full(len(holder), -1, dtype=np.int64)
    turn = 0
    while len(left):
        kept = 0
        done[:] = 0
        for root in left:
            depth = 0
            path[0] = root
            while depth >= 0:
                prediction = path[depth]
                begin, end = starts[prediction], starts[prediction + 1]
                while ahead[prediction] < end and holder[edges[ahead[prediction]]] >= 0:
                    ahead[prediction] += 1  # A head that is taken never becomes free.
                if ahead[prediction] < end:
                    chosen[prediction] = ahead[prediction]
                    for step in range(depth + 1):
                        holder[edges[chosen[path[step]]]] = path[step]
                    break
                head = -1
                while done[prediction] < end - begin and head < 0:
                    edge = begin + done[prediction] if turn % 2 == 0 else end - 1 - done[prediction]
                    done[prediction] += 1
                    if visited[edges[edge]] != turn:
                        head = edges[edge]
                        chosen[prediction] = edge
                if head < 0:
                    depth -= 1
                    continue
                visited[head] = turn
                depth += 1
                path[depth] = holder[head]
            if depth < 0:
                left[kept] = root
                kept += 1
        if kept == len(left):
            return
        left = left[:kept]
        turn += 1
