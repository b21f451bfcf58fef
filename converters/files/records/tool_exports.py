"""Exports of annotation tools: one JSON for many pictures, beside them or in a folder of label files alone.

```
export.json    images/a.jpg or a.jpg
annotations/export.json    images/a.jpg or a.jpg
train/export.json    train/a.jpg or train/images/a.jpg    val and test alike
```
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from converters.files.labels.scene_names import SPLITS
from converters.files.records.json_keys import KeyPath, first_keys, json_names
from gta_head_tools.files import file_or_lost, own_name

_APART = ("annotations", "annotation", "labels")
"""Folders of label files alone, whose pictures lie one folder up; capitals do not matter."""
_PICTURES = "images"
_MOST_FILES = 20
"""Files of a folder that are opened before it is taken for one of another format."""
Looks = Callable[[Sequence[KeyPath]], bool]
"""Whether the first keys of a file are those of a format."""


@dataclass(frozen=True, slots=True)
class Export:
    """One label file.

    Attributes:
        file: its path.
        home: folder that the names of its pictures are relative to.
        split: that its folder is called after.
    """

    file: Path
    home: Path
    split: str | None = None

    @property
    def folders(self) -> list[Path]:
        """Folders that its pictures may lie in, below the root of the data set."""
        return list(dict.fromkeys((self.home, self.home / _PICTURES, self.file.parent)))


@dataclass(frozen=True, slots=True)
class Exports:
    """The label files of a data set.

    Attributes:
        root: folder that all pictures lie below.
        files: the label files.
        left_out: other JSON files beside them.
    """

    root: Path
    files: list[Export]
    left_out: tuple[Path, ...] = ()

    @property
    def notes(self) -> Iterator[str]:
        """What is worth telling of other files beside them."""
        for folder, files in groupby(self.left_out, key=lambda file: file.parent):
            left = [file.name for file in files]
            told = f"{own_name(folder)}: {len(left)} JSON files are of another kind and are left out; the first: "
            yield told + left[0]

    @property
    def folders(self) -> Iterator[Path]:
        """Folders that pictures may lie in."""
        return (folder for export in self.files for folder in export.folders)


def find_exports(path: Path, looks: Looks, *, passed: Callable[[str], bool] = lambda _: False) -> Exports:
    """The label files of a data set: `path`, those in this folder, else those in folders of its splits.

    Args:
        path: a file, or a folder.
        looks: see `Looks`.
        passed: whether a file of that name is passed over.
    """
    if not path.is_dir():
        home = home_of(path.parent)
        return Exports(home, [Export(path, home)])
    root = home_of(path)
    here = (_looking(folder, looks, passed) for folder in (path, *(path / name for name in _APART)))
    if found := next(filter(None, here), None):
        files, left_out = found
        return Exports(root, [Export(file, root) for file in files], tuple(left_out))
    parts = {split: part for split in SPLITS if (part := _looking(path / split, looks, passed))}
    exports = [Export(file, file.parent, split) for split, (files, _) in parts.items() for file in files]
    return Exports(root, exports, tuple(file for _, left_out in parts.values() for file in left_out))


def _looking(folder: Path, looks: Looks, passed: Callable[[str], bool]) -> tuple[list[Path], list[Path]] | None:
    """The label files of a folder, and other JSON files in it; None where it has no label file."""
    files = [file for name in json_names(folder) if not passed(name) and file_or_lost(file := folder / name)]
    if not any(looks(first_keys(file)) for file in files[:_MOST_FILES]):
        return None
    are_ours = {file: looks(first_keys(file)) for file in files}
    return [file for file in files if are_ours[file]], [file for file in files if not are_ours[file]]


def home_of(folder: Path) -> Path:
    """The folder that the names of pictures are relative to whose label files lie in this one."""
    if own_name(folder).lower() not in _APART:
        return folder
    return folder.parent if folder.name not in {"", ".."} else folder / ".."
