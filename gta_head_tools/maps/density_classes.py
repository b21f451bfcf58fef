"""Targets of CFANet's attention: where there is crowd (CAM), and how dense it is, in classes (FAM).

A class is a range of density. Its edges are fitted once over a training set, so that the classes of crowded pixels are
equally large there, and kept with the network. Source: Rong and Li, "Coarse- and Fine-grained Attention Network with
Background-aware Loss for Crowd Density Map Estimation", WACV 2021.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled
from gta_head_tools.maps.map_window import BinaryMap

BACKGROUND = 1e-5
"""Density per pixel of the image below which there is no crowd; a map of stride s compares with s^2 times that."""
Density = NDArray[np.float32]
Edges = NDArray[np.float32]
"""(k - 1,) smallest density of classes 1, 2, ...; rising."""


def crowd_mask(density: Density, *, threshold: float = BACKGROUND) -> BinaryMap:
    """True (H, W) where the density reaches the threshold: the coarse attention map (CAM)."""
    return density >= np.float32(threshold)


def density_classes(density: Density, edges: Edges) -> NDArray[np.uint8]:
    """Class (H, W) of each pixel: how many of the edges its density reaches, 0 = background (FAM)."""
    classes: NDArray[np.uint8] = (density >= edges[0]).view(np.uint8)
    for edge in edges[1:]:
        classes += density >= edge
    return classes


def fit_class_edges(densities: Iterable[Density], *, classes: int = 6, threshold: float = BACKGROUND) -> Edges:
    """Edges (classes - 1,) that split the crowded pixels of all maps into equally many per class, denser ones higher.

    Class j > 1 begins at the pixel with rank floor((j - 1) M / (classes - 1)) of the M that reach the threshold, ranks
    from 0 by rising density; equal densities share a class. Nothing is sorted: the bits of a positive float32 rise with
    it, so two passes count them, the upper half and then the lower half where an edge falls.

    Args:
        densities: float32 maps; gone through twice and one at a time, so a generator will not do. `[density]` for one.
        classes: with the background, at least 2.
        threshold: see `BACKGROUND`.

    Raises:
        ValueError: the maps can be gone through only once, are not float32, or `classes` is below 2.
    """
    if isinstance(densities, Iterator) or classes < 2:
        raise ValueError("edges need at least two classes and maps that can be gone through twice, such as a list")
    first = np.float32(threshold)
    least = int(first.view(np.uint32))
    upper = np.zeros(1 << 16, np.int64)
    for density in densities:
        _count_upper(_bits(density), least, upper)
    ends = np.cumsum(upper)
    ranks = np.arange(1, classes - 1) * ends[-1] // (classes - 1)
    halves = np.searchsorted(ends, ranks, side="right").clip(max=len(upper) - 1)
    slots = np.full(len(upper), -1)
    slots[halves] = np.arange(len(halves))
    lower = np.zeros((len(halves), 1 << 16), np.int64)
    for density in densities:
        _count_lower(_bits(density), least, slots, lower)
    edges = [first]
    for rank, half in zip(ranks, halves, strict=True):
        within = np.cumsum(lower[slots[half]])
        low = np.searchsorted(within, rank - (ends[half] - upper[half]), side="right")
        edges.append(np.uint32((half << 16) + low).view(np.float32) if ends[-1] else first)
    return np.array(edges, dtype=np.float32)


def _bits(density: Density) -> NDArray[np.uint32]:
    if density.dtype != np.float32:
        raise ValueError(f"density maps of float32 are wanted, not {density.dtype}")
    return np.ascontiguousarray(density).reshape(-1).view(np.uint32)


@compiled
def _count_upper(bits: NDArray[np.uint32], least: int, counts: NDArray[np.int64]) -> None:
    for i in range(len(bits)):
        # Negative numbers have the highest bit.
        if least <= bits[i] < 0x80000000:
            counts[bits[i] >> 16] += 1


@compiled
def _count_lower(bits: NDArray[np.uint32], least: int, slots: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
    for i in range(len(bits)):
        if least <= bits[i] < 0x80000000 and slots[bits[i] >> 16] >= 0:
            counts[slots[bits[i] >> 16], bits[i] & 0xFFFF] += 1
