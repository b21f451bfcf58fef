"""The frame of methods that learn a density map: its targets, its loss, and the settings that all of them share.

A density map sums to the number of heads. The map of a crop is the crop of the map of the whole picture: heads beyond
the crop reach into it, and heads at the border of the picture lose nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated, ClassVar, Literal

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError
from gta_head_tools.maps.cells import in_cells
from gta_head_tools.maps.density import density_map
from gta_head_tools.maps.kernels import Kernel
from gta_head_tools.maps.map_window import FloatMap, Window, canvas
from training.base import Batch, Ragged, Sample, Targets
from training.config import Count, NotNegative, Number, Positive, Share, TrainConfig
from training.families.dense import Dense
from training.losses.compared import Compared, MapLossSettings
from training.losses.map_losses import MAP_LOSSES, unused_settings
from training.samples.data import tell_once
from training.samples.shown_part import shown_part

Side = Annotated[int, msgspec.Meta(ge=8, multiple_of=8)]
Start = Literal["auto", "normal", "kaiming", "xavier"]
"""How new layers begin: normal = with deviation 0.01; auto = so after a pretrained backbone, else as kaiming."""


@dataclass(frozen=True, kw_only=True)
class DensityConfig(TrainConfig, Kernel, MapLossSettings):
    """Settings of methods that learn a density map, with the kernel of each head and the numbers of the losses.

    The defaults are what the recipes of CSRNet, CAN and MCNN have in common: parts of pictures, mirrored at random, and
    a constant rate. The papers cut parts of a quarter of each picture; these parts have one size, `width` x `height`.

    Attributes:
        loss: what is compared, see `training.losses.map_losses`; mean over the images. Rates of SGD are for half of the
            sum of squared errors: the other losses are means over cells, or over heads, and want a higher one.
        density_scale: the network predicts so many times the density; above 1 the values are not tiny for Adam.
        start: of new layers, see `Start`.
        width_share: share of the published channels of every layer, for trials on CPUs.
    """

    STRIDE: ClassVar[int] = 8
    """Pixels of the input to a cell."""

    epochs: Count = 400
    batch: Count = 1
    schedule: Literal["cosine", "constant", "step", "poly", "plateau"] = "constant"
    warmup: Number = 0
    clip: NotNegative = 0.0
    width: Side = 512
    height: Side = 384
    fit: Literal["letterbox", "crop", "whole"] = "crop"
    jitter: Share = 0.0
    loss: Literal["mse", "bsl", "mse_mae", "sa_sc", "l_c", "ssim", "bayes", "dms_ssim"] = "mse"
    density_scale: Positive = 1.0
    start: Start = "auto"
    width_share: Positive = 1.0

    def without_effect(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        return super().without_effect() | unused_by_sigma(self) | unused_settings(self.loss)


class DensityMethod(Dense):
    """A network that answers with a density at a stride.

    A subclass sets `network`, which gives `density_scale` times the map `density` (B, 1, H / stride, W / stride).
    """

    Config: ClassVar[type[TrainConfig]] = DensityConfig
    PREDICTS = ("density",)
    LOSSES = tuple(MAP_LOSSES)

    config: DensityConfig

    def __init__(self, config: DensityConfig) -> None:
        super().__init__(config)
        self.stride = config.STRIDE

    @classmethod
    def prepare(cls, images: Sequence[ImageAnnotations], config: DensityConfig) -> DensityConfig:
        """The settings as they are, once all heads have what their kernels are made of."""
        check_sigmas(images, config)
        if config.optimizer == "sgd" and config.lr == cls.Config().lr and config.loss != cls.LOSSES[0]:
            tell_once(
                f"lr = {config.lr:g} is that of the loss {cls.LOSSES[0]}, a sum over cells; sgd with the loss "
                f"{config.loss}, a mean, wants a higher one: say --set lr=..., or try several, compare --lr 1e-4,1e-2"
            )
        return config

    @staticmethod
    def targets(sample: Sample, config: DensityConfig) -> Targets:
        """`density` (1, h, w) of cells of `STRIDE` pixels, and the number of `heads` in it, for the log.

        The loss `bayes` also gets `points` (N, 2) of the heads that are inside of the sample.
        """
        density = density_target(sample, config, config.STRIDE)
        found: Targets = {"density": torch.from_numpy(density)[None], "heads": torch.tensor(float(density.sum()))}
        return found | ({"points": Ragged.of(_points_inside(sample))} if config.loss == "bayes" else {})

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:  # noqa: ARG002  # does not change with progress
        """The terms of the loss that the settings name, mean over the images."""
        return self.compare(self.network(batch["image"])["density"], batch)

    def compare(self, found: Tensor, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss of maps (B, 1, h, w) that are compared with those of the targets."""
        config = self.config
        points = batch["points"].split() if "points" in batch else ()
        with torch.autocast(found.device.type, enabled=False):
            wanted = config.density_scale * batch["density"]
            maps = Compared(self._signed(found.float()), wanted, config.STRIDE, config.density_scale, points)
            terms = MAP_LOSSES[config.loss].terms(maps, config)
        return {name: each.sum() / batch["n_images"] for name, each in terms.items()}

    def answer(self, image: Tensor) -> dict[str, Tensor]:
        """The density (1, 1, h, w) of an image, and what else the network answers."""
        found = super().answer(image)
        return found | {"density": self._signed(found["density"]) / self.config.density_scale}

    def _signed(self, found: Tensor) -> Tensor:
        """The density, still `density_scale` times as large, that an answer of the network stands for."""
        return found.abs() if MAP_LOSSES[self.config.loss].unsigned else found


