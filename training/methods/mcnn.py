"""MCNN: three columns of convolutions with large, medium and small kernels, for heads of three sizes.

Source: Zhang et al., Single-Image Crowd Counting via Multi-Column Convolutional Neural Network, CVPR 2016. Own code.
The paper leaves optimiser and rate open; these are Adam and 1e-5, as public code has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from gta_head_tools.maps.kernels import Sigma
from training.config import Positive
from training.families.density import DensityConfig, DensityMethod, begin_layers
from training.networks.blocks import Normalise
from training.networks.vgg import scaled

LARGE = ((9, 16), (7, 32), (7, 16), (7, 8))
MEDIUM = ((7, 20), (5, 40), (5, 20), (5, 10))
SMALL = ((5, 24), (3, 48), (3, 24), (3, 12))
"""Kernel and channels of each convolution of a column; the map is halved after the first and the second."""


@dataclass(frozen=True, kw_only=True)
class MCNNConfig(DensityConfig):
    """The recipe of the paper, and choices for what it leaves open.

    Attributes:
        sees: what the network gets of a picture: its brightness, as in the paper, or its colours.
        last_relu: a ReLU after the last convolution, as public code has it; the network may begin with all of it at 0.
    """

    STRIDE: ClassVar[int] = 4

    lr: Positive = 1e-5
    sigma: Sigma = "adaptive"
    sees: Literal["grey", "colour"] = "grey"
    last_relu: bool = False


class MCNNNetwork(nn.Module):
    """Pictures (B, 3, H, W) in, `density` (B, 1, H / 4, W / 4) out."""

    def __init__(self, config: MCNNConfig) -> None:
        super().__init__()
        self.normalise, self.grey = Normalise(), config.sees == "grey"
        columns = [_column(each, 1 if self.grey else 3, config.width_share) for each in (LARGE, MEDIUM, SMALL)]
        self.columns = nn.ModuleList(columns)
        joined = sum(scaled(each[-1][1], config.width_share) for each in (LARGE, MEDIUM, SMALL))
        self.last = nn.Sequential(nn.Conv2d(joined, 1, 1), *([nn.ReLU()] if config.last_relu else []))
        begin_layers(self, config.start, pretrained=False)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """The density of each picture."""
        seen = self.normalise(image)
        if self.grey:
            seen = seen.mean(dim=1, keepdim=True)
        return {"density": self.last(torch.cat([column(seen) for column in self.columns], dim=1))}


class MCNN(DensityMethod):
    """Multi-column counting."""

    Config = MCNNConfig
    PAPER = "Zhang et al., CVPR 2016"
    LICENCE = "own code"
    INPUT = "whole picture"
    COARSEST = 4
    VARIANTS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"grey": {}, "colour": {"sees": "colour"}}

    def __init__(self, config: MCNNConfig) -> None:
        super().__init__(config)
        self.network = MCNNNetwork(config)


def _column(layers: tuple[tuple[int, int], ...], inputs: int, share: float) -> nn.Sequential:
    found: list[nn.Module] = []
    for place, (kernel, channels) in enumerate(layers):
        found += [nn.Conv2d(inputs, scaled(channels, share), kernel, padding=kernel // 2), nn.ReLU(inplace=True)]
        found += [nn.MaxPool2d(2)] if place < 2 else []
        inputs = scaled(channels, share)
    return nn.Sequential(*found)
