"""How the published split of a known data set is found from what its images are called, or from what is stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import read_unpacked

Sides = dict[str, str]
"""Path of an image to its split; images that a published split does not name are left out."""

GCC_LISTS = "txt_list"
"""Folder of the lists that are published with GCC."""


@dataclass(frozen=True, slots=True)
class PublishedSplit:
    """A split that was published, or one that is stated here where the published one cannot be used.

    Attributes:
        rule: the split in words, for users.
        images: number of images of each split; empty = it is not known.
        sides: finds the split of each image of a data set that belongs to the set.
    """

    rule: str
    images: Mapping[str, int]
    sides: Callable[[Dataset], Sides]


def infos_of(dataset: Dataset) -> Iterator[ImageInfo]:
    """What is known of every image, in order."""
    for scene in dataset.scenes:
        yield from scene.images


def stored(dataset: Dataset) -> Sides:
    """The split that the data set itself stores: by folders, lists or names."""
    return {info.path: info.split for info in infos_of(dataset) if info.split is not None}


def by_number(pattern: str, side: Callable[[int], str | None]) -> Callable[[Dataset], Sides]:
    """Splits of images that are numbered.

    Args:
        pattern: regular expression that a name matches as a whole; its one group is the number.
        side: the split of a number, None = no image of the set has it.
    """
    name = re.compile(pattern)

    def sides(dataset: Dataset) -> Sides:
        found: Sides = {}
        for info in infos_of(dataset):
            match = name.fullmatch(info.name)
            split = side(int(match[1])) if match else None
            if split is not None:
                found[info.path] = split
        return found

    return sides


def mall_side(number: int) -> str | None:
    """The first 800 frames of Mall are for training, the other 1,200 for tests.

    >>> mall_side(800), mall_side(801), mall_side(2001)
    ('train', 'test', None)
    """
    return None if not 1 <= number <= 2000 else "train" if number <= 800 else "test"


def nwpu_side(number: int) -> str | None:
    """NWPU-Crowd validates on 3110 to 3609, where 3098 takes the place of 3169, and tests on what comes after them.

    >>> nwpu_side(3098), nwpu_side(3169), nwpu_side(3110), nwpu_side(3610), nwpu_side(5110)
    ('val', 'train', 'val', 'test', None)
    """
    if not 1 <= number <= 5109:
        return None
    if number > 3609:
        return "test"
    return "val" if number == 3098 or (number >= 3110 and number != 3169) else "train"


def by_scene(scenes: Mapping[str, str], *, otherwise: str | None = None) -> Callable[[Dataset], Sides]:
    """Splits of whole scenes, by name; `otherwise` is the split of the scenes that are not named, None = none."""

    def sides(dataset: Dataset) -> Sides:
        found = ((scene, scenes.get(scene.name, otherwise)) for scene in dataset.scenes)
        return {info.path: side for scene, side in found if side is not None for info in scene.images}

    return sides


def in_part(part: str, images: int) -> Callable[[Dataset], Sides]:
    """The stored splits of the images of one part of a set (`part_A` of ShanghaiTech).

    Args:
        part: word that the path of each image holds, or the folder that the data set lies in; case does not matter.
        images: of the part; a data set that names no part and has so many images is this part.
    """

    def sides(dataset: Dataset) -> Sides:
        return {info.path: info.split for info in part_of_set(dataset, part, images) if info.split is not None}

    return sides


def part_of_set(dataset: Dataset, part: str, images: int) -> list[ImageInfo]:
    """The images of one part of a set; see `in_part`."""
    infos = list(infos_of(dataset))
    named, stem = part.lower(), part.lower()[:-1]
    if not any(stem in info.path.lower() for info in infos):
        folders = " ".join(dataset.source.resolve().parts[-3:]).lower()
        if stem in folders:
            return infos if named in folders else []
        return infos if len(infos) == images else []
    return [info for info in infos if named in info.path.lower()]


def gcc_list(prefix: str) -> Callable[[Dataset], Sides]:
    """The splits of GCC that its lists give: `txt_list/PREFIXtrain_list.txt` and the same with `test`."""

    def sides(dataset: Dataset) -> Sides:
        folder = gcc_lists(dataset)
        if folder is None:
            raise DatasetLayoutError(
                dataset.root / GCC_LISTS, "no such folder; put the lists that are published with GCC there"
            )
        paths = {(info.scene, info.name): info.path for info in infos_of(dataset)}
        found: Sides = {}
        for split in ("train", "test"):
            file = folder / f"{prefix}{split}_list.txt"
            for key, line in _listed(file):
                if key not in paths:
                    where = f"{key[0]}/{key[1]}"
                    raise DataFormatError(file, f"image {where} is not in {dataset.source}; bring it", line)
                if found.setdefault(paths[key], split) != split:
                    raise DataFormatError(file, f"image {key[0]}/{key[1]} is in the training list too; keep one", line)
        return found

    return sides


def gcc_lists(dataset: Dataset) -> Path | None:
    """The folder of GCC's lists, in the data set or beside it; None = it is not there."""
    folders = (dataset.root / GCC_LISTS, dataset.root.resolve().parent / GCC_LISTS)
    return next((folder for folder in folders if folder.is_dir()), None)


def _listed(file: Path) -> Iterator[tuple[tuple[str, str], int]]:
    """Scene and stem of each line of a list of GCC (`level time weather folder stem count`), and its number."""
    for number, line in enumerate(read_unpacked(file).decode().splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        folder = words[-3] if len(words) > 3 else ""
        scene = next((part for part in PurePosixPath(folder).parts if part.startswith("scene_")), "")
        if not scene:
            raise DataFormatError(file, f"{line!r}: expected level, time, weather, folder, stem and count", number)
        yield (scene, PurePosixPath(words[-2]).stem), number
