"""What a loss of density maps compares, and the numbers that the papers of these losses leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from gta_head_tools.maps.density_classes import BACKGROUND
from training.config import Count, NotNegative, Positive


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """The maps of a batch.

    Attributes:
        found: float32 (B, 1, h, w), what the network answers: `scale` times the density of each cell.
        wanted: float32 (B, 1, h, w), `scale` times the true density.
        stride: side of a cell, pixels of the image.
        scale: see `found`.
        points: (N, 2) x y of the heads of each image, pixels; only `bayes` needs them.
    """

    found: Tensor
    wanted: Tensor
    stride: int = 1
    scale: float = 1.0
    points: Sequence[Tensor] = ()

    @property
    def background(self) -> Tensor:
        """Bool (B, 1, h, w): cells whose true density is below 1e-5 a pixel of the image."""
        return self.wanted < self.scale * BACKGROUND * self.stride**2


@dataclass(frozen=True, kw_only=True)
class MapLossSettings:
    """Numbers of the losses in `training.losses.map_losses`; each belongs to the loss that its first word names.

    "Memory" marks what was recalled from a paper and could not be confirmed, "ours" what no paper gives.

    Attributes:
        squares: how `mse` adds up squared errors: half of their sum, their sum, or their mean over the cells.
        mae_weight: of the absolute error beside the squared one. Ours.
        sa_levels: times that the maps are compared, each time at half the size of the time before. Memory.
        sc_weight: of the correlation beside the squared errors. Memory.
        lc_weight: of the means in the grids beside the squared error. Ours.
        ssim_weight: of 1 - SSIM beside the squared error. Memory.
        ssim_c: the constants of every SSIM are .01^2 and .03^2 (squared), as is usual, or .01 and .03 (plain), as the
            paper of `bsl` prints them.
        bl: `bsl` has its second term, BL, for false heads on background.
        bayes_sigma: of the Gaussian around a head, pixels. Memory.
        bayes_background: how far the background is from the nearest head, as a share of the image's shorter side.
            Memory.
        dms_window: cells to a side of the window before it is dilated. Memory.
        dms_sigma: of the Gaussian in this window, cells. Ours.
        dms_chained: every level sees the means of the level before, as layers of a network do; False = the maps
            themselves. Memory.
    """

    squares: Literal["half", "sum", "mean"] = "half"
    mae_weight: NotNegative = 1.0
    sa_levels: Count = 3
    sc_weight: NotNegative = 1.0
    lc_weight: NotNegative = 1.0
    ssim_weight: NotNegative = 0.001
    ssim_c: Literal["squared", "plain"] = "squared"
    bl: bool = True
    bayes_sigma: Positive = 8.0
    bayes_background: Positive = 0.15
    dms_window: Literal[3, 5, 7, 9, 11] = 5
    dms_sigma: Positive = 1.5
    dms_chained: bool = True
