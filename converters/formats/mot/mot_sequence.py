"""The other files of a MOTChallenge sequence: `seqinfo.ini`, the numbered pictures, our `frames.csv`."""

from __future__ import annotations

import configparser
import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from converters.files.csv_table import csv_field
from converters.files.number_table import is_whole
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import inside, picture_suffix_of, read_unpacked

ROWS = "gt/gt.txt"
"""The rows of a sequence, in its folder."""
_IDS_END = "noTrackFrom"
"""Our own key of `seqinfo.ini`, see `SequenceInfo.ids_end`."""
_MOST_DIGITS = 9
"""Most digits of a frame's number."""
LISTS = "seqmaps"
"""The folder of the lists of sequences, one for each split: `<NAME>-<split>.txt`."""


@dataclass(frozen=True, slots=True)
class SequenceInfo:
    """What `seqinfo.ini` says.

    Attributes:
        pictures: folder of the pictures, in the sequence.
        frame_rate: per second, None = not said.
        length: number of frames, None = not said.
        width: in pixels, 0 = not said.
        height: in pixels, 0 = not said.
        suffix: of the pictures.
        name: of the sequence.
        ids_end: track ids from here on are only numbers that we wrote for heads without an id, None = all are ids.
    """

    pictures: str = "img1"
    frame_rate: float | None = None
    length: int | None = None
    width: int = 0
    height: int = 0
    suffix: str = ".jpg"
    name: str = ""
    ids_end: int | None = None


def read_sequence_info(path: Path) -> SequenceInfo:
    """What the file says; the defaults where there is no file.

    Raises:
        DataFormatError: it is no ini file with a section `[Sequence]`, or a number in it is none.
    """
    if not path.is_file():
        return SequenceInfo()
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_file(read_unpacked(path).decode().splitlines(), path.name)
        section = parser["Sequence"]
    except (configparser.Error, KeyError) as error:
        reason = " ".join(str(error).split())
        raise DataFormatError(
            path, f"no ini file with a section [Sequence] ({reason}); correct or remove it"
        ) from error
    length, ids_end = _number(path, section, "seqLength"), _number(path, section, _IDS_END, below=2**63)
    return SequenceInfo(
        pictures=inside(section.get("imDir") or "img1", path=path),
        frame_rate=_number(path, section, "frameRate"),
        length=None if length is None else int(length),
        width=int(_number(path, section, "imWidth") or 0),
        height=int(_number(path, section, "imHeight") or 0),
        suffix=section.get("imExt") or ".jpg",
        name=section.get("name") or "",
        ids_end=None if ids_end is None else int(ids_end),
    )


def _number(path: Path, section: configparser.SectionProxy, key: str, *, below: int = 2**31) -> float | None:
    text = section.get(key)
    if not text:
        return None
    exact = text.removesuffix(".0")  # Some programs write 1920.0.
    try:
        value = float(text) if key == "frameRate" else int(exact)
    except ValueError:
        value = -1
    if not 0 <= value < below:
        raise DataFormatError(path, f"{text!r} is no number of that kind; correct or remove it", record=key)
    return value


def write_sequence_info(path: Path, name: str, info: SequenceInfo) -> None:
    """Write all keys; unknown values are 0, an unknown frame rate is 1."""
    rate = 1.0 if info.frame_rate is None else info.frame_rate
    lines = [
        "[Sequence]",
        f"name={name}",
        f"imDir={info.pictures}",
        f"frameRate={rate:g}",
        f"seqLength={info.length or 0}",
        f"imWidth={info.width}",
        f"imHeight={info.height}",
        f"imExt={info.suffix}",
        *([] if info.ids_end is None else [f"{_IDS_END}={info.ids_end}"]),
    ]
    path.write_bytes("\n".join([*lines, ""]).encode())


def read_frame_names(path: Path) -> dict[int, str]:
    """Names of the pictures before they were numbered, by frame; empty where there is no such file.

    Raises:
        DataFormatError: a row is not a frame and a path that stays inside.
    """
    if not path.is_file():
        return {}
    names: dict[int, str] = {}
    reader = csv.reader(io.StringIO(read_unpacked(path).decode(), newline=""))
    for row in reader:
        if reader.line_num == 1 or not row:
            continue
        if len(row) != 2 or not is_whole(row[0]) or len(row[0]) > _MOST_DIGITS:
            raise DataFormatError(path, f"{','.join(row)!r} is not frame,image; correct it", line=reader.line_num)
        names[int(row[0])] = inside(row[1], path=path)
    return names


def write_frame_names(path: Path, names: Mapping[int, str]) -> None:
    """Write the names of frames."""
    lines = ("frame,image", *(f"{frame},{csv_field(name)}" for frame, name in names.items()), "")
    path.write_bytes("\n".join(lines).encode())


def frame_file(frame: int, path: str) -> str:
    """File name of a frame's picture: its number and the suffix of `path`, `.jpg` without one."""
    return f"{frame:06d}{picture_suffix_of(path) or '.jpg'}"
