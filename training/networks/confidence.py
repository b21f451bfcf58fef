"""The confidence predictors of IIM: VGG-16-BN with a feature pyramid, or HRNet, and one head for both.

Source: Gao et al., Learning Independent Instance Maps for Crowd Localization, 2020, whose supplement has the layers;
these are those of public code (MIT).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from training.networks.backbones import build_backbone
from training.networks.blocks import Normalise
from training.networks.vgg import ALL, FrontEnd, scaled

VGG = "vgg16_bn"
"""The backbone whose maps of strides 4, 8 and 16 go through a feature pyramid."""
STRIDES = (4, 8, 16, 32)
"""Of the maps of any other backbone."""


class FeaturePyramid(nn.Module):
    """A feature pyramid (Lin et al., CVPR 2017): every map gets what all coarser ones have seen.

    Args:
        channels: of the maps, the finest first; each map is half as large as the one before.
        width: channels of the results.
    """

    def __init__(self, channels: Sequence[int], width: int) -> None:
        super().__init__()
        self.laterals = nn.ModuleList([_normed(each, width, 1) for each in channels])
        self.outputs = nn.ModuleList([_normed(width, width, 3) for _ in channels])

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """As many maps of the same sizes."""
        joined = [lateral(each) for lateral, each in zip(self.laterals, maps, strict=True)]
        for finer in range(len(joined) - 2, -1, -1):
            joined[finer] = joined[finer] + interpolate(joined[finer + 1], scale_factor=2)
        return [output(each) for output, each in zip(self.outputs, joined, strict=True)]


class ConfidencePredictor(nn.Module):
    """Pictures (B, 3, H, W) in; features (B, channels, H / 4, W / 4) and logits of the confidence (B, 1, H, W) out.

    Args:
        backbone: `VGG`, or see `build_backbone`.
        share: of the published channels of VGG, of its pyramid and of the head.
        weights: file of pretrained weights of the backbone; "" = random ones.
    """

    def __init__(self, backbone: str, *, share: float, weights: str) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.backbone: nn.Module
        self.pyramid: FeaturePyramid | None = None
        if backbone == VGG:
            self.backbone = front = FrontEnd(share=share, weights=weights, blocks=ALL, norm=True)
            width = scaled(256, share)
            self.pyramid = FeaturePyramid(front.widths[2:], width)
            channels = [width] * 3
        else:
            self.backbone, channels = build_backbone(backbone, STRIDES, weights=weights)
        self.channels, hidden = sum(channels), scaled(64, share)
        self.head = nn.Sequential(
            nn.Conv2d(self.channels, self.channels, 1),
            nn.BatchNorm2d(self.channels),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(self.channels, hidden, 4, 2, 1),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(hidden, 1, 4, 2, 1),
        )

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Features and logits; H and W are multiples of 32."""
        maps: list[Tensor] = self.backbone(self.normalise(image))
        maps = maps if self.pyramid is None else self.pyramid(maps[2:])
        finest = maps[0].shape[2:]
        alike = [each if each.shape[2:] == finest else interpolate(each, finest, mode="bilinear") for each in maps]
        features = torch.cat(alike, dim=1)
        return features, self.head(features)


def _normed(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))
