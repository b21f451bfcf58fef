"""Head sizes at given points: what turns points into boxes where no camera is shared and no box is drawn.

Source: Gao et al., Learning Independent Instance Maps for Crowd Localization, section 4.2, which trains such a network
on boxes of NWPU-Crowd and has the boxes of other data sets made by it. Its layers are in a supplement that is not
public here; these are our own. It regresses the logarithm of the size, and how far heads of such a look spread.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError
from gta_head_tools.interpolation.expectation import MEDIAN_OF_NORMAL
from gta_head_tools.pictures import Picture
from training.base import Batch, Prediction, Ragged, Sample, Targets
from training.config import Count, NotNegative, Number, Positive, TrainConfig
from training.families.dense import Dense
from training.families.fitted import Side, Tile
from training.families.size_map import SizeErrors, SizeMap, at_places, box_sizes
from training.networks.backbones import build_backbone
from training.networks.blocks import AggregationNeck, Normalise, head
from training.samples.letterbox import resize

STRIDE = 4
MIDDLE, REACH = math.log(0.2), 2.0
"""Standard deviations stay between 0.2 / e^2 and 0.2 e^2, that is 3 % and 148 %, so that no step runs away."""
ENOUGH = 30
"""Heads from which on the error bars are fitted to the validation split."""
Channels = Annotated[int, msgspec.Meta(ge=2)]


@dataclass(frozen=True, kw_only=True)
class HeadSizeConfig(TrainConfig):
    """Our own recipe; the paper prints none.

    Attributes:
        backbone: a network of timm with maps of strides 4 to 32, or `pyramid`, made for CPUs.
        backbone_channels: channels of its stages; () = as published.
        neck_width: channels of the neck at stride 4.
        hidden: channels within the output branch.
        loss: gaussian = negative logarithm of the likelihood of the size's logarithm.
        typical_size: sqrt(width height) in pixels, at which the network begins; None = the median of the data.
        aspect: width over height of all heads; None = the median of the data.
        tile: longest side, pixels, that is predicted in one piece.
    """

    epochs: Count = 60
    lr: Positive = 1e-3
    warmup: Number = 200
    width: Side = 512
    height: Side = 512
    fit: Literal["letterbox", "crop", "whole"] = "crop"
    scale_low: Positive = 0.5
    scale_high: Positive = 2.0
    clip: NotNegative = 1.0
    backbone: str = "dla34"
    backbone_channels: tuple[int, ...] = ()
    neck_width: Channels = 64
    hidden: Channels = 128
    loss: Literal["gaussian"] = "gaussian"
    typical_size: Positive | None = None
    aspect: Positive | None = None
    tile: Tile = 2048


class HeadSizeNetwork(nn.Module):
    """Backbone, neck and a branch: pictures (B, 3, H, W) in, `logs` (B, 2, H / 4, W / 4) out, see `SizeMap`."""

    def __init__(self, config: HeadSizeConfig) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.backbone, channels = build_backbone(
            config.backbone, (4, 8, 16, 32), channels=config.backbone_channels, weights=config.backbone_weights
        )
        self.neck = AggregationNeck(channels, config.neck_width, "plain")
        self.branch = head(config.neck_width, config.hidden, 2)
        self.typical = math.log(config.typical_size or 16.0)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Logarithms of sizes, in pixels of the input, and of their standard deviations; H and W multiples of 32."""
        size, spread = self.branch(self.neck(self.backbone(self.normalise(image)))).float().split(1, dim=1)
        bounded = MIDDLE + REACH * (spread / REACH).tanh()
        return {"logs": torch.cat([self.typical + size, bounded], dim=1)}


