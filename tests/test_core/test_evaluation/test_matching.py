"""The matching of NWPU-Crowd's scorer: the same heads, by the same predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from gta_head_tools.errors import ConfigError
from gta_head_tools.evaluation import matching
from gta_head_tools.evaluation.distances import update_distances
from gta_head_tools.evaluation.matching import match_heads
from test_core.nwpu_scorer import Array, dense_match, read_lines

POINTS = st.lists(st.tuples(st.integers(-9, 30), st.integers(-3, 12)), max_size=25)
RADII = st.lists(st.integers(-1, 8), min_size=25, max_size=25)


def column(points: list[tuple[int, int]]) -> Array:
    return np.array(points, dtype=np.float64).reshape(-1, 2)


@given(predicted=POINTS, heads=POINTS, radii=RADII)
def test_the_same_heads_as_the_dense_search(
    predicted: list[tuple[int, int]], heads: list[tuple[int, int]], radii: list[int]
) -> None:
    args = column(predicted), column(heads), np.array(radii[: len(heads)], dtype=np.float64)
    np.testing.assert_array_equal(match_heads(*args), dense_match(*args))


@given(seed=st.integers(0, 10**6), scale=st.sampled_from([1.0, 30.0, 1e4]))
def test_as_many_pairs_as_there_can_be(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    predicted, heads = (rng.random((count, 2)) * scale for count in (60, 50))
    radii = rng.random(50) * scale / 6
    near = np.hypot(*(predicted[:, None] - heads).transpose(2, 0, 1)) <= radii
    most = (maximum_bipartite_matching(csr_matrix(near), perm_type="column") >= 0).sum()
    holder = match_heads(predicted, heads, radii)
    pairs = np.flatnonzero(holder >= 0)
    assert len(pairs) == most == len(set(holder[pairs].tolist()))
    assert near[holder[pairs], pairs].all()


def test_the_rim_belongs_to_the_circle() -> None:
    assert match_heads([[3, 4]], [[0, 0]], [5]).tolist() == [0]
    assert match_heads([[3, 4]], [[0, 0]], [4.999]).tolist() == [-1]


def test_a_taken_head_is_freed_when_its_holder_finds_another() -> None:
    assert match_heads([[0, 0], [-1, 0]], [[0, 0], [2, 0]], [2, 2]).tolist() == [1, 0]
    assert match_heads([[0, 0], [0, 1]], [[0, 0]], [2]).tolist() == [0]


def test_a_chain_longer_than_the_stack() -> None:
    heads = np.arange(0.0, 40_000, 2)
    predicted = np.append(heads[:-1] + 1, heads[0] - 1)
    left, right = (np.stack([values, np.zeros_like(values)], axis=1) for values in (predicted, heads))
    assert (match_heads(left, right, np.ones(len(heads))) >= 0).all()


@pytest.mark.parametrize(
    ("predicted", "heads", "radii", "words"),
    [
        ([[1, 2, 3]], [], [], "predictions has shape"),
        ([[1, np.nan]], [], [], "not finite"),
        ([], [[1, 2]], [], "radii has shape"),
    ],
)
def test_columns_that_are_none(predicted: list[list[float]], heads: list[int], radii: list[int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        match_heads(predicted, heads, radii)


@pytest.mark.samples
@pytest.mark.parametrize("radius", [2, 3])
def test_the_same_heads_on_real_images(samples: Path, radius: int) -> None:
    folder = samples / "nwpu_val"
    heads, predicted = read_lines(folder / "val_gt_loc.txt.gz", 5), read_lines(folder / "VGG+GPR_val_k15.txt.gz", 2)
    for number in [number for number, rows in heads.items() if len(rows) < 400][::4]:
        rows = heads[number]
        args = predicted[number], rows[:, :2], rows[:, radius]
        np.testing.assert_array_equal(match_heads(*args), dense_match(*args), err_msg=str(number))


def test_points_at_the_end_of_the_world_match_nothing() -> None:
    far = [[10.0, 11.0], [1e308, -1e308], [-1e308, 3.0]]
    assert match_heads(far, [[10.0, 10.0], [1e300, 5.0]], [4.0, 4.0]).tolist() == [0, -1]
    assert update_distances(far, [[10.0, 10.0], [1e300, 5.0]]).pairs[-1] == 1


@given(seed=st.integers(0, 10**6))
def test_large_images_are_matched_as_far_as_can_be(seed: int) -> None:
    """The search beyond the official order finds as many pairs, from any beginning."""
    rng = np.random.default_rng(seed)
    found, heads = rng.integers(0, 40, (60, 2)).astype(float), rng.integers(0, 40, (50, 2)).astype(float)
    radii = rng.integers(-1, 9, 50).astype(float)
    with pytest.MonkeyPatch.context() as patch:
        expected = np.count_nonzero(match_heads(found, heads, radii) >= 0)
        patch.setattr(matching, "_MOST_STEPS", int(rng.integers(0, 300)))
        patch.setattr(matching, "_MOST_PREDICTIONS", int(rng.choice([0, 100])))
        holder = match_heads(found, heads, radii)
    taken = holder[holder >= 0]
    assert len(taken) == expected == len(set(taken.tolist()))
    apart = np.square(found[taken] - heads[holder >= 0]).sum(axis=1)
    assert (apart <= np.where(radii < 0, -1, radii**2)[holder >= 0]).all()


def test_too_many_pairs_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_MOST_PAIRS", 10)
    with pytest.raises(ConfigError, match="more than 10 pairs"):
        match_heads(np.zeros((5, 2)), np.zeros((5, 2)), np.ones(5))
