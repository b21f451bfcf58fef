from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gta_head_tools.dealing import deal, seats

RATIOS = st.lists(st.integers(0, 50), min_size=2, max_size=4).filter(any)
SIZES = st.lists(st.integers(0, 100_000), min_size=35, max_size=35)


def shares(heads: list[int], sides: list[int], count: int) -> list[float]:
    return [sum(n for n, side in zip(heads, sides, strict=True) if side == at) / sum(heads) for at in range(count)]


@pytest.mark.parametrize(
    ("count", "ratios", "expected"),
    [
        (35, [24, 0, 11], [24, 0, 11]),
        (35, [0.7, 0.1, 0.2], [25, 3, 7]),
        (10, [0.7, 0.1, 0.2], [7, 1, 2]),
        (5, [90, 5, 5], [3, 1, 1]),
        (4, [1, 1, 1], [2, 1, 1]),
    ],
)
def test_seats(count: int, ratios: list[float], expected: list[int]) -> None:
    assert seats(count, ratios) == expected


@given(st.integers(4, 200), RATIOS)
def test_seats_are_within_one_of_the_quota(count: int, ratios: list[int]) -> None:
    given_out = seats(count, ratios)
    assert sum(given_out) == count
    assert all((seat > 0) == (ratio > 0) for seat, ratio in zip(given_out, ratios, strict=True))
    quotas = [count * ratio / sum(ratios) for ratio in ratios]
    if all(quota >= 1 for quota in quotas if quota):
        assert all(abs(seat - quota) < 1 for seat, quota in zip(given_out, quotas, strict=True))


@settings(max_examples=60)
@given(SIZES, RATIOS, st.integers(0, 5))
def test_35_groups_are_dealt_as_asked(heads: list[int], ratios: list[int], seed: int) -> None:
    sides = deal(heads, ratios, seed)
    assert [sides.count(side) for side in range(len(ratios))] == seats(35, ratios)
    assert sides == deal(heads, ratios, seed)


@settings(max_examples=60)
@given(st.lists(st.integers(800, 1200), min_size=35, max_size=35), st.integers(0, 5))
def test_shares_of_heads_are_close_where_sizes_are_alike(heads: list[int], seed: int) -> None:
    found = shares(heads, deal(heads, [24, 0, 11], seed), 3)
    assert np.abs(np.subtract(found, [24 / 35, 0, 11 / 35])).max() < 0.01


@settings(max_examples=60)
@given(SIZES.filter(any), st.integers(0, 5))
def test_no_exchange_of_two_groups_would_bring_shares_nearer(heads: list[int], seed: int) -> None:
    wanted = np.array([24, 0, 11]) / 35
    sides = deal(heads, [24, 0, 11], seed)
    before = np.square(np.subtract(shares(heads, sides, 3), wanted)).sum()
    if np.abs(np.subtract(shares(heads, sides, 3), wanted)).max() <= 0.005:
        return
    for first in range(35):
        for second in range(first):
            swapped = list(sides)
            swapped[first], swapped[second] = sides[second], sides[first]
            after = np.square(np.subtract(shares(heads, swapped, 3), wanted)).sum()
            assert after >= before - 1e-9


def test_the_seed_decides_among_groups_of_one_size() -> None:
    assert len({tuple(deal([100] * 12, [2, 1], seed)) for seed in range(5)}) > 1


def test_groups_without_heads_are_dealt_out() -> None:
    assert sorted(deal([0, 0, 0], [1, 1, 1], 0)) == [0, 1, 2]
