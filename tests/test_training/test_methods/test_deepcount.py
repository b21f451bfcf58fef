"""DeepCount: sizes of table 1, the loss of equation 3, tiles, the backbone without branches, and the ablations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from gta_head_tools.errors import GtaHeadError
from gta_head_tools.maps.cells import in_cells
from gta_head_tools.pictures import Picture
from test_training.batches import one_batch
from test_training.test_methods.test_centernet_learns import discs
from training.base import Map
from training.config import build_config
from training.methods.deepcount import DeepCount

SMALL = {"width_share": 0.0625, "stages": 2, "width": 64, "height": 32}


def small(**settings: Any) -> DeepCount:
    torch.manual_seed(0)
    method = DeepCount(build_config(DeepCount.Config, SMALL | settings))
    # What is below 0 is predicted as 0, and a sum of zeros tells nothing.
    for name, each in method.named_parameters():
        if name.endswith(("count.bias", "map.bias")):
            torch.nn.init.constant_(each, 20.0)
    return method.eval()


def density(method: DeepCount, picture: Picture) -> Map:
    found = method.predict(picture).density
    assert found is not None
    return found


def noise(width: int, height: int) -> Picture:
    return np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)


def test_sizes_are_those_of_table_1() -> None:
    with torch.device("meta"):
        method = DeepCount(build_config(DeepCount.Config, {}))
        found = method.network(torch.empty(2, 3, 384, 512))
    maps = {f"density_{n}": (2, 1, 96 >> n, 128 >> n) for n in range(1, 6)}
    assert {name: tuple(each.shape) for name, each in found.items()} == {"count": (2, 1, 1, 1)} | maps
    # Of the transposed convolutions of a branch all but the first one double the map.
    layers = [method.network.get_submodule(f"branches.{n}.layers") for n in range(1, 6)]
    doubling = [len([*each.children()]) - 1 for each in layers]
    assert doubling == [4, 3, 2, 1, 0]


def test_the_loss_is_equation_3() -> None:
    method = small(height=64, loss_weight=0.5, count_weight=16.0, sigma=4.0)
    batch = one_batch(DeepCount, [discs(0), discs(1)], method.config)
    found = method.network(batch["image"])
    true = batch["density"].numpy()[:, 0]
    expected = {"count": 16 * np.abs(found["count"].detach().numpy().ravel() - true.sum(axis=(1, 2))).sum()}
    for n in (1, 2, 3):
        pooled = np.stack([in_cells(each, 2 ** (n - 1)) for each in true])
        expected[f"density_{n}"] = np.abs(found[f"density_{n}"].detach().numpy()[:, 0] - pooled).sum()
    terms = method.loss(batch, 0.0)
    assert {name: term.item() for name, term in terms.items()} == pytest.approx(
        {name: 0.5 * each / (2 * 2) for name, each in expected.items()}, rel=1e-5
    )


@pytest.mark.parametrize(
    ("size", "inner"),
    [((512, 384), (512, 384)), ((1920, 1080), (2048, 1152)), ((300, 900), (512, 1536)), ((1, 1), (512, 384))],
)
def test_a_picture_becomes_whole_tiles(size: tuple[int, int], inner: tuple[int, int]) -> None:
    with torch.device("meta"):
        method = DeepCount(build_config(DeepCount.Config, {"width_share": 0.1}))
    found, fit = method.fitted(size)
    assert found == inner
    assert (fit.scale_x * size[0], fit.scale_y * size[1]) == pytest.approx(inner)


def test_counts_of_tiles_are_added_and_their_maps_put_side_by_side() -> None:
    method, picture = small(), noise(128, 64)
    whole = method.predict(picture, maps=True)
    parts = [[method.predict(picture[y : y + 32, x : x + 64], maps=True) for x in (0, 64)] for y in (0, 32)]
    assert whole.count == pytest.approx(sum(part.count for row in parts for part in row), rel=1e-5)
    assert whole.count > 10
    for name, shape in {"density": (8, 16), "density_1": (8, 16), "density_2": (4, 8), "density_3": (2, 4)}.items():
        assert whole.maps[name].shape == shape
        joined = np.block([[part.maps[name] for part in row] for row in parts])
        np.testing.assert_allclose(whole.maps[name], joined, rtol=1e-5, atol=1e-6)


def test_the_backbone_counts_without_its_branches() -> None:
    full, picture = small(), noise(70, 40)
    alone, bare = small(map_from=0), small(detached=3)
    bare.load_state_dict({name: each for name, each in full.state_dict().items() if "branches" not in name})
    assert set(full.network(torch.zeros(1, 3, 32, 64), [])) == {"count"}
    counts = [each.predict(picture).count for each in (full, alone, bare, small(map_from=3))]
    assert counts == pytest.approx([counts[0]] * 4, rel=1e-5)
    np.testing.assert_allclose(density(alone, picture), counts[0] / (70 * 40), rtol=1e-4)


@pytest.mark.parametrize("branch", [1, 2, 3])
def test_the_count_of_a_branch_is_the_sum_of_its_map(branch: int) -> None:
    method, picture = small(count_from=branch), noise(64, 32)
    found = density(method, picture)
    image = torch.from_numpy(picture).permute(2, 0, 1)[None]
    own = method.network(image)[f"density_{branch}"].clamp(min=0)
    assert method.predict(picture).count == pytest.approx(own.sum().item(), rel=1e-5)
    np.testing.assert_allclose(found, own[0, 0].detach().numpy(), rtol=1e-5)


def test_mirrored_tiles_are_averaged() -> None:
    method, picture = small(count_from=1), noise(64, 32)
    mean = (density(method, picture) + density(method, np.ascontiguousarray(picture[:, ::-1]))[:, ::-1]) / 2
    method.flip_test = True
    np.testing.assert_allclose(density(method, picture), mean, rtol=1e-4)


@pytest.mark.parametrize("detached", range(4))
def test_detached_branches_give_no_gradient(detached: int) -> None:
    method = small(height=64, detached=detached)
    terms = method.loss(one_batch(DeepCount, [discs(0)], method.config), 0.0)
    assert set(terms) == {"count"} | {f"density_{n}" for n in range(detached + 1, 4)}
    sum(terms.values(), torch.zeros(())).backward()  # type: ignore[no-untyped-call]  # torch declares it without types
    assert all(each.grad is not None for each in method.parameters())
    assert {name.split(".")[2] for name, _ in method.named_parameters() if "branches" in name} == {
        str(n) for n in range(detached + 1, 4)
    }


@pytest.mark.parametrize(("slope", "lowest"), [(0.2, -0.2), (0.0, 0.0)])
def test_the_slope_is_that_of_equation_4(slope: float, lowest: float) -> None:
    method = small(slope=slope)
    layer = method.network.get_submodule("first.1")
    np.testing.assert_allclose(layer(torch.tensor([-1.0, 2.0])), [lowest, 2.0])
    activations = [each for each in method.network.modules() if isinstance(each, torch.nn.LeakyReLU)]
    assert {each.negative_slope for each in activations} == {slope}
    assert len(activations) == 1 + 2 * 2 + 1 + (3 + 2 + 1)


def test_the_front_end_learns_at_half_the_rate() -> None:
    method = small()
    others, front = method.param_groups()
    assert front["lr_scale"] == 0.5
    assert {id(each) for each in front["params"]} == {
        id(each) for each in method.network.get_submodule("front").parameters()
    }
    assert len(others["params"]) + len(front["params"]) == len([*method.parameters()])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"width": 500}, "width = 500: expected a multiple of 128 with 4 stages"),
        ({"height": 392}, "height = 392: expected a multiple of 128 with 4 stages"),
        ({"fit": "whole"}, "fit 'whole': known: crop"),
        ({"detached": 6}, "detached = 6: 4 stages have 5 branches"),
        ({"count_from": 2, "detached": 2}, r"count_from = 2: .*branches: 3, 4, 5"),
        ({"map_from": 1, "detached": 5}, r"map_from = 1: .*branches: none"),
    ],
)
def test_settings_that_make_no_network_are_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(GtaHeadError, match=told):
        build_config(DeepCount.Config, settings)
