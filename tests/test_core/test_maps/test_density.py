from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.io import loadmat

from gta_head_tools.maps.density import density_map
from gta_head_tools.maps.map_window import Window
from gta_head_tools.maps.peaks import density_points
from gta_head_tools.maps.sigmas import adaptive_sigmas, box_sigmas
from test_core import reference_maps

Array = NDArray[np.float64]

SIZE = (61, 47)

relaxed = settings(max_examples=40)


@st.composite
def crowds(draw: st.DrawFn) -> tuple[Array, Array]:
    """Heads in eighths of a pixel, on borders and in one place too, with a sigma each; mirroring them is exact."""
    count = draw(st.integers(0, 12))
    numbers = [draw(st.lists(st.integers(0, 8 * side), min_size=count, max_size=count)) for side in SIZE]
    sigmas = draw(st.lists(st.sampled_from([0.05, 0.4, 1.0, 3.3, 15.0, 200.0]), min_size=count, max_size=count))
    return np.array(numbers, dtype=np.float64).T.reshape(-1, 2) / 8, np.array(sigmas, dtype=np.float64)


windows = st.tuples(*(st.lists(st.integers(0, side), min_size=2, max_size=2, unique=True).map(sorted) for side in SIZE))


@relaxed
@given(crowds())
def test_equals_the_plain_sum_of_kernels(crowd: tuple[Array, Array]) -> None:
    points, sigmas = crowd
    wide = np.maximum(sigmas, 0.4)  # the plain form knows no kernel narrower than a pixel
    expected = reference_maps.density(points, SIZE, wide)
    found = density_map(points, SIZE, sigmas=wide)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * expected.max(initial=0.0))


@relaxed
@given(crowds(), st.integers(1, 64))
def test_the_sum_is_the_count(crowd: tuple[Array, Array], stride: int) -> None:
    points, sigmas = crowd
    found = density_map(points, SIZE, sigmas=sigmas, stride=stride)
    assert found.sum(dtype=np.float64) == pytest.approx(len(points), rel=1e-6)


@relaxed
@given(crowds(), st.integers(2, 70))
def test_a_cell_is_the_sum_of_its_pixels(crowd: tuple[Array, Array], stride: int) -> None:
    points, sigmas = crowd
    fine = density_map(points, SIZE, sigmas=sigmas, out=np.empty(SIZE[::-1]))
    assert fine.dtype == np.float64
    coarse = density_map(points, SIZE, sigmas=sigmas, stride=stride)
    np.testing.assert_allclose(coarse, reference_maps.block_sums(fine, stride), rtol=1e-6, atol=1e-12)


@relaxed
@given(crowds(), windows)
def test_the_map_of_a_crop_is_the_crop_of_the_map(crowd: tuple[Array, Array], spans: tuple[list[int], ...]) -> None:
    points, sigmas = crowd
    (left, right), (top, bottom) = spans
    whole = density_map(points, SIZE, sigmas=sigmas)
    crop = density_map(points, SIZE, sigmas=sigmas, window=(left, top, right, bottom))
    assert np.array_equal(crop, whole[top:bottom, left:right])


def test_a_crop_with_a_stride_has_its_own_cells() -> None:
    points, window = np.array([[30.0, 20.0], [1.0, 46.0]]), (3, 5, 60, 47)
    crop = density_map(points, SIZE, sigmas=9.0, window=window, stride=8)
    fine = density_map(points, SIZE, sigmas=9.0, window=window, out=np.empty((42, 57)))
    np.testing.assert_allclose(crop, reference_maps.block_sums(fine, 8), rtol=1e-6)


@relaxed
@given(crowds())
def test_a_mirrored_crowd_has_the_mirrored_map(crowd: tuple[Array, Array]) -> None:
    points, sigmas = crowd
    found = density_map(points, SIZE, sigmas=sigmas)
    across = density_map((SIZE[0], 0) + points * (-1, 1), SIZE, sigmas=sigmas)
    down = density_map((0, SIZE[1]) + points * (1, -1), SIZE, sigmas=sigmas)
    np.testing.assert_allclose(across[:, ::-1], found, rtol=0, atol=1e-6 * found.max(initial=0.0))
    np.testing.assert_allclose(down[::-1], found, rtol=0, atol=1e-6 * found.max(initial=0.0))


