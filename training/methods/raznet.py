"""RAZ-Net: a density, a map of heads at full resolution, and a second look at crowded regions, enlarged.

Source: Liu, Weng and Mu, Recurrent Attentive Zooming for Joint Crowd Counting and Precise Localization, CVPR 2019. Own
code. The paper's two networks are Main-Net (`network`) and RAZ-Net (`zoom`), which sees enlarged regions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from gta_head_tools.annotations import Boxes, ImageAnnotations, Points
from gta_head_tools.evaluation.counting import density_within
from gta_head_tools.maps.kernels import Kernel, Sigma
from gta_head_tools.pictures import Picture
from training.base import Batch, Map, Phase, Prediction, Ragged, Sample, Targets
from training.config import Count, NotNegative, Number, Positive, Share, TrainConfig
from training.families.crosses import cross_points, localization_loss
from training.families.dense import Dense, Maps
from training.families.density import Side, Start, density_target, unused_by_sigma
from training.families.fitted import Scores
from training.families.fusion import GRID, Cells, count_density, count_points, fit_theta, fuse
from training.families.zoomed_targets import drawn_targets, enlarged
from training.families.zooming import Found, Regions, enlarge, propose, replace_points
from training.losses.key_cells import ignored_cells
from training.networks.zooming_network import RAZNetwork
from training.samples.letterbox import resize
from training.scores.threshold import that_count

MAIN_PHASES = 3
"""Phases of Main-Net; those of RAZ-Net follow."""


@dataclass(frozen=True, kw_only=True)
class RAZNetConfig(TrainConfig, Kernel):
    """The recipe of the paper, and choices for what it leaves open: epochs, batch, parts of pictures, the threshold.

    Its front end is pretrained: `backbone_weights` names the file. The kernel lacks the factor 2, as printed.

    Attributes:
        count_stride: pixels of the input to a cell of the density; 4 and 2 by one and two transposed convolutions.
        gamma: weight of the pixels of heads in equation 3.
        sigma_z: how fast attention falls with the mean distance to the 3 nearest heads, pixels of the input.
        backbone: counting = Main-Net's is trained in the first phase alone, and RAZ-Net's in its own first phase, so
            that what was learned stays as it is; always = they are trained in all phases.
        depth: networks that look at a crowd, one after the other, as in the paper's names of counts: in loc_1 it is
            Main-Net alone, in loc_2 RAZ-Net looks at the regions that Main-Net proposes, in loc_3 also at those that
            RAZ-Net itself proposes in them, and so on. With 1 there is no RAZ-Net.
        places: where regions are tried, m in the paper.
        theta_z: mean attention that a region needs.
        overlap: largest intersection over union of two regions.
        k_z: regions of a picture at the most.
        min_score: peaks of lower scores are dropped; a perfect map has peaks of 5/9.
        start: of new layers, see `training.families.density.Start`.
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
    depth: Count = 2
    places: Count = 200
    theta_z: NotNegative = 0.01
    overlap: Share = 0.5
    k_z: Count = 10
    min_score: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.05
    start: Start = "auto"
    width_share: Positive = 1.0
    tile: Annotated[int, msgspec.Meta(ge=256, multiple_of=8)] = 1024

    def without_effect(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        found = super().without_effect() | unused_by_sigma(self)
        zooming = ("places", "theta_z", "overlap", "k_z") if self.depth == 1 else ()
        return found | dict.fromkeys(zooming, "depth = 1 has no regions that are enlarged")


def build_network(config: RAZNetConfig, *, counts: bool) -> RAZNetwork:
    """Main-Net, or without `counts` RAZ-Net."""
    return RAZNetwork(
        counts=counts,
        count_stride=config.count_stride,
        share=config.width_share,
        weights=config.backbone_weights,
        start=config.start,
    )


def counting_loss(found: Tensor, density: Tensor) -> Tensor:
    """(B,) equation 1: s sqrt(1 / (m n) sum of squares), which is the root of their mean over the cells of m n pixels.

    Args:
        found: (B, 1, m / s, n / s) at a stride s, 8 in the paper.
        density: of the same shape.
    """
    # The root has no gradient at 0.
    return (found - density).square().mean((1, 2, 3)).clamp_min(1e-20).sqrt()


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
        Phase("zoomed localization", trains=("zoom.front", "zoom.localization")),
        Phase("zoomed proposal", trains=("zoom.proposal",)),
    )
    VARIANTS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"paper": {}, "narrow": {"width_share": 0.125}}

    config: RAZNetConfig
    network: RAZNetwork
    zoom: RAZNetwork
    begun: Tensor
    theta: Tensor
    """(depth, 4, 4) theta_f of equation 4, for as many networks; infinite = counts are averaged."""

    def __init__(self, config: RAZNetConfig) -> None:
        super().__init__(config)
        self.stride, self.tile = config.count_stride, config.tile
        self.network = build_network(config, counts=True)
        if config.depth > 1:
            self.zoom = build_network(config, counts=False)
        else:
            self.PHASES = self.PHASES[:MAIN_PHASES]
        if config.backbone == "always":
            self.PHASES = tuple(_with_backbone(each) for each in self.PHASES)
        # Stored with the weights: what later phases train is not used before they begin.
        self.register_buffer("begun", torch.tensor(len(self.PHASES) - 1))
        self.register_buffer("theta", torch.full((config.depth, GRID, GRID), torch.inf))

    def begin(self, phase: str) -> None:
        """Note which branches are trained by now; RAZ-Net begins with the weights of Main-Net."""
        self.begun.fill_([each.name for each in self.PHASES].index(phase))
        if self.begun == MAIN_PHASES:
            self.zoom.take_over(self.network)

    @staticmethod
    def targets(sample: Sample, config: RAZNetConfig) -> Targets:
        """`density` (1, h, w), `localization`, `attention` and `valid` (1, H, W), `points` of the picture, and `heads`.

        `valid` is False at ignored heads, which are neither heads nor background; `heads` is their number in a part.
        """
        height, width = sample.picture.shape[:2]
        density = density_target(sample, config, config.count_stride)
        heads = np.clip(sample.points[~sample.ignore], sample.whole[0, :2], sample.whole[0, 2:])
        unsure = np.where(np.isnan(sample.boxes), np.tile(sample.points, 2), sample.boxes)[sample.ignore]
        cross, attention = drawn_targets(heads, (width, height), config.sigma_z)
        maps = {"localization": cross, "attention": attention}
        maps["valid"] = cross | ~ignored_cells(unsure, (height, width), stride=1)
        found: Targets = {name: torch.from_numpy(each)[None] for name, each in ({"density": density} | maps).items()}
        points = Ragged.of(torch.from_numpy(heads).float())
        return found | {"points": points, "heads": torch.tensor(float(density.sum()))}

    def stride_of(self, name: str) -> int:
        """Pixels of the input to a cell of a target."""
        return self.stride if name == "density" else 1

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:  # noqa: ARG002  # its phases differ, not more
        """The loss of the branch that the phase trains: equation 1, equation 3, or the squared error of attention."""
        images: Tensor = batch["n_images"]
        if self.phase == "counting":
            found = self.network(batch["image"], "density")["density"].float()
            return {"density": counting_loss(found, batch["density"]).sum() / images}
        if self.phase in {"localization", "proposal"}:
            return {name: each / images for name, each in self._of_phase(self.network, batch).items()}
        parts = [self._of_phase(self.zoom, part) for part in self._zoomed(batch)]
        # Where attention is low everywhere there is no region, and nothing to learn.
        nothing = sum((each.sum() for each in self.zoom.parameters() if each.requires_grad), torch.zeros(())) * 0
        name = "localization" if self.phase == "zoomed localization" else "attention"
        return {name: sum((part[name] for part in parts), nothing) / images}

    def _of_phase(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """The loss of the branch for points, or of that for attention, summed over the images."""
        last = "localization" if self.phase.endswith("localization") else "attention"
        found = network(batch["image"], last)[last].float()
        if last == "attention":
            return {last: (found - batch["attention"]).square().mean((1, 2, 3)).sum()}
        return {last: localization_loss(found, batch[last], batch["valid"], gamma=self.config.gamma).sum()}

    def _zoomed(self, batch: Batch) -> Iterator[Batch]:
        """One region of each picture that has any, drawn from those that Main-Net proposes, enlarged."""
        with torch.no_grad():
            attention = self.network(batch["image"])["attention"].float().cpu().numpy()
        for place, points in enumerate(batch["points"].split()):
            first, second = torch.randint(2**31, (2,)).tolist()
            regions = self.propose(attention[place, 0], np.random.default_rng(first))
            if len(regions):
                x0, y0, x1, y1 = region = regions[second % len(regions)].tolist()
                part = {name: batch[name][place : place + 1, :, y0:y1, x0:x1] for name in ("image", "valid")}
                yield enlarged(part, points.cpu().double().numpy(), region, self.config.sigma_z)

    def propose(self, attention: Map, rng: np.random.Generator) -> Regions:
        """The regions of a picture to be enlarged, by its attention (H, W)."""
        config = self.config
        return propose(
            attention, rng, places=config.places, least=config.theta_z, overlap=config.overlap, most=config.k_z
        )

    def answer(self, image: Tensor) -> dict[str, Tensor]:
        """The density, the scores of heads, and attention of an image (1, 3, H, W)."""
        return _scored(super().answer(image))

    def read(self, maps: Maps) -> tuple[Points, Scores]:
        """The peaks of the mean of 3 x 3 pixels of the localization map, at least 3 pixels apart."""
        return cross_points(maps["localization"][0], floor=self.config.min_score)

    def localize(self, picture: Picture, maps: Maps, depth: int) -> tuple[list[Found], Regions]:
        """The points that 1, 2, ... `depth` networks find, one after the other, and the regions that were enlarged.

        Args:
            picture: (H, W, 3).
            maps: what the first of them answered to it.
            depth: as in the settings.
        """
        found = [self.read(maps)]
        if depth == 1:
            return found, np.zeros((0, 4), np.int64)
        regions = self.propose(maps["attention"][0], np.random.default_rng(self.config.seed))
        closer = []
        for region in regions:
            part = enlarge(picture, region)
            closer.append(self.localize(part, self.maps_of(part, self._look_closer), depth - 1)[0])
        found += [replace_points(found[0], regions, [each[n] for each in closer]) for n in range(depth - 1)]
        return found, regions

    def _look_closer(self, image: Tensor) -> dict[str, Tensor]:
        return _scored({name: each.float() for name, each in self.zoom(image).items()})

    @torch.inference_mode()
    def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:
        """The density, and the points that count: of as many networks as are trained, at most `depth`.

        In the first phase of a training the density counts, alone. `counts` has the names of the paper's table 4.
        """
        seen = self._see(picture)
        shown = {name: seen.maps[name][0] for name in self.SHOWN} if maps else {}
        if not seen.levels:
            return Prediction(float(seen.density.sum(dtype=np.float64)), density=seen.density, maps=shown)
        points, scores = seen.levels[-1]
        return Prediction(
            float(np.count_nonzero(scores > self.threshold)),
            points,
            scores,
            density=seen.density,
            maps=shown,
            outlines={"attention": seen.regions} if maps else {},
            counts=self._counts(seen),
        )

    def _see(self, picture: Picture) -> Seen:
        size = (picture.shape[1], picture.shape[0])
        inner, fit = self.fitted(size)
        fitted = resize(picture, inner)
        maps = self.maps_of(fitted)
        density = self.density_of(maps["density"][0], size)
        side = self.stride if inner == size else 1
        depth = 0 if self.begun < 1 else 1 if self.begun < MAIN_PHASES else self.config.depth
        levels, regions = self.localize(fitted, maps, depth) if depth else ([], np.zeros((0, 4), np.int64))
        found = [(np.clip(fit.undo(points), 0, size), scores) for points, scores in levels]
        return Seen(size, maps, density, side, found, fit.undo(regions.astype(np.float64)))

    def _counts(self, seen: Seen) -> dict[str, float]:
        """The counts by the density, by the points of 1, 2, ... networks (loc), and by both (average, fusion)."""
        density = count_density(seen.density, seen.size, side=seen.side)
        points = [count_points(each[scores > self.threshold], seen.size) for each, scores in seen.levels]
        fused = [fuse(density, each, self.theta[level].cpu().numpy()) for level, each in enumerate(points)]
        ways = {"loc": points, "average": [(density + each) / 2 for each in points], "fusion": fused}
        numbered = {f"{way}_{level}": each for way, cells in ways.items() for level, each in enumerate(cells, start=1)}
        return {name: float(each.sum()) for name, each in ({"density": density} | numbered).items()}

    @torch.inference_mode()
    def conclude(self, images: Iterable[tuple[Picture, ImageAnnotations]]) -> None:
        """Fit theta_f of every cell and level on the pictures to train on."""
        density, points, true = [], list[list[Cells]](), []
        for picture, heads in images:
            seen, roi = self._see(picture), heads.info.roi
            inside = density_within(seen.density, roi, seen.size).astype(np.float32) if roi else seen.density
            density.append(count_density(inside, seen.size, side=seen.side))
            kept = [each[scores > self.threshold] for each, scores in seen.levels]
            points.append([count_points(each[roi.contains(each)] if roi else each, seen.size) for each in kept])
            true.append(count_points(that_count(heads).points, seen.size))
        for level, found in enumerate(zip(*points, strict=True)):
            theta = fit_theta(np.array(density), np.array(found), np.array(true))
            self.theta[level] = torch.from_numpy(theta)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the networks answer to a picture.

    Attributes:
        size: width and height of the picture.
        maps: of Main-Net, see `Dense.maps_of`.
        density: (h, w).
        side: pixels of the picture to a cell of the density.
        levels: points and scores of 1, 2, ... networks, pixels of the picture.
        regions: (R, 4) that were enlarged.
    """

    size: tuple[int, int]
    maps: Maps
    density: Map
    side: int
    levels: Sequence[Found]
    regions: Boxes


def _scored(maps: dict[str, Tensor]) -> dict[str, Tensor]:
    return maps | {"localization": maps["localization"].sigmoid()}


def _with_backbone(phase: Phase) -> Phase:
    network = phase.trains[0].partition(".")[0]
    return replace(phase, trains=(f"{network}.front", *phase.trains))
