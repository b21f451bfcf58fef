"""CFANet: its attention, its targets at four scales, its weights in the course of a training, and its ablations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import ConfigError
from test_training.batches import one_batch
from test_training.test_methods.test_centernet_learns import discs
from training.base import Batch
from training.catalogue import count_parameters
from training.config import build_config
from training.methods.cfanet import CFANet, CFANetConfig
from training.operations import count_operations

EDGES = (1e-5, 2e-4, 8e-4, 2e-3, 4e-3)
SAMPLES = [discs(seed) for seed in range(2)]


def small(**settings: Any) -> CFANet:
    """A network of few channels on cells of 64 x 64 pictures, ready to learn."""
    given = {"width_share": 0.03, "sigma": 4.0, "cheap_heads": True, "density_edges": EDGES}
    torch.manual_seed(0)
    method = CFANet(build_config(CFANetConfig, given | settings))
    method.train()
    return method


def taught(method: CFANet) -> Batch:
    return one_batch(CFANet, SAMPLES, method.config)


def test_weights_are_those_of_figure_4() -> None:
    method = small(supervise_from=4)
    batch = taught(method)
    plain = method.loss(batch, 1.0)
    epochs = {
        0: (0.8, 0.3, 0.3),
        50: (0.9, 0.175, 0.3),
        100: (1, 0.05, 0.3),
        200: (1, 0.05, 0.175),
        300: (1, 0.05, 0.05),
    }
    for epoch, weights in epochs.items():
        found = method.loss(batch, epoch / 500)
        shares = [(found[name] / plain[name]).item() for name in ("sl", "cam", "fam")]
        np.testing.assert_allclose(np.array(shares) * [1, 0.05, 0.05], weights, rtol=1e-3)


def test_attention_is_learned_from_the_highest_level_in_each_cell() -> None:
    method = small()
    batch = taught(method)
    density = batch["density"].numpy()[:, 0]
    levels = np.sum([density >= np.float32(edge) for edge in EDGES], axis=0)
    assert set(np.unique(levels)) == {0, 1, 2, 3, 4, 5}
    found = method.network(batch["image"])
    expected = np.zeros(2)
    for stage, cell in ((1, 8), (2, 4), (3, 2), (4, 1)):
        cells = levels.reshape(2, 64 // cell, cell, 64 // cell, cell).max(axis=(2, 4))
        p = found[f"cam_{stage}"].sigmoid().detach().numpy()[:, 0]
        expected[0] -= np.where(cells > 0, np.log(p), np.log(1 - p)).mean()
        q = found[f"fam_{stage}"].softmax(dim=1).detach().numpy()
        expected[1] -= np.log(np.take_along_axis(q, cells[:, None], axis=1)).mean()
    terms = method.loss(batch, 0.0)
    np.testing.assert_allclose([terms["cam"].item() / 0.3, terms["fam"].item() / 0.3], expected, rtol=1e-4)


@pytest.mark.parametrize(("fam", "attention"), [("added", 0.36 + 0.75), ("residual", 0.36 + 0.75 * 0.36)])
def test_attention_joins_what_both_branches_say(fam: str, attention: float) -> None:
    method = small(fam=fam)
    crr, dle = method.network.crr, method.network.dle
    assert isinstance(crr, nn.Module)
    assert isinstance(dle, nn.Module)
    for parameter in (*crr.parameters(), *dle.parameters()):
        nn.init.zeros_(parameter)
    nn.init.constant_(crr.heads[3].bias, np.log(3))  # type: ignore[index, union-attr]  # a sigmoid of 3 / 4
    with torch.no_grad():  # levels 0 and 3 with 2 / 5 and 3 / 5, which have the weights 0 and .6
        dle.heads[3].bias.copy_(torch.tensor([np.log(2), -99, -99, np.log(3), -99, -99]))  # type: ignore[index, union-attr]
    found = method.eval().network(taught(method)["image"])
    torch.testing.assert_close(found["attention"], torch.full((2, 1, 64, 64), attention))
    torch.testing.assert_close(found["refined"], found["features"] * (1 + attention))


@pytest.mark.parametrize(
    ("settings", "maps"),
    [
        ({"branches": "none"}, set()),
        ({"branches": "crr"}, {"cam"}),
        ({"branches": "dle"}, {"fam"}),
        ({"supervise_from": 2}, {"cam", "fam"}),
        ({"supervise_from": 3, "levels": 4, "density_edges": EDGES[:3]}, {"cam", "fam"}),
        ({"supervise_from": 4, "fam": "residual", "loss": "mse"}, {"cam", "fam"}),
        ({"cheap_heads": False, "levels": 2, "density_edges": EDGES[:1], "ssim_c": "plain"}, {"cam", "fam"}),
    ],
)
def test_ablations_learn_with_what_is_left(settings: dict[str, Any], maps: set[str]) -> None:
    method = small(**settings)
    batch = taught(method)
    found, terms = method.network(batch["image"]), method.loss(batch, 0.5)
    assert terms.keys() & {"cam", "fam"} == maps
    assert all(torch.isfinite(term) for term in terms.values())
    stages = [name for name in found if name.startswith("density_")]
    assert stages == [f"density_{stage}" for stage in range(settings.get("supervise_from", 1), 4)]
    assert all(found[name].shape == (2, 1, 64, 64) for name in (*stages, "density"))
    sum(terms.values(), torch.zeros(())).backward()  # type: ignore[no-untyped-call]
    assert all(each.grad is not None and each.grad.isfinite().all() for each in method.parameters())


def test_every_level_has_as_many_pixels_in_the_pictures_to_train_on() -> None:
    heads = [
        ImageAnnotations(ImageInfo(f"{seed}.png", 64, 64), discs(seed).points, boxes=discs(seed).boxes)
        for seed in range(3)
    ]
    config = build_config(CFANetConfig, {"sigma": 4.0, "levels": 4})
    fitted = CFANet.prepare(heads, config)
    assert isinstance(fitted, CFANetConfig)
    crowd = np.concatenate([config.density(each).ravel() for each in heads])
    crowd = crowd[crowd >= 1e-5]
    counts = np.histogram(crowd, [*fitted.density_edges, np.inf])[0]
    assert counts.sum() == len(crowd)
    assert np.ptp(counts) < 0.01 * len(crowd)
    assert CFANet.prepare(heads, fitted) is fitted
    halved = CFANet.prepare(
        heads, build_config(CFANetConfig, {"sigma": 2.0, "levels": 4, "fit": "letterbox", "width": 32, "height": 32})
    )
    assert isinstance(halved, CFANetConfig)
    np.testing.assert_allclose(halved.density_edges[1:], 4 * np.array(fitted.density_edges[1:]), rtol=0.35)


def test_borders_of_levels_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ConfigError, match="expected 5 rising numbers"):
        small(density_edges=EDGES[:4])
    with pytest.raises(ConfigError, match="expected 5 rising numbers"):
        small(density_edges=EDGES[::-1])


def test_settings_without_effect_are_told() -> None:
    idle = build_config(CFANetConfig, {"branches": "none", "supervise_from": 4}).without_effect()
    assert {"fam", "levels", "density_edges", "cheap_heads"} <= idle.keys()


def test_fewer_branches_and_maps_have_fewer_parameters() -> None:
    whole = count_parameters(CFANet, {})
    assert whole - count_parameters(CFANet, {"branches": "dle"}) == 1_701_508  # CRR
    assert whole - count_parameters(CFANet, {"branches": "crr"}) == 2_176_856  # DLE
    assert whole - count_parameters(CFANet, {"supervise_from": 4}) == 9 * (512 + 256 + 256) + 3


def test_maps_of_panels_are_at_one_scale() -> None:
    method = small().eval()
    maps = method.predict(SAMPLES[0].picture[:50, :40], maps=True).maps
    assert {name: each.shape for name, each in maps.items()} == dict.fromkeys(method.SHOWN, (50, 40))
    assert max(maps["features"].max(), maps["refined"].max()) == pytest.approx(1)
    np.testing.assert_allclose(maps["refined"], maps["features"] * (1 + 2 * maps["attention"]), rtol=1e-4, atol=1e-6)


def test_multiply_adds_for_a_picture_in_training() -> None:
    heads = 9 * (512 + 256 + 256) * 384 * 512  # of the stages 1 to 3, which a prediction does not need
    assert count_operations(CFANet, {}).multiply_adds + heads == pytest.approx(235.5e9, abs=0.05e9)
