"""A file of the VGG Image Annotator in its plainest spelling."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from test_wild.plain.plain import BOXES, Heads, Plain, number, numbers, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder)
    told: dict[str, Any] = {}
    for name, boxes in BOXES.items():
        shapes = [{"name": "rect", "x": x0, "y": y0, "width": x1 - x0, "height": y1 - y0} for x0, y0, x1, y1 in boxes]
        regions = [{"shape_attributes": shape, "region_attributes": {}} for shape in shapes]
        told[f"{name}.jpg7"] = {"filename": f"{name}.jpg", "size": 7, "regions": regions, "file_attributes": {}}
    (folder / "export.json").write_text(json.dumps(told))
    return [folder / "export.json"]


def heads(folder: Path) -> Heads:
    found: dict[str, list[tuple[float, ...]]] = {}
    for entry in json.loads((folder / "export.json").read_text(), parse_constant=number).values():
        name = Path(entry["filename"]).stem
        if name in found or entry["filename"] != f"{name}.jpg":
            raise ValueError(entry)
        found[name] = []
        for region in entry["regions"]:
            shape = region["shape_attributes"]
            if shape["name"] != "rect" or region["region_attributes"]:
                raise ValueError(region)
            x, y, width, height = numbers([shape[key] for key in ("x", "y", "width", "height")], 4)
            found[name].append((x, y, x + width, y + height))
    return found


PLAIN = Plain(put, heads, ',:[]{}" -.0123456789enul')
