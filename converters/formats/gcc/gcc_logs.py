"""The log files of a GCC Collector folder: where the camera stands, where people stand, how many at most.

| file | content |
| --- | --- |
| `eyeInfo.log` | three lines: location x y z (metres); rotation pitch roll yaw (degrees); vertical field of view |
| `areaInfo.log` | number of vertices, then one vertex x y a line; possibly more such blocks, see `gcc_world` |
| `Zheight.log` | highest z of the vertices, taken at the middle of a standing person: 1 m above the ground |
| `levelInfo.log` | 1 to 9, stands for 10 to 4000 people at most |

Source: `gjy3035/GCC-CL` (GCC-Collector: infoIO.cpp, defineArea.cpp, setLevel.cpp).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from converters.formats.gcc.gcc_world import Area, as_area, make_camera
from gta_head_tools.camera import Camera
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked

LOGS = ("eyeInfo.log", "areaInfo.log", "Zheight.log", "levelInfo.log")

PERSON_MIDDLE = 1.0
"""Metres from the ground to the origin of a standing person, which is what Zheight.log measures."""

Rows = Sequence[tuple[int, list[float]]]
"""Line number and numbers of every line that is not blank."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the logs of a folder say; None = that log is missing.

    Attributes:
        camera: pose and field of view.
        area: polygon where people stand.
        zheight: as logged, metres.
        level: 1 to 9.
    """

    camera: Camera | None = None
    area: Area | None = None
    zheight: float | None = None
    level: int | None = None

    @property
    def ground(self) -> float | None:
        """World height of the ground, metres."""
        return None if self.zheight is None else self.zheight - PERSON_MIDDLE

    @property
    def facts(self) -> Mapping[str, object]:
        """What is known, for `ImageInfo.facts`."""
        found = {"zheight": self.zheight, "ground": self.ground, "level": self.level, "roi_world": self.area}
        return {name: value for name, value in found.items() if value is not None}


def read_place(folder: Path) -> Place:
    """The logs that `folder` holds.

    Raises:
        DataFormatError: a log that is there and cannot be parsed.
    """
    eye, area, zheight, level = (folder / name if (folder / name).is_file() else None for name in LOGS)
    return Place(
        camera=_read_camera(eye) if eye else None,
        area=_read_area(area) if area else None,
        zheight=_read_number(zheight) if zheight else None,
        level=_read_level(level) if level else None,
    )


def _read_rows(path: Path) -> Rows:
    try:
        text = read_unpacked(path).decode()
    except UnicodeDecodeError as error:
        raise DataFormatError(path, "no text in UTF-8; copy it again") from error
    lines = ((number, line.split()) for number, line in enumerate(text.splitlines(), start=1))
    return [(number, [_number(path, number, word) for word in words]) for number, words in lines if words]


def _number(path: Path, line: int, word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataFormatError(path, f"expected a finite number, found {word!r}; correct it", line=line)
    return value


def _expect(path: Path, rows: Rows, widths: Sequence[int], what: str) -> None:
    """Raise unless `rows` hold that many numbers each."""
    for (line, numbers), width in zip(rows, widths, strict=False):
        if len(numbers) != width:
            problem = f"expected {width} number(s) ({what}), found {len(numbers)}; correct the line"
            raise DataFormatError(path, problem, line=line)
    if len(rows) != len(widths):
        problem = f"expected {len(widths)} line(s) ({what}), found {len(rows)}; copy the file again"
        raise DataFormatError(path, problem, line=rows[-1][0] if rows else 1)


def _read_camera(path: Path) -> Camera:
    rows = _read_rows(path)
    _expect(path, rows, (3, 3, 1), "location x y z, rotation x y z, field of view")
    return make_camera(path, [value for _, numbers in rows for value in numbers], line=rows[-1][0])


def _read_area(path: Path) -> Area | None:
    rows = _read_rows(path)
    areas: list[Area | None] = []
    while rows or not areas:
        _expect(path, rows[:1], (1,), "number of vertices")
        line, (count,) = rows[0]
        if count < 0 or not count.is_integer():
            raise DataFormatError(path, f"expected a number of vertices, found {count:g}; correct it", line=line)
        vertices = rows[1 : 1 + int(count)]
        _expect(path, vertices, (2,) * len(vertices), "x y of a vertex")
        if len(vertices) < count:
            problem = f"says {count:g} vertices, found {len(vertices)}; copy the file again"
            raise DataFormatError(path, problem, line=line)
        areas.append(as_area([(x, y) for _, (x, y) in vertices]))
        rows = rows[1 + int(count) :]
    return areas[0]


def _read_number(path: Path) -> float:
    rows = _read_rows(path)
    _expect(path, rows, (1,), "height")
    return rows[0][1][0]


def _read_level(path: Path) -> int:
    rows = _read_rows(path)
    _expect(path, rows, (1,), "level")
    line, (level,) = rows[0]
    if not level.is_integer():
        raise DataFormatError(path, f"expected a whole number, found {level:g}; correct it", line=line)
    return int(level)
