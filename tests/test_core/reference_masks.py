"""Instance masks as the preparation scripts of IIM make them, head by head, with equal distances in order of index."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Pairs = list[list[int]]


def from_boxes(
    boxes: Array, size: tuple[int, int], cap: int = 25, sort: Literal["stable", "quicksort"] = "stable"
) -> Flags:
    """Steps 1 to 5 of the published rule: a full sort of all distances for every head."""
    middles = ((boxes[:, :2] + boxes[:, 2:]) / 2).astype(int)
    halves = np.minimum(np.maximum((boxes[:, 2:] - boxes[:, :2]) / 2, 3).astype(int), cap).tolist()
    centres = middles.tolist()
    for centre in middles:
        order = np.argsort(np.sqrt(((middles - centre) ** 2).sum(axis=1)), kind=sort)[:6].tolist()
        for place in range(1, min(5, len(order))):
            part(centres, halves, order[0], order[place], order[place + 1 : place + 2])
    mask = np.zeros(size[::-1], dtype=bool)
    for (x, y), (half_width, half_height) in zip(centres, halves, strict=True):
        if 0 < x < size[0] and 0 < y < size[1]:
            mask[max(y - half_height, 0) : y + half_height, max(x - half_width, 0) : x + half_width] = True
    return mask


def part(centres: Pairs, halves: Pairs, one: int, other: int, third: list[int]) -> None:
    across, down = overlaps(centres, halves, one, other)
    widest, highest = (max(halves[one][axis], halves[other][axis]) for axis in range(2))
    if across > 0 and down > 0:
        limits = -int((widest - across / 2) / 2), -int((highest - down / 2) / 2)
    else:
        limits = -int(widest / 2), -int(highest / 2)
    rounds = 0
    while across > limits[0] and down > limits[1] and rounds < 41:
        shrink(halves, other if area(halves[other]) > area(halves[one]) else one)
        for head in third:
            larger = area(halves[head]) > max(area(halves[one]), area(halves[other]))
            if larger and min(overlaps(centres, halves, one, head)) > -3:
                shrink(halves, head)
        across, down = overlaps(centres, halves, one, other)
        rounds += 1


def overlaps(centres: Pairs, halves: Pairs, one: int, other: int) -> tuple[int, int]:
    return (
        halves[one][0] + halves[other][0] - abs(centres[one][0] - centres[other][0]),
        halves[one][1] + halves[other][1] - abs(centres[one][1] - centres[other][1]),
    )


def shrink(halves: Pairs, head: int) -> None:
    halves[head] = [max(int(0.9 * side), 2) for side in halves[head]]


def area(half: list[int]) -> int:
    return half[0] * half[1]


def from_points(points: Array, size: tuple[int, int]) -> Flags:
    mask = np.zeros(size[::-1], dtype=bool)
    for index, (x, y) in enumerate(points):
        others = np.delete(points, index, axis=0)
        apart = np.hypot(*(others - (x, y)).T).min() if len(others) else np.inf
        half = min(15, int(2 * min(7.5, apart / 8) + 0.5))
        if 0 <= x < size[0] and 0 <= y < size[1]:
            row, column = int(y), int(x)
            mask[max(row - half, 0) : row + half + 1, max(column - half, 0) : column + half + 1] = True
    return mask
