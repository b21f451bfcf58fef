"""A folder of pictures without heads; never detected, read when asked for by name.

Pictures are found in all sub-folders, in natural order of their paths; every one is an image with zero heads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from converters.files.labels.scene_names import SceneGrouping, group_scenes
from converters.files.pictures.pictures import fill_scene
from converters.formats.format import Format
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import existing_folder, find_pictures, own_name


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options of reading.

    Attributes:
        scenes: what makes a scene: the pictures of a folder (``auto``, ``folder``), each picture, or all in one.
    """

    scenes: SceneGrouping = "auto"


def read(path: Path, options: ReadOptions) -> Dataset:
    """The pictures below `path`; their headers are read when it is iterated.

    Raises:
        DatasetLayoutError: no folder, or no picture in it.
    """
    pictures = find_pictures(existing_folder(path))
    if not pictures:
        raise DatasetLayoutError(path, "no pictures there; name the folder that holds them")
    infos = (ImageInfo(picture.relative_to(path).as_posix()) for picture in pictures)
    scenes = group_scenes(infos, options.scenes, name=own_name(path))
    return Dataset(path, scenes, partial(_load, path), path)


def _load(root: Path, scene: Scene) -> Iterator[ImageAnnotations]:
    return map(ImageAnnotations, fill_scene(scene, root).images)


FORMAT = Format(
    holds=frozenset(),
    read=read,
    options=ReadOptions,
)
