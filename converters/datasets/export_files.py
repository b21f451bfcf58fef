"""The files of an export as they were written, so that a later run sees which are gone and which were edited."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gta_head_tools.files import PICTURE_SUFFIXES, is_ours

Files = Mapping[str, str]
"""Path of a file, relative to the folder of the export, to the hash of its content; "" for a picture."""

_PICTURE = ""
"""Pictures are links or copies of the source's, and large: they only have to be there."""


def written_files(places: Iterable[Path], out: Path) -> dict[str, str]:
    """The files in these folders.

    Args:
        places: folders; what is no folder is passed over, and so are anchors and our own records.
        out: folder of the export.
    """
    files = (file for place in places for file in _below(place))
    return {file.relative_to(out).as_posix(): _hash(file) for file in sorted(files)}


def lost_and_edited(files: Files, out: Path) -> tuple[list[str], list[str]]:
    """Those files that are gone, and those whose content is another one."""
    lost = [name for name in files if not (out / name).is_file()]
    rest = files.keys() - set(lost)
    edited = [name for name, content in files.items() if name in rest and content not in {_PICTURE, _hash(out / name)}]
    return lost, edited


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not is_ours(Path(name))]
        yield from (Path(place) / name for name in names if not is_ours(Path(name)))


def _hash(file: Path) -> str:
    if file.suffix.lower() in PICTURE_SUFFIXES:
        return _PICTURE
    with file.open("rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.blake2b(digest_size=8)).hexdigest()
