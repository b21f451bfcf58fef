"""Folders of a user that are called like those which ghtools writes into a data set: readers pass over them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from gta_head_tools.dataset import Scene
from gta_head_tools.files import names_in

_RECORDS = {"boxes": "boxes/ghtools-export.json", "truth": "ghtools-synth.json"}
"""Our folders, and the file that is there where ghtools wrote them."""
_ANCHORS = "anchors"
_MOST_FOLDERS = 1000
"""Folders of pictures that are looked into."""


def passed_over_note(root: Path, scenes: Iterable[Scene] = ()) -> tuple[str, ...]:
    """A note on folders in a data set that are not read, although ghtools did not write them, if there are any.

    Args:
        root: folder of the data set; of a file, there are none.
        scenes: of the data set; the folders around their pictures are looked into as well.

    Raises:
        DatasetLayoutError: such a folder cannot be listed.
    """
    if not root.is_dir():
        return ()
    paths = (info.path.rpartition("/")[0] for scene in scenes for info in scene.images)
    folders = dict.fromkeys(str(each) for path in dict.fromkeys(paths) for each in PurePosixPath(path, "_").parents)
    found = [
        name for folder in itertools.islice({".": None, **folders}, _MOST_FOLDERS) for name in _foreign(root, folder)
    ]
    if not found:
        return ()
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    told = (
        f"the folder {found[0]!r}{more} is passed over, because ghtools keeps files of its own in folders of that name"
    )
    return (f"{root.name or root}: {told}; rename it if it belongs to the data set",)


def _foreign(root: Path, folder: str) -> Iterator[str]:
    for name, record in _RECORDS.items():
        if (root / folder / name).is_dir() and not (root / folder / record).exists():
            yield str(PurePosixPath(folder) / name)
    if not all(name.startswith(".") or name.endswith(".json") for name in names_in(root / folder / _ANCHORS)):
        yield str(PurePosixPath(folder) / _ANCHORS)
