"""Heads from the shapes that people draw in annotation tools: boxes and points are heads, other shapes are counted."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import DataFormatError
from gta_head_tools.geometry import centres

NO_BOX, NO_POINT = (float("nan"),) * 4, (float("nan"),) * 2
_WIDTH = len(NO_BOX + NO_POINT)
DECIMALS = 6
"""Most digits that are written after the point."""
_LARGEST = 2**53 / 10**DECIMALS
"""Above it a float64 does not hold so many decimals."""
_TOLERANCE = 0.01
"""Pixels by which the corners of an upright rectangle may differ."""
_MOST_SHOWN = 5
"""Kinds of shapes that a note names."""


@dataclass(slots=True)
class DrawnHeads:
    """The heads of one picture, in the order in which they are added.

    Attributes:
        categories: of each head.
        rows: of each head its box, x0 y0 x1 y1, and its point, x y, one after the other; NaN = unknown.
    """

    categories: list[str] = field(default_factory=list)
    rows: array[float] = field(default_factory=lambda: array("d"))

    def add(self, category: str, *, box: Sequence[float] = NO_BOX, point: Sequence[float] = NO_POINT) -> None:
        """Add a head with a box, x0 y0 x1 y1, or a point, or both; without a point it is the middle of the box."""
        self.rows.extend(box)
        self.rows.extend(point)
        self.categories.append(category)

    def annotations(self, **columns: Any) -> ImageAnnotations:
        """The heads, without a picture; `columns` are those of `ImageAnnotations`."""
        table = np.array(self.rows, dtype=np.float64).reshape(-1, _WIDTH)
        boxes, points = table[:, :4], table[:, 4:]
        with np.errstate(over="ignore", invalid="ignore"):  # Boxes beyond float64 are findings of checks.
            middles = centres(boxes)
        return ImageAnnotations(ImageInfo(""), np.where(np.isnan(points), middles, points), boxes=boxes, **columns)

    def doubtful(self) -> tuple[int, int]:
        """Boxes and points of categories that have both in this picture: they may be of the same people."""
        lefts = self.rows[::_WIDTH]
        points = Counter(name for name, left in zip(self.categories, lefts, strict=True) if math.isnan(left))
        boxes = Counter(self.categories) - points
        both = boxes.keys() & points.keys()
        return sum(boxes[name] for name in both), sum(points[name] for name in both)


def shape_notes(source: str, others: Counter[str], doubtful: Sequence[tuple[int, int]]) -> Iterator[str]:
    """What a user has to know about the shapes of a data set.

    Args:
        source: the label file or folder, as a note is to name it.
        others: shapes that are left out, by kind.
        doubtful: of its pictures, see there.
    """
    if others:
        kinds = [f"{kind} ({count})" for kind, count in others.most_common(_MOST_SHOWN)]
        more = f" and {len(others) - _MOST_SHOWN} more kinds" if len(others) > _MOST_SHOWN else ""
        total = sum(others.values())
        told = "shape that is neither a box nor a point is" if total == 1 else "shapes that are no boxes or points are"
        yield f"{source}: {total} {told} left out: {', '.join(kinds)}{more}"
    boxes, points = sum(boxes for boxes, _ in doubtful), sum(points for _, points in doubtful)
    if boxes:
        yield f"{source}: {boxes} boxes and {points} points of one category lie in one picture; each counts as a head"


def numbers(path: Path, record: str, values: Sequence[tuple[str, float | None]]) -> list[float]:
    """The numbers of a shape, which are all there.

    Args:
        path: of the file, for the message.
        record: of the shape.
        values: key and number of each.

    Raises:
        DataFormatError: one is missing; the message names it.
    """
    found = [value for _, value in values if value is not None]
    if len(found) < len(values):
        missing = next(key for key, value in values if value is None)
        raise DataFormatError(path, f"has no {missing!r}; correct it, or make the file again", record=record)
    return found


def drawn_place(points: Sequence[Sequence[float]], *, box: bool) -> tuple[float, ...] | None:
    """The x y of a point; x0 y0 x1 y1 of a box that is drawn as two opposite corners, or as all four.

    Args:
        points: x y of each.
        box: it is a box.

    Returns:
        None where there are more or fewer points, or four that are no upright rectangle; see `not_drawn`.
    """
    if not box:
        return (points[0][0], points[0][1]) if len(points) == 1 else None
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    if len(points) == 2 or (len(points) == 4 and _is_upright(xs) and _is_upright(ys)):
        return min(xs), min(ys), max(xs), max(ys)
    return None


def not_drawn(path: Path, record: str, count: int, *, box: bool) -> DataFormatError:
    """The error for that many points that are not a point or a box."""
    expected = "two opposite corners, or the four of an upright rectangle" if box else "the one of a head"
    return DataFormatError(path, f"{count} points found, expected {expected}; correct it", record=record)


def _is_upright(values: Sequence[float]) -> bool:
    return all(min(value - min(values), max(values) - value) <= _TOLERANCE for value in values)


def check_drawable(image: ImageAnnotations, source: Path) -> None:
    """Refuse heads for a format in which a box is any two opposite corners.

    Args:
        image: to be written.
        source: of the data set, for the message.

    Raises:
        DataFormatError: corners of a box are swapped, or a number is too large; the message names the head.
    """
    swapped = np.any(image.boxes[:, 2:] < image.boxes[:, :2], axis=1)
    table = np.abs(np.hstack([image.points, np.where(image.has_box[:, None], image.boxes, 0)]))
    large = ~(table <= _LARGEST).all(axis=1)
    for wrong, problem in (
        (swapped, "corners of its box are swapped, which this format cannot tell; `ghtools validate --fix swap` mends"),
        (large, f"a number of it is too large to be written with {DECIMALS} decimals; correct it"),
    ):
        if wrong.any():
            record = f"head {int(np.argmax(wrong)) + 1} of {image.info.path}"
            raise DataFormatError(source, problem, record=record)
