"""NWPU-Crowd in its plainest spelling: JSON files with boxes, and lists of the splits."""

from __future__ import annotations

import json
from pathlib import Path

from test_wild.plain.plain import BOXES, POINTS, Heads, Plain, number, numbers, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "images")
    (folder / "jsons").mkdir()
    for name, points in POINTS.items():
        content = {"img_id": f"{name}.jpg", "human_num": len(points), "points": points, "boxes": BOXES[name]}
        (folder / "jsons" / f"{name}.json").write_text(json.dumps(content))
    (folder / "train.txt").write_text("0001 1 2\n0002 0 3\n0003 2 0\n")
    return sorted(folder.glob("jsons/*.json"))


def heads(folder: Path) -> Heads:
    found = {}
    for file in sorted(folder.glob("jsons/*.json")):
        content = json.loads(file.read_text(), parse_constant=number)
        points = [numbers(point, 2) for point in content["points"]]
        boxes = [numbers(box, 4) for box in content["boxes"]]
        if content["human_num"] != len(points) or len(boxes) != len(points):
            raise ValueError(content)
        found[file.stem] = boxes
    return found


PLAIN = Plain(put, heads, ',:{}[]" -.0123456789eEnulltrue\\\n')
