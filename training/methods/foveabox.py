"""FoveaBox: the middle part of a head, its fovea, is positive, and predicts the four sides by logarithms.

Source: Kong, Sun, Liu, Jiang, Li and Shi, FoveaBox: Beyound Anchor-based Object Detection, IEEE TIP 2020. The branches
are those of torchvision's RetinaNet, the rest is own code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from gta_head_tools.annotations import Boxes
from gta_head_tools.geometry import around, centres, to_xywh
from training.base import Batch
from training.config import Positive
from training.families.detection import Detector, Found, PyramidConfig
from training.families.levels import Learned, Levels, areas_of, give_nearest, smallest_wins
from training.losses.focal import FocalSettings
from training.networks.pyramid import RetinaNetwork

FARTHEST = 16
"""Distances are learned from 1/16 to 16 times the base edge of their level."""


@dataclass(frozen=True, kw_only=True)
class FoveaBoxConfig(PyramidConfig):
    """The recipe of the Mask Focal Loss paper for FoveaBox; the loss `focal` has alpha 0.4 and gamma 1.5.

    Attributes:
        fovea: sides of the positive part, as a share of those of the box (equation 2).
        base: edge that belongs to a level, in strides: 16 pixels at stride 8.
        scales: sizes of the heads that a level learns, as shares of its base edge (equation 1).
        norm: the branches have group normalisation; four narrow layers hardly learn without.
    """

    fovea: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.4
    base: Positive = 2.0
    scales: tuple[Positive, Positive] = (1.0, 4.0)
    norm: bool = False

    def focal(self) -> FocalSettings:
        """The numbers of `loss`, with those that are replaced."""
        if self.loss != "focal":
            return super().focal()
        own = {"alpha_pos": 0.4, "alpha_neg": 0.6, "gamma": 1.5}
        lacking = {name: value for name, value in own.items() if getattr(self, name) is None}
        return PyramidConfig.focal(replace(self, **lacking))  # type: ignore[arg-type]  # the three are numbers


class FoveaBox(Detector):
    """Boxes from the middle parts of heads."""

    Config = FoveaBoxConfig
    PAPER = "Kong et al., TIP 2020, with the loss of Zhong et al."
    LICENCE = "own code on parts of torchvision (BSD-3); FoveaBox's is Apache-2.0"
    VARIANTS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "resnet50": {},
        "small": {"backbone": "pyramid", "pyramid_width": 64, "p2": True, "prior": 0.1, "norm": True},
    }

    config: FoveaBoxConfig

    def __init__(self, config: FoveaBoxConfig, *, classes: int = 1) -> None:
        super().__init__(config)
        self.network = RetinaNetwork(
            config.pyramid("c5"),
            config.pyramid_width,
            slots=1,
            prior=config.prior,
            norm=config.norm,
            classes=classes,
        )

    @staticmethod
    def assign(boxes: Boxes, levels: Levels, config: FoveaBoxConfig) -> Learned:
        """Points inside of the fovea, on the levels in whose range the size of the head (N, 4) lies; often on two."""
        heads, slots = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        sizes, last = np.sqrt(areas_of(boxes)), len(levels.strides) - 1
        fovea = around(centres(boxes), *(config.fovea * to_xywh(boxes)[:, 2:]).T)
        for level, stride in enumerate(levels.strides):
            low = config.base * stride * config.scales[0] if level else 0.0
            high = config.base * stride * config.scales[1] if level < last else np.inf
            chosen = np.flatnonzero((sizes >= low) & (sizes <= high))
            head, slot = levels.inside(fovea[chosen], level)
            heads.append(chosen[head])
            slots.append(slot)
        learned = smallest_wins(np.concatenate(heads), np.concatenate(slots), boxes, levels)
        return give_nearest(learned, boxes, levels) if config.small_heads == "nearest" else learned

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:  # noqa: ARG002  # does not change with progress
        """Scores, divided by positive points and images; smooth L1 of the sides (equation 3), by positive points."""
        found, taught, total = self.network(batch["image"]), self.taught(batch), batch["n_positives"]
        points, stride = self.places(self.levels_of(batch["image"]), taught.slots)
        distances = torch.cat([points - taught.boxes[:, :2], taught.boxes[:, 2:] - points], dim=1)
        wanted = (distances / (self.config.base * stride[:, None])).clamp(1 / FARTHEST, FARTHEST).log()
        wrong = nn.functional.smooth_l1_loss(found["box"][taught.positive].float(), wanted, beta=0.11, reduction="sum")
        return {"score": self.score_loss(found["score"], taught, total + batch["n_images"]), "box": wrong / total}

    def decode(self, found: Found, levels: Levels) -> tuple[Tensor, Tensor]:
        """The sides are powers of e, times the base edge."""
        points, stride = self.places(levels)
        end = math.log(FARTHEST)
        distances = found["box"][0].clamp(-end, end).exp() * self.config.base * stride[:, None]
        boxes = torch.cat([points - distances[:, :2], points + distances[:, 2:]], dim=1)
        return boxes, found["score"][0].sigmoid()
