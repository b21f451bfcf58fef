"""The other files of a MOTChallenge sequence: `seqinfo.ini`, the lists of sequences."""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from pathlib import Path

from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import file_or_lost, inside, read_unpacked

ROWS = "gt/gt.txt"
"""The rows of a sequence, in its folder."""
_IDS_END = "noTrackFrom"
"""Our own key of `seqinfo.ini`, see `SequenceInfo.ids_end`."""
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
    if not file_or_lost(path):
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
