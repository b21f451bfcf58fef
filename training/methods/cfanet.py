"""CFANet: attention to where a crowd is, and to how dense it is, guides the density at four scales.

Source: Rong and Li, Coarse- and Fine-grained Attention Network with Background-aware Loss for Crowd Density Map
Estimation, WACV 2021. Own code. The paper prints neither the dilation of CRR and DLE nor the number of parameters.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError
from gta_head_tools.maps.density_classes import BACKGROUND, fit_class_edges
from gta_head_tools.maps.kernels import Sigma
from gta_head_tools.pictures import Picture
from training.base import Batch, Prediction
from training.config import Count, Positive, Share
from training.families.density import DensityConfig, DensityMethod, begin_layers
from training.networks.blocks import Normalise
from training.networks.vgg import FRONT, FrontEnd, scaled
from training.samples.letterbox import Fit, letterbox_size

CRR = (256, 128, 128, 64)
"""Channels of the stages of the crowd region recognizer, from stride 8 to stride 1."""
DLE = (256, 256, 128, 64)
"""Of the density level estimator."""
DME = (512, 256, 256, 64)
"""Of the density map estimator."""
WEIGHTS = {"progress": (0, 0.2, 0.6, 1), "density": (0.8, 1, 1, 1), "cam": (0.3, 0.05, 0.05, 0.05)}
WEIGHTS |= {"fam": (0.3, 0.3, 0.05, 0.05)}
"""Figure 4: weights of the losses against the share of the training that is done (epochs 0, 100, 300, 500 of 500)."""
FITTED = 200
"""Pictures with heads, at the most, that the borders of the density levels are fitted to, evenly spread over all."""


@dataclass(frozen=True, kw_only=True)
class CFANetConfig(DensityConfig):
    """The recipe of the paper, and choices for what it leaves open.

    Its front end is pretrained: `backbone_weights` names the file. Parts of half the width and height of each picture
    are `width` x `height` of a fixed size here. Density is in `density_scale` times heads a pixel.

    Attributes:
        branches: both = CRR and DLE, with the attention FAM + CAM (equation 1); crr, dle = only CAM, or FAM, is the
            attention; none = no attention (table 7).
        fam: how CAM joins FAM: added = FAM + CAM, as printed; residual = FAM + CAM * FAM, the form of equation 2.
        supervise_from: first of the stages 1 to 4 whose density map is in the loss (table 8); 4 = the last one alone.
        levels: k, number of density levels with the background (table 9).
        density_edges: smallest density of the levels 1 to k - 1, heads a pixel; () = such that, over the pictures to
            train on, all of these levels have equally many pixels.
        cheap_heads: density maps of the stages 1 to 3 are enlarged after their convolution and not before it, which
            spares most of the memory.
    """

    STRIDE: ClassVar[int] = 1

    epochs: Count = 500
    lr: Positive = 2e-5
    schedule: Literal["cosine", "constant", "step", "poly", "plateau"] = "step"
    decay_epochs: Positive = 100.0
    decay_rate: Share = 0.5
    sigma: Sigma = "adaptive"
    loss: Literal["mse", "bsl", "mse_mae", "sa_sc", "l_c", "ssim", "bayes", "dms_ssim"] = "bsl"
    squares: Literal["half", "sum", "mean"] = "mean"
    density_scale: Positive = 50.0
    branches: Literal["both", "crr", "dle", "none"] = "both"
    fam: Literal["added", "residual"] = "added"
    supervise_from: Annotated[int, msgspec.Meta(ge=1, le=4)] = 1
    levels: Annotated[int, msgspec.Meta(ge=2, le=255)] = 6
    density_edges: tuple[Positive, ...] = field(default=(), metadata={"fitted": True})
    cheap_heads: bool = False

    @property
    def has_crr(self) -> bool:
        """The network has the branch CRR."""
        return self.branches in {"both", "crr"}

    @property
    def has_dle(self) -> bool:
        """The network has the branch DLE."""
        return self.branches in {"both", "dle"}

    def without_effect(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        found = super().without_effect()
        if self.branches != "both":
            found |= {"fam": f"branches = {self.branches} has no CAM and FAM to join"}
        if not self.has_dle:
            found |= dict.fromkeys(("levels", "density_edges"), f"branches = {self.branches} has no density levels")
        return found | ({"cheap_heads": "supervise_from = 4 has no such maps"} if self.supervise_from == 4 else {})


class Tower(nn.Module):
    """CRR or DLE: four stages of twice the size of the one before, and a map at each of them.

    Args:
        channels: of the stages.
        outputs: channels of the maps.
        share: of the published channels.
    """

    def __init__(self, channels: Sequence[int], outputs: int, share: float) -> None:
        super().__init__()
        widths = [scaled(each, share) for each in (FRONT[-1][-1], *channels)]
        self.stages = nn.ModuleList([_conv(a, b) for a, b in itertools.pairwise(widths)])
        self.heads = nn.ModuleList([nn.Conv2d(each, outputs, 3, padding=1) for each in widths[1:]])

    def forward(self, y: Tensor) -> list[Tensor]:
        """Maps (B, outputs, h, w) of strides 8, 4, 2, 1 from features of stride 8."""
        found: list[Tensor] = []
        for place, (stage, head) in enumerate(zip(self.stages, self.heads, strict=True)):
            y = stage(_twice(y) if place else y)
            found.append(head(y))
        return found


class CFANetwork(nn.Module):
    """Pictures (B, 3, H, W) in; `density` (B, 1, H, W) out, and all that the loss or a panel shows."""

    def __init__(self, config: CFANetConfig) -> None:
        super().__init__()
        share = config.width_share
        self.config = config
        self.normalise = Normalise()
        self.front = FrontEnd(share=share, weights=config.backbone_weights)
        self.crr = Tower(CRR, 1, share) if config.has_crr else None
        self.dle = Tower(DLE, config.levels, share) if config.has_dle else None
        skips = [0, *(scaled(block[-1], share) for block in FRONT[-2::-1])]
        before = [self.front.channels, *(scaled(each, share) for each in DME[:-1])]
        widths = [scaled(each, share) for each in DME]
        sizes = zip(before, skips, widths, strict=True)
        self.stages = nn.ModuleList([_conv(below + skip, width) for below, skip, width in sizes])
        self.heads = nn.ModuleList([nn.Conv2d(each, 1, 3, padding=1) for each in widths[config.supervise_from - 1 : 3]])
        self.last = nn.Conv2d(widths[-1], 1, 1)
        for part in (self.crr, self.dle, self.stages, self.heads, self.last):
            if part is not None:
                begin_layers(part, config.start, pretrained=bool(config.backbone_weights))
        if not config.backbone_weights:
            begin_layers(self.front, config.start, pretrained=False)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Maps by name, of which those with a number are of stages 1 to 4, that is, strides 8, 4, 2, 1.

        `density`: of the last stage. In training also `density_1` to `density_3` (B, 1, H, W), `cam_1` to `cam_4` (B,
        1, h, w) and `fam_1` to `fam_4` (B, k, h, w), both before the sigmoid or softmax. Otherwise, of the last stage,
        `features`, `attention` and `refined` (B, 1, H, W): figure 6, of features the mean over the channels.
        """
        features = self.front(self.normalise(image))[::-1]
        cams = [None] * 4 if self.crr is None else self.crr(features[0])
        fams = [None] * 4 if self.dle is None else self.dle(features[0])
        found: dict[str, Tensor] = {}
        heads = iter(self.heads)
        y = features[0]
        before, attention = y, torch.zeros_like(y[:, :1])
        for stage, (conv, cam, fam) in enumerate(zip(self.stages, cams, fams, strict=True), 1):
            before = conv(y if stage == 1 else torch.cat([_twice(y), features[stage - 1]], dim=1))
            attention = self._attention(cam, fam, before)
            y = before + attention * before  # Equation 2.
            if self.training and self.config.supervise_from <= stage < 4:
                found[f"density_{stage}"] = self._density(next(heads), y, 2 ** (4 - stage))
            named = {f"cam_{stage}": cam, f"fam_{stage}": fam} if self.training else {}
            found |= {name: each for name, each in named.items() if each is not None}
        found["density"] = self.last(y)
        if not self.training:
            means = {"features": before.mean(dim=1, keepdim=True), "refined": y.mean(dim=1, keepdim=True)}
            found |= means | {"attention": attention}
        return found

    def _attention(self, cam: Tensor | None, fam: Tensor | None, like: Tensor) -> Tensor:
        """(B, 1, h, w), equation 1; the weight of a level is its expectation, as the highest score has no gradient."""
        coarse = None if cam is None else cam.sigmoid()
        if fam is None:
            return torch.zeros_like(like[:, :1]) if coarse is None else coarse
        weights = torch.linspace(0, 1, fam.shape[1], device=fam.device, dtype=fam.dtype).view(1, -1, 1, 1)
        fine = (fam.softmax(dim=1) * weights).sum(dim=1, keepdim=True)
        if coarse is None:
            return fine
        return fine + (coarse if self.config.fam == "added" else coarse * fine)

    def _density(self, head: nn.Module, y: Tensor, times: int) -> Tensor:
        """The density map of a stage at the size of the input."""
        found: Tensor = _enlarged(head(y), times) if self.config.cheap_heads else head(_enlarged(y, times))
        return found


