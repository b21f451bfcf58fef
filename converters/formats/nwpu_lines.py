"""The lines of NWPU-Crowd's text lists as columns of heads. The format: `converters.formats.nwpu_text`."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import inside, read_unpacked

WIDTHS = {2: "x y", 3: "x y score", 5: "x y sigma_s sigma_l level"}
"""Numbers a head, and what they are."""

_BEGINNING = 1 << 16
_MOST_DIGITS = 12
_LEVELS = 6
_LARGEST = 2**53

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lines:
    """All lines of a file.

    Attributes:
        names: ids of the images, in the order of the file.
        counts: (M,) heads of each.
        heads: of all images, in the order of the file.
        notes: what is worth telling.
    """

    names: list[str]
    counts: NDArray[np.int64]
    heads: ImageAnnotations
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    place: int
    name: str
    said: int
    values: Numbers

    def holds(self, width: int) -> bool:
        return len(self.values) == self.said * width

    def lacks(self, width: int) -> bool:
        return len(self.values) % width == 0 and len(self.values) < self.said * width


def looks_like_lines(path: Path) -> bool:
    """True when the first lines of a file each have an id, a number, and as many heads; opens its beginning alone."""
    text = read_unpacked(path, _BEGINNING)
    whole = text if b"\n" in text or len(text) < _BEGINNING else read_unpacked(path)
    lines = whole.splitlines()
    complete = lines if len(whole) < _BEGINNING or len(lines) == 1 else lines[:-1]
    words = [line.split() for line in complete[:50] if line.strip()]
    return bool(words) and all(map(_looks_right, words))


def _looks_right(words: Sequence[bytes]) -> bool:
    if len(words) < 2 or not words[1].isdigit() or len(words[1]) > _MOST_DIGITS:
        return False
    said, there = int(words[1]), len(words) - 2
    try:
        np.array(words[2:8], dtype=np.float64)
    except ValueError:
        return False
    return there in {said * width for width in WIDTHS} or (0 < there < 5 * said and there % 5 == 0)


def read_lines(path: Path) -> Lines:
    """All lines of a file; blank ones are passed over.

    Raises:
        DataFormatError: a line is not what it should be, or an image has two.
    """
    texts = enumerate(read_unpacked(path).splitlines(), start=1)
    with warnings.catch_warnings():
        # Older numpy only warns of text that is no number, and leaves out the rest of the line.
        warnings.simplefilter("error", DeprecationWarning)
        lines = [_parse(path, place, text) for place, text in texts if text.strip()]
    seen: dict[str, int] = {}
    for line in lines:
        if seen.setdefault(line.name, line.place) != line.place:
            problem = f"image {line.name!r} has a line already, {seen[line.name]}; remove one of them"
            raise DataFormatError(path, problem, line=line.place)
    width = _width(path, lines)
    counts = np.array([len(line.values) // width for line in lines], dtype=np.int64)
    table = np.concatenate([np.empty(0), *(line.values for line in lines)]).reshape(-1, width)
    short = sum(line.said != count for line, count in zip(lines, counts.tolist(), strict=True))
    notes = (f"{path.name}: {short} lines say more heads than they hold; those that are there count",) if short else ()
    table.flags.writeable = False  # So that the annotations take what they can as it is, without a copy.
    return Lines([line.name for line in lines], counts, _heads(path, lines, counts, table), notes)


def _parse(path: Path, place: int, text: bytes) -> _Line:
    words = text.split(None, 2)
    if len(words) < 2 or not words[1].isdigit() or len(words[1]) > _MOST_DIGITS:
        shown = text[:40].decode(errors="replace")
        raise DataFormatError(path, f"{shown!r} found, expected an id, the number of heads and the heads", line=place)
    try:
        name = inside(words[0].decode(), path=path)
    except UnicodeDecodeError as error:
        raise DataFormatError(path, "no UTF-8 text; save the file again as UTF-8", line=place) from error
    except DataFormatError as error:
        raise DataFormatError(path, error.problem, line=place) from error
    rest = words[2] if len(words) > 2 else b""
    values = _parsed(rest)
    if not np.isfinite(values).all():
        raise DataFormatError(path, f"{_odd_word(rest)!r} is no finite number; correct it", line=place)
    return _Line(place, name, int(words[1]), values)


def _parsed(rest: bytes) -> Numbers:
    """The numbers of a text; NaN among them when it is not one of numbers."""
    if not rest:
        return np.empty(0)
    # Whole numbers, as in most files, are parsed ten times faster; what may have overflowed is parsed again.
    for kind in (np.int64, np.float64):
        try:
            values = np.fromstring(rest, dtype=kind, sep=" ")
        except (ValueError, DeprecationWarning):
            continue
        if kind is np.float64 or -_LARGEST < values.min(initial=0) <= values.max(initial=0) < _LARGEST:
            return values.astype(np.float64)
    return np.array([np.nan])


def _odd_word(rest: bytes) -> str:
    for word in rest.decode(errors="replace").split():
        try:
            usual = np.isfinite(float(word)) and "_" not in word
        except ValueError:
            usual = False
        if not usual:
            return word
    return "a blank"


def _width(path: Path, lines: Sequence[_Line]) -> int:
    """Numbers a head, the same in all lines."""
    for width in WIDTHS:
        if all(line.holds(width) for line in lines):
            return width
    # Lists of true heads may lack some; in predictions the number must be right.
    if all(line.holds(5) or line.lacks(5) for line in lines) and any(line.said and line.holds(5) for line in lines):
        return 5
    fitting = Counter(width for line in lines if line.said for width in WIDTHS if line.holds(width))
    width = fitting.most_common(1)[0][0] if fitting else 0
    wrong = next(line for line in lines if not (width and line.holds(width)) and (line.said or len(line.values)))
    expected = f"{wrong.said * width} ({WIDTHS[width]} each)" if width else "2, 3 or 5 each"
    problem = f"{wrong.said} heads and {len(wrong.values)} numbers found, expected {expected}; correct the line"
    raise DataFormatError(path, problem, line=wrong.place)


def _heads(path: Path, lines: Sequence[_Line], counts: NDArray[np.int64], table: Numbers) -> ImageAnnotations:
    extra: dict[str, ArrayLike] = {}
    if table.shape[1] == 3:
        extra = {"score": table[:, 2]}
    elif table.shape[1] == 5:
        levels = table[:, 4]
        odd = np.flatnonzero((levels != np.floor(levels)) | (levels < 0) | (levels >= _LEVELS))
        if len(odd):
            line = lines[int(np.searchsorted(np.cumsum(counts), odd[0], side="right"))]
            problem = f"level {levels[odd[0]]:g} found, expected 0 to {_LEVELS - 1}; correct it"
            raise DataFormatError(path, problem, line=line.place)
        extra = {"sigma_s": table[:, 2], "sigma_l": table[:, 3], "level": levels.astype(np.int64)}
    return ImageAnnotations(ImageInfo(""), table[:, :2], extra=extra)
