r"""Names of pictures as label files give them: relative paths, or the whole paths and URLs of annotation servers.

A name that leaves the folder of its label file is refused. With the option `names=last`, which every format whose label
file names pictures has, the last part of a name counts: `../../upload/1/a.jpg`, `C:\data\\a.jpg`,
`/data/local-files/?d=x/a.jpg` and `https://host/x/a.jpg?key=7` are all `a.jpg`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import unquote

from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import PICTURE_SUFFIXES, inside

NameParts = Literal["whole", "last"]
"""How much of a picture's name counts: the whole path, or its last part."""

_REMEDY = "make it relative to it, or take the last part of every name with -i names=last"


@dataclass(frozen=True, slots=True)
class PictureNames:
    """Makes the names in one label file into relative paths.

    Attributes:
        file: the label file, for messages.
        parts: how much of a name counts.
        whole: each path that was given so far to the name that it was made of.
    """

    file: Path
    parts: NameParts = "whole"
    whole: dict[str, str] = field(default_factory=dict)

    def path(self, name: str, *, line: int | None = None, record: str | None = None) -> str:
        """The relative POSIX path of a picture.

        Args:
            name: as the file gives it; backslashes are taken as separators.
            line: of the name in the file, for messages.
            record: of the name in the file, for messages.

        Raises:
            DataFormatError: it leaves the folder, or its last part is also that of another name.
        """
        try:
            return self._path(name)
        except DataFormatError as error:
            raise DataFormatError(self.file, error.problem, line=line, record=record) from error

    def _path(self, name: str) -> str:
        if self.parts == "whole":
            return inside(name, path=self.file, todo=_REMEDY)
        path = inside(last_part(name), path=self.file, todo="name a picture in its last part")
        first = self.whole.setdefault(path, name)
        if _posix(first) != _posix(name):
            problem = f"file names {first!r} and {name!r} have one last part; rename one of the pictures"
            raise DataFormatError(self.file, problem)
        return path


def _posix(name: str) -> PurePosixPath:
    return PurePosixPath(name.replace("\\", "/"))


def last_part(name: str) -> str:
    r"""The last part of a path or URL; of a query, that of its value where only this names a picture.

    >>> [last_part(name) for name in ("../1/a.jpg", "C:\\x\\a.jpg", "/files/?d=x/a%20b.jpg", "s3://x/a.jpg?key=7")]
    ['a.jpg', 'a.jpg', 'a b.jpg', 'a.jpg']
    """
    path, mark, query = name.replace("\\", "/").partition("?")
    if not (mark and "=" in query):
        last = re.sub(r"^[A-Za-z]:", "", f"{path}{mark}{query}".rstrip("/").rpartition("/")[2])
        return unquote(last) if "://" in path else last
    values = [unquote(part.partition("=")[2]) for part in query.partition("#")[0].split("&")]
    parts = [value.rpartition("/")[2] for value in (unquote(path), *values)]
    return next((part for part in parts if PurePosixPath(part).suffix.lower() in PICTURE_SUFFIXES), parts[0])
