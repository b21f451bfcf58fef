"""The frame of dense methods, on a density and on points, and the peaks of score maps: all of them, one a plateau."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import ndimage
from torch import nn

from training.config import TrainConfig
from training.families.dense import Dense, Maps, find_peaks, spaced_peaks

Scores = NDArray[np.float32]
STRIDE = 8


class Lit(nn.Module):
    """A map of how much brighter than grey every cell is; what pads a picture is grey."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.cells = name, nn.AvgPool2d(STRIDE)
        self.place = nn.Parameter(torch.zeros(()))

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        return {self.name: (self.cells(image[:, :1].float()) / 255 * 2 - 1).relu()}


class LitDensity(Dense):
    """A density: a head for every cell that is lit."""

    PREDICTS: tuple[str, ...] = ("density",)
    COARSEST, OVERLAP, stride, tile = 16, 16, STRIDE, 64

    def __init__(self, **settings: Any) -> None:
        super().__init__(TrainConfig(**settings))
        self.network = Lit("density")


class LitPoints(LitDensity):
    """Points: the middles of the cells that are lit."""

    PREDICTS = ("points", "scores")
    SHOWN = ("lit",)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.network = Lit("lit")

    def read(self, maps: Maps) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rows, columns, scores = find_peaks(maps["lit"][0], floor=0.05)
        return (np.column_stack([columns, rows]).astype(np.float64) + 0.5) * STRIDE, scores


def lit_picture(width: int, height: int, *cells: tuple[int, int]) -> NDArray[np.uint8]:
    """A black picture with lit cells at these columns and rows."""
    picture = np.zeros((height, width, 3), np.uint8)
    for column, row in cells:
        picture[row * STRIDE : (row + 1) * STRIDE, column * STRIDE : (column + 1) * STRIDE] = 255
    return picture


@pytest.mark.parametrize(("width", "height"), [(48, 32), (51, 37), (203, 131)])
def test_the_count_of_a_density_is_its_sum_without_padding(width: int, height: int) -> None:
    found = LitDensity(fit="crop").predict(lit_picture(width, height, (0, 0), (4, 2), (5, 2)), maps=True)
    assert found.density is not None
    assert found.density.shape == (-(-height // STRIDE), -(-width // STRIDE))
    assert found.count == pytest.approx(3)
    assert (found.points, found.scores, found.boxes) == (None, None, None)
    np.testing.assert_array_equal(found.maps["density"], found.density)


@pytest.mark.parametrize("settings", [{"fit": "letterbox", "width": 64, "height": 64}, {"fit": "crop"}])
def test_the_density_of_a_scaled_picture_has_its_pixels(settings: dict[str, Any]) -> None:
    method = LitDensity(**settings)
    method.scale = 0.5
    found = method.predict(lit_picture(128, 96, (4, 2), (5, 2), (4, 3), (5, 3)))
    assert found.density is not None
    assert found.density.shape == (96, 128)
    assert found.count == pytest.approx(1)
    assert found.density.sum() == pytest.approx(1)
    rows, columns = np.indices(found.density.shape)
    # The four lit cells have their middle at (40, 24), and are one cell of the network.
    assert (found.density * columns).sum() == pytest.approx(39.5, abs=0.1)
    assert (found.density * rows).sum() == pytest.approx(23.5, abs=0.1)


def test_points_come_back_to_the_picture_and_count_above_the_threshold() -> None:
    picture = lit_picture(203, 131, (1, 2), (20, 9))
    picture[16:24, 8:16] = 180
    found = LitPoints(fit="crop").predict(picture, maps=True)
    assert found.points is not None
    assert found.points.tolist() == [[164.0, 76.0], [12.0, 20.0]]
    assert (found.count, found.boxes, found.density, list(found.maps)) == (1, None, None, ["lit"])


def test_a_letterboxed_picture_has_its_points_where_they_were() -> None:
    found = LitPoints(fit="letterbox", width=64, height=64).predict(
        lit_picture(128, 96, (4, 2), (5, 2), (4, 3), (5, 3))
    )
    assert found.points is not None
    assert found.points.tolist() == [[40.0, 24.0]]  # the four cells are one at half the size


def test_a_method_that_says_nothing_of_its_maps_is_misuse() -> None:
    method = LitDensity(fit="crop")
    method.network = Lit("heat")
    with pytest.raises(TypeError, match="LitDensity gives the maps heat: it needs a hook `read`, or a `density`"):
        method.predict(lit_picture(16, 16))


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


def means_of_crosses(*columns: int) -> Scores:
    """The means of 3 x 3 pixels of a map with crosses in row 4 of 9."""
    crosses = np.zeros((9, 16), np.float32)
    for column in columns:
        crosses[3:6, column] = crosses[4, column - 1 : column + 2] = 1
    return np.asarray(ndimage.uniform_filter(crosses.astype(np.float64), 3, mode="constant"), np.float32)


@pytest.mark.parametrize(
    ("columns", "found", "score"),
    [
        ((5,), [5], 5 / 9),
        ((5, 8), [5, 8], 5 / 9),
        ((5, 9), [5, 9], 5 / 9),
        ((2, 5, 8, 11), [2, 5, 8, 11], 5 / 9),
        ((5, 7), [6], 7 / 9),  # of two closer ones the peak lies between them
    ],
)
def test_crosses_three_pixels_apart_are_two_peaks(columns: tuple[int, ...], found: list[int], score: float) -> None:
    rows, peaks, scores = spaced_peaks(means_of_crosses(*columns), floor=0.5)
    assert (sorted(peaks.tolist()), set(rows.tolist())) == (found, {4})
    assert scores == pytest.approx(score)


@given(arrays(np.float32, (9, 11), elements=st.sampled_from([0, 0.25, 0.5, 1])), st.integers(1, 4))
def test_no_two_peaks_are_close_and_none_is_left_out(scores: Scores, apart: int) -> None:
    rows, columns, found = spaced_peaks(scores, floor=0.1, apart=apart)
    assert sorted(found.tolist(), reverse=True) == found.tolist() == scores[rows, columns].tolist()
    places = np.stack([rows, columns], axis=1)
    between = np.abs(places[:, None] - places[None]).max(axis=2)
    assert (between[~np.eye(len(places), dtype=bool)] >= apart).all()
    highest = np.argwhere((scores > 0.1) & (scores == ndimage.maximum_filter(scores, 3)))
    for row, column in highest:  # Each is a peak, or close to one that is as high.
        close = np.abs(places - (row, column)).max(axis=1) < apart
        assert found[close].max() >= scores[row, column]
