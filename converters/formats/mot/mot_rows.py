"""Rows of MOTChallenge text (`gt.txt`) as columns of heads, and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from converters.files.number_table import NumberTable
from converters.files.number_text import head_lines
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.geometry import centres, from_xywh, to_xywh

ColumnSeven = Literal["auto", "flag", "score"]
"""What column 7 is: a flag, 0 = ignore, or a score; auto: a flag where all values are -1, 0 or 1."""
WIDTHS = range(6, 11)
"""Columns of a row."""
_IGNORED_CLASS = 3
"""Class "ignore" of the 9-column form (HT21)."""


def frames_of(rows: NumberTable, last: int | None) -> NDArray[np.int64]:
    """(R,) the 1-based frame of each row.

    Raises:
        DataFormatError: a frame that is not a whole number, below 1 or beyond `last`.
    """
    frames = rows.whole(0, "frame")
    wrong = np.flatnonzero((frames < 1) | (frames > (np.inf if last is None else last)))
    if len(wrong):
        until = "" if last is None else f", and the sequence ends at {last}"
        raise rows.error(int(wrong[0]), f"frame {frames[wrong[0]]} does not exist: frames count from 1{until}")
    return frames


def to_heads(rows: NumberTable, origin: int, column7: ColumnSeven = "auto") -> ImageAnnotations:
    """The heads of all frames, in the order of the file.

    Args:
        rows: of the file.
        origin: what the left and top border of a picture are called in it, 1 or 0.
        column7: what column 7 is. Heads with a score are detections, of which none is ignored.

    Raises:
        DataFormatError: an id that is not a whole number.
    """
    table = rows.numbers
    ids = rows.whole(1, "track id")
    xywh = table[:, 2:6] - np.array([origin, origin, 0, 0])
    boxes = from_xywh(xywh)
    ignore, extra = _flags(table, column7)
    return ImageAnnotations(ImageInfo(""), centres(boxes), boxes=boxes, ids=ids, ignore=ignore, extra=extra)


def _flags(
    table: NDArray[np.float64], column7: ColumnSeven
) -> tuple[NDArray[np.bool_], dict[str, NDArray[np.float64]]]:
    """Columns seven to nine: ignored heads, and class, visibility and score where they are not all the default."""
    count, width = table.shape
    ignore = np.zeros(count, dtype=bool)
    extra: dict[str, NDArray[np.float64]] = {}
    scored = column7 == "score" or (column7 == "auto" and width >= 7 and not np.isin(table[:, 6], (-1, 0, 1)).all())
    if width >= 7 and scored and not (table[:, 6] == -1).all():
        extra["score"] = table[:, 6]
    if width >= 7 and not scored:
        ignore = table[:, 6] == 0
    if width in (8, 9):
        ignore = ignore | ((table[:, 7] == _IGNORED_CLASS) & (not scored))
        if not (table[:, 7] == 1).all():
            extra["class"] = table[:, 7]
    if width == 9 and not (table[:, 8] == 1).all():
        extra["visibility"] = np.where(table[:, 8] < 0, np.nan, table[:, 8])
    return ignore, extra


def to_text(frames: Sequence[ImageAnnotations], origin: int, *, source: Path) -> bytes:
    """The 9-column text of a sequence whose frames count from 1.

    Args:
        frames: all heads have boxes.
        origin: what to call the left and top border of a picture, 1 or 0.
        source: of the data set, for messages.

    Raises:
        DataFormatError: a number is too large to be written.
    """
    if not frames:
        return b""
    xywh = to_xywh(np.concatenate([image.boxes for image in frames])) + np.array([origin, origin, 0, 0])
    numbers = np.repeat(np.arange(1, len(frames) + 1), [len(image) for image in frames])
    ids = np.maximum(np.concatenate([image.ids for image in frames]), -1)
    flags = 1 - np.concatenate([image.ignore for image in frames]).astype(np.int64)
    classes, visibility = (_known(frames, name) for name in ("class", "visibility"))
    columns = [numbers, ids, *xywh.T, flags, classes, visibility]
    return head_lines(frames, columns, decimals=3, source=source)


def _known(frames: Sequence[ImageAnnotations], name: str) -> NDArray[np.float64]:
    """An extra column of all frames; 1 where it is unknown."""
    parts = [np.asarray(image.extra.get(name, np.ones(len(image))), dtype=np.float64) for image in frames]
    values = np.concatenate(parts)
    return np.where(np.isnan(values), 1.0, values)
