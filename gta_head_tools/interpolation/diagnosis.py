"""How good a fit is to be expected, which anchors look wrong, and which head to box next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from gta_head_tools.errors import ConfigError
from gta_head_tools.interpolation.auto import AutoModel
from gta_head_tools.interpolation.model import Flag, SceneView, SizeModel
from gta_head_tools.interpolation.priors import horizon_prior, slope_priors
from gta_head_tools.interpolation.rules import HEAD_SIDES, RULES, SPACING_TO_SIZE, fit_sizes
from gta_head_tools.interpolation.zones import ZonedModel, fit_zones

Array = NDArray[np.float64]
Grade = Literal["green", "amber", "red"]

GREEN, AMBER = 0.06, 0.12
"""Expected median error of the size field up to which a scene is graded so."""
MEDIAN_OF_NORMAL = 0.6745
HALF_NORMAL = ndtri(0.5 + (np.arange(50) + 0.5) / 100)
"""Evenly spaced quantiles of |error| / standard deviation."""
SAMPLE = 1000
"""Heads that the expected error is computed over: the median over more does not move."""

DESIGN_NOISE, DESIGN_STRENGTH, DESIGN_LENGTH = 0.11, 0.16, 0.35
"""The fixed kernel that anchors are chosen by: the fitted one believes in its plane and never tests it elsewhere."""
TARGETS, CANDIDATES = 250, 400


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a fit is worth, as the model itself expects; fractions, over the heads of the scene.

    Attributes:
        expected_median_error: of the size field; None without heads.
        expected_p95_error: of the size field.
        grade: green up to 6 %, amber up to 12 %, red above; always red where too little is known.
        at_least: the errors are a lower bound, because a local part or zones carry weight.
        clamped: share of heads whose size was cut to the range that anchors vouch for.
        extrapolated: share of heads beyond the anchors' rectangle.
        priors: source of the slope prior and its weight; empty for plain rules.
        local_weight: weight of the local part (0..1).
        notes: remarks for the user.
    """

    expected_median_error: float | None
    expected_p95_error: float | None
    grade: Grade
    at_least: bool
    clamped: float
    extrapolated: float
    priors: dict[str, float]
    local_weight: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A head whose anchor would help most.

    Attributes:
        image: index of the image in the view.
        head: index of the head in that image.
        point: x y.
        expected_before: median error without it, None with no anchors at all.
        expected_after: median error with it.
    """

    image: int
    head: int
    point: tuple[float, float]
    expected_before: float | None
    expected_after: float


def thinned(points: Array, count: int) -> Array:
    """At most `count` of the points, evenly taken."""
    return points[:: max(1, -(-len(points) // count))]


def diagnose(model: SizeModel, view: SceneView, points: Array, sizes: Array) -> Diagnosis:
    """Judge a fitted model over the heads of its scene.

    Plain rules have no error of their own: they are held against the default rule fitted to the same anchors, whose
    expected error is added to the difference in quadrature.

    Args:
        model: fitted to the anchors.
        view: the scene.
        points: (N, 2) heads of the anchors.
        sizes: (N, 2) drawn width and height.
    """
    heads = thinned(view.points, SAMPLE)
    if not len(heads):
        return Diagnosis(None, None, "red", False, 0.0, 0.0, {}, 0.0, ("the scene has no heads",))
    prediction = model.predict(heads)
    field = expected_field_error(model, view, heads, points, sizes)
    median = MEDIAN_OF_NORMAL * float(np.median(field))
    auto = [part for part in _auto_parts(model) if isinstance(part, AutoModel)]
    local = max((part.local_weight for part in auto), default=0.0)
    grade, notes = _grade(median, view, points, model)
    return Diagnosis(
        expected_median_error=median,
        expected_p95_error=float(np.quantile(np.outer(field, HALF_NORMAL), 0.95)),
        grade=grade,
        at_least=local > 0.5 or isinstance(model, ZonedModel),
        clamped=float(np.mean((prediction.flags & (Flag.CLAMPED_LOW | Flag.CLAMPED_HIGH)) > 0)),
        extrapolated=float(np.mean((prediction.flags & Flag.EXTRAPOLATED) > 0)),
        priors=auto[0].prior_weights if auto else {},
        local_weight=local,
        notes=notes,
    )


def _auto_parts(model: SizeModel) -> list[SizeModel]:
    return [model.scene, *(part for _, part, _ in model.zones)] if isinstance(model, ZonedModel) else [model]


def expected_field_error(model: SizeModel, view: SceneView, heads: Array, points: Array, sizes: Array) -> Array:
    """Relative standard deviation (M,) of the size field of any rule at heads (M, 2)."""
    field = model.errors(heads)[0]
    if np.isfinite(field).all() or not len(points):
        return field
    yardstick = fit_sizes(points, sizes, view)
    difference = model.predict(heads).sizes / yardstick.predict(heads).sizes - 1
    return np.hypot(yardstick.errors(heads)[0], difference)


def _grade(median: float, view: SceneView, points: Array, model: SizeModel) -> tuple[Grade, tuple[str, ...]]:
    grade: Grade = "green" if median <= GREEN else "amber" if median <= AMBER else "red"
    notes = []
    horizon = horizon_prior(view) is not None
    if not len(points) and model.rule == "pooled":
        return ("amber" if grade == "green" else grade), ()
    if not len(points):
        return "red", ("uncalibrated: no anchor gives the scale",)
    if len(points) == 1 and not horizon:
        grade = "red"
        notes.append("one anchor gives no slope, and the horizon is unknown")
    elif len(points) > 1 and not horizon and np.ptp(points[:, 1]) < 0.05 * view.frame.sides[1]:
        grade = "red"
        notes.append("all anchors are on one row, and the horizon is unknown")
    if len(points) <= 3 and model.rule == "auto":
        notes.append("a wrong anchor cannot be detected with three or fewer")
    return grade, tuple(notes)


def contradictions(points: Array, sizes: Array) -> list[tuple[int, int]]:
    """Pairs of anchors closer than half a head whose sizes differ by more than 30 %."""
    geometric = np.sqrt(sizes.prod(axis=1))
    found = []
    for i in range(len(points)):
        near = np.hypot(*(points[i + 1 :] - points[i]).T) < 0.5 * np.minimum(geometric[i + 1 :], geometric[i])
        unlike = np.maximum(geometric[i + 1 :], geometric[i]) > 1.3 * np.minimum(geometric[i + 1 :], geometric[i])
        found += [(i, i + 1 + int(j)) for j in np.flatnonzero(near & unlike)]
    return found


def suggest_anchors(
    points: Array,
    sizes: Array,
    view: SceneView,
    *,
    count: int = 1,
    zones: Sequence[Array] = (),
    allowed: Sequence[NDArray[np.bool_]] | None = None,
) -> list[Suggestion]:
    """The heads whose boxes would lower the expected error most, best first, each taking those before as drawn.

    Expected total error reduction under the fixed design kernel: gain(c) = sum over heads t of
    cov(t, c)^2 / (s_t^2 (var_c + noise_c)), on relative sizes.

    Args:
        points: (N, 2) heads of the anchors, N >= 0.
        sizes: (N, 2) drawn width and height.
        view: the scene.
        count: how many to suggest.
        zones: polygons (V, 2) that are fitted apart.
        allowed: per image (heads,) False for heads that are not to be suggested.

    Raises:
        ConfigError: no head is left to suggest.
    """
    images, rows = _candidates(view, allowed)
    if not len(images):
        raise ConfigError("no head of this scene can be suggested: none lies clear of its neighbours and the border")
    places = np.stack([view.heads[i][j] for i, j in zip(images, rows, strict=True)])
    design = _Design(view, points, sizes)
    whole = design.whole(places)
    if whole.any():
        images, rows, places = images[whole], rows[whole], places[whole]
    chosen: list[Suggestion] = []
    before = _expected(points, sizes, view, zones) if len(points) else None
    for _ in range(min(count, len(places))):
        best = design.best(places)
        points, sizes = np.vstack([points, places[best]]), np.vstack([sizes, design.likely_sides(places[best])])
        after = _expected(points, sizes, view, zones)
        spot = (float(places[best, 0]), float(places[best, 1]))
        chosen.append(Suggestion(int(images[best]), int(rows[best]), spot, before, after))
        before = after
        design = _Design(view, points, sizes)
    return chosen


def _candidates(
    view: SceneView, allowed: Sequence[NDArray[np.bool_]] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Image and head index of at most 400 heads that may be suggested, evenly taken."""
    masks = [np.ones(len(heads), bool) for heads in view.heads] if allowed is None else allowed
    pairs = [(np.full(int(mask.sum()), i), np.flatnonzero(mask)) for i, mask in enumerate(masks)]
    images = np.concatenate([image for image, _ in pairs]) if pairs else np.empty(0, np.intp)
    rows = np.concatenate([row for _, row in pairs]) if pairs else np.empty(0, np.intp)
    step = max(1, -(-len(images) // CANDIDATES))
    return images[::step], rows[::step]


def _expected(points: Array, sizes: Array, view: SceneView, zones: Sequence[Array]) -> float:
    """Expected median error of the default rule with these anchors."""
    model = fit_zones(points, sizes, view, zones)
    return MEDIAN_OF_NORMAL * float(np.median(model.errors(thinned(view.points, TARGETS))[0]))


class _Design:
    """Covariances of relative sizes under the fixed design kernel, given the anchors so far."""

    def __init__(self, view: SceneView, points: Array, sizes: Array) -> None:
        self.view, self.points = view, points
        self.prior = max(slope_priors(view), key=lambda prior: prior.weight)
        self.model = cast(AutoModel, RULES["auto"](points, sizes, view)) if len(points) else None
        if self.model is not None:
            self.theta, smallest = self.model.theta, float(self.model.geometric.min())
        else:
            level = SPACING_TO_SIZE * view.spacing.level if view.spacing else 0.02 * max(view.size)
            self.theta, smallest = level * np.array([1.0, *self.prior.slopes]), level
        self.low = 0.35 * smallest
        self.targets = thinned(view.points, TARGETS)
        self.inverse = self._inverse()

    def shape(self, at: Array) -> Array:
        """S (N,): the likely geometric size, never less than a third of the smallest anchor."""
        return np.maximum(self.view.frame.phi(at) @ self.theta, self.low)

    def likely_sides(self, at: Array) -> Array:
        """(2,) width and height to expect at one head."""
        if self.model is None:
            size, root = float(self.shape(at[None])[0]), float(np.sqrt(HEAD_SIDES[0] / HEAD_SIDES[1]))
            return np.array([size * root, size / root])
        prediction = self.model.predict(at[None])
        return np.array([prediction.widths[0], prediction.heights[0]])

    def whole(self, at: Array) -> NDArray[np.bool_]:
        """(N,) True for heads that are likely to lie in the picture with all of their box."""
        half = self.shape(at)[:, None] / 2
        inside: NDArray[np.bool_] = np.all((at >= half) & (at <= np.asarray(self.view.size) - half), axis=1)
        return inside

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
        return DESIGN_NOISE**2 + (0.4 / self.shape(at)) ** 2

    def _inverse(self) -> Array:
        matrix = self.covariance(self.points, self.points)
        return np.asarray(np.linalg.inv(matrix + np.diag(self.noise(self.points))), dtype=np.float64)

    def best(self, candidates: Array) -> int:
        """Row of the candidate whose box lowers the summed relative variance most."""
        near, far = self.covariance(candidates, self.points), self.covariance(self.targets, self.points)
        left = near @ self.inverse
        variance = self.covariance_diagonal(candidates) - (left * near).sum(axis=1)
        shared = self.covariance(self.targets, candidates) - far @ left.T
        gain = (shared**2).sum(axis=0) / (np.maximum(variance, 0.0) + self.noise(candidates))
        return int(np.argmax(gain))

    def covariance_diagonal(self, at: Array) -> Array:
        """Prior relative variance (N,) at points."""
        spread = self.theta[0] ** 2 * np.array([1.0, *self.prior.deviations]) ** 2
        plane: Array = (self.view.frame.phi(at) ** 2) @ spread / self.shape(at) ** 2
        return plane + DESIGN_STRENGTH**2
