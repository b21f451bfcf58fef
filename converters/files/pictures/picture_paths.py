"""Paths and names of pictures, for formats whose label files name their pictures."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TypeVar

from converters.files.numbers.number_table import is_whole
from converters.files.pictures.joined_names import finder
from converters.files.pictures.pictures import ORIGINAL_PATH, fill_scene, picture_suffix
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import composed, inside, without_picture_suffix

Name = TypeVar("Name")

_TOGETHER = 1 << 11
"""Heads that are written together: bounds the memory, and keeps the arrays in the cache."""
_AS_NAMED: Mapping[str, str] = MappingProxyType({})


def kept_path(dataset: Dataset, info: ImageInfo) -> str:
    """The path that names a picture in the formats that keep names: POSIX, relative, with the name of the image.

    Raises:
        DataFormatError: it leaves the folder it is resolved in.
    """
    path = without_picture_suffix(inside(info.facts.get(ORIGINAL_PATH, info.path), path=dataset.source))
    own = path.rpartition("/")[2]
    name = path if composed(own) == info.name else path.removesuffix(own) + info.name
    return inside(name + picture_suffix(dataset, info), path=dataset.source)


def kept_paths(dataset: Dataset) -> list[list[str]]:
    """`kept_path` of every image, scene by scene; where two would be equal, the paths at which the pictures lie.

    Raises:
        DataFormatError: a path leaves the folder it is resolved in.
    """
    kept = [[kept_path(dataset, info) for info in scene.images] for scene in dataset.scenes]
    if len({name for names in kept for name in names}) == dataset.image_count:
        return kept
    return [[inside(info.path, path=dataset.source) for info in scene.images] for scene in dataset.scenes]


def flat_names(dataset: Dataset, *, by_split: bool = False) -> list[list[str]]:
    """The file name of every picture for formats without sub-folders, scene by scene.

    Where two names would be equal, the folders of all pictures are a part of their names, joined with `_`.

    Args:
        dataset: to be written.
        by_split: each split has a folder of its own, so that names of different splits may be equal.

    Raises:
        DataFormatError: a path leaves the folder it is resolved in.
        DatasetLayoutError: two names are equal, folders and all, or one begins with a dot, so that readers would pass
            over it.
    """
    kept = [
        [
            (info.split or "" if by_split else "", PurePosixPath(name))
            for info, name in zip(scene.images, part, strict=True)
        ]
        for scene, part in zip(dataset.scenes, kept_paths(dataset), strict=True)
    ]
    bare = [(split, composed(without_picture_suffix(path.name))) for part in kept for split, path in part]
    hidden = next((name for _, name in bare if name.startswith(".")), None)
    if hidden is not None:
        problem = f"the name {hidden!r} in it begins with a dot, which hides it; rename it"
        raise DatasetLayoutError(dataset.source, problem)
    unique = len(set(bare)) == len(bare)
    names = [[(split, path.name if unique else "_".join(path.parts)) for split, path in part] for part in kept]
    if not unique:
        taken = [[f"{split}/{without_picture_suffix(name)}" for split, name in part] for part in names]
        check_distinct(taken, path=dataset.source)
    return [[name for _, name in part] for part in names]


def check_distinct(names: Iterable[Sequence[str]], *, path: Path) -> None:
    """Refuse names of images (or scenes) of which two are equal, also in different Unicode forms.

    Raises:
        DatasetLayoutError: the message names the first that is taken twice.
    """
    seen: set[str] = set()
    for name in (name for part in names for name in part):
        if composed(name) in seen:
            raise DatasetLayoutError(path, f"two would both be written as {name!r}; rename one of them in the source")
        seen.add(composed(name))


def first_broken(names: Iterable[Sequence[str]], *, more: str = "") -> str | None:
    """The first name that a list would break at a blank, or at one of the characters `more`; None = there is none."""
    return next(
        (name for part in names for name in part if name.split() != [name] or any(sign in name for sign in more)), None
    )


def holders(
    scenes: Sequence[Scene],
    folders: Mapping[str | None, Sequence[Path]],
    *,
    expected: Path,
    files: Mapping[str, str] = _AS_NAMED,
) -> list[list[Path]]:
    """The folder that each picture lies in, scene by scene.

    Args:
        scenes: with the paths of pictures as a label file gives them.
        folders: split to the folders to look in, the first that has the picture counts.
        expected: the folder of a picture that is in none of them.
        files: path of a picture to the path at which it lies in its folder, where that is another one.
    """
    find = finder()
    there = {split: [folder for folder in places if folder.is_dir()] for split, places in folders.items()}
    return [
        [
            next((folder for folder in there[info.split] if find(folder, files.get(info.path, info.path))), expected)
            for info in scene.images
        ]
        for scene in scenes
    ]


def placed(
    scenes: Sequence[Scene], folders: Sequence[Sequence[Path]], root: Path, *, files: Mapping[str, str] = _AS_NAMED
) -> tuple[Scene, ...]:
    """The scenes with the paths of their pictures relative to `root`, and with their sizes filled in.

    Args:
        scenes: with the paths of pictures as a label file gives them, which go on naming them.
        folders: of each picture, as from `holders`; all below `root`.
        root: of the data set.
        files: as for `holders`.
    """
    find = finder()
    prefixes = {
        folder: folder.relative_to(root).as_posix() for folder in {each for places in folders for each in places}
    }
    moved = (
        tuple(
            named(info, _below(prefixes[folder], find(folder, files.get(info.path, info.path)) or info.path))
            for info, folder in zip(scene.images, places, strict=True)
        )
        for scene, places in zip(scenes, folders, strict=True)
    )
    return tuple(fill_scene(replace(scene, images=images), root) for scene, images in zip(scenes, moved, strict=True))


def _below(folder: str, path: str) -> str:
    return (
        (PurePosixPath(folder) / path).as_posix()
        if "//" in path or "." in path.split("/")
        else (path if folder == "." else f"{folder}/{path}")
    )


def named(info: ImageInfo, path: str) -> ImageInfo:
    """`info` with `path` as the place of its picture; the path that it had is kept as the fact `ORIGINAL_PATH`."""
    if path == info.path:
        return info
    return replace(info, path=path, facts={**info.facts, ORIGINAL_PATH: info.path})


def whole_stems(names: Sequence[Sequence[str]], *, width: int = 1) -> list[list[str]]:
    """A whole number as a name for every picture, scene by scene.

    Args:
        names: of the pictures, scene by scene.
        width: fewest digits of numbers that are counted.

    Returns:
        The pictures' own stems where all are whole numbers and no two are equal, else 1, 2, 3, ... in their order.
    """
    own = [[without_picture_suffix(PurePosixPath(name).name) for name in part] for part in names]
    every = [stem for part in own for stem in part]
    if all(map(is_whole, every)) and len(set(map(int, every))) == len(every):
        return own
    numbers = itertools.count(1)
    return [[f"{next(numbers):0{width}}" for _ in part] for part in own]


def each_image(dataset: Dataset, names: Iterable[Iterable[Name]]) -> Iterator[tuple[ImageAnnotations, Name]]:
    """Every image of a data set with its name (or names), which are given scene by scene."""
    for scene, scene_names in zip(dataset.scenes, names, strict=True):
        yield from zip(dataset.load(scene), scene_names, strict=True)


def in_groups(images: Iterable[tuple[ImageAnnotations, Name]]) -> Iterator[list[tuple[ImageAnnotations, Name]]]:
    """What `each_image` gives, some thousand heads at a time, to be written together."""
    group: list[tuple[ImageAnnotations, Name]] = []
    heads = 0
    for image, name in images:
        if group and heads + len(image) > _TOGETHER:
            yield group
            group, heads = [], 0
        group.append((image, name))
        heads += len(image)
    if group:
        yield group
