"""A method that only counts, by a density; one number is fitted before its training, and one after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.pictures import Picture
from test_training.tiny import Tiny, TinyConfig
from training.base import Batch, Prediction


@dataclass(frozen=True, kw_only=True)
class CountsConfig(TinyConfig):
    """Settings, one of which is fitted on the pictures to train on."""

    typical_side: float | None = field(default=None, metadata={"fitted": True})


class Counts(Tiny):
    """The sum of the cells of Tiny, times a factor that is fitted on the validation pictures."""

    Config = CountsConfig
    PREDICTS = ("density",)  # type: ignore[assignment]  # Tiny has two
    factor: Tensor

    def __init__(self, config: CountsConfig) -> None:
        super().__init__(config)
        self.register_buffer("factor", torch.ones(()))

    @classmethod
    def prepare(cls, images: Sequence[ImageAnnotations], config: CountsConfig) -> CountsConfig:
        if config.typical_side is not None:
            return config
        boxes = np.concatenate([image.boxes for image in images])
        return replace(config, typical_side=float(np.median(boxes[:, 2] - boxes[:, 0])))

    def calibrate(self, found: Sequence[tuple[Prediction, ImageAnnotations]]) -> None:
        self.factor *= sum(len(true) for _, true in found) / sum(each.count for each, _ in found)

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:  # noqa: ARG002
        wrong = self.logits(batch["image"]).sigmoid() - batch["heat"]
        return {"density": wrong.square().sum() / batch["n_images"]}

    @torch.no_grad()
    def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:  # noqa: ARG002
        image = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None]
        density = (self.factor * self.logits(image.to(self.device)).sigmoid())[0, 0].cpu().numpy()
        return Prediction(float(density.sum(dtype=np.float64)), density=density)


class Concluded(Counts):
    """Remembers how many heads the pictures to train on have, and whether it was calibrated before."""

    heads: Tensor

    def __init__(self, config: CountsConfig) -> None:
        super().__init__(config)
        self.register_buffer("heads", torch.zeros(2))

    def conclude(self, images: Iterable[tuple[Picture, ImageAnnotations]]) -> None:
        shapes = {picture.shape for picture, true in images if self.heads[0].add_(len(true))}
        self.heads[1] = len(shapes) * (self.factor != 1)


class Learned(Tiny):
    """Gives only what it takes for heads."""

    LEARNS_THRESHOLD = True

    def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:
        found = super().predict(picture, maps=maps)
        assert found.points is not None
        assert found.scores is not None
        sure = found.scores > 0.3
        return Prediction(float(sure.sum()), found.points[sure], found.scores[sure])


METHOD: Any = f"{__file__}:Counts"
CONCLUDED: Any = f"{__file__}:Concluded"
LEARNED: Any = f"{__file__}:Learned"
