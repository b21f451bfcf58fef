"""Exports of annotation tools: one JSON for many pictures, beside them or in a folder of label files alone.

```
export.json    images/a.jpg or a.jpg
annotations/export.json    images/a.jpg or a.jpg
train/export.json    train/a.jpg or train/images/a.jpg    val and test alike
```
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from converters.files.json_keys import KeyPath, first_keys, json_names
from converters.files.scene_names import SPLITS
from gta_head_tools.files import own_name

_APART = ("annotations", "annotation", "labels")
"""Folders of label files alone, whose pictures lie one folder up; capitals do not matter."""
_PICTURES = "images"
_MOST_FILES = 20
"""Files of a folder that are opened: where there are more, each is of a single picture."""


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


def find_exports(
    path: Path, looks: Callable[[Sequence[KeyPath]], bool], *, passed: Callable[[str], bool] = lambda _: False
) -> tuple[Path, list[Export]]:
    """The root of a data set and its label files: `path`, those in this folder, else those in folders of its splits.

    Args:
        path: a file, or a folder.
        looks: whether the first keys of a file are those of the format.
        passed: whether a file of that name is passed over.
    """
    if not path.is_dir():
        home = home_of(path.parent)
        return home, [Export(path, home)]
    root = home_of(path)
    here = (_looking(folder, looks, passed) for folder in (path, *(path / name for name in _APART)))
    if files := next(filter(None, here), None):
        return root, [Export(file, root) for file in files]
    parts = [(file, split) for split in SPLITS for file in _looking(path / split, looks, passed)]
    return root, [Export(file, file.parent, split) for file, split in parts]


def home_of(folder: Path) -> Path:
    """The folder that the names of pictures are relative to whose label files lie in this one."""
    if own_name(folder).lower() not in _APART:
        return folder
    return folder.parent if folder.name not in {"", ".."} else folder / ".."


def _looking(folder: Path, looks: Callable[[Sequence[KeyPath]], bool], passed: Callable[[str], bool]) -> list[Path]:
    names = [name for name in json_names(folder) if not passed(name)][:_MOST_FILES]
    return [folder / name for name in names if (folder / name).is_file() and looks(first_keys(folder / name))]
