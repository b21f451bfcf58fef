"""The binarization module of IIM: an encoder of thresholds, and a layer that compares and still lets gradients through.

Source: Gao et al., Learning Independent Instance Maps for Crowd Localization, 2020, sections 3.1 and 3.3.2.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

from training.networks.vgg import scaled

PBM = (256, 128, 64)
"""Channels of the 3x3 convolutions of the threshold encoder of the pixel-level module."""


class Binarization(torch.autograd.Function):
    """The binarization layer: equation 1 forwards; backwards, its output is taken for confidence - threshold.

    So the threshold gets the gradient of the output times -1 (equations 3 and 6), the confidence gets it as it is
    (equation 8), or a share of it.
    """

    @staticmethod
    def forward(ctx: Any, confidence: Tensor, threshold: Tensor, share: float) -> Tensor:
        """1 where the confidence (B, 1, H, W) reaches the threshold of the same shape, else 0."""
        ctx.share = share
        return (confidence >= threshold).to(confidence.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        """The gradients of confidence and threshold."""
        return ctx.share * gradients[0], -gradients[0], None


class CompressedSigmoid(nn.Module):
    """1 / (2 + exp(-x)) + 0.2, equation 9, between 0.2 and 0.7; x is `gain` times the input."""

    def __init__(self, gain: float) -> None:
        super().__init__()
        self.gain = gain

    def forward(self, x: Tensor) -> Tensor:
        """Any shape; written so that exp cannot overflow."""
        sigmoid = (self.gain * x.float()).sigmoid()
        return sigmoid / (1 + sigmoid) + 0.2


def threshold_encoder(kind: Literal["pbm", "ibm"], inputs: int, *, share: float, gain: float) -> nn.Sequential:
    """The threshold encoder of a binarization module (section 3.3.2): (B, inputs, h, w) to one value a picture or cell.

    Args:
        kind: ibm gives (B, 1, 1, 1); pbm gives (B, 1, h, w).
        inputs: channels.
        share: of the published channels.
        gain: see `CompressedSigmoid`.
    """
    if kind == "ibm":
        return nn.Sequential(nn.Conv2d(inputs, 1, 1), nn.AdaptiveAvgPool2d(1), CompressedSigmoid(gain))
    layers: list[nn.Module] = []
    for channels in (scaled(each, share) for each in PBM):
        layers += [nn.Conv2d(inputs, channels, 3, padding=1, bias=False), nn.PReLU()]
        inputs = channels
    smooth = [nn.AvgPool2d(15, 1, 7), nn.Conv2d(inputs, 1, 1, bias=False), nn.AvgPool2d(15, 1, 7)]
    return nn.Sequential(*layers, *smooth, CompressedSigmoid(gain))
