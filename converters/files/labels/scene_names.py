"""Names of scenes and splits: how pictures make scenes, and how both become names of files and folders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Literal

from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Scene, common_split
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import inside, is_ours, plain_name, without_picture_suffix

SceneGrouping = Literal["auto", "folder", "image", "one"]
"""How pictures make scenes where the format may not say: as stored, else by folder; one each; all in one."""

SplitName = Literal["train", "val", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "val", "test")
"""The usual splits, in the order in which they are looked for and listed."""
_SPLIT = re.compile(r"(?:^|[_-])(train|val|test|valid|validation|trainval)(?:[_-]?\d{4})?$", re.IGNORECASE)
_SAME_SPLIT = {"valid": "val", "validation": "val"}


def split_in(name: str) -> str | None:
    """The split that the end of a name tells; `valid` and `validation` are `val`. None = it tells none.

    >>> split_in("person_keypoints_val2017"), split_in("valid"), split_in("street")
    ('val', 'val', None)
    """
    match = _SPLIT.search(name)
    return _SAME_SPLIT.get(match[1].lower(), match[1].lower()) if match else None


def names_with_splits(pictures: Sequence[tuple[str, str | None]]) -> list[str]:
    """The names of pictures of several splits: the split is a part of them where two splits share a folder.

    A folder is a scene, and a scene of two splits would be of none.

    Args:
        pictures: path of each within its split, and the split.

    >>> names_with_splits([("street/1.jpg", "train"), ("1.jpg", "train"), ("2.jpg", "test")])
    ['street/1.jpg', 'train/1.jpg', 'test/2.jpg']
    """
    folders = Counter(folder for folder, _ in {(name.rpartition("/")[0], split) for name, split in pictures})
    return [f"{split}/{name}" if split and folders[name.rpartition("/")[0]] > 1 else name for name, split in pictures]


def group_scenes(infos: Iterable[ImageInfo], grouping: SceneGrouping, *, name: str) -> tuple[Scene, ...]:
    """Scenes of pictures that lie in no scene folders, in order of first appearance.

    Args:
        infos: with `scene` filled where the format stores one.
        grouping: see `SceneGrouping`; ``auto`` takes the stored scene, else the picture's folder.
        name: of the scene that pictures without a folder fall into (and of ``one``).

    Raises:
        DatasetLayoutError: two folders (or pictures) make scenes of one name.
    """
    groups: dict[str, list[ImageInfo]] = {}
    stored: set[str] = set()
    made_of: dict[str, tuple[str, str]] = {}
    for info in infos:
        folder = PurePosixPath(info.path).parent.as_posix()
        by_folder = name if folder == "." else folder.replace("/", "_")
        by_image = without_picture_suffix(info.path).replace("/", "_")
        stored_or_folder = (info.scene, "") if info.scene else (by_folder, folder)
        scene, source = {"folder": (by_folder, folder), "image": (by_image, info.path), "one": (name, "")}.get(
            grouping, stored_or_folder
        )
        other, first = made_of.setdefault(scene, (source, info.path))
        if source and other and source != other:
            problem = f"and {info.path} are of two scenes that would both be called {scene!r}; rename one of them"
            raise DatasetLayoutError(first, f"{problem}{'' if grouping == 'image' else ', or say -i scenes=image'}")
        if grouping != "auto" or info.scene:
            stored.add(scene)
        groups.setdefault(scene, []).append(info if info.scene == scene else replace(info, scene=scene))
    return tuple(
        Scene(key, tuple(images), split=common_split(images), assumed=key not in stored and len(images) > 1)
        for key, images in groups.items()
    )


def folder_name(scene: str, *, path: Path) -> str:
    """Name of the folder that a scene is written to: its parts joined with `_`.

    Args:
        scene: name of the scene.
        path: the source, for the message.

    Raises:
        DataFormatError: the name leaves the target.
        DatasetLayoutError: readers would pass over such a folder.
    """
    name = plain_name("_".join(PurePosixPath(inside(scene, path=path)).parts), what="scene", path=path)
    return _seen(name, "scene", path)


def split_name(split: str, *, path: Path) -> str:
    """`split`, checked to be usable in the name of a file or folder.

    Args:
        split: of an image.
        path: the source, for the message.

    Raises:
        DataFormatError: the name cannot be that of one folder, or leaves the target.
        DatasetLayoutError: readers would pass over such a folder.
    """
    return _seen(plain_name(split, what="split", path=path), "split", path)


def usual_split(split: str, *, path: Path) -> str:
    """`split`, checked to be one of the usual ones: readers of folders look for no others.

    Args:
        split: of an image.
        path: the source, for the message.

    Raises:
        DatasetLayoutError: it is another one.
    """
    if split not in SPLITS:
        known = ", ".join(SPLITS)
        raise DatasetLayoutError(
            path, f"split {split!r} has no folder in this format, which has those of {known}; convert these with --only"
        )
    return split


def _seen(name: str, what: str, path: Path) -> str:
    if is_ours(Path(name)):
        raise DatasetLayoutError(
            path, f"a {what} cannot be called {name!r}: readers pass over such a folder; rename it"
        )
    return name
