"""What a file of MOT rows and the files beside it say before the heads are read: frames, classes, meanings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from converters.files.numbers.number_lines import Counts, NumberLines, read_lines
from converters.files.numbers.number_table import Numbers
from converters.files.pictures.frame_pictures import MOST_FRAMES, numbered_pictures, too_large
from converters.files.pictures.pictures import pictures_by_stem
from converters.files.tables.frame_names import FRAME_NAMES, read_frame_names
from converters.formats.mot.mot_detect import WIDTHS, check_header
from converters.formats.mot.mot_frames import Evidence, existing_frames
from converters.formats.mot.mot_labels import HT21_IGNORE, ClassNames, class_names
from converters.formats.mot.mot_rows import CLASS, CLASSED, FLAG, VISIBILITY, ColumnSeven, Meanings, is_scored
from converters.formats.mot.mot_sequence import SequenceInfo, read_sequence_info
from gta_head_tools.errors import DataFormatError

_LARGEST_CLASS = 2**31


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        origin: what the left and top border of a picture are called in the files.
        column7: a flag, 0 = ignore, or the score of a detection; None = a flag where all are -1, 0 or 1.
        category: names or numbers of the classes that are heads, see `converters.files.labels.categories`.
        ignore_class: class whose rows are ignored; None = 3 in HeadTracking21, else no class.
        first_frame: what the rows call the frame of the first picture; None = both have the same numbers.
    """

    origin: Literal["1", "0"] = "1"
    column7: ColumnSeven | None = None
    category: str = ""
    ignore_class: int | None = None
    first_frame: int | None = None


@dataclass(frozen=True, slots=True)
class OpenedRows:
    """What is known of a sequence before its heads are read.

    Attributes:
        info: what `seqinfo.ini` says.
        frames: numbers of those that exist.
        pictures: file names of pictures by frame.
        names: names that pictures had before they were numbered, by frame.
        heads_only: nothing but rows says which frames there are.
        meanings: of the columns.
        classes: names of the classes.
        counts: rows of each class.
        notes: what is worth telling.
    """

    info: SequenceInfo
    frames: tuple[int, ...]
    pictures: Mapping[int, str]
    names: Mapping[int, str]
    heads_only: bool
    meanings: Meanings
    classes: ClassNames
    counts: Mapping[int, int]
    notes: tuple[str, ...]


def open_rows(rows: Path, folder: Path, name: str, options: ReadOptions) -> OpenedRows:
    """What a file of rows and the files beside it say.

    Args:
        rows: the file.
        folder: of the sequence.
        name: of the sequence.
        options: how to read.

    Raises:
        DataFormatError: a file is not what it claims to be, or rows and pictures do not fit together.
        DatasetLayoutError: two pictures are of one frame.
    """
    info = read_sequence_info(folder / "seqinfo.ini")
    if info.length is not None and info.length > MOST_FRAMES:
        raise too_large(info.length, DataFormatError(folder / "seqinfo.ini", "", record="seqLength"))
    names = read_frame_names(folder / FRAME_NAMES, length=info.length)
    pictures = numbered_pictures(folder / info.pictures)
    lines = read_lines(rows, WIDTHS, check_header)
    width = lines.widths[0] if lines.text and len(lines.widths) == 1 else 0
    columns = [0, *([FLAG] if width > FLAG else []), *([CLASS] if width in CLASSED else [])]
    (frames, _), *rest = lines.distinct(columns)
    flags = rest[0][0] if width > FLAG else np.empty(0)
    counts = _classes(*rest[1]) if width in CLASSED else {}
    evidence = Evidence(_frames(lines, frames), pictures, names.keys(), info.length)
    there = existing_frames(evidence, options.first_frame, partial(_row_error, lines))
    classes = class_names(rows, folder, (name, info.name, *rows.absolute().parts[-5:]), nine=width == VISIBILITY + 1)
    scored = bool(width > FLAG and is_scored(flags, options.column7))
    ignored = options.ignore_class
    if ignored is None and classes.ht21 and not options.category:
        ignored = HT21_IGNORE
    return OpenedRows(
        info,
        there.numbers,
        pictures,
        names,
        heads_only=info.length is None and not pictures and not names,
        meanings=Meanings(
            origin=int(options.origin),
            scored=scored,
            shift=there.shift,
            named=classes.listed is not None,
            ignored=ignored,
            ids_end=info.ids_end,
        ),
        classes=classes,
        counts=counts,
        notes=(
            *there.notes,
            *_of_decimals(lines),
            *_of_pictures(folder / info.pictures, pictures),
            *_of_flags(flags, scored=scored),
            *_of_ignored(counts, classes, ignored, scored=scored),
        ),
    )


def _classes(values: Numbers, counts: Counts) -> dict[int, int]:
    """How many rows are of each class; nothing where the column holds something else than classes."""
    if np.any((values != np.rint(values)) | (np.abs(values) >= _LARGEST_CLASS)):
        return {}
    return dict(zip(map(int, values), counts.tolist(), strict=True))


def _frames(lines: NumberLines, values: Numbers) -> tuple[int, ...]:
    """The frames of rows as whole numbers."""
    if not np.array_equal(values, np.rint(values)):
        lines.table().whole(0, "frame")  # Raises an error that names the line.
    if len(values) and values[-1] > MOST_FRAMES:
        last = int(values[-1])
        raise too_large(last, _row_error(lines, last, ""))
    return tuple(map(int, values))


def _row_error(lines: NumberLines, frame: int, problem: str) -> DataFormatError:
    """The error for the first row of a frame."""
    table = lines.table()
    return table.error(int(np.argmax(table.numbers[:, 0] == frame)), problem)


def _of_decimals(lines: NumberLines) -> Iterator[str]:
    if lines.thousands:
        shown = f"{lines.thousands!r} are read with a decimal comma, as {lines.thousands.replace(',', '.')}"
        yield f"numbers like {shown}; write them without a separator of thousands if that is wrong"


def _of_pictures(folder: Path, pictures: Mapping[int, str]) -> Iterator[str]:
    there = () if pictures else list(pictures_by_stem(folder).values())
    if there:
        yield (
            f"no picture in {folder.name} is taken for that of a frame, because not one number alone tells them apart "
            f"(the first: {there[0]!r}); call them 000001.jpg, 000002.jpg, ..."
        )


def _of_flags(flags: Numbers, *, scored: bool) -> Iterator[str]:
    if scored and 0 in flags:
        yield "column 7 is read as a score, so that 0 there does not mean ignore; -i column7=flag reads it as a flag"
    if not scored and len(flags) == 1 and flags[0] == 0:
        yield "column 7 is 0 in all rows, which means ignore; -i column7=score reads it as a score"


def _of_ignored(counts: Mapping[int, int], classes: ClassNames, ignored: int | None, *, scored: bool) -> Iterator[str]:
    if ignored in counts and not scored:
        why = ", as in HeadTracking21" if classes.ht21 else ""
        yield f"class {ignored} means ignore{why}; -i category=NUMBER,NUMBER says which classes are heads"
