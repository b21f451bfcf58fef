"""Text lists of points: a line for each image with its id, the number of its heads, and the numbers of each head.

Fields are separated by blanks, or in a whole file by tabs, commas or semicolons; a first line without any digit names
the columns and is passed over. Between tabs and semicolons numbers may have decimal commas. Numbers that programs
write as `2.0` or `2.000e+00` are whole ones, ids too if all of a file are written so.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converters.files.numbers.number_table import finite, numbers_between_blanks, odd_word, strict_text
from converters.files.numbers.number_text import Numbers, head_lines
from converters.files.pictures.joined_names import bare
from converters.files.pictures.picture_names import NameParts, PictureNames
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import DataFormatError
from gta_head_tools.evaluation.head_sizes import area_levels
from gta_head_tools.files import read_unpacked

WIDTHS = {2: "x y", 3: "x y score", 5: "x y sigma_s sigma_l level"}
"""Numbers a head, and what they are."""
_SEPARATORS = (None, b"\t", b",", b";")
"""What may stand between two fields; None = blanks of any kind."""
_TABLE_WIDTHS = range(6, 11)
"""Fields of rows of MOT."""
_COUNT = re.compile(rb"[^,;\s]+[,;\s]+\W*(n|no|\w*(count|num|heads|total)\w*)\b", re.IGNORECASE)
"""A header whose second name is that of a number of heads; those of tables and of rows of MOT have another there."""
_BEGINNING = 1 << 16
"""Bytes of a file that detection looks at."""
_MOST_LINES = 50
"""Lines of a file that detection looks at."""
_MOST_DIGITS = 12
"""Most digits of a number of heads; a longer number is something else."""
_WHOLE = re.compile(rb"\d{1,12}\.0*|\d(\.\d*)?[eE]\+\d\d")
"""A whole number as programs write floats."""
_DIGIT = re.compile(rb"\d")
_LEVELS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list.

    Attributes:
        place: of the line in the file, counted from 1.
        name: id of the image.
        said: number of heads as the line says it.
        values: the numbers of all heads, one after the other.
    """

    place: int
    name: str
    said: int
    values: NDArray[np.float64]

    def holds(self, width: int) -> bool:
        """True where all heads are there with so many numbers each."""
        return len(self.values) == self.said * width

    def lacks(self, width: int) -> bool:
        """True where fewer heads are there than the line says, with so many numbers each."""
        return len(self.values) % width == 0 and len(self.values) < self.said * width


def looks_like_list(path: Path) -> bool:
    """True for a file whose first lines have an id, a number, and as many heads."""
    text = read_unpacked(path, _BEGINNING)
    whole = text if b"\n" in text or len(text) < _BEGINNING else read_unpacked(path)
    lines = whole.splitlines()
    complete = lines if len(whole) < _BEGINNING or len(lines) == 1 else lines[:-1]
    there = [line for line in complete[: _MOST_LINES + 1] if line.strip()]
    filled = _without_header(there)
    if not filled or (len(filled) < len(there) and not _COUNT.match(there[0].lstrip(b"# "))):
        return False
    separator = _separator(filled)
    rows = [_fields(line, separator) for line in filled]
    if not all(map(_looks_right, rows)):
        return False
    # Rows of MOT have an id in the second column, which may be a number of heads by chance.
    widths = {len(row) for row in rows}
    table = len(widths) == 1 and widths <= set(_TABLE_WIDTHS)
    return not table or _are_heads(rows, sized=separator is None)


def _are_heads(rows: Sequence[Sequence[bytes]], *, sized: bool) -> bool:
    """True for rows that are not those of MOT: every id once, and heads that are points, with scores or without.

    With `sized` they may also be points with radii and a level, which have blanks between them.
    """
    numbers = [[finite(word.decode(errors="replace")) for word in row[2:]] for row in rows]
    once = len({row[0] for row in rows}) == len(rows)
    if sized and once and len(numbers[0]) % 5 == 0:
        return all(map(_fit, *np.array(numbers).reshape(-1, 5).T[2:].tolist()))
    counts = [_whole(row[1]) or 0 for row in rows]
    width = next((w for w in (2, 3) if all(w * count == len(numbers[0]) for count in counts)), None)
    if not once or width is None:
        return False
    points = np.array(numbers).reshape(len(rows), -1, width)
    scores = points[:, :, 2:]
    # The third point of a list would lie in the corner, where MOT's rows have their flag or score.
    return bool(
        (points[:, :, :2] >= 0).all()
        and ((scores >= 0) & (scores <= 1)).all()
        and (width == 3 or points.shape[1] < 3 or (np.abs(points[:, 2, 0]) > 1).all())
    )


