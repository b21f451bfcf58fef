"""DeepCount: a network that regresses the count of a picture, and learns from density maps that branch off it.

Source: Chen et al., Deep Density-aware Count Regressor. Own code, from the text of the paper. The backbone alone gives
the count of a tile of 512 x 384; the gradients of five branches, which predict density maps of five sizes, are fused
in it and make it aware of where heads are. In use the branches are left out, or one is kept to show a map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError
from gta_head_tools.maps.cells import at_pixels
from gta_head_tools.maps.kernels import Kernel, Sigma
from gta_head_tools.pictures import Picture
from training.base import Batch, Map, Prediction, Sample, Targets
from training.config import Count, NotNegative, Number, Positive, Share, TrainConfig
from training.families.dense import Dense
from training.families.density import Start, begin_layers, check_sigmas, density_target, unused_by_sigma
from training.networks.blocks import Normalise, doubling
from training.networks.vgg import FrontEnd, scaled
from training.samples.letterbox import Fit, resize

STRIDE = 8
"""Pixels to a cell of the finest map."""


@dataclass(frozen=True, kw_only=True)
class DeepCountConfig(TrainConfig, Kernel):
    """The recipe of section 3.4 of the paper. Its front end is pretrained: `backbone_weights` names the file.

    Public code has optimizer = adam with rates from 1e-4 to 1e-5, batch = 20 and sigma = 10.

    Attributes:
        width: of a tile, a multiple of 8 * 2 ** `stages`, as is `height`; the network sees nothing but tiles.
        height: of a tile.
        loss: l1 = half of the absolute error, summed over the cells, mean over the images (equation 1).
        stages: pairs of convolutions of which the first halves the map, layers 3 to 10 of table 1. There is one branch
            more than stages: branch 1 has cells of 8 pixels, and those of each next branch are twice as wide.
        slope: alpha of the leaky ReLU (equation 4); 0 = ReLU, as in table 8.
        detached: branches 1 to this one are left out, as in table 9; all of them: only the backbone is left.
        count_weight: beta, of the error of the count (equation 2).
        loss_weight: omega, of all errors (equation 3); its lambda is `weight_decay`.
        front_lr: factor of the learning rate of the front end.
        count_from: 0 = the backbone predicts the count; else the number of the branch whose map is added up, as in
            table 7.
        map_from: number of the branch that says where in a tile the heads of its count are; 0 = no branch is computed,
            and a tile is one cell of the density. None = the first branch that is there.
        density_scale: the network predicts so many times the density and the count.
        start: of new layers, see `training.families.density.Start`.
        width_share: share of the published channels of every layer, for trials on CPUs.
    """

    epochs: Count = 100
    batch: Count = 32
    optimizer: Literal["adam", "adamw", "sgd"] = "sgd"
    lr: Positive = 1e-4
    schedule: Literal["cosine", "constant", "step", "poly", "plateau"] = "constant"
    warmup: Number = 0
    weight_decay: NotNegative = 1e-5
    clip: NotNegative = 0.0
    width: Count = 512
    height: Count = 384
    fit: Literal["crop"] = "crop"
    jitter: Share = 0.0
    loss: Literal["l1"] = "l1"
    sigma: Sigma = 5.0
    stages: Annotated[int, msgspec.Meta(ge=1, le=8)] = 4
    slope: NotNegative = 0.2
    detached: Number = 0
    count_weight: Positive = 16.0
    loss_weight: Positive = 1e-2
    front_lr: NotNegative = 0.5
    count_from: Number = 0
    map_from: Number | None = None
    density_scale: Positive = 1.0
    start: Start = "xavier"
    width_share: Positive = 1.0

    def __post_init__(self) -> None:
        """Refuse a tile that the stages do not divide, and a branch that is not there."""
        super().__post_init__()
        coarsest = STRIDE << self.stages
        for name in ("width", "height"):
            side = getattr(self, name)
            if side % coarsest:
                raise ConfigError(f"{name} = {side}: expected a multiple of {coarsest} with {self.stages} stages")
        if self.detached > self.stages + 1:
            raise ConfigError(f"detached = {self.detached}: {self.stages} stages have {self.stages + 1} branches")
        for name in ("count_from", "map_from"):
            if getattr(self, name) and getattr(self, name) not in self.branches:
                known = ", ".join(map(str, self.branches)) or "none"
                raise ConfigError(f"{name} = {getattr(self, name)}: there is no such branch (branches: {known})")

    @property
    def branches(self) -> range:
        """Numbers of the branches that are not detached."""
        return range(self.detached + 1, self.stages + 2)

    @property
    def drawn(self) -> int:
        """The branch whose map is predicted, 0 = none."""
        if self.map_from is None or self.count_from:
            return self.count_from or next(iter(self.branches), 0)
        return self.map_from

    def without_effect(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        found = super().without_effect() | unused_by_sigma(self)
        return found | ({"map_from": "count_from says which map is predicted"} if self.count_from else {})


class Branch(nn.Module):
    """Transposed convolutions from the vector v to a map; each is joined with the backbone's map of its size.

    Args:
        kernel: height and width of the coarsest map.
        ups: how often the map is doubled.
        config: of the method.
    """

    def __init__(self, kernel: tuple[int, int], ups: int, config: DeepCountConfig) -> None:
        super().__init__()
        vector, width = scaled(1024, config.width_share), scaled(256, config.width_share)
        first = nn.ConvTranspose2d(vector, width, kernel)
        others = (doubling(2 * width, width) for _ in range(ups))
        self.layers = nn.ModuleList([_with_activation(each, config.slope) for each in (first, *others)])
        self.map = nn.Conv2d(2 * width, 1, 1)

    def forward(self, v: Tensor, f: Sequence[Tensor]) -> Tensor:
        """(B, 1, h, w) from v (B, c, 1, 1) and maps of the backbone, the coarsest first; the last one is (h, w)."""
        x = v
        for layer, depth in zip(self.layers, f, strict=True):
            x = torch.cat([layer(x), depth], dim=1)
        found: Tensor = self.map(x)
        return found


class DeepCountNetwork(nn.Module):
    """Tiles (B, 3, height, width) in; `count` (B, 1, 1, 1) and the maps `density_1`, ... (B, 1, h, w) out (table 1)."""

    def __init__(self, config: DeepCountConfig) -> None:
        super().__init__()
        share, slope = config.width_share, config.slope
        kernel = config.height // (STRIDE << config.stages), config.width // (STRIDE << config.stages)
        width, wide, vector = (scaled(each, share) for each in (256, 512, 1024))
        self.normalise = Normalise()
        self.front = FrontEnd(share=share, weights=config.backbone_weights)
        self.first = _with_activation(nn.Conv2d(self.front.channels, width, 3, padding=1), slope)
        self.stages = nn.ModuleList()
        for _ in range(config.stages):
            halving = nn.Conv2d(width, wide, 3, stride=2, padding=1), nn.Conv2d(wide, width, 3, padding=1)
            self.stages.append(nn.Sequential(*(_with_activation(each, slope) for each in halving)))
        self.vector = _with_activation(nn.Conv2d(width, vector, kernel), slope)
        self.count = nn.Conv2d(vector, 1, 1)
        branches = {str(n): Branch(kernel, config.stages + 1 - n, config) for n in config.branches}
        self.branches = nn.ModuleDict(branches)
        for name, part in self.named_children():
            if name != "front":
                begin_layers(part, config.start, pretrained=bool(config.backbone_weights))
        if not config.backbone_weights:
            begin_layers(self.front, "kaiming", pretrained=False)

    def forward(self, image: Tensor, branches: Sequence[int] | None = None) -> dict[str, Tensor]:
        """The count, and the maps of some branches; None = of all that are there."""
        f = [self.first(self.front(self.normalise(image))[-1])]
        for stage in self.stages:
            f.append(stage(f[-1]))
        v = self.vector(f[-1])
        found = {"count": self.count(v)}
        for n in [int(name) for name in self.branches] if branches is None else branches:
            found[f"density_{n}"] = self.branches[str(n)](v, f[n - 1 :][::-1])
        return found


class DeepCount(Dense):
    """Regression of the count, aware of the density."""

    Config = DeepCountConfig
    PAPER = "Chen et al., ECAI 2020"
    LICENCE = "own code"
    INPUT = "tiles of 512 x 384"
    PREDICTS = ("density",)
    LOSSES = ("l1",)
    COARSEST = 128
    VARIANTS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "training": {},
        "inference": {"detached": 5},
        "narrow": {"width_share": 0.125, "stages": 1, "width": 64, "height": 48},
    }

    config: DeepCountConfig

    def __init__(self, config: DeepCountConfig) -> None:
        super().__init__(config)
        self.stride = STRIDE
        self.network = DeepCountNetwork(config)

    @classmethod
    def prepare(cls, images: Sequence[ImageAnnotations], config: DeepCountConfig) -> DeepCountConfig:
        """The settings as they are, once all heads have what their kernels are made of."""
        check_sigmas(images, config)
        return config

    @staticmethod
    def targets(sample: Sample, config: DeepCountConfig) -> Targets:
        """`density` (1, h, w) of cells of 8 pixels, and the number of `heads` in it, for the log."""
        density = density_target(sample, config, STRIDE)
        return {"density": torch.from_numpy(density)[None], "heads": torch.tensor(float(density.sum()))}

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:  # noqa: ARG002  # does not change with progress
        """Equation 3: the absolute errors of count and maps, whose targets are the density, added up by cells."""
        config, true = self.config, self.config.density_scale * batch["density"]
        share = config.loss_weight / (2 * batch["n_images"])
        found = {name: each.float() for name, each in self.network(batch["image"]).items()}
        wrong = found.pop("count") - true.sum(dim=(2, 3), keepdim=True)
        terms = {"count": config.count_weight * share * wrong.abs().sum()}
        for name, each in found.items():
            cells = true.shape[-1] // each.shape[-1]
            pooled = nn.functional.avg_pool2d(true, cells, divisor_override=1)
            terms[name] = share * (each - pooled).abs().sum()
        return terms

    def param_groups(self) -> list[dict[str, Any]]:
        """The front end learns at half the rate."""
        taught = [
            (name.startswith("network.front."), each) for name, each in self.named_parameters() if each.requires_grad
        ]
        front, others = ([each for in_front, each in taught if in_front is which] for which in (True, False))
        return [{"params": others}, {"params": front, "lr_scale": self.config.front_lr}]

    def fitted(self, size: tuple[int, int]) -> tuple[tuple[int, int], Fit]:
        """The whole number of tiles that comes nearest to the size and shape of a picture of (width, height)."""
        width, height = self.config.width, self.config.height
        columns = max(round(self.scale * size[0] / width), 1)
        rows = max(round(columns * width / size[0] * size[1] / height), 1)
        inner = columns * width, rows * height
        return inner, Fit(inner[0] / size[0], inner[1] / size[1])

    @torch.inference_mode()
    def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:
        """The count, the sum of those of the tiles into which the resized picture is cut (section 3.1).

        In the density, the count of each tile is spread as the map of a branch is. That map itself, whose sum is
        another one, is among `maps`, where all branches are.
        """
        config, size = self.config, (picture.shape[1], picture.shape[0])
        inner, _ = self.fitted(size)
        branches = [*config.branches] if maps else [config.drawn] if config.drawn else []
        tall, wide, resized = config.height, config.width, resize(picture, inner)
        found = [
            [self._of_tile(resized[y : y + tall, x : x + wide], branches) for x in range(0, inner[0], wide)]
            for y in range(0, inner[1], tall)
        ]
        whole = {name: np.block([[tile[name] for tile in row] for row in found]) for name in found[0][0]}
        density = whole.pop("density")
        if inner != size or not config.drawn:
            cell = size[0] / density.shape[1], size[1] / density.shape[0]
            density = at_pixels(density, size, cell=cell)
        shown = whole | {"density": density} if maps else {}
        return Prediction(float(density.sum(dtype=np.float64)), density=density, maps=shown)

    def _of_tile(self, tile: Picture, branches: Sequence[int]) -> dict[str, Map]:
        """The `density` (h, w) of a tile, and the maps of branches by name."""
        image = torch.from_numpy(tile.copy()).to(self.device).permute(2, 0, 1)[None]
        both = torch.cat([image, image.flip(-1)]) if self.flip_test else image
        found = {name: each.float() / self.config.density_scale for name, each in self.network(both, branches).items()}
        if self.flip_test:
            found = {name: (each[:1] + each[1:].flip(-1)) / 2 for name, each in found.items()}
        # A count and a density are not negative, but what the network predicts may be.
        found = {name: each[0, 0].clamp(min=0) for name, each in found.items()}
        count = found.pop("count")
        drawn = found.get(f"density_{self.config.drawn}", torch.ones_like(count))
        if not self.config.count_from:
            total = drawn.sum()
            drawn = count * (drawn / total if total > 0 else torch.full_like(drawn, 1 / drawn.numel()))
        return {name: each.cpu().numpy() for name, each in {**found, "density": drawn}.items()}


def _with_activation(layer: nn.Module, slope: float) -> nn.Sequential:
    return nn.Sequential(layer, nn.LeakyReLU(slope, inplace=True))
