"""Two counts of a picture made one: by a density, and by points; the density decides where crowds are dense.

Source: Liu, Weng and Mu, RAZ-Net, CVPR 2019, section 3.1 ("two-stream fusion for counting"), equation 4. Own code.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import Points
from training.base import Map

GRID = 4
"""Cells to a side of a picture, which are counted one by one."""
FEW = 20
"""With fewer pictures one threshold is fitted for all cells."""
Cells = NDArray[np.float64]
"""(..., 4, 4) counts of the cells of pictures."""


def count_points(points: Points, size: tuple[int, int]) -> Cells:
    """(4, 4) how many of the points (N, 2) are in each cell of a picture of (width, height)."""
    places = np.floor(points * GRID / np.array(size))
    columns, rows = np.clip(places, 0, GRID - 1).astype(np.int64).T
    return np.bincount(rows * GRID + columns, minlength=GRID**2).reshape(GRID, GRID).astype(np.float64)


def count_density(density: Map, size: tuple[int, int], *, side: int) -> Cells:
    """(4, 4) the density in each cell of a picture of (width, height); what the border of a cell cuts is split by area.

    Args:
        density: (h, w) of places of `side` pixels, from the corner of the picture on, the last ones cut by its border.
        size: of the picture.
        side: pixels.

    >>> count_density(np.array([[3.0, 0.0, 0.0]], np.float32), (12, 4), side=4)[:, 0].tolist()
    [0.5625, 0.5625, 0.5625, 0.5625]
    """
    down, across = (_shares(n, side, length) for n, length in zip(density.shape, size[::-1], strict=True))
    found: Cells = down @ density.astype(np.float64) @ across.T
    return found


def fuse(density: Cells, points: Cells, theta: Cells | float) -> Cells:
    """Equation 4: the count by density where the mean of both is at least theta, else the mean.

    Args:
        density: counts by density.
        points: counts by points.
        theta: of each cell (4, 4), or one; 0 = density alone, infinite = mean alone.
    """
    mean = (density + points) / 2
    return np.where(mean >= theta, density, mean)


def fit_theta(density: Cells, points: Cells, true: Cells) -> Cells:
    """(4, 4) the thresholds of `fuse` with the smallest sum of absolute errors, by trying all.

    Args:
        density: (N, 4, 4) counts of pictures by density.
        points: by points.
        true: counts of heads.

    Returns:
        One for each cell, of equally good ones the lowest; with fewer than `FEW` pictures the same for all cells.
    """
    flat = [each.reshape(len(each), -1) for each in (density, points, true)]
    if len(density) < FEW:
        return np.full((GRID, GRID), _best(*(each.ravel() for each in flat)))
    return np.array([_best(*cell) for cell in zip(*(each.T for each in flat), strict=True)]).reshape(GRID, GRID)


def _best(density: Cells, points: Cells, true: Cells) -> float:
    """The best threshold for cells (N,)."""
    order = np.argsort(density + points, kind="stable")
    density, mean, true = density[order], ((density + points) / 2)[order], true[order]
    # Entry k is the error where the k lowest means are taken, and the densities of all others.
    by_mean, by_density = (np.append(0.0, np.cumsum(np.abs(each - true))) for each in (mean, density))
    errors = by_mean + by_density[-1] - by_density
    errors[1:-1][mean[1:] == mean[:-1]] = np.inf  # No threshold parts equal means.
    taken = int(np.argmin(errors))
    if taken == 0:
        return min(0.0, float(mean.min(initial=0.0)))
    return float((mean[taken - 1] + mean[taken]) / 2) if taken < len(mean) else np.inf


def _shares(count: int, side: int, length: int) -> Cells:
    """(4, count) which share of each of `count` places of a map, along an axis, lies in each cell of the grid."""
    edges = np.minimum(np.arange(count + 1) * side, length).astype(np.float64)
    borders = np.arange(GRID + 1)[:, None] * length / GRID
    inside = np.minimum(edges[1:], borders[1:]) - np.maximum(edges[:-1], borders[:-1])
    found: Cells = np.maximum(inside, 0) / (edges[1:] - edges[:-1])
    return found
