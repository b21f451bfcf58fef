"""Sizes of heads that come with the heads, one by one, instead of a model fitted to anchors: rule ``learned``.

Where pictures share no camera, no size follows from the place of a head. Something that sees the picture gives them
then, such as a trained network; the core knows nothing of it but these columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gta_head_tools.errors import ConfigError
from gta_head_tools.interpolation.image_exceptions import ImageFit
from gta_head_tools.interpolation.scene_input import SceneInput
from gta_head_tools.interpolation.size_model import Prediction, in_blocks

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GivenSizes:
    """A size for each head; a point has the size of the head that is nearest to it, so that a head has its own.

    Attributes:
        points: (N, 2) of the heads, at least one.
        sizes: (N,) sqrt(width height), in the same pixels.
        spreads: (N,) relative standard deviations of the sizes.
        aspect: width over height of all heads.
        rule: name of the rule.
    """

    points: Array
    sizes: Array
    spreads: Array
    aspect: float
    rule: str = "learned"
    suspects: tuple[int, ...] = ()

    @classmethod
    def join(cls, parts: Sequence[GivenSizes]) -> GivenSizes:
        """The heads of several images, of which one has some; they have one aspect."""
        parts = [part for part in parts if len(part.points)]
        points, sizes, spreads = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("points", "sizes", "spreads")
        )
        return cls(points, sizes, spreads, parts[0].aspect)

    def scaled(self, scale: Array) -> GivenSizes:
        """The same in other pixels, `scale` (2,) of these to one of those."""
        return GivenSizes(self.points / scale, self.sizes / np.sqrt(scale.prod()), self.spreads, self.aspect)

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.points)

    def _rows(self, points: Array) -> NDArray[np.intp]:
        return np.asarray(self._tree.query(points)[1], dtype=np.intp)

    def predict(self, points: Array) -> Prediction:
        """Sizes at points (N, 2)."""
        root = float(np.sqrt(self.aspect))

        def sides(at: Array) -> tuple[Array, Array, NDArray[np.uint8]]:
            sizes = self.sizes[self._rows(at)]
            return sizes * root, sizes / root, np.zeros(len(at), np.uint8)

        return in_blocks(sides, points)

    def errors(self, points: Array) -> tuple[Array, Array]:
        """Relative standard deviation (N,) of each head, twice: no field of sizes is told from single heads."""
        spreads = self.spreads[self._rows(points)]
        return spreads, spreads

    @property
    def expected_sizes(self) -> Array:
        """(0,): no anchor is judged."""
        return np.empty(0)


def given_fits(scene: SceneInput, given: Sequence[GivenSizes]) -> tuple[GivenSizes, Mapping[str, ImageFit]]:
    """The sizes of all heads of a scene, and by name the images, each with those of its own heads.

    Args:
        scene: with at least one head.
        given: for each image, in pixels of the images.

    Raises:
        ConfigError: two images of the scene have one name.
    """
    scaled = [each.scaled(scene.scale) for each in given]
    named = dict(zip((image.info.name for image in scene.images), scaled, strict=True))
    if len(named) < len(scaled):
        raise ConfigError(f"scene {scene.name}: has two images of one name; give them names of their own")
    return GivenSizes.join(scaled), {name: ImageFit(each) for name, each in named.items() if len(each.points)}
