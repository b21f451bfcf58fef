"""The Bayesian loss of density maps, which compares each head of an image with the sum that belongs to it: `bayes`."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.losses.compared import Compared, MapLossSettings

CELL = 8
"""Pixels of the cells that are compared; finer maps are added up to cells of this size."""


def bayes(maps: Compared, settings: MapLossSettings) -> dict[str, Tensor]:
    """Bayesian+: sum_n |1 - sum_x p(n | x) F(x)|, and |sum_x p(0 | x) F(x)| for the background.

    A cell x belongs to head n with p(n | x), in proportion to a Gaussian of its distance to the head; to the background
    in proportion to one of |d - distance to the nearest head|, where d is `bayes_background` of the shorter side of the
    image. Heads beyond the image are left out. F is in heads, whatever the scale of the maps.

    Source: Ma et al., Bayesian Loss, ICCV 2019; sigma and d are from memory. Its maps have cells of 8 pixels, and so
    have those that are compared here: in cells of a pixel, the p of a picture would take gigabytes.
    """
    found = maps.found / maps.scale
    stride = maps.stride
    if stride < CELL:
        by = CELL // stride
        rows, columns = (-side % by for side in found.shape[2:])
        found = by**2 * nn.functional.avg_pool2d(nn.functional.pad(found, (0, columns, 0, rows)), by)
        stride *= by
    shorter = maps.stride * min(maps.found.shape[2:])
    terms = [
        _terms(each[0], points, stride, settings.bayes_background * shorter, settings.bayes_sigma)
        for each, points in zip(found, maps.points, strict=True)
    ]
    heads, background = zip(*terms, strict=True)
    return {"heads": torch.stack(heads), "background": torch.stack(background)}


def _terms(found: Tensor, points: Tensor, stride: int, far: float, sigma: float) -> tuple[Tensor, Tensor]:
    """Errors of the heads and of the background, 0-d, of one map (h, w)."""
    if not len(points):
        return found.sum() * 0, found.sum().abs()
    y, x = ((torch.arange(side, device=found.device) + 0.5) * stride for side in found.shape)
    centres = torch.cartesian_prod(y, x).flip(1)
    # The faster way of `cdist` is off by tenths of a pixel near the heads.
    apart = torch.cdist(points, centres, compute_mode="donot_use_mm_for_euclid_dist")
    away = torch.cat([apart, far - apart.amin(dim=0, keepdim=True)])
    belongs = torch.softmax(-away.square() / (2 * sigma**2), dim=0)
    sums = belongs @ found.flatten()
    return (1 - sums[:-1]).abs().sum(), sums[-1].abs()
