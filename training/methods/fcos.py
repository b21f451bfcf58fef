"""FCOS: every point inside of a head predicts its box by the distances to the four sides, without anchor boxes.

Source: Tian, Shen, Chen and He, FCOS: Fully Convolutional One-Stage Object Detection, ICCV 2019, with the later choices
of its authors (FCOS: A Simple and Strong Anchor-free Object Detector, 2020): points near the centre, normalised
branches, GIoU loss, centre-ness beside the box. The branches are those of torchvision, the rest is own code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.models.detection.fcos import FCOSClassificationHead, FCOSRegressionHead
from torchvision.ops import generalized_box_iou_loss

from gta_head_tools.annotations import Boxes
from gta_head_tools.geometry import around, centres
from training.base import Batch
from training.config import Positive
from training.families.detection import Detector, Found, PyramidConfig
from training.families.levels import Learned, Levels, give_nearest, smallest_wins

RANGE = 8
"""A level learns heads whose farthest side is at most so many strides away (64 pixels at stride 8)."""


@dataclass(frozen=True, kw_only=True)
class FCOSConfig(PyramidConfig):
    """The recipe of the Mask Focal Loss paper for FCOS.

    Attributes:
        radius: a head is learned by points that are nearer to its centre than so many strides.
    """

    radius: Positive = 1.5


class FCOSNetwork(nn.Module):
    """Pictures (B, 3, H, W) in; `score` and `centre` (logits) of slots, and `box`, distances in strides, out."""

    def __init__(self, config: FCOSConfig, *, classes: int = 1) -> None:
        super().__init__()
        width = config.pyramid_width
        # Groups of 8 channels, as in the 32 groups of the 256 published channels.
        norm = partial(nn.GroupNorm, width // 8)
        self.pyramid = config.pyramid()
        self.scores = FCOSClassificationHead(width, 1, classes, prior_probability=config.prior, norm_layer=norm)
        self.boxes = FCOSRegressionHead(width, 1, norm_layer=norm)
        # A distance of 0 has no gradient behind ReLU; all distances begin around one stride.
        nn.init.ones_(self.boxes.bbox_reg.bias)

    def forward(self, image: Tensor) -> Found:
        """(B, slots), and (B, slots, 4) left, top, right, bottom."""
        maps = self.pyramid(image)
        distances, centre = self.boxes(maps)
        return {"score": self.scores(maps)[..., 0], "box": distances, "centre": centre[..., 0]}


class FCOS(Detector):
    """Boxes as distances from points."""

    Config = FCOSConfig
    PAPER = "Tian et al., ICCV 2019, with the loss of Zhong et al."
    LICENCE = "own code on parts of torchvision (BSD-3)"
    VARIANTS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "resnet50": {},
        "small": {
            "backbone": "pyramid",
            "backbone_channels": [8, 8, 8, 8],
            "pyramid_width": 16,
            "p2": True,
            "prior": 0.1,
        },
    }

    config: FCOSConfig

    def __init__(self, config: FCOSConfig) -> None:
        super().__init__(config)
        self.network = FCOSNetwork(config)

    @staticmethod
    def assign(boxes: Boxes, levels: Levels, config: FCOSConfig) -> Learned:
        """Points inside of the box, near to its centre, whose farthest side is in the range of the level."""
        heads, slots = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        bounds = [0.0, *(float(RANGE * stride) for stride in levels.strides[:-1]), np.inf]
        for level, (low, high) in enumerate(pairwise(bounds)):
            reach = np.full(len(boxes), 2 * config.radius * levels.strides[level])
            near = around(centres(boxes), reach, reach)
            areas = np.concatenate(
                [np.maximum(boxes[:, :2], near[:, :2]), np.minimum(boxes[:, 2:], near[:, 2:])], axis=1
            )
            head, slot = levels.inside(areas, level)
            farthest = sides(levels.points[slot], boxes[head]).max(axis=1)
            fits = (farthest > low) & (farthest < high)
            heads.append(head[fits])
            slots.append(slot[fits])
        learned = smallest_wins(np.concatenate(heads), np.concatenate(slots), boxes, levels)
        return give_nearest(learned, boxes, levels) if config.small_heads == "nearest" else learned

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:  # noqa: ARG002  # does not change with progress
        """Equation 2: scores, and at positive points GIoU of boxes and centre-ness; divided by positive points."""
        found, taught, total = self.network(batch["image"]), self.taught(batch), batch["n_positives"]
        points, stride = self.places(self.levels_of(batch["image"]), taught.slots)
        boxes = boxes_at(points, found["box"][taught.positive].float() * stride[:, None])
        centre, wanted = found["centre"][taught.positive].float(), centre_ness(points, taught.boxes)
        return {
            "score": self.score_loss(found["score"], taught, total),
            "box": generalized_box_iou_loss(boxes, taught.boxes, reduction="sum") / total,
            "centre": nn.functional.binary_cross_entropy_with_logits(centre, wanted, reduction="sum") / total,
        }

    def decode(self, found: Found, levels: Levels) -> tuple[Tensor, Tensor]:
        """The score of a box is the geometric mean of its score and its centre-ness."""
        points, stride = self.places(levels)
        scores = (found["score"][0].sigmoid() * found["centre"][0].sigmoid()).sqrt()
        return boxes_at(points, found["box"][0] * stride[:, None]), scores


def sides(points: NDArray[np.float64], boxes: Boxes) -> NDArray[np.float64]:
    """(K, 4) how far the left, top, right and bottom side of a box (K, 4) are from a point (K, 2) inside of it."""
    return np.concatenate([points - boxes[:, :2], boxes[:, 2:] - points], axis=1)


def boxes_at(points: Tensor, distances: Tensor) -> Tensor:
    """(K, 4) corners of boxes whose sides have these distances (K, 4) from points (K, 2), pixels."""
    return torch.cat([points - distances[:, :2], points + distances[:, 2:]], dim=1)


def centre_ness(points: Tensor, boxes: Tensor) -> Tensor:
    """Equation 3, (K,): 1 at the centre of a box (K, 4), 0 at its sides.

    A point (K, 2) outside of its box is the only one that learns a head which is too small for the stride. It learns
    1, as the head would not be found otherwise.
    """
    low, high = points - boxes[:, :2], boxes[:, 2:] - points
    ratio = torch.minimum(low, high) / torch.maximum(low, high).clamp(min=1e-6)
    return torch.where((ratio > 0).all(dim=1), ratio.clamp(min=0).prod(dim=1).sqrt(), 1.0)
