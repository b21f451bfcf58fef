"""Pictures that are called by the number of their frame, whatever else their names have in common."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from converters.files.pictures.pictures import pictures_by_stem
from gta_head_tools.errors import DataFormatError, DatasetLayoutError

MOST_FRAMES = 1_000_000
"""Eleven hours at 25 frames a second. A larger number is probably a time, not a frame."""


def numbered_pictures(folder: Path) -> dict[int, str]:
    """File names of pictures by frame: the number in them that differs, as in `000001.jpg`, `frame_0.png`.

    Raises:
        DatasetLayoutError: two pictures have one number, or the folder cannot be listed.
        DataFormatError: a number is too large for a frame.
    """
    there = pictures_by_stem(folder)
    whole = {stem: name for stem, name in there.items() if stem.isascii() and stem.isdecimal()}
    numbers = {stem: int(stem) for stem in whole} if whole else _numbers(list(there))
    pictures: dict[int, str] = {}
    for stem, frame in numbers.items():
        if pictures.setdefault(frame, there[stem]) != there[stem]:
            names = f"{pictures[frame]!r} and {there[stem]!r}"
            raise DatasetLayoutError(folder, f"pictures {names} are of one frame; rename or remove one")
    if pictures and (last := max(pictures)) > MOST_FRAMES:
        raise too_large(last, DataFormatError(folder / pictures[last], ""))
    return pictures


def _numbers(stems: Sequence[str]) -> dict[str, int]:
    """The number in each stem, where all are the same but for one number; of a single stem the last number."""
    parts = {stem: re.split(r"([0-9]+)", stem) for stem in stems}
    words = {tuple(part[::2]) for part in parts.values()}
    if len(words) != 1:
        return {}
    columns = list(zip(*(map(int, part[1::2]) for part in parts.values()), strict=True))
    varying = [place for place, column in enumerate(columns) if len(set(column)) > 1] or list(range(len(columns)))[-1:]
    return dict(zip(stems, columns[varying[0]], strict=True)) if len(varying) == 1 else {}


def too_large(frame: int, error: DataFormatError) -> DataFormatError:
    """The error for a number that is probably none of a frame; `error` has the place."""
    problem = f"frame {frame} is beyond {MOST_FRAMES}, the last one that can be read; number the frames 1, 2, 3, ..."
    return DataFormatError(error.path, problem, line=error.line, record=error.record)
