"""How alike two density maps are: SSIM, PSNR, and the share of the estimate that falls on background.

Both maps of an image are divided by the larger of their two maxima; papers that divide each by its own get other
numbers. PSNR is 10 log10(1 / mse). SSIM has the 11 x 11 Gaussian window of sigma 1.5 and the constants .01^2 and .03^2,
and is the mean over the pixels whose window lies inside the map. Scores are means over images; maps that are equal have
no PSNR, and an estimate that sums to nothing has no ratio: these images leave that mean.

Source: Wang et al., "Image quality assessment: from error visibility to structural similarity", TIP 2004; Rong and Li,
"Coarse- and fine-grained attention network with background-aware loss for crowd density map estimation", WACV 2021 (the
background is where the true density is below 1e-5 a pixel of the image, whatever a cell of the map holds).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike

from gta_head_tools.columns import Numbers
from gta_head_tools.evaluation.counting import CountErrors, count_errors
from gta_head_tools.maps.density_classes import BACKGROUND

CONVENTION = (
    "SSIM and PSNR: both maps divided by the larger of their maxima; window 11, sigma 1.5, C .01^2 and .03^2; "
    "background: true density below 1e-5 a pixel"
)
"""Printed beside the numbers, which cannot be compared with those of other conventions."""

WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = 0.01**2, 0.03**2


@dataclass(frozen=True, slots=True)
class MapRow:
    """One image.

    Attributes:
        predicted: sum of the estimate.
        heads: sum of the true map.
        ssim: structural similarity, -1 to 1.
        psnr: decibels, None = the maps are equal.
        background_ratio: share of the estimate on background, None = it sums to nothing.
    """

    predicted: float
    heads: float
    ssim: float
    psnr: float | None
    background_ratio: float | None


@dataclass(frozen=True, slots=True)
class MapScores:
    """Scores of a data set: errors of the counts, and the means of what `MapRow` holds (None = of no image)."""

    counts: CountErrors
    ssim: float
    psnr: float | None
    background_ratio: float | None
    convention: str = CONVENTION


def update_maps(predicted: ArrayLike, true: ArrayLike, *, stride: int = 1) -> MapRow:
    """The row of one image from two density maps (H, W), at least 11 x 11, whose cells are `stride` pixels wide.

    Raises:
        ValueError: another shape, two shapes, or a number that is not finite.

    >>> density = np.outer(np.hanning(16), np.hanning(16))
    >>> update_maps(density, density).ssim
    1.0
    """
    guess, truth = (np.asarray(values, dtype=np.float64) for values in (predicted, true))
    if guess.shape != truth.shape or guess.ndim != 2 or min(guess.shape) < WINDOW:
        raise ValueError(
            f"density maps of shapes {guess.shape} and {truth.shape}: expected the same, at least {WINDOW} x {WINDOW}"
        )
    if not (np.isfinite(guess).all() and np.isfinite(truth).all()):
        raise ValueError("a density map holds a number that is not finite")
    top = max(guess.max(), truth.max())
    scale = 1 / top if top > 0 else 1.0
    error = float(np.mean(np.square((guess - truth) * scale)))
    total = float(guess.sum())
    return MapRow(
        total,
        float(truth.sum()),
        _ssim(guess * scale, truth * scale),
        10 * math.log10(1 / error) if error > 0 else None,
        float(guess[truth < BACKGROUND * stride**2].sum()) / total if total > 0 else None,
    )


def finish_maps(rows: Iterable[MapRow]) -> MapScores:
    """The scores of a data set from the rows of its images.

    Raises:
        ValueError: no rows.
    """
    images = list(rows)
    counts = count_errors((row.predicted, row.heads) for row in images)
    ssim = math.fsum(row.ssim for row in images) / len(images)
    return MapScores(counts, ssim, _mean(row.psnr for row in images), _mean(row.background_ratio for row in images))


def _ssim(left: Numbers, right: Numbers) -> float:
    mean_left, mean_right = _blur(left), _blur(right)
    variances = _blur(left * left) - mean_left**2 + _blur(right * right) - mean_right**2
    together = _blur(left * right) - mean_left * mean_right
    products = mean_left * mean_right
    shares = (2 * products + _C1) * (2 * together + _C2)
    shares /= (mean_left**2 + mean_right**2 + _C1) * (variances + _C2)
    return float(shares.mean())


def _blur(values: Numbers) -> Numbers:
    """The Gaussian mean of every window that lies inside."""
    blurred = np.asarray(cv2.GaussianBlur(values, (WINDOW, WINDOW), _SIGMA), dtype=np.float64)
    half = WINDOW // 2
    return blurred[half : blurred.shape[0] - half, half : blurred.shape[1] - half]


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None
