"""What a format is: one module with the members of `Format`, and the pieces that all of them share.

To add a format, write `converters/formats/NAME.py` with `HOLDS`, `ReadOptions`, `WriteOptions`, `detect`, `read`,
`write`, `places` and `finish` (take the stubs below for what it does not do) and add one line to
`converters/formats/registry.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from converters.files.pictures import ImageMode
from gta_head_tools.dataset import Dataset, Scene

ColumnName = Literal["points", "boxes", "ids", "ignore", "visibility", "score", "split"]
"""What a format may hold. ``points``: head points that are not the middles of the boxes."""


class Format(Protocol):
    """The members of a format module. `read` gives a `Dataset`, `write` streams one out and never holds it."""

    HOLDS: frozenset[ColumnName]
    """Columns that survive writing (reading, where the format cannot be written)."""
    ReadOptions: type[Any]
    """Frozen dataclass of `-i key=value` options."""
    WriteOptions: type[Any]
    """Frozen dataclass of `-o key=value` options."""
    FILE_SUFFIX: str | None
    """Suffix of the one file that can hold a whole data set (`.json`); None = always a folder."""
    SCENES_APART: bool
    """True when every scene is a folder of its own, so that scenes can be written apart from each other."""
    NEEDS_SIZE: bool
    """True when it cannot be written without the size of every picture."""

    @property
    def write(self) -> Writer | None:
        """Write a data set to a new folder (or, with FILE_SUFFIX, file); None = reading only."""
        ...

    def detect(self, path: Path) -> bool:
        """True when the folder or file looks like this format; opens as little as possible."""
        ...

    def read(self, path: Path, options: Any) -> Dataset:
        """The data set at `path`; heads are read when it is iterated.

        Raises:
            DataFormatError: a file is not what it claims to be.
            DatasetLayoutError: a folder or file is missing.
        """
        ...

    def places(self, scene: Scene, source: Path) -> list[str]:
        """What writing a scene makes in a target folder: its own folders, and the files that hold its heads.

        Args:
            scene: to be written.
            source: of the data set, for messages.

        Raises:
            GtaHeadError: the names of the scene and of its splits cannot be those of folders.
        """
        ...

    def finish(self, scenes: Sequence[Scene], target: Path) -> None:
        """Write what lists all scenes of the target (MOT's seqmaps); called once, after the last scene."""
        ...


class Writer(Protocol):
    """Writes a data set in one format."""

    def __call__(self, dataset: Dataset, target: Path, options: Any, images: ImageMode) -> None:
        """Write all scenes of `dataset` below `target` (or to that file), each whole or not at all."""
        ...


def nothing_to_finish(scenes: Sequence[Scene], target: Path) -> None:
    """Shared `finish` of formats whose scenes need no common list."""


def no_places(scene: Scene, source: Path) -> list[str]:  # noqa: ARG001
    """Shared `places` of formats that are only read."""
    return []


def never_detected(path: Path) -> bool:  # noqa: ARG001
    """Shared `detect` of formats that are only read when asked for by name."""
    return False
