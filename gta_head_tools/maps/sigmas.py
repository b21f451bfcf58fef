"""The sigma of each head's kernel, from the distance to its neighbours or from its box."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools import geometry
from gta_head_tools.columns import numbers_of
from gta_head_tools.nearest import grid_of, nearest

LONE_SIGMA = 15.0
"""Sigma of a head without neighbours, pixels."""


def adaptive_sigmas(
    points: ArrayLike,
    *,
    k: int = 3,
    beta: float = 0.3,
    two: bool = True,
    bounds: tuple[float, float] = (1.0, 40.0),
) -> NDArray[np.float64]:
    """Sigmas (N,) of MCNN and CSRNet: beta times the mean distance to the k nearest other heads.

    Fewer heads than that are averaged over as many as there are, and a lone head has sigma 15. Sigmas belong to the
    whole image: compute them before heads are cropped away. Sources: Zhang et al., CVPR 2016; Li et al., CVPR 2018.

    Args:
        points: (N, 2) all heads of the image, pixels; they may coincide or lie beyond the border.
        k: neighbours, without the head itself. RAZ-Net: 4.
        beta: share of their mean distance. RAZ-Net: 0.1.
        two: False for RAZ-Net (Liu et al., CVPR 2019), whose kernel exp(-r^2 / s^2) lacks the usual factor 2, so that
            its standard deviation is s / sqrt(2).
        bounds: smallest and largest sigma, pixels.

    Raises:
        ValueError: a point is not finite, or k is not positive.

    >>> adaptive_sigmas([[0, 0], [30, 40], [0, 50]])
    array([15.        , 12.24341649, 12.24341649])
    """
    heads = numbers_of(points, "points", width=2)
    if k < 1:
        raise ValueError(f"sigmas need at least one neighbour, got k = {k}")
    if len(heads) < 2:
        return np.full(len(heads), LONE_SIGMA)
    squared, _ = nearest(grid_of(heads), heads, min(k + 1, len(heads)))
    means = np.sqrt(squared[:, 1:]).mean(axis=1)
    sigmas: NDArray[np.float64] = np.clip(beta * means / (1.0 if two else np.sqrt(2.0)), *bounds)
    return sigmas


def box_sigmas(boxes: ArrayLike, *, share: float = 0.25, smallest: float = 1.0) -> NDArray[np.float64]:
    """Sigmas (N,) in proportion to the size sqrt(width * height) of each head's box.

    With a quarter, the box holds two sigmas to each side, 95 % of the kernel along each axis.

    Args:
        boxes: (N, 4) x0 y0 x1 y1, all known; a box without area counts as the smallest.
        share: sigma over size.
        smallest: lower bound, pixels.

    Raises:
        ValueError: a box is unknown.
    """
    sigmas: NDArray[np.float64] = np.fmax(share * geometry.sizes(numbers_of(boxes, "boxes", width=4)), smallest)
    return sigmas
