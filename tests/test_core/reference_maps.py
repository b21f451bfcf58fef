"""Every map in plain numpy and float64, head by head or pixel by pixel: what the compiled loops must equal."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.maps.map_window import FloatMap

Array = NDArray[np.float64]
Size = tuple[int, int]


def pixel_centres(size: Size) -> Array:
    """(H, W, 2) x y."""
    x, y = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    return np.stack([x, y], axis=-1)


def density(points: Array, size: Size, sigmas: Array) -> Array:
    """Gaussians cut at 4 sigmas along each axis, each divided by its sum in the image."""
    found = np.zeros(size[::-1])
    for point, sigma in zip(points, sigmas, strict=True):
        apart = pixel_centres(size) - point
        kernel = np.exp(-(apart**2).sum(axis=-1) / (2 * sigma**2))
        kernel[(np.abs(apart) > 4 * sigma).any(axis=-1)] = 0
        found += kernel / kernel.sum()
    return found


def block_sums(values: FloatMap, stride: int) -> Array:
    rows = np.add.reduceat(np.asarray(values, dtype=np.float64), np.arange(0, values.shape[0], stride), axis=0)
    return np.add.reduceat(rows, np.arange(0, values.shape[1], stride), axis=1)


def nearest(points: Array, place: Array, count: int) -> list[tuple[float, int]]:
    """Squared distances and indices of the nearest points, equal distances in order of index."""
    return sorted((float(((point - place) ** 2).sum()), index) for index, point in enumerate(points))[:count]


def fidt(points: Array, size: Size) -> Array:
    pixels = np.minimum(np.floor(points), np.array(size) - 1) + 0.5
    apart = np.hypot(*(pixel_centres(size)[:, :, None] - pixels).transpose(3, 0, 1, 2)).min(axis=-1)
    found = 1 / (1 + apart ** (0.02 * apart + 0.75))
    return np.where(found < 0.01, 0, found)


def attention(points: Array, size: Size, k: int, sigma: float) -> Array:
    apart = np.linalg.norm(pixel_centres(size)[:, :, None] - points, axis=-1)
    mean = np.sort(apart, axis=-1)[..., :k].mean(axis=-1)
    return np.asarray(np.exp(-(mean**2) / (2 * sigma**2)))


def gaussian_radius(width: float, height: float) -> float:
    """CornerNet's radius at 0.7 overlap as published, root by root."""
    roots = []
    for a, b, c in (
        (1.0, width + height, width * height * 0.3 / 1.7),
        (4.0, 2 * (width + height), 0.3 * width * height),
        (2.8, -1.4 * (width + height), -0.3 * width * height),
    ):
        roots.append((b + math.sqrt(b * b - 4 * a * c)) / 2)
    return min(roots)


def mask_focal_heat(boxes: Array, size: Size, stride: int, radius: str, total: bool, eta: float) -> Array:
    shape = (math.ceil(size[0] / stride), math.ceil(size[1] / stride))
    x, y = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]))
    found = np.zeros(shape[::-1])
    for x0, y0, x1, y1 in boxes / stride:
        column, row = math.floor((x0 + x1) / 2), math.floor((y0 + y1) / 2)
        sides = max(x1 - x0, 1), max(y1 - y0, 1)
        r = {"literal": min(sides), "half_side": min(sides) / 2, "iou": gaussian_radius(*sides)}[radius]
        diameter = 2 * r + 1
        sigma = diameter * (1 + eta * math.exp(-diameter)) / 6
        heat = np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * sigma**2))
        inside = (x + 0.5 >= x0) & (x + 0.5 < x1) & (y + 0.5 >= y0) & (y + 0.5 < y1)
        heat[~inside & ~((x == column) & (y == row))] = 0
        found = found + heat if total else np.maximum(found, heat)
    return found


def centernet_heat(boxes: Array, size: Size, stride: int) -> Array:
    shape = (math.ceil(size[0] / stride), math.ceil(size[1] / stride))
    x, y = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]))
    found = np.zeros(shape[::-1])
    for x0, y0, x1, y1 in boxes / stride:
        column, row = math.floor((x0 + x1) / 2), math.floor((y0 + y1) / 2)
        radius = int(gaussian_radius(math.ceil(max(x1 - x0, 1)), math.ceil(max(y1 - y0, 1))))
        heat = np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * ((2 * radius + 1) / 6) ** 2))
        heat[(abs(x - column) > radius) | (abs(y - row) > radius)] = 0
        found = np.maximum(found, heat)
    return found


def class_edges(values: NDArray[np.float32], classes: int, threshold: float) -> NDArray[np.float32]:
    """Edges of equally large classes by sorting."""
    crowded = np.sort(values[values >= np.float32(threshold)])
    ranks = [(j - 1) * len(crowded) // (classes - 1) for j in range(2, classes)]
    return np.concatenate([[np.float32(threshold)], crowded[ranks]])
