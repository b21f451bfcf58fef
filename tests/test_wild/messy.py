"""Label files as people bring them: heads that are known, written in one of many spellings that all mean the same.

Each writer shares nothing with ghtools. It draws its spellings from a random generator and tells which ones it took, so
that a wrong reading can be named and made again from its seed.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Head:
    """One head: a box by its corner and size in quarters of a pixel, which all spellings hold exactly."""

    x: float
    y: float
    w: float
    h: float
    track: int = -1
    ignore: bool = False

    @property
    def box(self) -> tuple[float, ...]:
        return (self.x, self.y, self.x + self.w, self.y + self.h)


@dataclass
class Written:
    """A label file, what it means, and the spellings in which it is written.

    Attributes:
        path: of the file or folder.
        heads: of each image, by its name without suffix.
        how: spellings.
        boxes: the file holds boxes, not points alone.
    """

    path: Path
    heads: dict[str, list[Head]]
    how: dict[str, object] = field(default_factory=dict)
    boxes: bool = True


def crowd(random_: random.Random, *, names: list[str], tracks: bool = False) -> dict[str, list[Head]]:
    """Up to six heads in each image, all on quarters of a pixel, none twice."""
    heads: dict[str, list[Head]] = {}
    for name in names:
        count = random_.choice([0, 1, 1, 2, 3, 6])
        tracked = random_.sample(range(1, 50), count)
        heads[name] = [
            Head(
                random_.randrange(4000) / 4 + 1,
                random_.randrange(3000) / 4 + 1,
                random_.randrange(2, 200) / 2,
                random_.randrange(2, 200) / 2,
                tracked[number] if tracks else -1,
                random_.random() < 0.2,
            )
            for number in range(count)
        ]
    return heads


NAMES = [
    ["a.jpg", "b.jpg", "c.png"],
    ["cam_1/0001.jpg", "cam_1/0002.jpg", "cam_2/0001.jpg"],
    ["été.jpg", "straße.jpg"],
    ["2020.01.01_12.30.jpg", "2020.01.01_12.45.jpg"],
    ["IMG 1.JPG", "IMG 2.JPG"],
    ["1.jpg", "10.jpg", "2.jpg"],
]


def stem(name: str) -> str:
    return name.rsplit(".", 1)[0]


def _number(random_: random.Random, value: float, *, comma: bool = False, whole: bool = False) -> str:
    text = repr(value).removesuffix(".0")
    if whole:
        text = random_.choice([text, text, f"{text}.0"])
    elif random_.random() < 0.3:
        text = random_.choice([f"{value:.2f}", f"{value:.6f}", f"{value:e}", f"+{text}"])
    return text.replace(".", ",") if comma else text


def _save(random_: random.Random, path: Path, text: str, how: dict[str, object], *, encodings: bool = True) -> None:
    how["newline"] = newline = random_.choice(["\n", "\n", "\r\n"])
    how["end"] = end = random_.choice([newline, newline, "", newline * 2])
    data = (text.rstrip("\n").replace("\n", newline) + end).encode()
    if encodings:
        how["encoding"] = encoding = random_.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16"])
        data = data.decode().encode(encoding)
    how["gzip"] = packed = path.suffix != ".gz" and random_.random() < 0.1
    path.parent.mkdir(parents=True, exist_ok=True)
    if packed:
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(data))
    else:
        path.write_bytes(data)


def _saved(path: Path) -> Path:
    return path if path.exists() else path.with_name(path.name + ".gz")


def write_csv(random_: random.Random, folder: Path) -> Written:
    names = random_.choice(NAMES)
    heads = crowd(random_, names=names, tracks=random_.random() < 0.5)
    how: dict[str, object] = {}
    how["separator"] = separator = random_.choice([",", ",", ";", "\t"])
    how["decimal comma"] = comma = separator != "," and random_.random() < 0.5
    how["style"] = style = random_.choice(["corners", "size", "long size", "points"])
    columns: dict[str, Callable[[Head], str]] = {}

    def number(of: Callable[[Head], float]) -> Callable[[Head], str]:
        return lambda head: _number(random_, of(head), comma=comma)

    if style == "corners":
        columns |= {"x1": number(lambda h: h.x), "y1": number(lambda h: h.y)}
        columns |= {"x2": number(lambda h: h.x + h.w), "y2": number(lambda h: h.y + h.h)}
    elif style == "points":
        columns |= {"x": number(lambda h: h.x + h.w / 2), "y": number(lambda h: h.y + h.h / 2)}
    else:
        wide, high = ("w", "h") if style == "size" else ("width", "height")
        columns |= {"x": number(lambda h: h.x), "y": number(lambda h: h.y)}
        columns |= {wide: number(lambda h: h.w), high: number(lambda h: h.h)}
    columns["ignore"] = lambda h: random_.choice(["1", "true", "True"] if h.ignore else ["0", "false", ""])
    columns["track"] = lambda h: _number(random_, h.track, whole=True) if h.track >= 0 else ""
    order = list(columns)
    if random_.random() < 0.4:
        random_.shuffle(order)
    place = random_.choice([0, 0, len(order)])
    spellings: list[Callable[[str], str]] = [str, str, str.upper, str.title]
    case = random_.choice(spellings)
    how["header"] = header = [case(name) for name in [*order[:place], "image", *order[place:]]]
    quoted = random_.random() < 0.2
    how["quoted"] = quoted

    def cell(text: str) -> str:
        return f'"{text}"' if quoted or separator in text else text

    lines = [separator.join(map(cell, header))]
    for name in names:
        for head in heads[name]:
            cells = [columns[key](head) for key in order]
            lines.append(separator.join(map(cell, [*cells[:place], name, *cells[place:]])))
        if not heads[name]:
            cells = [""] * len(order)
            lines.append(separator.join(map(cell, [*cells[:place], name, *cells[place:]])))
    file = folder / "table.csv"
    _save(random_, file, "\n".join(lines), how)
    return Written(_saved(file), {stem(n): v for n, v in heads.items()}, how, boxes=style != "points")


def write_mot(random_: random.Random, folder: Path) -> Written:
    frames = sorted(random_.sample(range(1, 30), 3))
    heads = {k: v for k, v in crowd(random_, names=[f"{f:06d}" for f in frames], tracks=True).items() if v}
    if not heads:
        heads = {"000001": [Head(5, 6, 7, 8, 1)]}
    how: dict[str, object] = {}
    how["separator"] = separator = random_.choice([",", ",", ", ", " ", "\t", ";"])
    # Seven numbers by blanks may also be an id, one head and its five numbers in a list of NWPU-Crowd.
    how["width"] = width = random_.choice([8, 9] if not separator.strip() else [7, 8, 9])
    how["header"] = header = random_.random() < 0.2
    how["last separator"] = last = separator.strip() != "" and random_.random() < 0.2
    names = ["frame", "id", "x", "y", "w", "h", "conf", "class", "visibility"][:width]
    lines = [separator.join(names)] if header else []
    for name, part in heads.items():
        for head in part:
            numbers = [head.x + 1, head.y + 1, head.w, head.h]
            texts = [_number(random_, int(name), whole=True), _number(random_, head.track, whole=True)]
            texts += [_number(random_, number) for number in numbers]
            texts += [_number(random_, int(not head.ignore), whole=True), "1", "1"][: width - 6]
            lines.append(separator.join(texts) + (separator if last else ""))
    if random_.random() < 0.3:
        random_.shuffle(lines[1 if header else 0 :])
    file = folder / "gt.txt"
    _save(random_, file, "\n".join(lines), how)
    return Written(_saved(file), heads, how)


def write_nwpu_text(random_: random.Random, folder: Path) -> Written:
    names = random_.choice([["1", "2", "10"], ["0001", "0002"], ["IMG_1.jpg", "IMG_2.jpg"], ["3109", "3110", "3111"]])
    heads = crowd(random_, names=names)
    if not any(heads.values()):
        heads[names[0]] = [Head(5, 6, 7, 8), Head(50, 60, 7, 8)]
    how: dict[str, object] = {"names": names}
    how["separator"] = separator = random_.choice([" ", " ", "\t", "  "])
    lines = []
    for name, part in heads.items():
        points = [coordinate for h in part for coordinate in (h.x + h.w / 2, h.y + h.h / 2)]
        lines.append(separator.join([name, str(len(part)), *(_number(random_, value) for value in points)]))
    file = folder / "list.txt"
    _save(random_, file, "\n".join(lines), how)
    found = {name.removesuffix(".jpg"): [Head(h.x, h.y, h.w, h.h) for h in part] for name, part in heads.items()}
    return Written(_saved(file), found, how, boxes=False)


def write_coco(random_: random.Random, folder: Path) -> Written:
    names = random_.choice(NAMES)
    heads = crowd(random_, names=names, tracks=random_.random() < 0.5)
    how: dict[str, object] = {}
    how["ids"] = ids = random_.choice(["number", "number", "float", "digits", "text"])
    how["image id first"] = first = random_.choice([0, 1, 1000])
    how["flag"] = flag = random_.choice(["iscrowd", "ignore", "both"])
    how["annotation ids"] = numbering = random_.choice(["from 1", "from 0", "all 0", "none"])
    how["category"] = category = random_.choice(["head", "head", "Head", "person"])
    how["other category"] = other = category.lower() == "head" and random_.random() < 0.3

    def image_id(number: int) -> Any:
        plain = first + number
        return {"number": plain, "float": float(plain), "digits": str(plain), "text": f"cam_{plain}"}[ids]

    def value(number: float) -> Any:
        return random_.choice([number, number, int(number) if number == int(number) else number, str(number)])

    annotations: list[dict[str, Any]] = []
    for number, name in enumerate(names):
        for head in heads[name]:
            box = [head.x, head.y, head.w, head.h]
            record: dict[str, Any] = {"image_id": image_id(number), "category_id": 1}
            record["bbox"] = [value(each) for each in box] if ids != "number" else box
            if flag in {"iscrowd", "both"}:
                record["iscrowd"] = random_.choice([int(head.ignore), head.ignore])
            if flag in {"ignore", "both"}:
                record["ignore"] = random_.choice([int(head.ignore), head.ignore])
                record.setdefault("iscrowd", random_.choice([0, None]))
            if head.track >= 0:
                record["track_id"] = head.track
            annotations.append(record)
    if other:
        annotations += [{"image_id": image_id(0), "category_id": 2, "bbox": [1, 1, 50, 150], "iscrowd": 0}]
    random_.shuffle(annotations)
    for place, record in enumerate(annotations):
        if numbering != "none":
            record["id"] = {"from 1": place + 1, "from 0": place, "all 0": 0}[numbering]
    sized = random_.random() < 0.7
    size = {"width": 1920.0 if ids == "float" else 1920, "height": 1080} if sized else {}
    images = [{"id": image_id(n), "file_name": name, **size} for n, name in enumerate(names)]
    categories = [{"id": 1, "name": category}] + ([{"id": 2, "name": "person"}] if other else [])
    file: dict[str, Any] = {"images": images, "annotations": annotations, "categories": categories}
    keys = list(file)
    random_.shuffle(keys)
    how["keys"] = keys
    indent = random_.choice([None, 1, 4])
    how["indent"] = indent
    text = json.dumps({key: file[key] for key in keys}, indent=indent, ensure_ascii=random_.random() < 0.5)
    target = folder / "set.json"
    _save(random_, target, text, how)
    return Written(_saved(target), {stem(n): v for n, v in heads.items()}, how)


WRITERS: dict[str, Callable[[random.Random, Path], Written]] = {
    "csv": write_csv,
    "mot": write_mot,
    "nwpu_text": write_nwpu_text,
    "coco": write_coco,
}
