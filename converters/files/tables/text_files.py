"""Texts of labels in a folder, gzipped or not, and the names that they go by."""

from __future__ import annotations

import re
from pathlib import Path

from gta_head_tools.files import composed, is_ours, names_in, read_unpacked

_BEGINNING = 4096
"""Bytes of a text that are looked into for its first line."""
_TEXT = re.compile(r".*\.txt(\.gz)?", re.DOTALL)


def texts_in(folder: Path) -> list[Path]:
    """`*.txt` and `*.txt.gz` of a folder in the order of their names, without files of ours; none without a folder.

    Raises:
        DatasetLayoutError: the folder cannot be listed.
    """
    files = (folder / name for name in sorted(names_in(folder)) if _TEXT.fullmatch(name))
    return [file for file in files if not is_ours(file)]


def text_name(file: Path) -> str:
    """The name of a text without its suffixes, in the Unicode form NFC.

    >>> text_name(Path("gt/0001.txt.gz"))
    '0001'
    """
    return composed(file.name.removesuffix(".gz").removesuffix(".txt"))


def first_line(file: Path) -> bytes:
    """The first line of a text that is not empty, without blanks around it; empty where there is none at its start.

    Raises:
        DatasetLayoutError: the file cannot be opened.
        DataFormatError: it is gzipped and damaged.
    """
    lines = read_unpacked(file, _BEGINNING).strip().splitlines()
    return lines[0].rstrip() if lines else b""
