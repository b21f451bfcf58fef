"""How good a fit is expected to be, and whether anchors contradict each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.interpolation.auto import AutoModel, fit_auto
from gta_head_tools.interpolation.expectation import Expectation, expect
from gta_head_tools.interpolation.priors import horizon_prior
from gta_head_tools.interpolation.rules import fit_sizes
from gta_head_tools.interpolation.size_model import Flag, SceneView, SizeModel
from gta_head_tools.interpolation.zones import ZonedModel

Array = NDArray[np.float64]
Grade = Literal["green", "amber", "red"]

GREEN, AMBER = 0.06, 0.12
"""Expected median errors of the size field up to which a scene is graded green and amber."""
FLAT, LOW = 0.05, 0.25
"""Extents of the anchors, as shares of the height that heads are spread over, below which they tell no slope at all,
and too little of it to trust the errors."""
CONTRADICTION = "anchors that take part in the fit contradict each other; check their boxes"
SAMPLE = 1000
"""Heads that the expected error is computed over; with more of them its median does not change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """How good a fit is, by the model's own estimate; fractions, over the heads of the scene.

    Attributes:
        expected: errors of the sizes and the overlap; None without heads.
        grade: green up to 6 %, amber up to 12 %, red above; red where the anchors cannot settle scale or slope, and
            never green where anchors that were used contradict each other.
        clamped: share of heads whose size was cut to the range allowed around the anchors' sizes.
        extrapolated: share of heads beyond the anchors' rectangle.
        priors: source of the slope prior and its weight; empty for plain rules.
        local_weight: weight of the local part (0..1).
        notes: remarks for the user.
    """

    expected: Expectation | None = None
    grade: Grade = "red"
    clamped: float = 0.0
    extrapolated: float = 0.0
    priors: Mapping[str, float] = field(default_factory=dict)
    local_weight: float = 0.0
    notes: tuple[str, ...]


def thinned(points: Array, count: int) -> Array:
    """At most `count` of the points, evenly taken."""
    return points[:: max(1, -(-len(points) // count))]


def diagnose(
    model: SizeModel, view: SceneView, points: Array, sizes: Array, *, shifts: Array | None = None
) -> Diagnosis:
    """Judge a fitted model over the heads of its scene.

    Plain rules give no error: they are compared with the default rule fitted to the same anchors, and the expected
    error of that rule is added to the difference in quadrature.

    Args:
        model: fitted to the anchors.
        view: the scene.
        points: (N, 2) heads of the anchors.
        sizes: (N, 2) drawn width and height.
        shifts: (N, 2) distance of the middles of the drawn boxes from those of the boxes that are made, in units of
            the size; None = there is none.
    """
    heads = thinned(view.points, SAMPLE)
    if not len(heads):
        return Diagnosis(notes=("the scene has no heads",))
    prediction = model.predict(heads)
    auto = _auto_parts(model)
    local = max((part.local_weight for part in auto), default=0.0)
    expected = expect(
        *expected_deviations(model, view, heads, points, sizes),
        aspects=sizes[:, 0] / sizes[:, 1],
        shifts=np.zeros((len(points), 2)) if shifts is None else shifts,
        at_least=local > 0.5 or isinstance(model, ZonedModel) or _low(view, points, LOW),
    )
    grade, notes = _grade(expected.field, view, points, model)
    if _contradict(model, view, points, sizes):
        grade, notes = "amber" if grade == "green" else grade, (*notes, CONTRADICTION)
    return Diagnosis(
        expected=expected,
        grade=grade,
        clamped=float(np.mean((prediction.flags & (Flag.CLAMPED_LOW | Flag.CLAMPED_HIGH)) > 0)),
        extrapolated=float(np.mean((prediction.flags & Flag.EXTRAPOLATED) > 0)),
        priors=auto[0].prior_weights if auto else {},
        local_weight=local,
        notes=notes,
    )


def _auto_parts(model: SizeModel) -> list[AutoModel]:
    parts = [model.scene, *(part for _, part, _ in model.zones)] if isinstance(model, ZonedModel) else [model]
    return [part for part in parts if isinstance(part, AutoModel)]


def _contradict(model: SizeModel, view: SceneView, points: Array, sizes: Array) -> bool:
    """True when a wrong anchor may still take part in the fit."""
    if not len(points) or model.rule == "spacing":
        return False
    pairs = contradictions(points, sizes)
    if any(left not in model.suspects and right not in model.suspects for left, right in pairs):
        return True
    auto = _auto_parts(model)
    if auto:
        return any(part.unresolved for part in auto)
    # A plain rule leaves no anchor out, so that one that the default rule names is in its fit.
    judge = fit_auto(points, sizes, view)
    return bool(judge.suspects) or judge.unresolved


def expected_deviations(
    model: SizeModel, view: SceneView, heads: Array, points: Array, sizes: Array
) -> tuple[Array, Array]:
    """Relative standard deviations (M,) of the size field of any rule at heads (M, 2), and of these heads around it."""
    field, single = model.errors(heads)
    if np.isfinite(field).all() or not len(points):
        return field, single
    yardstick = fit_sizes(points, sizes, view)
    difference = model.predict(heads).sizes / yardstick.predict(heads).sizes - 1
    field, single = yardstick.errors(heads)
    return np.hypot(field, difference), np.hypot(single, difference)


def _grade(median: float, view: SceneView, points: Array, model: SizeModel) -> tuple[Grade, tuple[str, ...]]:
    grade: Grade = "green" if median <= GREEN else "amber" if median <= AMBER else "red"
    notes = []
    horizon = horizon_prior(view) is not None
    if not len(points) and model.rule in {"pooled", "learned"}:
        return ("amber" if grade == "green" else grade), ()
    if not len(points):
        return "red", ("uncalibrated: no anchor gives the scale",)
    if len(points) == 1 and not horizon:
        grade = "red"
        notes.append("one anchor gives no slope, and the horizon is unknown")
    elif _low(view, points, FLAT):
        grade = "red"
        notes.append("all anchors are on one row, and the horizon is unknown")
    elif _low(view, points, LOW):
        grade = "amber" if grade == "green" else grade
        notes.append("the anchors lie at nearly one height of the picture; one far above or below them would help most")
    if len(points) <= 3 and model.rule == "auto":
        notes.append("a wrong anchor cannot be detected with three or fewer")
    return grade, tuple(notes)


def _low(view: SceneView, points: Array, share: float) -> bool:
    """True when anchors span less than a share of the height that heads are spread over, and no horizon helps."""
    if len(points) < 2 or horizon_prior(view) is not None:
        return False
    return bool(np.ptp(points[:, 1]) < share * view.frame.sides[1])


def contradictions(points: Array, sizes: Array) -> list[tuple[int, int]]:
    """Pairs of anchors closer than half a head whose sizes differ by more than 30 %."""
    geometric = np.sqrt(sizes.prod(axis=1))
    found = []
    for i in range(len(points)):
        near = np.hypot(*(points[i + 1 :] - points[i]).T) < 0.5 * np.minimum(geometric[i + 1 :], geometric[i])
        unlike = np.maximum(geometric[i + 1 :], geometric[i]) > 1.3 * np.minimum(geometric[i + 1 :], geometric[i])
        found += [(i, i + 1 + int(j)) for j in np.flatnonzero(near & unlike)]
    return found
