"""Readers of label files in a few lines each, which share nothing with ghtools: what a file says, read strictly.

Each gives, by name of the image without suffix, its heads as `(x0, y0, x1, y1, track, ignore)` or `(x, y)`; a file that
is not exactly of the plain form raises an error of Python's own.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path

Heads = dict[str, list[tuple[float, ...]]]


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number) or "_" in text:
        raise ValueError(text)
    return number


def _whole(text: str) -> int:
    number = _finite(text)
    if number != int(number):
        raise ValueError(text)
    return int(text) if text.strip().lstrip("+-").isdigit() else int(number)


def image_stem(name: str) -> str:
    """The name without the suffix of a picture."""
    stem, dot, suffix = name.rpartition(".")
    return stem if dot and suffix.lower() in {"jpg", "jpeg", "png", "bmp", "tif", "tiff", "webp"} else name


def read_csv(path: Path) -> Heads:
    heads: Heads = {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        table = csv.DictReader(file, strict=True)
        for row in table:
            if None in row or None in row.values():
                raise ValueError(row)
            part = heads.setdefault(image_stem(row["image"].strip()), [])
            corners = [row[key].strip() for key in ("x1", "y1", "x2", "y2")]
            if not any(corners):
                if any(value.strip() for key, value in row.items() if key != "image"):
                    raise ValueError(row)
                continue
            ignore = {"": 0, "0": 0, "false": 0, "1": 1, "true": 1}[row["ignore"].strip().lower()]
            part.append((*map(_finite, corners), _whole(row["track"]) if row["track"].strip() else -1, ignore))
    return heads


def read_mot(path: Path) -> Heads:
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    if any(len(row) not in range(6, 11) for row in rows):
        raise ValueError(rows)
    flags = [_finite(row[6]) if len(row) > 6 else 1 for row in rows]
    if not {*flags} <= {0, 1}:
        flags = [1 for _ in flags]  # A column with other numbers is one of scores.
    heads: Heads = {}
    for row, flag in zip(rows, flags, strict=True):
        frame, track = _whole(row[0]), _whole(row[1])
        x, y, w, h, *_ = map(_finite, row[2:])
        if frame < 1 or w < 0 or h < 0:
            raise ValueError(row)
        box = (x - 1, y - 1, x - 1 + w, y - 1 + h)
        heads.setdefault(f"{frame:06d}", []).append((*box, track, int(flag == 0)))
    return heads


def read_nwpu_text(path: Path) -> Heads:
    heads: Heads = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        name, count, *numbers = line.split()
        if len(numbers) != 2 * int(count) or image_stem(name) in heads:
            raise ValueError(line)
        values = list(map(_finite, numbers))
        heads[image_stem(name)] = list(zip(values[::2], values[1::2], strict=True))
    return heads


_COCO_KEYS = {"id", "image_id", "category_id", "bbox", "area", "iscrowd", "ignore", "track_id"}


def read_coco(path: Path) -> Heads:
    told = json.loads(path.read_text(encoding="utf-8"), parse_constant=_finite)
    names = {image["id"]: image_stem(image["file_name"]) for image in told["images"]}
    if len(names) != len(told["images"]) or len(set(names.values())) != len(names):
        raise ValueError(names)
    known = {category["id"] for category in told["categories"]}
    heads: Heads = {name: [] for name in names.values()}
    for record in told["annotations"]:
        x, y, w, h = (_finite(repr(float(value))) for value in record["bbox"])
        if record["category_id"] not in known or not record.keys() <= _COCO_KEYS:
            raise ValueError(record)
        flags = (record.get("iscrowd", 0), record.get("ignore", 0))
        track = record.get("track_id", -1)
        heads[names[record["image_id"]]].append((x, y, x + w, y + h, track, int(any(flags))))
    return heads


READERS: dict[str, Callable[[Path], Heads]] = {
    "csv": read_csv,
    "mot": read_mot,
    "nwpu_text": read_nwpu_text,
    "coco": read_coco,
}
