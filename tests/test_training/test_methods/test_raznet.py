"""RAZ-Net: sizes, targets of parts, losses by the equations, and its phases on four pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from gta_head_tools.maps.attention import attention_map, cross_map
from test_training.batches import one_batch
from test_training.test_methods.test_centernet_learns import discs
from training.base import Sample
from training.catalogue import count_parameters
from training.config import build_config
from training.methods.raznet import RAZNet, RAZNetConfig, RAZNetwork, counting_loss, localization_loss
from training.runs.phases import enter
from training.samples.augment import mirror, random_crop
from training.samples.letterbox import pad_to


def settings(**more: Any) -> RAZNetConfig:
    return build_config(RAZNet.Config, {"width_share": 0.0625, "sigma": 4.0, "width": 64, "height": 64, **more})


def test_parameters_are_those_of_the_specification() -> None:
    assert count_parameters(RAZNet, {}) == 26_981_315
    with torch.device("meta"):
        alone = RAZNetwork(build_config(RAZNet.Config, {}), counts=False)
    assert sum(each.numel() for each in alone.parameters()) == 18_316_226
    parts = [alone.front, alone.localization]
    # Public benchmarks have two outputs of the localization branch.
    assert sum(each.numel() for part in parts for each in part.parameters()) + 65 == 18_242_370


@pytest.mark.parametrize("stride", [8, 4, 2])
def test_counting_at_a_finer_stride(stride: int) -> None:
    method = RAZNet(settings(count_stride=stride)).eval()
    found = method.predict(discs(0).picture[:61, :43])
    assert found.density is not None
    assert found.density.shape == (-(-61 // stride), -(-43 // stride))
    batch = one_batch(RAZNet, [discs(0), discs(1)], method.config)
    assert batch["density"].shape == (2, 1, 64 // stride, 64 // stride)
    enter(method, method.PHASES[0])
    before = method.loss(batch, 0)["density"]
    before.backward()  # type: ignore[no-untyped-call]
    torch.optim.SGD([each for each in method.parameters() if each.requires_grad], lr=1e-3).step()
    assert method.loss(batch, 0)["density"] < before


def test_targets_of_a_part_are_the_part_of_the_targets() -> None:
    whole = discs(2)
    points = np.concatenate([whole.points, [[0.5, 63.0], [70.0, 30.0]]])  # at a corner, and beyond the border
    points[:3] = points[3] + [(2, 1), (1, 3), (4, 2)]  # so close together that attention is high
    ignore = np.arange(len(points)) == 4
    boxes = np.full((len(points), 4), np.nan)
    whole = replace(whole, points=points, boxes=boxes, ignore=ignore)
    targets = RAZNet.targets(whole, settings())
    heads = np.clip(points[~ignore], 0, 64)
    attention = attention_map(heads, (64, 64))
    assert attention.max() > 0.5
    crosses = cross_map(heads, (64, 64))
    np.testing.assert_allclose(targets["attention"][0], attention, atol=1e-6)
    np.testing.assert_array_equal(targets["localization"][0], crosses)
    unsure = np.argwhere(~targets["valid"][0].numpy())
    assert unsure[:, ::-1].tolist() == [np.floor(points[4]).tolist()]
    config = settings(width=40, height=24)
    for seed in range(4):
        crop = random_crop(whole, config, np.random.default_rng(seed))
        left, top = (-crop.whole[0, :2]).astype(int)
        part = RAZNet.targets(crop, config)
        inside = np.s_[top : top + 24, left : left + 40]
        np.testing.assert_allclose(part["attention"][0], attention[inside], atol=1e-6)
        np.testing.assert_array_equal(part["localization"][0], crosses[inside])
        mirrored = RAZNet.targets(mirror(crop), config)
        np.testing.assert_allclose(mirrored["attention"][0].flip(-1), attention[inside], atol=1e-6)


def test_losses_are_those_of_the_equations() -> None:
    rng = np.random.default_rng(0)
    found, true = rng.normal(size=(2, 2, 1, 4, 6))
    eq1 = [8 * np.sqrt(np.square(a - b).sum() / (32 * 48)) for a, b in zip(found, true, strict=True)]
    assert counting_loss(torch.tensor(found), torch.tensor(true)).tolist() == pytest.approx(eq1)
    same = torch.zeros(1, 1, 2, 2, requires_grad=True)
    counting_loss(same, torch.zeros_like(same)).sum().backward()  # type: ignore[no-untyped-call]
    assert same.grad is not None
    assert same.grad.abs().max() == 0
    heads, valid = rng.random((2, 2, 1, 4, 6)) < [[[[[0.3]]]], [[[[0.8]]]]]
    p = 1 / (1 + np.exp(-found))
    each = np.where(valid, -100 * heads * np.log(p) - (1 - heads) * np.log(1 - p), 0)
    loss = localization_loss(torch.tensor(found), torch.tensor(heads), torch.tensor(valid), gamma=100)
    assert loss.tolist() == pytest.approx(each.mean((1, 2, 3)))


def test_whole_pictures_of_two_sizes_are_taught_together() -> None:
    config, samples = settings(fit="whole"), [discs(0), discs(1)]
    samples[0] = replace(samples[0], picture=samples[0].picture[:, :43])
    method = RAZNet(config)
    targets = [RAZNet.targets(each, config) for each in samples]
    assert [each["localization"].shape[2] for each in targets] == [43, 64]
    batch = one_batch(RAZNet, samples, config)
    batch["image"] = torch.stack([torch.from_numpy(pad_to(each.picture, (72, 72))) for each in samples]).movedim(3, 1)
    for phase in method.PHASES:
        enter(method, phase)
        assert all(torch.isfinite(each) for each in method(batch, 0).values())


@pytest.mark.parametrize(("backbone", "moves"), [("counting", {1}), ("always", {1, 2, 3})])
def test_a_phase_trains_its_branch(backbone: str, moves: set[int]) -> None:
    method = RAZNet(settings(backbone=backbone))
    for number, phase in enumerate(method.PHASES, start=1):
        enter(method, phase)
        trained = {name.split(".")[1] for name, each in method.named_parameters() if each.requires_grad}
        assert trained == {phase.name} | ({"front"} if number in moves else set())


def error(method: RAZNet, samples: list[Sample]) -> float:
    """Share of the heads by which counts are off."""
    found = [method.eval().predict(each.picture).count for each in samples]
    wrong = sum(abs(count - len(each.points)) for count, each in zip(found, samples, strict=True))
    return wrong / sum(len(each.points) for each in samples)


def learn(method: RAZNet, samples: list[Sample], number: int, *, steps: int) -> list[float]:
    """Train a phase, by its number, until its counts are right; the loss of each step."""
    batch, phase, losses = one_batch(RAZNet, samples, method.config), method.PHASES[number], []
    enter(method, phase)
    method.begin(phase.name)
    optimizer = torch.optim.Adam([each for each in method.parameters() if each.requires_grad], lr=4e-3)
    for step in range(steps):
        optimizer.zero_grad()
        loss = sum(method.loss(batch, 0).values(), torch.zeros(()))
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
        if step % 10 == 9 and number < 2 and error(method, samples) < 0.05:
            break
        enter(method, phase)
    return losses


def test_four_pictures_are_learned_by_heart_phase_by_phase() -> None:
    torch.manual_seed(0)
    samples = [discs(seed) for seed in range(4)]
    method = RAZNet(settings(width_share=0.125))
    assert error(method, samples) > 0.05
    learn(method, samples, 0, steps=120)
    found = method.predict(samples[0].picture)
    assert found.points is None  # In the first phase the density alone is known.
    assert error(method, samples) < 0.05
    learn(method, samples, 1, steps=60)
    assert error(method, samples) < 0.05
    found = method.predict(samples[0].picture)
    assert found.points is not None
    far = np.linalg.norm(samples[0].points[:, None] - found.points[None], axis=2).min(axis=1)
    assert far.max() < 1.5
