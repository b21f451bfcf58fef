"""Peaks of score maps: all of them, one a plateau."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import ndimage

from training.peaks import find_peaks

Scores = NDArray[np.float32]


def peaks_by_flooding(scores: Scores, floor: float) -> set[tuple[int, int]]:
    """The first cell of every patch of equal scores, by 8 neighbours, that has no higher neighbour."""
    found = set()
    for value in np.unique(scores[scores > floor]):
        names, count = ndimage.label(scores == value, structure=np.ones((3, 3), np.bool_))
        for name in range(1, count + 1):
            around = ndimage.binary_dilation(names == name, structure=np.ones((3, 3), np.bool_))
            if scores[around].max() == value:
                found.add(tuple(np.argwhere(names == name)[0].tolist()))
    return found


@given(arrays(np.float32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.sampled_from([0, 0.25, 0.5, 1])))
def test_every_plateau_without_a_higher_neighbour_is_one_peak(scores: Scores) -> None:
    rows, columns, values = find_peaks(scores, floor=0.1)
    cells = list(zip(rows.tolist(), columns.tolist(), strict=True))
    # A patch of equal scores whose rim rises somewhere is none, but cells of it away from that rim see none higher.
    assert peaks_by_flooding(scores, 0.1) <= set(cells)
    assert len(set(cells)) == len(cells)
    np.testing.assert_array_equal(values, scores[rows, columns])
    for row, column in cells:
        assert scores[row, column] == scores[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2].max()


def test_without_ties_peaks_are_the_cells_above_their_neighbours() -> None:
    scores = np.random.default_rng(0).permutation(60 * 80).reshape(60, 80).astype(np.float32)
    rows, columns, values = find_peaks(scores, floor=1000)
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == peaks_by_flooding(scores, 1000)
    assert (np.diff(values) < 0).all()


def test_4000_separated_peaks_survive() -> None:
    scores = np.zeros((152, 272), np.float32)
    rows, columns = np.indices(scores.shape)
    spots = np.flatnonzero((rows % 3 == 0) & (columns % 3 == 0))[:4000]
    assert len(spots) == 4000
    scores.reshape(-1)[spots] = np.random.default_rng(0).uniform(0.1, 1, 4000)
    found = find_peaks(scores, floor=0.05)
    assert sorted((found[0] * 272 + found[1]).tolist()) == spots.tolist()


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        (["...", ".x.", "..."], [(1, 1)]),
        ([".xx.", ".xx."], [(0, 1)]),
        (["x...x", "x...x", ".xxx."], [(0, 0)]),
        (["x.x", "...", "x.x"], [(0, 0), (0, 2), (2, 0), (2, 2)]),
        (["xxx", "xxx"], [(0, 0)]),
    ],
)
def test_ties_go_to_the_first_cell(marks: list[str], expected: list[tuple[int, int]]) -> None:
    scores = np.array([[0.5 * (mark == "x") for mark in row] for row in marks], np.float32)
    rows, columns, _ = find_peaks(scores, floor=0.05)
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == expected


def test_nothing_and_no_number_are_no_peaks() -> None:
    assert len(find_peaks(np.zeros((4, 5), np.float32), floor=0.0)[0]) == 0
    broken = np.array([[np.nan, 0.2, np.nan], [0.1, 0.1, 0.1]], np.float32)
    assert [each.tolist() for each in find_peaks(broken, floor=0.05)[:2]] == [[0], [1]]
