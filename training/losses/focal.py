"""The focal losses of head detectors as one function: focal loss, CornerNet's, Mask Focal Loss and its poly-1 form.

With target p, prediction q = sigmoid(logit), d = |p - q| on the mask and d = q off it, every cell adds

    alpha (w -d^gamma log(1 - d) + eps1 w d^(gamma + 1)),   w = p^beta_pos on the mask, (1 - p)^beta_neg off it,

and the sum is divided by N. Sources: Zhong et al., Mask Focal Loss, equations 2 to 7; Lin et al., Focal Loss, ICCV
2017; Law and Deng, CornerNet, ECCV 2018; Leng et al., PolyLoss, ICLR 2022. Where the Mask Focal Loss paper is silent or
at odds with itself there is a field of `FocalSettings`:

- Equation 7 weights the poly term alone with p^beta, equation 6 the focal term: `beta_on`.
- Equation 2 has one alpha, focal loss as published has one for each kind of cell: `alpha_pos`, `alpha_neg`.
- With key points as the mask, equation 6 is said to be equation 3 (CornerNet's): it is with `beta_neg` 4, not without.

This module needs torch alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

LossName = Literal["focal", "cornernet", "mfl", "mfl_p1"]
TargetName = Literal["binary", "gaussian", "boxes"]

_END = 80.0
"""Logits beyond are taken for this in sigmoids: float32 holds exp(-80), and 1 / exp(-80), but not much more."""
_BEYOND = 1e-34
"""Values of 1 - d below, a little over exp(-80), are of confident errors about targets of 0 and 1 alone."""


@dataclass(frozen=True, slots=True)
class FocalSettings:
    """The numbers of the formula above.

    Attributes:
        alpha_pos: weight of cells on the mask.
        alpha_neg: weight of cells off the mask.
        gamma: how little small errors count, at least 1: below, the gradient has no bound at d = 0.
        beta_pos: on the mask, how little cells of a low target count; without effect where the target is 1.
        beta_neg: off the mask, how little cells of a high target count; without effect where the target is 0.
        eps1: weight of the poly term.
        beta_on: "all" = both terms get the weight w; "poly" = the poly term alone.

    Raises:
        ValueError: a number out of range.
    """

    alpha_pos: float = 1.0
    alpha_neg: float = 1.0
    gamma: float = 4.0
    beta_pos: float = 0.0
    beta_neg: float = 0.0
    eps1: float = 0.0
    beta_on: Literal["poly", "all"] = "all"

    def __post_init__(self) -> None:
        for name, least in {"gamma": 1, "alpha_pos": 0, "alpha_neg": 0, "beta_pos": 0, "beta_neg": 0}.items():
            if not least <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} = {getattr(self, name)}: expected a finite number >= {least}")
        if self.beta_on not in ("poly", "all"):
            raise ValueError(f"beta_on = {self.beta_on!r}: expected poly or all")


PRESETS: dict[LossName, FocalSettings] = {
    "focal": FocalSettings(alpha_pos=0.25, alpha_neg=0.75, gamma=2.0),
    "cornernet": FocalSettings(gamma=2.0, beta_neg=4.0),
    "mfl": FocalSettings(gamma=4.0, beta_pos=0.25),  # the best MAE of table 2; 0.5 has the best RMSE
    "mfl_p1": FocalSettings(gamma=4.0, beta_pos=0.5, eps1=1.0, beta_on="poly"),
}
TARGETS: dict[LossName, TargetName] = {
    "focal": "binary",
    "cornernet": "gaussian",
    "mfl": "boxes",
    "mfl_p1": "boxes",
}
"""What a detector of key points learns: `binary` is 1 at key cells, `gaussian` a Gaussian of CornerNet's radius around
each, not cut by the box (the mask of both is the key cells), `boxes` a Gaussian cut to its box (the mask is the boxes).
"""


def mask_focal_loss(
    logits: Tensor,
    target: Tensor,
    mask: Tensor,
    settings: FocalSettings = PRESETS["mfl_p1"],
    *,
    normalizer: Tensor | float | None = None,
    valid: Tensor | None = None,
    weight: Tensor | None = None,
) -> Tensor:
    """The loss, 0-d: float64 where the logits are, else float32 whatever the logits and autocast are.

    Finite, with a finite gradient, for every finite logit.

    Args:
        logits: of any shape.
        target: of the same shape, 0 to 1; off the mask it is a weight only, d is measured from 0 there.
        mask: bool, of the same shape: positive cells.
        settings: one of `PRESETS`, or your own.
        normalizer: N; None = the cells whose target is 1, at least 1. With several processes, hand in that of all of
            them divided by their number.
        valid: bool, of the same shape; cells outside add nothing, whatever they hold. None = all.
        weight: of the same shape, factor of each cell on the mask; not in the papers. None = 1.

    Raises:
        ValueError: shapes differ, `mask` or `valid` is not bool, or `normalizer` is a number not above 0.

    Example:
        >>> logits, target = torch.tensor([0.0, 3.0, -3.0]), torch.tensor([1.0, 0.0, 0.6])
        >>> round(mask_focal_loss(logits, target, target > 0).item(), 4)
        3.4839
    """
    _check(logits, target, mask, normalizer, valid)
    kind = torch.float64 if logits.dtype == torch.float64 else torch.float32
    with torch.autocast(logits.device.type, enabled=False):
        scores, p = logits.to(kind), target.detach().to(kind)
        if valid is not None:
            scores, p = scores.masked_fill(~valid, 0), p.masked_fill(~valid, 0)
        on = mask.to(kind)
        wanted = p * on
        share = _alpha(on, settings)
        share = share if valid is None else share * valid
        share = share if weight is None else share * torch.where(mask, weight.to(kind), 1)
        beta = share * _beta(p, wanted, on, settings)
        near = beta if settings.beta_on == "all" else share
        poly = settings.eps1 * beta if settings.eps1 else 0.0
        total = _total(scores, wanted, near, poly, settings)
        if normalizer is None:
            normalizer = torch.count_nonzero(p == 1).clamp(min=1)
        return (total / normalizer).to(kind)


def _check(
    logits: Tensor, target: Tensor, mask: Tensor, normalizer: Tensor | float | None, valid: Tensor | None
) -> None:
    for name, found in (("target", target), ("mask", mask), ("valid", valid)):
        if found is None:
            continue
        # (B, H, W) beside (B, 1, H, W) would broadcast to B maps for each.
        if found.shape != logits.shape:
            raise ValueError(f"{name} is {tuple(found.shape)}, logits are {tuple(logits.shape)}: give equal shapes")
        if name != "target" and found.dtype != torch.bool:
            raise ValueError(f"{name} is bool, not {found.dtype}")
    if isinstance(normalizer, int | float) and not normalizer > 0:
        raise ValueError(f"normalizer is a number above 0, not {normalizer}")


def _alpha(on: Tensor, settings: FocalSettings) -> Tensor | float:
    if settings.alpha_pos == settings.alpha_neg:
        return settings.alpha_neg
    return settings.alpha_neg + (settings.alpha_pos - settings.alpha_neg) * on


def _beta(p: Tensor, wanted: Tensor, on: Tensor, settings: FocalSettings) -> Tensor | float:
    """The weight w, with the factor left out whose beta is 0. `wanted` is p on the mask and 0 off it."""
    weight: Tensor | float = 1.0
    if settings.beta_pos:
        weight = (wanted + (1 - on)).pow_(settings.beta_pos)
    if settings.beta_neg:
        weight = weight * (1 - (p - wanted)).pow_(settings.beta_neg)
    return weight


def _total(
    logits: Tensor, target: Tensor, near: Tensor | float, poly: Tensor | float, settings: FocalSettings
) -> Tensor:
    """Sum of near * -d^gamma log(1 - d) + poly * d^(gamma + 1)."""
    inner = logits.clamp(-_END, _END)
    q, background = torch.sigmoid(inner), torch.sigmoid(-inner)
    d = (q - target).abs()
    # Of 1 - d the form that has no difference of nearly equal numbers is the smaller one.
    rest = torch.minimum(1 - target + q, background + target)
    # Beyond the end the logarithm is the logit itself, where the target is 0 or 1.
    beyond = (logits - inner).abs() * (rest < _BEYOND)
    return (d.pow(settings.gamma) * (near * (beyond - rest.log()) + poly * d)).sum()
