"""cclabeler's files in their plainest spelling."""

from __future__ import annotations

import json
from pathlib import Path

from test_wild.plain.plain import BOXES, Heads, Plain, number, numbers, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "images")
    (folder / "jsons").mkdir()
    for name, boxes in BOXES.items():
        corners = [dict(zip(("sx", "sy", "ex", "ey"), box, strict=True)) for box in boxes]
        told = {"img_id": f"{name}.jpg", "human_num": len(boxes), "boxes": corners, "points": []}
        (folder / f"jsons/{name}.json").write_text(json.dumps(told))
    return sorted(folder.glob("jsons/*.json"))


def heads(folder: Path) -> Heads:
    found: dict[str, list[tuple[float, ...]]] = {}
    for file in sorted(folder.glob("jsons/*.json")):
        told = json.loads(file.read_text(), parse_constant=number)
        boxes = [numbers([box[key] for key in ("sx", "sy", "ex", "ey")], 4) for box in told["boxes"]]
        if told["human_num"] != len(boxes) or told["points"]:
            raise ValueError(told)
        found[file.stem] = [(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)) for x0, y0, x1, y1 in boxes]
    return found


PLAIN = Plain(put, heads, ',:[]{}" -.0123456789enul')
