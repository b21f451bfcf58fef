"""IIM: heads are the connected parts of a confidence map that exceed a threshold, which is learned for every pixel.

Source: Gao, Han, Wang, Yuan and Li, Learning Independent Instance Maps for Crowd Localization, 2020. Own code. The
paper leaves the layers of the confidence predictors to a supplement; these, the rates of decay and the smallest
component are those of public code (MIT).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import cv2
import msgspec
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from gta_head_tools.annotations import Boxes, ImageAnnotations, ImageInfo, Mask, Points
from gta_head_tools.errors import ConfigError
from gta_head_tools.geometry import centres
from gta_head_tools.maps.attention import cross_map
from gta_head_tools.maps.components import components
from gta_head_tools.maps.instance_masks import box_mask, point_mask
from gta_head_tools.maps.kernels import Kernel, Sigma
from gta_head_tools.maps.map_window import BinaryMap, Window
from training.base import Batch, Sample, Targets
from training.config import Count, NotNegative, Number, Positive, Share, TrainConfig
from training.families.crosses import cross_points, localization_loss
from training.families.dense import Dense, Maps, find_peaks
from training.families.density import Start, begin_layers, check_sigmas, density_target, unused_by_sigma
from training.families.fitted import Scores, Side
from training.losses.key_cells import ignored_cells
from training.networks.binarization import Binarization, threshold_encoder
from training.networks.confidence import ConfidencePredictor
from training.samples.shown_part import shown_part

LEARNED = ("confidence_gradient", "threshold_lr", "gain")
"""Settings of learned thresholds."""
OF_TARGET = {
    "instances": ("masks", "cap", "threshold", "fixed_threshold", *LEARNED, "min_area"),
    "density": ("sigma", "k", "beta", "two", "density_scale"),
    "cross": ("gamma",),
}
"""Settings that only one target has."""


@dataclass(frozen=True, kw_only=True)
class IIMConfig(TrainConfig, Kernel):
    """The recipe of the paper (section 4.2). The backbone is pretrained: `backbone_weights` names the file.

    Attributes:
        target: what the confidence predictor learns: instances, or what the paper compares them with (section 4.6): a
            density map, or crosses, as RAZ-Net has them. Their heads are peaks above a threshold that is chosen on
            validation pictures; the paper reads densities by a method of its own, GPR.
        backbone: of the confidence predictor: vgg16_bn (with a feature pyramid), hrnet_w48 or another one of timm with
            maps of strides 4 to 32, or `pyramid`, made for CPUs.
        width_share: share of the published channels of every layer of vgg16_bn and of all that is behind the backbone.
        start: of the new layers, see `training.families.density.Start`.
        masks: heads of the true instance maps are drawn from their boxes, or from their points alone.
        cap: largest half side of a head that is drawn from a box, pixels: 25, or 15 for JHU-Crowd++ and UCF-QNRF.
        threshold: pbm = learned for each pixel, ibm = learned for each picture, fixed = `fixed_threshold`.
        fixed_threshold: the paper compares 0.5 and 0.8.
        confidence_gradient: factor of the gradient that the L1 loss gives to the confidence: 1 as in equation 8, 0.2 as
            in public code, 0 = the L1 loss trains the threshold encoder alone.
        threshold_lr: learning rate of the threshold encoder, as a share of `lr`.
        gain: factor of what the compressed sigmoid sees, as public code has it.
        min_area: components of fewer pixels are no heads.
        sigma: of heads in the density map, pixels, or see `Kernel`.
        density_scale: the network predicts so many times the density; 100 gives a lone head a peak of 1.
        gamma: weight of the pixels of crosses in the loss.
        min_score: peaks of densities or crosses with lower scores are no candidates; a perfect cross has 5/9.
    """

    epochs: Count = 600
    batch: Count = 12
    lr: Positive = 1e-5
    schedule: Literal["cosine", "constant", "step", "poly", "plateau"] = "step"
    decay_epochs: Positive = 1.0
    decay_rate: Share = 0.99
    warmup: Number = 0
    weight_decay: NotNegative = 1e-5
    clip: NotNegative = 0.0
    width: Side = 1024
    height: Side = 512
    fit: Literal["letterbox", "crop", "whole"] = "crop"
    scale_low: Positive = 0.8
    scale_high: Positive = 1.2
    jitter: Share = 0.0
    keep: Literal["last", "best"] = "best"
    validate_every: Number = 1
    target: Literal["instances", "density", "cross"] = "instances"
    backbone: str = "vgg16_bn"
    width_share: Positive = 1.0
    start: Start = "auto"
    masks: Literal["boxes", "points"] = "boxes"
    cap: Annotated[int, msgspec.Meta(ge=2)] = 25
    threshold: Literal["pbm", "ibm", "fixed"] = "pbm"
    fixed_threshold: Share = 0.5
    confidence_gradient: NotNegative = 1.0
    threshold_lr: Positive = 0.1
    gain: Positive = 10.0
    min_area: Count = 3
    sigma: Sigma = 4.0
    density_scale: Positive = 100.0
    gamma: Positive = 100.0
    min_score: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.05

    def without_effect(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        found = super().without_effect() | unused_by_sigma(self)
        if self.masks == "points":
            found["cap"] = "masks = points has its own"
        if self.threshold == "fixed":
            found |= dict.fromkeys(LEARNED, "threshold = fixed learns none")
        else:
            found["fixed_threshold"] = f"threshold = {self.threshold} learns it"
        for target, names in OF_TARGET.items():
            found |= dict.fromkeys(names if target != self.target else (), f"target = {self.target} does not use it")
        if self.target == "instances":
            found["min_score"] = "target = instances finds no peaks"
        return found


class IIMNetwork(nn.Module):
    """Pictures (B, 3, H, W) in, `confidence` and `threshold` (B, 1, H, W) out; H and W are multiples of 32.

    Other targets have one map of their name, as the predictor gives it.
    """

    def __init__(self, config: IIMConfig) -> None:
        super().__init__()
        share, weights = config.width_share, config.backbone_weights
        self.predictor = ConfidencePredictor(config.backbone, share=share, weights=weights)
        begin_layers(self.predictor.head, config.start, pretrained=bool(weights))
        if self.predictor.pyramid is not None:
            begin_layers(self.predictor.pyramid, "kaiming", pretrained=False)
            if not weights:
                begin_layers(self.predictor.backbone, config.start, pretrained=False)
        self.encoder: nn.Module | None = None
        self.fixed, self.target = config.fixed_threshold, config.target
        if config.target == "instances" and config.threshold != "fixed":
            channels = self.predictor.channels
            self.encoder = threshold_encoder(config.threshold, channels, share=share, gain=config.gain)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """The confidence that a pixel is in a head, and the threshold that it is compared with."""
        features, logits = self.predictor(image)
        if self.target != "instances":
            return {self.target: logits}
        confidence = logits.float().sigmoid()
        if self.encoder is None:
            return {"confidence": confidence, "threshold": torch.full_like(confidence, self.fixed)}
        # The encoder sees features times confidence at stride 8, and trains neither of them (section 3.2).
        cells = [side // 8 for side in image.shape[2:]]
        seen = interpolate(features.detach(), cells) * interpolate(confidence.detach(), cells)
        threshold = self.encoder(seen)
        return {"confidence": confidence, "threshold": interpolate(threshold, confidence.shape[2:])}


class IIM(Dense):
    """Crowd localisation by independent instance maps."""

    Config = IIMConfig
    PAPER = "Gao et al. 2020"
    LICENCE = "own code; the public code is MIT"
    INPUT = "512 x 1024"
    PREDICTS: tuple[str, ...] = ("points", "scores", "boxes")
    SHOWN = ("confidence", "threshold", "cross")
    LEARNS_THRESHOLD = True
    VARIANTS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "vgg16": {},
        "hrnet": {"backbone": "hrnet_w48"},
        "narrow": {"width_share": 0.125},
    }
    stride = 1

    config: IIMConfig
    network: IIMNetwork

    def __init__(self, config: IIMConfig) -> None:
        super().__init__(config)
        self.network = IIMNetwork(config)
        if config.target != "instances":
            self.PREDICTS = ("points", "scores", "density") if config.target == "density" else ("points", "scores")
            self.LEARNS_THRESHOLD, self.threshold = False, 0.5

    @classmethod
    def prepare(cls, images: Sequence[ImageAnnotations], config: IIMConfig) -> IIMConfig:
        """The settings as they are, once all heads have what is drawn of them."""
        if config.target == "density":
            check_sigmas(images, config)
        for image in images if config.target == "instances" and config.masks == "boxes" else ():
            if not (image.has_box | image.ignore).all():
                raise ConfigError(f"masks = boxes: {image.info.path} has a head without a box; say --set masks=points")
        return config

    @staticmethod
    def targets(sample: Sample, config: IIMConfig) -> Targets:
        """The target (1, H, W) by its name, and `valid`, False in ignored heads.

        The target is True in heads, or the density.
        """

        def draw(heads: ImageAnnotations, window: Window) -> Mask:
            left, top, right, bottom = window
            if config.target == "cross":
                return cross_map(heads.points, heads.info.size, window=window)
            return _instances(heads, config)[top:bottom, left:right]

        dense = config.target == "density"
        target = density_target(sample, config, 1) if dense else shown_part(sample, draw) > 0
        # An ignored head without a box is ignored at its point.
        boxes = np.where(np.isnan(sample.boxes), np.tile(sample.points, 2), sample.boxes)[sample.ignore]
        valid = (target > 0) | ~ignored_cells(boxes, target.shape, stride=1)
        maps = {config.target: torch.from_numpy(target)[None], "valid": torch.from_numpy(valid)[None]}
        return maps | {"n_pixels": torch.tensor(float(np.count_nonzero(valid)))}

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:  # noqa: ARG002  # does not change with progress
        """The squared error of the confidence, and the L1 loss of its binarization pixel by pixel, both as means.

        The paper's equations 4 and 6 have the L1 loss of mean values, which would only fit the area of all heads.
        A density has the squared error alone, and crosses have RAZ-Net's loss.
        """
        found, true, config = self.network(batch["image"]), batch[self.config.target].float(), self.config
        if config.target == "cross":
            each = localization_loss(found["cross"].float(), true, batch["valid"], gamma=config.gamma)
            return {"cross": each.sum() / batch["n_images"]}
        weight = batch["valid"] / batch["n_pixels"]
        if config.target == "density":
            wrong = found["density"].float() - config.density_scale * true
            return {"density": (wrong.square() * weight).sum()}
        terms = {"confidence": ((found["confidence"] - true).square() * weight).sum()}
        if config.threshold != "fixed":
            output: Tensor = Binarization.apply(found["confidence"], found["threshold"], config.confidence_gradient)
            terms["binary"] = ((output - true).abs() * weight).sum()
        return terms

    def answer(self, image: Tensor) -> dict[str, Tensor]:
        """Confidence and threshold, the density, or the scores of crosses, of an image (1, 3, H, W)."""
        found = super().answer(image)
        if self.config.target == "cross":
            return {"cross": found["cross"].sigmoid()}
        return {"density": found["density"] / self.config.density_scale} if "density" in found else found

    def param_groups(self) -> list[dict[str, Any]]:
        """The confidence predictor, and the threshold encoder at its own rate, without decay of its weights."""
        predictor = [each for each in self.network.predictor.parameters() if each.requires_grad]
        groups: list[dict[str, Any]] = [{"params": predictor}]
        if self.network.encoder is not None:
            encoder = [each for each in self.network.encoder.parameters() if each.requires_grad]
            groups.append({"params": encoder, "lr_scale": self.config.threshold_lr, "weight_decay": 0.0})
        return groups

    def read(self, maps: Maps) -> tuple[Points | Boxes, Scores]:
        """Every 4-connected component of the instance map as a box; its score is its mean confidence.

        Of a density, its peaks; they score what the network predicts there, at most 1. Of crosses, see `cross_points`.
        """
        if "cross" in maps:
            return cross_points(maps["cross"][0], floor=self.config.min_score)
        if "density" in maps:
            scaled_up = np.minimum(self.config.density_scale * maps["density"][0], 1)
            rows, columns, scores = find_peaks(scaled_up, floor=self.config.min_score)
            return np.column_stack([columns, rows]).astype(np.float64) + 0.5, scores
        confidence = maps["confidence"][0]
        instances = (confidence >= maps["threshold"][0]).astype(np.uint8)
        number, names, found, _ = cv2.connectedComponentsWithStats(instances, connectivity=4)
        areas, boxes = found[:, cv2.CC_STAT_AREA], found[:, :4].astype(np.float64)
        boxes[:, 2:] += boxes[:, :2]
        scores = np.bincount(names.reshape(-1), confidence.reshape(-1), number) / areas
        kept = np.flatnonzero(areas >= self.config.min_area)
        kept = kept[kept > 0]  # The first one is all that is in no head.
        return boxes[kept], scores[kept]

    def lost_heads(self, boxes: Boxes, size: tuple[int, int]) -> int | None:
        """How many heads share a component with another in the instance map that is learned, or are not in it."""
        if self.config.target != "instances":
            return None
        inner, fit = self.fitted(size)
        known = fit.apply(boxes)
        heads = ImageAnnotations(ImageInfo("", *inner), centres(known), boxes=known)
        return len(heads) - len(components(_instances(heads, self.config)))


def _instances(heads: ImageAnnotations, config: IIMConfig) -> BinaryMap:
    """The true instance map (H, W) of a picture (section 4.2, label generation)."""
    if config.masks == "points":
        return point_mask(heads.points, heads.info.size).mask
    return box_mask(heads.boxes, heads.info.size, cap=config.cap).mask
