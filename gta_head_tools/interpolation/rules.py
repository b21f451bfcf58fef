"""The rules by name: the paper's, simple ones, and the default, behind one function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.errors import ConfigError, UnknownNameError
from gta_head_tools.interpolation.auto import fit_auto
from gta_head_tools.interpolation.scene_frame import MIN_SPACING_HEADS, relative_affine
from gta_head_tools.interpolation.size_model import (
    Flag,
    Flags,
    Geometry,
    Prediction,
    SceneView,
    SizeModel,
    clamp,
    in_blocks,
    place_flags,
)

Array = NDArray[np.float64]

SPACING_TO_SIZE = 0.83
"""Head size over the fitted distance to the nearest neighbour, measured on real crowds; off by 29 % in the median."""
SPACING_SPREAD = 0.43
"""Relative standard deviation that goes with it."""
HEAD_HEIGHT = 1.65
"""Metres from the ground to the head joint of a standing person."""
HEAD_SIDES = (0.19, 0.23)
"""Metres, width and height of a head where no anchor gives the scale; an assumption."""
UNSCALED_SPREAD = 0.25
HEAD_SPREAD = 0.09
"""Relative spread of drawn sizes around the field: heads differ by 7 %, hands by 5 %."""

PointFunction = Callable[[Array], Array]


@dataclass(frozen=True)
class PlainModel:
    """The model of a plain rule: sizes without an estimate of their error.

    Attributes:
        rule: its name.
        geometry: of the scene.
        anchors: (N, 2) heads of the anchors.
        sides: points (M, 2) -> widths and heights (M, 2), not yet clamped; NaN where the rule has no answer.
        bounds: smallest and largest geometric size that is let through.
        spread: relative standard deviation of the field, NaN = unknown.
    """

    rule: str
    geometry: Geometry
    anchors: Array
    sides: PointFunction
    bounds: tuple[float, float]
    spread: float = float("nan")

    suspects: tuple[int, ...] = ()

    def predict(self, points: Array) -> Prediction:
        """Sizes at points (N, 2)."""
        return in_blocks(self._block, points)

    def _block(self, points: Array) -> tuple[Array, Array, Flags]:
        sides = self.sides(points)
        with np.errstate(invalid="ignore"):
            raw = np.sign(sides[:, 0]) * np.sqrt(np.abs(sides[:, 0] * sides[:, 1]))
        sizes, flags = clamp(raw, *self.bounds)
        flags |= place_flags(points, self.anchors, self.geometry)
        flags |= np.where(raw > 0, np.uint8(0), np.uint8(Flag.ABOVE_HORIZON))
        changed = (flags & (Flag.CLAMPED_LOW | Flag.CLAMPED_HIGH)) > 0
        # Sides that are not clamped stay bit for bit as the rule gives them.
        root = np.sqrt(np.abs(sides[:, 0] / sides[:, 1]), out=np.ones(len(points)), where=np.isfinite(sides[:, 0]))
        return (
            np.where(changed, sizes * root, sides[:, 0]),
            np.where(changed, sizes / root, sides[:, 1]),
            flags,
        )

    def errors(self, points: Array) -> tuple[Array, Array]:
        """Relative standard deviations (N,) of field and heads; NaN where the rule cannot tell (see `diagnosis`)."""
        field = np.full(len(points), self.spread)
        return field, np.sqrt(field**2 + HEAD_SPREAD**2)

    @property
    def expected_sizes(self) -> Array:
        """(N,) NaN: a plain rule cannot judge its anchors."""
        return np.full(len(self.anchors), np.nan)


def two_nearest(points: Array, anchors: Array, sizes: Array) -> Array:
    """Widths and heights (M, 2) by the GTA_Head paper, section 4.1.

    Every head takes the linear interpolation of its two nearest anchors, weights d2 / (d1 + d2) and d1 / (d1 + d2);
    nearer first, ties by order, 1/2 each where both distances are zero, constant with one anchor.
    """
    if len(anchors) == 1:
        return np.repeat(sizes, len(points), axis=0)
    dx = points[:, 0, None] - anchors[:, 0]
    dy = points[:, 1, None] - anchors[:, 1]
    distances = np.sqrt(dx * dx + dy * dy)
    rows = np.arange(len(points))
    first = distances.argmin(axis=1)
    d1 = distances[rows, first]
    distances[rows, first] = np.inf
    second = distances.argmin(axis=1)
    d2 = distances[rows, second]
    both = d1 + d2 == 0
    d1, d2 = np.where(both, 1.0, d1)[:, None], np.where(both, 1.0, d2)[:, None]
    mixed: Array = (d2 * sizes[first] + d1 * sizes[second]) / (d1 + d2)
    return mixed


def _fit_two_nearest(points: Array, sizes: Array, view: SceneView) -> SizeModel:
    # The rule cannot leave the range of its anchors. Without a clamp, published boxes are reproduced bit for bit.
    return PlainModel("two-nearest", view.geometry, points, lambda at: two_nearest(at, points, sizes), (0.0, np.inf))


def _fit_row(points: Array, sizes: Array, view: SceneView) -> SizeModel:
    """Linear in y between the anchors sorted by y, constant beyond; anchors of one row are averaged."""
    geometric = view.stretch.geometric(points, sizes)
    rows, group = np.unique(points[:, 1], return_inverse=True)
    means = np.bincount(group, weights=geometric) / np.bincount(group)
    return _by_field("row", points, sizes, view, lambda at: np.interp(at[:, 1], rows, means))


def _fit_affine(points: Array, sizes: Array, view: SceneView) -> SizeModel:
    """Robust plane; linear in y for two anchors or collinear ones, constant for one anchor or anchors of one row."""
    geometric = view.stretch.geometric(points, sizes)
    frame = view.frame
    phi = frame.phi(points)
    spread = np.linalg.svd(phi[:, 1:] - phi[:, 1:].mean(axis=0), compute_uv=False)
    if len(points) >= 3 and spread[-1] > 1e-3 * spread[0]:
        columns = [0, 1, 2]
    elif len(points) >= 2 and np.ptp(phi[:, 2]) > 1e-3:
        columns = [0, 2]
    else:
        columns = [0]
    theta = np.zeros(3)
    theta[columns] = relative_affine(phi[:, columns], geometric)
    return _by_field("affine", points, sizes, view, lambda at: frame.phi(at) @ theta)


def _by_field(
    rule: str, points: Array, sizes: Array, view: SceneView, field: PointFunction, reach: float = 1.0
) -> SizeModel:
    """A rule that interpolates the geometric size and shares one aspect; `reach` widens the clamps."""
    geometric, aspect = view.stretch.geometric(points, sizes), view.stretch.aspect(points, sizes)
    bounds = (0.2 / reach * float(geometric.min()), 5.0 * reach * float(geometric.max()))
    return PlainModel(rule, view.geometry, points, with_aspect(field, aspect, view.geometry), bounds)


def with_aspect(field: PointFunction, aspect: float, geometry: Geometry) -> PointFunction:
    """Widths and heights (N, 2) from geometric sizes (N,): one aspect, and the off-axis stretch."""
    root = float(np.sqrt(aspect))

    def sides(at: Array) -> Array:
        sizes = field(at)
        kx, ky = geometry.stretch.factors(at)
        return np.stack([sizes * root * kx, sizes / root * ky], axis=1)

    return sides


def _fit_camera(points: Array, sizes: Array, view: SceneView) -> SizeModel:
    """Focal length over depth on the plane of the heads, times one scale from the anchors (median).

    The height of the plane only scales all sizes, and anchors give that scale. Without anchors the height must be
    known, and a head is assumed to be 0.19 x 0.23 m; the report says so.

    Raises:
        ConfigError: the pose is unknown, or there are no anchors and the ground height is unknown.
    """
    camera, ground, size = view.camera, view.ground, view.size
    if camera is None:
        raise ConfigError("rule camera needs the pose of the camera (location, rotation, fov); --rule auto does not")
    if ground is None and not len(points):
        raise ConfigError("rule camera needs anchors, or the height of the ground: --ground Z")
    # With anchors any plane below the camera will do.
    heads = camera.location[2] - 1 if len(points) or ground is None else ground + HEAD_HEIGHT
    focal = camera.focal_length(size[1])

    def scale(at: Array) -> Array:
        return focal / camera.depth_on_plane(at, size, heads)

    if not len(points):
        width, height = HEAD_SIDES
        field = with_aspect(lambda at: scale(at) * np.sqrt(width * height), width / height, view.geometry)
        return PlainModel("camera", view.geometry, points, field, (1.0, float(max(size))), spread=UNSCALED_SPREAD)
    metres = view.stretch.geometric(points, sizes) / scale(points)
    if not np.isfinite(metres).any():
        raise ConfigError("rule camera: no anchor lies below the horizon of the camera; check its pose")
    head = float(np.nanmedian(metres))
    return _by_field("camera", points, sizes, view, lambda at: scale(at) * head, reach=2.0)


def _fit_spacing(points: Array, sizes: Array, view: SceneView) -> SizeModel:  # noqa: ARG001  # a Rule
    """Size from the spacing of the unlabelled heads; anchors are not used.

    Raises:
        ConfigError: fewer than 30 heads with a neighbour.
    """
    spacing = view.spacing
    if spacing is None:
        raise ConfigError(
            f"rule spacing needs at least {MIN_SPACING_HEADS} heads that have a neighbour in their image, "
            f"got {len(view.points)} heads; draw an anchor instead"
        )
    bounds = SPACING_TO_SIZE * spacing.level * np.array([0.1, 10.0])
    frame, aspect = view.frame, HEAD_SIDES[0] / HEAD_SIDES[1]
    field = with_aspect(lambda at: SPACING_TO_SIZE * spacing.at(frame.phi(at)), aspect, view.geometry)
    return PlainModel("spacing", view.geometry, points[:0], field, (bounds[0], bounds[1]), spread=SPACING_SPREAD)


def _fit_learned(points: Array, sizes: Array, view: SceneView) -> SizeModel:  # noqa: ARG001  # a Rule
    """Nothing is fitted: a network gives the sizes, see `given_sizes`.

    Raises:
        ConfigError: always; whoever has such sizes gives them to `fit_scene`.
    """
    raise ConfigError("rule learned takes sizes from a trained head-size network; name its run with --model")


class Rule(Protocol):
    """Fits sizes (N, 2) at points (N, 2) of one scene."""

    def __call__(self, points: Array, sizes: Array, view: SceneView) -> SizeModel: ...


RULES: dict[str, Rule] = {
    "auto": fit_auto,
    "two-nearest": _fit_two_nearest,
    "row": _fit_row,
    "affine": _fit_affine,
    "camera": _fit_camera,
    "spacing": _fit_spacing,
    "learned": _fit_learned,
}
WITHOUT_ANCHORS = frozenset({"camera", "spacing", "learned"})


def find_rule(name: str) -> str:
    """The registered name; `-` and `_` are the same.

    Raises:
        UnknownNameError: not registered; the message names the nearest.
    """
    key = name.strip().lower().replace("_", "-")
    if key not in RULES:
        raise UnknownNameError("rule", name, RULES)
    return key


def fit_sizes(
    points: Array,
    sizes: Array,
    view: SceneView,
    *,
    rule: str = "auto",
    trusted: NDArray[np.bool_] | None = None,
) -> SizeModel:
    """Head sizes as a function of position, from anchors and what is known of the scene.

    Args:
        points: (N, 2) heads of the anchors, pixels.
        sizes: (N, 2) drawn width and height, pixels.
        view: the scene.
        rule: a name of `RULES`.
        trusted: (N,) anchors that may not become suspects, for rule ``auto``.

    Raises:
        UnknownNameError: no such rule.
        ConfigError: the rule needs anchors, a camera or heads that the scene does not have.
        ValueError: shapes that do not fit, values that are not finite, or sizes that are not positive.
    """
    name = find_rule(rule)
    points, sizes = np.asarray(points, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    if points.shape != (len(points), 2) or sizes.shape != points.shape:
        raise ValueError(f"points and sizes are (N, 2), got {points.shape} and {sizes.shape}")
    bad = ~(np.isfinite(points).all(axis=1) & np.isfinite(sizes).all(axis=1) & (sizes > 0).all(axis=1))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ValueError(f"anchor {row}: point {points[row].tolist()} size {sizes[row].tolist()} is not usable")
    if not len(points) and name not in WITHOUT_ANCHORS:
        raise ConfigError(f"rule {name} needs at least one anchor; draw some, or ask for --rule spacing")
    if name == "auto":
        return fit_auto(points, sizes, view, trusted=trusted)
    return RULES[name](points, sizes, view)
