"""What a format's module in this folder gives: a small data set in the plainest spelling, and a reader of its own.

The reader shares nothing with ghtools. It is strict: what is not exactly of the plain form raises an error of Python's
own, because it has no known meaning then.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from PIL import Image

Heads = Mapping[str, Sequence[tuple[float, ...]]]
"""Heads of each image by its name without suffix: (x, y), (x0, y0, x1, y1), or (x0, y0, x1, y1, track, ignore)."""

SIZE = (320, 200)
"""Of the pictures."""
POINTS: Mapping[str, Sequence[tuple[float, float]]] = MappingProxyType(
    {"0001": [(32.5, 45.125)], "0002": [(32.5, 45.125), (92.5, 65.125)], "0003": []}
)
"""The heads, as points."""
BOXES: Mapping[str, Sequence[tuple[float, float, float, float]]] = MappingProxyType(
    {name: [(x - 8, y - 9, x + 8, y + 9) for x, y in points] for name, points in POINTS.items()}
)
"""The same heads, as boxes around the points."""


@dataclass(frozen=True)
class Plain:
    """A format's data set in its plainest spelling.

    Attributes:
        put: writes the data set with its pictures to an empty folder and gives the files that accidents may damage.
        heads: reads that folder strictly, with nothing of ghtools.
        characters: that accidents bring into a text; None = the files are bytes and no text.
        options: of reading.
        accepts: least share of the damaged data sets whose heads are compared: a test that all of them fail shows
            nothing.
    """

    put: Callable[[Path], list[Path]]
    heads: Callable[[Path], Heads]
    characters: str | None
    options: Sequence[str] = ()
    accepts: float = 0.05


def put_pictures(folder: Path, names: Mapping[str, object] = POINTS, suffix: str = ".jpg") -> None:
    """Black pictures of those names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.new("L", SIZE).save(folder / f"{name}{suffix}")


def number(text: str) -> float:
    """A finite number in its plain spelling; also `parse_constant` of a strict JSON reader.

    Raises:
        ValueError: it is not.
    """
    value = float(text)
    if not math.isfinite(value) or "_" in text:
        raise ValueError(text)
    return value


def numbers(values: Sequence[object], count: int) -> tuple[float, ...]:
    """So many finite numbers out of a JSON list.

    Raises:
        ValueError: they are more or fewer, or not all finite.
        TypeError: they are no numbers.
    """
    if len(values) != count or not all(isinstance(value, (int, float)) for value in values):
        raise ValueError(values)
    return tuple(number(repr(float(str(value)))) for value in values)
