"""Maps of a 1920 x 1080 crowd against what the field does, in one run: CPU milliseconds of one thread, medians."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree

from gta_head_tools.geometry import around
from gta_head_tools.maps.attention import attention_map, cross_map
from gta_head_tools.maps.components import components
from gta_head_tools.maps.density import density_map
from gta_head_tools.maps.density_classes import crowd_mask, density_classes, fit_class_edges
from gta_head_tools.maps.distance import fidt_map
from gta_head_tools.maps.heat import centernet_heat, mask_focal_heat
from gta_head_tools.maps.instance_masks import box_mask, point_mask
from gta_head_tools.maps.sigmas import adaptive_sigmas
from test_core import reference_masks
from test_core.reference_maps import class_edges, gaussian_radius

Array = NDArray[np.float64]

SIZE = (1920, 1080)
SHAPE = SIZE[::-1]
FILLED = np.zeros(SHAPE, np.float32)

cv2.setNumThreads(1)


def crowd(count: int, size: tuple[int, int] = SIZE) -> Array:
    """Heads that crowd towards the top, a third of them in clusters."""
    rng = np.random.default_rng(0)
    points = rng.random((count, 2)) ** [1.0, 2.0] * [1920.0, 900.0] + [0.0, 180.0]
    points[: count // 3] = points[rng.integers(count // 3, count, count // 3)] + rng.normal(0, 12, (count // 3, 2))
    # Not in the first column and row: FIDTM moves heads out of them.
    inside: Array = np.clip(points, 2.0, np.array(SIZE) - 0.1) * np.array(size) / SIZE
    return inside


def head_boxes(points: Array) -> Array:
    sides = 5 + 0.045 * points[:, 1]
    return around(points, 0.85 * sides, sides)


def cpu_ms(work: Callable[[], object], rounds: int = 9, calls: int = 1) -> float:
    work()
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(calls):
            work()
        spent.append((time.process_time() - began) / calls)
    return 1000 * float(np.median(spent))


def say(what: str, ours: float, theirs: float, wanted: float) -> None:
    ratio = theirs / ours
    print(f"{what:44} {ours:9.3f} ms {theirs:12.2f} ms {ratio:9.1f} x, wanted {wanted:g} x")
    assert ratio >= wanted, f"{what}: {ratio:.1f} times as fast, wanted is {wanted:g}"


def dots(points: Array) -> NDArray[np.float32]:
    found = np.zeros(SHAPE, np.float32)
    columns, rows = points.astype(int).T
    found[rows, columns] = 1
    return found


def filter_per_head(points: Array, sigmas: Array, heads: NDArray[np.int64]) -> Array:
    """A filter over the whole image for each of some heads: CSRNet's script, which many repositories carry."""
    found = np.zeros(SHAPE, np.float32)
    for head in heads:
        found += gaussian_filter(dots(points[head : head + 1]), sigmas[head], mode="constant")
    return found.astype(np.float64)


def test_adaptive_density() -> None:
    points = crowd(1500)
    distances = np.asarray(KDTree(points.copy(), leafsize=2048).query(points, k=4)[0])
    theirs_sigmas = 0.1 * distances[:, 1:].sum(axis=1)
    ours = cpu_ms(lambda: density_map(points, SIZE, sigmas=adaptive_sigmas(points), out=FILLED))
    # Its cost grows with sigma and is the same for every head of one sigma: ten heads of evenly spaced ranks stand for
    # all 1500. Finding neighbours is left out of its time.
    sample = np.argsort(theirs_sigmas)[np.arange(75, 1500, 150)]
    one = cpu_ms(lambda: filter_per_head(points, theirs_sigmas, sample), rounds=1)
    say("adaptive density, 1500 heads (10 x 150)", ours, 150 * one, 15_000)
    assert FILLED.sum(dtype=np.float64) == pytest.approx(1500, rel=1e-6)


def test_adaptive_density_of_4000_heads_beside_finding_neighbours() -> None:
    points = crowd(4000)
    ours = cpu_ms(lambda: density_map(points, SIZE, sigmas=adaptive_sigmas(points), out=FILLED))
    say("adaptive density, 4000 heads / kd-tree alone", ours, cpu_ms(lambda: KDTree(points).query(points, k=4)), 0.5)


@pytest.mark.parametrize(("sigma", "count", "wanted"), [(15, 1500, 6), (15, 4000, 2.5), (5, 1500, 6), (5, 4000, 2.5)])
def test_fixed_density(sigma: float, count: int, wanted: float) -> None:
    points = crowd(count)
    marked = dots(points)
    ours = cpu_ms(lambda: density_map(points, SIZE, sigmas=sigma, out=FILLED))
    theirs = cpu_ms(lambda: cv2.GaussianBlur(marked, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT))
    say(f"density, sigma {sigma}, {count} heads / cv2 blur", ours, theirs, wanted)
    assert FILLED.sum(dtype=np.float64) == pytest.approx(count, rel=1e-6)


@pytest.mark.parametrize(("count", "wanted"), [(1000, 50), (4000, 100)])
def test_masks_of_boxes(count: int, wanted: float) -> None:
    boxes = head_boxes(crowd(count))
    theirs = cpu_ms(lambda: reference_masks.from_boxes(boxes, SIZE, sort="quicksort"), rounds=1)
    say(f"instance mask, {count} boxes / a sort per head", cpu_ms(lambda: box_mask(boxes, SIZE)), theirs, wanted)
    assert np.array_equal(box_mask(boxes, SIZE).mask, reference_masks.from_boxes(boxes, SIZE))