@relaxed
@given(crowds(), st.randoms(use_true_random=False))
def test_order_is_nothing_and_parts_add_up(crowd: tuple[Array, Array], chance: st.DataObject) -> None:
    points, sigmas = crowd
    order = list(range(len(points)))
    chance.shuffle(order)  # type: ignore[attr-defined]  # a random.Random
    parts = np.array_split(np.array(order, dtype=np.int64), 2)
    one, other = (density_map(points[part], SIZE, sigmas=sigmas[part]) for part in parts)
    found = density_map(points, SIZE, sigmas=sigmas)
    np.testing.assert_allclose(one + other, found, rtol=0, atol=1e-6 * found.max(initial=0.0))


def test_thousands_in_one_cell_are_all_counted() -> None:
    points = np.random.default_rng(0).uniform(0, (384, 512), (3000, 2))
    assert density_map(points, (384, 512), sigmas=5.0, stride=128).sum(dtype=np.float64) == pytest.approx(3000, 1e-6)
    stacked = np.full((500, 2), 20.3)
    assert density_map(stacked, SIZE, sigmas=2.0).sum(dtype=np.float64) == pytest.approx(500, 1e-6)


def test_heads_beyond_the_border_are_counted_at_the_border() -> None:
    far = density_map([[-500.0, 20.0], [61.0, 900.0]], SIZE, sigmas=4.0)
    assert np.array_equal(far, density_map([[0.0, 20.0], [61.0, 47.0]], SIZE, sigmas=4.0))


def test_a_buffer_is_filled_again() -> None:
    buffer = np.full(SIZE[::-1], 7.0, dtype=np.float32)
    assert density_map([[9.0, 9.0]], SIZE, out=buffer) is buffer
    assert buffer.sum() == pytest.approx(1.0, 1e-6)


@pytest.mark.parametrize(
    "out",
    [np.zeros((61, 47), np.float32), np.zeros((47, 61), np.float16), np.zeros((94, 61), np.float32)[::2]],
    ids=["transposed", "float16", "strided"],
)
def test_a_buffer_that_does_not_fit_is_refused(out: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match=r"wanted is float32 or float64 \(47, 61\)"):
        density_map([[9.0, 9.0]], SIZE, out=out)


@pytest.mark.parametrize("sigmas", [0.0, -1.0, np.nan, np.inf, [1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]]])
def test_sigmas_are_positive_and_one_per_head(sigmas: object) -> None:
    with pytest.raises(ValueError, match="sigmas must be"):
        density_map([[9.0, 9.0], [2.0, 2.0]], SIZE, sigmas=sigmas)  # type: ignore[arg-type]  # among them wrong shapes


def test_a_point_that_is_no_number_is_named() -> None:
    with pytest.raises(ValueError, match=r"points\[1\] is \[nan, 3\.0\]"):
        density_map([[1.0, 1.0], [np.nan, 3.0]], SIZE)


def test_points_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"points has shape \(2, 3\), expected \(2, 2\)"):
        density_map(np.ones((2, 3)), SIZE)
    with pytest.raises(ValueError, match=r"points has shape \(2,\), expected \(2, 2\)"):
        density_map(np.ones(2), SIZE)


@pytest.mark.parametrize("window", [(0, 0, 62, 47), (-1, 0, 5, 5), (5, 5, 5, 9)])
def test_a_window_beyond_the_image_is_refused(window: Window) -> None:
    with pytest.raises(ValueError, match="a window lies inside"):
        density_map([[1.0, 1.0]], SIZE, window=window)


