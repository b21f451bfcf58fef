"""The default rule as one dense solve for each combination, straight from its description: slow and plain."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.interpolation.priors import SlopePrior

Array = NDArray[np.float64]


def average(
    heads: Array, anchors: Array, sizes: Array, priors: tuple[SlopePrior, ...], centre: Array, sides: Array
) -> tuple[Array, Array, float]:
    """Mean (M,) and relative standard deviation (M,) of the size at heads (M, 2), and the spread of single heads.

    Args:
        heads: where.
        anchors: (N, 2) their heads.
        sizes: (N,) geometric sizes, stretch taken off.
        priors: slope priors with their weights.
        centre: of the frame.
        sides: of the frame.
    """
    parts = [part for prior in priors for part in _combinations(heads, anchors, sizes, prior, centre, sides)]
    evidences, spreads = np.array([part[0] for part in parts]), np.array([part[3] for part in parts])
    means, variances = np.array([part[1] for part in parts]), np.array([part[2] for part in parts])
    weights = np.exp(evidences - np.logaddexp.reduce(evidences))
    mean = weights @ means
    variance = weights @ (variances + means**2) - mean**2
    bending = np.where([part[4] for part in parts], evidences, -np.inf)
    bent = np.exp(bending - np.logaddexp.reduce(bending)) @ (variances + (means - mean) ** 2)
    variance = np.maximum(variance, 1.1**2 * bent)
    return mean, np.sqrt(variance) / mean, float(np.sqrt(weights @ spreads**2))


def _combinations(
    heads: Array, anchors: Array, sizes: Array, prior: SlopePrior, centre: Array, sides: Array
) -> Iterator[tuple[float, Array, Array, float, bool]]:
    def basis(points: Array) -> Array:
        return np.column_stack([np.ones(len(points)), (points - centre) / sides])

    phi, at = basis(anchors), basis(heads)
    slopes, spread = np.array([1.0, *prior.slopes]), np.array([1.0, *prior.deviations])
    low, high = (0.1, 10.0) if prior.source == "horizon" else (0.35, 2.8)
    level, shape, rough = float(np.exp(np.log(sizes).mean())), sizes, np.ones(len(sizes))
    for _ in range(4):
        noise = (0.09 * shape) ** 2 + 0.4**2
        covariance = np.diag((level * spread) ** 2)
        gain = covariance @ phi.T @ np.linalg.inv(phi @ covariance @ phi.T + np.diag(noise * rough))
        theta = level * slopes + gain @ (sizes - phi @ (level * slopes))
        if len(sizes) >= 4:
            rough = np.maximum(1, np.abs(sizes - phi @ theta) / np.sqrt(noise) / 2)
        shape = np.clip(phi @ theta, low * sizes.min(), high * sizes.max())
        level = float(np.clip(theta[0], 0.3 * sizes.min(), 4 * sizes.max()))
    covariance, mean = np.diag((level * spread) ** 2), level * slopes
    scale = np.clip(at @ theta, low * sizes.min(), high * sizes.max())
    for t, penalty in ((0.04, -0.5), (0.07, 0.0), (0.11, 0.0), (0.17, -1.0)):
        locals_ = [(f, length, 0.5 / 12) for f in (0.08, 0.16, 0.32, 0.5) for length in (0.15, 0.35, 0.8)]
        for f, length, share in [(0.0, 1.0, 0.5), *locals_]:

            def near(left: Array, right: Array, width: float = length * max(sides)) -> Array:
                squares: Array = ((left[:, None] - right[None]) ** 2).sum(axis=2)
                return np.exp(-squares / (2 * width**2))

            matrix = phi @ covariance @ phi.T + f**2 * np.outer(shape, shape) * near(anchors, anchors)
            matrix += np.diag((t * shape) ** 2 + 0.4**2)
            rest = sizes - phi @ mean
            reach = at @ covariance @ phi.T + f**2 * np.outer(scale, shape) * near(heads, anchors)
            solved = np.linalg.solve(matrix, np.column_stack([rest, reach.T]))
            evidence = -0.5 * rest @ solved[:, 0] - 0.5 * np.linalg.slogdet(matrix)[1]
            variance = (
                np.sum((at @ covariance) * at, axis=1) + (f * scale) ** 2 - np.sum(reach * solved[:, 1:].T, axis=1)
            )
            yield (
                evidence + np.log(share) + penalty + np.log(prior.weight),
                at @ mean + reach @ solved[:, 0],
                variance,
                t,
                f == 0.16 and length == 0.35,
            )
