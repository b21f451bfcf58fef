"""The focal inverse distance transform map (FIDT): 1 at each head, falling off within some 30 pixels.

`1 / (1 + d^(0.02 d + 0.75))` of the distance d to the pixel of the nearest head, 0 where that is below 0.01. Its sum is
not the count: heads are its local maxima. As it ends 30 pixels from a head, no distance is computed: each head raises
the map around itself, and two heads in one pixel leave what one does. Source: Liang et al., "Focal Inverse Distance
Transform Maps for Crowd Localization", TMM 2022.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools.maps.map_window import FloatMap, Size, Window, canvas, head_pixels
from gta_head_tools.maps.stamping import stamp_largest

FAINTEST = 0.01
"""Smaller values are 0."""


def fidt_map(points: ArrayLike, size: Size, *, window: Window | None = None, out: FloatMap | None = None) -> FloatMap:
    """The FIDT map (H, W) of heads; all zero without heads.

    Args:
        points: (N, 2) all heads of the image, pixels; one beyond the border is drawn at the border.
        size: width and height of the image.
        window: left, top, right, bottom of a crop, pixels; None = the whole image. Heads outside reach into it.
        out: array to fill instead of a new one, float32 or float64.

    Raises:
        ValueError: points are not finite, or `out` does not fit.
    """
    place = canvas(size, window)
    found = place.values(out)
    pixels = head_pixels(points, size) - place.window[:2]
    # From the top down, so that the rows being written stay in the processor's cache.
    stamp_largest(found, pixels[np.argsort(pixels[:, 1])], *_table())
    return found


@functools.cache
def _table() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Values by row distance and column distance as `stamp_largest` wants them, and the reach in each row."""
    steps = np.arange(-64.0, 65.0)
    apart = np.hypot(np.arange(65.0)[:, None], steps)
    values = 1.0 / (1.0 + apart ** (0.02 * apart + 0.75))
    values[values < FAINTEST] = 0.0
    reaches = (values > 0).sum(axis=1) // 2
    reach = int(reaches[0])
    return (
        np.ascontiguousarray(values[: reach + 1, 64 - reach : 65 + reach], dtype=np.float32),
        reaches[: reach + 1].astype(np.int64),
    )
