"""What a format is: how a data set is found, read and written.

To add a format, write `converters/formats/NAME.py`, which ends with its `FORMAT = Format(...)`, and add one line to
`converters/formats/registry.py`. A format that is only read leaves out `writes`. `converters/files/` holds the parts
that formats are made of; `converters/formats/mall.py` is a short example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from converters.files.pictures.pictures import ImageMode
from converters.formats.options import NoOptions
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import ConfigError, DatasetLayoutError, LossyConversionError

ColumnName = Literal["points", "boxes", "ids", "ignore", "visibility", "score", "split"]
"""What a format may hold. ``points``: head points that are not the middles of the boxes."""


class Reader(Protocol):
    """Reads a data set."""

    def __call__(self, path: Path, options: Any, /) -> Dataset:
        """The data set at `path`, a folder or file; heads are read when it is iterated.

        Raises:
            DataFormatError: a file is not what it claims to be.
            DatasetLayoutError: a folder or file is missing.
        """
        ...


Side = Literal["predictions", "truth"]
"""What scores compare."""


class SideReader(Protocol):
    """Reads one side of what scores compare."""

    def __call__(self, path: Path, options: Any, side: Side, /) -> Dataset:
        """The data set at `path` as that side; heads are read when it is iterated.

        Raises:
            DataFormatError: a file is not what it claims to be.
            DatasetLayoutError: a folder or file is missing.
        """
        ...


class Writer(Protocol):
    """Writes a data set in one format; streams it and never holds all of it."""

    def __call__(self, dataset: Dataset, target: Path, options: Any, images: ImageMode, /) -> None:
        """Write all scenes of `dataset` below `target` (or to that file), each whole or not at all."""
        ...


class Places(Protocol):
    """Tells what writing a scene makes in a target folder: its own folders, and the files that hold its heads."""

    def __call__(self, scene: Scene, source: Path, /) -> list[str]:
        """Paths relative to the target.

        Args:
            scene: to be written.
            source: of the data set, for messages.

        Raises:
            GtaHeadError: the names of the scene and of its splits cannot be those of folders.
        """
        ...


def nothing_to_tell(ids: Mapping[str, int]) -> tuple[str, ...]:  # noqa: ARG001
    """`notes` of formats that write what is there, and nothing else."""
    return ()


def nothing_to_finish(scenes: Sequence[Scene], target: Path) -> None:
    """`finish` of formats whose scenes need no common list."""


def nothing_more(options: Any) -> frozenset[ColumnName]:  # noqa: ARG001
    """`also` of formats that hold the same columns whatever the options."""
    return frozenset()


def never_detected(path: Path) -> bool:  # noqa: ARG001
    """`detect` of formats that are only read when they are asked for by name."""
    return False


def no_boxes(count: int, first: str) -> LossyConversionError:
    """Heads without boxes, for a format that holds boxes alone."""
    return LossyConversionError(
        f"{count} heads have no box (first image: {first}), and this format holds boxes only; "
        "make them with `ghtools interpolate-boxes`, or convert to coco or csv"
    )


def two_sizes(scene: str, sizes: Iterable[tuple[int, int]], *, regroup: bool = False) -> ConfigError:
    """Pictures of several sizes in a scene, for a format that stores one size a scene.

    Args:
        scene: its name.
        sizes: of its pictures.
        regroup: the source's format can be read with other scenes.
    """
    advice = "read them with -i scenes=image, or convert to coco" if regroup else "convert to coco"
    shown = " and ".join(f"{width}x{height}" for width, height in sorted(sizes)[:2])
    return ConfigError(f"scene {scene!r} has pictures of {shown}, and this format has one size for a scene; {advice}")


def no_sizes(count: int, first: Path) -> DatasetLayoutError:
    """Pictures of unknown size, for a format that stores it."""
    return DatasetLayoutError(
        first,
        f"size is unknown ({count} such images): bring whole pictures, or convert to csv, which stores no sizes",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Writes:
    """How a format is written.

    Attributes:
        write: writes a data set to a new folder (or, with `suffix`, to one file).
        places: what writing a scene makes.
        options: frozen dataclass of `-o key=value` options.
        also: columns that survive writing with these options, besides `Format.holds` (YOLO's points as keypoints).
        keeps: names of what is no column of the model (`Contents.extras`) and is written all the same.
        finish: writes what lists all scenes of the target (MOT's seqmaps); called once, after the last scene.
        notes: what is written that the source has not, for the user; of the number of heads `without` an id, and of
            those whose id is `repeated` in their image.
        suffix: of the one file that can hold a whole data set (`.json`); None = always a folder.
        points_alone: heads without a box are written, too, although the point of a head with a box is its middle.
        clips: boxes are cut at the border of their picture, and heads of whose box nothing is left are not written.
        needs_size: it cannot be written without the size of every picture.
        needs_pixels: it writes pictures anew, or is of no use with a picture that cannot be read.
        scenes_apart: every scene is a folder of its own, so that scenes can be written independently of each other.
    """

    write: Writer
    places: Places
    options: type[Any] = NoOptions
    also: Callable[[Any], frozenset[ColumnName]] = nothing_more
    keeps: frozenset[str] = frozenset()
    finish: Callable[[Sequence[Scene], Path], None] = nothing_to_finish
    notes: Callable[[Mapping[str, int]], tuple[str, ...]] = nothing_to_tell
    suffix: str | None = None
    points_alone: bool = False
    clips: bool = False
    needs_size: bool = False
    needs_pixels: bool = False
    scenes_apart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format.

    Attributes:
        holds: columns that survive writing (reading, where the format cannot be written).
        read: reads a data set.
        options: frozen dataclass of `-i key=value` options.
        detect: True when a folder or file looks like this format; opens as little as possible.
        writes: how it is written; None = it is only read.
        first_frame: number of the first frame of a sequence; None = the format leaves it open.
        read_scored: reads what scores compare, where that is not what `read` gives; no prediction is ignored then.
        is_predictions: True for a file of predictions that `read` does not take, because it says nothing of the images.
        read_predictions: reads such a file; the second argument is the true data set, which knows the images.
    """

    holds: frozenset[ColumnName]
    read: Reader
    options: type[Any] = NoOptions
    detect: Callable[[Path], bool] = never_detected
    writes: Writes | None = None
    first_frame: int | None = None
    read_scored: SideReader | None = None
    is_predictions: Callable[[Path], bool] = never_detected
    read_predictions: Callable[[Path, Dataset], Dataset] | None = None
