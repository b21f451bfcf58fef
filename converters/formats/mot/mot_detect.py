"""What a file of MOT rows looks like, and the names of its columns in a header."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

from converters.files.numbers.number_lines import rows_by_comma
from converters.files.numbers.number_table import finite
from converters.files.tables.frame_lines import looks_like_frames
from converters.files.tables.point_lists import looks_like_list
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked

WIDTHS = range(6, 11)
"""Columns of a row."""
_BEGINNING = 1 << 16
"""Bytes of a file that detection looks at."""
_MOST_SCORE = 100
"""Of a detection, in percent."""
_FRAME = re.compile(r"(frame|fr|f)([_-]?(id|idx|index|no|nr|num|number))?")
_COLUMNS = (
    re.compile(r"(track|object|obj|target|person|head)?[_-]?(id|identity|number|nr)"),
    re.compile(r"((bb|bbox|box|b)[_-]?)?(left|x|x1|xmin|x_min|tlx|l)"),
    re.compile(r"((bb|bbox|box|b)[_-]?)?(top|y|y1|ymin|y_min|tly|t)"),
    re.compile(r"((bb|bbox|box|b)[_-]?)?(width|w)"),
    re.compile(r"((bb|bbox|box|b)[_-]?)?(height|h)"),
)
"""Names of columns 2 to 6."""


def check_header(names: Sequence[str]) -> str | None:
    """What is wrong with the names of columns in a first line, see `Header`; the first name is that of the frame."""
    if len(names) not in WIDTHS or not _FRAME.fullmatch(names[0]):
        return None
    for place, (name, column) in enumerate(zip(names[1:], _COLUMNS, strict=False), start=2):
        if not column.fullmatch(name):
            return (
                f"the header calls column {place} {name!r}; columns are read as frame, id, left, top, width, height, "
                "...: bring them in this order, and take the header away where its names mean the same"
            )
    return ""


def looks_like_rows(path: Path) -> bool:
    """True for a file whose first line is MOT's, unless its lines fit one of the lists with a line for each image."""
    text = read_unpacked(path, _BEGINNING)
    complete = text if len(text) < _BEGINNING else text.rpartition(b"\n")[0] or text
    try:
        lines = rows_by_comma(path, b"\n".join(complete.splitlines()).rstrip(), WIDTHS, check_header)
    except DataFormatError:
        return True  # A header that begins like MOT's: reading it tells what is wrong.
    first = [finite(field) for field in lines.text.partition(b"\n")[0].decode(errors="replace").split(",")]
    if len(first) not in WIDTHS or any(map(math.isnan, first)):
        return False
    frame, track = first[:2]
    if lines.separator == "blank" and first[4] <= 3 and first[5] <= 1 and len(first) == 6:
        return False  # JHU-Crowd++: x y, width and height, then occlusion 1 to 3 and blur 0 or 1; no box is so small.
    if len(first) == 8 and first[6] > _MOST_SCORE:
        return False  # VSCrowd: frame, track, two corners, and the point of one head.
    whole = frame >= 0 and frame.is_integer() and track.is_integer()
    return whole and not looks_like_list(path) and not looks_like_frames(path)
