"""Heads of a whole label file, held as columns sorted by image: the loader of formats with one big file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Scene


@dataclass(frozen=True, slots=True)
class HeldHeads:
    """Loader of heads at hand; the heads of an image, and the images of a scene, lie one after the other.

    Attributes:
        heads: of all images; its info is not used.
        bounds: int64 (M + 1,), the heads of image m are `bounds[m]` to `bounds[m + 1]`.
        scenes: scene name to the number of its first image, and how many it has.
    """

    heads: ImageAnnotations
    bounds: NDArray[np.int64]
    scenes: dict[str, tuple[int, int]]

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        first, count = self.scenes[scene.name]
        if len(scene.images) != count:
            raise ValueError(f"scene {scene.name!r} was read with {count} images, not {len(scene.images)}")
        for number, info in enumerate(scene.images, start=first):
            yield _part(self.heads, info, slice(self.bounds[number], self.bounds[number + 1]))

    def only(self, scenes: tuple[Scene, ...]) -> HeldHeads:
        """The loader of these scenes alone."""
        images = [np.arange(first, first + count) for first, count in (self.scenes[scene.name] for scene in scenes)]
        picked = np.concatenate([np.empty(0, dtype=np.int64), *images])
        counts = np.diff(self.bounds)[picked]
        rows = np.concatenate(
            [np.empty(0, dtype=np.int64), *(np.arange(self.bounds[image], self.bounds[image + 1]) for image in picked)]
        )
        return HeldHeads(self.heads.select(rows), _bounds(counts), _places(scenes))


def hold(heads: ImageAnnotations, images: NDArray[np.int64], scenes: tuple[Scene, ...]) -> HeldHeads:
    """The loader of heads in any order; the heads of an image keep theirs.

    Args:
        heads: of all images.
        images: (N,) the number of each head's image, counted over all scenes in their order.
        scenes: of the data set.
    """
    total = sum(len(scene.images) for scene in scenes)
    if np.any(images[1:] < images[:-1]):
        heads = heads.select(np.argsort(images, kind="stable"))
    return HeldHeads(heads, _bounds(np.bincount(images, minlength=total)), _places(scenes))


def _part(heads: ImageAnnotations, info: ImageInfo, rows: slice) -> ImageAnnotations:
    return ImageAnnotations(
        info,
        heads.points[rows],
        boxes=heads.boxes[rows],
        ids=heads.ids[rows],
        ignore=heads.ignore[rows],
        extra={name: values[rows] for name, values in heads.extra.items()},
    )


def _bounds(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)])


def _places(scenes: tuple[Scene, ...]) -> dict[str, tuple[int, int]]:
    places: dict[str, tuple[int, int]] = {}
    first = 0
    for scene in scenes:
        places[scene.name] = (first, len(scene.images))
        first += len(scene.images)
    return places
