"""The targets of detectors of key points: what the Mask Focal Loss and CornerNet's loss take for granted of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gta_head_tools.maps.heat import centernet_heat, mask_focal_heat

Array = NDArray[np.float64]

SIZE = (96, 64)
CELLS = np.stack(np.meshgrid(np.arange(24), np.arange(16)), axis=-1)
"""(16, 24, 2) column and row of each cell at stride 4."""

relaxed = settings(max_examples=30)


@st.composite
def boxes(draw: st.DrawFn) -> Array:
    """Boxes with their centre in the image, from slivers to ones larger than it."""
    count = draw(st.integers(1, 12))
    numbers = draw(st.lists(st.integers(0, 1000), min_size=4 * count, max_size=4 * count))
    parts = np.array(numbers, dtype=np.float64).reshape(-1, 4) / 1000
    centres, halves = parts[:, :2] * (np.array(SIZE) - 0.01), 100 * parts[:, 2:] ** 3
    return np.concatenate([centres - halves, centres + halves], axis=1)


def key_cells(boxes: Array) -> set[tuple[int, int]]:
    columns, rows = np.floor((boxes[:, :2] + boxes[:, 2:]) / 8).astype(int).T
    return set(zip(rows.tolist(), columns.tolist(), strict=True))


def boxes_mask(boxes: Array) -> NDArray[np.bool_]:
    """Cells whose centre lies in a box, and key cells."""
    middles = 4 * CELLS + 2
    mask: NDArray[np.bool_] = np.zeros(middles.shape[:2], bool)
    for box in boxes:
        mask |= np.all((middles >= box[:2]) & (middles < box[2:]), axis=-1)
    for cell in key_cells(boxes):
        mask[cell] = True
    return mask


@relaxed
@given(boxes(), st.sampled_from([0.0, 10.0]))
def test_the_target_is_positive_on_the_mask_exactly(boxes: Array, widening: float) -> None:
    assert np.array_equal(mask_focal_heat(boxes, SIZE, widening=widening) > 0, boxes_mask(boxes))


@relaxed
@given(boxes())
def test_the_target_is_one_at_key_cells_exactly(boxes: Array) -> None:
    for draw in (mask_focal_heat, centernet_heat):
        assert {(int(row), int(column)) for row, column in np.argwhere(draw(boxes, SIZE) == 1)} == key_cells(boxes)


def test_a_sliver_longer_than_its_gaussian_is_positive_to_its_ends() -> None:
    assert (mask_focal_heat([[4, 0, 7, 600]], (32, 600))[:, 1] > 0).all()


def test_five_hundred_overlapping_heads_stay_within_one() -> None:
    centres = np.random.default_rng(0).uniform(0, SIZE, (500, 2))
    crowded = np.concatenate([centres - 9, centres + 9], axis=1)
    assert mask_focal_heat(crowded, SIZE).max() == 1.0
    assert centernet_heat(crowded, SIZE).max() == 1.0


@relaxed
@given(st.lists(st.tuples(*[st.integers(0, n) for n in (23, 15, 8, 8)]), min_size=1, max_size=12))
def test_the_target_of_a_mirrored_scene_is_mirrored(cells: list[tuple[int, int, int, int]]) -> None:
    """Boxes of an odd number of whole cells: a centre between two cells belongs to the right one of them."""
    middles, halves = np.split(4.0 * np.array(cells, dtype=np.float64), 2, axis=1)
    found = np.concatenate([middles - halves, middles + halves + 4], axis=1)
    mirrored = np.stack([96 - found[:, 2], found[:, 1], 96 - found[:, 0], found[:, 3]], axis=1)
    for draw in (mask_focal_heat, centernet_heat):
        assert np.array_equal(draw(mirrored, SIZE), draw(found, SIZE)[:, ::-1])


@pytest.mark.parametrize("widening", [0.0, 3.5, 10.0])
@pytest.mark.parametrize(("width", "height"), [(2.0, 7.0), (4.0, 4.0), (13.0, 9.0), (60.0, 44.0)])
def test_one_head_is_equation_10(width: float, height: float, widening: float) -> None:
    across = 2 * max(min(width, height) / 4, 1) / 2 + 1
    sigma = across * (1 + widening * np.exp(-across)) / 6
    heat = np.exp(-((CELLS - [12, 8]) ** 2).sum(axis=-1) / (2 * sigma**2))
    box = np.array([[50 - width / 2, 34 - height / 2, 50 + width / 2, 34 + height / 2]])
    expected = np.where(boxes_mask(box), heat, 0)
    np.testing.assert_allclose(mask_focal_heat(box, SIZE, widening=widening), expected, rtol=1e-5, atol=1e-12)


def test_widening_reaches_small_heads_only() -> None:
    ratios = {}
    for cells in (1, 2, 5, 9):
        box = [[50 - 2 * cells, 10, 50 + 2 * cells, 54]]
        wide, plain = (
            mask_focal_heat(box, SIZE, radius="literal", widening=widening).sum() for widening in (10.0, 0.0)
        )
        ratios[cells] = float(wide / plain)
    assert ratios[1] > 1.4
    assert 1.05 < ratios[2] < 1.2
    assert ratios[5] == pytest.approx(1, abs=1e-3)
    assert ratios[9] == pytest.approx(1, abs=1e-6)


def test_a_negative_widening_is_refused() -> None:
    with pytest.raises(ValueError, match="widening is a number from 0"):
        mask_focal_heat([[1, 1, 9, 9]], SIZE, widening=-1)


def test_a_sum_of_gaussians_exceeds_one_where_heads_overlap() -> None:
    """Why the larger value stays, although the paper adds: with p above 1, log(1 - |p - q|) has no value."""
    found = mask_focal_heat([[40, 30, 56, 46], [44, 30, 60, 46]], SIZE, combine="sum")
    assert found.max() > 1.3
    with np.errstate(invalid="ignore"):
        assert np.isnan(np.log(1 - np.abs(found - 0.01))).any()
