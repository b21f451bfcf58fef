"""Rows of MOTChallenge text (`gt.txt`) as columns of heads, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from converters.files.numbers.number_table import NumberTable
from converters.files.numbers.number_text import head_lines
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import ConfigError
from gta_head_tools.geometry import centres, from_xywh, to_xywh

ColumnSeven = Literal["flag", "score"]
"""What column 7 is: a flag, 0 = ignore, or a score."""
FLAG, CLASS, VISIBILITY = 6, 7, 8
"""Places of columns 7 to 9."""
CLASSED = (8, 9)
"""Widths of rows whose column 8 is the class; of 10 columns it is the world x."""


@dataclass(frozen=True, slots=True)
class Meanings:
    """What the columns of a file mean.

    Attributes:
        origin: what the left and top border of a picture are called, 1 or 0.
        scored: column 7 is the score of a detection, so that no row is ignored.
        shift: what is added to the frame of a row.
        heads: classes whose rows are heads, None = all.
        named: the classes have names, so that a head needs no class.
        ignored: the class that means "ignore", None = there is none.
        ids_end: ids from here on are only numbers that were written for heads without an id, None = all are ids.
    """

    origin: int = 1
    scored: bool = False
    shift: int = 0
    heads: frozenset[int] | None = None
    named: bool = False
    ignored: int | None = None
    ids_end: int | None = None


def to_heads(rows: NumberTable, meanings: Meanings) -> tuple[NDArray[np.int64], ImageAnnotations]:
    """The frame of each head (N,), and the heads of all frames, in the order of the file.

    Raises:
        DataFormatError: a frame or id that is not a whole number, or too large.
    """
    frames, ids = rows.whole(0, "frame") + meanings.shift, rows.whole(1, "track id")
    table = rows.numbers
    if meanings.heads is not None:
        kept = np.isin(table[:, CLASS], list(meanings.heads))
        table, frames, ids = table[kept], frames[kept], ids[kept]
    if meanings.ids_end is not None:
        ids = np.where(ids < meanings.ids_end, ids, -1)
    boxes = from_xywh(table[:, 2:6] - np.array([meanings.origin, meanings.origin, 0, 0]))
    ignore, extra = _flags(table, meanings)
    return frames, ImageAnnotations(ImageInfo(""), centres(boxes), boxes=boxes, ids=ids, ignore=ignore, extra=extra)


def _flags(table: NDArray[np.float64], meanings: Meanings) -> tuple[NDArray[np.bool_], dict[str, NDArray[np.float64]]]:
    """Columns seven to nine: ignored heads, and class, visibility and score where they are not all the default."""
    count, width = table.shape
    ignore = np.zeros(count, dtype=bool)
    extra: dict[str, NDArray[np.float64]] = {}
    if width > FLAG and meanings.scored and not (table[:, FLAG] == -1).all():
        extra["score"] = table[:, FLAG]
    if width > FLAG and not meanings.scored:
        ignore = table[:, FLAG] == 0
    if width in CLASSED:
        if meanings.ignored is not None and not meanings.scored:
            ignore = ignore | (table[:, CLASS] == meanings.ignored)
        if not meanings.named and not (table[:, CLASS] == 1).all():
            extra["class"] = table[:, CLASS]
    if width == VISIBILITY + 1 and not (table[:, VISIBILITY] == 1).all():
        extra["visibility"] = np.where(table[:, VISIBILITY] < 0, np.nan, table[:, VISIBILITY])
    return ignore, extra


def is_scored(values: NDArray[np.float64], column7: ColumnSeven | None) -> bool:
    """True where column 7, which has these values, is a score; None = a flag where all are -1, 0 or 1."""
    return column7 == "score" or (column7 is None and not np.isin(values, (-1, 0, 1)).all())


def to_text(
    frames: Sequence[ImageAnnotations], numbers: Sequence[int], ids: NDArray[np.int64], origin: int, *, source: Path
) -> bytes:
    """The 9-column text of a sequence.

    Args:
        frames: all heads have boxes.
        numbers: of the frames.
        ids: (N,) of all heads, see `written_ids`.
        origin: what to call the left and top border of a picture, 1 or 0.
        source: of the data set, for messages.

    Raises:
        DataFormatError: a number is too large to be written.
    """
    if not frames:
        return b""
    xywh = to_xywh(np.concatenate([image.boxes for image in frames])) + np.array([origin, origin, 0, 0])
    of_head = np.repeat(np.array(numbers, dtype=np.int64), [len(image) for image in frames])
    flags = 1 - np.concatenate([image.ignore for image in frames]).astype(np.int64)
    classes, visibility = (_known(frames, name) for name in ("class", "visibility"))
    columns = [of_head, ids, *xywh.T, flags, classes, visibility]
    return head_lines(frames, columns, decimals=3, source=source)


def _known(frames: Sequence[ImageAnnotations], name: str) -> NDArray[np.float64]:
    """An extra column of all frames; 1 where it is unknown."""
    parts = [np.asarray(image.extra.get(name, np.ones(len(image))), dtype=np.float64) for image in frames]
    values = np.concatenate(parts)
    return np.where(np.isnan(values), 1.0, values)


def written_ids(frames: Sequence[ImageAnnotations]) -> tuple[NDArray[np.int64], int | None]:
    """(N,) the id of every head of a sequence; heads without one are numbered in each frame, above all ids.

    Readers of tracks refuse an id that is twice in a frame, such as -1.

    Returns:
        The ids, and the first number that is no id; None where every head has an id.
    """
    ids = np.concatenate([np.empty(0, dtype=np.int64), *(image.ids for image in frames)])
    without = ids < 0
    if not without.any():
        return ids, None
    counts = [int((image.ids < 0).sum()) for image in frames]
    first = _free_ids(ids, max(counts))
    ids[without] = np.concatenate([first + np.arange(count) for count in counts])
    return ids, first


def _free_ids(ids: NDArray[np.int64], count: int) -> int:
    """The first of so many numbers above all ids."""
    first = max(int(ids.max(initial=0)), 0) + 1
    if first > np.iinfo(np.int64).max - count:
        raise ConfigError(f"the track id {first - 1} leaves no numbers for heads without an id; make it smaller")
    return first
