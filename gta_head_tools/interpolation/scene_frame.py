"""The frame of a scene's heads, robust affine fits in it, and the spacing between neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Array = NDArray[np.float64]

MIN_SPACING_HEADS = 30
MAX_SPACING_HEADS = 2000
"""Further images are left out beyond this many heads, because the slopes no longer change."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Middle and sides of the heads' 1 % to 99 % quantile box; makes fits independent of the resolution.

    Attributes:
        centre: x y in pixels.
        sides: width and height in pixels, each at least 5 % of the larger.
    """

    centre: tuple[float, float]
    sides: tuple[float, float]

    @classmethod
    def around(cls, points: Array, size: tuple[int, int]) -> Frame:
        """The frame of head points (N, 2) in images of `size`; of the whole image without heads."""
        if not len(points):
            return cls((size[0] / 2, size[1] / 2), (float(size[0]), float(size[1])))
        low, high = np.quantile(points, (0.01, 0.99), axis=0)
        # A single head spans no area: 5 % of the picture's side keeps the frame regular.
        largest = float(max(high - low)) or float(max(size))
        sides = np.maximum(high - low, 0.05 * largest)
        middle = (low + high) / 2
        return cls((float(middle[0]), float(middle[1])), (float(sides[0]), float(sides[1])))

    @property
    def length(self) -> float:
        """The larger side: unit of the correlation lengths."""
        return max(self.sides)

    def phi(self, points: Array) -> Array:
        """Affine basis (N, 3): 1, u, v with u and v in -1/2..1/2 over most heads."""
        basis = np.ones((len(points), 3))
        np.subtract(points, self.centre, out=basis[:, 1:])
        basis[:, 1:] /= self.sides
        return basis


def relative_affine(phi: Array, values: Array, *, floor: float = 0.2) -> Array:
    """Coefficients (K,) of `phi @ coefficients ~ values` by Huber's loss on the relative residuals.

    Iteratively re-weighted least squares; the scale is the median absolute deviation. Residuals are taken relative to
    the fitted value (never below `floor` times the median), so that large values do not drown the small ones and
    small ones do not pull the fit down.

    Args:
        phi: (N, K) basis, N >= K.
        values: (N,) positive.
        floor: smallest fitted value in units of the median that residuals are divided by.
    """
    lowest = floor * float(np.median(values))
    fitted = np.full(len(values), float(np.median(values)))
    weights = np.ones(len(values))
    solution = np.zeros(phi.shape[1])
    for _ in range(20):
        root = np.sqrt(weights) / fitted
        before, solution = solution, np.linalg.lstsq(phi * root[:, None], values * root, rcond=None)[0]
        fitted = np.maximum(phi @ solution, lowest)
        residuals = np.abs(values - phi @ solution) / fitted
        scale = 1.4826 * float(np.median(residuals))
        # Without noise the scale is zero and every weight is one.
        weights = (
            np.minimum(1.0, 1.345 * scale / np.maximum(residuals, 1e-12)) if scale > 1e-9 else np.ones(len(values))
        )
        if np.allclose(solution, before, rtol=1e-6, atol=0):
            break
    return solution


@dataclass(frozen=True, slots=True)
class Spacing:
    """Distance from a head to its nearest neighbour as an affine function of the frame's coordinates.

    Attributes:
        level: pixels in the middle of the frame.
        slopes: relative change over the frame in u and in v.
    """

    level: float
    slopes: tuple[float, float]

    def at(self, phi: Array) -> Array:
        """Fitted spacing (N,) in pixels; may be negative far outside."""
        spacing: Array = self.level * (phi @ np.array([1.0, *self.slopes]))
        return spacing


def neighbour_distances(heads: Sequence[Array]) -> tuple[Array, Array]:
    """Points (M, 2) with a neighbour in their own image, and the distance (M,) to it; coincident heads left out."""
    crowded = [points for points in heads if len(points) > 1]
    # Take images in a random order, so that they are spread over the scene, until they hold enough heads.
    order = np.random.default_rng(0).permutation(len(crowded))
    held = np.cumsum([len(crowded[image]) for image in order])
    chosen = [crowded[image] for image in order[: int(np.searchsorted(held, MAX_SPACING_HEADS)) + 1]]
    if not chosen:
        return np.empty((0, 2)), np.empty(0)
    found = np.concatenate([np.asarray(cKDTree(points).query(points, k=2)[0])[:, 1] for points in chosen])
    apart = found > 0
    return np.concatenate(chosen)[apart], found[apart]


def measure_spacing(heads: Sequence[Array], frame: Frame) -> Spacing | None:
    """The spacing of a scene's heads, None with fewer than 30 that have a neighbour."""
    points, distances = neighbour_distances(heads)
    if len(points) < MIN_SPACING_HEADS:
        return None
    level, pu, pv = relative_affine(frame.phi(points), distances)
    if level <= 0:
        return None
    return Spacing(float(level), (float(pu / level), float(pv / level)))
