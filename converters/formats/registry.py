"""The formats by name, and how the format of a folder or file is found."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from converters.files.pictures.passed_over import passed_over_note
from converters.formats import (
    cclabeler,
    crowdhuman,
    csv_points,
    density,
    dm_count,
    fdst,
    headhunter,
    hf_imagefolder,
    iim,
    images,
    jhu,
    label_studio,
    mall,
    nwpu,
    nwpu_submission,
    nwpu_text,
    p2pnet,
    shanghaitech,
    ucf_cc_50,
    ucf_qnrf,
    via,
    vscrowd,
    worldexpo,
)
from converters.formats.coco import coco
from converters.formats.cvat import cvat
from converters.formats.format import Format
from converters.formats.gcc import gcc, gcc_raw, rgbdsyn
from converters.formats.labelme import labelme
from converters.formats.mot import mot
from converters.formats.voc import voc
from converters.formats.yolo import yolo
from gta_head_tools.errors import DatasetLayoutError, UnknownNameError, telling
from gta_head_tools.unreadable import collecting

FORMATS: dict[str, Format] = {
    "gcc": gcc.FORMAT,
    "gcc_raw": gcc_raw.FORMAT,
    "rgbdsyn": rgbdsyn.FORMAT,
    "mall": mall.FORMAT,
    "worldexpo": worldexpo.FORMAT,
    "shanghaitech": shanghaitech.FORMAT,
    "ucf_qnrf": ucf_qnrf.FORMAT,
    "ucf_cc_50": ucf_cc_50.FORMAT,
    "mot": mot.FORMAT,
    "coco": coco.FORMAT,
    "voc": voc.FORMAT,
    "yolo": yolo.FORMAT,
    "cvat": cvat.FORMAT,
    "hf_imagefolder": hf_imagefolder.FORMAT,
    "csv": csv_points.FORMAT,
    "nwpu": nwpu.FORMAT,
    "nwpu_text": nwpu_text.FORMAT,
    "nwpu_submission": nwpu_submission.FORMAT,
    "jhu": jhu.FORMAT,
    "p2pnet": p2pnet.FORMAT,
    "dm_count": dm_count.FORMAT,
    "vscrowd": vscrowd.FORMAT,
    "headhunter": headhunter.FORMAT,
    "iim": iim.FORMAT,
    "labelme": labelme.FORMAT,
    "cclabeler": cclabeler.FORMAT,
    "via": via.FORMAT,
    "fdst": fdst.FORMAT,
    "crowdhuman": crowdhuman.FORMAT,
    "label_studio": label_studio.FORMAT,
    "density": density.FORMAT,
    "images": images.FORMAT,
}


_TABLES = (".csv", ".tsv")
"""Ends of the names of files that are tables, whatever is in them."""


def format_name(name: str) -> str:
    """The registered spelling of a name; `-` and `_` are the same.

    Raises:
        UnknownNameError: not registered; the message names the nearest.
    """
    key = name.strip().lower().replace("-", "_")
    if key not in FORMATS:
        raise UnknownNameError("format", name, FORMATS)
    return key


def find_format(name: str) -> Format:
    """The format of that name.

    Raises:
        UnknownNameError: not registered; the message names the nearest.
    """
    return FORMATS[format_name(name)]


def check_target_format(target: Path, name: str) -> None:
    """Refuse a folder that holds another format: with two in it, detection could not tell which one is meant.

    Raises:
        DatasetLayoutError: the message names the format.
    """
    found = [other for other, known in FORMATS.items() if other != name and target.is_dir() and known.detect(target)]
    if found:
        raise DatasetLayoutError(target, f"holds a data set of format {found[0]}; choose another folder for {name}")


def check_target_name(target: Path, *, suffix: str | None) -> None:
    """Refuse a new folder that is called like a file.

    Args:
        target: to be written.
        suffix: of the file that can be written instead of a folder, None = no file.

    Raises:
        DatasetLayoutError: the message says what can be written.
    """
    ends = {known.writes.suffix for known in FORMATS.values() if known.writes} | {".gz", ".txt", ".zip"}
    if target.suffix.lower() in ends and target.suffix != suffix and not target.is_dir():
        instead = f" or a {suffix} file" if suffix else ""
        raise DatasetLayoutError(target, f"is called like a file that is not what is written; name a folder{instead}")


def detect_format(path: Path, *, pictures: bool = False) -> str:
    """Name of the one format that `path` looks like.

    Args:
        path: folder or file.
        pictures: a folder that looks like no format is one of plain pictures (`images`).

    Raises:
        DatasetLayoutError: it does not exist, looks like no format, or like several.
    """
    if not path.exists():
        raise DatasetLayoutError(path, "no such file or folder")
    # One of the files in a folder may be damaged, which is an error when it is read.
    with collecting() if path.is_dir() else nullcontext():
        found = [name for name, known in FORMATS.items() if known.detect(path)]
    if len(found) == 1:
        return found[0]
    if not found and path.is_file() and path.name.lower().removesuffix(".gz").endswith(_TABLES):
        return "csv"  # Reading it tells which columns it lacks.
    if pictures and not found and path.is_dir():
        return "images"
    with telling(passed_over_note(path)):
        raise _unclear(path, found)


def _unclear(path: Path, found: Sequence[str]) -> DatasetLayoutError:
    """The error for what looks like no format, or like several."""
    if found:
        return DatasetLayoutError(path, f"looks like {' and like '.join(found)}; say which with --from")
    return DatasetLayoutError(
        path, f"no known format recognised (known: {', '.join(FORMATS)}); say which with --from, or check the folder"
    )
