"""IIM's folders in their plainest spelling."""

from __future__ import annotations

import json
from pathlib import Path

from test_wild.plain.plain import BOXES, POINTS, Heads, Plain, number, numbers, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "images")
    (folder / "jsons").mkdir()
    (folder / "masks").mkdir()
    (folder / "train.txt").write_text("".join(f"{name}\n" for name in POINTS))
    for name, points in POINTS.items():
        told = {"img_id": f"{name}.jpg", "human_num": len(points), "points": points, "boxes": BOXES[name]}
        (folder / f"jsons/{name}.json").write_text(json.dumps(told))
    return sorted(folder.glob("jsons/*.json"))


def heads(folder: Path) -> Heads:
    found = {}
    for file in sorted(folder.glob("jsons/*.json")):
        told = json.loads(file.read_text(), parse_constant=number)
        if not len(told["points"]) == len(told["boxes"]) == told["human_num"]:
            raise ValueError(told)
        for point in told["points"]:
            numbers(point, 2)
        found[file.stem] = [numbers(box, 4) for box in told["boxes"]]
    return found


PLAIN = Plain(put, heads, ',:[]{}" -.0123456789enul')
