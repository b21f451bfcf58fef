"""The default rule: a plane from priors and anchors, a local correction where the anchors ask for it.

Model of the geometric size sqrt(w h) at a point x, in the scene's frame (phi = 1, u, v; L its larger side):

    s(x)   = phi(x) theta + g(x)
    theta ~ N( A (1, bu, bv), A^2 diag(1, su^2, sv^2) )                 slope prior of the scene, see `priors.py`
    g     ~ GP( 0, f^2 S(x) S(x') exp(-|x - x'|^2 / (2 (l L)^2)) )      stands, stairs, hills
    s_i    = s(x_i) + noise of variance (t S(x_i))^2 + q^2              head to head, drawing, rounding to pixels

No combination is selected: all 52 of t, f and l, for each slope prior of the scene, are averaged with their evidence
as weights. The scale A and the shape S(x) are found first, by a robust fit of the plane without g. Anchors that
contradict all others are named, and everything is fitted again without them, see `wrong_anchors.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.interpolation.grid_fits import (
    GRID_BENT,
    GRID_F,
    GRID_L,
    GRID_T,
    LENGTHS,
    GridFit,
    PriorFits,
    Scale,
    correlations,
)
from gta_head_tools.interpolation.priors import slope_priors
from gta_head_tools.interpolation.size_model import (
    Flag,
    Flags,
    Geometry,
    Prediction,
    SceneView,
    clamp,
    in_blocks,
    place_flags,
)
from gta_head_tools.interpolation.wrong_anchors import Rows, find_wrong

Array = NDArray[np.float64]

MAX_ANCHORS = 200
NEGLIGIBLE = 1e-3
"""Weight below which a term of the average is left out."""
BENT = 1.1
"""Factor on the standard deviation that ground which bends would have (`GRID_BENT`); no error is less. A few anchors
fit a plane on any ground, so that their evidence for it is not trusted. With this factor the mean expected error of
simulated scenes of all kinds is the mean true error."""


@dataclass(frozen=True, kw_only=True)
class AutoModel:
    """The averaged model; made by `fit_auto`.

    Attributes:
        geometry: of the scene.
        points: (N, 2) anchors' heads.
        geometric: (N,) drawn sizes, off-axis stretch taken off.
        aspect: width / height of all heads.
        parts: fits of the grid, one per slope prior.
        weights: (priors, C) adding up to one.
        suspects: anchors that contradict the others and were left out of the fit, as rows of `drawn`.
        unresolved: anchors that were fitted still contradict each other.
        drawn: (M, 2) heads of all anchors; M > N with suspects, and when only a subset could be fitted.
        rows: (N,) rows of `drawn` that were fitted.
    """

    geometry: Geometry
    points: Array
    geometric: Array
    aspect: float
    parts: tuple[GridFit, ...]
    weights: Array
    suspects: tuple[int, ...]
    unresolved: bool
    drawn: Array
    rows: NDArray[np.intp]

    rule = "auto"

    @cached_property
    def theta(self) -> Array:
        """(3,) the averaged plane."""
        phi = self.geometry.frame.phi(self.points)
        terms = [
            weights.sum() * part.mean + part.covariance * (phi.T @ (weights @ part.alpha))
            for part, weights in zip(self.parts, self.weights, strict=True)
        ]
        return cast(Array, np.sum(terms, axis=0))

    @property
    def local_weight(self) -> float:
        """Weight (0..1) of the combinations with a local part."""
        return float(self.weights[:, GRID_F > 0].sum())

    @property
    def prior_weights(self) -> dict[str, float]:
        """Source of each slope prior and the weight that the evidence left it."""
        return {part.scale.prior.source: float(w.sum()) for part, w in zip(self.parts, self.weights, strict=True)}

    @property
    def head_spread(self) -> float:
        """Tau: averaged relative spread of single heads around the field."""
        return float(np.sqrt(self.weights.sum(axis=0) @ GRID_T**2))

    @cached_property
    def _local(self) -> tuple[list[int], list[tuple[Scale, Array]]]:
        """Lengths in use, and per slope prior the (lengths, N) factors of their correlations."""
        in_use = [
            index
            for index in range(len(LENGTHS))
            if self.weights[:, (index == GRID_L) & (GRID_F > 0)].sum() > NEGLIGIBLE
        ]
        phi = self.geometry.frame.phi(self.points)
        groups = []
        for part, weights in zip(self.parts, self.weights, strict=True):
            strength = weights * GRID_F**2
            factors = [(strength * (index == GRID_L)) @ part.alpha * part.scale.shape(phi) for index in in_use]
            groups.append((part.scale, np.array(factors).reshape(len(in_use), len(self.points))))
        return in_use, groups

    @property
    def limits(self) -> tuple[float, float]:
        """Smallest and largest geometric size that is ever predicted."""
        low = min(part.scale.prior.clamps[0] for part in self.parts)
        high = max(part.scale.prior.clamps[1] for part in self.parts)
        return low * float(self.geometric.min()), high * float(self.geometric.max())

    def predict(self, points: Array) -> Prediction:
        """Sizes at points (N, 2)."""
        return in_blocks(self._block, points)

    def _block(self, points: Array) -> tuple[Array, Array, Flags]:
        phi = self.geometry.frame.phi(points)
        plane = phi @ self.theta
        sizes, flags = clamp(plane + self._correction(points, phi), *self.limits)
        flags |= place_flags(points, self.points, self.geometry)
        flags |= np.where(plane <= 0, np.uint8(Flag.ABOVE_HORIZON), np.uint8(0))
        kx, ky = self.geometry.stretch.factors(points)
        root = np.sqrt(self.aspect)
        return sizes * root * kx, sizes / root * ky, flags

    def _correction(self, points: Array, phi: Array) -> Array:
        """The local part (N,): at most three exponentials per head and anchor."""
        in_use, groups = self._local
        total = np.zeros(len(points))
        if not in_use:
            return total
        # |x - x'|^2 = |x|^2 - 2 x x' + |x'|^2: one matrix product instead of a (heads, anchors, 2) temporary.
        near = points - self.geometry.frame.centre
        anchors = self.points - self.geometry.frame.centre
        squares = near @ (-2.0 * anchors.T)
        squares += (near**2).sum(axis=1)[:, None]
        squares += (anchors**2).sum(axis=1)
        squares /= -2.0 * self.geometry.frame.length**2
        sums = [np.zeros(len(points)) for _ in groups]
        correlation = np.empty_like(squares)
        for row, index in enumerate(in_use):
            np.multiply(squares, 1 / LENGTHS[index] ** 2, out=correlation)
            np.exp(correlation, out=correlation)
            for place, (_, factors) in enumerate(groups):
                sums[place] += correlation @ factors[row]
        for (scale, _), share in zip(groups, sums, strict=True):
            total += scale.shape(phi) * share
        return total

    def errors(self, points: Array) -> tuple[Array, Array]:
        """Relative standard deviations (N,): of the field, and of single heads around it."""
        phi = self.geometry.frame.phi(points)
        phi_anchors = self.geometry.frame.phi(self.points)
        apart = correlations(points, self.points, self.geometry.frame.length)
        sums = np.zeros((2, 2, len(points)))
        mixtures = np.stack([self._kept_weights, self._bent_weights], axis=1)
        for part, weights in zip(self.parts, mixtures, strict=True):
            shape, shape_anchors = part.scale.shape(phi), part.scale.shape(phi_anchors)
            plane = (phi * part.covariance) @ phi_anchors.T
            prior = (phi**2) @ part.covariance
            local = np.outer(shape, shape_anchors) * apart
            for c in np.flatnonzero(weights.any(axis=0)):
                reach = plane + GRID_F[c] ** 2 * local[GRID_L[c]]
                mean = phi @ part.mean + reach @ part.alpha[c]
                variance = prior + (GRID_F[c] * shape) ** 2 - ((reach @ part.inverse[c]) * reach).sum(axis=1)
                sums += weights[:, c, None, None] * np.stack([mean, np.maximum(variance, 0.0) + mean**2])
        (average, square), (bent_average, bent_square) = sums
        # The distance is that from the average of all fits, which is what is predicted.
        bent = bent_square - 2 * average * bent_average + average**2
        variance = np.maximum(np.maximum(square - average**2, BENT**2 * bent), 0.0)
        field = np.sqrt(variance) / np.clip(average, *self.limits)
        return field, np.sqrt(field**2 + self.head_spread**2)

    @property
    def _kept_weights(self) -> Array:
        """(priors, C) the weights without the negligible ones, adding up to one."""
        kept = np.where(self.weights > NEGLIGIBLE, self.weights, 0.0)
        return cast(Array, kept / kept.sum())

    @property
    def _bent_weights(self) -> Array:
        """(priors, C) weights if the ground bends, adding up to one."""
        evidence = np.where(GRID_BENT, np.stack([part.evidence for part in self.parts]), -np.inf)
        weights: Array = np.exp(evidence - np.logaddexp.reduce(evidence, axis=None))
        return weights

    @cached_property
    def expected_sizes(self) -> Array:
        """(M,) geometric size that the other anchors predict at each anchor, stretch put back."""
        expected = self.predict(self.drawn).sizes
        left_out = np.zeros(len(self.points))
        for part, weights in zip(self.parts, self.weights, strict=True):
            diagonal = np.diagonal(part.inverse, axis1=1, axis2=2)
            left_out += weights @ (self.geometric - part.alpha / diagonal)
        kx, ky = self.geometry.stretch.factors(self.points)
        expected[self.rows] = np.clip(left_out, *self.limits) * np.sqrt(kx * ky)
        return expected


def fit_auto(points: Array, sizes: Array, view: SceneView, *, trusted: NDArray[np.bool_] | None = None) -> AutoModel:
    """The default rule, fitted to anchors.

    Args:
        points: (N, 2) heads of the anchors, N >= 1, pixels.
        sizes: (N, 2) drawn widths and heights, pixels.
        view: the scene.
        trusted: (N,) anchors that may not become suspects.
    """
    drawn, rows = points, farthest_points(points, min(len(points), MAX_ANCHORS))
    if len(rows) < len(drawn):
        points, sizes = points[rows], sizes[rows]
        trusted = None if trusted is None else trusted[rows]
    else:
        rows = np.arange(len(drawn))
    geometric = view.stretch.geometric(points, sizes)
    phi = view.frame.phi(points)
    apart = correlations(points, points, view.frame.length)
    priors = slope_priors(view)

    def fit(kept: Rows) -> PriorFits:
        near = apart[:, kept[:, None], kept]
        return PriorFits(tuple(GridFit.fit(phi[kept], near, geometric[kept], prior) for prior in priors))

    found = find_wrong(fit, geometric, np.zeros(len(points), bool) if trusted is None else trusted)
    kept = found.kept
    return AutoModel(
        geometry=view.geometry,
        points=points[kept],
        geometric=geometric[kept],
        aspect=view.stretch.aspect(points[kept], sizes[kept]),
        parts=found.fits.parts,
        weights=found.fits.weights,
        suspects=tuple(int(rows[index]) for index in found.suspects),
        unresolved=found.unresolved,
        drawn=drawn,
        rows=rows[kept],
    )


def farthest_points(points: Array, count: int) -> NDArray[np.intp]:
    """Indices of `count` points, each the farthest from those before it, the first one the lowest in the picture."""
    chosen = [int(np.argmax(points[:, 1]))]
    distances = np.full(len(points), np.inf)
    while len(chosen) < count:
        np.minimum(distances, ((points - points[chosen[-1]]) ** 2).sum(axis=1), out=distances)
        chosen.append(int(np.argmax(distances)))
    return np.array(chosen)
