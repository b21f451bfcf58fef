"""What every registered method keeps to, tried with its smallest variant: hooks, a falling loss, exact resuming."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from test_training.batches import one_batch
from test_training.test_methods.test_centernet_learns import discs
from test_training.tiny import write_data
from training.base import Batch, Method, Prediction
from training.catalogue import count_parameters
from training.config import TrainConfig, build_config
from training.registry import METHODS, find_method
from training.runs.loop import train
from training.runs.run_folder import open_run
from training.samples.data import read_splits

SIDE = {"width": 64, "height": 64, "warmup": 0}
BATCH = 4


@functools.cache
def smallest_variant(kind: type[Method]) -> Mapping[str, object]:
    variants = [*kind.VARIANTS.values()] or [{}]
    return min(variants, key=lambda each: count_parameters(kind, each))


def smallest(kind: type[Method], **more: object) -> TrainConfig:
    """Settings of the smallest variant, for pictures of 64 x 64."""
    return build_config(kind.Config, {**smallest_variant(kind), **SIDE, **more})  # type: ignore[arg-type]  # classes are hashable


def fitted_samples(kind: type[Method], config: TrainConfig) -> tuple[TrainConfig, Batch]:
    """The settings fitted to four samples, and the batch of them."""
    found = [discs(seed) for seed in range(BATCH)]
    heads = [ImageAnnotations(ImageInfo("a.png", 64, 64), each.points, boxes=each.boxes) for each in found]
    fitted = kind.prepare(heads, config)
    return fitted, one_batch(kind, found, fitted)


@pytest.mark.parametrize("name", METHODS)
def test_a_prediction_fills_what_the_method_says(name: str) -> None:
    kind = find_method(name)
    method = kind(smallest(kind)).eval()
    method.threshold = 0.0
    picture = np.random.default_rng(0).integers(0, 255, (61, 83, 3), dtype=np.uint8)
    found = method.predict(picture, maps=True)
    filled = {field.name for field in fields(Prediction) if getattr(found, field.name) is not None}
    assert filled - {"count", "counts", "maps", "outlines"} == set(kind.PREDICTS)
    assert found.maps
    if found.points is not None:
        assert found.count == len(found.points) > 0
        assert ((found.points >= 0) & (found.points <= (83, 61))).all()
    elif found.density is not None:
        assert found.count == pytest.approx(found.density.sum(), rel=1e-4)


@pytest.mark.parametrize("name", METHODS)
def test_the_loss_falls_on_four_pictures(name: str) -> None:
    kind = find_method(name)
    torch.manual_seed(0)
    config, batch = fitted_samples(kind, smallest(kind))
    method = kind(config).train()
    groups = [{"params": group["params"], "lr": 3e-3 * group.get("lr_scale", 1.0)} for group in method.param_groups()]
    optimizer = torch.optim.Adam(groups)
    losses = []
    for step in range(12):
        optimizer.zero_grad()
        loss = sum(method(batch, step / 12).values(), torch.zeros(()))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.isfinite(losses).all()
    assert losses[-1] < 0.6 * losses[0]


@pytest.mark.parametrize("name", METHODS)
def test_two_halves_make_the_whole(name: str, tmp_path: Path) -> None:
    kind = find_method(name)
    config = smallest(kind, epochs=max(2, len(kind.PHASES)), batch=4, workers=0, lr=1e-3)
    splits = read_splits(write_data(tmp_path / "data", scenes=4, images=2, size=64), config, needs=kind.NEEDS)
    config = kind.prepare(splits.train, config)
    whole = train(open_run(tmp_path / "whole", splits, method=name, config=config), splits, device="cpu")
    run = open_run(tmp_path / "halves", splits, method=name, config=config)

    def stop(method: Method, epoch: int) -> dict[str, float]:  # noqa: ARG001
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(replace(run, config=replace(config, validate_every=1)), splits, device="cpu", validate=stop)
    halves = train(run, splits, device="cpu")
    weights = zip(whole.state_dict().values(), halves.state_dict().values(), strict=True)
    assert all(torch.equal(*pair) for pair in weights)
