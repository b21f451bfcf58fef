"""Regions of a picture that are looked at again, enlarged: where attention is high, and the points found there.

Source: Liu, Weng and Mu, RAZ-Net, CVPR 2019, section 3.1 ("zooming region proposal branch"). Own code.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torchvision.ops import nms

from gta_head_tools.annotations import Points
from gta_head_tools.pictures import Picture
from training.base import Map
from training.families.fitted import Scores
from training.samples.letterbox import resize

ZOOM = 2
RATIOS, SCALES = (1.0, 0.5, 2.0), (1 / 3, 2 / 3)
"""Height over width of the anchors, and the side of the square ones over the shorter edge of the picture."""
CELL = 4
"""Sides of regions are multiples of it, so that the sides of an enlarged region are multiples of 8."""

Regions = NDArray[np.int64]
"""(R, 4) x0 y0 x1 y1, whole pixels, the highest mean of attention first."""
Found = tuple[Points, Scores]
"""Points (M, 2), and their scores (M,)."""


def anchor_sides(size: tuple[int, int]) -> NDArray[np.int64]:
    """(6, 2) widths and heights of the anchors of a picture of (width, height): three shapes at each of two scales.

    Anchors of one scale have the same area, but for rounding to whole cells.

    >>> anchor_sides((900, 600)).tolist()
    [[200, 200], [284, 140], [140, 284], [400, 400], [564, 284], [284, 564]]
    """
    sides = [(scale / ratio**0.5, scale * ratio**0.5) for scale in SCALES for ratio in RATIOS]
    cells = np.rint(np.array(sides) * min(size) / CELL).astype(np.int64)
    found: NDArray[np.int64] = np.minimum(np.maximum(cells, 1) * CELL, size)
    return found


def propose(
    attention: Map, rng: np.random.Generator, *, places: int, least: float, overlap: float, most: int
) -> Regions:
    """The regions of a picture that are worth a closer look.

    Around random places all anchors are tried, moved into the picture where they reach beyond it. Those of too little
    mean attention are dropped, and those that overlap too much with a better one.

    Args:
        attention: (H, W) of the picture.
        rng: draws the places, evenly over the picture.
        places: how many; m in the paper.
        least: mean attention that a region needs; theta_z in the paper.
        overlap: largest intersection over union of two regions.
        most: regions to keep; k_z in the paper.
    """
    size = np.array(attention.shape[::-1])
    middles = rng.random((places, 1, 2)) * size
    sides = anchor_sides((int(size[0]), int(size[1])))
    corners = np.clip(np.rint(middles - sides / 2).astype(np.int64), 0, size - sides).reshape(-1, 2)
    boxes: Regions = np.concatenate([corners, corners + np.tile(sides, (places, 1))], axis=1)
    sums = cv2.integral(attention.astype(np.float64))
    x0, y0, x1, y1 = boxes.T
    means = (sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]) / ((x1 - x0) * (y1 - y0))
    boxes, means = boxes[means >= least], means[means >= least]
    kept = nms(torch.from_numpy(boxes.astype(np.float64)), torch.from_numpy(means), overlap)
    found: Regions = boxes[kept[:most].numpy()]
    return found


def enlarge(picture: Picture, region: NDArray[np.int64]) -> Picture:
    """A region (4,) of a picture, twice as wide and high."""
    x0, y0, x1, y1 = region.tolist()
    return resize(picture[y0:y1, x0:x1], (ZOOM * (x1 - x0), ZOOM * (y1 - y0)))


def replace_points(found: Found, regions: Regions, closer: Sequence[Found]) -> Found:
    """The points of a picture, with those in its regions replaced by what was found in the enlarged regions.

    Where regions overlap, the first one decides.

    Args:
        found: in the picture.
        regions: of the picture.
        closer: in each enlarged region, pixels of the enlarged region.
    """
    points, scores = found
    outside = _owners(points, regions) < 0
    parts = [(points[outside], scores[outside])]
    for number, (places, values) in enumerate(closer):
        back = regions[number, :2] + places / ZOOM
        own = _owners(back, regions) == number
        parts.append((back[own], values[own]))
    return np.concatenate([each for each, _ in parts]), np.concatenate([each for _, each in parts])


def _owners(points: Points, regions: Regions) -> NDArray[np.int64]:
    """(M,) the first region that holds each point; -1 = none."""
    inside = ((points[:, None] >= regions[:, :2]) & (points[:, None] < regions[:, 2:])).all(axis=2)
    first = np.argmax(np.pad(inside, ((0, 0), (0, 1)), constant_values=True), axis=1)
    return np.where(first < len(regions), first, -1)
