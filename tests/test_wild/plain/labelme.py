"""labelme's files in their plainest spelling."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from test_wild.plain.plain import BOXES, SIZE, Heads, Plain, number, numbers, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder)
    for name, boxes in BOXES.items():
        shapes: list[dict[str, Any]] = [
            {"label": "head", "points": [box[:2], box[2:]], "shape_type": "rectangle", "group_id": None, "flags": {}}
            for box in boxes
        ]
        size = {"imageHeight": SIZE[1], "imageWidth": SIZE[0]}
        told: dict[str, Any] = {
            "version": "5.5.0",
            "flags": {},
            "shapes": shapes,
            "imagePath": f"{name}.jpg",
            "imageData": None,
        }
        (folder / f"{name}.json").write_text(json.dumps(told | size))
    return sorted(folder.glob("*.json"))


def heads(folder: Path) -> Heads:
    found: dict[str, list[tuple[float, ...]]] = {}
    for file in sorted(folder.glob("*.json")):
        shapes = json.loads(file.read_text(), parse_constant=number)["shapes"]
        found[file.stem] = []
        for shape in shapes:
            keys = {"label", "points", "shape_type", "group_id", "flags"}
            if shape["shape_type"] != "rectangle" or shape["flags"] or shape.keys() != keys:
                raise ValueError(shape)
            (x0, y0), (x1, y1) = (numbers(point, 2) for point in shape["points"])
            found[file.stem].append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    return found


PLAIN = Plain(put, heads, ',:[]{}" -.0123456789enul')
