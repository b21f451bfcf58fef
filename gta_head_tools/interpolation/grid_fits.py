"""The fits that the default rule averages: for one slope prior, all combinations of its grid.

See `auto.py` for the model; stage 1 finds scale and shape, stage 2 solves the 52 combinations at them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.interpolation.priors import SlopePrior

Array = NDArray[np.float64]

PIXEL_NOISE = 0.4
"""q: standard deviation that drawing on a pixel grid adds, in pixels of the anchors' resolution."""
PLANE_NOISE = 0.09
"""t of stage 1, which fits a plane only."""
NOISES = np.array([0.04, 0.07, 0.11, 0.17])
STRENGTHS = np.array([0.08, 0.16, 0.32, 0.5])
LENGTHS = np.array([0.15, 0.35, 0.8])


def _grid() -> tuple[Array, Array, NDArray[np.intp], Array]:
    """t, f, index of l and log prior (C,) of all combinations; the plain plane (f = 0) has half of the prior."""
    rows = []
    for t, penalty in zip(NOISES, (-0.5, 0.0, 0.0, -1.0), strict=True):
        rows.append((t, 0.0, 0, np.log(0.5) + penalty))
        share = np.log(0.5 / (len(STRENGTHS) * len(LENGTHS))) + penalty
        rows += [(t, f, index, share) for f in STRENGTHS for index in range(len(LENGTHS))]
    t, f, index, prior = (np.array(column) for column in zip(*rows, strict=True))
    return t, f, index.astype(np.intp), prior


GRID_T, GRID_F, GRID_L, GRID_PRIOR = _grid()
GRID_BENT = (STRENGTHS[1] == GRID_F) & (GRID_L == 1)
"""(C,) True for the combinations of ground that bends as much as on stairs and hills: f = 0.16, l = 0.35."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Stage 1: the scale A and the shape S(x) = clip(phi theta) of a scene under one slope prior.

    Attributes:
        prior: the slope prior.
        level: A, pixels.
        theta: (3,) the plane.
        low: smallest S, pixels.
        high: largest S, pixels.
    """

    prior: SlopePrior
    level: float
    theta: Array
    low: float
    high: float

    @classmethod
    def fit(cls, phi: Array, sizes: Array, prior: SlopePrior) -> Scale:
        """Four rounds of a plane fit with noise relative to the fitted size."""
        smallest, largest = float(sizes.min()), float(sizes.max())
        level, shape, rough = float(np.exp(np.log(sizes).mean())), sizes, np.ones(len(sizes))
        theta = np.zeros(3)
        slopes = np.array([1.0, *prior.slopes])
        spread = np.array([1.0, *prior.deviations]) ** 2
        reach = (0.1, 10.0) if prior.source == "horizon" else (0.35, 2.8)
        for _ in range(4):
            variance = (PLANE_NOISE * shape) ** 2 + PIXEL_NOISE**2
            mean, covariance = level * slopes, level**2 * spread
            gain = np.linalg.solve((phi * covariance) @ phi.T + np.diag(variance * rough), phi * covariance).T
            theta = mean + gain @ (sizes - phi @ mean)
            if len(sizes) >= 4:
                rough = np.maximum(1.0, np.abs(sizes - phi @ theta) / np.sqrt(variance) / 2)
            shape = np.clip(phi @ theta, reach[0] * smallest, reach[1] * largest)
            level = min(max(float(theta[0]), 0.3 * smallest), 4 * largest)
        return cls(prior, level, theta, reach[0] * smallest, reach[1] * largest)

    def shape(self, phi: Array) -> Array:
        """S(x) (N,)."""
        return np.clip(phi @ self.theta, self.low, self.high)


@dataclass(frozen=True, slots=True)
class GridFit:
    """Stage 2 under one slope prior: all C combinations of the grid, not yet weighted against other priors.

    Attributes:
        scale: of stage 1.
        mean: (3,) prior mean of theta.
        covariance: (3,) prior variances of theta.
        inverse: (C, N, N) inverse covariance of the anchors.
        alpha: (C, N) inverse covariance times the residuals of the prior mean.
        evidence: (C,) log evidence, with the log priors of combination and source.
    """

    scale: Scale
    mean: Array
    covariance: Array
    inverse: Array
    alpha: Array
    evidence: Array

    @classmethod
    def fit(cls, phi: Array, apart: Array, sizes: Array, prior: SlopePrior) -> GridFit:
        """`apart` (L, N, N): correlation of the local part for each length."""
        scale = Scale.fit(phi, sizes, prior)
        mean = scale.level * np.array([1.0, *prior.slopes])
        covariance = scale.level**2 * np.array([1.0, *prior.deviations]) ** 2
        shape = scale.shape(phi)
        matrix = (GRID_F**2)[:, None, None] * (np.outer(shape, shape) * apart)[GRID_L] + (phi * covariance) @ phi.T
        diagonal = np.arange(len(sizes))
        matrix[:, diagonal, diagonal] += np.outer(GRID_T, shape) ** 2 + PIXEL_NOISE**2
        inverse = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
        rest = sizes - phi @ mean
        alpha: Array = inverse @ rest
        evidence: Array = -0.5 * (alpha @ rest) - 0.5 * np.linalg.slogdet(matrix)[1] + GRID_PRIOR + np.log(prior.weight)
        return cls(scale, mean, covariance, inverse, alpha, evidence)


@dataclass(frozen=True, slots=True)
class PriorFits:
    """The fits of the same anchors under all slope priors of a scene."""

    parts: tuple[GridFit, ...]

    @property
    def evidence(self) -> float:
        """Log of the evidence summed over the priors and the grid."""
        return float(np.logaddexp.reduce(np.concatenate([part.evidence for part in self.parts])))

    @property
    def weights(self) -> Array:
        """(priors, C) adding up to one."""
        logs = np.stack([part.evidence for part in self.parts])
        return cast(Array, np.exp(logs - self.evidence))

    @property
    def left_out_evidence(self) -> Array:
        """(N,) log evidence without each anchor, if scale and shape stayed as they are.

        Leaving out row i divides the density by that of a normal with variance 1 / K^-1_ii and residual
        alpha_i / K^-1_ii, so that nothing is solved again.
        """
        without = []
        for part in self.parts:
            diagonal = np.diagonal(part.inverse, axis1=1, axis2=2)
            without.append(part.evidence[:, None] + 0.5 * part.alpha**2 / diagonal - 0.5 * np.log(diagonal))
        return cast(Array, np.logaddexp.reduce(np.concatenate(without), axis=0))


def correlations(points: Array, others: Array, length: float) -> Array:
    """(L, N, M) exp(-|x - x'|^2 / (2 (l L)^2)) for the three lengths."""
    squares = ((points[:, None, :] - others[None, :, :]) ** 2).sum(axis=2) / (-2.0 * length**2)
    correlations: Array = np.exp(squares[None] / (LENGTHS**2)[:, None, None])
    return correlations
