"""What is known about the slope of head sizes before any anchor is drawn.

On one plane, size is proportional to 1 / depth, and 1 / depth is affine in the pixel position. In the frame of the
heads the field is A (1 + bu u + bv v); each source below says which bu and bv to expect, and how surely.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.interpolation.size_model import SceneView

Array = NDArray[np.float64]

HORIZON_UNCERTAINTY = 0.01
"""Radians: about half a degree."""


@dataclass(frozen=True, slots=True)
class SlopePrior:
    """Expected relative slopes of the field of sizes, and their standard deviations.

    Attributes:
        source: ``horizon``, ``spacing`` or ``default``.
        slopes: bu, bv.
        deviations: of bu and of bv.
        weight: prior probability among the sources of a scene.
        clamps: how far sizes may leave the range of the anchors, as factors of the smallest and of the largest.
    """

    source: str
    slopes: tuple[float, float]
    deviations: tuple[float, float]
    weight: float = 1.0
    clamps: tuple[float, float] = (0.2, 5.0)


def slope_priors(view: SceneView) -> tuple[SlopePrior, ...]:
    """The sources that a scene offers; weights add up to one.

    A horizon is right on a horizontal plane and harmful off it, so it is never trusted alone: the fit mixes it with
    the other source by evidence.
    """
    other = spacing_prior(view) or SlopePrior("default", (0.0, 1.2), (0.25, 0.5))
    horizon = horizon_prior(view)
    if horizon is None:
        return (other,)
    return (_weighted(horizon, 0.6), _weighted(other, 0.4))


def _weighted(prior: SlopePrior, weight: float) -> SlopePrior:
    return SlopePrior(prior.source, prior.slopes, prior.deviations, weight, prior.clamps)


def spacing_prior(view: SceneView) -> SlopePrior | None:
    """Slopes from the spacing between unlabelled heads, None with fewer than 30 of them."""
    if view.spacing is None:
        return None
    pu = min(max(view.spacing.slopes[0], -2.0), 2.0)
    pv = min(max(view.spacing.slopes[1], 0.0), 2.0)
    return SlopePrior("spacing", (0.45 * pu, 0.45 + 0.6 * pv), (0.20, 0.35))


def horizon_prior(view: SceneView) -> SlopePrior | None:
    """Slopes from the horizon, drawn or of the camera; None when there is none or the heads are not below it."""
    line = depression(view)
    if line is None:
        return None
    slope_x, slope_y, _ = line
    middle = float(below_horizon(line, np.array([view.frame.centre]))[0])
    if middle <= 0:
        return None
    bu, bv = slope_x * view.frame.sides[0] / middle, slope_y * view.frame.sides[1] / middle
    doubt = min(HORIZON_UNCERTAINTY / middle, 0.5)
    deviations = (max(abs(bv), 0.3) * doubt + 0.02, abs(bv) * doubt + 0.02)
    return SlopePrior("horizon", (bu, bv), deviations, clamps=(0.1, 10.0))


def depression(view: SceneView) -> tuple[float, float, float] | None:
    """(a, b, c) of D = a x + b y + c, proportional to 1 / depth on any horizontal plane, zero on the horizon."""
    width, height = view.size
    if view.horizon is not None:
        (x0, y0), (x1, y1) = view.horizon
        across = np.array([y0 - y1, x1 - x0]) * (1.0 if x1 >= x0 else -1.0)
        # In radians for a focal length of the larger side: the uncertainty of the horizon is given in radians.
        across /= np.hypot(*across) * max(width, height)
        return float(across[0]), float(across[1]), float(-across @ (x0, y0))
    if view.camera is None:
        return None
    focal = view.camera.focal_length(height)
    right, down, forward = view.camera.down()
    a, b = right / focal, down / focal
    return float(a), float(b), float(forward - a * width / 2 - b * height / 2)


def below_horizon(line: tuple[float, float, float], points: Array) -> Array:
    """D (N,) at points (N, 2): positive below the horizon."""
    height: Array = points @ np.array(line[:2]) + line[2]
    return height
