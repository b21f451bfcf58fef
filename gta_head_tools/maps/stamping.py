"""Compiled painting: what a head adds to a map is an outer product of two short tables, one per axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import Points
from gta_head_tools.compiled import compiled
from gta_head_tools.maps.map_window import FloatMap

REACH = 4.0
"""Kernels end this many sigmas from the head."""
_LEAST = 2e-19
"""A product of two is still positive in float32, so that the map of a long box is positive to its ends."""
_SMALLEST_SIGMA = 0.01
"""Pixels: narrower kernels, too, put everything into the nearest pixel."""


@compiled
def _profile(table: NDArray[np.float64], place: float, sigma: float) -> tuple[int, int, float]:
    """Fill a table of one axis with a Gaussian at pixel centres; its first pixel, the one past its last, its sum.

    Values are relative to the pixel nearest to the head, so that no sigma is too small, and follow from each other by
    the recurrence exp(-(d+1)^2) = exp(-d^2) exp(-2d-1), which takes three exponentials however wide the kernel is.
    """
    length = len(table)
    middle = min(int(place), length - 1)
    off = middle + 0.5 - place
    half = 0.5 / (sigma * sigma)
    reach = max(REACH * sigma, 0.5)
    ratio_step = np.exp(-2.0 * half)
    table[middle] = 1.0
    total = 1.0
    value, ratio = 1.0, np.exp(-(1.0 + 2.0 * off) * half)
    end = min(length, middle + int(reach - off) + 1)
    for k in range(1, end - middle):
        value *= ratio
        ratio *= ratio_step
        table[middle + k] = value
        total += value
    value, ratio = 1.0, np.exp(-(1.0 - 2.0 * off) * half)
    start = max(0, middle - int(reach + off))
    for k in range(1, middle - start + 1):
        value *= ratio
        ratio *= ratio_step
        table[middle - k] = value
        total += value
    return start, end, total


@compiled
def _into_cells(
    cells: FloatMap, table: NDArray[np.float64], span: tuple[int, int], origin: int, stride: int, scale: float
) -> tuple[int, int]:
    """Sum the pixels `span` of a table into cells from pixel `origin` on; the first cell, and the one past the last."""
    start, end = span
    if start >= end:
        return 0, 0
    first, last = (start - origin) // stride, (end - 1 - origin) // stride
    part, values = table[start:end], cells[first : last + 1]
    if stride == 1:
        for k in range(len(part)):
            values[k] = part[k] * scale
    else:
        values[:] = 0.0
        for k in range(len(part)):
            values[(start - origin + k) // stride - first] += part[k] * scale
    return first, last + 1


@compiled
def add_gaussians(
    out: FloatMap,
    points: Points,
    sigmas: NDArray[np.float64],
    size: tuple[int, int],
    window: tuple[int, int, int, int],
    stride: int,
) -> None:
    """Add a Gaussian of sum 1 inside the image for every head to the map (rows, columns) of a window of the image."""
    left, top, right, bottom = window
    across, down = np.empty(size[0], np.float64), np.empty(size[1], np.float64)
    cells_across, cells_down = np.empty(out.shape[1], out.dtype), np.empty(out.shape[0], out.dtype)
    for i in range(len(points)):
        sigma = max(sigmas[i], _SMALLEST_SIGMA)
        reach = max(REACH * sigma, 0.5)
        x, y = points[i, 0], points[i, 1]
        if x + reach < left or x - reach > right or y + reach < top or y - reach > bottom:
            continue
        x0, x1, mass_across = _profile(across, x, sigma)
        y0, y1, mass_down = _profile(down, y, sigma)
        first, last = _into_cells(cells_across, across, (max(x0, left), min(x1, right)), left, stride, 1 / mass_across)
        begin, end = _into_cells(cells_down, down, (max(y0, top), min(y1, bottom)), top, stride, 1 / mass_down)
        values = cells_across[first:last]
        for row in range(begin, end):
            line, weight = out[row, first:last], cells_down[row]
            for k in range(len(values)):
                line[k] += weight * values[k]


@compiled
def stamp_largest(
    out: FloatMap, pixels: NDArray[np.int64], table: NDArray[np.float32], reaches: NDArray[np.int64]
) -> None:
    """Raise the map to a table of values by row and column distance around pixels (N, 2) column and row.

    Args:
        out: (H, W), pixels count from its corner and may lie outside of it.
        pixels: centres.
        table: (R, 2 R - 1) by row distance and by column distance + R - 1.
        reaches: (R,) largest column distance with a value, by row distance.
    """
    rows, columns = out.shape
    middle = len(table) - 1
    for i in range(len(pixels)):
        column, row = pixels[i, 0], pixels[i, 1]
        for r in range(max(row - middle, 0), min(row + middle + 1, rows)):
            down = abs(r - row)
            first, last = max(column - reaches[down], 0), min(column + reaches[down] + 1, columns)
            if first >= last:
                continue
            line = out[r, first:last]
            values = table[down, first - column + middle : last - column + middle]
            for k in range(len(line)):
                line[k] = max(line[k], values[k])


@compiled
def stamp_heads(
    out: FloatMap,
    cells: NDArray[np.int64],
    sigmas: NDArray[np.float64],
    spans: NDArray[np.int64],
    total: bool,
) -> None:
    """Draw Gaussians that are 1 at cells (N, 2) column and row; the larger value stays, or with `total` the sum.

    Args:
        out: (H, W).
        cells: key cells, inside.
        sigmas: (N,) in cells, positive.
        spans: (N, 4) first column, first row, and the ones past the last, inside; the key cell is drawn even where it
            is not in the span, because the box is narrower than a cell.
        total: add values up.
    """
    table = np.empty(max(out.shape), np.float64)
    values = np.empty(out.shape[1], np.float64)
    for i in range(len(cells)):
        column, row = cells[i]
        left, top, right, bottom = spans[i]
        if not (left <= column < right and top <= row < bottom):
            out[row, column] = out[row, column] + 1.0 if total else 1.0
        if left >= right or top >= bottom:
            continue
        ratio = np.exp(-0.5 / (sigmas[i] * sigmas[i]))
        step, value = ratio * ratio, 1.0
        for k in range(max(column - left, row - top, right - 1 - column, bottom - 1 - row) + 1):
            table[k] = max(value, _LEAST)
            value *= ratio
            ratio *= step
        for k in range(right - left):
            values[k] = table[abs(left + k - column)]
        for r in range(top, bottom):
            line, weight = out[r, left:right], table[abs(r - row)]
            for k in range(len(line)):
                if total:
                    line[k] += weight * values[k]
                else:
                    line[k] = max(line[k], weight * values[k])
