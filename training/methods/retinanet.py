"""RetinaNet: every anchor box is a head or not, by a focal loss, and a head is the anchor box moved and scaled.

Source: Lin, Goyal, Girshick, He and Dollár, Focal Loss for Dense Object Detection, ICCV 2017. The branches are those of
torchvision, the rest is own code.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from torch import Tensor

from gta_head_tools.annotations import Boxes, ImageAnnotations
from gta_head_tools.errors import ConfigError
from gta_head_tools.geometry import around, centres, overlap, to_xywh
from training.base import Batch
from training.config import Count, Positive, Share
from training.families.detection import Detector, Found, PyramidConfig
from training.families.levels import BACKGROUND, FIRST, LEFT_OUT, Learned, Levels
from training.networks.pyramid import RetinaNetwork
from training.samples.letterbox import letterbox_size

MOST_BOXES = 20_000
"""Heads that anchor boxes are fitted on; of more, as many are drawn at random."""
Shapes = NDArray[np.float64]
"""(A, 2) width and height of the anchor boxes of a point, in strides of its level."""


@dataclass(frozen=True, kw_only=True)
class RetinaNetConfig(PyramidConfig):
    """The recipe of the Mask Focal Loss paper for RetinaNet.

    Attributes:
        anchors: widths and heights of the anchor boxes of a point, in strides of its level; () = made of the next four.
        fit_anchors: kmeans = the sizes of the training heads decide, as many anchor boxes as `octaves` x `ratios`.
        anchor_size: side of the smallest anchor box, in strides. The paper has 4, which is made for larger objects.
        octaves: scales within a factor of 2.
        ratios: height by width.
        positive: overlap from which an anchor box learns a head.
        negative: overlap below which it learns that there is none; between the two it is left out.
        norm: the branches have group normalisation, as in version 2 of torchvision.
        coarse: what the two coarsest maps are made of; version 2 of torchvision has c5.
    """

    anchors: tuple[tuple[Positive, Positive], ...] = ()
    fit_anchors: Literal["no", "kmeans"] = "no"
    anchor_size: Positive = 1.0
    octaves: Count = 3
    ratios: tuple[Positive, ...] = (0.5, 1.0, 2.0)
    positive: Share = 0.5
    negative: Share = 0.4
    norm: bool = False
    coarse: Literal["p5", "c5"] = "p5"

    @property
    def shapes(self) -> Shapes:
        """The anchor boxes of a point."""
        if self.anchors:
            return np.array(self.anchors, dtype=np.float64)
        sides = self.anchor_size * 2 ** (np.arange(self.octaves) / self.octaves)
        made = [(side / ratio**0.5, side * ratio**0.5) for side, ratio in itertools.product(sides, self.ratios)]
        return np.array(made, dtype=np.float64)

    @property
    def slots(self) -> int:
        """Of a point, one for each anchor box."""
        return len(self.anchors) or self.octaves * len(self.ratios)

    def without_effect(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        found = super().without_effect()
        if self.anchors:
            found |= dict.fromkeys(("anchor_size", "octaves", "ratios", "fit_anchors"), "anchors are given")
        return found


class RetinaNet(Detector):
    """Boxes as anchor boxes, moved and scaled."""

    Config = RetinaNetConfig
    PAPER = "Lin et al., ICCV 2017, with the loss of Zhong et al."
    LICENCE = "own code on parts of torchvision (BSD-3)"
    VARIANTS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "resnet50": {},
        "resnet50-v2": {"norm": True, "coarse": "c5"},
        "small": {"backbone": "pyramid", "pyramid_width": 64, "p2": True, "ratios": [1.0], "prior": 0.1, "norm": True},
    }

    config: RetinaNetConfig
    network: RetinaNetwork

    def __init__(self, config: RetinaNetConfig, *, classes: int = 1) -> None:
        super().__init__(config)
        if not len(config.shapes) or config.negative > config.positive:
            raise ConfigError(
                f"ratios = {list(config.ratios)}, negative = {config.negative}, positive = {config.positive}: "
                "expected at least one ratio, and negative <= positive"
            )
        self.network = RetinaNetwork(
            config.pyramid(config.coarse),
            config.pyramid_width,
            slots=config.slots,
            prior=config.prior,
            norm=config.norm,
            classes=classes,
        )

    @classmethod
    def prepare(cls, images: Sequence[ImageAnnotations], config: RetinaNetConfig) -> RetinaNetConfig:
        """The settings with anchor boxes that are fitted on the heads to train on, where they ask for it."""
        if config.fit_anchors == "no" or config.anchors:
            return config
        return replace(config, anchors=fit_anchors([_sizes(each, config) for each in images], config))

    @staticmethod
    def assign(boxes: Boxes, levels: Levels, config: RetinaNetConfig) -> Learned:
        """By overlap; a head (N, 4) has its best anchor box in any case, unless a head that fits better has it."""
        learned, best = np.full(levels.starts[-1], BACKGROUND, np.int32), np.zeros(levels.starts[-1])
        head, slot, shared = overlapping(boxes, levels, config.shapes, config.negative)
        order = np.lexsort((-head, shared))
        learned[slot[order]] = np.where(shared[order] >= config.positive, FIRST + head[order], LEFT_OUT)
        best[slot[order]] = np.where(shared[order] >= config.positive, shared[order], 0)
        if config.small_heads == "nearest" and len(boxes):
            slot, shared = best_anchors(boxes, levels, config.shapes)
            order = np.lexsort((-np.arange(len(boxes)), shared))
            order = order[shared[order] >= best[slot[order]]]
            learned[slot[order]] = FIRST + order
        return learned

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:  # noqa: ARG002  # does not change with progress
        """Scores of all anchor boxes, and the L1 distance of moves and scales; both divided by the positive ones."""
        found, taught, total = self.network(batch["image"]), self.taught(batch), batch["n_positives"]
        anchors = self.anchors_of(self.levels_of(batch["image"]))[taught.slots]
        wanted = self.network.boxes.box_coder.encode_single(taught.boxes, anchors)
        wrong = (found["box"][taught.positive].float() - wanted).abs().sum()
        return {"score": self.score_loss(found["score"], taught, total), "box": wrong / total}

    def decode(self, found: Found, levels: Levels) -> tuple[Tensor, Tensor]:
        """Anchor boxes, moved and scaled."""
        boxes = self.network.boxes.box_coder.decode_single(found["box"][0], self.anchors_of(levels))
        return boxes, found["score"][0].sigmoid()

    def anchors_of(self, levels: Levels) -> Tensor:
        """(slots, 4) the anchor box of each slot, pixels, on the device of the network."""
        points, stride = self.places(levels)
        shapes = torch.from_numpy(self.config.shapes).float().to(points.device).repeat(len(points) // levels.slots, 1)
        half = shapes * stride[:, None] / 2
        return torch.cat([points - half, points + half], dim=1)


def overlapping(
    boxes: Boxes, levels: Levels, shapes: Shapes, least: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Every pair of a head (N, 4) and a slot whose anchor box overlaps with it by at least `least`.

    Returns:
        (K,) indices of heads, (K,) slots, (K,) intersection over union.
    """
    found = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    sides = to_xywh(boxes)[:, 2:]
    for level, (number, shape) in itertools.product(range(len(levels.strides)), enumerate(shapes)):
        anchor = shape * levels.strides[level]
        # The intersection is at least `needed`, so its width is at least that by the lower of the two heights.
        needed = max(least, 1e-3) / (1 + max(least, 1e-3)) * (sides.prod(axis=1) + anchor.prod())
        reach = (sides + anchor) / 2 - needed[:, None] / np.minimum(sides, anchor)[:, ::-1]
        near = np.flatnonzero((reach > 0).all(axis=1))
        head, slot = levels.inside(around(centres(boxes[near]), *(2 * reach[near] + 1e-6).T), level)
        head, slot = near[head], slot + number
        shared = overlap(boxes[head], around(levels.points[slot], *np.tile(anchor, (len(slot), 1)).T))
        kept = shared >= least
        found.append((head[kept], slot[kept], shared[kept]))
    head, slot, shared = (np.concatenate(each) for each in zip(*found, strict=True))
    return head, slot, shared


