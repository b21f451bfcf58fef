"""A method of densities that learns from whole pictures, at four pixels a cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from test_training.tiny import STRIDE, TinyConfig
from training.base import Batch, Sample, Targets
from training.families.dense import Dense


class Net(nn.Module):
    """Three layers, the second one of which sees what lies beside a cell."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, STRIDE, STRIDE), nn.ReLU(), nn.Conv2d(8, 8, 3, 1, 1), nn.ReLU(), nn.Conv2d(8, 1, 1)
        )

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        return {"density": nn.functional.softplus(self.layers(image.float() / 128 - 1) - 3)}


class Whole(Dense):
    """How many heads lie in every cell."""

    Config = TinyConfig
    PREDICTS: tuple[str, ...] = ("density",)
    COARSEST, OVERLAP, stride, tile = 8, 16, STRIDE, 64

    def __init__(self, config: TinyConfig) -> None:
        super().__init__(config)
        self.network = Net()

    @staticmethod
    def targets(sample: Sample, config: Any) -> Targets:  # noqa: ARG004
        height, width = (-(-side // STRIDE) for side in sample.picture.shape[:2])
        x, y = sample.points[~sample.ignore].T / STRIDE
        heads, _, _ = np.histogram2d(y, x, bins=(np.arange(height + 1), np.arange(width + 1)))
        density = torch.from_numpy(heads.astype(np.float32))[None]
        return {"density": density, "valid": torch.ones_like(density, dtype=torch.bool), "heads": density.sum()}

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:  # noqa: ARG002
        wrong = (self.network(batch["image"])["density"] - batch["density"]) * batch["valid"]
        return {"density": wrong.square().sum() / batch["n_images"]}


METHOD = f"{__file__}:Whole"
