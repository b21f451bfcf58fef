"""Heads that are needed again soon: a bounded part of them stays in memory, so that its files are parsed only once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from converters.files.labels.fraction_heads import FractionHeads
from converters.files.labels.label_folder import HeldHeads
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, InMemory, Loader, Scene, narrow

MOST_HELD = 128 << 20
"""Bytes of held heads: those of a data set of the size of GTA_Head, 1.7 million in 5,096 images, take 109 MB."""
_IMAGE = 2 << 10
"""Bytes that an image takes beside its columns."""


def held_once_read(dataset: Dataset, *, most: int = MOST_HELD) -> Dataset:
    """The same data set, whose scenes stay in memory once they are read, for jobs that read it more than once.

    A data set whose reader has all heads in memory is returned as it is.

    Args:
        dataset: what is read.
        most: bytes that the held scenes may take; the other scenes are read again each time.
    """
    there = isinstance(dataset.load, (HeldHeads, FractionHeads, InMemory))
    return dataset if there else replace(dataset, load=_Holding(dataset.load, most))


def once_read(dataset: Dataset) -> Dataset:
    """The data set with heads that all stay in memory once they are read, for heads that must not be made twice."""
    kept: dict[str, list[ImageAnnotations]] = {}

    def load(scene: Scene) -> Iterator[ImageAnnotations]:
        if scene.name in kept:
            yield from kept[scene.name]
            return
        images = []
        for image in dataset.load(scene):
            images.append(image)
            yield image
        kept[scene.name] = images

    return replace(dataset, load=load)


class _Holding:
    """Loader that holds the heads of scenes that were read.

    Attributes:
        load: reads a scene.
        left: bytes that more scenes may take.
        held: heads of a scene by its name, with that scene: another one of this name is read.
    """

    def __init__(self, load: Loader, most: int) -> None:
        self.load, self.left = load, most
        self.held: dict[str, tuple[Scene, tuple[ImageAnnotations, ...]]] = {}

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        if self._holds(scene):
            yield from self.held[scene.name][1]
            return
        images: list[ImageAnnotations] = []
        left = self.left
        for image in self.load(scene):
            left -= _size(image)
            if left < 0:
                images.clear()
            else:
                images.append(image)
            yield image
        if left >= 0 and scene.name not in self.held:
            self.held[scene.name], self.left = (scene, tuple(images)), left

    def only(self, scenes: tuple[Scene, ...]) -> Loader:
        """The loader of these scenes alone; their heads, where all of them are held."""
        if all(map(self._holds, scenes)):
            return InMemory({scene.name: self.held[scene.name][1] for scene in scenes})
        return narrow(self.load, scenes)

    def _holds(self, scene: Scene) -> bool:
        return scene.name in self.held and self.held[scene.name][0] is scene


def _size(image: ImageAnnotations) -> int:
    columns = (image.points, image.boxes, image.ids, image.ignore, *image.extra.values())
    return _IMAGE + sum(column.nbytes for column in columns)