class HeadSize(Dense):
    """Sizes of heads whose points are known."""

    Config = HeadSizeConfig
    PAPER = "Gao et al., IIM, section 4.2; own network"
    LICENCE = "own code"
    INPUT = "whole picture and points"
    PREDICTS = ("sizes",)
    NEEDS = "boxes"
    LOSSES = ("gaussian",)
    JUDGED_BY = "size_error"
    VARIANTS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "dla34": {},
        "small": {"backbone": "pyramid", "neck_width": 16, "hidden": 32},
    }

    config: HeadSizeConfig
    stride = STRIDE
    widening: Tensor
    """() factor of the standard deviations, fitted on pictures for validation."""

    def __init__(self, config: HeadSizeConfig) -> None:
        super().__init__(config)
        self.tile = config.tile
        self.network = HeadSizeNetwork(config)
        self.register_buffer("widening", torch.ones(()))

    @classmethod
    def prepare(cls, images: Sequence[ImageAnnotations], config: HeadSizeConfig) -> HeadSizeConfig:
        """The settings with the typical size and the aspect of the heads to learn from.

        Raises:
            ConfigError: no head has a box with an area.
        """
        boxes = np.concatenate([image.boxes[~image.ignore] for image in images])
        boxes = boxes[box_sizes(boxes) > 0]
        if not len(boxes):
            raise ConfigError("no head to learn from has a box with an area; give data with boxes")
        width, height = (boxes[:, 2:] - boxes[:, :2]).T
        size = config.typical_size or float(np.median(np.sqrt(width * height)))
        return replace(config, typical_size=size, aspect=config.aspect or float(np.median(width / height)))

    @staticmethod
    def targets(sample: Sample, config: HeadSizeConfig) -> Targets:  # noqa: ARG004  # as the hook is called
        """`heads`, rows (n, 3): x and y in pixels and the logarithm of the size, of heads inside; `n_heads`."""
        height, width = sample.picture.shape[:2]
        inside = ((sample.points >= 0) & (sample.points < (width, height))).all(axis=1)
        sizes = box_sizes(sample.boxes)
        known = inside & ~sample.ignore & (sizes > 0)
        rows = np.column_stack([sample.points[known], np.log(sizes[known])])
        heads = torch.from_numpy(rows).float()
        return {"heads": Ragged.of(heads), "n_heads": torch.tensor(float(len(heads)))}

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:  # noqa: ARG002  # does not change with progress
        """Negative logarithm of the likelihood of a normal distribution, mean over the heads.

        Its constant is such that 0 is the lowest value: every size as given, and the smallest deviation.
        """
        maps = self.network(batch["image"])["logs"]
        rows: Tensor = batch["heads"].values
        counts: Tensor = batch["heads"].counts
        image = torch.repeat_interleave(torch.arange(len(maps), device=maps.device), counts.to(maps.device))
        found, spread = at_places(maps, rows[:, :2] / STRIDE, image).unbind(dim=1)
        away = (rows[:, 2] - found) * (-spread).exp()
        return {"size": (spread - MIDDLE + REACH + away.square() / 2).sum() / batch["n_heads"]}

    @torch.inference_mode()
    def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:
        """The sizes that heads have at each place; the count is NaN, as this network finds no heads.

        `maps` has `size` in pixels, over the largest one, and `spread`, the relative standard deviation.
        """
        inner, fit = self.fitted((picture.shape[1], picture.shape[0]))
        logs = self.maps_of(resize(picture, inner))["logs"]
        logs[0] -= math.log(math.sqrt(fit.scale_x * fit.scale_y))
        logs[1] += math.log(float(self.widening))
        sizes = SizeMap(logs, (STRIDE / fit.scale_x, STRIDE / fit.scale_y), self.config.aspect or 1.0)
        size, spread = np.exp(logs) if maps else logs
        shown = {"size": size / size.max(), "spread": spread} if maps else {}
        return Prediction(math.nan, sizes=sizes, maps=shown)

    def calibrate(self, found: Sequence[tuple[Prediction, ImageAnnotations]]) -> None:
        """Widen the error bars to what they should be on pictures that were not learned from, by the median error."""
        errors = [SizeErrors.of(each.sizes, true) for each, true in found if each.sizes is not None]
        away = np.concatenate([each.deviations for each in errors]) if errors else np.empty(0)
        if len(away) >= ENOUGH:
            self.widening *= float(np.median(away)) / MEDIAN_OF_NORMAL
