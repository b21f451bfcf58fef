"""The default rule: a plane from priors and anchors, a local correction where the anchors ask for it.

Model of the geometric size sqrt(w h) at a point x, in the scene's frame (phi = 1, u, v; L its larger side):

    s(x)   = phi(x) theta + g(x)
    theta ~ N( A (1, bu, bv), A^2 diag(1, su^2, sv^2) )                 slope prior of the scene, see `priors.py`
    g     ~ GP( 0, f^2 S(x) S(x') exp(-|x - x'|^2 / (2 (l L)^2)) )      stands, stairs, hills
    s_i    = s(x_i) + noise of variance (t S(x_i))^2 + q^2              heads differ, hands shake, pixels round

Nothing is selected: the 52 combinations of t, f and l, for each slope prior of the scene, are averaged with their
evidence as weights. The scale A and the shape S(x) are found first, by a robust fit of the plane alone. One or two
anchors that contradict all others are given 60 times their noise when that raises the evidence clearly, and named.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.interpolation.model import (
    Flag,
    Flags,
    Geometry,
    Prediction,
    SceneView,
    clamp,
    in_blocks,
    place_flags,
)
from gta_head_tools.interpolation.priors import SlopePrior, slope_priors

Array = NDArray[np.float64]

PIXEL_NOISE = 0.4
"""q: what drawing on a pixel grid adds, in pixels of the anchors' resolution."""
PLANE_NOISE = 0.09
"""t of the first, plane-only fit."""
NOISES = np.array([0.04, 0.07, 0.11, 0.17])
STRENGTHS = np.array([0.08, 0.16, 0.32, 0.5])
LENGTHS = np.array([0.15, 0.35, 0.8])
SUSPECT_NOISE = 60.0
SUSPECT_GAIN = 3.5
MAX_ANCHORS = 200
NEGLIGIBLE = 1e-3
"""Weight below which a part of the average is left out."""


def _grid() -> tuple[Array, Array, NDArray[np.intp], Array]:
    """t, f, index of l and log prior of all combinations: half of the prior on the plain plane."""
    rows = []
    for t, penalty in zip(NOISES, (-0.5, 0.0, 0.0, -1.0), strict=True):
        rows.append((t, 0.0, 0, np.log(0.5) + penalty))
        share = np.log(0.5 / (len(STRENGTHS) * len(LENGTHS))) + penalty
        rows += [(t, f, index, share) for f in STRENGTHS for index in range(len(LENGTHS))]
    t, f, index, prior = (np.array(column) for column in zip(*rows, strict=True))
    return t, f, index.astype(np.intp), prior


GRID_T, GRID_F, GRID_L, GRID_PRIOR = _grid()


@dataclass(frozen=True, slots=True)
class _Scale:
    """Stage 1: the scale A and the shape S(x) = clip(phi theta) of a scene under one slope prior."""

    prior: SlopePrior
    level: float
    theta: Array
    low: float
    high: float

    @classmethod
    def fit(cls, phi: Array, sizes: Array, noise: Array, prior: SlopePrior) -> _Scale:
        """Four rounds of plane fit, noise relative to the fitted size; `noise` (N,) multiplies the variances."""
        smallest, largest = float(sizes.min()), float(sizes.max())
        level, shape, rough = float(np.exp(np.log(sizes).mean())), sizes, np.ones(len(sizes))
        theta = np.zeros(3)
        slopes = np.array([1.0, *prior.slopes])
        spread = np.array([1.0, *prior.deviations]) ** 2
        reach = (0.1, 10.0) if prior.source == "horizon" else (0.35, 2.8)
        for _ in range(4):
            variance = ((PLANE_NOISE * shape) ** 2 + PIXEL_NOISE**2) * noise
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
class _Part:
    """Stage 2 under one slope prior: all combinations of the grid, weights not yet shared with other priors."""

    scale: _Scale
    mean: Array  # (3,) prior mean of theta
    covariance: Array  # (3,) its variances
    inverse: Array  # (C, N, N) of the anchors' covariance
    alpha: Array  # (C, N)
    evidence: Array  # (C,) log, prior of the combination and of the source included

    @classmethod
    def fit(cls, phi: Array, apart: Array, sizes: Array, noise: Array, prior: SlopePrior) -> _Part:
        """`apart` (L, N, N): correlation of the local part for each length."""
        scale = _Scale.fit(phi, sizes, noise, prior)
        mean = scale.level * np.array([1.0, *prior.slopes])
        covariance = scale.level**2 * np.array([1.0, *prior.deviations]) ** 2
        shape = scale.shape(phi)
        matrix = (GRID_F**2)[:, None, None] * (np.outer(shape, shape) * apart)[GRID_L] + (phi * covariance) @ phi.T
        diagonal = np.arange(len(sizes))
        matrix[:, diagonal, diagonal] += (np.outer(GRID_T, shape) ** 2 + PIXEL_NOISE**2) * noise
        inverse = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
        rest = sizes - phi @ mean
        alpha: Array = inverse @ rest
        evidence: Array = -0.5 * (alpha @ rest) - 0.5 * np.linalg.slogdet(matrix)[1] + GRID_PRIOR + np.log(prior.weight)
        return cls(scale, mean, covariance, inverse, alpha, evidence)


