"""Backbones, which turn a picture into maps of several strides: those of timm, and a small one of our own."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import timm
from timm.models import FeatureInfo
from torch import Tensor, nn

from gta_head_tools.errors import ConfigError
from training.networks.blocks import conv_block

PYRAMID = (16, 32, 64, 128)
"""Channels of a pyramid at strides 4, 8, 16 and 32."""


def build_backbone(
    name: str, strides: Sequence[int], *, channels: Sequence[int] = (), weights: str = ""
) -> tuple[nn.Module, list[int]]:
    """A backbone that returns its maps, and their channels.

    Args:
        name: as timm spells it, with a first map of stride 2, or 1 (dla*); or `pyramid`, the class below.
        strides: of the wanted maps, powers of 2, the finest first.
        channels: of its stages; () = as published.
        weights: file of pretrained weights; "" = random ones. Nothing is downloaded.

    Raises:
        ConfigError: timm knows no such backbone, it lacks a stride or choosable channels, or the file does not fit.
    """
    if name == "pyramid" and not weights:
        pyramid = Pyramid(channels or PYRAMID, strides)
        return pyramid, pyramid.channels
    if weights and not Path(weights).is_file():
        raise ConfigError(f"backbone_weights = {weights!r}: no such file")
    if ":" in name:  # timm would download `hf-hub:...` and the like, and a file of data may hold the name.
        raise ConfigError(f"backbone = {name}: expected a name of timm alone; nothing is downloaded")
    first = 1 if name.startswith("dla") else 2
    settings: dict[str, Any] = {"channels": tuple(channels)} if channels else {}
    if weights:
        settings |= {"pretrained": True, "pretrained_cfg_overlay": {"file": weights}}
    if name.startswith("hrnet"):
        settings["feature_location"] = ""  # The branches themselves, not the wider maps that the classifier reads.
    indices = [(stride // first).bit_length() - 1 for stride in strides]
    try:
        with _notes_of_timm() as notes:
            found = timm.create_model(name, features_only=True, out_indices=indices, **settings)
    except (RuntimeError, TypeError, ValueError, AssertionError, OSError) as error:
        told = f"backbone = {name}, backbone_channels = {list(channels)}, backbone_weights = {weights!r}"
        raise ConfigError(f"{told}: cannot be built ({error})") from error
    missing = {each for note in notes if note.startswith("Missing keys") for each in re.split(r"[(), ]+", note)}
    lacking = [each for each in found.state_dict() if each in missing and not each.endswith("num_batches_tracked")]
    if lacking:
        raise ConfigError(f"backbone_weights = {weights!r}: lacks {lacking[0]} of {name}; take a file of that network")
    maps = cast("FeatureInfo", found.feature_info)
    if maps.reduction() != list(strides):
        raise ConfigError(f"backbone = {name}: its maps have strides {maps.reduction()}, not {list(strides)}")
    return found, maps.channels()


@contextlib.contextmanager
def _notes_of_timm() -> Iterator[list[str]]:
    """What timm logs while it loads weights; it is not shown, because it names every weight of the classifier."""
    log, notes = logging.getLogger("timm.models._builder"), list[str]()
    level = log.level

    def keep(record: logging.LogRecord) -> bool:
        notes.append(record.getMessage())
        return False

    log.addFilter(keep)
    log.setLevel(logging.INFO)  # timm tells missing weights at this level.
    try:
        yield notes
    finally:
        log.removeFilter(keep)
        log.setLevel(level)


class Pyramid(nn.Module):
    """A small backbone for training on a CPU: a quarter of the time of `dla46_c`; finds more heads after equal time.

    A 3x3 convolution of stride 2, and a residual block at each of strides 4 to 32 (He et al., Deep Residual Learning,
    CVPR 2016), with the mean of four pixels in the shortcut (He et al., Bag of Tricks, CVPR 2019).

    Args:
        channels: of the four blocks; the first convolution has those of the first block.
        strides: of the maps that are wanted, from 2 to 32.
    """

    def __init__(self, channels: Sequence[int], strides: Sequence[int]) -> None:
        super().__init__()
        if len(channels) != 4 or min(channels) < 1:
            raise ConfigError(f"backbone_channels = {list(channels)}: a pyramid has four, each at least 1")
        widths = [channels[0], *channels]
        self.first = strides[0].bit_length() - 2
        self.channels = widths[self.first :]
        self.stem = conv_block(3, channels[0], stride=2)
        self.blocks = nn.ModuleList([_Residual(*pair) for pair in pairwise(widths)])

    def forward(self, image: Tensor) -> list[Tensor]:
        """Maps of the strides, the finest first."""
        found: list[Tensor] = [self.stem(image)]
        for block in self.blocks:
            found.append(block(found[-1]))
        return found[self.first :]


class _Residual(nn.Module):
    """Two 3x3 convolutions, the first of stride 2, added to the input at half its size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            conv_block(inputs, outputs, stride=2),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(2), nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        )

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = (self.inner(x) + self.shortcut(x)).relu_()
        return found
