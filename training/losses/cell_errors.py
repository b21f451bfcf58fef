"""Losses of density maps that compare cells, or sums of cells, one by one: `mse`, `mse_mae`, `sa_sc`, `l_c`.

Each returns its terms by name, (B,) one number an image. D is the true map, F the network's, and n the number of cells.
"""

from __future__ import annotations

from torch import Tensor, nn

from training.losses.compared import Compared, MapLossSettings

GRIDS = (1, 2, 4)
"""Cells to a side of the grids of `l_c`."""


def mse(maps: Compared, settings: MapLossSettings) -> dict[str, Tensor]:
    """The squared error: 1/2 sum (F - D)^2, without the half, or its mean over the cells, as `squares` says.

    Half of the sum is what MCNN and CSRNet print; public code has the sum; the mean is what CFANet compares with.
    """
    if settings.squares == "mean":
        return {"mse": _mean_square(maps.found, maps.wanted)}
    half = 0.5 if settings.squares == "half" else 1.0
    return {"mse": half * (maps.found - maps.wanted).square().sum(dim=(1, 2, 3))}


def mse_mae(maps: Compared, settings: MapLossSettings) -> dict[str, Tensor]:
    """1/n sum (F - D)^2 + mae_weight 1/n sum |F - D|, "jointly optimized".

    Source: Rong and Li, WACV 2021, section 5, which cites Shi, Mettes and Snoek, Counting with Focus for Free, ICCV
    2019. Neither text at hand gives the weight.
    """
    mae = (maps.found - maps.wanted).abs().mean(dim=(1, 2, 3))
    return {"mse": _mean_square(maps.found, maps.wanted), "mae": settings.mae_weight * mae}


def sa_sc(maps: Compared, settings: MapLossSettings) -> dict[str, Tensor]:
    """L_SA + L_SC, spatial abstraction and spatial correlation.

    L_SA is the sum over `sa_levels` levels of the mean squared error; each level is the one before after a max-pooling
    of 2 x 2. L_SC is 1 - sum F D / sqrt(sum F^2 sum D^2), times `sc_weight`; 0 for an image without heads, which has no
    correlation.

    Source: Jiang et al., Trellis Encoder-Decoder Networks, CVPR 2019. The pooling and the mean over the cells of each
    level are confirmed by a summary of the paper; the number of levels and the equal weights are from memory.
    """
    found, wanted = maps.found, maps.wanted
    abstraction = _mean_square(found, wanted)
    for _ in range(settings.sa_levels - 1):
        found, wanted = (nn.functional.max_pool2d(each, 2, ceil_mode=True) for each in (found, wanted))
        abstraction = abstraction + _mean_square(found, wanted)
    flat = maps.wanted.flatten(1)
    apart = 1 - nn.functional.cosine_similarity(maps.found.flatten(1), flat)
    return {"sa": abstraction, "sc": settings.sc_weight * apart * flat.any(dim=1)}


def l_c(maps: Compared, settings: MapLossSettings) -> dict[str, Tensor]:
    """1/n sum (F - D)^2 + lc_weight sum_k 1/k^2 |P_k F - P_k D|_1, with P_k the means in a grid of k x k, k = 1, 2, 4.

    Source: Dai et al., Dense Scale Network, arXiv 1906.09707. The absolute error and the grids are confirmed by a
    summary of the paper, which adds that the weight differs between data sets; the one here is ours.
    """
    means = maps.found.new_zeros(len(maps.found))
    for cells in GRIDS:
        apart = [nn.functional.adaptive_avg_pool2d(each, cells) for each in (maps.found, maps.wanted)]
        means = means + (apart[0] - apart[1]).abs().mean(dim=(1, 2, 3))
    return {"mse": _mean_square(maps.found, maps.wanted), "lc": settings.lc_weight * means}


def _mean_square(found: Tensor, wanted: Tensor) -> Tensor:
    return (found - wanted).square().mean(dim=(1, 2, 3))
