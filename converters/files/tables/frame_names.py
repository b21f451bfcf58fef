"""How the pictures of a video are numbered, and the file that gives them the names back that they had before.

`frames.csv` (`frame,image`) is our own; it lies beside the numbered pictures.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from converters.files.numbers.number_table import is_whole
from converters.files.tables.csv_table import csv_field
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import file_or_lost, inside, picture_suffix_of, read_unpacked

FRAME_NAMES = "frames.csv"
_HEADER = ["frame", "image"]
_MOST_DIGITS = 9
"""Most digits of a frame's number."""


def frame_numbers(frames: Sequence[int | None]) -> list[int] | None:
    """The numbers by which the frames of a scene are written: their own where some are missing between or before them.

    Args:
        frames: of all pictures of the scene, in their order; None = unknown.

    Returns:
        None where they are written as 1, 2, 3, ...

    >>> frame_numbers([60, 120]), frame_numbers([0, 30]), frame_numbers([0, 1, 2]), frame_numbers([None, 2])
    ([60, 120], [1, 31], None, None)
    """
    numbers = [frame for frame in frames if frame is not None]
    if len(numbers) < len(frames) or not numbers or any(a >= b for a, b in pairwise(numbers)):
        return None
    if numbers[0] in {0, 1} and numbers[-1] - numbers[0] == len(numbers) - 1:
        return None
    return [frame + (numbers[0] == 0) for frame in numbers]


def frames_by_split(images: Sequence[ImageAnnotations]) -> dict[str | None, dict[int, ImageAnnotations]]:
    """The images of a scene by their split and by the numbers that they are written under; without numbers from 1."""
    numbers = frame_numbers([image.info.frame for image in images])
    parts: dict[str | None, dict[int, ImageAnnotations]] = {}
    for place, image in enumerate(images):
        part = parts.setdefault(image.info.split, {})
        part[numbers[place] if numbers else len(part) + 1] = image
    return parts


def read_frame_names(path: Path, *, length: int | None = None) -> dict[int, str]:
    """Names of the pictures before they were numbered, by frame; empty where there is no such file.

    Args:
        path: of the file.
        length: the last frame of the sequence, None = unknown.

    Raises:
        DataFormatError: the header is missing, a row is not a frame and a path that stays inside, or a frame is named
            twice or lies beyond the sequence.
    """
    if not file_or_lost(path):
        return {}
    names: dict[int, str] = {}
    reader = csv.reader(io.StringIO(read_unpacked(path).decode(), newline=""))
    for row in reader:
        if not row:
            continue
        if reader.line_num == 1:
            if row != _HEADER:
                problem = f"{','.join(row)!r} is not the header frame,image; put it into line 1"
                raise DataFormatError(path, problem, line=1)
            continue
        if len(row) != 2 or not is_whole(row[0]) or len(row[0]) > _MOST_DIGITS:
            raise DataFormatError(path, f"{','.join(row)!r} is not frame,image; correct it", line=reader.line_num)
        frame = int(row[0])
        if frame in names or (length is not None and frame > length):
            problem = "is named twice" if frame in names else f"lies beyond the {length} frames of the sequence"
            raise DataFormatError(path, f"frame {frame} {problem}; correct it", line=reader.line_num)
        names[frame] = inside(row[1], path=path)
    return names


def write_frame_names(path: Path, names: Mapping[int, str]) -> None:
    """Write the names of frames."""
    lines = ("frame,image", *(f"{frame},{csv_field(name)}" for frame, name in names.items()), "")
    path.write_bytes("\n".join(lines).encode())


def frame_file(frame: int, path: str, *, digits: int = 6) -> str:
    """File name of a frame's picture: its number and the suffix of `path`, `.jpg` without one."""
    return f"{frame:0{digits}d}{picture_suffix_of(path) or '.jpg'}"