def _fit(small: float, large: float, level: float) -> bool:
    """True for radii of one box, half its shorter side and half its diagonal, and the level of its area."""
    # Radii are rounded, so that the area lies between those of radii a pixel smaller and larger.
    shorts, halves = [max(small + step, 0) for step in (-1, 0, 1)], [large + step for step in (-1, 0, 1)]
    areas = [4 * short * math.sqrt(max(half**2 - short**2, 0)) for short in shorts for half in halves]
    lowest, highest = area_levels([min(areas), max(areas)])
    # Half the diagonal of a square is the square root of 2 times half its side, and of other boxes more.
    return bool(large + 1 >= math.sqrt(2) * (small - 1) and lowest <= level <= highest)


def _without_header(lines: Sequence[bytes]) -> Sequence[bytes]:
    """The lines without a first one that holds no digit: every line of a list has a number of heads."""
    return lines[1:] if lines and not _DIGIT.search(lines[0]) else lines


def _separator(lines: Sequence[bytes]) -> bytes | None:
    """The first separator with which these are lines of a list, else that of the first line, else blanks."""
    for some in (lines[:_MOST_LINES], lines[:1]):
        for separator in _SEPARATORS:
            if all(_looks_right(_fields(line, separator)) for line in some):
                return separator
    return None


def _fields(line: bytes, separator: bytes | None) -> list[bytes]:
    marks = None if separator is None else b' \t"'  # Spreadsheets may put texts between quotes.
    fields = [field.strip(marks) for field in line.split(separator)]
    while len(fields) > 2 and not fields[-1]:
        fields.pop()  # Spreadsheets fill short lines up.
    return fields if separator in {None, b","} else [*fields[:2], *(field.replace(b",", b".") for field in fields[2:])]


def _looks_right(words: Sequence[bytes]) -> bool:
    said, there = _whole(words[1]) if len(words) > 1 else None, len(words) - 2
    if said is None or not words[0] or words[0].endswith((b",", b";")):
        return False  # The id `7,` of a line by commas with blanks behind them.
    try:
        np.array(words[2:8], dtype=np.float64)
    except ValueError:
        return False
    return there in {said * width for width in WIDTHS} or (0 < there < 5 * said and there % 5 == 0)


def _whole(word: bytes) -> int | None:
    """The whole number that a word is; None for other words."""
    if word.isdigit():
        return int(word) if len(word) <= _MOST_DIGITS else None
    value = float(word) if _WHOLE.fullmatch(word) else 0.5
    return int(value) if value.is_integer() and value < 10**_MOST_DIGITS else None


def read_lines(path: Path, parts: NameParts = "whole") -> list[Line]:
    """The lines of a file; blank ones are passed over.

    Args:
        path: of the file.
        parts: how much of an id counts.

    Raises:
        DataFormatError: a line is not what it should be, or an image has two.
    """
    names = PictureNames(path, parts)
    texts = [(place, text) for place, text in enumerate(read_unpacked(path).splitlines(), start=1) if text.strip()]
    filled = texts[len(texts) - len(_without_header([text for _, text in texts])) :]
    separator = _separator([text for _, text in filled[:_MOST_LINES]])
    with strict_text():
        lines = _whole_ids([_parse(names, place, text, separator) for place, text in filled])
    seen: dict[str, Line] = {}
    for line in lines:
        first = seen.setdefault(bare(line.name), line)
        if first is not line:
            problem = f"image {line.name!r} has a line already, {first.place}; remove one of them"
            raise DataFormatError(path, problem, line=line.place)
    return lines


