"""Text of a video with tracked heads: a line for each frame, with its number and the numbers of each head.

A head is `id x1 y1 x2 y2 x y`: its track, the corners of its box, its point. Blanks, tabs, commas or semicolons stand
between the numbers; a line with the number of a frame alone says that it has no heads.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converters.files.numbers.number_table import finite, numbers_between_blanks, odd_word, strict_text
from converters.files.pictures.frame_pictures import MOST_FRAMES, too_large
from converters.files.tables.point_lists import looks_like_list
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked

_WIDTH = 7
"""Numbers a head."""
_LARGEST = 2**53
"""Above it a float64 no longer tells neighbouring integers apart."""
_BEGINNING = 1 << 16
"""Bytes of a file that detection looks at."""
_INSIDE = 0.9
"""Least share of the heads whose points lie in their boxes."""
_COMMA = re.compile(rb"[ \t]*[,;][ \t]*")


@dataclass(frozen=True, slots=True)
class FrameLine:
    """One line.

    Attributes:
        path: of the file.
        place: of the line in it, counted from 1.
        frame: number of the frame.
        rest: the numbers of its heads, between blanks.
    """

    path: Path
    place: int
    frame: int
    rest: bytes

    def heads(self) -> NDArray[np.float64]:
        """(N, 7) the heads of the frame; to be called within `strict_text`.

        Raises:
            DataFormatError: they have another number of numbers, one is not finite, or an id is not whole.
        """
        values = numbers_between_blanks(self.rest)
        if not np.isfinite(values).all():
            raise self.error(f"{odd_word(self.rest)!r} is no finite number; correct it")
        if len(values) % _WIDTH:
            expected = f"{_WIDTH} for each head (id x1 y1 x2 y2 x y)"
            raise self.error(f"{len(values)} numbers behind the frame, expected {expected}; correct the line")
        table = values.reshape(-1, _WIDTH)
        odd = np.flatnonzero((table[:, 0] != np.rint(table[:, 0])) | (np.abs(table[:, 0]) > _LARGEST))
        if len(odd):
            raise self.error(f"id {table[odd[0], 0]:g} of head {odd[0] + 1} is no whole number that can be read")
        return table

    def error(self, problem: str) -> DataFormatError:
        """The error that names this line."""
        return DataFormatError(self.path, problem, line=self.place)


def read_frame_lines(path: Path) -> list[FrameLine]:
    """The lines of a file; empty ones are passed over, and the heads are not parsed yet.

    Raises:
        DataFormatError: a frame is no whole number, is too large or has two lines, or a number is missing.
    """
    lines = list(_lines(path, read_unpacked(path)))
    places: dict[int, int] = {}
    for line in lines:
        if line.frame > MOST_FRAMES:
            raise too_large(line.frame, line.error(""))
        if places.setdefault(line.frame, line.place) != line.place:
            raise line.error(f"frame {line.frame} has a line already, {places[line.frame]}; put them together")
    return lines


def _lines(path: Path, text: bytes) -> Iterator[FrameLine]:
    commas = b"," in text or b";" in text
    for place, row in enumerate(text.splitlines(), start=1):
        bare = row.strip().rstrip(b" \t,;")
        if not bare:
            continue
        shown = bare[:60].decode(errors="replace")
        if commas and (fields := _COMMA.split(bare))[1:]:
            # A blank between numbers that others have a comma between is a slip, or the commas are decimal ones.
            if any(not field or len(field.split()) > 1 for field in fields):
                problem = f"{shown!r} has commas and blanks between numbers, or a number is missing; correct the line"
                raise DataFormatError(path, problem, line=place)
            bare = b" ".join(fields)
        first, _, rest = bare.replace(b"\t", b" ").partition(b" ")
        frame = finite(first.decode(errors="replace"))
        if not (frame >= 0 and frame.is_integer()):
            raise DataFormatError(path, f"{shown!r} does not begin with the number of a frame; correct it", line=place)
        yield FrameLine(path, place, int(frame), rest.strip())


def looks_like_frames(path: Path) -> bool:
    """True for a file whose first lines have rising frames, and heads whose points lie in their boxes."""
    text = read_unpacked(path, _BEGINNING)
    if not text.lstrip()[:1].isdigit():
        return False
    whole = text if b"\n" in text or len(text) < _BEGINNING else read_unpacked(path)
    complete = whole if len(whole) != _BEGINNING else whole.rpartition(b"\n")[0]
    last, heads = -1, [np.empty((0, _WIDTH))]
    # A line that is wrong behind others that are right is told by reading.
    with contextlib.suppress(DataFormatError), strict_text():
        for line in _lines(path, complete):
            if line.frame <= last:
                break
            heads.append(line.heads())
            last = line.frame
    table = np.concatenate(heads)
    inside = ((table[:, 1:3] <= table[:, 5:]) & (table[:, 5:] <= table[:, 3:5])).all(axis=1)
    # A table of eight columns is one of MOT's where column 7 is a flag or a score.
    flags = all(len(part) == 1 for part in heads[1:]) and (table[:, 5] <= 1).all()
    return bool(len(table) and inside.mean() >= _INSIDE and not flags) and not looks_like_list(path)