class CFANet(DensityMethod):
    """Counting with coarse- and fine-grained attention."""

    Config = CFANetConfig
    PAPER = "Rong and Li, WACV 2021"
    LICENCE = "own code"
    INPUT = "whole picture"
    COARSEST = 8
    SHOWN = ("features", "attention", "refined", "density")
    LOSSES = ("bsl", *(name for name in DensityMethod.LOSSES if name != "bsl"))
    VARIANTS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "paper": {},
        "narrow": {"width_share": 0.0625, "cheap_heads": True},
    }
    tile = 1024

    config: CFANetConfig
    edges: Tensor

    def __init__(self, config: CFANetConfig) -> None:
        super().__init__(config)
        edges = [*config.density_edges]
        if len(edges) not in {0, config.levels - 1} or edges != sorted(edges):
            raise ConfigError(
                f"density_edges = {edges}: expected {config.levels - 1} rising numbers, one less than levels; leave "
                "them out to have them fitted to the data"
            )
        self.network = CFANetwork(config)
        self.register_buffer("edges", torch.tensor(edges), persistent=False)

    @classmethod
    def prepare(cls, images: Sequence[ImageAnnotations], config: DensityConfig) -> DensityConfig:
        """The settings with `density_edges` (section 4.1)."""
        config = super().prepare(images, config)
        assert isinstance(config, CFANetConfig)
        if config.density_edges or not config.has_dle:
            return config
        crowds = [image for image in images if not image.ignore.all()]
        edges = fit_class_edges(_Densities(crowds[:: -(-len(crowds) // FITTED) or 1], config), classes=config.levels)
        return replace(config, density_edges=tuple(edges.tolist()))

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        """Equation 6, with the weights of figure 4: each term is the sum over the stages that have it."""
        found = self.network(batch["image"])
        weights = {name: float(np.interp(progress, WEIGHTS["progress"], each)) for name, each in WEIGHTS.items()}
        terms: dict[str, Tensor] = {}
        for name in (name for name in found if name.startswith("density")):
            for key, value in self.compare(found[name], batch).items():
                terms[key] = terms.get(key, 0) + weights["density"] * value
        for name, value in self._attention_losses(found, batch["density"]):
            terms[name] = terms.get(name, 0) + weights[name] * value / batch["n_images"]
        return terms

    def _attention_losses(self, found: Mapping[str, Tensor], density: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Name and loss of each attention map, the sum over the images of its mean cross entropy."""
        levels = torch.bucketize(density, self.edges, right=True).float()
        for stage in range(1, 5):
            cells = 2 ** (4 - stage)
            if self.config.has_crr:
                crowd = nn.functional.max_pool2d((density >= BACKGROUND).float(), cells)
                cam = nn.functional.binary_cross_entropy_with_logits(found[f"cam_{stage}"].float(), crowd)
                yield "cam", len(density) * cam
            if self.config.has_dle:
                level = nn.functional.max_pool2d(levels, cells)[:, 0].long()
                yield "fam", len(density) * nn.functional.cross_entropy(found[f"fam_{stage}"].float(), level)

    def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:
        """The density, and maps of 0 to 1: features before and after the attention at one scale, and the attention."""
        found = super().predict(picture, maps=maps)
        if not maps:
            return found
        highest = max(float(found.maps[name].max()) for name in ("features", "refined")) or 1.0
        scales = {"features": highest, "refined": highest, "attention": 2.0 if self.config.branches == "both" else 1.0}
        return replace(found, maps={name: each / scales.get(name, 1.0) for name, each in found.maps.items()})


@dataclass(frozen=True, slots=True)
class _Densities:
    """The densities of pictures as the network sees them, drawn one by one each time that they are gone through."""

    images: Sequence[ImageAnnotations]
    config: CFANetConfig

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        for image in self.images:
            yield self.config.density(self._fitted(image))

    def _fitted(self, image: ImageAnnotations) -> ImageAnnotations:
        if self.config.fit != "letterbox":
            return image
        size = letterbox_size(image.info.size, (self.config.width, self.config.height))
        fit = Fit(size[0] / image.info.size[0], size[1] / image.info.size[1])
        info = replace(image.info, width=size[0], height=size[1])
        return image.replace(info=info, points=fit.apply(image.points), boxes=fit.apply(image.boxes))


def _conv(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=2, dilation=2), nn.ReLU(inplace=True))


def _twice(maps: Tensor) -> Tensor:
    return _enlarged(maps, 2)


def _enlarged(maps: Tensor, times: int) -> Tensor:
    return nn.functional.interpolate(maps, scale_factor=times, mode="bilinear", align_corners=False)
