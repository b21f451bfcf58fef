"""CSRNet: the front end of VGG-16, and dilated convolutions that see far without making the map coarser.

Source: Li, Zhang and Chen, CSRNet: Dilated Convolutional Neural Networks for Understanding the Highly Congested Scenes,
CVPR 2018, configuration B. Own code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from torch import Tensor, nn

from gta_head_tools.maps.kernels import Sigma
from training.config import NotNegative, Positive
from training.families.density import DensityConfig, DensityMethod, begin_layers
from training.networks.blocks import Normalise
from training.networks.vgg import FrontEnd, back_end


@dataclass(frozen=True, kw_only=True)
class CSRNetConfig(DensityConfig):
    """The recipe of the paper for dense crowds; for sparse ones it has sigma = 15.

    Its front end is pretrained: `backbone_weights` names the file. Public code has lr 1e-7 and the sum without the
    half (squares = sum), and learns from whole pictures (fit = whole).
    """

    optimizer: Literal["adam", "adamw", "sgd"] = "sgd"
    lr: Positive = 1e-6
    weight_decay: NotNegative = 5e-4
    momentum: NotNegative = 0.95
    sigma: Sigma = "adaptive"


class CSRNetwork(nn.Module):
    """Pictures (B, 3, H, W) in, `density` (B, 1, H / 8, W / 8) out."""

    def __init__(self, config: CSRNetConfig) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.front = FrontEnd(share=config.width_share, weights=config.backbone_weights)
        self.back = back_end(self.front.channels, share=config.width_share)
        begin_layers(self.back, config.start, pretrained=bool(config.backbone_weights))
        if not config.backbone_weights:
            begin_layers(self.front, config.start, pretrained=False)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """The density of each picture."""
        return {"density": self.back(self.front(self.normalise(image))[-1])}


class CSRNet(DensityMethod):
    """Counting by dilated convolutions."""

    Config = CSRNetConfig
    PAPER = "Li et al., CVPR 2018"
    LICENCE = "own code"
    INPUT = "whole picture"
    COARSEST = 8
    VARIANTS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"paper": {}, "narrow": {"width_share": 0.125}}

    def __init__(self, config: CSRNetConfig) -> None:
        super().__init__(config)
        self.network = CSRNetwork(config)
