"""Heads of a mask: its connected components, from the runs of each row; no image of labels is made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import Boxes, Points
from gta_head_tools.compiled import compiled
from gta_head_tools.maps.map_window import BinaryMap


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Connected pixels, in the order in which rows from the top meet them.

    Attributes:
        boxes: float64 (N, 4) x0 y0 x1 y1 around the pixels, half open.
        areas: int64 (N,) pixels.
        centres: float64 (N, 2) mean of the pixels' centres, x y.
    """

    boxes: Boxes
    areas: NDArray[np.int64]
    centres: Points

    def __len__(self) -> int:
        return len(self.areas)


def components(mask: BinaryMap, *, diagonal: bool = False) -> Components:
    """The connected components of a mask.

    Args:
        mask: bool (H, W); of a picture with 0 and 255, or of a confidence map, give `picture > 0`.
        diagonal: pixels that touch at a corner belong together (8 neighbours instead of 4).

    Raises:
        ValueError: the mask is not bool (H, W).
    """
    if mask.ndim != 2 or mask.dtype != np.bool_:
        raise ValueError(f"a mask is bool (H, W), not {mask.dtype} {mask.shape}")
    height, width = mask.shape
    padded = np.zeros((height, width + 1), np.bool_)
    padded[:, :width] = mask
    flat = padded.reshape(-1)
    # The empty last column ends every run, so starts and ends alternate in the flat mask.
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    if flat.size and flat[0]:
        edges = np.concatenate([[0], edges])
    return Components(*_join(edges.reshape(-1, 2), width + 1, int(diagonal)))


@compiled
def _join(
    runs: NDArray[np.int64], width: int, slack: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Boxes, areas, centres of runs (R, 2), first pixel and one past the last in a flat mask with rows of `width`."""
    parents = _link(runs, width, slack)
    numbers, count = np.empty(len(runs), np.int64), 0
    for i in range(len(runs)):
        if parents[i] == i:
            numbers[i] = count
            count += 1
        else:
            numbers[i] = numbers[parents[i]]
    boxes, areas, centres = np.empty((count, 4)), np.zeros(count, np.int64), np.zeros((count, 2))
    boxes[:, :2], boxes[:, 2:] = np.inf, -np.inf
    for i in range(len(runs)):
        row = runs[i, 0] // width
        start, length, number = runs[i, 0] - row * width, runs[i, 1] - runs[i, 0], numbers[i]
        box = boxes[number]
        box[0], box[1] = min(box[0], start), min(box[1], row)
        box[2], box[3] = max(box[2], start + length), max(box[3], row + 1)
        areas[number] += length
        centres[number, 0] += length * (start + 0.5 * length)
        centres[number, 1] += length * (row + 0.5)
    for number in range(count):
        centres[number] /= areas[number]
    return boxes, areas, centres


@compiled
def _link(runs: NDArray[np.int64], width: int, slack: int) -> NDArray[np.int64]:
    """The first run of each run's component."""
    parents = np.arange(len(runs))
    above = 0
    for i in range(len(runs)):
        # Runs of the row above, as if they lay in this one, that end after this run begins and begin before it ends.
        start, end = runs[i, 0] - width, runs[i, 1] - width
        while runs[above, 1] + slack <= start:
            above += 1
        at = above
        while at < i and runs[at, 0] < end + slack:
            one, other = _first(parents, at), _first(parents, i)
            parents[max(one, other)] = min(one, other)
            at += 1
    for i in range(len(runs)):
        parents[i] = parents[parents[i]]
    return parents


@compiled
def _first(parents: NDArray[np.int64], run: int) -> int:
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run
