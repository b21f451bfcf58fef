"""Head sizes: what is learned, maps read at points, the loss against plain loops, and fitted error bars."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.ndimage import map_coordinates

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import ConfigError
from test_training.batches import one_batch
from test_training.test_methods.test_centernet_learns import discs, learn
from training.base import Prediction, Sample
from training.config import build_config
from training.families.size_map import SizeErrors, SizeMap, at_places, size_scores
from training.methods.head_size import HeadSize
from training.scores.score import score_method, summary, validate_method

THIN = {"backbone": "pyramid", "backbone_channels": [8, 8, 8, 8], "neck_width": 8, "hidden": 16}


def true(sample: Sample) -> ImageAnnotations:
    height, width = sample.picture.shape[:2]
    info = ImageInfo("a.png", width, height)
    return ImageAnnotations(info, sample.points, boxes=sample.boxes, ignore=sample.ignore)


def thin(**settings: Any) -> HeadSize:
    torch.manual_seed(0)
    return HeadSize(build_config(HeadSize.Config, {**THIN, "width": 64, "height": 64, **settings}))


def test_maps_are_read_between_the_middles_of_cells() -> None:
    rng = np.random.default_rng(0)
    maps, places = rng.normal(size=(2, 3, 5, 7)), rng.uniform(-1, 8, (40, 2))
    image = rng.integers(0, 2, 40)
    found = at_places(torch.from_numpy(maps), torch.from_numpy(places), torch.from_numpy(image)).numpy()
    for row, (x, y) in enumerate(places - 0.5):
        expected = [map_coordinates(each, [[y], [x]], order=1, mode="nearest")[0] for each in maps[image[row]]]
        np.testing.assert_allclose(found[row], expected, atol=1e-12)


def test_targets_are_heads_inside_that_have_a_size() -> None:
    points = np.array([[10.0, 20], [30, 5], [70, 5], [5, 5], [6, 6]])
    boxes = np.array([[6, 11, 14, 29], [0, 0, 9, 9], [0, 0, 9, 9], [np.nan] * 4, [6, 6, 6, 9]])
    sample = Sample(np.zeros((64, 64, 3), np.uint8), points, boxes, np.array([False, True, False, False, False]))
    found = HeadSize.targets(sample, thin().config)
    assert found["n_heads"] == 1
    np.testing.assert_allclose(found["heads"].values, [[10, 20, math.log(12)]], rtol=1e-6)


def test_the_typical_size_and_the_aspect_are_those_of_the_data() -> None:
    boxes = np.array([[0, 0, 4, 9], [0, 0, 8, 8], [0, 0, 90, 90], [0, 0, 0, 5], [np.nan] * 4])
    image = ImageAnnotations(ImageInfo("a.png", 9, 9), np.ones((5, 2)), boxes=boxes)
    config = HeadSize.prepare([image], thin().config)
    assert config.typical_size == pytest.approx(8)
    assert config.aspect == pytest.approx(1)
    assert HeadSize.prepare([image], replace(config, aspect=0.7)).aspect == 0.7
    with pytest.raises(ConfigError, match="no head to learn from has a box"):
        HeadSize.prepare([image.select(np.arange(5) > 2)], thin().config)


def test_the_loss_is_the_likelihood_of_the_sizes() -> None:
    method, samples = thin().train(), [discs(0), discs(1)]
    batch = one_batch(HeadSize, samples, method.config)
    maps = method.network(batch["image"])["logs"].detach().numpy()
    lowest = math.log(0.2) - 2
    total = heads = 0.0
    for each, sample in zip(maps, samples, strict=True):
        sides = sample.boxes[:, 2:] - sample.boxes[:, :2]
        for (x, y), size in zip(sample.points / 4 - 0.5, np.sqrt(sides.prod(axis=1)), strict=True):
            middle, spread = (map_coordinates(values, [[y], [x]], order=1, mode="nearest")[0] for values in each)
            total += spread - lowest + ((math.log(size) - middle) / math.exp(spread)) ** 2 / 2
            heads += 1
    assert method.loss(batch, 0.0)["size"].item() == pytest.approx(total / heads, rel=1e-4)


def test_pictures_without_heads_teach_nothing_and_break_nothing() -> None:
    empty = Sample(discs(0).picture, np.empty((0, 2)), np.empty((0, 4)), np.empty(0, np.bool_))
    method = thin().train()
    loss = method.loss(one_batch(HeadSize, [empty], method.config), 0.0)["size"]
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss == 0


def test_sizes_grow_with_the_scale_of_the_picture() -> None:
    method, sample = thin().eval(), discs(0)
    sizes = method.predict(sample.picture).sizes
    large = np.repeat(np.repeat(sample.picture, 2, axis=0), 2, axis=1)
    method.scale = 0.5  # makes the large picture small again
    twice = method.predict(large, maps=True)
    assert sizes is not None
    assert twice.sizes is not None
    np.testing.assert_allclose(twice.sizes.at(sample.points * 2)[0], 2 * sizes.at(sample.points)[0], rtol=1e-4)
    assert [*twice.maps] == ["size", "spread"]


def test_error_bars_are_widened_to_the_errors_of_other_pictures() -> None:
    rng = np.random.default_rng(0)
    sizes = np.exp(rng.normal(math.log(10), 0.3, 400))
    boxes = np.column_stack([np.zeros((400, 2)), sizes, sizes])
    image = ImageAnnotations(ImageInfo("a.png", 64, 64), np.ones((400, 2)), boxes=boxes)
    narrow = SizeMap(np.log([[[10.0]], [[0.1]]]).astype(np.float32), (64, 64))
    method = thin()
    method.calibrate([(Prediction(math.nan, sizes=narrow), image)])
    assert float(method.widening) == pytest.approx(3, rel=0.1)
    few = thin()
    few.calibrate([(Prediction(math.nan, sizes=narrow), image.select(np.arange(400) < 9))])
    assert float(few.widening) == 1


def test_scores_are_errors_and_coverage() -> None:
    given = SizeMap(np.log([[[10.0]], [[0.1]]]).astype(np.float32), (64, 64), aspect=0.8)
    boxes = np.array([[0, 0, 10, 10], [0, 0, 5, 20], [0, 0, 20, 20], [0, 0, 8, 8], [np.nan] * 4])
    image = ImageAnnotations(ImageInfo("a.png", 64, 64), np.ones((5, 2)), boxes=boxes, ignore=[0, 0, 0, 1, 0])
    found = size_scores([SizeErrors.of(given, image)])
    assert (found["images"], found["heads"], found["size_error"]) == (1, 3, pytest.approx(0, abs=1e-6))
    assert found["size_coverage"] == pytest.approx(2 / 3)
    assert found["expected_size_error"] == pytest.approx(0.06745)
    assert size_scores([SizeErrors.of(given, image.select(np.zeros(5, bool)))])["size_error"] is None


def test_sizes_of_four_pictures_are_learned_by_heart() -> None:
    samples = [discs(seed) for seed in range(4)]
    truths = [(sample.picture, true(sample)) for sample in samples]
    config = HeadSize.prepare([heads for _, heads in truths], thin().config)
    torch.manual_seed(0)
    method = HeadSize(config).eval()
    assert summary(score_method(method, truths))["size_error"] > 0.06
    learn(method.train(), samples, steps=70)
    found = summary(score_method(method.eval(), truths))
    assert found["size_error"] < 0.06
    assert found["threshold"] is None
    assert validate_method(method, truths)["size_error"] == found["size_error"]
