"""P2PNet: its layers, reference points, matching and loss against plain loops, and four pictures by heart."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from test_training.batches import one_batch
from test_training.test_methods.test_centernet_learns import discs, errors, learn
from training.base import Sample
from training.catalogue import count_parameters
from training.config import build_config
from training.methods.p2pnet import P2PNet, match
from training.networks.vgg import ALL, FrontEnd

NARROW = {"width_share": 0.0625, "width": 32, "height": 32}
CONV = 256 * 256 * 9 + 256


def narrow(**settings: Any) -> P2PNet:
    torch.manual_seed(0)
    return P2PNet(build_config(P2PNet.Config, {**NARROW, **settings}))


def test_parameters_are_those_of_the_layers_in_the_paper() -> None:
    vgg, laterals, outputs = 14_723_136, 2 * (512 * 256 + 256), 3 * 4 * (256 * 9 + 1)
    found = count_parameters(P2PNet, {})
    assert found == vgg + laterals + 5 * CONV + outputs == 17_963_852
    # Other papers print 21.6 M: four more convolutions in the branches, three more in the path upwards.
    assert round((found + 6 * CONV + 256 * 256 + 256) / 1e6, 1) == 21.6


@pytest.mark.parametrize(
    ("settings", "first"),
    [
        ({}, [[2, 2], [6, 2], [2, 6], [6, 6]]),
        ({"rows": 1, "columns": 2}, [[2, 4], [6, 4]]),
        ({"rows": 1, "columns": 2, "layout": "centre"}, [[4, 4], [4, 4]]),
    ],
)
def test_points_are_reference_points_and_a_hundred_times_the_offset(settings: Any, first: list[list[int]]) -> None:
    method, points = narrow(**settings), len(first)
    offset = torch.zeros(1, 2 * points, 2, 3)
    assert sorted(method.proposals(offset)[0].tolist()) == sorted(
        [x + 8 * column, y + 8 * row] for x, y in first for row in range(2) for column in range(3)
    )
    offset[0, 2, 1, 2], offset[0, 3, 1, 2] = 0.01, -0.02  # x and y of the second point in the last cell
    x, y = first[1]
    assert method.proposals(offset)[0].view(points, 2, 3, 2)[1, 1, 2].tolist() == pytest.approx([x + 17, y + 6])


def test_the_matching_is_the_cheapest_of_all() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        heads, found, scores = rng.uniform(0, 40, (3, 2)), rng.uniform(0, 40, (5, 2)), rng.uniform(0, 1, 5)
        costs = 0.05 * np.linalg.norm(heads[:, None] - found, axis=2) - scores
        cheapest = min(itertools.permutations(range(5), 3), key=lambda chosen: costs[range(3), chosen].sum())
        rows, columns = match(found, scores, heads, tau=0.05)
        assert (rows.tolist(), columns.tolist()) == ([0, 1, 2], list(cheapest))
    assert len(match(found, scores, rng.uniform(0, 40, (9, 2)), tau=0.05)[0]) == 5  # more heads than points
    assert len(match(found, scores, np.empty((0, 2)), tau=0.05)[0]) == 0
    assert len(match(found * math.nan, scores, heads, tau=0.05)[0]) == 0


def test_the_matching_holds_one_matrix_of_costs() -> None:
    rng = np.random.default_rng(0)
    heads, found = rng.uniform(0, 512, (200, 2)), rng.uniform(0, 512, (4096, 2))
    tracemalloc.start()
    match(found, np.zeros(4096), heads, tau=0.05)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 200 * 4096 * 8 <= peak < 1.1 * 200 * 4096 * 8


def ignoring(seed: int) -> Sample:
    """Discs, of which the first is ignored, and a head beyond the border."""
    sample = discs(seed)
    points = np.concatenate([sample.points, [[70.0, 5.0]]])
    boxes = np.concatenate([sample.boxes, np.full((1, 4), np.nan)])
    return Sample(sample.picture, points, boxes, np.arange(len(points)) == 0)


def test_targets_are_the_heads_inside() -> None:
    sample = ignoring(0)
    found = P2PNet.targets(sample, narrow().config)
    np.testing.assert_allclose(found["points"].values, sample.points[1:-1], rtol=1e-6)
    x, y = (sample.points[0] // 8).astype(int)
    assert found["n_heads"] == len(sample.points) - 2
    assert not found["valid"][0, y, x]
    assert found["n_proposals"] == 4 * found["valid"].sum() < 4 * 64


@pytest.mark.parametrize(
    "settings", [{}, {"rows": 1, "columns": 1, "tau": 0.5}, {"layout": "centre", "no_head": 1.0, "point_weight": 0.1}]
)
def test_the_loss_is_that_of_the_equations(settings: dict[str, Any]) -> None:
    method = narrow(**settings).train()
    config, samples = method.config, [ignoring(0), ignoring(1)]
    batch = one_batch(P2PNet, samples, config)
    maps = method.network(batch["image"])
    entropy = distance = 0.0
    for each, heads in enumerate(batch["points"].split()):
        points, scores = method.proposals(maps["offset"])[each].tolist(), maps["score"][each].sigmoid().flatten()
        chosen = dict(
            zip(*match(np.array(points), scores.detach().numpy(), heads.numpy(), tau=config.tau), strict=True)
        )
        valid = batch["valid"][each].expand(config.rows * config.columns, -1, -1).flatten()
        for place, score in enumerate(scores.tolist()):
            if place in chosen.values():
                entropy -= math.log(score)
            elif valid[place]:
                entropy -= config.no_head * math.log(1 - score)
        distance += sum(math.dist(heads[head].tolist(), points[place]) ** 2 for head, place in chosen.items())
    found = method.loss(batch, 0.0)
    total = float(batch["valid"].sum()) * config.rows * config.columns
    assert found["score"].item() == pytest.approx(entropy / total, rel=1e-4)
    heads_in_all = sum(len(sample.points) - 2 for sample in samples)
    assert found["point"].item() == pytest.approx(config.point_weight * distance / heads_in_all, rel=1e-4)
    sum(found.values(), torch.zeros(())).backward()  # type: ignore[no-untyped-call]
    assert all(each.grad is not None and each.grad.isfinite().all() for each in method.parameters())


def test_what_pads_a_picture_teaches_nothing() -> None:
    sample = Sample(discs(0).picture[:40, :24], np.array([[5.0, 9.0]]), np.full((1, 4), np.nan), np.zeros(1, np.bool_))
    method = narrow(fit="whole").train()
    batch = one_batch(P2PNet, [discs(1), sample], method.config)
    found = method.forward(batch, 0.0)
    padded = torch.zeros(2, 1, 8, 8, dtype=torch.bool)
    padded[0], padded[1, :, :5, :3] = True, True
    expected = method.loss(batch | {"valid": padded}, 0.0)
    assert found["score"] == expected["score"]
    assert batch["n_proposals"] == 4 * (64 + 15)


def test_a_picture_without_heads_teaches_that_there_are_none() -> None:
    empty = Sample(discs(0).picture, np.empty((0, 2)), np.empty((0, 4)), np.empty(0, np.bool_))
    method = narrow().train()
    found = method.loss(one_batch(P2PNet, [empty], method.config), 0.0)
    assert found["point"] == 0
    assert found["score"] > 0


def test_a_pretrained_backbone_learns_slowly(tmp_path: Path) -> None:
    blocks = FrontEnd(share=0.0625, blocks=ALL, norm=True).blocks
    layers = [layer for block in blocks for layer in (*block.children(), torch.nn.Identity())]
    state = {
        f"features.{at}.{name}": each for at, layer in enumerate(layers) for name, each in layer.state_dict().items()
    }
    torch.save(state, tmp_path / "vgg16_bn.pth")
    slow = narrow(backbone_weights=str(tmp_path / "vgg16_bn.pth"))
    assert [group.get("lr_scale", 1) for group in slow.param_groups()] == [0.1, 1]
    assert sum(len(group["params"]) for group in slow.param_groups()) == len([*slow.parameters()])
    assert narrow().param_groups()[0]["lr_scale"] == 1
    assert "backbone_lr" in narrow().config.without_effect()


def test_four_pictures_are_learned_by_heart() -> None:
    method, samples = narrow(), [discs(seed) for seed in range(4)]
    assert errors(method, samples)[0] > 0.05
    learn(method.train(), samples, steps=80, lr=6e-3)
    wrong, far = errors(method, samples)
    assert wrong < 0.05
    assert far < 2
