"""Names that mean one picture: how the names in label files are joined with each other, and with files on disk.

A name is the path of a picture without its suffix, in the Unicode form NFC (`cam_12.30` is one, `cam_12.30.jpg` names
the same picture). Names that are numbers are also joined by their value: the id 1 of a text list is the picture
`0001.jpg`. No such guess is made where two names of one side would be the same.
"""

from __future__ import annotations

import functools
import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TypeVar

from converters.files.numbers.number_table import is_whole
from converters.files.pictures.pictures import pictures_by_stem
from gta_head_tools.files import composed, is_there, picture_suffix_of, without_picture_suffix

Item = TypeVar("Item")


def bare(path: str) -> str:
    """The name of a picture: its path as names are compared.

    >>> bare("day 1/cam_12.30.JPG")
    'day 1/cam_12.30'
    """
    return composed(without_picture_suffix(path))


def number_of(name: str) -> int | None:
    """The number that the last part of a name is, however many zeros it begins with; None for other names.

    >>> number_of("list/0012"), number_of("IMG_12")
    (12, None)
    """
    last = PurePosixPath(name).name
    return int(last) if is_whole(last) else None


def unique(items: Iterable[Item], key: Callable[[Item], Hashable | None]) -> dict[Hashable, Item]:
    """Key to item, where no other item has that key; a key of None is none."""
    keyed = [(key(item), item) for item in items]
    counts = Counter(name for name, _ in keyed)
    return {name: item for name, item in keyed if name is not None and counts[name] == 1}


def bare_pictures(folders: Sequence[Path], names: Sequence[str]) -> dict[str, str]:
    """Name without suffix to the path of its picture relative to the first folder that has it; only those found.

    Args:
        folders: to look in, in this order.
        names: of pictures in one list.
    """
    by_parent: dict[str, list[str]] = {}
    for name in names:
        by_parent.setdefault(PurePosixPath(name).parent.as_posix(), []).append(name)
    return {name: file for parent, group in by_parent.items() for name, file in _in_parent(folders, parent, group)}


def _in_parent(folders: Sequence[Path], parent: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    there: dict[str, str] = {}
    for folder in reversed(folders):
        there |= pictures_by_stem(folder / parent)
    stems = {name: composed(PurePosixPath(name).name) for name in names}
    by_number, numbered = unique(there, number_of), unique(names, number_of)
    for name, stem in stems.items():
        number = number_of(name)
        found = stem if stem in there else by_number.get(number) if number in numbered else None
        if found in there:
            yield name, (PurePosixPath(parent) / there[found]).as_posix()


def finder() -> Callable[[Path, str], str | None]:
    """A function of a folder and a path in it: the path at which that picture lies, None where it is not there.

    A picture whose name has another Unicode form, or whose suffix is in capital letters, is the same picture. The
    function lists each folder at most once.
    """
    listed = functools.cache(_spellings)

    def find(folder: Path, path: str) -> str | None:
        if is_there(os.path.join(folder, path), file=True):  # noqa: PTH118  # Paths would take most of the time.
            return path
        parent, name = os.path.split(path)
        known: Mapping[str, str] = listed(os.path.join(folder, parent) if parent else str(folder))  # noqa: PTH118
        found = known.get(_spelling(name))
        return None if found is None else (PurePosixPath(parent) / found).as_posix()

    return find


def _spelling(name: str) -> str:
    suffix = picture_suffix_of(name)
    return composed(name.removesuffix(suffix) + suffix.lower())


def _spellings(folder: str) -> dict[str, str]:
    return {_spelling(name): name for name in pictures_by_stem(Path(folder)).values()}
