"""Cuts and mirrors: heads stay on the pixels that show them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gta_head_tools.pictures import Picture
from training.base import Sample
from training.config import TrainConfig
from training.samples.augment import augment, cut, fit_whole, mirror, random_crop
from training.samples.letterbox import PADDING

PLAIN = TrainConfig(width=64, height=48, fit="crop", flip=0, jitter=0)
"""Neither mirrored nor coloured."""


def scene(points: list[tuple[float, float]], size: tuple[int, int] = (200, 150), side: int = 12) -> Sample:
    """White squares around heads on black ground."""
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    heads = np.array(points, dtype=np.float64).reshape(-1, 2)
    boxes = np.concatenate([heads - side / 2, heads + side / 2], axis=1)
    for x0, y0, x1, y1 in boxes.round().astype(int):
        picture[max(y0, 0) : y1, max(x0, 0) : x1] = 255
    return Sample(picture, heads, boxes, np.zeros(len(heads), bool))


def bright_middle(picture: Picture) -> NDArray[np.float64]:
    """Centre of mass x y of what is bright."""
    weight = picture[..., 0].astype(np.float64) * (picture[..., 0] != PADDING[0])
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5
    middle: NDArray[np.float64] = np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()
    return middle


def rng_of(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(seed=st.integers(0, 10_000), width=st.integers(1, 40))
def test_a_double_mirror_is_the_identity(seed: int, width: int) -> None:
    rng = rng_of(seed)
    picture = rng.integers(0, 256, (5, width, 3)).astype(np.uint8)
    points, corners = rng.random((4, 2)) * width, rng.random((4, 4)) * width
    once = mirror(Sample(picture, points, corners, np.array([True, False, False, True])))
    twice = mirror(once)
    assert np.array_equal(twice.picture, picture)
    assert np.array_equal(once.picture, picture[:, ::-1])
    np.testing.assert_allclose(twice.points, points, atol=1e-12)
    np.testing.assert_allclose(twice.boxes, corners, atol=1e-12)
    assert np.array_equal(twice.ignore, [True, False, False, True])


def test_a_mirror_keeps_corners_in_order() -> None:
    assert mirror(scene([(30, 40)])).boxes.tolist() == [[164, 34, 176, 46]]


@given(seed=st.integers(0, 10_000), flip=st.booleans(), low=st.floats(0.5, 1), high=st.floats(1, 2))
def test_a_head_stays_on_its_pixels(seed: int, flip: bool, low: float, high: float) -> None:
    config = replace(PLAIN, flip=float(flip), scale_low=low, scale_high=high)
    sample = augment(scene([(100, 75)]), config, rng_of(seed))
    x0, y0, x1, y1 = sample.boxes[0]
    if x0 >= 1 and y0 >= 1 and x1 <= 63 and y1 <= 47:  # Of one at the edge, the cut has taken blurred pixels.
        # Hard edges fall between pixels: up to a third of one is theirs, not that of the points.
        np.testing.assert_allclose(bright_middle(sample.picture), sample.points[0], atol=0.34)
        assert sample.picture[..., 0].sum() / 255 == pytest.approx((x1 - x0) * (y1 - y0), rel=0.1)
    np.testing.assert_allclose((sample.boxes[0, :2] + sample.boxes[0, 2:]) / 2, sample.points[0], atol=1e-9)


@given(seed=st.integers(0, 10_000), flip=st.booleans(), low=st.floats(0.5, 1), high=st.floats(1, 2))
def test_a_whole_picture_keeps_its_heads_on_their_pixels(seed: int, flip: bool, low: float, high: float) -> None:
    config = replace(PLAIN, fit="whole", flip=float(flip), scale_low=low, scale_high=high)
    sample = augment(scene([(150, 60)]), config, rng_of(seed))
    assert low * 200 - 1 < sample.picture.shape[1] < high * 200 + 1
    np.testing.assert_allclose(sample.picture.shape[0] / sample.picture.shape[1], 0.75, rtol=0.01)
    np.testing.assert_allclose(bright_middle(sample.picture), sample.points[0], atol=0.34)
    assert (sample.points[0, 0] < sample.picture.shape[1] / 2) == flip


def test_a_letterbox_holds_the_whole_picture() -> None:
    config = replace(PLAIN, fit="letterbox")
    whole = scene([(100, 75)])
    picture, fit = fit_whole(whole.picture, config)
    assert picture.shape == (48, 64, 3)
    np.testing.assert_allclose(bright_middle(picture), fit.apply(whole.points)[0], atol=0.05)


@given(seed=st.integers(0, 10_000), width=st.integers(1, 200), height=st.integers(1, 200))
def test_pictures_smaller_than_the_cut_are_padded(seed: int, width: int, height: int) -> None:
    sample = random_crop(scene([], (width, height)), PLAIN, rng_of(seed))
    added = (sample.picture == PADDING).all(axis=2)
    assert sample.picture.shape == (48, 64, 3)
    assert (~added).sum() == min(width, 64) * min(height, 48)


@pytest.mark.parametrize("share", [0.0, 0.75])
def test_a_share_of_the_cuts_holds_a_head_and_the_others_lie_anywhere(share: float) -> None:
    lonely = scene([(700, 500)], (1000, 800))
    config = replace(PLAIN, near_heads=share)
    cuts = [random_crop(lonely, config, rng_of(seed)).points[0] for seed in range(400)]
    held = np.mean([(point >= 0).all() and (point <= [64, 48]).all() for point in cuts])
    assert held == pytest.approx(share, abs=0.06 if share else 0.02)


def test_cuts_anywhere_show_as_many_heads_as_their_part_of_the_picture() -> None:
    heads = np.random.default_rng(0).uniform((0, 0), (250, 200), (500, 2))  # all of them in a quarter of the picture
    cuts = [random_crop(scene([*map(tuple, heads)], (500, 400)), PLAIN, rng_of(seed)) for seed in range(400)]
    shown = np.mean([((each.points >= 0) & (each.points < (64, 48))).all(axis=1).sum() for each in cuts])
    assert shown == pytest.approx(500 * 64 * 48 / (500 * 400), rel=0.15)


def test_a_head_lies_anywhere_in_its_cut() -> None:
    cuts = np.array(
        [
            random_crop(scene([(500, 400)], (1000, 800)), replace(PLAIN, near_heads=0.75), rng_of(seed)).points[0]
            for seed in range(400)
        ]
    )
    inside = cuts[((cuts >= 0) & (cuts <= [64, 48])).all(axis=1)]
    np.testing.assert_allclose(inside.mean(axis=0), [32, 24], atol=3)
    np.testing.assert_allclose(inside.std(axis=0), np.array([64, 48]) / 12**0.5, rtol=0.15)


def test_ignored_heads_attract_no_cuts() -> None:
    sample = replace(scene([(700, 500)], (1000, 800)), ignore=np.array([True]))
    cuts = np.array(
        [random_crop(sample, replace(PLAIN, near_heads=0.75), rng_of(seed)).points[0] for seed in range(200)]
    )
    assert ((cuts >= 0) & (cuts <= [64, 48])).all(axis=1).mean() < 0.05


def test_a_cut_beyond_the_corner() -> None:
    picture = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    found = cut(picture, (-2, 1), (10, 2))
    assert np.array_equal(found[:, 2:7], picture[1:3])
    assert (found[:, :2] == PADDING).all()
    assert (found[:, 7:] == PADDING).all()


def test_grain_is_drawn_after_everything_else() -> None:
    sample, config = scene([(30, 30), (90, 60)]), replace(PLAIN, jitter=0.2, flip=0.5)
    plain, noisy = (augment(sample, replace(config, noise=noise), rng_of(3)) for noise in (0.0, 20.0))
    assert np.array_equal(plain.points, noisy.points)
    assert not np.array_equal(plain.picture, noisy.picture)
