"""A method whose pictures have as many target rows as heads, with two normalisers and a branch that joins late."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from test_training.tiny import STRIDE, Tiny, TinyConfig
from training.base import Batch, Ragged, Sample, Targets


class RaggedTiny(Tiny):
    """Marks cells as Tiny does, and is told the places of all heads once more, as rows."""

    UNUSED = True

    def __init__(self, config: TinyConfig) -> None:
        super().__init__(config)
        self.late = nn.Conv2d(3, 1, STRIDE, STRIDE)

    @staticmethod
    def targets(sample: Sample, config: Any) -> Targets:
        inside = ((sample.points >= 0) & (sample.points < (config.width, config.height))).all(axis=1)
        points = torch.from_numpy(sample.points[inside].copy()).float()
        return Tiny.targets(sample, config) | {"points": Ragged.of(points), "n_heads": torch.tensor(float(len(points)))}

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        logits = self.logits(batch["image"])
        if progress >= 0.5:
            logits = logits + self.late(batch["image"].float() / 255)
        rows = batch["points"].split()
        assert len(rows) == len(logits)
        at = [(row // STRIDE).long() for row in rows]
        missed = [
            nn.functional.softplus(-maps[0, xy[:, 1], xy[:, 0]]).sum() for maps, xy in zip(logits, at, strict=True)
        ]
        spread = nn.functional.softplus(logits).sum()
        return {"heads": torch.stack(missed).sum() / batch["n_heads"], "cells": spread / batch["n_positives"]}


METHOD = f"{__file__}:RaggedTiny"
