"""Detectors over a feature pyramid: published sizes, targets, decoding without caps, and four pictures by heart."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gta_head_tools.errors import GtaHeadError
from gta_head_tools.geometry import centres
from test_training.batches import one_batch
from test_training.test_methods.detectors import KINDS, Kind
from test_training.test_methods.test_centernet_learns import discs, errors, learn
from training.base import Sample
from training.config import build_config
from training.families.detection import Detector, Found, PyramidConfig
from training.families.levels import LEFT_OUT, Learned, Levels
from training.methods.fcos import FCOSConfig, FCOSNetwork
from training.methods.foveabox import FoveaBox
from training.methods.retinanet import RetinaNet


def fcos(classes: int) -> nn.Module:
    return FCOSNetwork(FCOSConfig(), classes=classes)


def retinanet(classes: int, **settings: Any) -> nn.Module:
    return RetinaNet(build_config(RetinaNet.Config, settings), classes=classes).network


def foveabox(classes: int) -> nn.Module:
    return FoveaBox(FoveaBox.Config(), classes=classes).network


@pytest.mark.parametrize(
    ("build", "published"),
    [
        (fcos, {1: 32_115_270, 2: 32_117_575, 91: 32_322_720}),
        (retinanet, {1: 32_201_069, 2: 32_221_814, 91: 34_068_119}),
        (partial(retinanet, norm=True, coarse="c5"), {1: 36_331_885, 91: 38_198_935}),
        (foveabox, {1: 36_237_637, 80: 36_419_732}),
    ],
)
def test_parameters_are_the_published_ones(build: Callable[[int], nn.Module], published: dict[int, int]) -> None:
    with torch.device("meta"):
        found = {classes: sum(each.numel() for each in build(classes).parameters()) for classes in published}
    assert found == published


class Lit(nn.Module):
    """Scores of the finest level are how bright its cells are; nothing is found on coarser levels."""

    def __init__(self) -> None:
        super().__init__()
        self.cells, self.place = nn.AvgPool2d(8), nn.Parameter(torch.zeros(()))

    def forward(self, image: Tensor) -> Found:
        light = self.cells(image[:, 0].float()).flatten(1) / 255
        coarse = sum(-(-image.shape[2] // s) * -(-image.shape[3] // s) for s in (16, 32, 64, 128))
        return {"score": torch.nn.functional.pad(light, (0, coarse)).logit(1e-6)}


class LitBoxes(Detector):
    """Boxes of 8 pixels in lit cells of 8 pixels."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(build_config(PyramidConfig, {"fit": "crop", **settings}))
        self.network = Lit()

    def decode(self, found: Found, levels: Levels) -> tuple[Tensor, Tensor]:
        points, _ = self.places(levels)
        return torch.cat([points - 4, points + 4], dim=1), found["score"][0].sigmoid()

    @staticmethod
    def assign(boxes: Any, levels: Levels, config: Any) -> Learned:  # noqa: ARG004
        return np.ones(levels.starts[-1], np.int32)