@relaxed
@given(crowds(), st.integers(1, 5))
def test_adaptive_sigmas_are_a_share_of_the_mean_distance(crowd: tuple[Array, Array], k: int) -> None:
    points, _ = crowd
    found = adaptive_sigmas(points, k=k, beta=0.5, bounds=(0.0, np.inf))
    for point, sigma in zip(points, found, strict=True):
        near = reference_maps.nearest(points, point, k + 1)[1:]
        expected = 0.5 * np.mean([squared**0.5 for squared, _ in near]) if near else 15.0
        assert sigma == pytest.approx(expected, rel=1e-12)


def test_the_sigmas_of_the_papers() -> None:
    points = [[0.0, 0.0], [10.0, 0.0], [0.0, 20.0], [30.0, 0.0], [0.0, 120.0]]
    assert adaptive_sigmas(points)[0] == pytest.approx(0.1 * (10 + 20 + 30))
    assert adaptive_sigmas(points, k=4, beta=0.1, two=False)[0] == pytest.approx(0.1 * 45 / 2**0.5)
    assert adaptive_sigmas(points)[4] == pytest.approx(0.1 * (100 + 120 + np.hypot(10, 120)))
    assert adaptive_sigmas([[0.0, 0.0], [900.0, 0.0], [900.0, 0.0]]).tolist() == [40.0, 40.0, 40.0]
    assert adaptive_sigmas([[5.0, 5.0]] * 7).tolist() == [1.0] * 7


def test_heads_at_the_end_of_the_world_have_the_widest_sigma() -> None:
    assert adaptive_sigmas([[1e308, 0.0], [-1e308, 9.0], [3.0, 3.0]]).tolist() == [40.0] * 3


def test_sigmas_of_no_head_and_of_one() -> None:
    assert adaptive_sigmas([]).tolist() == []
    assert adaptive_sigmas([[3.0, 4.0]]).tolist() == [15.0]


def test_box_sigmas_are_a_share_of_the_size() -> None:
    assert box_sigmas([[0, 0, 18, 32], [5, 5, 6, 6], [9, 9, 2, 20]]).tolist() == [6.0, 1.0, 1.0]
    with pytest.raises(ValueError, match=r"boxes\[0\]"):
        box_sigmas([[np.nan] * 4])


def test_heads_apart_come_back_from_a_density_map() -> None:
    points = np.array([[10.5, 10.5], [30.0, 20.0], [50.5, 9.0], [60.5, 46.5]])
    found = density_points(density_map(points, SIZE, sigmas=[2.0, 1.5, 1.8, 3.0]))
    assert sorted(found.tolist()) == sorted(points.tolist())


def test_points_from_a_map_are_never_more_than_its_sum() -> None:
    assert len(density_points(density_map([[20.0, 20.0], [21.0, 20.0]], SIZE, sigmas=3.0))) == 1
    speckled = np.zeros((40, 40), np.float32)
    speckled[::4, ::4] = 0.021
    assert len(density_points(speckled)) == 2
    assert density_points(np.zeros((5, 5), np.float32)).shape == (0, 2)


def test_points_from_coarse_cells_are_in_pixels() -> None:
    assert density_points(density_map([[33.0, 21.0]], SIZE, sigmas=2.0, stride=8), stride=8).tolist() == [[36.0, 20.0]]


@pytest.mark.samples
@pytest.mark.parametrize(("number", "count", "size"), [(1, 1546, (1024, 768)), (168, 915, (1024, 944))])
def test_a_real_crowd_is_counted(samples: Path, number: int, count: int, size: tuple[int, int]) -> None:
    record = loadmat(samples / "shanghaitech_partA_samples" / f"GT_IMG_{number}.mat")["image_info"][0, 0]
    points = record["location"][0, 0]
    for stride in (1, 8):
        found = density_map(points, size, sigmas=adaptive_sigmas(points), stride=stride)
        assert found.sum(dtype=np.float64) == pytest.approx(count, rel=1e-6)
    assert 0.75 * count < len(density_points(density_map(points, size, sigmas=1.0))) <= count
