"""Zones: parts of a picture with surfaces of their own, each fitted apart; and the fit of a whole scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.anchors.head_matching import Matched
from gta_head_tools.interpolation.rules import fit_sizes
from gta_head_tools.interpolation.scene_input import SceneInput
from gta_head_tools.interpolation.size_model import Prediction, SceneView, SizeModel
from gta_head_tools.regions import inside_polygon

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ZonedModel:
    """One model per zone; a point in no zone, or in one without anchors, takes the scene's.

    Attributes:
        scene: fitted to all anchors.
        zones: polygon (V, 2), model, and the rows of the scene's anchors it was fitted to.
    """

    scene: SizeModel
    zones: tuple[tuple[Array, SizeModel, NDArray[np.intp]], ...]

    @property
    def rule(self) -> str:
        """Name of the rule that made it."""
        return self.scene.rule

    @cached_property
    def suspects(self) -> tuple[int, ...]:
        """Anchors that contradict the others of their own zone; outside of zones, of the scene."""
        zoned = {int(row) for _, _, rows in self.zones for row in rows}
        found = {int(rows[index]) for _, model, rows in self.zones for index in model.suspects}
        return tuple(sorted(found | {row for row in self.scene.suspects if row not in zoned}))

    @cached_property
    def expected_sizes(self) -> Array:
        """(anchors,) geometric size that the other anchors of the zone predict."""
        expected = self.scene.expected_sizes.copy()
        for _, model, rows in self.zones:
            expected[rows] = model.expected_sizes
        return expected

    def _owners(self, points: Array) -> list[tuple[SizeModel, NDArray[np.bool_]]]:
        left = np.ones(len(points), dtype=bool)
        owners = []
        for polygon, model, _ in self.zones:
            rows = left & inside_polygon(points, polygon)
            left &= ~rows
            owners.append((model, rows))
        return [*owners, (self.scene, left)]

    def predict(self, points: Array) -> Prediction:
        """Sizes at points (N, 2)."""
        widths, heights = np.empty(len(points)), np.empty(len(points))
        flags = np.empty(len(points), dtype=np.uint8)
        for model, rows in self._owners(points):
            part = model.predict(points[rows])
            widths[rows], heights[rows], flags[rows] = part.widths, part.heights, part.flags
        return Prediction(widths, heights, flags)

    def errors(self, points: Array) -> tuple[Array, Array]:
        """Relative standard deviations (N,) of field and heads."""
        field, heads = np.empty(len(points)), np.empty(len(points))
        for model, rows in self._owners(points):
            field[rows], heads[rows] = model.errors(points[rows])
        return field, heads


def fit_zones(
    points: Array,
    sizes: Array,
    view: SceneView,
    zones: Sequence[Array],
    *,
    rule: str = "auto",
    trusted: NDArray[np.bool_] | None = None,
) -> SizeModel:
    """Like `fit_sizes`, with zones; the plain model when there are none.

    Args:
        points: (N, 2) heads of the anchors.
        sizes: (N, 2) drawn width and height.
        view: the scene.
        zones: polygons (V, 2); where two overlap the first one wins.
        rule: a name of `RULES`.
        trusted: (N,) anchors that may not become suspects.

    Raises:
        ConfigError: see `fit_sizes`.
    """
    scene = fit_sizes(points, sizes, view, rule=rule, trusted=trusted)
    parts = []
    free = np.ones(len(points), dtype=bool)
    for polygon in zones:
        rows = np.flatnonzero(free & inside_polygon(points, polygon))
        free[rows] = False
        if len(rows):
            part, sure = view.within(polygon), None if trusted is None else trusted[rows]
            model = fit_sizes(points[rows], sizes[rows], part, rule=rule, trusted=sure)
            parts.append((polygon, model, rows))
    return ZonedModel(scene, tuple(parts)) if parts else scene


def fit_matched(scene: SceneInput, matched: Matched) -> SizeModel:
    """A model of some anchors of a scene by the scene's rule, in its zones.

    Raises:
        ConfigError: see `fit_sizes`.
    """
    return fit_zones(
        matched.points, matched.sizes, scene.view, scene.zones, rule=scene.settings.rule, trusted=matched.trusted
    )
