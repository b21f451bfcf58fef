"""Region of interest of an image: a polygon or a mask outside of which heads do not count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Either a polygon or a mask, in pixels of the image.

    Attributes:
        polygon: float64 (V, 2) vertices x y, not closed; None when a mask is given.
        mask: bool (H, W), True = counts; None when a polygon is given.
    """

    polygon: NDArray[np.float64] | None = None
    mask: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if (self.polygon is None) == (self.mask is None):
            raise ValueError("a region is either a polygon or a mask")
        if self.polygon is not None and (
            self.polygon.ndim != 2 or self.polygon.shape[1:] != (2,) or len(self.polygon) < 3
        ):
            raise ValueError(f"a polygon needs at least three x y vertices, got shape {self.polygon.shape}")
        if self.mask is not None and self.mask.ndim != 2:
            raise ValueError(f"a mask is H x W, got shape {self.mask.shape}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Region):
            return NotImplemented
        return _same(self.polygon, other.polygon) and _same(self.mask, other.mask)

    def __hash__(self) -> int:
        return hash((self.polygon is None, self.mask is None))

    def contains(self, points: ArrayLike) -> NDArray[np.bool_]:
        """(N,) True for points (N, 2) inside; a point outside of a mask's image is outside."""
        where = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        if self.polygon is not None:
            return inside_polygon(where, self.polygon)
        assert self.mask is not None
        height, width = self.mask.shape
        cells = np.floor(np.nan_to_num(where, nan=-1.0, posinf=-1.0, neginf=-1.0)).astype(np.int64)
        known = (cells >= 0).all(axis=1) & (cells[:, 0] < width) & (cells[:, 1] < height)
        found = np.zeros(len(where), dtype=bool)
        found[known] = self.mask[cells[known, 1], cells[known, 0]]
        return found


def _same(left: NDArray[np.generic] | None, right: NDArray[np.generic] | None) -> bool:
    if left is None or right is None:
        return left is right
    return np.array_equal(left, right)


def inside_polygon(points: NDArray[np.float64], polygon: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N,) True for points (N, 2) inside a polygon (V, 2) by the even-odd rule; left and top edges belong to it.

    >>> inside_polygon(np.array([[1.0, 1.0], [3.0, 1.0]]), np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]]))
    array([ True, False])
    """
    x, y = points[:, 0], points[:, 1]
    found = np.zeros(len(points), dtype=bool)
    for (ax, ay), (bx, by) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        crosses = (ay > y) != (by > y)
        if ay != by:
            found ^= crosses & (x < ax + (y - ay) * (bx - ax) / (by - ay))
    return found
