"""Density maps of cells and of pixels: from the one to the other without a change of their sum."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from gta_head_tools.geometry import cell_side

PixelMap = NDArray[np.float32]


def at_pixels(density: ArrayLike, size: tuple[int, int], *, cell: tuple[float, float] | None = None) -> PixelMap:
    """A density map of cells as one of the pixels of its image, with the same sum.

    A pixel gets the mean of the nearest cells, linear in its distance to their middles, and every cell gives away what
    it holds. Where cells have `stride` pixels, that is bilinear interpolation divided by stride squared.

    Args:
        density: (h, w), cells from the corner of the image on; the border may cut the last ones.
        size: width and height of the image, pixels.
        cell: width and height of a cell, pixels; None = the whole number that fits, else cells fill the image evenly.

    Returns:
        float32 (height, width).

    Raises:
        ValueError: no map, or cells that begin beyond the border.

    >>> at_pixels([[4.0, 0.0]], (4, 1))
    array([[2. , 1.5, 0.5, 0. ]], dtype=float32)
    """
    cells = np.asarray(density, dtype=np.float64)
    if cells.ndim != 2 or not cells.size:
        raise ValueError(f"density has shape {cells.shape}, expected (h, w)")
    if cells.shape == size[::-1] and cell is None:
        return cells.astype(np.float32)
    sides = cell or _whole_sides(cells.shape, size)
    across, down = (_shares(n, length, side) for n, length, side in zip(cells.shape[::-1], size, sides, strict=True))
    spread: PixelMap = ((down.T @ cells) @ across).astype(np.float32)
    return spread


def in_cells(density: ArrayLike, stride: int) -> PixelMap:
    """A density map (H, W) of pixels as one of cells: float32 (ceil(H / stride), ceil(W / stride)), the same sum.

    >>> in_cells([[1, 2, 3]], 2)
    array([[3., 3.]], dtype=float32)
    """
    pixels = np.asarray(density, dtype=np.float64)
    rows = np.add.reduceat(pixels, np.arange(0, pixels.shape[0], stride), axis=0)
    cells: PixelMap = np.add.reduceat(rows, np.arange(0, pixels.shape[1], stride), axis=1).astype(np.float32)
    return cells


def _whole_sides(shape: tuple[int, ...], size: tuple[int, int]) -> tuple[float, float]:
    side = cell_side(shape, size)
    if (-(-size[1] // side), -(-size[0] // side)) == shape:
        return side, side
    return size[0] / shape[1], size[1] / shape[0]


def _shares(count: int, length: int, side: float) -> csr_array:
    """(count, length): which share of each cell of an axis every pixel gets."""
    edges = np.minimum(np.arange(count + 1) * side, length)
    if edges[-2] >= length:
        raise ValueError(f"{count} cells of {side:g} pixels begin beyond the {length} pixels of the image")
    middles = (edges[1:] + edges[:-1]) / 2
    pixels = np.arange(length) + 0.5
    # Position of each pixel between the middles of cells; beyond the first and last ones it belongs to them alone.
    place = np.interp(pixels, middles, np.arange(count))
    before = np.minimum(place.astype(np.int64), count - 1)
    after = np.minimum(before + 1, count - 1)
    part = place - before
    entries = np.concatenate([before, after]), np.tile(np.arange(length), 2), np.concatenate([1 - part, part])
    # A cell that is narrower than a pixel may lie between the middles of two pixels; it gives to the pixel below it.
    lost = np.flatnonzero(np.bincount(entries[0], entries[2], count) <= 0)
    below = np.minimum(middles[lost].astype(np.int64), length - 1)
    rows, columns, weights = map(np.concatenate, zip(entries, (lost, below, np.ones(len(lost))), strict=True))
    totals = np.bincount(rows, weights, count)
    return csr_array((weights / totals[rows], (rows, columns)), shape=(count, length))
