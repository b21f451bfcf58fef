"""The files of an export as they were written, so that a later run sees which are gone and which were edited."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from gta_head_tools.files import PICTURE_SUFFIXES, is_ours

Files = Mapping[str, str]
"""Path of a file, relative to the folder of the export, to the hash of its content; of a picture, to its size."""

_NONE: Mapping[str, int] = MappingProxyType({})
_PASSED_OVER = ("anchors", "ghtools-export", ".")


def written_files(places: Iterable[Path], out: Path, *, but: Mapping[str, int] = _NONE) -> dict[str, str]:
    """The files in these folders.

    Args:
        places: folders; what is no folder is passed over, and so are anchors and the record of the export.
        out: folder of the export.
        but: files of the user by `numbers_below`, which were there before; one that was replaced since counts.
    """
    files = {file.relative_to(out).as_posix(): file for place in places for file in sorted(_below(place))}
    return {name: _content(file) for name, file in files.items() if but.get(name) != file.lstat().st_ino}


def numbers_below(places: Iterable[Path], out: Path) -> dict[str, int]:
    """The inode number of each file in these folders by its path: one that is written anew has another number."""
    return {file.relative_to(out).as_posix(): file.lstat().st_ino for place in places for file in _below(place)}


def files_below(out: Path) -> list[str]:
    """Paths of all files and links below a folder, relative to it, in order."""
    found = []
    for place, folders, names in os.walk(out):
        entries = (*names, *(name for name in folders if (Path(place) / name).is_symlink()))
        found += [(Path(place) / name).relative_to(out).as_posix() for name in entries]
    return sorted(found)


def lost_and_edited(files: Files, out: Path) -> tuple[list[str], list[str]]:
    """Those files that are gone, and those whose content is another one."""
    lost = [name for name in files if not (out / name).is_file()]
    rest = files.keys() - set(lost)
    edited = [name for name, content in files.items() if name in rest and content != _content(out / name)]
    return lost, edited


def not_below(files: Files, places: Iterable[Path], out: Path) -> list[str]:
    """Those files that lie in none of these places, and are there."""
    homes = [place.relative_to(out) for place in places]
    return [name for name in files if not any(map(Path(name).is_relative_to, homes)) and (out / name).is_file()]


def remove_files(names: Iterable[str], out: Path) -> None:
    """Remove files, and the folders that are empty then."""
    for file in [out / name for name in names]:
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == out or any(folder.iterdir()):
                break
            folder.rmdir()


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not is_ours(Path(name))]
        yield from (Path(place) / name for name in names if not name.startswith(_PASSED_OVER))


def _content(file: Path) -> str:
    if file.suffix.lower() in PICTURE_SUFFIXES:
        return f"{file.stat().st_size} bytes"  # Pictures are too large to be read for this.
    with file.open("rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.blake2b(digest_size=8)).hexdigest()
