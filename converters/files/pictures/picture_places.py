"""Where the pictures of label files lie, for formats with a label file for each picture."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from converters.files.pictures.pictures import pictures_by_stem
from gta_head_tools.files import composed, picture_suffix_of, without_picture_suffix


def picture_places(
    root: Path, folders: Sequence[Path], *, suffix: str = ".jpg", bare: bool = False
) -> Callable[[str], str]:
    """A function of a picture's name: the path, relative to `root`, at which the picture lies or is expected.

    A name is a relative path with or without the suffix of a picture. The first of the folders that has a picture of
    this name counts, whatever its suffix, the capitals of the suffix and its Unicode form. Where no folder has it, the
    picture is expected in the first folder. The function lists each folder once, so that 20,000 names cost little.

    Args:
        root: of the data set.
        folders: to look in, in this order; all below `root`, they need not exist.
        suffix: that the picture is expected to have where it is missing and its name has none.
        bare: names have no suffix: the `a.jpg` of a label file `a.jpg.mat` is the picture `a.jpg.png`, or, where it is
            not there, `a.jpg`.
    """
    there = functools.cache(lambda folder, parent: pictures_by_stem(folder / parent))
    prefixes = [PurePosixPath(folder.relative_to(root).as_posix()) for folder in folders]

    def find(path: PurePosixPath, own: str) -> str | None:
        for folder, prefix in zip(folders, prefixes, strict=True):
            if found := there(folder, str(path.parent)).get(composed(path.name)):
                named = path.name + own
                # Where `a.jpg` and `a.png` are there, a label file that says `a.jpg` means that one.
                exact = own and found != named and (folder / path.parent / named).is_file()
                return (prefix / path.parent / (named if exact else found)).as_posix()
        return None

    def place(name: str) -> str:
        path, own = PurePosixPath(without_picture_suffix(name)), picture_suffix_of(name)
        lies = (find(PurePosixPath(name), "") if bare and own else None) or find(path, own)
        return lies or (prefixes[0] / (f"{name}{suffix}" if bare or not own else f"{path}{own}")).as_posix()

    return place
