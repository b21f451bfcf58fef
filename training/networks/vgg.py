"""VGG-16 without its classifier, and the dilated back end of CSRNet, which several counting networks share."""

from __future__ import annotations

import pickle
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from gta_head_tools.errors import ConfigError

FRONT = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512))
"""Channels of the first ten convolutions, by block; between the blocks the map is halved."""
ALL = (*FRONT, (512, 512, 512))
"""All 13 convolutions, the last block at stride 16."""
BACK = (512, 512, 512, 256, 128, 64)


def scaled(channels: int, share: float) -> int:
    """A share of published channels, at least 1."""
    return max(round(channels * share), 1)


class FrontEnd(nn.Module):
    """The 3x3 convolutions of VGG-16 (Simonyan and Zisserman, ICLR 2015): pictures in, a map of each block out.

    Args:
        share: of the published channels.
        weights: file of VGG-16 as torchvision stores it (`.pth` or `.safetensors`); "" = random ones. Nothing is
            downloaded.
        blocks: channels of the convolutions, by block: `FRONT`, or `ALL`.
        norm: batch norm after each convolution; the weights are then those of torchvision's vgg16_bn.

    Attributes:
        channels: of the last map.
        widths: channels of all maps.

    Raises:
        ConfigError: the file cannot be read, or is of another network.
    """

    def __init__(
        self, *, share: float = 1.0, weights: str = "", blocks: Sequence[Sequence[int]] = FRONT, norm: bool = False
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList()
        self.widths = [scaled(block[-1], share) for block in blocks]
        self.channels = self.widths[-1]
        before = 3
        for block in blocks:
            layers: list[nn.Module] = []
            for channels in (scaled(each, share) for each in block):
                layers.append(nn.Conv2d(before, channels, 3, padding=1))
                layers += [nn.BatchNorm2d(channels)] if norm else []
                layers.append(nn.ReLU(inplace=True))
                before = channels
            self.blocks.append(nn.Sequential(*layers))
        if weights:
            _load(self, weights, "vgg16_bn" if norm else "vgg16")

    def forward(self, image: Tensor) -> list[Tensor]:
        """The maps after the last ReLU of each block, of strides 1, 2, 4, 8 and 16: the finest first."""
        found: list[Tensor] = []
        for block in self.blocks:
            found.append(block(nn.functional.max_pool2d(found[-1], 2) if found else image))
        return found


def back_end(inputs: int, *, share: float = 1.0, norm: bool = False) -> nn.Sequential:
    """Six 3x3 convolutions of dilation 2 and a 1x1 convolution to one map (Li et al., CSRNet, configuration B).

    Args:
        inputs: channels.
        share: of the published channels.
        norm: batch norm after each of the six.
    """
    channels = [inputs, *(scaled(each, share) for each in BACK)]
    return nn.Sequential(*dilated(channels, norm=norm), nn.Conv2d(channels[-1], 1, 1))


def dilated(channels: Sequence[int], *, norm: bool = False) -> list[nn.Module]:
    """3x3 convolutions of dilation 2 from each number of channels to the next one, each with a ReLU after it.

    Args:
        channels: of the map that comes in, and after each convolution.
        norm: batch norm before each ReLU.
    """
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(channels):
        layers.append(nn.Conv2d(inputs, outputs, 3, padding=2, dilation=2))
        layers += [nn.BatchNorm2d(outputs)] if norm else []
        layers.append(nn.ReLU(inplace=True))
    return layers


_KINDS = ("weight", "bias", "running_mean", "running_var")
"""What torchvision stores of a layer, in the order of the state of a network."""


def _load(front: FrontEnd, weights: str, name: str) -> None:
    """Put the weights in of the convolutions that the front end has, and of their normalisation."""
    stored = _read(weights)
    places = (re.fullmatch(r"features\.([0-9]+)\.(\w+)", each) for each in stored)
    # Layers by their number; a .safetensors file is not in this order.
    named = sorted((int(at[1]), _KINDS.index(at[2]), at[0]) for at in places if at and at[2] in _KINDS)
    given = [stored[each] for _, _, each in named]
    wanted = [value for each, value in front.state_dict().items() if each.rpartition(".")[2] in _KINDS]
    shapes = [tuple(each.shape) for each in given[: len(wanted)]]
    if shapes != [tuple(each.shape) for each in wanted]:
        raise ConfigError(
            f"backbone_weights = {weights!r}: holds no weights of VGG-16 as torchvision stores them (features.0.weight "
            f"and so on), or the network has another width; take {name} with width_share = 1"
        )
    with torch.no_grad():
        for mine, value in zip(wanted, given, strict=False):
            mine.copy_(value)


def _read(weights: str) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not Path(weights).is_file():
        raise ConfigError(f"backbone_weights = {weights!r}: no such file")
    try:
        if weights.endswith(".safetensors"):
            return load_file(weights)
        found = torch.load(weights, map_location="cpu", weights_only=True)
    except (OSError, SafetensorError, RuntimeError, EOFError, ValueError, LookupError, pickle.UnpicklingError) as error:
        raise ConfigError(f"backbone_weights = {weights!r}: cannot be read as weights; copy the file again") from error
    return found if isinstance(found, dict) else {}
