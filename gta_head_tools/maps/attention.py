"""Targets of RAZ-Net: crosses on heads, and attention that grows where heads crowd.

Source: Liu, Weng, Mu, "Recurrent Attentive Zooming for Joint Crowd Counting and Precise Localization", CVPR 2019.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools.annotations import Points
from gta_head_tools.compiled import compiled
from gta_head_tools.maps.map_window import BinaryMap, FloatMap, Size, Window, canvas, head_pixels, head_points
from gta_head_tools.nearest import Grid, cell_of, grid_of, nearest, offer

_TILE = 8
_STEPS = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))


def cross_map(
    points: ArrayLike, size: Size, *, window: Window | None = None, out: BinaryMap | None = None
) -> BinaryMap:
    """True (H, W) on the pixel of each head and the four beside it: RAZ-Net's localisation target.

    Args:
        points: (N, 2) all heads of the image, pixels; one beyond the border is drawn at the border.
        size: width and height of the image.
        window: left, top, right, bottom of a crop, pixels; None = the whole image. Heads outside reach into it.
        out: bool array to fill instead of a new one.

    Raises:
        ValueError: points are not finite, or `out` does not fit.
    """
    place = canvas(size, window)
    found = place.flags(out)
    columns, rows = (head_pixels(points, size) - place.window[:2]).T
    for right, down in _STEPS:
        x, y = columns + right, rows + down
        inside = (x >= 0) & (x < found.shape[1]) & (y >= 0) & (y < found.shape[0])
        found[y[inside], x[inside]] = True
    return found


def attention_map(
    points: ArrayLike,
    size: Size,
    *,
    k: int = 3,
    sigma: float = 3.0,
    window: Window | None = None,
    out: FloatMap | None = None,
) -> FloatMap:
    """`exp(-m^2 / (2 sigma^2))` (H, W), where m is the mean distance of a pixel's centre to its k nearest heads.

    With fewer than k heads m is the mean over those; without heads the map is 0. With sigma 3 the map falls to 0.01 at
    m = 9.1 pixels, so that only dense places light up.

    Args:
        points: (N, 2) all heads of the image, pixels; one beyond the border is drawn at the border.
        size: width and height of the image.
        k: heads to look at.
        sigma: how fast attention falls, pixels.
        window: left, top, right, bottom of a crop, pixels; None = the whole image. Heads outside reach into it.
        out: array to fill instead of a new one.

    Returns:
        float32 (H, W), or `out`, which may also be float64.

    Raises:
        ValueError: points are not finite, k or sigma not positive, or `out` does not fit.
    """
    place = canvas(size, window)
    found = place.values(out)
    if k < 1 or not 0 < sigma < np.inf:
        raise ValueError(f"attention needs at least one neighbour and a positive sigma, got k = {k}, sigma = {sigma}")
    heads = head_points(points, size)
    if len(heads):
        _fill(found, grid_of(heads), place.window[:2], min(k, len(heads)), sigma)
    return found


@compiled
def _fill(out: FloatMap, grid: Grid, corner: tuple[int, int], k: int, sigma: float) -> None:
    """Tile by tile: the k nearest heads of every pixel are among those near enough to the tile's middle."""
    rows, columns = out.shape
    # From this mean distance on the map is 0: exp(-104) is below the smallest float32.
    farthest = np.sqrt(2.0 * 104.0) * sigma
    middle, near = np.empty((1, 2)), np.empty((len(grid[1]), 2))
    best, unused = np.empty(k), np.empty(k, np.int64)
    for top in range(0, rows, _TILE):
        for left in range(0, columns, _TILE):
            bottom, right = min(top + _TILE, rows), min(left + _TILE, columns)
            middle[0] = corner[0] + (left + right) / 2.0, corner[1] + (top + bottom) / 2.0
            half = np.hypot(right - left, bottom - top) / 2.0
            squared, _ = nearest(grid, middle, k)
            distances = np.sqrt(squared[0])
            if distances.mean() - half > farthest:
                continue
            count = _gather(grid, middle[0], distances[-1] + 2.0 * half, near)
            for row in range(top, bottom):
                for column in range(left, right):
                    best[:] = np.inf
                    for i in range(count):
                        dx, dy = near[i, 0] - corner[0] - column - 0.5, near[i, 1] - corner[1] - row - 0.5
                        offer(dx * dx + dy * dy, i, best, unused)
                    mean = np.sqrt(best).mean()
                    out[row, column] = np.exp(-0.5 * (mean / sigma) ** 2)


@compiled
def _gather(grid: Grid, middle: NDArray[np.float64], reach: float, near: Points) -> int:
    """Copy the heads within reach of a place to `near`; how many they are."""
    starts, _, places, (columns, rows), (left, top, side) = grid
    # Slightly more, because of rounding.
    reach = reach * (1.0 + 1e-9) + 1e-9
    first, last = cell_of(middle[0] - reach, left, side, columns), cell_of(middle[0] + reach, left, side, columns)
    count = 0
    for row in range(cell_of(middle[1] - reach, top, side, rows), cell_of(middle[1] + reach, top, side, rows) + 1):
        for at in range(starts[row * columns + first], starts[row * columns + last + 1]):
            dx, dy = places[at, 0] - middle[0], places[at, 1] - middle[1]
            if dx * dx + dy * dy <= reach * reach:
                near[count] = places[at]
                count += 1
    return count
