"""RAZ-Net: a density, a map of heads at full resolution, and a second look at crowded regions, enlarged.

Source: Liu, Weng and Mu, Recurrent Attentive Zooming for Joint Crowd Counting and Precise Localization, CVPR 2019. Own
code. The paper leaves the layers of two branches to a supplement that was not at hand: the localization branch is as in
public benchmarks, but with one output and no ReLU on it, and the layers of the proposal branch are a choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits, interpolate

from gta_head_tools.annotations import Mask, Points
from gta_head_tools.maps.attention import attention_map, cross_map
from gta_head_tools.maps.kernels import Kernel, Sigma
from gta_head_tools.pictures import Picture
from training.base import Batch, Map, Phase, Prediction, Sample, Targets
from training.config import Count, NotNegative, Number, Positive, Share, TrainConfig
from training.dense import Dense, Maps, spaced_peaks
from training.density import Side, Start, begin_layers, density_target, unused_by_sigma
from training.fitted import Scores
from training.losses.key_cells import ignored_cells
from training.networks.blocks import Normalise, doubling
from training.networks.vgg import FrontEnd, back_end, dilated, scaled
from training.samples.letterbox import resize


@dataclass(frozen=True, kw_only=True)
class RAZNetConfig(TrainConfig, Kernel):
    """The recipe of the paper, and choices for what it leaves open: epochs, batch, parts of pictures, the threshold.

    Its front end is pretrained: `backbone_weights` names the file. The kernel lacks the factor 2, as printed.

    Attributes:
        count_stride: pixels of the input to a cell of the density; 4 and 2 by one and two transposed convolutions.
        gamma: weight of the pixels of heads in equation 3.
        sigma_z: how fast attention falls with the mean distance to the 3 nearest heads, pixels of the input.
        backbone: counting = it is trained in the first phase alone, so that counting stays as it was learned; always =
            in all phases.
        min_score: peaks of lower scores are dropped; a perfect map has peaks of 5/9.
        start: of new layers, see `training.density.Start`.
        width_share: share of the published channels of every layer, for trials on CPUs.
        tile: longest side, pixels, that is predicted in one piece.
    """

    epochs: Count = 400
    batch: Count = 8
    optimizer: Literal["adam", "adamw", "sgd"] = "sgd"
    lr: Positive = 1e-4
    lr_end: NotNegative = 1e-6
    momentum: NotNegative = 0.95
    schedule: Literal["cosine", "constant", "step", "poly", "plateau"] = "plateau"
    decay_epochs: Positive = 10.0
    decay_rate: Share = 0.5
    validate_every: Number = 1
    warmup: Number = 0
    clip: NotNegative = 0.0
    width: Side = 512
    height: Side = 512
    fit: Literal["letterbox", "crop", "whole"] = "crop"
    jitter: Share = 0.0
    sigma: Sigma = "adaptive"
    k: int = 4
    beta: float = 0.1
    two: bool = False
    count_stride: Literal[8, 4, 2] = 8
    gamma: Positive = 100.0
    sigma_z: Positive = 3.0
    backbone: Literal["counting", "always"] = "counting"
    min_score: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.05
    start: Start = "auto"
    width_share: Positive = 1.0
    tile: Annotated[int, msgspec.Meta(ge=256, multiple_of=8)] = 1024

    def without_effect(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        return super().without_effect() | unused_by_sigma(self)


class Branch(nn.Module):
    """The features of a branch, and what a 1x1 convolution reads off them."""

    def __init__(self, features: nn.Sequential, channels: int) -> None:
        super().__init__()
        self.features = features
        self.last = nn.Conv2d(channels, 1, 1)


class RAZNetwork(nn.Module):
    """Main-Net, or with `counts` = False RAZ-Net: pictures (B, 3, H, W) in, maps (B, 1, ...) out."""

    def __init__(self, config: RAZNetConfig, *, counts: bool) -> None:
        super().__init__()
        share = config.width_share
        self.normalise = Normalise()
        self.front = FrontEnd(share=share, weights=config.backbone_weights)
        rich = scaled(64, share)
        self.counting = counting_branch(self.front.channels, config) if counts else None
        self.localization = localization_branch(self.front.channels, share)
        self.proposal = proposal_branch(2 * rich if counts else rich, rich)
        new = nn.ModuleList([self.localization, self.proposal, *([self.counting] if self.counting else [])])
        begin_layers(new, config.start, pretrained=bool(config.backbone_weights))
        if not config.backbone_weights:
            begin_layers(self.front, config.start, pretrained=False)

    def forward(self, image: Tensor, last: str = "attention") -> dict[str, Tensor]:
        """`density` at its stride, `localization` (logits) and `attention`, both (B, 1, H, W), up to the map `last`."""
        shared, found = self.front(self.normalise(image))[-1], dict[str, Tensor]()
        rich: list[Tensor] = []
        if self.counting is not None:
            rich.append(self.counting.features(shared))
            found["density"] = self.counting.last(rich[0])
        if last == "density":
            return found
        located = self.localization.features(shared)
        found["localization"] = self.localization.last(located)
        if last == "localization":
            return found
        # The features of the counting branch are coarser.
        rich = [interpolate(each, located.shape[2:], mode="bilinear", align_corners=False) for each in rich]
        found["attention"] = self.proposal(torch.cat([*rich, located], dim=1)).sigmoid()
        return found


def counting_branch(inputs: int, config: RAZNetConfig) -> Branch:
    """The back end of CSRNet, and transposed convolutions for a finer density ("effect of resolution")."""
    *layers, last = back_end(inputs, share=config.width_share)
    assert isinstance(last, nn.Conv2d)
    channels = last.in_channels
    for _ in range(8 // config.count_stride // 2):
        layers += [doubling(channels, channels), nn.ReLU(inplace=True)]
    return Branch(nn.Sequential(*layers), channels)


def localization_branch(inputs: int, share: float) -> Branch:
    """Three dilated convolutions, and three times a transposed and a dilated one, up to the size of the picture."""
    layers: list[nn.Module] = dilated([inputs, *[scaled(512, share)] * 3])
    channels = scaled(512, share)
    for outputs in (scaled(each, share) for each in (256, 128, 64)):
        layers += [doubling(channels, outputs), nn.ReLU(inplace=True), *dilated([outputs, outputs])]
        channels = outputs
    return Branch(nn.Sequential(*layers), channels)


def proposal_branch(inputs: int, channels: int) -> nn.Sequential:
    """Two dilated convolutions and a 1x1 convolution to a logit of attention."""
    return nn.Sequential(*dilated([inputs, channels, channels]), nn.Conv2d(channels, 1, 1))


def counting_loss(found: Tensor, density: Tensor) -> Tensor:
    """(B,) equation 1: s sqrt(1 / (m n) sum of squares), which is the root of their mean over the cells of m n pixels.

    Args:
        found: (B, 1, m / s, n / s) at a stride s, 8 in the paper.
        density: of the same shape.
    """
    # The root has no gradient at 0.
    return (found - density).square().mean((1, 2, 3)).clamp_min(1e-20).sqrt()


def localization_loss(logits: Tensor, heads: Tensor, valid: Tensor, *, gamma: float) -> Tensor:
    """(B,) equation 3: binary cross entropy, heads weigh `gamma` times as much, mean over the pixels of an image.

    Args:
        logits: (B, 1, m, n).
        heads: bool, the labels Y of equation 2.
        valid: bool, pixels that count.
        gamma: 100 in the paper.
    """
    weight = torch.tensor(gamma, device=logits.device)
    each = binary_cross_entropy_with_logits(logits, heads.float(), valid.float(), reduction="none", pos_weight=weight)
    return each.mean((1, 2, 3))


def drawn_targets(heads: Points, size: tuple[int, int], config: RAZNetConfig) -> tuple[Mask, Map]:
    """Localization (H, W) after equation 2, and attention (H, W), of a part of a picture.

    Args:
        heads: (N, 2) of the whole picture, pixels of the part: those outside of it reach into it.
        size: width and height of the part.
        config: says how fast attention falls.
    """
    corner = np.floor(heads.min(axis=0, initial=0.0))
    ends = np.ceil(np.maximum(heads.max(axis=0, initial=0.0), size))
    whole, left, top = ends - corner, int(-corner[0]), int(-corner[1])
    area, window = (int(whole[0]), int(whole[1])), (left, top, left + size[0], top + size[1])
    attention = np.empty(size[::-1], np.float32)
    attention_map(heads - corner, area, sigma=config.sigma_z, window=window, out=attention)
    return cross_map(heads - corner, area, window=window), attention


class RAZNet(Dense):
    """Counting and localization."""

    Config = RAZNetConfig
    PAPER = "Liu et al., CVPR 2019"
    LICENCE = "own code"
    INPUT = "whole picture"
    PREDICTS = ("points", "scores", "density")
    COARSEST = 8
    SHOWN = ("attention", "localization")
    PHASES: tuple[Phase, ...] = (
        Phase("counting", trains=("network.front", "network.counting")),
        Phase("localization", trains=("network.localization",)),
        Phase("proposal", trains=("network.proposal",)),
    )
    VARIANTS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"paper": {}, "narrow": {"width_share": 0.125}}

    config: RAZNetConfig
    begun: Tensor

    def __init__(self, config: RAZNetConfig) -> None:
        super().__init__(config)
        self.stride, self.tile = config.count_stride, config.tile
        if config.backbone == "always":
            self.PHASES = tuple(_with_backbone(each) for each in self.PHASES)
        self.network = RAZNetwork(config, counts=True)
        # Stored with the weights: what later phases train is not used before they begin.
        self.register_buffer("begun", torch.tensor(len(self.PHASES) - 1))

    def begin(self, phase: str) -> None:
        """Note which branches are trained by now."""
        self.begun.fill_([each.name for each in self.PHASES].index(phase))

    @staticmethod
    def targets(sample: Sample, config: RAZNetConfig) -> Targets:
        """`density` (1, h, w), `localization`, `attention` and `valid` (1, H, W), and the number of `heads` in a part.

        `valid` is False at ignored heads, which are neither heads nor background.
        """
        height, width = sample.picture.shape[:2]
        density = density_target(sample, config, config.count_stride)
        heads = np.clip(sample.points[~sample.ignore], sample.whole[0, :2], sample.whole[0, 2:])
        unsure = np.where(np.isnan(sample.boxes), np.tile(sample.points, 2), sample.boxes)[sample.ignore]
        cross, attention = drawn_targets(heads, (width, height), config)
        maps = {"localization": cross, "attention": attention}
        maps["valid"] = cross | ~ignored_cells(unsure, (height, width), stride=1)
        found: Targets = {name: torch.from_numpy(each)[None] for name, each in ({"density": density} | maps).items()}
        return found | {"heads": torch.tensor(float(density.sum()))}

    def stride_of(self, name: str) -> int:
        """Pixels of the input to a cell of a target."""
        return self.stride if name == "density" else 1

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:  # noqa: ARG002  # its phases differ, not more
        """The loss of the branch that the phase trains: equation 1, equation 3, or the squared error of attention."""
        if self.phase == "counting":
            found = self.network(batch["image"], "density")["density"].float()
            return {"density": counting_loss(found, batch["density"]).sum() / batch["n_images"]}
        if self.phase == "localization":
            found = self.network(batch["image"], "localization")["localization"].float()
            each = localization_loss(found, batch["localization"], batch["valid"], gamma=self.config.gamma)
            return {"localization": each.sum() / batch["n_images"]}
        found = self.network(batch["image"])["attention"].float()
        return {"attention": (found - batch["attention"]).square().mean((1, 2, 3)).sum() / batch["n_images"]}

    def answer(self, image: Tensor) -> dict[str, Tensor]:
        """The density, the scores of heads, and attention of an image (1, 3, H, W)."""
        found = super().answer(image)
        return found | {"localization": found["localization"].sigmoid()}

    def read(self, maps: Maps) -> tuple[Points, Scores]:
        """The peaks of the mean of 3 x 3 pixels of the localization map, at least 3 pixels apart."""
        means = avg_pool2d(torch.from_numpy(maps["localization"]), 3, stride=1, padding=1)[0].numpy()
        rows, columns, scores = spaced_peaks(means, floor=self.config.min_score)
        return np.column_stack([columns, rows]).astype(np.float64) + 0.5, scores

    @torch.inference_mode()
    def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:
        """The density, and the peaks of the localization branch, which count; of an early phase the density alone."""
        size = (picture.shape[1], picture.shape[0])
        inner, fit = self.fitted(size)
        found = self.maps_of(resize(picture, inner))
        shown = {name: found[name][0] for name in self.SHOWN} if maps else {}
        density = self.density_of(found["density"][0], size)
        if self.begun < 1:
            return Prediction(float(density.sum(dtype=np.float64)), density=density, maps=shown)
        points, scores = self.read(found)
        points = np.clip(fit.undo(points), 0, size)
        return Prediction(float(np.count_nonzero(scores > self.threshold)), points, scores, density=density, maps=shown)


def _with_backbone(phase: Phase) -> Phase:
    network = phase.trains[0].partition(".")[0]
    return replace(phase, trains=(f"{network}.front", *phase.trains))
