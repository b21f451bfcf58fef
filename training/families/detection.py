"""The frame of detectors that predict boxes at the points of a feature pyramid: settings, targets, decoding.

A network answers a picture with a score and a box for every slot of `Levels`, in one row for all of them. A subclass of
`Detector` gives the network, says which head each slot learns (`assign`), how wrong the answers are (`loss`) and
which boxes they mean (`decode`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np
import torch
from torch import Tensor
from torchvision.ops import nms

from gta_head_tools.annotations import Boxes
from gta_head_tools.geometry import around, centres
from gta_head_tools.pictures import Picture
from training.base import Batch, Map, Prediction, Ragged, Sample, Targets
from training.config import Share
from training.families.detector_config import DetectorConfig
from training.families.fitted import Fitted, Scores
from training.families.levels import FIRST, LEFT_OUT, Learned, Levels, leave_out, without_slot
from training.losses.focal import mask_focal_loss
from training.networks.pyramid import FeaturePyramid
from training.samples.letterbox import resize
from training.samples.tiling import owned_spans, tile_starts

Channels = Annotated[int, msgspec.Meta(ge=16, multiple_of=8)]
Found = dict[str, Tensor]
"""What a network answers, by name: `score` (B, slots) logits, `box` (B, slots, 4), and others."""


@dataclass(frozen=True, kw_only=True)
class PyramidConfig(DetectorConfig):
    """The recipe of the Mask Focal Loss paper for detectors over a feature pyramid.

    Attributes:
        loss: of the scores, whose target is 1 where a slot learns a head and 0 elsewhere.
        pyramid_width: channels of the feature pyramid and of the branches.
        p2: the pyramid has a level of stride 4, too, for small heads.
        point_offset: place of a point in its cell, in strides; torchvision has 0.
        small_heads: nearest = a head without a slot gets the one that fits best, though it does not fit well; none =
            it is not learned.
        nms: overlap (intersection over union) from which the box of the lower score is dropped.
        top: candidates of a level that go into this choice; no further number limits the heads of a picture.
    """

    loss: Literal["mfl_p1", "mfl", "focal"] = "mfl_p1"
    prior: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.01
    pyramid_width: Channels = 256
    p2: bool = False
    point_offset: Share = 0.5
    small_heads: Literal["nearest", "none"] = "nearest"
    nms: Share = 0.5
    top: Annotated[int, msgspec.Meta(ge=3000)] = 10_000

    @property
    def strides(self) -> tuple[int, ...]:
        """Of the levels, the finest first."""
        return (4, 8, 16, 32, 64, 128) if self.p2 else (8, 16, 32, 64, 128)

    @property
    def slots(self) -> int:
        """Of a point."""
        return 1

    def levels(self, size: tuple[int, int]) -> Levels:
        """The slots over an input of (width, height)."""
        return Levels(size, self.strides, self.point_offset, self.slots)

    def pyramid(self, coarse: Literal["p5", "c5"] = "p5") -> FeaturePyramid:
        """The feature pyramid of these settings."""
        return FeaturePyramid(
            self.backbone,
            self.strides,
            width=self.pyramid_width,
            channels=self.backbone_channels,
            weights=self.backbone_weights,
            coarse=coarse,
        )

    def without_effect(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        names = ("beta_pos", "beta_neg", *(["beta_on"] if not self.focal().eps1 else []))
        return super().without_effect() | dict.fromkeys(names, "targets are 0 or 1")


@dataclass(frozen=True, slots=True)
class Taught:
    """What the slots of a batch learn.

    Attributes:
        positive: bool (B, slots), that learn a head.
        valid: bool (B, slots), that are not left out.
        boxes: (n, 4) of the heads of the n positive slots, in the order of `positive`, pixels.
        slots: (n,) numbers of the positive slots in their images.
    """

    positive: Tensor
    valid: Tensor
    boxes: Tensor
    slots: Tensor


class Detector(Fitted):
    """A method whose network answers with a score and a box for every slot."""

    Config: ClassVar[type[PyramidConfig]] = PyramidConfig
    INPUT = "1088 x 608"
    PREDICTS = ("points", "scores", "boxes")
    NEEDS = "boxes"
    LOSSES = ("mfl_p1", "mfl", "focal")

    config: PyramidConfig

    def __init__(self, config: PyramidConfig) -> None:
        super().__init__(config)
        self.scale, self.tile, self.flip_test = config.predict_scale, config.tile, config.flip_test
        self.focal = config.focal()

    @staticmethod
    def assign(boxes: Boxes, levels: Levels, config: Any) -> Learned:
        """Which head (N, 4) each slot learns.

        Args:
            boxes: of the heads, pixels of the input.
            levels: of the input.
            config: of the class `Config`.
        """
        raise NotImplementedError

    def decode(self, found: Found, levels: Levels) -> tuple[Tensor, Tensor]:
        """Boxes (slots, 4), pixels of the input, and scores (slots,), 0 to 1, of the first image of a batch."""
        raise NotImplementedError

    @classmethod
    def targets(cls, sample: Sample, config: PyramidConfig) -> Targets:
        """`boxes`, rows (n, 4) of the heads whose middles are inside of the sample, and which slots learn them.

        Points in the boxes of ignored heads, and in those of heads whose middles are beyond the border, are left out.

        Returns:
            `boxes`; for each level a map `learned_STRIDE` (slots, h, w), see `Learned`; numbers for the log.
        """
        size = (sample.picture.shape[1], sample.picture.shape[0])
        # An ignored head without a box is ignored at its point.
        boxes = np.where(np.isnan(sample.boxes), np.tile(sample.points, 2), sample.boxes)
        middles = centres(boxes)
        # A box without width or height has no logarithm; it is taken for one of a pixel.
        boxes = around(middles, *np.maximum(boxes[:, 2:] - boxes[:, :2], 1).T)
        counts = ~sample.ignore & ((middles >= 0) & (middles < size)).all(axis=1)
        heads, levels = boxes[counts], config.levels(size)
        learned = cls.assign(heads, levels, config)
        numbers = {"heads": len(heads), "unlearned": len(without_slot(learned, len(heads)))}
        numbers["n_positives"] = int(np.count_nonzero(learned >= FIRST))
        maps = levels.maps(leave_out(learned, boxes[~counts], levels))
        targets: Targets = {f"learned_{stride}": torch.from_numpy(each) for stride, each in maps.items()}
        targets |= {name: torch.tensor(float(value)) for name, value in numbers.items()}
        return targets | {"boxes": Ragged.of(torch.from_numpy(heads).float())}

    def stride_of(self, name: str) -> int:
        """Pixels of the input to a cell of a map `learned_STRIDE`."""
        return int(name.removeprefix("learned_"))

    def levels_of(self, image: Tensor) -> Levels:
        """The slots over images (B, 3, H, W)."""
        return self.config.levels((image.shape[3], image.shape[2]))

    def places(self, levels: Levels, slots: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Points (n, 2), pixels, and strides (n,) of slots (n,), or of all slots; on the device of the network."""
        points, stride = (torch.from_numpy(each).float().to(self.device) for each in (levels.points, levels.stride))
        return (points, stride) if slots is None else (points[slots], stride[slots])

    def taught(self, batch: Batch) -> Taught:
        """The targets of a batch as rows of slots."""
        maps = [batch[f"learned_{stride}"].permute(0, 2, 3, 1).flatten(1) for stride in self.config.strides]
        learned = torch.cat(maps, dim=1).long()
        boxes: Ragged = batch["boxes"]
        firsts = boxes.counts.cumsum(0) - boxes.counts
        positive = learned >= FIRST
        rows = (learned - FIRST + firsts[:, None])[positive]
        return Taught(positive, learned != LEFT_OUT, boxes.values[rows], positive.nonzero()[:, 1])

    def score_loss(self, logits: Tensor, taught: Taught, total: Tensor) -> Tensor:
        """The focal loss of scores (B, slots), whose mask and target are the positive slots; divided by `total`."""
        return mask_focal_loss(
            logits, taught.positive.float(), taught.positive, self.focal, normalizer=total, valid=taught.valid
        )

    @torch.inference_mode()
    def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:
        """Every box above `min_score`, the highest score first.

        `maps` has `heat`: in cells of the finest stride, the highest score of the boxes whose middles lie there.
        """
        size = (picture.shape[1], picture.shape[0])
        inner, fit = self.fitted(size)
        boxes, scores = self._in_tiles(self.padded(resize(picture, inner)))
        # What pads the picture holds no heads.
        inside = ((boxes[:, :2] + boxes[:, 2:]) / 2 < boxes.new_tensor(inner)).all(dim=1)
        found, known = (each[inside].double().cpu().numpy() for each in (boxes, scores))
        shown = {"heat": heat_of(found, known, self.config.levels(inner))} if maps else {}
        return self.placed(found, known, fit, size, maps=shown)

    def _in_tiles(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes and scores of an image of any size: a tile gives those that lie nearest to its middle."""
        spans = [
            owned_spans(tile_starts(side, tile=self.tile, overlap=self.OVERLAP), tile=self.tile)
            for side in image.shape[2:]
        ]
        if all(len(each) == 1 for each in spans):
            return self._found(image)
        parts: list[tuple[Tensor, Tensor]] = []
        for top, *down in spans[0]:
            for left, *across in spans[1]:
                boxes, scores = self._found(image[:, :, top : top + self.tile, left : left + self.tile])
                boxes = boxes + boxes.new_tensor([left, top, left, top])
                x, y = ((boxes[:, :2] + boxes[:, 2:]) / 2).unbind(dim=1)
                owned = (x >= across[0]) & (x < across[1]) & (y >= down[0]) & (y < down[1])
                parts.append((boxes[owned], scores[owned]))
        boxes, scores = (torch.cat(each) for each in zip(*parts, strict=True))
        return self._chosen(boxes, scores)

    def _found(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes and scores of an image that is predicted in one piece."""
        boxes, scores = self._candidates(image)
        if self.flip_test:
            others, more = self._candidates(image.flip(-1))
            others = torch.stack(
                [image.shape[3] - others[:, 2], others[:, 1], image.shape[3] - others[:, 0], others[:, 3]], 1
            )
            boxes, scores = torch.cat([boxes, others]), torch.cat([scores, more])
        return self._chosen(boxes, scores)

    def _candidates(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """The best boxes of each level, above `min_score`."""
        levels = self.levels_of(image)
        found = {name: each.float() for name, each in self.network(image).items()}
        boxes, scores = self.decode(found, levels)
        best = [
            first + scores[first:last].topk(min(self.config.top, last - first)).indices
            for first, last in zip(levels.starts[:-1], levels.starts[1:], strict=True)
        ]
        chosen = torch.cat(best)
        chosen = chosen[scores[chosen] > self.config.min_score]
        return boxes[chosen], scores[chosen]

    def _chosen(self, boxes: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
        """The boxes that overlap with none of a higher score."""
        kept = nms(boxes, scores, self.config.nms)
        return boxes[kept], scores[kept]


def heat_of(boxes: Boxes, scores: Scores, levels: Levels) -> Map:
    """(h, w), for each cell of the finest level the highest score of the boxes (M, 4) whose middles it holds, or 0."""
    rows, columns = levels.shapes[0]
    found = np.zeros((rows, columns), np.float32)
    column, row = np.clip((centres(boxes) // levels.strides[0]).astype(int), 0, (columns - 1, rows - 1)).T
    np.maximum.at(found, (row, column), scores.astype(np.float32))
    return found
