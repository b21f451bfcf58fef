"""One scale for many still pictures: the spacing of heads gives the shape of each, pooled anchors the scale.

Within a picture, size = ratio x (spacing in the middle of its frame) x (1 + bu u + bv v), with the slopes of the
spacing prior. The ratio is learned from the pictures that have anchors. Pictures with fewer than 30 heads have no
spacing: they take the pooled size itself and the default slope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.errors import ConfigError
from gta_head_tools.interpolation.priors import slope_priors
from gta_head_tools.interpolation.rules import SPACING_SPREAD, PlainModel, with_aspect
from gta_head_tools.interpolation.scene_input import SceneInput
from gta_head_tools.interpolation.size_model import SceneView

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What anchors of several pictures have in common.

    Attributes:
        ratio: head size over spacing; NaN when no anchored picture has a spacing.
        ratio_spread: standard deviation of its log between pictures and heads.
        size: geometric mean of head sizes as a share of the picture's larger side.
        size_spread: standard deviation of its log.
        aspect: width / height.
        offset: median shift of box middles in units of the size.
        anchors: how many.
        images: in how many pictures.
    """

    ratio: float
    ratio_spread: float
    size: float
    size_spread: float
    aspect: float
    offset: tuple[float, float]
    anchors: int
    images: int


def part_of_pool(scene: SceneInput) -> tuple[SceneView, Array, Array, Array]:
    """What a scene adds to the pool, see `pool_anchors`."""
    return scene.view, scene.matched.points, scene.matched.sizes, scene.matched.offset


def pool_anchors(scenes: Iterable[tuple[SceneView, Array, Array, Array]]) -> Pool:
    """Pool anchors over scenes.

    Args:
        scenes: view, heads of the anchors (N, 2), their sizes (N, 2), their offset (2,); scenes without anchors are
            passed over.

    Raises:
        ConfigError: no scene has an anchor.
    """
    used = [entry for entry in scenes if len(entry[1])]
    if not used:
        raise ConfigError("--pool needs anchors in at least one picture; draw some, or ask for --rule spacing")
    shares = [np.log(view.stretch.geometric(points, sizes) / max(view.size)) for view, points, sizes, _ in used]
    ratios = [_log_ratios(view, points, sizes) for view, points, sizes, _ in used if view.spacing is not None]
    ratio, ratio_spread = _between(ratios)
    size, size_spread = _between(shares)
    aspects = [view.stretch.aspect(points, sizes) for view, points, sizes, _ in used]
    offset = np.median([offset for _, _, _, offset in used], axis=0)
    return Pool(
        ratio=ratio,
        ratio_spread=ratio_spread,
        size=size,
        size_spread=size_spread,
        aspect=float(np.median(aspects)),
        offset=(float(offset[0]), float(offset[1])),
        anchors=sum(len(points) for _, points, _, _ in used),
        images=len(used),
    )


def _log_ratios(view: SceneView, points: Array, sizes: Array) -> Array:
    assert view.spacing is not None
    ratios: Array = np.log(view.stretch.geometric(points, sizes) / (view.spacing.level * _shape(view)(points)))
    return ratios


def _shape(view: SceneView) -> Callable[[Array], Array]:
    """Relative size (N,) at points (N, 2), 1 in the middle of the picture's frame."""
    frame, prior = view.frame, max(slope_priors(view), key=lambda each: each.weight)
    slopes = np.array([1.0, *prior.slopes])

    def shape(at: Array) -> Array:
        relative: Array = np.maximum(frame.phi(at) @ slopes, 0.1)
        return relative

    return shape


def _between(groups: list[Array]) -> tuple[float, float]:
    """Median over pictures of exp(mean log), and the standard deviation of its log, which few pictures make larger."""
    if not groups:
        return float("nan"), float("nan")
    means = np.array([group.mean() for group in groups])
    count = len(means)
    prior = SPACING_SPREAD**2 / 2
    # Variance between pictures; with few pictures it stays near the value measured on public crowds.
    variance = (float(((means - np.median(means)) ** 2).sum()) + 2 * prior) / (count + 2)
    return float(np.exp(np.median(means))), float(np.sqrt(variance * (1 + 1 / count)))


def fit_pooled(pool: Pool, view: SceneView) -> PlainModel:
    """Sizes of a picture without anchors of its own."""
    shaped = view.spacing is not None and np.isfinite(pool.ratio)
    if view.spacing is not None and shaped:
        level, spread = pool.ratio * view.spacing.level, pool.ratio_spread
    else:
        level, spread = pool.size * max(view.size), pool.size_spread
    shape = _shape(view)
    field = with_aspect(lambda at: level * shape(at), pool.aspect, view.geometry)
    return PlainModel("pooled", view.geometry, np.empty((0, 2)), field, (0.1 * level, 10 * level), spread=spread)
