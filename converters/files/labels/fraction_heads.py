"""Heads whose coordinates are fractions of the width and height of their picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from converters.files.labels.label_folder import HeldHeads
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Scene
from gta_head_tools.geometry import centres


@dataclass(frozen=True, slots=True)
class FractionHeads:
    """Loader that gives heads in pixels; the size that an image has by then counts, also that of its turned view.

    Attributes:
        held: the heads, whose points and boxes are fractions; a point of NaN is the middle of its box.
    """

    held: HeldHeads

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        first, count = self.held.scenes[scene.name]
        bounds = self.held.bounds[first : first + count + 1]
        part, rows = self.held.heads, slice(bounds[0], bounds[-1])
        size_of = np.array([info.size for info in scene.images], dtype=np.float64).reshape(-1, 2)
        sizes = np.repeat(size_of, np.diff(bounds), axis=0)
        boxes = part.boxes[rows] * np.concatenate([sizes, sizes], axis=1)
        points = part.points[rows] * sizes
        points = np.where(np.isnan(points), centres(boxes), points)
        for array in (boxes, points):
            array.flags.writeable = False  # Other arrays are copied.
        extra = {name: column[rows] for name, column in part.extra.items()}
        heads = ImageAnnotations(
            part.info, points, boxes=boxes, ids=part.ids[rows], ignore=part.ignore[rows], extra=extra
        )
        return HeldHeads(heads, bounds - bounds[0], {scene.name: (0, count)})(scene)

    def only(self, scenes: tuple[Scene, ...]) -> FractionHeads:
        """The loader of these scenes alone."""
        return FractionHeads(self.held.only(scenes))
