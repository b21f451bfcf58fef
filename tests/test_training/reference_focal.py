"""The losses as their papers print them, in float64, naively: every logarithm of a difference. For |logit| < 15 or so.

p is the target, q the prediction, both (...); sums are not divided by N.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.losses.focal import FocalSettings


def phi(d: Tensor, gamma: float) -> Tensor:
    return -(d**gamma) * torch.log(1 - d)


def focal(q: Tensor, p: Tensor, alpha: tuple[float, float], gamma: float) -> Tensor:
    """Equation 2, with an alpha for each kind of cell."""
    return torch.where(p == 1, alpha[0] * phi(1 - q, gamma), alpha[1] * phi(q, gamma)).sum()


def cornernet(q: Tensor, p: Tensor, gamma: float, beta: float) -> Tensor:
    """Equation 3."""
    return torch.where(p == 1, phi(1 - q, gamma), (1 - p) ** beta * phi(q, gamma)).sum()


def mfl(q: Tensor, p: Tensor, mask: Tensor, gamma: float, beta: float) -> Tensor:
    """Equation 6."""
    return torch.where(mask, p**beta * phi((p - q).abs(), gamma), phi(q, gamma)).sum()


def mfl_p1(q: Tensor, p: Tensor, mask: Tensor, gamma: float, beta: float) -> Tensor:
    """Equation 7, with beta where it is printed."""
    d = (p - q).abs()
    positive = phi(d, gamma) + p**beta * d ** (gamma + 1)
    return torch.where(mask, positive, phi(q, gamma) + q ** (gamma + 1)).sum()


def general(q: Tensor, p: Tensor, mask: Tensor, settings: FocalSettings) -> Tensor:
    """The form that holds them all, cell by cell."""
    d = torch.where(mask, (p - q).abs(), q)
    on = mask.double()
    alpha = settings.alpha_pos * on + settings.alpha_neg * (1 - on)
    weight = torch.where(mask, p**settings.beta_pos, (1 - p) ** settings.beta_neg)
    near = weight if settings.beta_on == "all" else torch.ones_like(weight)
    poly = settings.eps1 * weight * d ** (settings.gamma + 1)
    return alpha * (near * phi(d, settings.gamma) + poly)


def maps(seed: int = 0, *, binary: bool = False, shape: tuple[int, ...] = (2, 1, 12, 16)) -> tuple[Tensor, ...]:
    """Logits, a target that is positive on the mask alone, the mask, key cells; float64."""
    chance = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(shape, dtype=torch.float64, generator=chance)
    mask = torch.rand(shape, generator=chance) < 0.4
    key = mask & (torch.rand(shape, generator=chance) < 0.2)
    heat = torch.rand(shape, dtype=torch.float64, generator=chance)
    inside = 0.0 if binary else heat * mask
    target = torch.where(key, 1.0, inside)
    return logits, target, key if binary else mask, key
