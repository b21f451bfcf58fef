"""The rows of YOLO's label files: boxes, boxes with a score or a keypoint, and polygons, of which the box is taken.

```
0 0.5 0.5 0.1 0.2                     class, middle x y, width and height, as fractions of the picture
0 0.5 0.5 0.1 0.2 0.87                a prediction with its score
0 0.5 0.5 0.1 0.2 0.5 0.45 2          a keypoint: x, y and 0 = unknown, 1 = hidden, 2 = visible
0 0.45 0.4 0.55 0.4 0.5 0.6           a polygon of at least three corners
```

How many numbers a keypoint has is told by `kpt_shape` of `data.yaml`, else by the numbers in a row. Of several
keypoints none is known to be that of the head, so that the middle of the box is the head's point.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converters.files.numbers.fixed_numbers import Numbers
from converters.files.numbers.joined_rows import FileRows, read_joined
from converters.files.numbers.number_table import finite
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked

_LARGEST_CLASS = 10**6
_NEAREST, _FARTHEST = -1.0, 2.0
"""Fractions beyond these bounds are those of no box near a picture: such rows are in pixels."""
_BOX, _ALL = 5, 9
"""Numbers of a box, and of all that a row may hold: class, x, y, width, height, score, and keypoint x, y and flag."""
_EXPECTED = "class, x, y, width, height, and then nothing, a score, or a keypoint"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of label files, one after the other, as fractions.

    Attributes:
        classes: int32 (N,).
        boxes: (N, 4) corners.
        counts: (F,) rows of each file.
        points: (N, 2) keypoints, NaN = none.
        scores: (N,), NaN = none.
        hidden: (N,) the keypoint is hidden.
    """

    classes: NDArray[np.int32]
    boxes: Numbers
    counts: NDArray[np.int64]
    points: Numbers
    scores: Numbers
    hidden: NDArray[np.bool_]

    def __post_init__(self) -> None:
        for column in fields(self):
            getattr(self, column.name).flags.writeable = False  # `ImageAnnotations` copies other arrays.


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads label files.

    Attributes:
        files: paths of the label files.
        classes: numbers of the classes that have a name; None = nothing says.
        keypoints: number of keypoints of a head and of numbers of each; None = nothing says.
        odd: polygons and rows of several keypoints that were read, by what they are called.
    """

    files: Sequence[str]
    classes: Set[int] | None = None
    keypoints: tuple[int, int] | None = None
    odd: Counter[str] = field(default_factory=Counter)

    def read(self) -> Rows:
        """The rows of all files.

        Raises:
            DataFormatError: a row is not what it should be; the message has file and line.
            DatasetLayoutError: a file cannot be read.
        """
        parts = [self._part(part) for part in read_joined(self.files)] or [_heads_of(np.empty((0, _BOX)), [])]
        if not any(map(_has_more, parts)):
            heads = _heads_of(np.empty((0, _BOX)), np.concatenate([part.counts for part in parts]).tolist())
            boxes, classes = (np.concatenate([getattr(part, name) for part in parts]) for name in ("boxes", "classes"))
            return replace(heads, boxes=boxes, classes=classes, **_nothing_more(len(boxes)))
        return Rows(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(Rows)))

    def _part(self, part: FileRows) -> Rows:
        table = np.empty((0, _BOX)) if part.numbers is not None and not len(part.numbers) else self._table(part.numbers)
        if table is None:
            tables = [self._by_line(part.first + place) for place in range(len(part.counts))]
            table = np.concatenate(tables)
        self._check(table, part)
        return _heads_of(table, part.counts)

    def _table(self, rows: Numbers | None) -> Numbers | None:
        """(N, 5) or (N, 9) what rows of one width hold; None where rows of this width have no meaning."""
        if rows is None or rows.shape[1] == _BOX:
            return rows
        width, (keypoints, numbers) = rows.shape[1], self.keypoints or (0, 0)
        table = np.full((len(rows), _ALL), np.nan)
        of_keypoints = keypoints and width - _BOX - keypoints * numbers in {0, 1}
        if of_keypoints or width == _BOX + 1 or (width == _BOX + 3 and np.isin(rows[:, -1], (0, 1, 2)).all()):
            table[:, :_BOX] = rows[:, :_BOX]
            if width == _BOX + 1 or width - _BOX - keypoints * numbers == 1:
                table[:, 5] = rows[:, -1]
            if keypoints > 1:
                self.odd["several keypoints"] += len(rows)
            elif width > _BOX + 1:
                table[:, 6:8] = rows[:, 5:7]
                table[:, 8] = 2 if numbers == 2 else rows[:, 7]
            return table
        if width % 2 == 0 or width < _BOX + 2:
            return None
        self.odd["polygons"] += len(rows)
        corners = rows[:, 1:].reshape(len(rows), -1, 2)
        low, high = corners.min(axis=1), corners.max(axis=1)
        table[:, 0], table[:, 1:3], table[:, 3:5] = rows[:, 0], (low + high) / 2, high - low
        return table

    def _by_line(self, number: int) -> Numbers:
        """(N, 9) the rows of a file whose lines are of several kinds, or of none."""
        path, tables = Path(self.files[number]), [np.empty((0, _ALL))]
        for line, text in enumerate(read_unpacked(path).splitlines(), start=1):
            words = text.decode().split()
            if not words:
                continue
            values = [finite(word) for word in words]
            if any(map(math.isnan, values)):
                word = words[next(place for place, value in enumerate(values) if math.isnan(value))]
                raise DataFormatError(path, f"{word[:40]!r} is no finite number; correct the line", line=line)
            table = self._table(np.array([values]))
            if table is None or table.shape[1] not in {_BOX, _ALL} or len(words) < _BOX:
                problem = f"{len(words)} numbers found, expected {_EXPECTED}; correct the line"
                raise DataFormatError(path, problem, line=line)
            tables.append(np.hstack([table, np.full((1, _ALL - table.shape[1]), np.nan)]))
        return np.concatenate(tables)

    def _check(self, table: Numbers, part: FileRows) -> None:
        """Refuse rows with a class that has no name, or with numbers that are not of their kind."""
        if not len(table):
            return
        classes = table[:, 0]
        if not 0 <= classes.min() <= classes.max() <= _LARGEST_CLASS or (classes != np.rint(classes)).any():
            wrong = classes != np.rint(np.clip(classes, 0, _LARGEST_CLASS))
            self._refuse(
                wrong, part, table, lambda row: f"class {row[0]:g} is no whole number from 0; correct the line"
            )
        if self.classes is not None and not set(np.flatnonzero(np.bincount(classes.astype(np.int64)))) <= self.classes:
            named = np.isin(classes, list(self.classes))
            told = f"{len(self.classes)} classes have names; add its name, or correct the line"
            self._refuse(~named, part, table, lambda row: f"class {row[0]:g} has no name: {told}")
        # The lowest and highest number of a table cost much less than a look at the numbers of boxes alone.
        if not _NEAREST <= table.min() <= table.max() <= _FARTHEST:
            boxes = table[:, 1:5]
            self._refuse(((boxes < _NEAREST) | (boxes > _FARTHEST)).any(axis=1), part, table, _in_pixels)
        if table.shape[1] == _BOX:
            return
        score, flag, keypoint = table[:, 5], table[:, 8], table[:, 6:8]
        self._refuse(
            (score < 0) | (score > 1), part, table, lambda row: f"score {row[5]:g} is not 0 to 1; correct the line"
        )
        wrong = ~np.isnan(flag) & ~np.isin(flag, (0, 1, 2))
        self._refuse(wrong, part, table, lambda row: f"flag {row[8]:g} of a keypoint is not 0, 1 or 2; correct it")
        far = ((keypoint < _NEAREST) | (keypoint > _FARTHEST)).any(axis=1) & (flag > 0)
        self._refuse(far, part, table, _in_pixels)

    def _refuse(
        self, wrong: NDArray[np.bool_] | np.bool_, part: FileRows, table: Numbers, problem: Callable[[list[float]], str]
    ) -> None:
        if not wrong.any():
            return
        row = int(np.argmax(wrong))
        ends = np.cumsum(part.counts)
        place = int(np.searchsorted(ends, row, side="right"))
        path = Path(self.files[part.first + place])
        filled = (line for line, text in enumerate(read_unpacked(path).splitlines(), start=1) if text.strip())
        line = list(filled)[row - int(ends[place]) + part.counts[place]]
        raise DataFormatError(path, problem(table[row].tolist()), line=line)


def _in_pixels(row: list[float]) -> str:
    value = next(value for value in (*row[1:5], *row[6:8]) if not _NEAREST <= value <= _FARTHEST)
    return (
        f"{value:g} is no fraction of the picture, it seems to be in pixels; divide x and width by the picture's "
        "width, y and height by its height"
    )


def _heads_of(table: Numbers, counts: Sequence[int]) -> Rows:
    """The heads of a table with the columns of a box, or with all."""
    middles, half = table[:, 1:3], table[:, 3:5] / 2
    boxes = np.concatenate([middles - half, middles + half], axis=1)
    classes, of_files = table[:, 0].astype(np.int32), np.array(counts, dtype=np.int64)
    if table.shape[1] == _BOX:
        return Rows(classes, boxes, of_files, **_nothing_more(len(table)))
    points = np.where(table[:, 8:] > 0, table[:, 6:8], np.nan)
    return Rows(classes, boxes, of_files, points, table[:, 5].copy(), table[:, 8] == 1)


def _nothing_more(count: int) -> dict[str, Any]:
    """The columns of rows that are boxes alone; they take no memory."""
    return {
        "points": np.broadcast_to(np.nan, (count, 2)),
        "scores": np.broadcast_to(np.nan, (count,)),
        "hidden": np.broadcast_to(np.False_, (count,)),
    }


def _has_more(rows: Rows) -> bool:
    return rows.scores.strides != (0,) and len(rows.scores) > 0
