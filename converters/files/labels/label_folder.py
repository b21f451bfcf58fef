"""Label files and their pictures: one label file for many pictures, or one label file for each picture."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converters.files.labels.scene_names import SceneGrouping, group_scenes
from converters.files.pictures.joined_names import bare_pictures
from converters.files.pictures.picture_paths import check_distinct, holders, placed
from converters.files.pictures.pictures import ORIGINAL_PATH, measured_size
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import names_in, natural_key, own_name, picture_suffix_of
from gta_head_tools.unreadable import each_readable


def label_file(path: Path, names: Sequence[str]) -> Path:
    """The label file that a path means: the first of these names in a folder, or the path itself.

    Raises:
        DatasetLayoutError: a folder without such a file.
    """
    file = next((path / name for name in names if (path / name).is_file()), path)
    if file.is_dir():
        raise DatasetLayoutError(path, f"no {names[0]} in this folder; check the folder, or name the file")
    return file


def set_folder(file: Path, folders: Collection[str]) -> Path:
    """The folder of the data set that a label file is of: the one it lies in, or the one above.

    Args:
        file: of labels.
        folders: names of the folders that hold label files and nothing else.
    """
    home = file.parent
    if own_name(home.absolute()) not in folders:
        return home
    return home.parent if home.name not in {"", ".."} else home / ".."


def folders_called(folder: Path, names: Collection[str]) -> list[Path]:
    """The folders in a folder that have one of these names, in small or capital letters, in order.

    Raises:
        DatasetLayoutError: the folder cannot be listed.
    """
    return sorted(place for name in names_in(folder) if name.lower() in names and (place := folder / name).is_dir())


def from_one_file(
    path: Path,
    file: Path,
    names: Sequence[str],
    heads: ImageAnnotations,
    images: NDArray[np.int64],
    *,
    bare: bool = False,
    scenes: SceneGrouping,
    scene_name: str,
    notes: tuple[str, ...] = (),
) -> Dataset:
    """The data set of one label file, whose pictures lie beside it or in `images/`; scenes and images in natural order.

    Args:
        path: what the user names, the label file or its folder.
        file: the label file.
        names: paths of the pictures as the file gives them, all different.
        heads: of all pictures, in any order; those of a picture keep theirs.
        images: (N,) the place of each head's picture in `names`.
        bare: the names may lack their suffix, which is that of the picture of this name, `.jpg` where there is none.
        scenes: how pictures make scenes.
        scene_name: of the scene of pictures that lie in no folder.
        notes: of the data set.

    Raises:
        DatasetLayoutError: two names mean one picture.
    """
    root = file.parent
    folders = [root, root / "images"]
    pictures = {name: name for name in names}
    there = bare_pictures(folders, [name for name in names if not picture_suffix_of(name)]) if bare else {}
    if bare:
        suffixes = {name: picture_suffix_of(there.get(name, f"{name}.jpg")) for name in names}
        pictures |= {name: name + suffixes[name] for name in names if not picture_suffix_of(name)}
        check_distinct([list(pictures.values())], path=file)
    files = {pictures[name]: lies for name, lies in there.items()}
    infos = [ImageInfo(pictures[name]) for name in sorted(names, key=natural_key)]
    grouped = tuple(sorted(group_scenes(infos, scenes, name=scene_name), key=lambda scene: natural_key(scene.name)))
    places = {info.path: place for place, info in enumerate(info for scene in grouped for info in scene.images)}
    numbers = np.array([places[pictures[name]] for name in names], dtype=np.int64)
    found = holders(grouped, {None: folders}, expected=root / "images" if file != path else root, files=files)
    load = hold(heads, numbers[images], grouped)
    return Dataset(root, placed(grouped, found, root, files=files), load, path, notes=notes)


PLACE = "place"
"""Fact that an image has until `scenes_at_places`: where its picture lies, relative to the root."""


def scenes_at_places(infos: Iterable[ImageInfo], scenes: SceneGrouping, *, name: str, root: Path) -> tuple[Scene, ...]:
    """Scenes, in natural order, of images that have names and the fact `PLACE`; sizes come from the pictures.

    Args:
        infos: their paths are the names that the pictures go by.
        scenes: how pictures make scenes.
        name: of the scene of pictures that lie in no folder.
        root: of the data set.
    """
    grouped = (
        replace(scene, images=tuple(_at_place(info, root) for info in scene.images))
        for scene in group_scenes(infos, scenes, name=name)
    )
    return tuple(sorted(grouped, key=lambda scene: natural_key(scene.name)))


def _at_place(info: ImageInfo, root: Path) -> ImageInfo:
    # One new object for all that changes: a data set has many thousand pictures.
    place = info.facts[PLACE]
    facts = {key: value for key, value in info.facts.items() if key != PLACE}
    facts |= {ORIGINAL_PATH: info.path} if place != info.path else {}
    size = None if info.sized else measured_size(root / place, info.orientation)
    if size is None:
        return replace(info, path=place, facts=facts)
    return replace(info, path=place, facts=facts, width=size[0], height=size[1], measured=True)


@dataclass(frozen=True, slots=True)
class FileEach:
    """Loader of data sets with one label file for each picture.

    Attributes:
        read: the annotations of an image, from its label file; can be pickled.
        files: path of each picture to its label file.
    """

    read: Callable[[Path, ImageInfo], ImageAnnotations]
    files: Mapping[str, Path]

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        return each_readable(scene.images, lambda info: self.read(self.files[info.path], info))

    def only(self, scenes: tuple[Scene, ...]) -> FileEach:
        """The loader of these scenes alone."""
        return FileEach(self.read, {info.path: self.files[info.path] for scene in scenes for info in scene.images})


def from_each_file(
    path: Path,
    root: Path,
    labels: Iterable[tuple[ImageInfo, Path]],
    read: Callable[[Path, ImageInfo], ImageAnnotations],
    *,
    scenes: SceneGrouping,
    notes: tuple[str, ...] = (),
) -> Dataset:
    """The data set of one label file for each picture, which are read when it is iterated.

    Args:
        path: what the user names; the scene of pictures that lie in no folder is called after it.
        root: folder that the places of the pictures are relative to.
        labels: images as for `scenes_at_places`, each with its label file, in any order.
        read: the annotations of an image, from its label file; can be pickled.
        scenes: how pictures make scenes.
        notes: of the data set.

    Raises:
        DatasetLayoutError: two label files are of one picture.
    """
    pairs = sorted(labels, key=lambda pair: natural_key(pair[0].path))
    infos = [info for info, _ in pairs]
    check_distinct([[info.facts[PLACE] for info in infos]], path=path)
    files = {info.facts[PLACE]: file for info, file in pairs}
    return Dataset(
        root, scenes_at_places(infos, scenes, name=own_name(path), root=root), FileEach(read, files), path, notes=notes
    )


@dataclass(frozen=True, slots=True)
class HeldHeads:
    """Loader of heads in memory; the heads of an image, and the images of a scene, lie one after the other.

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