def lit_picture(width: int, height: int, share: float = 0.3) -> tuple[Any, Any]:
    """A black picture with lit cells, and their boxes."""
    cells = np.random.default_rng(0).uniform(size=(height // 8, width // 8)) < share
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 8 * 8, : width // 8 * 8] = 200 * cells.repeat(8, axis=0).repeat(8, axis=1)[:, :, None]
    at = np.argwhere(cells)[:, ::-1] * 8.0
    return picture, np.concatenate([at, at + 8], axis=1)


def in_order(boxes: Any) -> Any:
    return boxes[np.lexsort(boxes.T)]


@pytest.mark.parametrize("settings", [{}, {"tile": 160}, {"flip_test": True}, {"flip_test": True, "tile": 192}])
def test_every_head_is_found_once_in_tiles_and_in_mirrored_pictures(settings: dict[str, Any]) -> None:
    picture, boxes = lit_picture(420, 221)
    found = LitBoxes(**settings, min_score=0.5).predict(picture, maps=True)
    assert found.boxes is not None
    assert found.count == len(boxes) > 300
    np.testing.assert_allclose(in_order(found.boxes), in_order(boxes), atol=1e-4)
    assert found.maps["heat"].shape == (28, 53)
    assert np.count_nonzero(found.maps["heat"] > 0.5) == len(boxes)


def test_four_thousand_heads_survive() -> None:
    picture, boxes = lit_picture(1088, 608, 0.5)
    found = LitBoxes().predict(picture)
    assert found.count == len(boxes) > 4000


def test_boxes_are_those_of_the_picture_where_it_is_scaled() -> None:
    picture, boxes = lit_picture(96, 64)
    picture, boxes = picture.repeat(2, axis=0).repeat(2, axis=1), boxes * 2
    found = LitBoxes(fit="letterbox", width=96, height=64).predict(picture)
    assert found.boxes is not None
    np.testing.assert_allclose(in_order(found.boxes), in_order(boxes), atol=1e-4)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_ignored_heads_and_padding_are_left_out(kind: Kind) -> None:
    boxes = np.array([[40.0, 20, 56, 36], [8, 8, 24, 24], [60, 40, 84, 56]])  # the last one's middle is outside
    sample = Sample(np.zeros((50, 70, 3), np.uint8), centres(boxes), boxes, np.array([False, True, False]))
    method = kind.method(build_config(kind.method.Config, {**kind.thin, "fit": "whole"}))
    wide = Sample(np.zeros((96, 96, 3), np.uint8), centres(boxes)[:0], boxes[:0], np.zeros(0, np.bool_))
    batch, seen = one_batch(kind.method, [sample, wide], method.config), dict[str, Any]()

    def look(logits: Tensor, taught: Any, total: Tensor) -> Tensor:
        seen["taught"] = taught
        return Detector.score_loss(method, logits, taught, total)

    method.score_loss = look  # type: ignore[method-assign]
    losses = method(batch, 0.0)
    assert all(each.isfinite() for each in losses.values())
    taught = seen["taught"]
    levels = method.config.levels((96, 96))
    points, positive, valid = levels.points, taught.positive.numpy(), taught.valid.numpy()
    assert taught.boxes.unique(dim=0).tolist() == [boxes[0].tolist()]
    assert not positive[1].any()
    assert valid[1].all()
    for box in boxes[1:]:
        inside = (points > box[:2]).all(axis=1) & (points < box[2:]).all(axis=1)
        assert not (valid[0] & inside).any()
    assert not valid[0][(points[:, 0] > 70 + levels.stride) | (points[:, 1] > 50 + levels.stride)].any()
    assert valid[0][positive[0]].all()
    assert np.count_nonzero(valid[0]) > len(points) / 4


def test_a_picture_without_heads_is_background() -> None:
    empty = Sample(np.zeros((64, 64, 3), np.uint8), np.zeros((0, 2)), np.zeros((0, 4)), np.zeros(0, np.bool_))
    for kind in KINDS.values():
        config = build_config(kind.method.Config, {**kind.thin})
        method = kind.method(config)
        losses = method.loss(one_batch(kind.method, [empty, empty], config), 0.0)
        assert losses.pop("score") > 0
        assert [each.item() for each in losses.values()] == [0.0] * len(losses)
        assert LEFT_OUT not in kind.method.targets(empty, config)["learned_8"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"top": 1000}, "top = 1000: expected a whole number >= 3000"),
        ({"gamma": 0.5}, "gamma = 0.5: expected a finite number >= 1"),
        ({"loss": "cornernet"}, "cornernet"),
        ({"pyramid_width": 20}, "pyramid_width = 20"),
    ],
)
def test_settings_that_make_no_detector_are_told(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(GtaHeadError, match=told):
        LitBoxes(**settings)


@pytest.mark.parametrize("loss", ["mfl_p1", *(pytest.param(name, marks=pytest.mark.slow) for name in ("mfl", "focal"))])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_four_pictures_are_learned_by_heart(kind: Kind, loss: str) -> None:
    torch.manual_seed(0)
    method = kind.method(build_config(kind.method.Config, {**kind.thin, "fit": "crop", "loss": loss}))
    samples = [discs(seed) for seed in range(4)]
    assert errors(method, samples)[0] > 0.05
    for _ in range(8):
        learn(method.train(), samples, steps=15, lr=kind.lr)
        if errors(method, samples)[0] < 0.05:
            break
    wrong, far = errors(method, samples)
    assert wrong < 0.05
    assert far < 2
