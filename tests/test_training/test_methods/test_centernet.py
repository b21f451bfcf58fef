"""CenterNet's network: its size as published, its shapes, its beginning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from gta_head_tools.errors import ConfigError
from gta_head_tools.geometry import centres
from test_training.batches import one_batch
from training.base import Sample
from training.config import build_config
from training.methods.centernet import CenterNet, CenterNetConfig, CenterNetwork
from training.networks.blocks import ModulatedConv, enlarge

SHAPES = {"heat": 1, "size": 2, "offset": 2}


def config(**settings: Any) -> CenterNetConfig:
    return build_config(CenterNetConfig, settings)


def weights(module: nn.Module) -> int:
    return sum(each.numel() for each in module.parameters())


def on_paper(classes: int = 1, **settings: Any) -> CenterNetwork:
    """A network without memory for its weights."""
    with torch.device("meta"):
        return CenterNetwork(config(**settings), classes=classes)


def test_parameters_are_those_of_the_paper() -> None:
    network = on_paper()
    assert weights(network) == 19_613_861
    assert weights(network.backbone) == 15_229_104
    assert weights(network.neck) == 3_940_336
    assert weights(network.heat) + weights(network.size) + weights(network.offset) == 444_421


@pytest.mark.parametrize(("settings", "expected"), [({"classes": 80}, 19_634_164), ({"neck": "plain"}, 18_974_133)])
def test_parameters_of_80_classes_and_of_the_plain_neck(settings: dict[str, Any], expected: int) -> None:
    assert weights(on_paper(**settings)) == expected


class Given(nn.Module):
    """Answers with maps that are there, whatever the picture."""

    def __init__(self, maps: dict[str, Tensor]) -> None:
        super().__init__()
        self.maps = maps

    def forward(self, _: Tensor) -> dict[str, Tensor]:
        return self.maps


def test_padding_beside_whole_pictures_is_not_learned() -> None:
    sizes = [(70, 50), (40, 96), (96, 33)]
    boxes = np.array([[60.0, 20, 80, 40], [10, 8, 20, 18], [30, 26, 38, 36]])  # the first reaches over a border
    samples = [
        Sample(np.zeros((height, width, 3), np.uint8), centres(boxes), boxes, np.zeros(3, np.bool_))
        for width, height in sizes
    ]
    method = CenterNet(config(**CenterNet.VARIANTS["small"], fit="whole", head_weight="heads"))
    maps = {name: torch.zeros((3, number, 24, 24), requires_grad=True) for name, number in SHAPES.items()}
    method.network = Given(maps)
    sum(method(one_batch(CenterNet, samples, method.config), 0.0).values()).backward()
    shown = torch.zeros((3, 1, 24, 24), dtype=torch.bool)
    for each, (width, height) in zip(shown, sizes, strict=True):
        each[0, : -(-height // 4), : -(-width // 4)] = True
    learned = {name: each.grad.abs().sum(dim=1, keepdim=True) > 0 for name, each in maps.items()}  # type: ignore[union-attr]
    assert torch.equal(learned["heat"], shown)
    assert [int(each.sum()) for each in learned["size"]] == [2, 2, 3]  # heads whose middle is in the picture
    assert not (learned["size"] & ~shown).any()


def test_the_small_variant_fits_into_8_megabytes() -> None:
    assert weights(on_paper(**CenterNet.VARIANTS["small"])) <= 2_000_000


@pytest.mark.parametrize(("neck", "expected"), [("deformable", 165.0), ("plain", 153.3)])
def test_operations_are_as_measured(neck: str, expected: float) -> None:
    network, deformable = on_paper(neck=neck), 0

    def count(_: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal deformable
        # torch counts no deformable convolution; it multiplies as often as a plain one.
        deformable += 2 * 9 * inputs[0].shape[1] * output.numel()

    for module in network.modules():
        if isinstance(module, ModulatedConv):
            module.conv.register_forward_hook(count)
    with FlopCounterMode(display=False) as counter:
        network(torch.zeros((1, 3, 608, 1088), device="meta"))
    assert (counter.get_total_flops() + deformable) / 1e9 == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("stride", [4, 2])
@pytest.mark.parametrize("neck", ["plain", "deformable"])
@pytest.mark.parametrize("backbone", ["dla34", "dla46_c", "resnet18"])
def test_shapes(stride: int, neck: str, backbone: str) -> None:
    found = on_paper(stride=stride, neck=neck, backbone=backbone)(torch.zeros((2, 3, 96, 160), device="meta"))
    cells = (96 // stride, 160 // stride)
    shapes = {name: tuple(each.shape) for name, each in found.items()}
    assert shapes == {"heat": (2, 1, *cells), "size": (2, 2, *cells), "offset": (2, 2, *cells)}


def test_heat_begins_at_a_prior_of_a_tenth() -> None:
    torch.manual_seed(0)
    network = CenterNetwork(config(**CenterNet.VARIANTS["small"])).eval()
    with torch.inference_mode():
        heat = network(torch.randint(0, 255, (1, 3, 96, 96), dtype=torch.uint8))["heat"]
    assert heat.mean().item() == pytest.approx(-2.19, abs=0.05)


def test_a_deformable_convolution_begins_as_half_a_plain_one() -> None:
    torch.manual_seed(0)
    layer, image = ModulatedConv(3, 5), torch.rand((1, 3, 9, 11))
    assert layer.conv.bias is not None
    plain = torch.nn.functional.conv2d(image, layer.conv.weight / 2, layer.conv.bias, padding=1)
    torch.testing.assert_close(layer(image), plain)


def test_half_precision_changes_little() -> None:
    torch.manual_seed(0)
    small = {**CenterNet.VARIANTS["small"], "neck": "deformable", "backbone_channels": [8, 8, 8, 8], "neck_width": 8}
    network, image = CenterNetwork(config(**small)).eval(), torch.randint(0, 255, (1, 3, 64, 96), dtype=torch.uint8)
    whole = network(image)
    with torch.autocast("cpu", torch.bfloat16):
        half = network(image)
    for name, found in half.items():
        torch.testing.assert_close(found.float(), whole[name], atol=0.02, rtol=0.02)
    sum((each.float().square().sum() for each in half.values()), torch.zeros(())).backward()
    assert all(each.grad is not None and each.grad.isfinite().all() for each in network.parameters())


@pytest.mark.parametrize("factor", [2, 4])
def test_enlarging_begins_as_bilinear(factor: int) -> None:
    image = torch.rand((1, 3, 6, 7))
    expected = nn.functional.interpolate(image, scale_factor=factor, mode="bilinear")
    inner = (..., slice(factor, -factor), slice(factor, -factor))  # beyond the border one sees zeros, one the rim
    torch.testing.assert_close(enlarge(3, factor)(image)[inner], expected[inner])


def test_pretrained_weights_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "weights.pth"
    donor = timm.create_model("dla46_c")
    torch.save(donor.state_dict(), file)
    network = CenterNetwork(config(backbone="dla46_c", neck="plain", neck_width=8, backbone_weights=str(file)))
    state = network.backbone.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in donor.state_dict().items() if name in state)
    assert len(state) > 100
    del donor.base_layer
    torch.save(donor.state_dict(), file)
    with pytest.raises(ConfigError, match=r"weights.pth': lacks base_layer\.0\.weight of dla46_c; take a file of that"):
        CenterNetwork(config(backbone="dla46_c", neck="plain", neck_width=8, backbone_weights=str(file)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"backbone": "dla35"}, "dla35"),
        ({"backbone": "vit_tiny_patch16_224"}, "vit_tiny"),
        ({"backbone_weights": "nowhere.pth"}, "nowhere.pth"),
        ({"width": 1080}, "width = 1080: expected a whole number that's a multiple of 32"),
        ({"tile": 128}, "tile = 128: expected a whole number >= 160"),
        ({"gamma": 0.5}, "gamma = 0.5: expected a finite number >= 1"),
        ({"eta": -1.0}, "eta = -1.0: expected a number >= 0"),
        ({"predict_scale": 0.0}, "predict_scale = 0.0: expected a number > 0"),
        ({"min_score": 1}, "min_score = 1: expected a number < 1"),
        ({"hidden": 1}, "hidden = 1: expected a whole number >= 2"),
    ],
)
def test_settings_that_make_no_network_are_told(settings: dict[str, Any], message: str) -> None:
    with torch.device("meta"), pytest.raises(ConfigError, match=message):
        CenterNet(config(**settings))