def _correlations(points: Array, others: Array, length: float) -> Array:
    """(L, N, M) exp(-|x - x'|^2 / (2 (l L)^2)) for the three lengths."""
    squares = ((points[:, None, :] - others[None, :, :]) ** 2).sum(axis=2) / (-2.0 * length**2)
    correlations: Array = np.exp(squares[None] / (LENGTHS**2)[:, None, None])
    return correlations


@dataclass(frozen=True)
class AutoModel:
    """The averaged model; made by `fit_auto`.

    Attributes:
        geometry: of the scene.
        points: (N, 2) anchors' heads.
        geometric: (N,) drawn sizes, off-axis stretch taken off.
        aspect: width / height of all heads.
        parts: one per slope prior.
        weights: (priors, C) adding up to one.
        noise: (N,) factor on each anchor's noise variance.
        suspects: anchors that were down-weighted, as rows of `drawn`.
        drawn: (M, 2) heads of all anchors; M > N when only a subset could be fitted.
        rows: (N,) rows of `drawn` that were fitted.
    """

    geometry: Geometry
    points: Array
    geometric: Array
    aspect: float
    parts: tuple[_Part, ...]
    weights: Array
    noise: Array
    suspects: tuple[int, ...]
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
    def _local(self) -> tuple[list[int], list[tuple[_Scale, Array]]]:
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
        # |x - x'|^2 by the binomial: one matrix product instead of a (heads, anchors, 2) temporary.
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
        apart = _correlations(points, self.points, self.geometry.frame.length)
        first, second = np.zeros(len(points)), np.zeros(len(points))
        for part, weights in zip(self.parts, self.weights, strict=True):
            shape, shape_anchors = part.scale.shape(phi), part.scale.shape(phi_anchors)
            plane = (phi * part.covariance) @ phi_anchors.T
            prior = (phi**2) @ part.covariance
            local = np.outer(shape, shape_anchors) * apart
            for c in np.flatnonzero(weights > NEGLIGIBLE):
                reach = plane + GRID_F[c] ** 2 * local[GRID_L[c]]
                mean = phi @ part.mean + reach @ part.alpha[c]
                variance = prior + (GRID_F[c] * shape) ** 2 - ((reach @ part.inverse[c]) * reach).sum(axis=1)
                first += weights[c] * mean
                second += weights[c] * (np.maximum(variance, 0.0) + mean**2)
        total = float(self.weights[self.weights > NEGLIGIBLE].sum())
        first, second = first / total, second / total
        size = np.clip(first, *self.limits)
        field = np.sqrt(np.maximum(second - first**2, 0.0)) / size
        return field, np.sqrt(field**2 + self.head_spread**2)

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


@dataclass(frozen=True, slots=True)
class _Fit:
    """The parts under all slope priors and their total evidence, for one guess of the anchors' noise."""

    parts: tuple[_Part, ...]

    @property
    def evidence(self) -> float:
        """Log, summed over the priors and the grid."""
        return float(np.logaddexp.reduce(np.concatenate([part.evidence for part in self.parts])))

    @property
    def weights(self) -> Array:
        """(priors, C) adding up to one."""
        logs = np.stack([part.evidence for part in self.parts])
        return cast(Array, np.exp(logs - self.evidence))


