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
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import interpolate

from gta_head_tools.annotations import Boxes, ImageAnnotations, ImageInfo
from gta_head_tools.errors import ConfigError
from gta_head_tools.geometry import centres
from gta_head_tools.maps.components import components
from gta_head_tools.maps.instance_masks import box_mask, point_mask
from gta_head_tools.maps.map_window import BinaryMap, Window
from training.base import Batch, Sample, Targets
from training.config import Count, NotNegative, Number, Positive, Share, TrainConfig
from training.dense import Dense, Maps
from training.density import Start, begin_layers
from training.fitted import Scores, Side
from training.losses.key_cells import ignored_cells
from training.networks.confidence import ConfidencePredictor
from training.networks.vgg import scaled
from training.samples.shown_part import shown_part

PBM = (256, 128, 64)
"""Channels of the 3x3 convolutions of the threshold encoder of the pixel-level module."""


@dataclass(frozen=True, kw_only=True)
class IIMConfig(TrainConfig):
    """The recipe of the paper (section 4.2). The backbone is pretrained: `backbone_weights` names the file.

    Attributes:
        backbone: of the confidence predictor: vgg16_bn (with a feature pyramid), hrnet_w48 or another one of timm with
            maps of strides 4 to 32, or `pyramid`, made for CPUs.
        width_share: share of the published channels of every layer of vgg16_bn and of all that is behind the backbone.
        start: of the new layers, see `training.density.Start`.
        masks: heads of the true instance maps are drawn from their boxes, or from their points alone.
        cap: largest half side of a head that is drawn from a box, pixels: 25, or 15 for JHU-Crowd++ and UCF-QNRF.
        threshold: pbm = learned for each pixel, ibm = learned for each picture, fixed = `fixed_threshold`.
        fixed_threshold: the paper compares 0.5 and 0.8.
        confidence_gradient: factor of the gradient that the L1 loss gives to the confidence: 1 as in equation 8, 0.2 as
            in public code, 0 = the L1 loss trains the threshold encoder alone.
        threshold_lr: learning rate of the threshold encoder, as a share of `lr`.
        gain: factor of what the compressed sigmoid sees, as public code has it.
        min_area: components of fewer pixels are no heads.
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

    def without_effect(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        found = super().without_effect()
        if self.threshold == "fixed":
            learned = ("confidence_gradient", "threshold_lr", "gain")
            found |= dict.fromkeys(learned, "threshold = fixed learns none")
        else:
            found["fixed_threshold"] = f"threshold = {self.threshold} learns it"
        return found | ({"cap": "masks = points has its own"} if self.masks == "points" else {})


class Binarization(torch.autograd.Function):
    """The binarization layer: equation 1 forwards; backwards, its output is taken for confidence - threshold.

    So the threshold gets the gradient of the output times -1 (equations 3 and 6), the confidence gets it as it is
    (equation 8), or a share of it.
    """

    @staticmethod
    def forward(ctx: Any, confidence: Tensor, threshold: Tensor, share: float) -> Tensor:
        """1 where the confidence (B, 1, H, W) reaches the threshold of the same shape, else 0."""
        ctx.share = share
        return (confidence >= threshold).to(confidence.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        """The gradients of confidence and threshold."""
        return ctx.share * gradients[0], -gradients[0], None


class CompressedSigmoid(nn.Module):
    """1 / (2 + exp(-x)) + 0.2, equation 9, between 0.2 and 0.7; x is `gain` times the input."""

    def __init__(self, gain: float) -> None:
        super().__init__()
        self.gain = gain

    def forward(self, x: Tensor) -> Tensor:
        """Any shape; written so that exp cannot overflow."""
        sigmoid = (self.gain * x.float()).sigmoid()
        return sigmoid / (1 + sigmoid) + 0.2


def threshold_encoder(kind: Literal["pbm", "ibm"], inputs: int, *, share: float, gain: float) -> nn.Sequential:
    """The threshold encoder of a binarization module (section 3.3.2): (B, inputs, h, w) to one value a picture or cell.

    Args:
        kind: ibm gives (B, 1, 1, 1); pbm gives (B, 1, h, w).
        inputs: channels.
        share: of the published channels.
        gain: see `CompressedSigmoid`.
    """
    if kind == "ibm":
        return nn.Sequential(nn.Conv2d(inputs, 1, 1), nn.AdaptiveAvgPool2d(1), CompressedSigmoid(gain))
    layers: list[nn.Module] = []
    for channels in (scaled(each, share) for each in PBM):
        layers += [nn.Conv2d(inputs, channels, 3, padding=1, bias=False), nn.PReLU()]
        inputs = channels
    smooth = [nn.AvgPool2d(15, 1, 7), nn.Conv2d(inputs, 1, 1, bias=False), nn.AvgPool2d(15, 1, 7)]
    return nn.Sequential(*layers, *smooth, CompressedSigmoid(gain))


class IIMNetwork(nn.Module):
    """Pictures (B, 3, H, W) in, `confidence` and `threshold` (B, 1, H, W) out; H and W are multiples of 32."""

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
        self.fixed = config.fixed_threshold
        if config.threshold != "fixed":
            channels = self.predictor.channels
            self.encoder = threshold_encoder(config.threshold, channels, share=share, gain=config.gain)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """The confidence that a pixel is in a head, and the threshold that it is compared with."""
        features, logits = self.predictor(image)
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
    PREDICTS = ("points", "scores", "boxes")
    SHOWN = ("confidence", "threshold")
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

    @classmethod
    def prepare(cls, images: Sequence[ImageAnnotations], config: IIMConfig) -> IIMConfig:
        """The settings as they are, once all heads have what their masks are made of."""
        for image in images if config.masks == "boxes" else ():
            if not (image.has_box | image.ignore).all():
                raise ConfigError(f"masks = boxes: {image.info.path} has a head without a box; say --set masks=points")
        return config

    @staticmethod
    def targets(sample: Sample, config: IIMConfig) -> Targets:
        """`instances` (1, H, W), True in heads, and `valid`, False in ignored heads."""

        def draw(heads: ImageAnnotations, window: Window) -> NDArray[np.bool_]:
            left, top, right, bottom = window
            return _instances(heads, config)[top:bottom, left:right]

        instances = shown_part(sample, draw) > 0
        # An ignored head without a box is ignored at its point.
        boxes = np.where(np.isnan(sample.boxes), np.tile(sample.points, 2), sample.boxes)[sample.ignore]
        valid = instances | ~ignored_cells(boxes, instances.shape, stride=1)
        maps = {"instances": torch.from_numpy(instances)[None], "valid": torch.from_numpy(valid)[None]}
        return maps | {"n_pixels": torch.tensor(float(np.count_nonzero(valid)))}

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:  # noqa: ARG002  # does not change with progress
        """The squared error of the confidence, and the L1 loss of its binarization pixel by pixel, both as means.

        The paper's equations 4 and 6 have the L1 loss of mean values, which would only fit the area of all heads.
        """
        found, true = self.network(batch["image"]), batch["instances"].float()
        weight = batch["valid"] / batch["n_pixels"]
        terms = {"confidence": ((found["confidence"] - true).square() * weight).sum()}
        if self.config.threshold != "fixed":
            share = self.config.confidence_gradient
            output: Tensor = Binarization.apply(found["confidence"], found["threshold"], share)
            terms["binary"] = ((output - true).abs() * weight).sum()
        return terms

    def param_groups(self) -> list[dict[str, Any]]:
        """The confidence predictor, and the threshold encoder at its own rate, without decay of its weights."""
        predictor = [each for each in self.network.predictor.parameters() if each.requires_grad]
        groups: list[dict[str, Any]] = [{"params": predictor}]
        if self.network.encoder is not None:
            encoder = [each for each in self.network.encoder.parameters() if each.requires_grad]
            groups.append({"params": encoder, "lr_scale": self.config.threshold_lr, "weight_decay": 0.0})
        return groups

    def read(self, maps: Maps) -> tuple[Boxes, Scores]:
        """Every 4-connected component of the instance map as a box; its score is its mean confidence."""
        confidence = maps["confidence"][0]
        instances = (confidence >= maps["threshold"][0]).astype(np.uint8)
        number, names, found, _ = cv2.connectedComponentsWithStats(instances, connectivity=4)
        areas, boxes = found[:, cv2.CC_STAT_AREA], found[:, :4].astype(np.float64)
        boxes[:, 2:] += boxes[:, :2]
        scores = np.bincount(names.reshape(-1), confidence.reshape(-1), number) / areas
        kept = np.flatnonzero(areas >= self.config.min_area)
        kept = kept[kept > 0]  # The first one is all that is in no head.
        return boxes[kept], scores[kept]

    def lost_heads(self, boxes: Boxes, size: tuple[int, int]) -> int:
        """How many heads share a component with another in the instance map that is learned, or are not in it."""
        inner, fit = self.fitted(size)
        known = fit.apply(boxes)
        heads = ImageAnnotations(ImageInfo("", *inner), centres(known), boxes=known)
        return len(heads) - len(components(_instances(heads, self.config)))


def _instances(heads: ImageAnnotations, config: IIMConfig) -> BinaryMap:
    """The true instance map (H, W) of a picture (section 4.2, label generation)."""
    if config.masks == "points":
        return point_mask(heads.points, heads.info.size).mask
    return box_mask(heads.boxes, heads.info.size, cap=config.cap).mask
