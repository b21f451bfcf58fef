"""Methods that find heads learn four small pictures by heart: CenterNet with each of its losses, and IIM."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from gta_head_tools.geometry import around
from test_training.batches import one_batch
from training.base import Method, Sample
from training.config import build_config
from training.methods.centernet import CenterNet
from training.methods.iim import IIM

SIDE = 64
STEPS = 45
THIN = {"backbone": "pyramid", "backbone_channels": [8, 8, 8, 8], "neck": "plain", "neck_width": 8, "hidden": 16}
KINDS: dict[str, tuple[type[Method], dict[str, object], float]] = {
    **{loss: (CenterNet, {**THIN, "loss": loss}, 1e-2) for loss in CenterNet.LOSSES},
    "iim": (IIM, {"width_share": 0.0625}, 4e-3),
    "iim-cross": (IIM, {"width_share": 0.0625, "target": "cross"}, 4e-3),
    "iim-ibm": (IIM, {"width_share": 0.0625, "threshold": "ibm", "masks": "points"}, 4e-3),
}
"""Method, settings, and learning rate."""


def discs(seed: int) -> Sample:
    """Five to eight bright discs of 6 to 10 pixels on dark noise, none closer than 14 pixels to another."""
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 60, (SIDE, SIDE, 3), dtype=np.uint8)
    points = np.zeros((0, 2))
    while len(points) < 5 + seed:
        place = rng.uniform(6, SIDE - 6, 2)
        if not len(points) or np.linalg.norm(points - place, axis=1).min() > 14:
            points = np.concatenate([points, place[None]])
    sides = rng.uniform(6, 10, len(points))
    for (x, y), side in zip(points, sides, strict=True):
        cv2.circle(picture, (round(x * 16 - 8), round(y * 16 - 8)), round(side * 8), (230, 220, 200), -1, shift=4)
    return Sample(picture, points, around(points, sides, sides), np.zeros(len(points), np.bool_))


def learn(method: Method, samples: list[Sample], *, steps: int = STEPS, lr: float = 1e-2) -> None:
    batch = one_batch(type(method), samples, method.config)
    optimizer = torch.optim.Adam(method.train().parameters(), lr=lr)
    for step in range(steps):
        optimizer.zero_grad()
        sum(method.loss(batch, step / steps).values(), torch.zeros(())).backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def errors(method: Method, samples: list[Sample]) -> tuple[float, float]:
    """Share of the heads by which counts are off, and how many pixels the heads are from the nearest peaks."""
    method.eval()
    found = [method.predict(each.picture) for each in samples]
    wrong = sum(abs(each.count - len(sample.points)) for each, sample in zip(found, samples, strict=True))
    far = []
    for each, sample in zip(found, samples, strict=True):
        assert each.points is not None
        assert each.scores is not None
        peaks = each.points[each.scores > method.threshold]
        apart = np.linalg.norm(sample.points[:, None] - peaks, axis=2)
        far += apart.min(axis=1, initial=SIDE).tolist()
    return wrong / sum(len(each.points) for each in samples), float(np.mean(far))


@pytest.mark.parametrize("name", KINDS)
def test_four_pictures_are_learned_by_heart(name: str) -> None:
    kind, settings, lr = KINDS[name]
    torch.manual_seed(0)
    method = kind(build_config(kind.Config, {**settings, "fit": "crop"}))
    samples = [discs(seed) for seed in range(4)]
    assert errors(method.train(), samples)[0] > 0.05
    learn(method, samples, lr=lr)
    wrong, far = errors(method, samples)
    assert wrong < 0.05
    assert far < 2
