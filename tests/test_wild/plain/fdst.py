"""FDST's folders in their plainest spelling."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from test_wild.plain.plain import BOXES, Heads, Plain, number, numbers, put_pictures


def put(folder: Path) -> list[Path]:
    video = folder / "train_data/1"
    put_pictures(video)
    for name, boxes in BOXES.items():
        shapes = [{"name": "rect", "x": x0, "y": y0, "width": x1 - x0, "height": y1 - y0} for x0, y0, x1, y1 in boxes]
        regions = [{"shape_attributes": shape, "region_attributes": {}} for shape in shapes]
        told = {f"{name}.jpg7": {"filename": f"{name}.jpg", "size": 7, "regions": regions, "file_attributes": {}}}
        (video / f"{name}.json").write_text(json.dumps(told))
    return sorted(video.glob("*.json"))


def heads(folder: Path) -> Heads:
    found: dict[str, list[tuple[float, ...]]] = {}
    for file in sorted(folder.glob("train_data/1/*.json")):
        (entry,) = json.loads(file.read_text(), parse_constant=number).values()
        shapes: list[dict[str, Any]] = [region["shape_attributes"] for region in entry["regions"]]
        if any(shape["name"] != "rect" for shape in shapes):
            raise ValueError(shapes)
        rows = [numbers([shape[key] for key in ("x", "y", "width", "height")], 4) for shape in shapes]
        found[file.stem] = [(x, y, x + width, y + height) for x, y, width, height in rows]
    return found


PLAIN = Plain(put, heads, ',:[]{}" -.0123456789enul')
