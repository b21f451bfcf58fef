"""The people of one GCC Collector image, from `pedInfo.xml`.

The file is no XML (bare attributes, several roots, no space before `minutes`) and is read by regular expressions:

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
Source: `gjy3035/GCC-CL` (GCC-Collector: createCrowd.cpp, GCC-Labeler: getHead.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gta_head_tools.annotations import Ids, Points
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked

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
    text = read_unpacked(path).decode(errors="replace")
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
    try:
        value = float(token[name])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        problem = f"expected a finite number as {name}, found {token[name]!r}; correct it or remove the person"
        raise _error(path, token, problem, ped)
    return value


def _error(path: Path, token: re.Match[str], problem: str, ped: int | None = None) -> DataFormatError:
    line = token.string.count("\n", 0, token.end()) + 1
    return DataFormatError(path, problem, line=line, record=None if ped is None else f"ped id={ped}")
