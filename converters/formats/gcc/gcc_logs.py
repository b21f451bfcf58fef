"""What a GCC Collector folder says: the logs of the place (camera, area, number of people), and the people of an image.

| file | content |
| --- | --- |
| `eyeInfo.log` | three lines: location x y z (metres); rotation pitch roll yaw (degrees); vertical field of view |
| `areaInfo.log` | number of vertices, then one vertex x y a line; possibly more such blocks, see `gcc_world` |
| `Zheight.log` | highest z of the vertices, taken at the middle of a standing person: 1 m above the ground |
| `levelInfo.log` | 1 to 9, stands for 10 to 4000 people at most |

`pedInfo.xml` holds the people of one image. It is not XML (bare attributes, several roots, no space before `minutes`)
and is read by regular expressions:

```
<pedSet>
    <ped id=0>
        <SKEL_Head x=0.512345 y=0.412345 />
</ped>
</pedSet>
<weather>CLEAR</weather>
<time hour=12minutes=30 />
```

x and y are shares of the picture's width and height. A person may list several bones, the head first. The last three
lines are written when the capture is done: without them it was interrupted.
Source: `gjy3035/GCC-CL` (GCC-Collector: infoIO.cpp, defineArea.cpp, setLevel.cpp, createCrowd.cpp; GCC-Labeler:
getHead.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from converters.files.numbers.number_table import finite
from converters.formats.gcc.gcc_world import Area, as_area, make_camera
from gta_head_tools.annotations import Ids, Points
from gta_head_tools.camera import Camera
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked

LOGS = ("eyeInfo.log", "areaInfo.log", "Zheight.log", "levelInfo.log")

PERSON_MIDDLE = 1.0
"""Metres from the ground to the origin of a standing person, which is what Zheight.log measures."""

_TOKEN = re.compile(
    r"""\s*(?: <pedSet>
    | <ped\s+id=(?P<id>[^\s>]*)\s*>
    | (?P<close></ped>)
    | (?P<end></pedSet>)
    | <weather>(?P<weather>[^<]*)</weather>
    | <time\s+hour=(?P<hour>\d+)\s*minutes=(?P<minute>\d+)\s*/>
    | <\w+\s+x=(?P<x>[^\s<>]*)\s+y=(?P<y>[^\s<>]*)\s*/>
    )""",
    re.VERBOSE,
)
_WHOLE = re.compile(r"[0-9]{1,18}")

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
    texts = read_unpacked(path).splitlines()
    lines = ((number, text.decode().split()) for number, text in enumerate(texts, start=1))
    return [(number, [_number(path, number, word) for word in words]) for number, words in lines if words]


def _number(path: Path, line: int, word: str) -> float:
    value = finite(word)
    if math.isnan(value):
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


@dataclass(frozen=True, slots=True)
class Peds:
    """People of one image.

    Attributes:
        ids: int64 (N,), in file order, which is from far to near.
        shares: float64 (N, 2), head as shares x y of width and height.
        weather: name of the weather.
        hour: 0 to 23.
        minute: 0 to 59.
    """

    ids: Ids
    shares: Points
    weather: str
    hour: int
    minute: int


def read_peds(path: Path) -> Peds:
    """The people that `path` lists.

    Raises:
        DatasetLayoutError: no such file.
        DataFormatError: what stands there is no such list, or the capture was interrupted.
    """
    text = b"\n".join(read_unpacked(path).splitlines()).decode()
    ids: list[int] = []
    shares: list[tuple[float, float]] = []
    closing: dict[str, str] = {}
    for token in _tokens(path, text):
        if token["id"] is not None:
            ids.append(_id(path, token))
        elif token["x"] is not None:
            if len(shares) < len(ids):  # a later bone than the head
                shares.append((_share(path, token, "x", ids[-1]), _share(path, token, "y", ids[-1])))
        elif token["close"] and len(shares) < len(ids):
            raise _error(path, token, "expected a head, found none; remove the person", ids[-1])
        closing |= {name: token[name] for name in ("end", "weather", "hour", "minute") if token[name] is not None}
    if {"end", "weather", "hour"} - closing.keys() or len(shares) < len(ids):
        raise _interrupted(path, text)
    points = np.array(shares, dtype=np.float64).reshape(-1, 2)
    return Peds(np.array(ids, np.int64), points, closing["weather"], int(closing["hour"]), int(closing["minute"]))


def _tokens(path: Path, text: str) -> Iterator[re.Match[str]]:
    end = len(text.rstrip())
    position = 0
    while position < end:
        token = _TOKEN.match(text, position)
        if token is None:
            if "</pedSet>" not in text or ">" not in text[position:end]:
                raise _interrupted(path, text)
            found = text[position:end].split(maxsplit=1)[0]
            line = text.count("\n", 0, text.index(found, position)) + 1
            problem = f"expected a <ped>, a bone or the end, found {found[:60]!r}; correct or remove it"
            raise DataFormatError(path, problem, line=line)
        yield token
        position = token.end()


def _interrupted(path: Path, text: str) -> DataFormatError:
    problem = (
        f"interrupted capture: the file ends after {text.count('</ped>')} people without </pedSet>, weather or time; "
        "delete its folder or capture it again"
    )
    return DataFormatError(path, problem, line=text.rstrip().count("\n") + 1)


def _id(path: Path, token: re.Match[str]) -> int:
    if not _WHOLE.fullmatch(token["id"]):
        raise _error(path, token, f"expected a whole number as id, found {token['id'][:60]!r}; correct it")
    return int(token["id"])


def _share(path: Path, token: re.Match[str], name: str, ped: int) -> float:
    value = finite(token[name])
    if math.isnan(value):
        problem = f"expected a finite number as {name}, found {token[name]!r}; correct it or remove the person"
        raise _error(path, token, problem, ped)
    return value


def _error(path: Path, token: re.Match[str], problem: str, ped: int | None = None) -> DataFormatError:
    line = token.string.count("\n", 0, token.end()) + 1
    return DataFormatError(path, problem, line=line, record=None if ped is None else f"ped id={ped}")
