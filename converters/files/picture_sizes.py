"""Sizes of pictures that no label tells: from the header, else from other pictures of the scene, or a fallback."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from converters.formats.format import size_from_picture
from gta_head_tools.annotations import ImageAnnotations, ImageInfo, with_size
from gta_head_tools.dataset import Scene


def _filled(infos: Sequence[ImageInfo], fallback: tuple[int, int] | None) -> Iterator[ImageInfo]:
    sizes = {info.size for info in infos if info.sized}
    size = sizes.pop() if len(sizes) == 1 else None if sizes else fallback
    yield from (with_size(info, size) if size and not info.sized else info for info in infos)


def fill_scene(scene: Scene, root: Path) -> Scene:
    """`scene` with the sizes that are not known taken from the pictures' headers, else from its other pictures."""
    if all(info.sized for info in scene.images):
        return scene
    headed = [size_from_picture(info, root) for info in scene.images]
    return replace(scene, images=tuple(_filled(headed, None)))


def fill_sizes(images: Sequence[ImageAnnotations], fallback: tuple[int, int] | None = None) -> list[ImageAnnotations]:
    """The images of a scene; those of unknown size get that of the others, else `fallback`."""
    infos = _filled([image.info for image in images], fallback)
    return [image if image.info.sized else image.replace(info=info) for image, info in zip(images, infos, strict=True)]
