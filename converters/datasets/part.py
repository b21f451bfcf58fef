"""A part of a data set: the images that patterns name, and at most so many of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TypeVar

import numpy as np

from converters.files.pictures.pictures import ORIGINAL_PATH
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError, UnknownNameError
from gta_head_tools.files import without_picture_suffix

Item = TypeVar("Item")


def part_of(dataset: Dataset, only: Sequence[str] = (), limit: int | None = None) -> Dataset:
    """The data set with some of its images; a note tells how many they are.

    Args:
        dataset: all images.
        only: patterns of which an image has to match one: a split, a scene, a path, or SPLIT/PATH. `*` stands for any
            characters, also for `/`; the suffix of a picture may be left out. Empty = all images.
        limit: at most so many, spread evenly; None = all.

    Raises:
        UnknownNameError: no image matches a pattern; the message names splits and scenes that are there.
        ConfigError: a limit below 1.
    """
    infos = [info for scene in dataset.scenes for info in scene.images]
    for pattern in only:
        if not any(_matches(info, pattern) for info in infos):
            parts = dict.fromkeys(name for info in infos for name in (info.split, info.scene) if name)
            raise UnknownNameError("split, scene or path of an image", pattern, [*parts])
    chosen = [info for info in infos if not only or any(_matches(info, pattern) for pattern in only)]
    chosen = spread(chosen, limit)
    if len(chosen) == len(infos):
        return dataset
    note = f"a part is taken: {len(chosen)} of {len(infos)} images"
    part = dataset.without({info.path for info in infos} - {info.path for info in chosen})
    return replace(part, notes=(*dataset.notes, note))


def spread(items: Sequence[Item], limit: int | None) -> list[Item]:
    """At most so many of the items, spread evenly over all of them; None = all.

    Raises:
        ConfigError: a limit below 1.

    >>> spread("abcdefg", 3)
    ['a', 'd', 'g']
    """
    if limit is None:
        return list(items)
    places = np.linspace(0, len(items) - 1, min(checked_limit(limit), len(items))).astype(int)
    return [items[place] for place in places.tolist()]


def checked_limit(limit: int) -> int:
    """The limit.

    Raises:
        ConfigError: it is below 1.
    """
    if limit < 1:
        raise ConfigError(f"--limit {limit}: at least 1 is needed")
    return limit


def _matches(info: ImageInfo, pattern: str) -> bool:
    return any(fnmatchcase(name, pattern.strip()) for name in _names(info))


def _names(info: ImageInfo) -> Iterator[str]:
    """What a pattern may name an image by."""
    yield from filter(None, (info.split, info.scene))
    for path in {info.path, info.facts.get(ORIGINAL_PATH, info.path)}:
        for name in (path, without_picture_suffix(path)):
            yield name
            if info.split:
                yield f"{info.split}/{name}"
