"""Blocks that networks of several methods are made of; the networks themselves are in the files of their methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torchvision.ops import DeformConv2d

ConvKind = Literal["plain", "deformable"]


class Normalise(nn.Module):
    """Pictures of 0 to 255, any type, normalised by ImageNet's mean and standard deviation."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        # persistent=False: these constants are not saved with the weights.
        colours = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]) * 255
        self.register_buffer("mean", colours[0].view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", colours[1].view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) as float32."""
        return (image.to(self.mean.dtype) - self.mean) / self.deviation


class ModulatedConv(nn.Module):
    """A 3x3 convolution whose sampling places and weights a second one predicts (Zhu et al., 2019, Deformable v2).

    It begins as a plain convolution at half strength: no offsets, every weight 1/2.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.samples = nn.Conv2d(inputs, 27, 3, padding=1)
        self.conv = DeformConv2d(inputs, outputs, 3, padding=1)
        nn.init.zeros_(self.samples.weight)
        assert self.samples.bias is not None
        nn.init.zeros_(self.samples.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, h, w) to (B, outputs, h, w)."""
        offsets, weights = self.samples(x).split((18, 9), dim=1)
        # In float32: half precision is too coarse for sampling places, and CPUs do not support it here.
        found: Tensor = self.conv(x.float(), offsets.float(), weights.float().sigmoid())
        return found.to(offsets.dtype)


def conv_block(inputs: int, outputs: int, kind: ConvKind = "plain", *, stride: int = 1) -> nn.Sequential:
    """A 3x3 convolution, batch norm, ReLU; deformable ones have stride 1."""
    conv: nn.Module = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
    if kind == "deformable":
        conv = ModulatedConv(inputs, outputs)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def enlarge(channels: int, factor: int) -> nn.ConvTranspose2d:
    """A learned upsampling of each channel that begins as bilinear interpolation."""
    layer = nn.ConvTranspose2d(
        channels, channels, 2 * factor, stride=factor, padding=factor // 2, groups=channels, bias=False
    )
    middle = factor - 0.5
    slope = 1 - (torch.arange(2 * factor, dtype=torch.float32) - middle).abs() / factor
    with torch.no_grad():
        layer.weight.copy_(torch.outer(slope, slope).expand_as(layer.weight))
    return layer


def doubling(inputs: int, outputs: int) -> nn.ConvTranspose2d:
    """A transposed convolution that makes a map exactly twice as high and wide."""
    return nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)


class AggregationNode(nn.Module):
    """A coarse map is brought to the channels and size of a finer one, added to it, and convolved."""

    def __init__(self, inputs: int, outputs: int, factor: int, kind: ConvKind) -> None:
        super().__init__()
        self.project = conv_block(inputs, outputs, kind)
        self.enlarge = enlarge(outputs, factor)
        self.mix = conv_block(outputs, outputs, kind)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """A map like `fine`."""
        found: Tensor = self.mix(self.enlarge(self.project(coarse)) + fine)
        return found


class Aggregation(nn.Module):
    """Iterative deep aggregation (Yu et al., Deep Layer Aggregation, CVPR 2018): maps join the finest one by one."""

    def __init__(self, channels: Sequence[int], factors: Sequence[int], kind: ConvKind) -> None:
        super().__init__()
        pairs = zip(channels[1:], factors, strict=True)
        self.nodes = nn.ModuleList([AggregationNode(each, channels[0], factor, kind) for each, factor in pairs])

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """The aggregate after each of the maps; the first is the finest map itself, the last has all of them."""
        found = [maps[0]]
        for node, coarse in zip(self.nodes, maps[1:], strict=True):
            found.append(node(coarse, found[-1]))
        return found


class AggregationNeck(nn.Module):
    """Joins the maps of a backbone into one at the finest of their strides (Zhou et al., 2019, for DLA-34).

    Stage by stage all coarser maps are brought to the next finer stride; at last the results of all stages are joined.

    Args:
        channels: of the backbone's maps, the finest first; each map is half as large as the one before.
        width: channels of the result; each coarser stage has twice as many. Where the backbone has other numbers, a
            1x1 convolution maps them.
        kind: of all 3x3 convolutions.
    """

    def __init__(self, channels: Sequence[int], width: int, kind: ConvKind) -> None:
        super().__init__()
        widths = [width << level for level in range(len(channels) - 1)]
        self.laterals = nn.ModuleList([_lateral(each, width) for each, width in zip(channels, widths, strict=False)])
        self.stages = nn.ModuleList()
        coarse = [channels[-1]]
        for each in reversed(widths):
            self.stages.append(Aggregation([each, *coarse], [2] * len(coarse), kind))
            coarse = [each] * (len(coarse) + 1)
        self.last = Aggregation(widths, [2**level for level in range(1, len(widths))], kind)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """(B, width, h, w) from maps of the given channels, the finest of which is (h, w)."""
        coarse, results = [maps[-1]], list[Tensor]()
        finer = [lateral(each) for lateral, each in zip(self.laterals, maps, strict=False)]
        for stage, fine in zip(self.stages, reversed(finer), strict=True):
            coarse = stage([fine, *coarse])
            results.insert(0, coarse[-1])
        found: Tensor = self.last(results)[-1]
        return found


def _lateral(inputs: int, outputs: int) -> nn.Module:
    if inputs == outputs:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))


def head(inputs: int, hidden: int, outputs: int, *, bias: float = 0.0) -> nn.Sequential:
    """Two convolutions that predict `outputs` values for every cell; these begin around `bias`."""
    last = nn.Conv2d(hidden, outputs, 1)
    assert last.bias is not None
    nn.init.normal_(last.weight, std=0.01)
    nn.init.constant_(last.bias, bias)
    return nn.Sequential(nn.Conv2d(inputs, hidden, 3, padding=1), nn.ReLU(inplace=True), last)