def best_anchors(boxes: Boxes, levels: Levels, shapes: Shapes) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(N,) the slot whose anchor box overlaps most with each head (N, 4), and by how much (intersection over union).

    Of anchor boxes of one shape, none overlaps more than the one nearest to the head. Where a head lies inside of
    several, they all overlap alike, and the nearest one is taken.
    """
    slots, shared = [], []
    for level, (number, shape) in itertools.product(range(len(levels.strides)), enumerate(shapes)):
        slot = levels.nearest(centres(boxes), level) + number
        anchor = np.tile(shape * levels.strides[level], (len(slot), 1))
        slots.append(slot)
        shared.append(overlap(boxes, around(levels.points[slot], *anchor.T)))
    best = np.argmax(np.stack(shared), axis=0)
    heads = np.arange(len(boxes))
    return np.stack(slots)[best, heads], np.stack(shared)[best, heads]


def fit_anchors(sizes: Sequence[Shapes], config: RetinaNetConfig) -> tuple[tuple[float, float], ...]:
    """Widths and heights of anchor boxes, in strides, by k-means of the logarithms; the smallest first.

    A head is measured in strides of the coarsest level whose stride is not above its size, or of the finest level.

    Args:
        sizes: (n, 2) of each picture, width and height of heads, pixels of the input.
        config: says how many anchor boxes.

    Raises:
        ConfigError: heads have fewer sizes than there are anchor boxes.
    """
    known = np.concatenate([np.empty((0, 2)), *sizes])
    rng = np.random.default_rng(config.seed)
    known = known[rng.permutation(len(known))[:MOST_BOXES]]
    strides = np.array(config.strides)
    level = np.searchsorted(strides, np.sqrt(known.prod(axis=1)), side="right") - 1
    shapes = np.log(known / strides[np.maximum(level, 0), None])
    if len(np.unique(shapes.round(3), axis=0)) < config.slots:
        raise ConfigError(
            f"fit_anchors = kmeans: the heads to train on have fewer sizes than the {config.slots} anchor boxes; "
            "take fewer octaves or ratios, or fit_anchors = no"
        )
    made = np.exp(KMeans(config.slots, n_init=3, random_state=0).fit(shapes).cluster_centers_)
    chosen = made[np.argsort(made.prod(axis=1))].round(4).tolist()
    return tuple((width, height) for width, height in chosen)


def _sizes(image: ImageAnnotations, config: RetinaNetConfig) -> Shapes:
    """(n, 2) width and height of the heads of an image, pixels of the input."""
    heads = image.select(image.has_box & ~image.ignore)
    scale = (config.scale_low * config.scale_high) ** 0.5
    if config.fit == "letterbox":
        scale = letterbox_size(image.info.size, (config.width, config.height))[0] / image.info.size[0]
    sizes: Shapes = to_xywh(heads.boxes)[:, 2:] * scale
    return sizes[(sizes > 0).all(axis=1)]
