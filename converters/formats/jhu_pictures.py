"""What `image_labels.txt` of JHU-CROWD++ says of each picture besides its heads, see `jhu`.

A line is `name,heads,scene,weather,distractor`: the name without suffix, a number of heads, a kind of scene in words, a
weather of 0 to 3 (none, fog, rain, snow) and 1 for a distractor, a picture that looks like a crowd and is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converters.files.numbers.number_table import is_whole
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import composed, file_or_lost, read_unpacked, without_picture_suffix

_WEATHER = ("none", "fog", "rain", "snow")
_MOST_DIGITS = 9
_WANTED = "name,heads,scene,weather,distractor with a weather of 0 to 3 and a distractor of 0 or 1"


@dataclass(frozen=True, slots=True)
class ToldPicture:
    """A line.

    Attributes:
        heads: their number, as the line says it.
        facts: `scene_type`, `weather`, `distractor`.
    """

    heads: int
    facts: Mapping[str, str | int]


def read_pictures(file: Path) -> dict[str, ToldPicture]:
    """The lines by name of the picture, in the Unicode form NFC; none where there is no file.

    Raises:
        DataFormatError: a line is not what it should be, or a picture has two.
    """
    told: dict[str, ToldPicture] = {}
    for line, row in enumerate(read_unpacked(file).splitlines() if file_or_lost(file) else [], start=1):
        fields = [field.strip() for field in row.decode().split(",")]
        if fields == [""]:
            continue
        heads, weather, distractor = (_whole(fields[place]) if len(fields) == 5 else -1 for place in (1, 3, 4))
        if min(heads, weather, distractor) < 0 or weather >= len(_WEATHER) or distractor > 1:
            raise DataFormatError(file, f"{row.decode().strip()[:60]!r} is not {_WANTED}; correct the line", line=line)
        name = composed(without_picture_suffix(fields[0]))
        if name in told:
            raise DataFormatError(file, f"picture {name!r} has a line already; remove one of them", line=line)
        facts: dict[str, str | int] = {"scene_type": fields[2], "weather": _WEATHER[weather], "distractor": distractor}
        told[name] = ToldPicture(heads, facts)
    return told


def _whole(word: str) -> int:
    """The whole number that a word is; -1 for other words."""
    return int(word) if is_whole(word) and len(word) <= _MOST_DIGITS else -1


def picture_line(name: str, heads: int, facts: Mapping[str, Any]) -> str:
    r"""The line of a picture; a scene that is not known is empty, another weather than these is none.

    >>> picture_line("0001", 7, {"scene_type": "stadium", "weather": "rain"})
    '0001,7,stadium,2,0\n'
    """
    weather = _WEATHER.index(facts["weather"]) if facts.get("weather") in _WEATHER else 0
    scene = " ".join(str(facts.get("scene_type", "")).replace(",", " ").split())
    return f"{name},{heads},{scene},{weather},{facts.get('distractor', 0)}\n"
