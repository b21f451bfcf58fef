"""Predictions and heads paired greedily, the nearest first; ties go to the earlier prediction, then the earlier head.

Not all pairs are held at once: what lies at one place is paired first, then what is left over, ring by ring.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gta_head_tools.columns import Numbers
from gta_head_tools.compiled import compiled
from gta_head_tools.equal_rows import pair_equal_rows
from gta_head_tools.errors import ConfigError

_FIRST_RING = 2.0
_SHORTEST_STEP = 1e-9
_MOST_PAIRS = 5_000_000
"""That are held at once, 100 bytes each; their number is estimated from some of the predictions."""
_SAMPLED = 1000
_MOST_RINGS = 60

Places = NDArray[np.int64]


def nearest_first(predicted: Numbers, heads: Numbers, radii: Numbers | float) -> tuple[Places, Numbers]:
    """Number of the prediction that each head (N,) is paired with, -1 = none, and the squared distances (N,) of pairs.

    Args:
        predicted: (P, 2) points, pixels.
        heads: (N, 2) points, pixels.
        radii: of all heads or of each (N,): pairs are at most so far apart, pixels; negative = it is paired with none.

    Raises:
        ConfigError: too many predictions are equally near to too many heads.
    """
    farthest = np.broadcast_to(np.asarray(radii, dtype=np.float64), len(heads))
    holders, squared = np.full(len(heads), -1, dtype=np.int64), np.zeros(len(heads))
    left, right = _coincident(predicted, heads, holders)
    if (farthest < 0).any():
        holders[farthest < 0] = -1
        left, right = np.setdiff1d(np.arange(len(predicted)), holders), np.flatnonzero((holders < 0) & (farthest >= 0))
    done, end = 0.0, float(farthest.max(initial=0.0))
    rings = 0
    while len(left) and len(right) and done < end:
        rings += 1
        if rings > _MOST_RINGS:
            raise _too_dense(len(left), len(right))
        trees = cKDTree(predicted[left]), cKDTree(heads[right])
        # Ring by ring, because all pairs within 100 pixels of a dense crowd do not fit into memory.
        done = _next_ring(trees, done, end)
        _pair(trees, (left, right), min(done, end), farthest, holders, squared)
        taken = np.zeros(len(predicted), dtype=bool)
        taken[holders[holders >= 0]] = True
        left, right = left[~taken[left]], right[holders[right] < 0]
    return holders, squared


def _coincident(predicted: Numbers, heads: Numbers, holders: Places) -> tuple[Places, Places]:
    """Pair what lies at one place, in order; the predictions and heads that are left over."""
    rows, there = pair_equal_rows(predicted + 0.0, heads + 0.0)  # So that -0 is 0.
    holders[there] = rows
    free = np.ones(len(predicted), dtype=bool)
    free[rows] = False
    return np.flatnonzero(free), np.flatnonzero(holders < 0)


def _next_ring(trees: tuple[cKDTree, cKDTree], done: float, end: float) -> float:
    """The next distance: twice the last one, less where there would be too many pairs."""
    ring = min(2 * done if done else _FIRST_RING, end)
    step = max(trees[0].n // _SAMPLED, 1)
    some = trees[0].data[::step]
    while step * int(trees[1].query_ball_point(some, ring, return_length=True).sum()) > _MOST_PAIRS:
        shorter = (done + ring) / 2
        if ring - shorter < _SHORTEST_STEP:
            raise _too_dense(trees[0].n, trees[1].n)
        ring = shorter
    return ring


def _too_dense(predicted: int, heads: int) -> ConfigError:
    return ConfigError(
        f"{predicted:,} predictions and {heads:,} heads lie apart from each other, each on one small spot, which makes "
        "too many pairs: this is no crowd; look at their points"
    )


def _pair(
    trees: tuple[cKDTree, cKDTree],
    numbers: tuple[Places, Places],
    ring: float,
    farthest: Numbers,
    holders: Places,
    squared: Numbers,
) -> None:
    """Pair what is at most `ring` apart, the nearest first; fills `holders` and `squared`."""
    # Search slightly farther, then compare squares: the tree takes roots, and rounding could lose a pair at the radius.
    near = trees[0].sparse_distance_matrix(trees[1], ring + 1e-6, output_type="ndarray")
    rows, columns = numbers[0][near["i"]], numbers[1][near["j"]]
    apart = np.square(trees[0].data[near["i"]] - trees[1].data[near["j"]]).sum(axis=1)
    reach = np.minimum(farthest[columns], ring)
    within = apart <= reach * reach
    rows, columns, apart = rows[within], columns[within], apart[within]
    take_in_order(np.lexsort((columns, rows, apart)), rows, columns, apart, holders, squared)


@compiled
def take_in_order(
    order: Places, rows: Places, columns: Places, apart: Numbers, holders: Places, squared: Numbers
) -> None:
    """Pair rows with columns in this order wherever both are free; fills `holders` and `squared` of the columns."""
    taken = np.zeros(rows.max() + 1 if len(rows) else 0, dtype=np.bool_)
    for pair in order:
        if not taken[rows[pair]] and holders[columns[pair]] < 0:
            taken[rows[pair]] = True
            holders[columns[pair]] = rows[pair]
            squared[columns[pair]] = apart[pair]
