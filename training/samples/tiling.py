"""Prediction in overlapping tiles for pictures that are too large for memory.

The maps of tiles are averaged; of heads, each tile gives those that lie nearest to its middle.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor


def tile_starts(size: int, *, tile: int, overlap: int) -> list[int]:
    """Where tiles of one axis begin: `tile - overlap` apart, the last one moved back to end with the axis.

    Raises:
        ValueError: the overlap leaves no step.

    >>> tile_starts(1000, tile=400, overlap=100)
    [0, 300, 600]
    >>> tile_starts(1050, tile=400, overlap=100)
    [0, 300, 600, 650]
    """
    if not 0 <= overlap < tile:
        raise ValueError(f"tiles of {tile} cannot overlap by {overlap}")
    if size <= tile:
        return [0]
    return [*range(0, size - tile, tile - overlap), size - tile]


def owned_spans(starts: Sequence[int], *, tile: int) -> list[tuple[int, float, float]]:
    """Start of each tile of one axis, and from where to where it is responsible: up to the middle of each overlap.

    >>> owned_spans([0, 300, 650], tile=400)
    [(0, -inf, 350.0), (300, 350.0, 675.0), (650, 675.0, inf)]
    """
    seams = [(first + tile + then) / 2 for first, then in pairwise(starts)]
    return list(zip(starts, [-math.inf, *seams], [*seams, math.inf], strict=True))


def run_tiled(
    function: Callable[[Tensor], Mapping[str, Tensor]], image: Tensor, *, tile: int, overlap: int, stride: int
) -> dict[str, Tensor]:
    """Maps of an image of any size from a function of images of at most `tile` by `tile`.

    Args:
        function: (1, C, h, w) to maps (1, c, h / s, w / s) by name, each of a stride s of its own.
        image: (1, C, H, W).
        tile: longest side of what the function gets, pixels.
        overlap: pixels that neighbouring tiles share, at the least.
        stride: a multiple of the strides of all maps. H, W, tile and overlap are multiples of it, and of whatever else
            the function asks for.

    Returns:
        Maps (1, c, H / s, W / s); where tiles overlap, the mean of theirs.

    Raises:
        ValueError: a size is no multiple of `stride`.
    """
    height, width = image.shape[2:]
    if any(each % stride for each in (height, width, tile, overlap)):
        raise ValueError(f"stride {stride} divides not all of image {width} x {height}, tile {tile}, overlap {overlap}")
    if max(height, width) <= tile:
        return dict(function(image))
    sums: dict[str, Tensor] = {}
    covered: dict[str, Tensor] = {}
    for top in tile_starts(height, tile=tile, overlap=overlap):
        for left in tile_starts(width, tile=tile, overlap=overlap):
            piece = image[:, :, top : top + tile, left : left + tile]
            for name, found in function(piece).items():
                cell = piece.shape[2] // found.shape[2]
                down, across = (slice(start // cell, (start + tile) // cell) for start in (top, left))
                if name not in sums:
                    sums[name] = found.new_zeros((1, found.shape[1], height // cell, width // cell))
                    covered[name] = torch.zeros_like(sums[name][:, :1])
                sums[name][..., down, across] += found
                covered[name][..., down, across] += 1
    return {name: total / covered[name] for name, total in sums.items()}
