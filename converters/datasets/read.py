"""Finding the format of a data set and reading it: the view of every picture is decided, and edits of heads apply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from converters.datasets.anchor_files import AnchorsAt
from converters.datasets.edited_heads import with_head_edits
from converters.datasets.orientation import with_orientation
from converters.files.pictures.passed_over import passed_over_note
from converters.formats.format import Side
from converters.formats.options import reading_options
from converters.formats.registry import FORMATS, detect_format, find_format, format_name
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DatasetLayoutError, telling
from gta_head_tools.files import own_name


@dataclass(frozen=True, slots=True)
class Found:
    """A data set that is not read yet.

    Attributes:
        path: a folder or one file.
        format: its name.
        predictions: True for a file of predictions that says nothing of its images, see `Format.is_predictions`.
    """

    path: Path
    format: str
    predictions: bool = False


def find_dataset(path: Path, name: str | None = None) -> Found:
    """The data set at `path`, in the format of that name; None = detected.

    Raises:
        DatasetLayoutError: it does not exist, looks like no format, or like several.
        UnknownNameError: no such format.
    """
    return Found(path, detect_format(path) if name is None else format_name(name))


def find_predictions(path: Path, name: str | None = None) -> Found:
    """`find_dataset` for predictions, which may be a file that says nothing of its images.

    Raises:
        DatasetLayoutError: it does not exist, looks like no format, or like several.
        UnknownNameError: no such format.
    """
    names = list(FORMATS) if name is None else [format_name(name)]
    alone = next((each for each in names if FORMATS[each].is_predictions(path)), None)
    return find_dataset(path, name) if alone is None else Found(path, alone, predictions=True)


def read_dataset(
    source: Path,
    *,
    format_name: str | None = None,
    options: Sequence[str] = (),
    anchors: AnchorsAt = None,
    side: Side | None = None,
) -> tuple[str, Dataset]:
    """Name of the format, and the data set with the user's edits of heads applied.

    Args:
        source: a folder or one label file.
        format_name: None = detected.
        options: `key=value` options of the format.
        anchors: the anchor files whose edits of heads are applied.
        side: read this side of what scores compare, see `Format.read_scored`; None = the data set as it is.
            A prediction is never ignored: flags that say so are taken off, with a note.

    Raises:
        GtaHeadError: no such file or folder, no such format or option, or files that are not what they claim.
    """
    name = find_dataset(source, format_name).format
    dataset = with_head_edits(read_unedited(source, name, options, side=side), anchors)
    chosen = find_format(name)
    ignores = side == "predictions" and chosen.read_scored is None and "ignore" in chosen.holds
    return name, _none_ignored(dataset) if ignores else dataset


def read_unedited(source: Path, format_name: str, options: Sequence[str] = (), *, side: Side | None = None) -> Dataset:
    """The data set without the user's edits of heads, flags and all; arguments as for `read_dataset`.

    Raises:
        GtaHeadError: no such file or folder, no such format or option, or files that are not what they claim.
    """
    if not source.exists():
        raise DatasetLayoutError(source, "no such file or folder")
    chosen = find_format(format_name)
    own, common = reading_options(chosen.options, options)
    with telling(passed_over_note(source)):
        if side is not None and chosen.read_scored is not None:
            dataset = chosen.read_scored(source, own, side)
        else:
            dataset = chosen.read(source, own)
    dataset = replace(dataset, notes=(*dataset.notes, *passed_over_note(source, dataset.scenes)))
    return with_orientation(dataset, common.exif)


def _none_ignored(predictions: Dataset) -> Dataset:
    """The same predictions, all of which count; a note says how many were flagged."""
    flagged = sum(int(image.ignore.sum()) for image in predictions)
    if not flagged:
        return predictions
    note = (
        f"{own_name(predictions.source)}: {flagged} predictions are flagged as ignored; they count all the same, "
        "because only true heads can be ignored; remove them to leave them out"
    )
    return replace(predictions.map(_not_ignored), notes=(*predictions.notes, note))


def _not_ignored(image: ImageAnnotations) -> ImageAnnotations:
    return image.replace(ignore=np.zeros(len(image), dtype=bool)) if image.ignore.any() else image
