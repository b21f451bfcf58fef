"""Density maps: every head is a Gaussian whose sum inside the image is 1, so that the map's sum is the count.

What people copy around filters a map of dots: heads on the border lose mass, heads in one pixel become one, and each
adaptive head costs a pass over the image. Here a kernel is the product of two short tables, each divided by its own sum
inside the image; centres stay where they are between pixels, and kernels end 4 sigmas from them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gta_head_tools.maps.map_window import FloatMap, Size, Window, canvas, head_points
from gta_head_tools.maps.stamping import add_gaussians


def density_map(
    points: ArrayLike,
    size: Size,
    *,
    sigmas: ArrayLike = 15.0,
    window: Window | None = None,
    stride: int = 1,
    out: FloatMap | None = None,
) -> FloatMap:
    """The density (H, W) of heads, whose sum is their number; with a window, the part of that map inside of it.

    Args:
        points: (N, 2) all heads of the image, pixels; one beyond the border is drawn at the border.
        size: width and height of the image.
        sigmas: one for all heads, pixels (15 for CSRNet on sparse sets, 5 for DeepCount), or (N,): `adaptive_sigmas` or
            `box_sigmas`, computed before cropping.
        window: left, top, right, bottom of a crop, pixels; None = the whole image. Heads outside reach into it.
        stride: side of a cell, pixels; a cell holds the sum of its pixels. The last cells may be cut by the border.
        out: array to fill instead of a new one, which saves the time that fresh memory takes.

    Returns:
        float32 (ceil(height / stride), ceil(width / stride)), or `out`, which may also be float64.

    Raises:
        ValueError: points or sigmas are not finite, sigmas not positive or not one per head, `out` does not fit.
    """
    heads, place = head_points(points, size), canvas(size, window, stride)
    spread = np.asarray(sigmas, dtype=np.float64)
    if spread.ndim > 1 or (spread.ndim and len(spread) != len(heads)) or not np.all((spread > 0) & (spread < np.inf)):
        raise ValueError(f"sigmas must be one positive number or one per head: {spread.shape} for {len(heads)} heads")
    found = place.values(out)
    # The sum of hundreds of heads in one cell needs more digits than float32 has.
    exact = found if stride == 1 else np.zeros(place.shape)
    add_gaussians(exact, heads, np.broadcast_to(spread, len(heads)).copy(), size, place.window, stride)
    if exact is not found:
        found[...] = exact
    return found