def _points_inside(sample: Sample) -> Tensor:
    """Float32 (N, 2) x y of the heads in the part of the picture that a sample shows, pixels of the sample."""
    corner, far = sample.whole[0, :2], sample.whole[0, 2:]
    # A head beyond the border of the whole picture is drawn at the border, as in density maps.
    points = np.clip(sample.points[~sample.ignore], corner, far)
    height, width = sample.picture.shape[:2]
    return torch.from_numpy(points[((points >= 0) & (points <= (width, height))).all(axis=1)]).float()


def unused_by_sigma(kernel: Kernel) -> dict[str, str]:
    """Settings of a kernel that change nothing, and why."""
    unused = [field.name for field in fields(Kernel) if field.name not in kernel.settings]
    return dict.fromkeys(unused, f"sigma = {kernel.sigma} is not adaptive")


def check_sigmas(images: Sequence[ImageAnnotations], kernel: Kernel) -> None:
    """Refuse heads that lack what their kernels are made of.

    Raises:
        ConfigError: sigmas are to come from boxes, and a head has none.
    """
    for image in images if kernel.sigma == "box" else ():
        if not (image.has_box | image.ignore).all():
            raise ConfigError(f"sigma = box: {image.info.path} has a head without a box; take adaptive or a number")


def density_target(sample: Sample, kernel: Kernel, stride: int) -> NDArray[np.float32]:
    """The part of the density of the whole picture that a sample shows, (ceil(H / stride), ceil(W / stride)).

    Args:
        sample: with all heads of its picture, because sigmas depend on those beyond a crop, too.
        kernel: of the heads, in pixels of the sample.
        stride: side of a cell, pixels.
    """

    def draw(heads: ImageAnnotations, window: Window) -> FloatMap:
        size, sigmas = heads.info.size, kernel.sigmas(heads)
        empty = np.empty(canvas(size, window).shape)
        return density_map(heads.points, size, sigmas=sigmas, window=window, out=empty)

    return in_cells(shown_part(sample, draw), stride)


def begin_layers(layers: nn.Module, start: Start, *, pretrained: bool) -> None:
    """Draw the weights of new convolutions, transposed ones as well; their biases are 0.

    Args:
        layers: those that are not pretrained.
        start: see `Start`.
        pretrained: the layers before them are.
    """
    normal = pretrained if start == "auto" else start == "normal"
    for layer in layers.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            if start == "xavier":
                nn.init.xavier_uniform_(layer.weight)
            else:
                nn.init.normal_(layer.weight, std=0.01 if normal else _kaiming(layer))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def _kaiming(layer: nn.Conv2d | nn.ConvTranspose2d) -> float:
    """The deviation of its weights for a ReLU: the root of two over how many values one output is the sum of."""
    seen = layer.in_channels // layer.groups * math.prod(layer.kernel_size)
    # A transposed convolution spreads its kernel over a stride times as many rows and columns.
    spread = math.prod(layer.stride) if isinstance(layer, nn.ConvTranspose2d) else 1
    return math.sqrt(2 * spread / seen)
