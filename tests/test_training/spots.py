"""A method that needs no training: heads are bright squares of 8 pixels on black, their scores the brightness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from gta_head_tools.annotations import Boxes, ImageAnnotations, ImageInfo
from gta_head_tools.geometry import centres
from gta_head_tools.pictures import Picture
from training.base import Method, Prediction, Sample, Targets
from training.config import TrainConfig

CELL = 8


class Spots(Method):
    """Finds every lit cell; a cell holds one head."""

    PREDICTS: tuple[str, ...] = ("points", "scores", "boxes", "maps")
    NEEDS = "boxes"

    def __init__(self, config: TrainConfig | None = None) -> None:
        super().__init__(config or TrainConfig(fit="crop"))
        self.network = nn.Conv2d(3, 1, 1)
        self.predicted = 0

    @staticmethod
    def targets(sample: Sample, config: Any) -> Targets:  # noqa: ARG004
        heat = torch.zeros(1, sample.picture.shape[0] // CELL, sample.picture.shape[1] // CELL)
        for x, y in (sample.points[~sample.ignore] // CELL).astype(int).tolist():
            heat[0, y, x] = 1
        return {"heat": heat}

    def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:
        self.predicted += 1
        rows, columns = (side // CELL for side in picture.shape[:2])
        cells = picture[: rows * CELL, : columns * CELL, 0].reshape(rows, CELL, columns, CELL)
        lit = cells.max(axis=(1, 3)).astype(np.float64) / np.float64(255)
        at = np.argwhere(lit > 0)[:, ::-1] * float(CELL)
        boxes = np.concatenate([at, at + CELL], axis=1)
        scores = lit[lit > 0]
        count = float((scores > self.threshold).sum())
        shown = {"heat": lit.astype(np.float32)} if maps else {}
        return Prediction(count, centres(boxes), scores, boxes, maps=shown)

    def lost_heads(self, boxes: Boxes, size: tuple[int, int]) -> int:
        cells = {tuple(row) for row in ((boxes[:, :2] + boxes[:, 2:]) / 2 // CELL).tolist()}
        assert size[0] % CELL == 0
        return len(boxes) - len(cells)


def scene(
    heads: Sequence[tuple[int, int]],
    false: Sequence[tuple[int, int]] = (),
    *,
    level: float = 0.9,
    name: str = "a.png",
    size: tuple[int, int] = (64, 48),
) -> tuple[Picture, ImageAnnotations]:
    """A picture with heads (cells x y) of a brightness, and darker things that are none, of 0.4."""
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    for cells, value in ((heads, level), (false, 0.4)):
        for x, y in cells:
            picture[y * CELL : (y + 1) * CELL, x * CELL : (x + 1) * CELL] = round(value * 255)
    at = np.array(heads, dtype=np.float64).reshape(-1, 2) * CELL
    boxes = np.concatenate([at, at + CELL], axis=1)
    info = ImageInfo(name, *size, scene=name.partition(".")[0])
    return picture, ImageAnnotations(info, at + CELL / 2, boxes=boxes)
