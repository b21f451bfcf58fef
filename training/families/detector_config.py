"""The settings that all detectors share which learn from a focal loss."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Annotated, Literal

import msgspec

from gta_head_tools.errors import ConfigError
from training.config import Positive, Share, TrainConfig
from training.families.fitted import Side, Tile
from training.losses.focal import PRESETS, FocalSettings, LossName


@dataclass(frozen=True, kw_only=True)
class DetectorConfig(TrainConfig):
    """The recipe of the Mask Focal Loss paper (section 4), and choices for what the paper leaves open.

    Attributes:
        backbone: a network of timm, or `pyramid`, made for CPUs.
        backbone_channels: channels of its stages; () = as published. Not every backbone of timm lets them be chosen.
        loss: of the scores.
        alpha_pos: replaces the value of `loss`, as the next six do; None = its own. See `FocalSettings` for all seven.
        alpha_neg: weight of cells off the mask.
        gamma: exponent of the error; the larger, the less small errors count.
        beta_pos: exponent of the target on the mask; the larger, the less cells of a low target count.
        beta_neg: the same off the mask for high targets.
        eps1: weight of the poly term.
        beta_on: which term beta weights: the poly term or all.
        prior: score before training.
        min_score: candidates of lower scores are dropped.
        predict_scale: of the picture in prediction, unless `fit` is letterbox.
        flip_test: the mirrored picture is predicted as well, which takes twice the time.
        tile: longest side, pixels, that is predicted in one piece.
    """

    width: Side = 1088
    height: Side = 608
    near_heads: Share = 0.75
    backbone: str = "resnet50"
    backbone_channels: tuple[int, ...] = ()
    loss: LossName = "mfl_p1"
    alpha_pos: float | None = None
    alpha_neg: float | None = None
    gamma: float | None = None
    beta_pos: float | None = None
    beta_neg: float | None = None
    eps1: float | None = None
    beta_on: Literal["poly", "all"] | None = None
    prior: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.1
    min_score: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.05
    predict_scale: Positive = 1.0
    flip_test: bool = False
    tile: Tile = 2048

    def without_effect(self) -> dict[str, str]:
        """Settings that change nothing beside the others, and why."""
        found = super().without_effect()
        if self.fit == "letterbox":
            found["predict_scale"] = "fit = letterbox scales pictures into the input"
        return found

    def focal(self) -> FocalSettings:
        """The numbers of `loss`, with those that are replaced.

        Raises:
            ConfigError: a number out of range.
        """
        names = [field.name for field in fields(FocalSettings)]
        given = {name: value for name in names if (value := getattr(self, name)) is not None}
        try:
            return replace(PRESETS[self.loss], **given)
        except ValueError as error:
            raise ConfigError(str(error)) from error