def _parse(names: PictureNames, place: int, text: bytes, separator: bytes | None) -> Line:
    path = names.file
    words = text.split(separator, 2)
    said = _whole(words[1].strip(b' \t"')) if len(words) > 1 else None
    if said is None:
        shown = text[:40].decode(errors="replace")
        raise DataFormatError(path, f"{shown!r} found, expected an id, the number of heads and the heads", line=place)
    try:
        name = names.path(words[0].strip(b' \t"' if separator else None).decode())
    except DataFormatError as error:
        raise DataFormatError(path, error.problem, line=place) from error
    rest = words[2] if len(words) > 2 else b""
    if separator is not None:
        rest = (
            (rest if separator == b"," else rest.replace(b",", b"."))
            .replace(separator, b" ")
            .replace(b'"', b" ")
            .strip()
        )
    values = numbers_between_blanks(rest)
    if not np.isfinite(values).all():
        raise DataFormatError(path, f"{odd_word(rest)!r} is no finite number; correct it", line=place)
    return Line(place, name, said, values)


def _whole_ids(lines: list[Line]) -> list[Line]:
    """The lines with ids as whole numbers, if all of them are floats that are whole."""
    if not lines or not all(_WHOLE.fullmatch(line.name.encode()) for line in lines):
        return lines
    numbers = [_whole(line.name.encode()) for line in lines]
    return (
        lines
        if None in numbers
        else [replace(line, name=str(number)) for line, number in zip(lines, numbers, strict=True)]
    )


def numbers_a_head(path: Path, lines: Sequence[Line], asked: int | None = None) -> int:
    """Numbers a head, the same in all lines of a file.

    Args:
        path: of the file.
        lines: of it.
        asked: what the user says it is; None = what fits.

    Raises:
        DataFormatError: a line has another number of them, or two numbers fit.
    """
    widths = [width for width in WIDTHS if asked in {None, width}]
    for width in widths:
        if all(line.holds(width) for line in lines):
            if asked is None and width != 5:
                _check_one_reading(path, lines, width)
            return width
    # Lists of true heads may hold fewer heads than they say; in predictions the number must be right.
    sized = all(line.holds(5) or line.lacks(5) for line in lines)
    if 5 in widths and sized and (asked or any(line.said and line.holds(5) for line in lines)):
        return 5
    fitting = Counter(width for line in lines if line.said for width in widths if line.holds(width))
    width = fitting.most_common(1)[0][0] if fitting else asked or 0
    wrong = next(line for line in lines if not (width and line.holds(width)) and (line.said or len(line.values)))
    expected = f"{wrong.said * width} ({WIDTHS[width]} each)" if width else "2, 3 or 5 each"
    problem = f"{wrong.said} heads and {len(wrong.values)} numbers found, expected {expected}; correct the line"
    raise DataFormatError(path, problem, line=wrong.place)


def _check_one_reading(path: Path, lines: Sequence[Line], width: int) -> None:
    """Refuse lines that hold all heads with `width` numbers each, or fewer heads with radii and level, as by chance.

    Raises:
        DataFormatError: the message names both readings.
    """
    filled = [line for line in lines if line.said]
    if not filled or not all(line.lacks(5) and _are_sized(line.values.reshape(-1, 5)) for line in filled):
        return
    first, count = filled[0], len(filled[0].values) // 5
    problem = f"{first.said} heads with {WIDTHS[width]}, or {count} of them with {WIDTHS[5]}: both fit"
    choice = "points" if width == 2 else "scores"
    raise DataFormatError(path, f"{problem}; say -i columns={choice} or -i columns=sizes", line=first.place)


def _are_sized(heads: NDArray[np.float64]) -> bool:
    """True for heads (N, 5) with radii of which the second is not the smaller one, and with levels."""
    small, large, level = heads[:, 2:].T
    return bool(np.all((small >= 0) & (large + 1 >= small) & np.isin(level, range(_LEVELS))))


def list_line(name: str, image: ImageAnnotations, columns: Sequence[Numbers], *, decimals: int, source: Path) -> bytes:
    """The line of an image, with its end.

    Args:
        name: id of the image, without blanks.
        image: whose heads the line holds.
        columns: the numbers of each head, each (N,).
        decimals: most digits after the point.
        source: of the data set, for the message.

    Raises:
        DataFormatError: a number is too large.
    """
    heads = head_lines([image], columns, decimals=decimals, source=source).translate(bytes.maketrans(b",\n", b"  "))
    return b" ".join([name.encode(), b"%d" % len(image), heads]).rstrip() + b"\n"
