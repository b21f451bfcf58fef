"""Which heads say most about the sizes of all others: a greedy choice under a fixed kernel.

Expected total error reduction: gain(c) = sum over heads t of cov(t, c)^2 / (s_t^2 (var_c + noise_c)), on relative
sizes; each choice counts as drawn before the next. (Krause, Singh, Guestrin, "Near-optimal sensor placements in
Gaussian processes", JMLR 2008, with this gain in place of theirs.) A choice changes the covariances by one outer
product, so that many choices cost little more than one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.interpolation.auto import fit_auto
from gta_head_tools.interpolation.diagnosis import thinned
from gta_head_tools.interpolation.priors import slope_priors
from gta_head_tools.interpolation.rules import HEAD_SIDES, SPACING_TO_SIZE
from gta_head_tools.interpolation.sight import Seen
from gta_head_tools.interpolation.size_model import SceneView

Array = NDArray[np.float64]

DESIGN_NOISE, DESIGN_STRENGTH, DESIGN_LENGTH = 0.11, 0.32, 0.35
"""The fixed kernel that anchors are chosen by. A fitted kernel that found a plane would never test it elsewhere."""
DRAWN_PIXEL = 1.0
"""Standard deviation of an edge that is drawn by hand, in pixels, beside the share of the size: of small heads it is
most of the error. Users see whole pixels of a picture, so that they can hardly draw more exactly."""
OUTERMOST = 0.05
"""Share of the heads, those nearest to the rim of the crowd, that are not chosen: they say most about a plane that
tilts, and least about ground that bends."""
TARGETS = 250
LOOKS = 40
"""Heads that are looked at for one that is seen well, before the best of those that are seen poorly is taken."""


class Design:
    """Covariances of relative sizes under the fixed design kernel, given the anchors so far.

    Args:
        view: the scene.
        points: (N, 2) heads of the anchors, N >= 0.
        sizes: (N, 2) drawn width and height.
    """

    def __init__(self, view: SceneView, points: Array, sizes: Array) -> None:
        self.view, self.points = view, points
        self.prior = max(slope_priors(view), key=lambda prior: prior.weight)
        self.model = fit_auto(points, sizes, view) if len(points) else None
        if self.model is not None:
            self.theta, smallest = self.model.theta, float(self.model.geometric.min())
        else:
            level = SPACING_TO_SIZE * view.spacing.level if view.spacing else 0.02 * max(view.size)
            self.theta, smallest = level * np.array([1.0, *self.prior.slopes]), level
        self.low = 0.35 * smallest

    def shape(self, at: Array) -> Array:
        """S (N,): the likely geometric size, never less than a third of the smallest anchor."""
        return np.maximum(self.view.frame.phi(at) @ self.theta, self.low)

    def likely_sides(self, at: Array) -> Array:
        """(N, 2) expected width and height; without anchors, of a first typical head and others that agree with it."""
        model, first = self.model, np.empty((0, 2))
        if model is None:
            size, root = float(self.shape(at[:1])[0]), float(np.sqrt(HEAD_SIDES[0] / HEAD_SIDES[1]))
            first = np.array([[size * root, size / root]])
            model = fit_auto(at[:1], first, self.view)
        prediction = model.predict(at[len(first) :])
        return np.vstack([first, np.stack([prediction.widths, prediction.heights], axis=1)])

    def whole(self, at: Array) -> NDArray[np.bool_]:
        """(N,) True for heads whose whole box is likely to be inside the picture."""
        half = self.shape(at)[:, None] / 2
        inside: NDArray[np.bool_] = np.all((at >= half) & (at <= np.asarray(self.view.size) - half), axis=1)
        return inside

    def inner(self, at: Array) -> NDArray[np.bool_]:
        """(N,) True for heads that are not among the outermost ones of the scene."""

        def rim(points: Array) -> Array:
            distances: Array = np.abs(self.view.frame.phi(points)[:, 1:]).max(axis=1)
            return distances

        return rim(at) <= np.quantile(rim(self.view.points), 1 - OUTERMOST)

    def covariance(self, left: Array, right: Array) -> Array:
        """Prior covariance (N, M) of the sizes at two sets of points, divided by the likely sizes of both."""
        frame = self.view.frame
        s_left, s_right = self.shape(left), self.shape(right)
        spread = self.theta[0] ** 2 * np.array([1.0, *self.prior.deviations]) ** 2
        squares = ((left[:, None] - right[None]) ** 2).sum(axis=2) / (-2.0 * (DESIGN_LENGTH * frame.length) ** 2)
        plane: Array = (frame.phi(left) * spread) @ frame.phi(right).T / np.outer(s_left, s_right)
        correlation: Array = plane + DESIGN_STRENGTH**2 * np.exp(squares)
        return correlation

    def noise(self, at: Array) -> Array:
        """Relative noise variance (N,) of a box drawn at points."""
        return DESIGN_NOISE**2 + (DRAWN_PIXEL / self.shape(at)) ** 2

    def best(self, candidates: Array, count: int, seen: Callable[[int], Seen] = lambda _: Seen.WELL) -> list[int]:
        """Rows of the candidates (N, 2) whose boxes lower the summed relative variance most, best first.

        Args:
            candidates: heads.
            count: how many to choose; fewer are chosen where no more can be seen.
            seen: how well a candidate can be seen. Those that are seen well come before the others.
        """
        targets = thinned(self.view.points, TARGETS)
        inverse = np.linalg.inv(self.covariance(self.points, self.points) + np.diag(self.noise(self.points)))
        near, far = self.covariance(candidates, self.points), self.covariance(targets, self.points)
        own = self.covariance(candidates, candidates) - near @ inverse @ near.T
        shared = self.covariance(targets, candidates) - far @ inverse @ near.T
        noise, free = self.noise(candidates), np.ones(len(candidates), dtype=bool)
        chosen: list[int] = []
        for _ in range(min(count, len(candidates))):
            gain = (shared**2).sum(axis=0) / (np.maximum(np.diagonal(own), 0.0) + noise)
            row = _first_seen(np.argsort(-gain, kind="stable"), free, seen)
            if row is None:
                break
            chosen.append(row)
            free[row] = False
            told = own[row] / (max(own[row, row], 0.0) + noise[row])
            shared -= np.outer(shared[:, row], told)
            own -= np.outer(own[:, row], told)
        return chosen


def _first_seen(order: NDArray[np.intp], free: NDArray[np.bool_], seen: Callable[[int], Seen]) -> int | None:
    """The first free row that is seen well, or else poorly; None = no row can be seen. Rows not seen lose freedom."""
    poor: list[int] = []
    for row in map(int, order[free[order]]):
        how = seen(row)
        if how == Seen.WELL:
            return row
        if how == Seen.NOT:
            free[row] = False
        else:
            poor.append(row)
        if len(poor) >= LOOKS:
            break
    return poor[0] if poor else None
