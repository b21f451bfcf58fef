"""Methods that learn a density: published sizes, targets of crops, pretrained weights, and four pictures by heart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import ConfigError, GtaHeadError
from gta_head_tools.maps.kernels import Kernel
from gta_head_tools.pictures import Picture
from test_training.batches import one_batch
from test_training.test_methods.test_centernet_learns import discs
from training.base import Map, Method, Sample
from training.catalogue import count_parameters
from training.config import build_config
from training.families.density import DensityConfig, density_target
from training.losses.map_losses import MAP_LOSSES
from training.methods.cannet import CANNet, Context
from training.methods.cfanet import CFANet
from training.methods.csrnet import CSRNet
from training.methods.deepcount import DeepCount
from training.methods.mcnn import MCNN
from training.networks.vgg import ALL, FrontEnd, scaled
from training.samples.augment import mirror, random_crop
from training.samples.data import tell_once

KINDS: dict[str, tuple[type[Method], dict[str, Any]]] = {
    "mcnn": (MCNN, {"width_share": 0.25}),
    "csrnet": (CSRNet, {"width_share": 0.0625}),
    "cannet": (CANNet, {"width_share": 0.0625, "norm": False}),
    "cannet_norm": (CANNet, {"width_share": 0.0625, "density_scale": 10.0}),
    "deepcount": (DeepCount, {"width_share": 0.0625, "stages": 1, "width": 64, "height": 64, "density_scale": 1.0}),
    "cfanet": (CFANet, {"width_share": 0.0625, "cheap_heads": True, "density_scale": 50.0}),
}
LOSSES: dict[str, dict[str, Any]] = {
    # Pictures of 64 pixels are too small for the defaults: much of each head would be taken for background.
    "bayes": {"bayes_sigma": 4.0, "bayes_background": 0.6},
}
LEARNED = [
    *((name, kind.LOSSES[0]) for name, (kind, _) in KINDS.items() if name != "cfanet"),
    ("mcnn", "bsl"),
    *(pytest.param("mcnn", loss, marks=pytest.mark.slow) for loss in MAP_LOSSES if loss not in {"mse", "bsl"}),
    *(pytest.param(name, "bsl", marks=pytest.mark.slow) for name in ("csrnet", "cannet", "cfanet")),
]


@pytest.mark.parametrize(
    ("kind", "settings", "published"),
    [
        (MCNN, {}, 127_953),
        (MCNN, {"sees": "colour"}, 133_705),
        (CSRNet, {}, 16_263_489),
        (CANNet, {}, 18_103_489),
        (CANNet, {"norm": False}, 18_099_521),
        (CANNet, {"form": "paper"}, 20_719_937),
        (DeepCount, {}, 58_109_766),
        (DeepCount, {"detached": 5}, 21_403_201),
        (CFANet, {}, 16_721_824),
    ],
)
def test_parameters_are_the_published_ones(kind: type[Method], settings: dict[str, Any], published: int) -> None:
    assert count_parameters(kind, settings) == published


def heads_of(sample: Sample) -> ImageAnnotations:
    height, width = sample.picture.shape[:2]
    return ImageAnnotations(ImageInfo("a.png", width, height), sample.points, boxes=sample.boxes)


@pytest.mark.parametrize("sigma", [5.0, "adaptive", "box"])
def test_the_target_of_a_crop_is_the_crop_of_the_target(sigma: Any) -> None:
    whole = discs(2)
    whole = replace(whole, points=np.concatenate([whole.points, [[0.5, 63.0]]]))  # a head in the corner
    whole = replace(whole, boxes=np.concatenate([whole.boxes, [[0, 59, 4, 64]]]), ignore=np.zeros(8, np.bool_))
    kernel = Kernel(sigma=sigma)
    expected = kernel.density(heads_of(whole))
    assert expected.sum() == pytest.approx(8, rel=1e-5)
    assert density_target(whole, kernel, 8).sum() == pytest.approx(8, rel=1e-5)
    config = build_config(DensityConfig, {"width": 40, "height": 24, "fit": "crop"})
    for seed in range(4):
        crop = random_crop(whole, config, np.random.default_rng(seed))
        left, top = (-crop.whole[0, :2]).astype(int)
        part = expected[top : top + 24, left : left + 40]
        np.testing.assert_allclose(density_target(crop, kernel, 1), part, atol=1e-7)
        mirrored = density_target(mirror(crop), kernel, 1)
        np.testing.assert_allclose(mirrored, part[:, ::-1], atol=1e-7)


def test_padding_beside_a_picture_holds_no_density() -> None:
    sample = Sample(
        np.zeros((32, 48, 3), np.uint8),
        np.array([[19.5, 10.0]]),
        np.full((1, 4), np.nan),
        np.zeros(1, np.bool_),
        np.array([[0.0, 0.0, 20.0, 32.0]]),
    )
    target = density_target(sample, Kernel(sigma=6), 4)
    assert (target[:, :5].sum(), target[:, 5:].sum()) == (pytest.approx(1, rel=1e-5), 0)


def test_sigmas_of_boxes_need_boxes() -> None:
    bare = ImageAnnotations(ImageInfo("a.png", 9, 9), [[1, 1]])
    with pytest.raises(ConfigError, match=r"sigma = box: a\.png has a head without a box"):
        CSRNet.prepare([bare], build_config(CSRNet.Config, {"sigma": "box"}))


def test_a_rate_for_sums_is_told_beside_a_loss_that_is_a_mean(caplog: pytest.LogCaptureFixture) -> None:
    tell_once.cache_clear()
    for settings in ({}, {"loss": "bsl", "lr": 1e-3}, {"loss": "bsl", "optimizer": "adam", "lr": 1e-6}):
        CSRNet.prepare([], build_config(CSRNet.Config, settings))
    assert "sgd" not in caplog.text.replace("optimizer = adam", "")
    CSRNet.prepare([], build_config(CSRNet.Config, {"loss": "bsl"}))
    assert "lr = 1e-06 is that of the loss mse, a sum over cells; sgd with the loss bsl, a mean" in caplog.text


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"sigma": "wide"}, r"'wide'.*adaptive, box"),
        ({"sigma": 0}, "sigma=0.*positive"),
        ({"k": 0}, "k=0"),
        ({"width": 60}, "width = 60.*multiple of 8"),
    ],
)
def test_settings_that_make_no_target_are_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(GtaHeadError, match=told):
        build_config(MCNN.Config, settings)


def test_context_is_the_weighed_mean_of_the_scales() -> None:
    torch.manual_seed(0)
    context, f = Context(3, shared=False), torch.randn(1, 3, 6, 6)
    at_scales = [
        nn.functional.interpolate(
            conv(nn.functional.avg_pool2d(f, 6 // cells)), (6, 6), mode="bilinear", align_corners=False
        )
        for cells, conv in zip((1, 2, 3, 6), context.scales, strict=True)
    ]
    weights = [conv(s - f).sigmoid() for s, conv in zip(at_scales, context.weightings, strict=True)]
    expected = sum(w * s for w, s in zip(weights, at_scales, strict=True)) / sum(weights)
    torch.testing.assert_close(context(f), expected)


@pytest.mark.parametrize(("norm", "published"), [(False, 14_714_688), (True, 14_723_136)])
def test_weights_of_all_of_vgg_16_come_with_their_statistics(tmp_path: Path, *, norm: bool, published: int) -> None:
    with torch.device("meta"):
        assert sum(each.numel() for each in FrontEnd(blocks=ALL, norm=norm).parameters()) == published
    source = FrontEnd(share=0.1, blocks=ALL, norm=norm)
    source(torch.rand(2, 3, 32, 32))  # changes the running statistics
    layers = [layer for block in source.blocks for layer in (*block.children(), nn.MaxPool2d(2))]
    stored = {
        f"features.{at}.{key}": each for at, layer in enumerate(layers) for key, each in layer.state_dict().items()
    }
    torch.save(stored, tmp_path / "vgg.pth")
    made = FrontEnd(share=0.1, weights=str(tmp_path / "vgg.pth"), blocks=ALL, norm=norm).eval()
    image = torch.rand(1, 3, 48, 32)
    assert all(torch.equal(*pair) for pair in zip(made(image), source.eval()(image), strict=True))
    assert [each.shape[1:] for each in made(image)] == [
        (scaled(block[-1], 0.1), 48 >> at, 32 >> at) for at, block in enumerate(ALL)
    ]
    with pytest.raises(ConfigError, match=f"take {'vgg16' if norm else 'vgg16_bn'} with"):
        FrontEnd(share=0.1, weights=str(tmp_path / "vgg.pth"), blocks=ALL, norm=not norm)


@pytest.mark.parametrize(("width", "height", "across", "down"), [(96, 64, 48, 32), (100, 40, 56, 24)])
def test_quarters_of_a_picture_are_predicted_separately(width: int, height: int, across: int, down: int) -> None:
    torch.manual_seed(0)
    method = CANNet(build_config(CANNet.Config, {"width_share": 0.0625, "norm": False, "quarters": True})).eval()
    whole = CANNet(build_config(CANNet.Config, {"width_share": 0.0625, "norm": False})).eval()
    whole.load_state_dict(method.state_dict())
    picture = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    top, bottom = picture[:down], picture[down:]
    rows = [[density(whole, part) for part in (row[:, :across], row[:, across:])] for row in (top, bottom)]
    np.testing.assert_allclose(density(method, picture), np.block(rows), rtol=1e-4, atol=1e-6)
    assert np.abs(density(method, picture) - density(whole, picture)).max() > 1e-3
    assert density(method, picture[:1, :1]).shape == (1, 1)


def density(method: Method, picture: Picture) -> Map:
    found = method.predict(picture).density
    assert found is not None
    return found


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_pretrained_weights_come_from_a_file(tmp_path: Path, suffix: str) -> None:
    from safetensors.torch import save_file

    given = {f"features.{name}": value for name, value in torchvision_names(FrontEnd(share=0.1))}
    path = tmp_path / f"vgg16.{suffix}"
    stored = given | {"classifier.0.weight": torch.zeros(3, 3)}
    save_file(stored, path) if suffix == "safetensors" else torch.save(stored, path)
    settings = {"width_share": 0.1, "backbone_weights": str(path)}
    method = CSRNet(build_config(CSRNet.Config, settings))
    front = method.network.front
    assert isinstance(front, FrontEnd)
    assert all(torch.equal(*pair) for pair in zip(front.parameters(), given.values(), strict=True))
    with pytest.raises(ConfigError, match="holds no weights of VGG-16"):
        CSRNet(build_config(CSRNet.Config, settings | {"width_share": 0.2}))
    path.write_bytes(b"no weights")
    with pytest.raises(ConfigError, match="cannot be read as weights"):
        CSRNet(build_config(CSRNet.Config, settings))
    with pytest.raises(ConfigError, match="no such file"):
        CSRNet(build_config(CSRNet.Config, settings | {"backbone_weights": "gone.pth"}))


def torchvision_names(front: FrontEnd) -> list[tuple[str, torch.Tensor]]:
    """The parameters under the names of torchvision, in which pools are counted, too, in the order of its files."""
    layers = [layer for block in front.blocks for layer in (*block.children(), nn.MaxPool2d(2))]
    return [
        (f"{place}.{name}", value.detach().clone())
        for place, layer in enumerate(layers)
        for name, value in layer.named_parameters()
    ]


def error(method: Method, samples: list[Sample]) -> float:
    """Share of the heads by which counts are off."""
    found = [method.eval().predict(each.picture) for each in samples]
    wrong = sum(abs(each.count - len(sample.points)) for each, sample in zip(found, samples, strict=True))
    return wrong / sum(len(each.points) for each in samples)


@pytest.mark.parametrize(("name", "loss"), LEARNED)
def test_four_pictures_are_learned_by_heart(name: str, loss: str) -> None:
    kind, settings = KINDS[name]
    torch.manual_seed(0)
    samples = [discs(seed) for seed in range(4)]
    given = {"sigma": 4.0, "density_scale": 100.0, "fit": "crop", "loss": loss} | settings | LOSSES.get(loss, {})
    config = kind.prepare([heads_of(each) for each in samples], build_config(kind.Config, given))
    method = kind(config)
    assert error(method, samples) > 0.05
    batch = one_batch(kind, samples, config)
    optimizer = torch.optim.Adam(method.parameters(), lr=4e-3)
    for step in range(120):
        optimizer.zero_grad()
        sum(method.train().loss(batch, step / 120).values(), torch.zeros(())).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if step % 10 == 9 and error(method, samples) < 0.05:
            break
    assert error(method, samples) < 0.05
