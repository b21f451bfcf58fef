"""Texts of labels in a folder, gzipped or not, and the names that they go by."""

from __future__ import annotations

import re
from pathlib import Path

from gta_head_tools.files import composed, is_ours, names_in

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
