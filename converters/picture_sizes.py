"""Sizes of pictures that no label tells: from the header, else from other pictures of the scene, or a fallback."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from converters.base import size_from_picture
from gta_head_tools.annotations import ImageAnnotations, ImageInfo, with_size
from gta_head_tools.dataset import Dataset, Loader, Scene, narrow


def _filled(infos: Sequence[ImageInfo], fallback: tuple[int, int] | None) -> Iterator[ImageInfo]:
    sizes = {info.size for info in infos if info.sized}
    size = sizes.pop() if len(sizes) == 1 else None if sizes else fallback
    yield from (with_size(info, size) if size and not info.sized else info for info in infos)


def fill_scene(scene: Scene, root: Path) -> Scene:
    """`scene` with the sizes that are not known taken from the pictures' headers, else from its other pictures.

    Raises:
        DataFormatError: a picture is there and cannot be read.
    """
    if all(info.sized for info in scene.images):
        return scene
    headed = [size_from_picture(info, root) for info in scene.images]
    return replace(scene, images=tuple(_filled(headed, None)))


def fill_sizes(dataset: Dataset, fallback: tuple[int, int] | None = None) -> Dataset:
    """The same data set; images of unknown size get that of their scene's other images, else `fallback`."""
    return replace(dataset, load=_Filling(dataset.load, fallback))


@dataclass(frozen=True, slots=True)
class _Filling:
    load: Loader
    fallback: tuple[int, int] | None

    def __call__(self, scene: Scene) -> Iterable[ImageAnnotations]:
        images = list(self.load(scene))
        infos = _filled([image.info for image in images], self.fallback)
        return [
            image if image.info.sized else image.replace(info=info) for image, info in zip(images, infos, strict=True)
        ]

    def only(self, scenes: tuple[Scene, ...]) -> Loader:
        return _Filling(narrow(self.load, scenes), self.fallback)
