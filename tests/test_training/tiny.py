"""A method of three layers that learns where heads are, and a small data set for it: what the loop is tested with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from gta_head_tools.pictures import Picture
from training.base import Batch, Method, Prediction, Sample, Targets
from training.config import TrainConfig

STRIDE = 4


@dataclass(frozen=True, kw_only=True)
class TinyConfig(TrainConfig):
    """Settings of tests."""

    epochs: int = 4
    batch: int = 4
    lr: float = 1e-2
    lr_end: float = 1e-3
    width: int = 32
    height: int = 32
    workers: int | None = 0
    channels_last: bool = False
    dropout: float = 0.2


class Tiny(Method):
    """Marks the cells that hold a head."""

    Config = TinyConfig
    PREDICTS = ("points", "scores")

    def __init__(self, config: TinyConfig) -> None:
        super().__init__(config)
        layers = [nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, 2, 1), nn.ReLU(), nn.Dropout(config.dropout)]
        self.network = nn.Sequential(*layers, nn.Conv2d(8, 1, 1))

    @staticmethod
    def targets(sample: Sample, config: Any) -> Targets:
        heat = np.zeros((config.height // STRIDE, config.width // STRIDE), np.float32)
        x, y = np.floor(sample.points[~sample.ignore] / STRIDE).astype(int).T
        inside = (x >= 0) & (y >= 0) & (x < heat.shape[1]) & (y < heat.shape[0])
        heat[y[inside], x[inside]] = 1
        return {"heat": torch.from_numpy(heat)[None], "n_positives": torch.tensor(float(heat.sum()))}

    def logits(self, image: Tensor) -> Tensor:
        return self.network(image.to(next(self.parameters()).dtype) / 128 - 1)  # type: ignore[no-any-return]

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        each = nn.functional.binary_cross_entropy_with_logits(
            self.logits(batch["image"]), batch["heat"], reduction="none"
        )
        return {"heat": each.sum() / batch["n_positives"], "late": 0.1 * progress * each.sum() / batch["n_positives"]}

    @torch.no_grad()
    def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:  # noqa: ARG002
        image = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None]
        heat = self.logits(image.to(self.device)).sigmoid()[0, 0].cpu().numpy()
        y, x = np.nonzero(heat >= 0)
        points = (np.column_stack([x, y]).astype(np.float64) + 0.5) * STRIDE
        return Prediction(float((heat > self.threshold).sum()), points, heat[y, x].astype(np.float64))


METHOD = f"{__file__}:Tiny"


def write_data(folder: Path, *, scenes: int = 5, images: int = 4, size: int = 32, more: int = 0) -> Path:
    """COCO data of dark squares on light noise, with boxes; the number of heads differs from picture to picture.

    A half of the pictures is higher by `more` pixels, and each third one wider.
    """
    rng = np.random.default_rng(0)
    pictures: list[dict[str, Any]] = []
    heads: list[dict[str, Any]] = []
    for number in range(scenes * images):
        name = f"scene{number // images}/{number:03d}.png"
        width, height = size + (number % 3 == 0) * more, size + number % 2 * more
        pixels = rng.integers(150, 255, (height, width, 3), dtype=np.uint8)
        pictures.append({"id": number, "file_name": name, "width": width, "height": height})
        for x, y in rng.integers(0, size - 6, (number % 7 + 1, 2)):
            pixels[y : y + 6, x : x + 6] = 20
            box = [int(x), int(y), 6, 6]
            heads.append(
                {"id": len(heads), "image_id": number, "category_id": 1, "bbox": box, "area": 36, "iscrowd": 0}
            )
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / name)
    labels = {"images": pictures, "annotations": heads, "categories": [{"id": 1, "name": "head"}]}
    (folder / "heads.json").write_text(json.dumps(labels))
    return folder / "heads.json"
