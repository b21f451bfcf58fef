"""Losses of density maps that compare their structure, window by window: `bsl`, `ssim`, `dms_ssim`.

SSIM of two windows with means m, variances v and covariance c is

    (2 m_x m_y + C1) (2 c + C2) / ((m_x^2 + m_y^2 + C1) (v_x + v_y + C2)),

1 where they are equal (Wang et al., Image Quality Assessment, TIP 2004). Means are weighted by a Gaussian; at a border
the window is cut, and its weights divided by their sum. Each loss returns its terms by name, (B,) one number an image.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.losses.compared import Compared, MapLossSettings

WINDOW, SIGMA = 11, 1.5
"""Of SSIM in `bsl` and `ssim`, cells."""
LEVELS = 3
"""Of `bsl`: K in equation 3."""
RATES = (1, 2, 3, 6, 9)
"""Dilations of the windows of `dms_ssim`, from CFANet's section 5."""
EXPONENTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Of the levels of multi-scale SSIM (Wang, Simoncelli and Bovik, 2003); that DMS-SSIM has the same is from memory."""
_CONSTANTS = {"squared": (0.01**2, 0.03**2), "plain": (0.01, 0.03)}
_LEAST = 1e-3
"""A level of `dms_ssim` counts at least so much: numbers below 0 have no power with a broken exponent."""
_TINY = 1e-6


def bsl(maps: Compared, settings: MapLossSettings) -> dict[str, Tensor]:
    """The background-aware structural loss, SL + BL.

    SL = 1/3 sum_j (1 - SSIM(P_j F, P_j D)), where P_j is average pooling by 1, 2, 4 (equation 3). BL is the share of
    the estimate, F >= 0, that lies on background (equation 5): cells whose true density is below 1e-5 a pixel.

    Source: Rong and Li, CFANet, WACV 2021. Equation 4 is printed with a "1 -" that would reward what differs, and is
    read without it. Window and sigma are those of SSIM as published, since the paper has none.
    """
    apart = maps.found.new_zeros(len(maps.found))
    found, wanted = maps.found, maps.wanted
    for level in range(LEVELS):
        if level:
            found, wanted = (nn.functional.avg_pool2d(each, 2, ceil_mode=True) for each in (found, wanted))
        apart = apart + 1 - mean_ssim(found, wanted, settings)
    terms = {"sl": apart / LEVELS}
    if settings.bl:
        on_background, heads = ((maps.found * part).sum(dim=(1, 2, 3)) for part in (maps.background, 1))
        terms["bl"] = on_background / (heads + _TINY)
    return terms


def ssim(maps: Compared, settings: MapLossSettings) -> dict[str, Tensor]:
    """1/n sum (F - D)^2 + ssim_weight (1 - SSIM).

    Source: Cao et al., Scale Aggregation Network, ECCV 2018; window, sigma and weight are from memory.
    """
    mse = (maps.found - maps.wanted).square().mean(dim=(1, 2, 3))
    return {"mse": mse, "ssim": settings.ssim_weight * (1 - mean_ssim(maps.found, maps.wanted, settings))}


def dms_ssim(maps: Compared, settings: MapLossSettings) -> dict[str, Tensor]:
    """1 - product over the levels of SSIM^exponent; level i sees windows that are dilated by 1, 2, 3, 6, 9.

    With `dms_chained` and windows of 5 cells, what a level sees is 5, 13, 25, 49 and 85 cells wide.

    Source: Liu et al., Deep Structured Scale Integration Network, ICCV 2019, as CFANet's section 5 tells of it; all
    but the dilations is from memory.
    """
    weights = gaussian(settings.dms_window, settings.dms_sigma).to(maps.found.device)
    found, wanted = maps.found, maps.wanted
    score = maps.found.new_ones(len(maps.found))
    for rate, exponent in zip(RATES, EXPONENTS, strict=True):
        level, *means = ssim_map(found, wanted, weights, constants=_CONSTANTS[settings.ssim_c], dilation=rate)
        score = score * level.mean(dim=(1, 2, 3)).clamp(min=_LEAST) ** exponent
        found, wanted = means if settings.dms_chained else (found, wanted)
    return {"dms_ssim": 1 - score}


def mean_ssim(found: Tensor, wanted: Tensor, settings: MapLossSettings) -> Tensor:
    """SSIM (B,), the mean over all cells of maps (B, 1, h, w)."""
    weights = gaussian(WINDOW, SIGMA).to(found.device)
    return ssim_map(found, wanted, weights, constants=_CONSTANTS[settings.ssim_c])[0].mean(dim=(1, 2, 3))


def ssim_map(
    found: Tensor, wanted: Tensor, weights: Tensor, *, constants: tuple[float, float], dilation: int = 1
) -> tuple[Tensor, Tensor, Tensor]:
    """SSIM of the windows around all cells, and the means of both maps there, each (B, 1, h, w).

    Args:
        found: (B, 1, h, w).
        wanted: (B, 1, h, w).
        weights: (n,) of a row or column of the window, n odd.
        constants: C1 and C2.
        dilation: cells from one weight to the next.
    """
    both = torch.cat([found, wanted, found * found, wanted * wanted, found * wanted])
    share = _blur(torch.ones_like(found[:1]), weights, dilation)
    m_x, m_y, xx, yy, xy = (_blur(both, weights, dilation) / share).chunk(5)
    v_x, v_y, together = (xx - m_x * m_x).clamp(min=0), (yy - m_y * m_y).clamp(min=0), xy - m_x * m_y
    c1, c2 = constants
    similar = (2 * m_x * m_y + c1) * (2 * together + c2)
    return similar / ((m_x * m_x + m_y * m_y + c1) * (v_x + v_y + c2)), m_x, m_y


def gaussian(window: int, sigma: float) -> Tensor:
    """(window,) weights whose sum is 1."""
    places = torch.arange(window, dtype=torch.float32) - (window - 1) / 2
    return torch.softmax(-places.square() / (2 * sigma**2), dim=0)


def _blur(maps: Tensor, weights: Tensor, dilation: int) -> Tensor:
    """Weighted sums (B, 1, h, w) over windows, with 0 beyond the border: first along columns, then along rows."""
    pad = dilation * (len(weights) // 2)
    columns = nn.functional.conv2d(maps, weights.view(1, 1, -1, 1), padding=(pad, 0), dilation=dilation)
    return nn.functional.conv2d(columns, weights.view(1, 1, 1, -1), padding=(0, pad), dilation=dilation)