class _Trial:
    """One part of a fit in which anchors are given more noise, one after the other, its scale and shape kept.

    More noise for one anchor changes one entry of the covariance, so that inverse and evidence follow without solving
    anew (Sherman and Morrison).
    """

    def __init__(self, part: _Part, phi: Array) -> None:
        self.inverse, self.alpha, self.evidence = part.inverse.copy(), part.alpha.copy(), part.evidence.copy()
        noise = np.outer(GRID_T, part.scale.shape(phi)) ** 2 + PIXEL_NOISE**2
        self.more = (SUSPECT_NOISE - 1) * noise

    def evidences(self) -> Array:
        """(C, N) evidence of every combination with each anchor's noise raised."""
        grown = 1 + self.more * np.diagonal(self.inverse, axis1=1, axis2=2)
        raised: Array = self.evidence[:, None] + 0.5 * self.more * self.alpha**2 / grown - 0.5 * np.log(grown)
        return raised

    def raise_noise(self, index: int) -> None:
        """Go on with the noise of one anchor raised."""
        self.evidence = self.evidences()[:, index]
        column = self.inverse[:, :, index].copy()
        step = self.more[:, index] / (1 + self.more[:, index] * column[:, index])
        self.alpha -= (step * self.alpha[:, index])[:, None] * column
        self.inverse -= step[:, None, None] * column[:, :, None] * column[:, None, :]


def _suspects(fit: _Fit, phi: Array, trusted: NDArray[np.bool_]) -> list[int]:
    """Anchors that contradict the others, at most one in five.

    Of the two with the largest leave-one-out residual, the one whose noise raised lifts the evidence more is taken, as
    long as it does so clearly.
    """
    count = len(trusted)
    trials = [_Trial(part, phi) for part in fit.parts]
    open_to_doubt, found = ~trusted, list[int]()
    while count >= 4 and len(found) < max(1, count // 5):
        now = np.stack([trial.evidence for trial in trials])
        part, c = np.unravel_index(int(np.argmax(now)), now.shape)
        best = trials[part]
        doubts = np.abs(best.alpha[c]) / np.sqrt(np.diagonal(best.inverse[c]))
        doubts = np.where(open_to_doubt, doubts, -1.0)
        tried = [int(index) for index in np.argsort(-doubts, kind="stable")[:2] if doubts[index] >= 0]
        raised = np.logaddexp.reduce(np.concatenate([trial.evidences()[:, tried] for trial in trials]), axis=0)
        if not tried or raised.max() <= np.logaddexp.reduce(now.ravel()) + SUSPECT_GAIN:
            break
        winner = tried[int(np.argmax(raised))]
        for trial in trials:
            trial.raise_noise(winner)
        open_to_doubt[winner] = False
        found.append(winner)
    return found


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
    apart = _correlations(points, points, view.frame.length)
    priors = slope_priors(view)

    def fit(noise: Array) -> _Fit:
        return _Fit(tuple(_Part.fit(phi, apart, geometric, noise, prior) for prior in priors))

    noise = np.ones(len(points))
    best = fit(noise)
    suspects = _suspects(best, phi, np.zeros(len(points), bool) if trusted is None else trusted)
    if suspects:
        noise[suspects] = SUSPECT_NOISE
        best = fit(noise)
    aspect = view.stretch.aspect(points, sizes)
    named = tuple(int(rows[index]) for index in suspects)
    return AutoModel(view.geometry, points, geometric, aspect, best.parts, best.weights, noise, named, drawn, rows)


def farthest_points(points: Array, count: int) -> NDArray[np.intp]:
    """Indices of `count` points, each the farthest from those before it, the first one the lowest in the picture."""
    chosen = [int(np.argmax(points[:, 1]))]
    distances = np.full(len(points), np.inf)
    while len(chosen) < count:
        np.minimum(distances, ((points - points[chosen[-1]]) ** 2).sum(axis=1), out=distances)
        chosen.append(int(np.argmax(distances)))
    return np.array(chosen)
