"""IIM: published sizes, gradients of the binarization layer, instance maps of crops, components, averaged tiles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from torch import Tensor, nn

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import ConfigError
from gta_head_tools.geometry import around, centres
from gta_head_tools.maps.components import components
from gta_head_tools.maps.instance_masks import box_mask, point_mask
from test_training.batches import one_batch
from test_training.test_methods.test_centernet import Given
from test_training.test_methods.test_centernet_learns import discs
from training.base import Sample
from training.catalogue import count_parameters
from training.config import build_config
from training.methods.iim import IIM, IIMConfig
from training.networks.binarization import Binarization, CompressedSigmoid
from training.samples.augment import random_crop

THIN = {"width_share": 0.0625, "width": 64, "height": 64, "fit": "crop"}


def config(**settings: Any) -> IIMConfig:
    return build_config(IIMConfig, {**THIN, **settings})


@pytest.mark.parametrize(
    ("settings", "published"),
    [
        ({}, 20_341_188),
        ({"threshold": "ibm"}, 18_203_778),
        ({"threshold": "fixed"}, 18_203_009),
        ({"backbone": "hrnet_w48"}, 68_611_636),
    ],
)
def test_parameters_are_the_published_ones(settings: dict[str, Any], published: int) -> None:
    assert count_parameters(IIM, settings) == published


@pytest.mark.slow
def test_weights_of_hrnet_come_from_a_file(tmp_path: Path) -> None:
    donor = timm.create_model("hrnet_w18_small")
    torch.save(donor.state_dict(), tmp_path / "weights.pth")
    chosen = config(backbone="hrnet_w18_small", backbone_weights=str(tmp_path / "weights.pth"))
    method = IIM(chosen)
    state = method.network.predictor.backbone.state_dict()
    assert all(torch.equal(value, donor.state_dict()[name]) for name, value in state.items())
    assert len(state) > 400
    found = method.eval().predict(discs(0).picture[:51, :37], maps=True)
    assert [each.shape for each in found.maps.values()] == [(51, 37)] * 2


def test_the_compressed_sigmoid_is_equation_9() -> None:
    x = torch.tensor([-1000.0, -1.5, 0, 0.3, 1000], dtype=torch.float64, requires_grad=True)
    found = CompressedSigmoid(1.0).double()(x)
    found.sum().backward()
    inner = x.detach()[1:4]
    exact = torch.exp(-inner)
    torch.testing.assert_close(found[1:4].double(), 1 / (2 + exact) + 0.2, rtol=1e-6, atol=0)
    assert found[[0, 2, 4]].tolist() == pytest.approx([0.2, 8 / 15, 0.7])
    assert x.grad is not None
    torch.testing.assert_close(x.grad[1:4], exact / (2 + exact).square(), rtol=1e-5, atol=0)
    assert x.grad[[0, 4]].tolist() == [0, 0]


@pytest.mark.parametrize("share", [1.0, 0.2])
def test_wrong_pixels_move_confidence_and_threshold_apart(share: float) -> None:
    confidence = torch.tensor([0.9, 0.6, 0.4, 0.1], requires_grad=True)
    threshold = torch.full((4,), 0.5, requires_grad=True)
    true = torch.tensor([1.0, 0, 1, 0])  # right, false alarm, missed, right
    output = Binarization.apply(confidence, threshold, share)
    assert output.tolist() == [1, 1, 0, 0]
    (output - true).abs().sum().backward()
    assert confidence.grad is not None
    assert threshold.grad is not None
    assert confidence.grad.tolist() == pytest.approx([0, share, -share, 0])
    assert threshold.grad.tolist() == [0, -1, 1, 0]


def test_one_threshold_of_a_picture_lowers_the_mean_by_its_own_size() -> None:
    threshold = torch.tensor(0.5, requires_grad=True)
    Binarization.apply(torch.rand(3, 7), threshold.expand(3, 7), 1.0).mean().backward()
    assert threshold.grad is not None
    assert threshold.grad.item() == pytest.approx(-1)  # equation 3


@pytest.mark.parametrize("kind", ["pbm", "ibm"])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_l1_loss_trains_the_encoder_and_reaches_the_predictor_when_asked(kind: str, share: float) -> None:
    torch.manual_seed(0)
    chosen = config(threshold=kind, confidence_gradient=share)
    method = IIM(chosen)
    method.loss(one_batch(IIM, [discs(0)], chosen), 0.0)["binary"].backward()  # type: ignore[no-untyped-call]
    reached = [
        bool((each.grad.abs() > 0).any()) for each in method.network.predictor.parameters() if each.grad is not None
    ]
    assert any(reached) == (share > 0)
    encoder = method.network.encoder
    assert encoder is not None
    assert all(each.grad is not None and each.grad.isfinite().all() for each in encoder.parameters())
    assert any((each.grad.abs() > 0).any() for each in encoder.parameters() if each.grad is not None)


def test_a_fixed_threshold_has_no_encoder_and_no_l1_loss() -> None:
    chosen = config(threshold="fixed", fixed_threshold=0.8)
    method = IIM(chosen)
    assert list(method.loss(one_batch(IIM, [discs(0)], chosen), 0.0)) == ["confidence"]
    assert set(method.predict(discs(0).picture, maps=True).maps["threshold"].ravel().tolist()) == {np.float32(0.8)}
    assert len(method.param_groups()) == 1


def test_the_threshold_encoder_has_its_own_rate() -> None:
    method = IIM(config())
    predictor, encoder = method.param_groups()
    assert (encoder["lr_scale"], encoder["weight_decay"]) == (0.1, 0)
    every = [*predictor["params"], *encoder["params"]]
    assert {id(each) for each in every} == {id(each) for each in method.parameters()}


@pytest.mark.parametrize("masks", ["boxes", "points"])
def test_the_instances_of_a_crop_are_those_of_the_picture(masks: str) -> None:
    small, shape = discs(3), (112, 128)
    boxes = small.boxes * 1.75
    sample = Sample(np.zeros((*shape, 3), np.uint8), centres(boxes), boxes, np.arange(8) == 2)
    heads = boxes[~sample.ignore]
    whole = (box_mask(heads, shape[::-1]) if masks == "boxes" else point_mask(centres(heads), shape[::-1])).mask
    assert len(components(whole)) == 7
    for seed in range(3):
        crop = random_crop(sample, config(masks=masks, scale_low=1.0, scale_high=1.0), np.random.default_rng(seed))
        left, top = (-crop.whole[0, :2]).astype(int)
        found = IIM.targets(crop, config(masks=masks))["instances"][0]
        np.testing.assert_array_equal(found, whole[top : top + 64, left : left + 64])


def test_ignored_heads_are_left_out_of_the_loss() -> None:
    boxes = np.array([[10.0, 10, 20, 20], [40, 40, 52, 52], [np.nan] * 4])
    points = np.array([[15.0, 15], [46, 46], [5.5, 60.5]])
    sample = Sample(np.zeros((64, 64, 3), np.uint8), points, boxes, np.array([False, True, True]))
    found = IIM.targets(sample, config())
    valid = found["valid"][0].numpy()
    assert not valid[40:52, 40:52].any()
    assert not valid[60, 5]
    assert found["n_pixels"] == valid.sum() == 64 * 64 - 144 - 1
    assert found["instances"][0].numpy().nonzero()[0].tolist() == [row for row in range(10, 20) for _ in range(10)]


def test_masks_of_boxes_need_boxes() -> None:
    bare = ImageAnnotations(ImageInfo("a.png", 9, 9), [[1, 1]])
    with pytest.raises(ConfigError, match=r"a\.png has a head without a box; say --set masks=points"):
        IIM.prepare([bare], config())
    assert IIM.prepare([bare], config(masks="points")) == config(masks="points")


def picture_of(*rows: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.array([[int(digit) / 10 for digit in row] for row in rows], np.float32)[None]


def test_components_are_boxes_with_their_mean_confidence() -> None:
    confidence = picture_of("99000", "90080", "00888", "00080", "50000")
    threshold = np.full((1, 5, 5), 0.5, np.float32)
    threshold[0, 4, 0] = 0.6
    boxes, scores = IIM(config()).read({"confidence": confidence, "threshold": threshold})
    assert boxes.tolist() == [[0, 0, 2, 2], [2, 1, 5, 4]]  # 4 neighbours: what touches at a corner is apart
    np.testing.assert_allclose(scores, [0.9, 0.8], rtol=1e-6)
    larger = IIM(config(min_area=4)).read({"confidence": confidence, "threshold": threshold})
    assert larger[0].tolist() == [[2, 1, 5, 4]]
    nothing = IIM(config()).read({"confidence": 0 * confidence, "threshold": threshold})
    assert [each.shape for each in nothing] == [(0, 4), (0,)]


@pytest.mark.parametrize("target", ["density", "cross"])
def test_other_targets_have_the_same_network_without_thresholds(target: str) -> None:
    assert count_parameters(IIM, {"target": target}) == 18_203_009
    assert IIM(config(target=target)).lost_heads(np.zeros((0, 4)), (9, 9)) is None
    assert {"masks", "threshold", "min_area"} <= config(target=target).without_effect().keys()


def test_peaks_of_a_density_score_what_the_network_predicts() -> None:
    density = np.zeros((1, 40, 40), np.float32)
    for row, column, mass in ((10, 10, 1.0), (30, 20, 0.9), (20, 30, 0.2)):
        density[0, row - 1 : row + 2, column - 1 : column + 2] += mass / 18
        density[0, row, column] += mass / 2
    points, scores = IIM(config(target="density", density_scale=1.5)).read({"density": density})
    assert points.tolist() == [[10.5, 10.5], [20.5, 30.5], [30.5, 20.5]]
    np.testing.assert_allclose(scores, [15 / 18, 13.5 / 18, 3 / 18], rtol=1e-6)


@pytest.mark.parametrize("target", ["density", "cross"])
def test_other_targets_of_a_crop_are_those_of_the_picture(target: str) -> None:
    small, chosen = discs(3), config(target=target, scale_low=1.0, scale_high=1.0)
    sample = replace(small, picture=np.zeros((112, 128, 3), np.uint8), points=small.points * 1.75)
    whole = IIM.targets(sample, chosen)[target][0].numpy()
    assert whole.sum() == pytest.approx(8 if target == "density" else 40, rel=1e-5)
    crop = random_crop(sample, chosen, np.random.default_rng(0))
    left, top = (-crop.whole[0, :2]).astype(int)
    found = IIM.targets(crop, chosen)[target][0].numpy()
    np.testing.assert_allclose(found, whole[top : top + 64, left : left + 64], atol=1e-7)


def test_the_loss_of_a_density_is_the_squared_error_of_the_scaled_map() -> None:
    chosen = config(target="density", density_scale=20.0)
    method, batch = IIM(chosen), one_batch(IIM, [discs(0), discs(1)], chosen)
    for wrong, expected in ((0.0, 0.0), (0.1, 0.01)):
        method.network = Given({"density": 20 * batch["density"] + wrong})  # type: ignore[assignment]  # known answers
        assert method.loss(batch, 0.0)["density"].item() == pytest.approx(expected, abs=1e-6)


class Tiles(nn.Module):
    """One confidence for all of a picture, by the number of the call."""

    def __init__(self, *levels: float) -> None:
        super().__init__()
        self.levels, self.place = iter(levels), nn.Parameter(torch.zeros(()))

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        whole = torch.ones(1, 1, *image.shape[2:])
        return {"confidence": next(self.levels) * whole, "threshold": 0.5 * whole}


@pytest.mark.parametrize(("second", "right"), [(0.05, 32), (0.2, 160)])
def test_confidences_of_tiles_are_averaged_before_they_are_compared(second: float, right: int) -> None:
    method = IIM(config())
    method.network = Tiles(0.9, second)  # type: ignore[assignment]  # whose answers are known
    method.tile = 160
    found = method.predict(np.zeros((32, 192, 3), np.uint8))  # the tiles share columns 32 to 160
    assert found.boxes is not None
    assert found.boxes.tolist() == [[0, 0, right, 32]]
    assert (found.count, method.score_threshold) == (1, None)


def test_heads_that_no_component_can_part_are_counted() -> None:
    middles = np.stack(np.meshgrid(np.arange(8.0, 90, 12), np.arange(8.0, 90, 12)), axis=-1).reshape(-1, 2)
    sides = np.random.default_rng(0).uniform(6, 50, (2, len(middles)))
    boxes = around(middles, *sides)
    method = IIM(config())
    assert method.lost_heads(boxes, (96, 96)) == 0
    assert method.lost_heads(np.concatenate([boxes, boxes[:1]]), (96, 96)) == 1


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"width": 72}, "width = 72: expected a whole number that's a multiple of 32"),
        ({"cap": 1}, "cap = 1: expected a whole number >= 2"),
        ({"fixed_threshold": 1.5}, "fixed_threshold = 1.5"),
        ({"threshold": "pixel"}, "'pixel'.*pbm"),
    ],
)
def test_settings_that_make_no_network_are_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(Exception, match=told):
        config(**settings)


def test_settings_without_effect_are_told() -> None:
    assert {"confidence_gradient", "threshold_lr", "gain"} <= config(threshold="fixed").without_effect().keys()
    assert {"fixed_threshold", "cap"} <= config(masks="points").without_effect().keys()
