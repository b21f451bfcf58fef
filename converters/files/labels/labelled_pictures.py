"""Data sets whose label files are read when the data set is opened, because only they tell sizes or categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from converters.files.labels.categories import choose_heads
from converters.files.labels.label_folder import PLACE, scenes_at_places
from converters.files.labels.scene_names import SceneGrouping
from converters.files.pictures.picture_paths import check_distinct
from converters.files.pictures.pictures import fill_scene
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, InMemory, LabelDefect
from gta_head_tools.files import natural_key, own_name


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture and what its label file says.

    Attributes:
        info: its path is the name that the picture goes by, the fact `PLACE` where the picture lies, relative to the
            root; size, split, scene and frame as the label file gives them, or as they are unknown.
        heads: of all categories; the info that they carry is not used.
        categories: the name of each head's category, in the order of the heads; empty where the format has none.
    """

    info: ImageInfo
    heads: ImageAnnotations
    categories: Sequence[str] = field(default=())


def from_label_files(
    path: Path,
    root: Path,
    pictures: Iterable[LabelledPicture],
    *,
    scenes: SceneGrouping,
    scene_name: str,
    category: str = "",
    categories: Sequence[str] = (),
    notes: tuple[str, ...] = (),
) -> Dataset:
    """The data set of label files that have been read; it holds the heads. Scenes and images are in natural order.

    Sizes that no label file gives come from the pictures, else from the other pictures of the scene.

    Args:
        path: what the user names: a folder or a label file.
        root: folder that the places of the pictures are relative to.
        pictures: with their heads, in any order.
        scenes: how pictures make scenes.
        scene_name: of the scene of pictures that lie in no folder.
        category: names of the categories that are heads, as an option gives them; see `choose_heads`.
        categories: names of categories that are known besides those of the heads, in the order of their numbers.
        notes: of the data set.

    Raises:
        DatasetLayoutError: two label files are of one picture.
        UnknownNameError: no such category.
    """
    held = sorted(pictures, key=lambda picture: natural_key(picture.info.path))
    check_distinct([[picture.info.path for picture in held]], path=path)
    check_distinct([[str(picture.info.facts[PLACE]) for picture in held]], path=path)
    defects: tuple[LabelDefect, ...] = ()
    counts = Counter(name for picture in held for name in picture.categories)
    if counts or categories:
        known = dict.fromkeys((*categories, *counts))
        numbers = {name: number for number, name in enumerate(known)}
        chosen = choose_heads([(number, name) for name, number in numbers.items()], category)
        found = {(numbers[name], name): count for name, count in counts.items()}
        notes = (*notes, *chosen.note(found, source=own_name(path)))
        defects = chosen.defects(found, file="" if path.is_dir() else path)
        names = frozenset(name for _, name in chosen.chosen)
        held = [_of_categories(picture, names) for picture in held]
    placed = scenes_at_places((picture.info for picture in held), scenes, name=scene_name, root=root)
    grouped = tuple(fill_scene(scene, root) for scene in placed)
    by_place = {str(picture.info.facts[PLACE]): picture.heads for picture in held}
    loaded = {scene.name: tuple(_at(by_place, info) for info in scene.images) for scene in grouped}
    return Dataset(root, grouped, InMemory(loaded), path, notes=notes, defects=defects)


def looked_in(dataset: Dataset, folders: Iterable[Path]) -> Dataset:
    """The data set with the folders in which its pictures were looked for, which a message on missing ones names."""
    return replace(dataset, looked=tuple(folder for folder in dict.fromkeys(folders) if folder.is_dir()))


def _of_categories(picture: LabelledPicture, names: frozenset[str]) -> LabelledPicture:
    """The picture with the heads of these categories alone; a picture without heads stays."""
    if names.issuperset(picture.categories):
        return picture
    rows = np.array([name in names for name in picture.categories], dtype=bool)
    return replace(picture, heads=picture.heads.select(rows))


def _at(heads: Mapping[str, ImageAnnotations], info: ImageInfo) -> ImageAnnotations:
    return heads[info.path].replace(info=info)
