"""CAN: the features of VGG-16, joined with their context at four scales, of which each place weighs its own.

Source: Liu, Salzmann and Fua, Context-Aware Crowd Counting, CVPR 2019. Own code; the public code is GPL-3 and was not
used. It has one weighting for all scales, a bottleneck and batch norm (18.1 million parameters): `form = shared`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from training.config import Count, NotNegative, Positive, Share
from training.families.density import DensityConfig, DensityMethod, begin_layers
from training.networks.blocks import Normalise
from training.networks.vgg import FrontEnd, back_end
from training.samples.letterbox import round_up

SCALES = (1, 2, 3, 6)
"""Cells to a side of the map that holds the context."""


@dataclass(frozen=True, kw_only=True)
class CANNetConfig(DensityConfig):
    """The recipe for ShanghaiTech B, from public code; on A it has batch = 1, and sigma = adaptive fits dense crowds.

    Its front end is pretrained: `backbone_weights` names the file.

    Attributes:
        form: shared = one weighting for all scales and a bottleneck after the context; paper = a weighting for each
            scale, no bottleneck, no batch norm.
        norm: batch norm in the back end of the shared form. It keeps the last features near 1: only the weights after
            it can reach the scale of the density, and Adam moves them by `lr` a step. With a `density_scale` of 100 the
            counts of four small pictures were still off by 69 % after 120 steps; with 10, by 3 % after 20.
        quarters: a picture is predicted in four quarters, as public code tests: the context is that of the quarter, as
            it is in training. A picture of more than 2048 pixels is cut into tiles first.
    """

    batch: Count = 26
    lr: Positive = 1e-4
    weight_decay: NotNegative = 5e-4
    flip: Share = 0.2
    form: Literal["shared", "paper"] = "shared"
    norm: bool = True
    quarters: bool = False

    def without_effect(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        found = super().without_effect()
        return found | ({"norm": "form = paper has no batch norm"} if self.form == "paper" else {})


class Context(nn.Module):
    """The context of every cell: the means of the map at four scales, weighed cell by cell.

    Args:
        channels: of the map.
        shared: one weighting, which sees f - s_j, for all scales; else one for each, which sees s_j - f.
    """

    def __init__(self, channels: int, *, shared: bool) -> None:
        super().__init__()
        self.shared = shared
        self.scales = nn.ModuleList([nn.Conv2d(channels, channels, 1, bias=False) for _ in SCALES])
        weightings = 1 if shared else len(SCALES)
        self.weightings = nn.ModuleList([nn.Conv2d(channels, channels, 1, bias=shared) for _ in range(weightings)])

    def forward(self, f: Tensor) -> Tensor:
        """(B, c, h, w) of a map of the same shape: the sum of w_j s_j over the sum of w_j."""
        total, weights = torch.zeros_like(f), torch.zeros_like(f)
        for place, (cells, conv) in enumerate(zip(SCALES, self.scales, strict=True)):
            pooled = conv(nn.functional.adaptive_avg_pool2d(f, cells))
            s = nn.functional.interpolate(pooled, f.shape[2:], mode="bilinear", align_corners=False)
            weighting = self.weightings[0 if self.shared else place]
            weight = weighting(f - s if self.shared else s - f).sigmoid()
            total, weights = total + weight * s, weights + weight
        return total / weights


class CANNetwork(nn.Module):
    """Pictures (B, 3, H, W) in, `density` (B, 1, H / 8, W / 8) out."""

    def __init__(self, config: CANNetConfig) -> None:
        super().__init__()
        shared = config.form == "shared"
        self.normalise = Normalise()
        self.front = FrontEnd(share=config.width_share, weights=config.backbone_weights)
        channels = self.front.channels
        self.context = Context(channels, shared=shared)
        bottleneck = [nn.Conv2d(2 * channels, channels, 1), nn.ReLU(inplace=True)] if shared else []
        self.bottleneck = nn.Sequential(*bottleneck)
        self.back = back_end(
            channels if shared else 2 * channels, share=config.width_share, norm=shared and config.norm
        )
        for part in (self.context, self.bottleneck, self.back):
            begin_layers(part, config.start, pretrained=bool(config.backbone_weights))
        if not config.backbone_weights:
            begin_layers(self.front, config.start, pretrained=False)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """The density of each picture."""
        f = self.front(self.normalise(image))[-1]
        return {"density": self.back(self.bottleneck(torch.cat([f, self.context(f)], dim=1)))}


class CANNet(DensityMethod):
    """Context-aware counting."""

    Config = CANNetConfig
    PAPER = "Liu et al., CVPR 2019"
    LICENCE = "own code; the public code is GPL-3"
    INPUT = "whole picture"
    COARSEST = 8
    VARIANTS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "shared": {},
        "paper": {"form": "paper"},
        "narrow": {"width_share": 0.125, "norm": False},
    }

    config: CANNetConfig

    def __init__(self, config: CANNetConfig) -> None:
        super().__init__(config)
        self.network = CANNetwork(config)

    def answer(self, image: Tensor) -> dict[str, Tensor]:
        """The density (1, 1, h, w) of an image, or those of its quarters side by side."""
        if not self.config.quarters:
            return super().answer(image)
        ask = super().answer
        rows = [[ask(part)["density"] for part in _halves(row, 3)] for row in _halves(image, 2)]
        return {"density": torch.cat([torch.cat(row, dim=3) for row in rows], dim=2)}


def _halves(image: Tensor, axis: int) -> list[Tensor]:
    """An image in two parts of whole cells, of which the first may have one cell more; one part if it is one cell."""
    side = image.shape[axis]
    middle = round_up(side, 2 * CANNet.COARSEST) // 2
    return [image.narrow(axis, 0, middle), *([image.narrow(axis, middle, side - middle)] if middle < side else [])]
