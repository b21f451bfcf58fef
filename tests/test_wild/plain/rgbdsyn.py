"""ShanghaiTechRGBDSyn in its plainest spelling."""

from __future__ import annotations

import json
from pathlib import Path

from test_wild.plain.plain import POINTS, Heads, Plain, number, numbers, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "scene_1_0/jpgs")
    for kind in ("point", "bbox"):
        (folder / "scene_1_0" / kind).mkdir()
    for name, points in POINTS.items():
        pairs = [[round(y) - 1, round(x) - 1] for x, y in points]
        boxes = [f"{x - 8} {y - 9} {x + 8} {y + 7}\r\n" for y, x in pairs]
        (folder / f"scene_1_0/point/{name}.json").write_text(json.dumps(pairs))
        (folder / f"scene_1_0/bbox/{name}.txt").write_text("".join(boxes), newline="")
    return [*sorted(folder.rglob("*.json")), *sorted(folder.rglob("*.txt"))]


def heads(folder: Path) -> Heads:
    found = {}
    for file in sorted(folder.glob("scene_1_0/point/*.json")):
        pairs = [numbers(pair, 2) for pair in json.loads(file.read_text())]
        lines = (folder / f"scene_1_0/bbox/{file.stem}.txt").read_text().splitlines()
        boxes = [[number(word) + 1 for word in line.split(" ")] for line in lines]
        if any(len(box) != 4 for box in boxes):
            raise ValueError(boxes)
        found[file.stem] = [(*box, -1, 0, x + 1, y + 1) for box, (y, x) in zip(boxes, pairs, strict=True)]
    return found


PLAIN = Plain(put, heads, ",:[] -.0123456789e\n")
