"""Changes of colours and quality: each does what its setting says, and leaves the draws of the others."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.pictures import Picture
from training.config import TrainConfig
from training.samples.colours import change_colours, change_pictures, grain, jitter
from training.samples.letterbox import PADDING

PLAIN = TrainConfig(jitter=0)
SEEDS = range(60)


def colourful(seed: int = 0, size: tuple[int, int] = (48, 64)) -> Picture:
    """Soft blobs of colour, between 40 and 215."""
    coarse = np.random.default_rng(seed).uniform(40, 215, (6, 8, 3)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def changed(config: TrainConfig, picture: Picture, seed: int) -> Picture:
    """One change of a picture, by a seed."""
    return change_colours(picture, config, np.random.default_rng(seed))


def test_colours_are_changed_as_told() -> None:
    class Drawn(np.random.Generator):
        def uniform(self, *_: object, **__: object) -> NDArray[np.float64]:  # type: ignore[override]
            return np.array([1.1, 0.8, 0.5])

    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    grey = picture @ np.array([0.299, 0.587, 0.114])
    faded = 0.5 * picture + 0.5 * grey[..., None]
    wanted = np.clip(1.1 * 0.8 * faded + 0.2 * np.mean(PADDING), 0, 255)
    found = jitter(picture, 0.5, Drawn(np.random.PCG64(0)))
    assert np.abs(found - wanted).max() <= 1


def test_no_jitter_changes_no_pixel() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (9, 9, 3)).astype(np.uint8)
    assert np.array_equal(jitter(picture, 0, np.random.default_rng(0)), picture)


def test_grain_is_grey_and_as_strong_as_asked() -> None:
    grey = np.full((60, 90, 3), 128, np.uint8)
    assert grain(grey, 0, np.random.default_rng(0)) is grey
    noisy = np.stack([grain(grey, 20, np.random.default_rng(seed)) for seed in range(200)]).astype(float)
    assert (noisy[..., :1] == noisy).all()
    deviations = noisy[..., 0].std(axis=(1, 2))
    assert deviations.min() < 3
    assert 15 < deviations.max() < 22  # interpolation between grains takes a little
    assert noisy.mean() == pytest.approx(128, abs=0.5)


def test_nothing_asked_for_changes_nothing() -> None:
    picture = colourful()
    assert all(np.array_equal(changed(PLAIN, picture, seed), picture) for seed in range(5))


def test_a_share_of_the_samples_is_grey_as_pillow_makes_it() -> None:
    picture = colourful()
    config = replace(PLAIN, grey=0.3)
    found = [changed(config, picture, seed) for seed in range(300)]
    grey = [each for each in found if (each == each[..., :1]).all()]
    assert len(grey) / len(found) == pytest.approx(0.3, abs=0.08)
    assert np.abs(np.array(Image.fromarray(picture).convert("L")).astype(int) - grey[0][..., 0]).max() <= 1
    assert sum(np.array_equal(each, picture) for each in found) == len(found) - len(grey)


def test_curves_and_gains_are_as_strong_as_asked() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    middles = np.array([changed(replace(PLAIN, tone=0.5), ramp, seed)[0, 128] for seed in SEEDS])
    assert (middles == middles[:, :1]).all()  # one curve for all channels
    assert middles.min() >= round(255 * (128 / 255) ** 1.5) - 1
    assert middles.max() <= round(255 * (128 / 255) ** (1 / 1.5)) + 1
    assert np.ptp(middles) > 60
    gains = np.array([changed(replace(PLAIN, tint=0.2), ramp, seed)[0, 100] / 100 for seed in SEEDS])
    assert 0.79 <= gains.min() < 0.83
    assert 1.17 < gains.max() <= 1.21
    assert np.abs(np.corrcoef(gains.T) - np.eye(3)).max() < 0.4  # a gain of its own for each channel


def test_half_of_the_samples_are_blurred_up_to_the_deviation() -> None:
    point = np.zeros((41, 41, 3), np.uint8)
    point[20, 20] = 255
    found = [changed(replace(PLAIN, blur=2.0), point, seed).astype(float) for seed in range(100)]
    spread = [each[..., 0] for each in found if not np.array_equal(each, point)]
    assert len(spread) == pytest.approx(50, abs=14)
    y = np.mgrid[:41, :41][0] - 20
    deviations = [np.sqrt((each * y**2).sum() / each.sum()) for each in spread]
    assert max(deviations) < 2.1
    assert min(deviations) < 0.5


def test_a_coarser_camera_loses_detail_and_no_brightness() -> None:
    board = np.full((40, 60, 3), 60, np.uint8)
    board[::2] = 200
    found = [changed(replace(PLAIN, shrink=0.25), board, seed) for seed in SEEDS]
    contrast = np.array([each[5:-5, 30, 0].std() for each in found])
    assert (contrast == board[5:-5, 30, 0].std()).sum() == pytest.approx(len(found) / 2, abs=14)
    assert contrast.min() < 20
    assert all(each.shape == board.shape and abs(each.mean() - 130) < 6 for each in found)


def test_compressed_samples_are_jpegs_of_pillow() -> None:
    picture = colourful()
    found = [changed(replace(PLAIN, jpeg=30), picture, seed) for seed in SEEDS]
    errors = np.array([np.abs(each.astype(int) - picture).mean() for each in found])
    assert (errors == 0).sum() == pytest.approx(len(found) / 2, abs=14)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=30)
    worst = np.abs(np.array(Image.open(file)).astype(int) - picture).mean()
    assert worst * 0.5 < errors.max() < worst * 1.3


@pytest.mark.parametrize("other", [{"tone": 0.5}, {"tint": 0.5}, {"blur": 0.5}, {"noise": 0.5}])
def test_a_change_leaves_the_draws_of_the_others(other: dict[str, Any]) -> None:
    picture = colourful()
    grey = replace(PLAIN, grey=0.5)
    both = replace(grey, **other)
    for seed in range(20):
        turned = [
            (each == each[..., :1]).all() for each in (changed(grey, picture, seed), changed(both, picture, seed))
        ]
        assert turned[0] == turned[1]


def test_pictures_of_another_set_are_changed_alike_each_time() -> None:
    heads = [ImageAnnotations(ImageInfo(name, 64, 48), [(3.0, 4.0)]) for name in ("a.png", "b.png")]
    pictures = [colourful(1), colourful(1)]
    config = replace(PLAIN, tone=0.5)
    first, again = ([*change_pictures(zip(pictures, heads, strict=True), config)] for _ in range(2))
    assert [each for _, each in first] == heads
    assert all(np.array_equal(left, right) for (left, _), (right, _) in zip(first, again, strict=True))
    assert not np.array_equal(first[0][0], first[1][0])
