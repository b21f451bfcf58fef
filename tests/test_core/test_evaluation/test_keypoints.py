"""Average precision of points against a loop over one pooled ranking."""

from __future__ import annotations

import math
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gta_head_tools.evaluation.keypoints import PointScores, finish_keypoints, update_keypoints
from test_core.nwpu_scorer import Array

Crowd = list[tuple[Array, Array, Array]]


def plain(crowd: Crowd, sigma: float, threshold: float) -> tuple[float, float]:
    """Average precision and final recall, one prediction after the other."""
    ranking = [(-sure, number, k) for number, (_, _, scores) in enumerate(crowd) for k, sure in enumerate(scores)]
    total, taken, hits = sum(len(heads) for _, heads, _ in crowd), set(), []
    for _, number, k in sorted(ranking):
        predicted, heads, _ = crowd[number]
        apart = [math.dist(predicted[k], head) for head in heads]
        head = min(range(len(heads)), key=apart.__getitem__, default=-1)
        hit = head >= 0 and (number, head) not in taken and math.exp(-(apart[head] ** 2) / 2 / sigma**2) > threshold
        taken |= {(number, head)} if hit else set()
        hits.append(int(hit))
    found = list(accumulate(hits))
    curve = [(tp / total, tp / (k + 1)) for k, tp in enumerate(found)]
    levels = np.linspace(0, 1, 101).tolist()  # Not all of them are the nearest numbers to .01, .02, ...
    at = [max([precision for recall, precision in curve if recall >= level], default=0) for level in levels]
    return sum(at) / 101, sum(hits) / total


@st.composite
def crowds(draw: st.DrawFn) -> Crowd:
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    counts = draw(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 7)), min_size=1, max_size=4))
    return [
        (rng.integers(0, 60, (p, 2)).astype(float), rng.integers(0, 60, (n, 2)).astype(float), rng.random(p))
        for p, n in counts
    ]


def score(crowd: Crowd) -> dict[int, PointScores]:
    scores = finish_keypoints(update_keypoints(p, heads, scores=sure) for p, heads, sure in crowd)
    return {5: scores.sigma_5, 20: scores.sigma_20, 40: scores.sigma_40}


@settings(max_examples=30)
@given(crowds())
def test_against_a_loop(crowd: Crowd) -> None:
    for sigma, found in score(crowd).items():
        assert (found.ap50, found.ar50) == pytest.approx(plain(crowd, sigma, 0.5))
        assert (found.ap75, found.ar75) == pytest.approx(plain(crowd, sigma, 0.75))
        every = [plain(crowd, sigma, threshold) for threshold in np.linspace(0.5, 0.95, 10)]
        assert (found.map, found.mar) == pytest.approx(tuple(np.mean(every, axis=0)))


@given(crowds(), st.integers(0, 99))
def test_order_and_bounds(crowd: Crowd, seed: int) -> None:
    """Scores differ from each other here: where they are equal, the order of the file decides."""
    rng = np.random.default_rng(seed)
    turned = []
    for number in rng.permutation(len(crowd)):
        predicted, heads, sure = crowd[number]
        order = rng.permutation(len(predicted))
        turned.append((predicted[order], heads, sure[order]))
    for found, other in zip(score(crowd).values(), score(turned).values(), strict=True):
        assert found == other
        assert found.ar50 is not None and found.mar is not None and found.ar75 is not None
        assert 0 <= found.ar75 <= found.ar50 <= 1  # Recall cannot rise with the threshold.
        assert found.mar <= found.ar50


def test_radii_of_the_thresholds() -> None:
    """A prediction that far away is just a hit, and just none: the radii of sigma 5 that the paper's formula gives."""
    for apart, threshold in ((5.89, "ar50"), (3.79, "ar75")):
        near, far = (
            score([(np.array([[step, 0.0]]), np.zeros((1, 2)), np.ones(1))])[5] for step in (apart - 0.01, apart + 0.01)
        )
        assert (getattr(near, threshold), getattr(far, threshold)) == (1, 0)


def test_no_second_choice() -> None:
    """The second prediction is nearest to a taken head; that another would be in reach does not help."""
    predicted, heads = np.array([[0.0, 0], [1, 0]]), np.array([[0.0, 0], [4, 0]])
    assert score([(predicted, heads, np.array([0.9, 0.8]))])[40].ar50 == 0.5


def test_perfect_ignored_and_empty() -> None:
    heads = np.array([[1.0, 1], [30, 30]])
    perfect = score([(heads, heads, np.array([0.5, 0.5]))])[5]
    assert perfect == PointScores(1, 1, 1, 1, 1, 1)
    one = finish_keypoints([update_keypoints(heads, heads, scores=[0.9, 0.8], ignore=[True, False])])
    assert one.sigma_5 == PointScores(1, 1, 1, 1, 1, 1)
    assert one.counts.heads == 1
    assert finish_keypoints([update_keypoints([[1, 1]], [], scores=[1])]).sigma_20 == PointScores()
