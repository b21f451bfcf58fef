"""The losses of density maps by name, from section 5 of CFANet's paper (Rong and Li, WACV 2021, tables 10 and 11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from torch import Tensor

from training.losses.bayesian import bayes
from training.losses.cell_errors import l_c, mse, mse_mae, sa_sc
from training.losses.compared import Compared, MapLossSettings
from training.losses.structural import bsl, dms_ssim, ssim


@dataclass(frozen=True, slots=True)
class MapLoss:
    """One loss.

    Attributes:
        terms: each (B,) one number an image, by name; the loss of an image is their sum.
        settings: fields of `MapLossSettings` that it uses.
        unsigned: the absolute value of what the network answers is its density, in training and prediction. SSIM takes
            a map and its negative for the same, as means and covariances change their signs together, and networks
            would learn maps below 0; of `bayes`, which sees sums, they would learn maps of both signs.
    """

    terms: Callable[[Compared, MapLossSettings], dict[str, Tensor]]
    settings: tuple[str, ...]
    unsigned: bool = False


MAP_LOSSES: dict[str, MapLoss] = {
    "mse": MapLoss(mse, ("squares",)),
    "bsl": MapLoss(bsl, ("ssim_c", "bl"), unsigned=True),
    "mse_mae": MapLoss(mse_mae, ("mae_weight",)),
    "sa_sc": MapLoss(sa_sc, ("sa_levels", "sc_weight")),
    "l_c": MapLoss(l_c, ("lc_weight",)),
    "ssim": MapLoss(ssim, ("ssim_weight", "ssim_c"), unsigned=True),
    "bayes": MapLoss(bayes, ("bayes_sigma", "bayes_background"), unsigned=True),
    "dms_ssim": MapLoss(dms_ssim, ("dms_window", "dms_sigma", "dms_chained", "ssim_c"), unsigned=True),
}


def unused_settings(loss: str) -> dict[str, str]:
    """Settings of the other losses, and why they have no effect."""
    unused = [field.name for field in fields(MapLossSettings) if field.name not in MAP_LOSSES[loss].settings]
    return dict.fromkeys(unused, f"loss = {loss} does not use it")
