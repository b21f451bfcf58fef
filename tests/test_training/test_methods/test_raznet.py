"""RAZ-Net: sizes, targets of parts, losses by the equations, and its phases on four pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import avg_pool2d

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.geometry import around
from gta_head_tools.maps.attention import attention_map, cross_map
from test_training.batches import one_batch
from test_training.test_methods.test_centernet_learns import discs
from training.base import Sample
from training.catalogue import count_parameters
from training.config import build_config
from training.families.crosses import localization_loss
from training.families.zoomed_targets import enlarged
from training.methods.raznet import RAZNet, RAZNetConfig, counting_loss
from training.runs.phases import enter
from training.samples.augment import mirror, random_crop
from training.samples.letterbox import pad_to, resize


def settings(**more: Any) -> RAZNetConfig:
    return build_config(RAZNet.Config, {"width_share": 0.0625, "sigma": 4.0, "width": 64, "height": 64, **more})


def heads_of(sample: Sample) -> ImageAnnotations:
    height, width = sample.picture.shape[:2]
    return ImageAnnotations(ImageInfo("a.png", width, height), sample.points, boxes=sample.boxes)


def test_parameters_are_those_of_the_specification() -> None:
    assert count_parameters(RAZNet, {"depth": 1}) == 26_981_315
    assert count_parameters(RAZNet, {}) == count_parameters(RAZNet, {"depth": 5}) == 26_981_315 + 18_316_226
    with torch.device("meta"):
        method = RAZNet(build_config(RAZNet.Config, {}))
    parts = [method.network.front, method.network.localization]
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


@pytest.mark.parametrize(("backbone", "moves"), [("counting", {1, 4}), ("always", {1, 2, 3, 4, 5})])
def test_a_phase_trains_its_branch(backbone: str, moves: set[int]) -> None:
    method = RAZNet(settings(backbone=backbone))
    for number, phase in enumerate(method.PHASES, start=1):
        enter(method, phase)
        trained = {name.rpartition(".")[0] for name, each in method.named_parameters() if each.requires_grad}
        parts = {".".join(each.split(".")[:2]) for each in trained}
        network, branch = "zoom" if number > 3 else "network", phase.name.split()[-1]
        assert parts == {f"{network}.{branch}"} | ({f"{network}.front"} if number in moves else set())


def test_counts_have_the_names_of_the_paper_and_theta_is_fitted() -> None:
    torch.manual_seed(0)
    method = RAZNet(settings(depth=3, theta_z=0.0, k_z=2)).eval()
    method.threshold = 0.4
    pictures = [(sample.picture, heads_of(sample)) for sample in map(crowded, range(3))]
    found = method.predict(pictures[0][0])
    ways = [f"{way}_{level}" for way in ("loc", "average", "fusion") for level in (1, 2, 3)]
    assert [*found.counts] == ["density", *ways]
    assert found.counts["loc_3"] == found.count
    for level in (1, 2, 3):  # Before theta is fitted, both counts are averaged.
        mean = (found.counts["density"] + found.counts[f"loc_{level}"]) / 2
        assert found.counts[f"average_{level}"] == pytest.approx(mean)
        assert found.counts[f"fusion_{level}"] == pytest.approx(mean)
    method.conclude(pictures)
    assert torch.isfinite(method.theta).any()
    method.theta.fill_(-torch.inf)
    again = method.predict(pictures[0][0]).counts
    assert again["fusion_2"] == pytest.approx(again["density"])


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


def crowded(seed: int) -> Sample:
    """A picture of discs, one of which is many small ones, so close together that attention is high."""
    sample = discs(seed)
    picture = sample.picture.copy()
    close = np.round(sample.points[0]) + [(x, y) for x in (-4, 0, 4) for y in (-4, 0, 4)] + 0.5
    for x, y in np.floor(close).astype(int).tolist():
        picture[y - 1 : y + 2, x - 1 : x + 2] = (0, 0, 255)
    points = np.concatenate([sample.points[1:], close])
    sides = np.full(len(points), 4.0)
    ignore = np.zeros(len(points), np.bool_)
    return replace(sample, picture=picture, points=points, boxes=around(points, sides, sides), ignore=ignore)


def test_an_enlarged_part_has_the_targets_of_an_enlarged_picture() -> None:
    sample, config = crowded(1), settings()
    batch = one_batch(RAZNet, [sample], config)
    region = [12, 8, 44, 32]
    part = {name: batch[name][:, :, 8:32, 12:44] for name in ("image", "valid")}
    found = enlarged(part, batch["points"].values.double().numpy(), region, 3.0)
    twice = replace(sample, picture=resize(sample.picture, (128, 128)), points=sample.points * 2)
    targets = RAZNet.targets(replace(twice, boxes=sample.boxes * 2), config)
    assert found["image"].shape == (1, 3, 48, 64)
    for name in ("localization", "attention"):
        torch.testing.assert_close(found[name][0], targets[name][:, 16:64, 24:88], atol=1e-5, rtol=0)
    assert found["valid"].all()
    # Within the region bilinear weights are those of the whole picture.
    whole = torch.from_numpy(np.array(twice.picture)).movedim(2, 0)[:, 17:63, 25:87].float()
    assert (found["image"][0, :, 1:-1, 1:-1] - whole).abs().max() <= 1


def test_raz_net_begins_as_main_net_and_learns_regions() -> None:
    torch.manual_seed(0)
    method, samples = RAZNet(settings(width_share=0.125)), [crowded(seed) for seed in range(2)]
    batch = one_batch(RAZNet, samples, method.config)
    method.begin("zoomed localization")
    image = batch["image"][:1, :, :32]
    given, copied = method.network(image), method.zoom(image)
    torch.testing.assert_close(copied["localization"], given["localization"])
    main, raz = (each.state_dict()["proposal.0.weight"] for each in (method.network, method.zoom))
    torch.testing.assert_close(main[:, -raz.shape[1] :], raz)
    assert method.begun == 3
    learn(method, samples, 2, steps=12)  # Attention, which proposes regions.
    for number, name in ((3, "localization"), (4, "attention")):
        phase = method.PHASES[number]
        enter(method, phase)
        method.begin(phase.name)
        torch.manual_seed(1)
        parts = [*method._zoomed(batch)]
        torch.manual_seed(1)
        before = sum(method._of_phase(method.zoom, part)[name].item() for part in parts) / 2
        assert method.loss(batch, 0)[name].item() == pytest.approx(before)
        optimizer = torch.optim.Adam([each for each in method.parameters() if each.requires_grad], lr=1e-3)
        for _ in range(8):
            optimizer.zero_grad()
            loss = sum((method._of_phase(method.zoom, part)[name] for part in parts), torch.zeros(())) / 2
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        assert loss.item() < 0.9 * before


def test_without_a_region_nothing_is_learned() -> None:
    method = RAZNet(settings(theta_z=1.0))
    enter(method, method.PHASES[3])
    loss = method.loss(one_batch(RAZNet, [discs(0)], method.config), 0)["localization"]
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss == 0
    assert all(each.grad is None or not each.grad.any() for each in method.parameters())


class Drawn(RAZNet):
    """Finds the lit pixels of a picture: Main-Net all of them, RAZ-Net those in red."""

    def answer(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        lit = image.float().amax(1, keepdim=True) / 255
        for _ in range(2):
            lit = avg_pool2d(lit, 3, stride=1, padding=1)
        return {"density": lit[..., ::8, ::8], "localization": lit, "attention": lit * 0 + 0.5}

    def _look_closer(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        return self.answer(image[:, :1])


def test_each_level_replaces_the_points_of_its_regions() -> None:
    picture = np.zeros((48, 64, 3), np.uint8)
    for x, y, colours in ((10, 10, (255, 0, 0)), (30, 20, (0, 0, 255)), (50, 40, (255, 0, 0))):
        picture[y, x] = colours
    method = Drawn(settings(depth=3, theta_z=0.4, min_score=0.01)).eval()
    levels, regions = method.localize(picture, method.maps_of(picture), 3)
    assert len(levels) == 3
    assert len(regions) == 10
    assert sorted(levels[0][0].tolist()) == [[10.5, 10.5], [30.5, 20.5], [50.5, 40.5]]
    inside = [((regions[:, :2] <= at) & (at < regions[:, 2:])).all(axis=1).any() for at in levels[0][0]]
    assert all(inside)  # Everything is enlarged, and RAZ-Net sees no blue.
    for points, _ in levels[1:]:
        far = np.linalg.norm(points[:, None] - [[10.5, 10.5], [50.5, 40.5]], axis=2)
        assert far.min(axis=1).max() < 1
        assert far.min(axis=0).max() < 0.4
    found = method.predict(picture, maps=True)
    assert found.points is not None
    assert found.outlines["attention"].tolist() == regions.tolist()
    np.testing.assert_array_equal(found.points, levels[2][0])
    method.begin("proposal")  # RAZ-Net is not trained yet.
    earlier = method.predict(picture).points
    assert earlier is not None
    assert len(earlier) == 3


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