def points_one_by_one(points: Array) -> NDArray[np.bool_]:
    """IIM's way: a tree, then a square per head."""
    distances = np.asarray(KDTree(points, leafsize=2048).query(points, k=2)[0])
    found = np.zeros(SHAPE, bool)
    for (x, y), (_, apart) in zip(points, distances, strict=True):
        half = min(15, int(2 * min(7.5, apart / 8) + 0.5))
        row, column = int(y), int(x)
        found[max(row - half, 0) : row + half + 1, max(column - half, 0) : column + half + 1] = True
    return found


def test_masks_of_points() -> None:
    points = crowd(4000)
    ours, theirs = cpu_ms(lambda: point_mask(points, SIZE)), cpu_ms(lambda: points_one_by_one(points), rounds=3)
    say("instance mask, 4000 points / a square per head", ours, theirs, 8)
    assert np.array_equal(point_mask(points, SIZE).mask, points_one_by_one(points))


@pytest.mark.parametrize("count", [1000, 4000])
def test_components(count: int) -> None:
    mask = box_mask(head_boxes(crowd(count)), SIZE).mask
    picture = mask.view(np.uint8)
    theirs = cpu_ms(lambda: cv2.connectedComponentsWithStats(picture, connectivity=4))
    found = len(components(mask))
    say(f"{found} components / cv2 with stats", cpu_ms(lambda: components(mask)), theirs, 2.5)
    assert found == cv2.connectedComponentsWithStats(picture, connectivity=4)[0] - 1


def inverse_distance(points: Array) -> NDArray[np.float32]:
    """FIDTM's way: dots cleared one by one, an exact distance transform, a power per pixel."""
    clear = np.full(SHAPE, 255, np.uint8)
    for x, y in points:
        row, column = np.max([1, math.floor(y)]), np.max([1, math.floor(x)])
        if row < SHAPE[0] and column < SHAPE[1]:
            clear[row][column] = 0
    apart = cv2.distanceTransform(clear, cv2.DIST_L2, 0)
    found: NDArray[np.float32] = 1 / (1 + np.power(apart, 0.02 * apart + 0.75))
    found[found < 1e-2] = 0
    return found


@pytest.mark.parametrize(("count", "wanted"), [(500, 25), (4000, 10)])
def test_fidt(count: int, wanted: float) -> None:
    points = crowd(count)
    ours, theirs = cpu_ms(lambda: fidt_map(points, SIZE, out=FILLED)), cpu_ms(lambda: inverse_distance(points))
    say(f"FIDT, {count} heads / distance transform", ours, theirs, wanted)
    assert np.abs(FILLED - inverse_distance(points)).max() < 1e-6


def heat_in_windows(boxes: Array, *, total: bool) -> NDArray[np.float32]:
    """CenterNet's way: a window of exponentials per head."""
    found = np.zeros((152, 272), np.float32)
    for x0, y0, x1, y1 in boxes / 4:
        radius = int(gaussian_radius(math.ceil(x1 - x0), math.ceil(y1 - y0)))
        down, across = np.ogrid[-radius : radius + 1, -radius : radius + 1]
        kernel = np.exp(-(across * across + down * down) / (2 * ((2 * radius + 1) / 6) ** 2))
        column, row = int((x0 + x1) / 2), int((y0 + y1) / 2)
        left, right = min(column, radius), min(272 - column, radius + 1)
        top, bottom = min(row, radius), min(152 - row, radius + 1)
        window = found[row - top : row + bottom, column - left : column + right]
        part = kernel[radius - top : radius + bottom, radius - left : radius + right]
        (np.add if total else np.maximum)(window, part, out=window)
    return found


@pytest.mark.parametrize("combine", ["max", "sum"])
def test_heat(combine: str) -> None:
    boxes = head_boxes(crowd(1500, (1088, 608)))
    buffer = np.zeros((152, 272), np.float32)
    theirs = cpu_ms(lambda: heat_in_windows(boxes, total=combine == "sum"), rounds=5)
    for draw in (centernet_heat, mask_focal_heat):
        ours = cpu_ms(lambda draw=draw: draw(boxes, (1088, 608), combine=combine, out=buffer), calls=20)  # type: ignore[misc]  # mypy cannot type a default of a lambda
        say(f"{draw.__name__}, 1500 boxes, {combine}", ours, theirs, 90)
        assert ours <= 0.25, f"{ours:.3f} ms for a heat map"
    found = centernet_heat(boxes, (1088, 608), combine=combine)  # type: ignore[arg-type]  # one of the two choices
    np.testing.assert_allclose(found, heat_in_windows(boxes, total=combine == "sum"), rtol=1e-5, atol=1e-6)


def test_classes() -> None:
    density = np.asarray(density_map(points := crowd(4000), SIZE, sigmas=adaptive_sigmas(points)), np.float32)
    ours = cpu_ms(lambda: density_classes(density, fit_class_edges([density])))
    theirs = cpu_ms(lambda: np.digitize(density, class_edges(density, 6, 1e-5)), rounds=5)
    say("CFANet classes / sort and digitize", ours, theirs, 6)


def test_maps_at_the_floor() -> None:
    """What touches every pixel once costs no more than four writes of a map."""
    points, flags = crowd(4000), np.zeros(SHAPE, bool)
    write = cpu_ms(lambda: FILLED.fill(1), rounds=25, calls=4)
    density = np.asarray(density_map(points, SIZE), np.float32)
    print(f"{'one write of a map':44} {write:9.3f} ms")
    print(f"{'attention, 4000 heads':44} {cpu_ms(lambda: attention_map(points, SIZE, out=FILLED), rounds=3):9.3f} ms")
    for what, ours in (
        ("cross, 4000 heads", cpu_ms(lambda: cross_map(points, SIZE, out=flags))),
        ("CAM", cpu_ms(lambda: crowd_mask(density))),
    ):
        print(f"{what:44} {ours:9.3f} ms")
        assert ours <= 4 * write
