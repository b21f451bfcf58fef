"""CenterNet: every head is the peak of a heat map, its box is read off at the peak.

Sources: Zhou, Wang and Krähenbühl, Objects as Points, 2019; Zhong et al., Mask Focal Loss: a Unifying Framework for
Dense Crowd Counting with Canonical Object Detection Networks (heat maps, loss, recipe). Own code, from the papers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gta_head_tools.annotations import Boxes, Mask
from gta_head_tools.geometry import around
from gta_head_tools.maps.heat import WIDENING, Combine, Radius, centernet_heat, mask_focal_heat
from training.base import Batch, Sample, Targets
from training.config import NotNegative
from training.families.dense import Dense, Maps, find_peaks
from training.families.detector_config import DetectorConfig
from training.families.fitted import COARSEST, Scores
from training.losses.focal import TARGETS, mask_focal_loss
from training.losses.key_cells import balanced_cells, ignored_cells, key_cells
from training.networks.backbones import build_backbone
from training.networks.blocks import AggregationNeck, ConvKind, Normalise, head

Channels = Annotated[int, msgspec.Meta(ge=2)]


@dataclass(frozen=True, kw_only=True)
class CenterNetConfig(DetectorConfig):
    """The recipe of the Mask Focal Loss paper (section 4), and choices for what the paper leaves open.

    The backbone has maps of strides 4 to 32 (2 to 32 for `stride` 2). From a `prior` of 0.01 the Mask Focal Loss hardly
    learns a heat map. With `flip_test` the maps of the picture and of the mirrored one are averaged.

    Attributes:
        neck: plain 3x3 convolutions, or deformable ones as in the papers.
        stride: pixels of the input to a cell of the heat map.
        neck_width: channels of the neck at stride 4, half as many at 2, twice as many at 8.
        hidden: channels within each of the three output branches.
        radius: rule for the size of a Gaussian in the heat map of the Mask Focal Loss, see `maps.heat.Radius`.
        eta: how much the Gaussians of small heads are widened there; at most 1 with half_side, 0 = not.
        head_weight: cells = every cell on the mask of the Mask Focal Loss counts alike, so that a large head weighs
            more than a small one; heads = the cells of a head weigh min(1, 4 / their number). Not in the paper.
        combine: value of a cell that two heads reach; sums are cut at 1.
        normalizer: N counts key cells, or heads, of which several may share a cell.
        size_weight: of the L1 loss of widths and heights, in cells.
        offset_weight: of the L1 loss of places in the cell.
    """

    backbone: str = "dla34"
    neck: ConvKind = "deformable"
    stride: Literal[4, 2] = 4
    neck_width: Channels = 64
    hidden: Channels = 256
    radius: Radius = "half_side"
    eta: NotNegative = WIDENING
    head_weight: Literal["cells", "heads"] = "cells"
    combine: Combine = "max"
    normalizer: Literal["keys", "objects"] = "keys"
    size_weight: NotNegative = 0.1
    offset_weight: NotNegative = 1.0

    def without_effect(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        found = super().without_effect()
        if TARGETS[self.loss] != "boxes":
            found |= dict.fromkeys(("radius", "eta", "head_weight"), f"loss = {self.loss} has no mask of boxes")
        return found


class CenterNetwork(nn.Module):
    """Backbone, neck, and three heads at `stride`: pictures (B, 3, H, W) in, heat (logits), size and offset out."""

    def __init__(self, config: CenterNetConfig, *, classes: int = 1) -> None:
        super().__init__()
        strides = [config.stride << level for level in range((COARSEST // config.stride).bit_length())]
        width, hidden = config.neck_width * config.stride // 4, config.hidden
        self.normalise = Normalise()
        self.backbone, channels = build_backbone(
            config.backbone, strides, channels=config.backbone_channels, weights=config.backbone_weights
        )
        self.neck = AggregationNeck(channels, width, config.neck)
        self.heat = head(width, hidden, classes, bias=math.log(config.prior / (1 - config.prior)))
        self.size = head(width, hidden, 2)
        self.offset = head(width, hidden, 2)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """(B, 1 | 2 | 2, H / stride, W / stride) by name; H and W are multiples of 32."""
        shared = self.neck(self.backbone(self.normalise(image)))
        return {"heat": self.heat(shared), "size": self.size(shared), "offset": self.offset(shared)}


class CenterNet(Dense):
    """Heads as peaks, with any of the focal losses."""

    Config = CenterNetConfig
    PAPER = "Zhou et al. 2019, with the loss of Zhong et al."
    LICENCE = "own code; CenterNet's is MIT"
    INPUT = "1088 x 608"
    PREDICTS = ("points", "scores", "boxes")
    NEEDS = "boxes"
    LOSSES = ("mfl_p1", "mfl", "cornernet", "focal")
    SHOWN = ("heat",)
    VARIANTS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "dla34-deformable": {},
        "dla34-plain": {"neck": "plain"},
        "small": {"backbone": "pyramid", "neck": "plain", "neck_width": 16, "hidden": 32},
    }

    config: CenterNetConfig

    def __init__(self, config: CenterNetConfig) -> None:
        super().__init__(config)
        self.stride, self.scale, self.tile = config.stride, config.predict_scale, config.tile
        self.flip_test = config.flip_test
        self.focal = config.focal()
        self.network = CenterNetwork(config)

    @staticmethod
    def targets(sample: Sample, config: CenterNetConfig) -> Targets:
        """Maps of cells of `config.stride` pixels, and numbers for the log: collisions, crowded, heads.

        Returns:
            `heat` (1, h, w) 0 to 1; `mask`, True where it is positive in the sense of the loss; `key`, True at cells
            of centres; `size` and `offset` (2, h, w) in cells, 0 elsewhere; `valid`, False under ignored heads;
            `weight` of cells, where heads are balanced.
        """
        size = (sample.picture.shape[1], sample.picture.shape[0])
        # An ignored head without a box is ignored at its point.
        boxes = np.where(np.isnan(sample.boxes), np.tile(sample.points, 2), sample.boxes)
        keys = key_cells(boxes[~sample.ignore], size, stride=config.stride)
        key = keys.mask
        heat, mask = _heat(boxes[~sample.ignore], size, key, config)
        sides, offsets = np.zeros((2, 2, *keys.shape), np.float32)
        sides[:, keys.rows, keys.columns] = keys.sizes
        offsets[:, keys.rows, keys.columns] = keys.offsets
        # Heads that count are learned also where an ignored box covers them.
        valid = key | ~ignored_cells(boxes[sample.ignore], keys.shape, stride=config.stride)
        found = {"heat": heat[None], "mask": mask[None], "key": key[None], "valid": valid[None]}
        if config.head_weight == "heads":
            found["weight"] = balanced_cells(boxes[~sample.ignore], keys.shape, stride=config.stride)[None]
        numbers = {"collisions": keys.collisions, "crowded": keys.crowded, "heads": keys.heads}
        numbers["n_positives"] = len(keys.rows) if config.normalizer == "keys" else keys.heads
        targets: Targets = {
            name: torch.from_numpy(each) for name, each in (found | {"size": sides, "offset": offsets}).items()
        }
        return targets | {name: torch.tensor(float(value)) for name, value in numbers.items()}

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:  # noqa: ARG002  # does not change with progress
        """Objects as Points, equation 4: heat map + 0.1 sizes + offsets, all divided by N."""
        found, key, total = self.network(batch["image"]), batch["key"], batch["n_positives"]
        heat = mask_focal_loss(
            found["heat"],
            batch["heat"],
            batch["mask"],
            self.focal,
            normalizer=total,
            valid=batch["valid"],
            weight=batch.get("weight"),
        )
        size = ((found["size"].float() - batch["size"]).abs() * key).sum() / total
        offset = ((found["offset"].float() - batch["offset"]).abs() * key).sum() / total
        return {"heat": heat, "size": self.config.size_weight * size, "offset": self.config.offset_weight * offset}

    def answer(self, image: Tensor) -> dict[str, Tensor]:
        """Scores (1, 1, h, w), sizes and offsets (1, 2, h, w) of an image."""
        found = super().answer(image)
        return found | {"heat": found["heat"].sigmoid()}

    def mirrored(self, maps: dict[str, Tensor]) -> dict[str, Tensor]:
        """The maps of a mirrored picture as those of the picture: places in a cell are mirrored, too."""
        found = super().mirrored(maps)
        offset = found["offset"]
        return found | {"offset": torch.cat([1 - offset[:, :1], offset[:, 1:]], dim=1)}

    def read(self, maps: Maps) -> tuple[Boxes, Scores]:
        """Every peak above `min_score`, as a box."""
        return decode(maps, stride=self.stride, floor=self.config.min_score)

    def lost_heads(self, boxes: Boxes, size: tuple[int, int]) -> int:
        """How many heads no decoding can find: in prediction they share a cell with another, or touch its cell."""
        inner, fit = self.fitted(size)
        return key_cells(fit.apply(boxes), inner, stride=self.stride).lost()


def decode(found: Maps, *, stride: int, floor: float) -> tuple[Boxes, Scores]:
    """Boxes (M, 4), pixels of the input, and scores (M,) of the peaks of a heat map, the highest first; no cap.

    Args:
        found: `heat` (1, h, w), 0 to 1; `size` and `offset` (2, h, w), x y, in cells.
        stride: pixels to a cell.
        floor: score that a peak exceeds.
    """
    rows, columns, scores = find_peaks(found["heat"][0], floor=floor)
    cells = np.stack([columns, rows], axis=1).astype(np.float64)
    middle = (cells + found["offset"][:, rows, columns].T) * stride
    sides = np.maximum(found["size"][:, rows, columns].T.astype(np.float64) * stride, 1.0)
    return around(middle, sides[:, 0], sides[:, 1]), scores


def _heat(boxes: Boxes, size: tuple[int, int], key: Mask, config: CenterNetConfig) -> tuple[NDArray[np.float32], Mask]:
    """The heat map (h, w) that the loss of `config` learns, and the mask of its positive cells."""
    kind = TARGETS[config.loss]
    if kind == "binary":
        return key.astype(np.float32), key
    heat = np.empty(key.shape, np.float32)
    if kind == "gaussian":
        centernet_heat(boxes, size, stride=config.stride, combine=config.combine, out=heat)
    else:
        mask_focal_heat(
            boxes,
            size,
            stride=config.stride,
            radius=config.radius,
            widening=config.eta,
            combine=config.combine,
            out=heat,
        )
    np.minimum(heat, 1, out=heat)
    return heat, heat > 0 if kind == "boxes" else key
