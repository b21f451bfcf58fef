"""UCF-QNRF's curve against all pairs sorted at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.evaluation.distances import finish_distances, update_distances
from test_core.nwpu_scorer import Array


def plain(predicted: Array, heads: Array) -> list[int]:
    """Pairs at most 1, 2, ... 100 pixels apart, the nearest pair first."""
    pairs = sorted(
        (float(((p - h) ** 2).sum()), row, column) for row, p in enumerate(predicted) for column, h in enumerate(heads)
    )
    rows: set[int] = set()
    columns: set[int] = set()
    apart = []
    for squared, row, column in pairs:
        if row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
            apart.append(squared)
    return [sum(squared <= r * r for squared in apart) for r in range(1, 101)]


@given(seed=st.integers(0, 10**6), counts=st.tuples(st.integers(0, 20), st.integers(0, 20)))
def test_against_all_pairs(seed: int, counts: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    predicted, heads = (rng.integers(0, 160, (count, 2)).astype(float) for count in counts)
    assert update_distances(predicted, heads).pairs.tolist() == plain(predicted, heads)


@given(seed=st.integers(0, 10**6))
def test_shards_symmetry_and_bounds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    crowd = [[rng.uniform(0, 200, (rng.integers(0, 12), 2)) for _ in range(2)] for _ in range(3)]
    rows = [update_distances(*image) for image in crowd]
    scores = finish_distances(rows)
    assert finish_distances(rows[::-1]) == scores
    turned = finish_distances(update_distances(heads, predicted) for predicted, heads in crowd)
    assert (turned.precision, turned.recall) == pytest.approx((scores.recall, scores.precision))
    assert all(0 <= value <= 1 for value in (scores.precision, scores.recall, scores.f1, scores.area))


def test_by_hand() -> None:
    """One of two heads is found from 3 pixels on, by one of two predictions."""
    scores = finish_distances([update_distances([[3, 0], [500, 0]], [[0, 0], [900, 0]])])
    assert scores.curve[1:3] == ((0.0, 0.0, 0.0), (0.5, 0.5, 0.5))
    assert (scores.precision, scores.recall) == pytest.approx((0.49, 0.49))
    assert scores.area == pytest.approx(0.125)
    perfect = finish_distances([update_distances([[3, 0], [50, 0]], [[3, 0], [50, 0]])])
    assert (perfect.f1, perfect.area) == (1, 1)
