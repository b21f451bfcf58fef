"""The front end of VGG-16 and the dilated back end of CSRNet, which several counting networks share."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import torch
from torch import Tensor, nn

from gta_head_tools.errors import ConfigError

FRONT = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512))
"""Channels of the first ten convolutions, by block; between the blocks the map is halved."""
BACK = (512, 512, 512, 256, 128, 64)


def scaled(channels: int, share: float) -> int:
    """A share of published channels, at least 1."""
    return max(round(channels * share), 1)


class FrontEnd(nn.Module):
    """Ten 3x3 convolutions in four blocks (Simonyan and Zisserman, ICLR 2015): pictures in, maps of strides 1 to 8 out.

    Args:
        share: of the published channels.
        weights: file of VGG-16 as torchvision stores it (`.pth` or `.safetensors`); "" = random ones. Nothing is
            downloaded.

    Raises:
        ConfigError: the file cannot be read, or is of another network.
    """

    def __init__(self, *, share: float = 1.0, weights: str = "") -> None:
        super().__init__()
        self.blocks = nn.ModuleList()
        before = 3
        for block in FRONT:
            layers: list[nn.Module] = []
            for channels in block:
                layers += [nn.Conv2d(before, scaled(channels, share), 3, padding=1), nn.ReLU(inplace=True)]
                before = scaled(channels, share)
            self.blocks.append(nn.Sequential(*layers))
        self.channels = before
        if weights:
            _load(self, weights)

    def forward(self, image: Tensor) -> list[Tensor]:
        """Four maps after the ReLU of each block, the finest first."""
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
    layers: list[nn.Module] = []
    for channels in (scaled(each, share) for each in BACK):
        layers.append(nn.Conv2d(inputs, channels, 3, padding=2, dilation=2))
        layers += [nn.BatchNorm2d(channels)] if norm else []
        layers.append(nn.ReLU(inplace=True))
        inputs = channels
    return nn.Sequential(*layers, nn.Conv2d(inputs, 1, 1))


def _load(front: FrontEnd, weights: str) -> None:
    """Put the weights of the first ten convolutions in."""
    stored = _read(weights)
    places = (re.fullmatch(r"features\.([0-9]+)\.(weight|bias)", name) for name in stored)
    # Layers by their number; a .safetensors file is not in this order. The weight of a layer comes before its bias.
    named = sorted((int(found[1]), found[2] != "weight", found[0]) for found in places if found)
    given = [stored[name] for _, _, name in named]
    wanted = list(front.parameters())
    shapes = [tuple(each.shape) for each in given[: len(wanted)]]
    if shapes != [tuple(each.shape) for each in wanted]:
        raise ConfigError(
            f"backbone_weights = {weights!r}: holds no weights of VGG-16 as torchvision stores them (features.0.weight "
            "and so on), or the network has another width; take vgg16 with width_share = 1"
        )
    with torch.no_grad():
        for parameter, value in zip(wanted, given, strict=False):
            parameter.copy_(value)


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
