"""Dealing groups of heads out to sides (train, val, test): numbers of groups as asked, heads as even as possible."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]
"""(N,) heads of each group."""

_NEAR = 0.005
"""Shares of heads within this distance of what was asked for are not improved: chance may decide there."""
_ROUNDS = 1000
"""At most so many exchanges of two groups."""


def seats(count: int, ratios: Sequence[float]) -> list[int]:
    """How many of `count` groups each side gets: by largest remainder, and one at least where the ratio is not 0.

    Args:
        count: of groups; at least one for each side whose ratio is not 0.
        ratios: of the sides, none negative, not all 0.

    >>> seats(35, [24, 0, 11]), seats(10, [0.7, 0.1, 0.2]), seats(3, [98, 1, 1])
    ([24, 0, 11], [7, 1, 2], [1, 1, 1])
    """
    quotas = [count * ratio / sum(ratios) for ratio in ratios]
    # The quotas of 0.7, 0.1, 0.2 are whole numbers but for rounding errors of float64.
    whole = [int(quota + 1e-9) for quota in quotas]
    rest = sorted(range(len(ratios)), key=lambda side: (whole[side] - round(quotas[side], 9), side))
    for side in itertools.islice((side for side in rest if ratios[side] > 0), count - sum(whole)):
        whole[side] += 1
    for side, ratio in enumerate(ratios):
        if ratio > 0 and whole[side] == 0:
            whole[whole.index(max(whole))] -= 1
            whole[side] = 1
    return whole


def deal(heads: Sequence[int], ratios: Sequence[float], seed: int) -> list[int]:
    """The side of each group, so that each side has its number of groups (`seats`) and about its share of heads.

    Groups are ordered by their heads and dealt out evenly along this order, so that each side gets small and large
    ones; chance decides among groups of about one size. Groups of two sides are then exchanged as long as that brings
    the shares of heads nearer to the ratios.

    Args:
        heads: of each group.
        ratios: of the sides, see `seats`.
        seed: of the random numbers.
    """
    weights = np.asarray(heads, dtype=np.float64)
    given = seats(len(weights), ratios)
    rng = np.random.default_rng(seed)
    order = _shuffled(weights, len(weights) // max(1, min(seat for seat in given if seat)), rng)
    sides = np.empty(len(weights), dtype=np.intp)
    sides[order] = _evenly(given)
    _exchange(sides, weights, np.asarray(ratios, dtype=np.float64) / sum(ratios))
    found: list[int] = sides.tolist()
    return found


def _shuffled(weights: Weights, block: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Places of groups by their heads, the largest first, in random order within each block of so many."""
    chance = rng.permutation(len(weights))
    order = chance[np.argsort(-weights[chance], kind="stable")]
    size = max(2, block)
    return np.concatenate([rng.permutation(order[start : start + size]) for start in range(0, len(order), size)])


def _evenly(given: Sequence[int]) -> list[int]:
    """Sides in an order in which each comes as evenly as possible.

    >>> _evenly([4, 2])
    [0, 1, 0, 0, 1, 0]
    """
    places = [((turn + 0.5) / seat, side) for side, seat in enumerate(given) for turn in range(seat)]
    return [side for _, side in sorted(places)]


def _exchange(sides: NDArray[np.intp], weights: Weights, shares: Weights) -> None:
    """Exchange groups of two sides until the heads of each are near its share, or no exchange improves them."""
    total = float(weights.sum())
    for _ in range(_ROUNDS):
        excess = np.array([weights[sides == side].sum() for side in range(len(shares))]) - shares * total
        if total == 0 or np.abs(excess).max() <= _NEAR * total:
            return
        pairs = itertools.combinations([side for side in range(len(shares)) if (sides == side).any()], 2)
        gains = [_best_exchange(sides, weights, excess, pair) for pair in pairs]
        gain, first, second = max(gains, default=(0.0, 0, 0))
        if gain <= 1e-9 * total:
            return
        sides[first], sides[second] = sides[second], sides[first]


def _best_exchange(
    sides: NDArray[np.intp], weights: Weights, excess: Weights, pair: tuple[int, int]
) -> tuple[float, int, int]:
    """Gain in squared excess of the best exchange between two sides, and the two groups."""
    mine, others = (np.flatnonzero(sides == side) for side in pair)
    others = others[np.argsort(weights[others], kind="stable")]
    surplus = excess[pair[0]] - excess[pair[1]]
    # Moving d heads gains 2 d (surplus - d), which is most at d = surplus / 2: the nearest such partner is the best.
    wanted = weights[mine] - surplus / 2
    after = np.searchsorted(weights[others], wanted)
    candidates = np.stack([np.clip(after - 1, 0, None), np.clip(after, None, len(others) - 1)])
    moved = weights[mine] - weights[others][candidates]
    gains = 2 * moved * (surplus - moved)
    row, column = np.unravel_index(int(gains.argmax()), gains.shape)
    return float(gains[row, column]), int(mine[column]), int(others[candidates[row, column]])
