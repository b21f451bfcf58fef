"""P2PNet: the network predicts points, and each head teaches the one of them that is matched to it.

Source: Song et al., Rethinking Counting and Localization in Crowds: A Purely Point-Based Framework, ICCV 2021. Own
code.

The layers that the paper names have 17,963,852 parameters; the paper itself prints no number. Papers that compare with
P2PNet print 21.6 M. It is not confirmed which layers they count: seven more convolutions of 256 channels, four in the
branches and three in the path upwards, would make 21.57 M.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from torch import Tensor, nn

from gta_head_tools.annotations import Points
from training.base import Batch, Ragged, Sample, Targets
from training.config import Count, NotNegative, Number, Positive, Share, TrainConfig
from training.families.dense import Dense, Maps
from training.families.fitted import Scores
from training.losses.key_cells import ignored_cells
from training.networks.blocks import Normalise
from training.networks.vgg import ALL, FrontEnd, scaled

STRIDE = 8
Side = Annotated[int, msgspec.Meta(ge=32, multiple_of=16)]
Layout = Literal["grid", "centre"]


@dataclass(frozen=True, kw_only=True)
class P2PNetConfig(TrainConfig):
    """The recipe of the paper, from memory: only its first page was at hand.

    Its backbone is pretrained: `backbone_weights` names the file (vgg16_bn).

    Attributes:
        loss: points = cross entropy of the scores and squared distance of the points (equation 7).
        rows: of reference points in a cell of 8 x 8 pixels; with `columns`, K = rows x columns.
        columns: of reference points in a cell.
        layout: grid = reference points at equal distances in the cell; centre = all of them at its centre.
        gamma: pixels of a predicted offset of 1 (equation 3).
        tau: weight of the distance, in pixels, against the score when heads are matched (equation 4).
        no_head: weight of points without a head in the cross entropy, lambda 1 (equation 5).
        point_weight: of the squared distance, in pixels, lambda 2 (equation 7).
        backbone_lr: factor of the learning rate of a pretrained backbone.
        min_score: candidates of lower scores are dropped.
        width_share: share of the published channels of every layer, for trials on CPUs.
    """

    epochs: Count = 3500
    lr: Positive = 1e-4
    schedule: Literal["cosine", "constant", "step", "poly", "plateau"] = "constant"
    warmup: Number = 0
    clip: NotNegative = 0.0
    width: Side = 128
    height: Side = 128
    fit: Literal["letterbox", "crop", "whole"] = "crop"
    scale_low: Positive = 0.7
    scale_high: Positive = 1.3
    jitter: Share = 0.0
    loss: Literal["points"] = "points"
    rows: Count = 2
    columns: Count = 2
    layout: Layout = "grid"
    gamma: Positive = 100.0
    tau: NotNegative = 0.05
    no_head: NotNegative = 0.5
    point_weight: NotNegative = 2e-4
    backbone_lr: Positive = 0.1
    min_score: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.05
    width_share: Positive = 1.0

    def without_effect(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        found = super().without_effect()
        return found if self.backbone_weights else found | {"backbone_lr": "no backbone_weights are given"}


class P2PNetwork(nn.Module):
    """Pictures (B, 3, H, W) in, K `score` (logits) and 2 K `offset` (x y of each point) of cells of 8 x 8 pixels out.

    The map of the fifth block of VGG-16 is enlarged and added to that of the fourth block; two branches read the sum.
    """

    def __init__(self, config: P2PNetConfig) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.backbone = FrontEnd(share=config.width_share, weights=config.backbone_weights, blocks=ALL, norm=True)
        channels, points = scaled(256, config.width_share), config.rows * config.columns
        self.laterals = nn.ModuleList([nn.Conv2d(each, channels, 1) for each in self.backbone.widths[-2:]])
        self.smooth = nn.Conv2d(channels, channels, 3, padding=1)
        self.offset = _branch(channels, 2 * points)
        self.score = _branch(channels, points)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """(B, 2 K | K, H / 8, W / 8) by name; H and W are multiples of 16."""
        pairs = zip(self.laterals, self.backbone(self.normalise(image))[-2:], strict=True)
        fine, coarse = (lateral(each) for lateral, each in pairs)
        shared = self.smooth(fine + nn.functional.interpolate(coarse, scale_factor=2.0, mode="nearest"))
        return {"offset": self.offset(shared), "score": self.score(shared)}


class P2PNet(Dense):
    """Crowds as sets of points."""

    Config = P2PNetConfig
    PAPER = "Song et al., ICCV 2021"
    LICENCE = "own code"
    INPUT = "crops of 128 x 128"
    PREDICTS = ("points", "scores")
    LOSSES = ("points",)
    COARSEST = 16
    SHOWN = ("confidence",)
    VARIANTS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"paper": {}, "narrow": {"width_share": 0.125}}

    config: P2PNetConfig
    stride = STRIDE

    def __init__(self, config: P2PNetConfig) -> None:
        super().__init__(config)
        self.network = P2PNetwork(config)

    @staticmethod
    def targets(sample: Sample, config: P2PNetConfig) -> Targets:
        """`points`, rows (n, 2) of the heads inside of the sample, and `n_heads`, their number.

        `valid` (1, h, w) is False in cells under ignored heads; `n_proposals` is the number of points of all others.
        """
        height, width = sample.picture.shape[:2]
        inside = ((sample.points >= 0) & (sample.points < (width, height))).all(axis=1)
        heads = torch.from_numpy(sample.points[inside & ~sample.ignore]).float()
        # An ignored head without a box is ignored at its point.
        boxes = np.where(np.isnan(sample.boxes), np.tile(sample.points, 2), sample.boxes)[sample.ignore]
        valid = ~ignored_cells(boxes, (-(-height // STRIDE), -(-width // STRIDE)), stride=STRIDE)
        proposals = torch.tensor(float(valid.sum() * config.rows * config.columns))
        numbers = {"n_heads": torch.tensor(float(len(heads))), "n_proposals": proposals}
        return {"points": Ragged.of(heads), "valid": torch.from_numpy(valid[None]), **numbers}

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:  # noqa: ARG002  # does not change with progress
        """Equations 5 and 6, the latter times lambda 2.

        Ignored heads teach nothing: the points of cells under them count neither as heads nor as points without one.
        """
        found = self.network(batch["image"])
        proposals, logits = self.proposals(found["offset"].float()), found["score"].float()
        learned = self.config.no_head * batch["valid"].expand_as(logits).flatten(1)
        logits, is_head = logits.flatten(1), torch.zeros_like(learned)
        distance = proposals.new_zeros(())
        for each, heads in enumerate(batch["points"].split()):
            places = [value.detach().cpu().numpy() for value in (proposals[each], logits[each].sigmoid(), heads)]
            matched, chosen = (torch.from_numpy(rows).to(logits.device) for rows in match(*places, tau=self.config.tau))
            is_head[each, chosen] = learned[each, chosen] = 1
            distance = distance + (proposals[each, chosen] - heads[matched]).square().sum()
        entropy = nn.functional.binary_cross_entropy_with_logits(logits, is_head, learned, reduction="sum")
        return {
            "score": entropy / batch["n_proposals"],
            "point": self.config.point_weight * distance / batch["n_heads"],
        }

    def proposals(self, offset: Tensor) -> Tensor:
        """Points (B, K h w, 2), pixels of the input: reference points and offsets (B, 2 K, h, w), equation 3."""
        (height, width), config = offset.shape[-2:], self.config
        x, y = (_references(count, config.layout, offset) for count in (config.columns, config.rows))
        across = x[:, None, None] + STRIDE * torch.arange(width, device=offset.device)
        down = y[:, None, None, None] + STRIDE * torch.arange(height, device=offset.device)[:, None]
        moves = config.gamma * offset.reshape(-1, config.rows, config.columns, 2, height, width)
        return torch.stack([across + moves[:, :, :, 0], down + moves[:, :, :, 1]], dim=-1).flatten(1, 4)

    def param_groups(self) -> list[dict[str, Any]]:
        """A pretrained backbone learns at a tenth of the rate of the other layers."""
        trained = [(name, p) for name, p in self.named_parameters() if p.requires_grad]
        backbone = [p for name, p in trained if name.startswith("network.backbone.")]
        others = [p for name, p in trained if not name.startswith("network.backbone.")]
        rate = self.config.backbone_lr if self.config.backbone_weights else 1.0
        return [{"params": backbone, "lr_scale": rate}, {"params": others}]

    def answer(self, image: Tensor) -> dict[str, Tensor]:
        """Offsets (1, 2 K, h, w), scores (1, K, h, w), and the `confidence` of each cell, its highest score."""
        found = super().answer(image)
        scores = found["score"].sigmoid()
        return found | {"score": scores, "confidence": scores.amax(dim=1, keepdim=True)}

    def read(self, maps: Maps) -> tuple[Points, Scores]:
        """Every point above `min_score`, the highest score first."""
        scores = maps["score"].reshape(-1).astype(np.float64)
        points = self.proposals(torch.from_numpy(maps["offset"])[None])[0].numpy().astype(np.float64)
        chosen = np.flatnonzero(scores > self.config.min_score)
        chosen = chosen[np.argsort(-scores[chosen], kind="stable")]
        return points[chosen], scores[chosen]


def match(
    found: NDArray[np.floating], scores: NDArray[np.floating], heads: NDArray[np.floating], *, tau: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Heads and the one point for each of them at the least cost in all, the cost of a pair by equation 4.

    It needs 8 bytes for every pair: 1,024 points of a crop and 100 heads take 1 MB, 16,384 points and 3,000 heads
    take 400 MB. Where heads are more than points, some heads have none.

    Args:
        found: (M, 2), pixels.
        scores: (M,), 0 to 1.
        heads: (N, 2), pixels.
        tau: weight of the distance.

    Returns:
        Rows of `heads` and of `found`; none of them if the network has diverged, so that the loss tells it.
    """
    if not (np.isfinite(found).all() and np.isfinite(scores).all()):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    cost = cdist(heads, found)
    cost *= tau
    cost -= scores
    rows, columns = linear_sum_assignment(cost)
    return rows, columns


def _branch(channels: int, outputs: int) -> nn.Sequential:
    """Three 3x3 convolutions with ReLU between them."""
    layers: list[nn.Module] = []
    for _ in range(2):
        layers += [nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.Conv2d(channels, outputs, 3, padding=1))


def _references(count: int, layout: Layout, like: Tensor) -> Tensor:
    """Places of the reference points on one axis of a cell, pixels."""
    steps = torch.arange(count, dtype=like.dtype, device=like.device) + 0.5
    return STRIDE * (steps / count if layout == "grid" else torch.full_like(steps, 0.5))
