"""Pictures beside their label files, or where a label file says that its picture lies."""

from __future__ import annotations

import functools
import os
import posixpath
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from converters.files.pictures.picture_names import last_part
from converters.files.pictures.pictures import pictures_by_stem
from gta_head_tools.dataset import LabelDefect
from gta_head_tools.files import composed, picture_suffix_of, without_picture_suffix

_FOLDERS = ("images", "../images")
"""Folders beside that of a label file in which its picture is looked for at last."""
_MOST_ABOVE = 2
"""How many folders up a label file may name its picture."""


def beside(folder: Path) -> Callable[[str, str], str]:
    r"""A function of a label file and of the name that it gives its picture: the place of that picture.

    The label file is a path without suffix, relative to the folder; the name is a path relative to the label file,
    also with backslashes, or the whole path on another machine, of which the last part counts; "" = it gives none. The
    picture that is called like the label file goes before that name. Suffixes do not count. Without any such picture,
    it is expected beside the label file. The place is relative to the folder and may begin with `../`; the function
    lists each folder once.

    Args:
        folder: of the label files.
    """
    there = functools.cache(lambda place: pictures_by_stem(folder / place))

    def place(label: str, named: str) -> str:
        home, stem = posixpath.split(label)
        for parent, name in _candidates(home, stem, named):
            found = there(parent).get(composed(without_picture_suffix(name)))
            if found is not None:
                return posixpath.join(parent, _exact(folder / parent, found, last_part(named) if named else ""))
        return f"{label}{picture_suffix_of(named) or '.jpg'}"

    return place


def _exact(folder: Path, found: str, named: str) -> str:
    """The picture that is named, where one of its name and another suffix was found."""
    same = composed(without_picture_suffix(named)) == composed(without_picture_suffix(found))
    return named if same and named != found and (folder / named).is_file() else found


def _candidates(home: str, stem: str, named: str) -> Iterator[tuple[str, str]]:
    """Folder and name of the pictures that a label file may mean, the likeliest first."""
    yield home, stem
    whole = named.replace("\\", "/")
    if whole and not posixpath.isabs(whole) and ":" not in whole.partition("/")[0]:
        path = posixpath.normpath(posixpath.join(home, whole))
        if PurePosixPath(path).parts.count("..") <= _MOST_ABOVE:
            yield posixpath.split(path)
    names = [stem, last_part(named)] if named else [stem]
    yield home, names[-1]
    for parent in _FOLDERS:
        yield from ((posixpath.normpath(posixpath.join(home, parent)), name) for name in names)


def with_suffix_of(place: str, name: str) -> str:
    """The name of a picture with the suffix that it has where it lies.

    >>> with_suffix_of("images/cam_1.30.PNG", "cam_1.30.jpg"), with_suffix_of("cam_1.30.PNG", "cam_1.30")
    ('cam_1.30.PNG', 'cam_1.30.PNG')
    >>> with_suffix_of("images/a.jpg.png", "a.jpg")
    'a.jpg.png'
    """
    whole = composed(posixpath.basename(name)) == composed(without_picture_suffix(posixpath.basename(place)))
    return (name if whole else without_picture_suffix(name)) + picture_suffix_of(place)


def below_root(folder: Path, places: Sequence[str]) -> tuple[Path, list[str]]:
    """The folder that all places are below, which is `folder` or one above it, and the places relative to it.

    Args:
        folder: that the places are relative to.
        places: of pictures; they may begin with `../`.
    """
    above = max((PurePosixPath(place).parts.count("..") for place in places), default=0)
    if not above:
        return folder, list(places)
    prefix = posixpath.join(*Path(os.path.normpath(folder.absolute())).parts[-above:])
    root = Path(os.path.normpath(folder / "/".join([".."] * above)))
    return root, [posixpath.normpath(posixpath.join(prefix, place)) for place in places]


def unlabelled_pictures(root: Path, places: Sequence[str]) -> list[str]:
    """Places of pictures that lie beside others and have no label file.

    Args:
        root: folder that the places are relative to.
        places: of the pictures that have one.
    """
    used = set(places)
    folders = {posixpath.dirname(place) for place in used}
    return [
        place
        for folder in sorted(folders)
        for name in pictures_by_stem(root / folder).values()
        if (place := posixpath.join(folder, name)) not in used
    ]


def unlabelled_note(source: str, left: Sequence[str]) -> tuple[str, ...]:
    """A note of pictures that have no label file; nothing where all have one.

    Args:
        source: of the label files, as the note is to name it.
        left: places of these pictures.
    """
    if not left:
        return ()
    which = f"picture has no label file and is left out: {left[0]}"
    if len(left) > 1:
        which = f"pictures have no label file and are left out; the first: {left[0]}"
    return (f"{source}: {len(left)} {which}",)


def unlabelled_defects(left: Sequence[str]) -> tuple[LabelDefect, ...]:
    """What checks tell of pictures that have no label file."""
    told = "the picture has no label file, although pictures beside it have one, and is left out"
    return tuple(
        LabelDefect(check="picture-without-labels", file=place, value="no file", message=told) for place in left
    )
