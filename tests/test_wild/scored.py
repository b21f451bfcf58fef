"""Predictions and truth whose scores are known, because heads lie in cells of their own, each in some format."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

CELL = 90
"""Pixels to a cell: no prediction is near the head of another cell."""


@dataclass(frozen=True)
class Box:
    """One box, true or predicted."""

    x: float
    y: float
    w: float
    h: float
    ignore: bool = False
    score: float = 1.0


@dataclass
class Known:
    """Both sides, and what their scores are by the rule that predictions at ignored heads do not count.

    Attributes:
        true: boxes of each image, by number.
        predicted: boxes of each image, by number.
        errors: of the count, image by image.
        found: true heads with a prediction.
        false: predictions without a head.
        missed: true heads without a prediction.
    """

    true: dict[int, list[Box]] = field(default_factory=dict)
    predicted: dict[int, list[Box]] = field(default_factory=dict)
    errors: list[int] = field(default_factory=list)
    found: int = 0
    false: int = 0
    missed: int = 0


def known(random_: random.Random) -> Known:
    """Two to five images: of the true heads some are ignored and some found, and some predictions are false."""
    made = Known()
    for number in range(1, random_.choice([2, 3, 5]) + 1):
        heads, false = random_.choice([0, 1, 3, 8]), random_.randrange(4)
        cells = random_.sample(range(200), heads + false)
        boxes = [Box(*_place(cell), *_sides(random_), random_.random() < 0.25) for cell in cells[:heads]]
        at_heads = [random_.random() < 0.7 for _ in boxes]
        found = [Box(b.x, b.y, b.w, b.h, score=random_.random()) for b, hit in zip(boxes, at_heads, strict=True) if hit]
        wrong = [Box(*_place(cell), 20, 20, score=random_.random()) for cell in cells[heads:]]
        hits = sum(hit and not box.ignore for box, hit in zip(boxes, at_heads, strict=True))
        free = sum(not box.ignore for box in boxes)
        made.true[number], made.predicted[number] = boxes, found + wrong
        made.errors.append(hits + false - free)
        made.found, made.false, made.missed = made.found + hits, made.false + false, made.missed + free - hits
    return made


def _place(cell: int) -> tuple[float, float]:
    return CELL * (cell % 20) + 10.0, CELL * (cell // 20) + 10.0


def _sides(random_: random.Random) -> tuple[float, float]:
    return float(random_.randrange(8, 40)), float(random_.randrange(8, 40))


def write_csv(folder: Path, side: str, images: dict[int, list[Box]], random_: random.Random) -> Path:
    separator = random_.choice([",", ";", "\t"])
    lines = [separator.join(["image", "x1", "y1", "x2", "y2", "score", "ignore"])]
    for number, boxes in images.items():
        name = f"{number:06d}.jpg"
        lines += [
            separator.join([name, *(f"{v:g}" for v in (b.x, b.y, b.x + b.w, b.y + b.h)), f"{b.score}", f"{b.ignore:d}"])
            for b in boxes
        ] or [separator.join([name, *[""] * 6])]
    file = folder / f"{side}.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def write_mot(folder: Path, side: str, images: dict[int, list[Box]], random_: random.Random) -> Path:
    """Frames without predictions have no rows, as in the files of trackers; the truth tells its length."""
    separator = random_.choice([",", " ", "\t", ";"])
    rows = []
    for number, boxes in images.items():
        for track, b in enumerate(boxes, start=1):
            last = (
                ["-1", *map(str, (b.score, -1, -1))] if side == "pred" else [str(track), f"{not b.ignore:d}", "1", "1"]
            )
            values = [number, last[0], *(f"{v:g}" for v in (b.x + 1, b.y + 1, b.w, b.h)), *last[1:]]
            rows.append(separator.join(map(str, values)))
    file = folder / side / "gt/gt.txt"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join(rows) + "\n")
    if side == "pred":
        return file
    told = f"[Sequence]\nimDir=img1\nframeRate=25\nseqLength={max(images)}\nimWidth=1920\nimHeight=1080\nimExt=.jpg\n"
    (folder / side / "seqinfo.ini").write_text(told)
    return folder / side


def write_coco(folder: Path, side: str, images: dict[int, list[Box]], random_: random.Random) -> Path:
    spell: type = random_.choice([int, float, str])
    annotations = [
        {
            "id": 100 * number + place,
            "image_id": spell(number),
            "category_id": 1,
            "bbox": [b.x, b.y, b.w, b.h],
            "iscrowd": 0,
            "ignore": int(b.ignore),
            "score": b.score,
        }
        for number, boxes in images.items()
        for place, b in enumerate(boxes, start=1)
    ]
    pictures = [{"id": spell(n), "file_name": f"{n:06d}.jpg", "width": 1920, "height": 1080} for n in images]
    told = {"images": pictures, "annotations": annotations, "categories": [{"id": 1, "name": "head"}]}
    file = folder / f"{side}.json"
    file.write_text(json.dumps(told))
    return file


def write_nwpu_text(folder: Path, side: str, images: dict[int, list[Box]], random_: random.Random) -> Path:
    width = random_.choice([1, 4])
    lines = []
    for number, boxes in images.items():
        points = [f"{value:g}" for b in boxes for value in (b.x + b.w / 2, b.y + b.h / 2)]
        lines.append(" ".join([f"{number:0{width}d}", str(len(boxes)), *points]))
    file = folder / f"{side}.txt"
    file.write_text("\n".join(lines) + "\n")
    return file


TRUE = {"csv": write_csv, "mot": write_mot, "coco": write_coco}
PREDICTED = {**TRUE, "nwpu_text": write_nwpu_text}
