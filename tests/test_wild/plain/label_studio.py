"""An export of Label Studio in its plainest spelling."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from test_wild.plain.plain import BOXES, SIZE, Heads, Plain, number, numbers, put_pictures

_SIDES = ("x", "y", "width", "height")


def put(folder: Path) -> list[Path]:
    put_pictures(folder)
    tasks = []
    for name, boxes in BOXES.items():
        results = []
        for x0, y0, x1, y1 in boxes:
            sides = (x0 / SIZE[0], y0 / SIZE[1], (x1 - x0) / SIZE[0], (y1 - y0) / SIZE[1])
            value = {key: 100 * side for key, side in zip(_SIDES, sides, strict=True)}
            size = {"original_width": SIZE[0], "original_height": SIZE[1]}
            results.append({"type": "rectanglelabels", "value": {**value, "rectanglelabels": ["head"]}, **size})
        tasks.append({"data": {"image": f"{name}.jpg"}, "annotations": [{"result": results, "was_cancelled": False}]})
    (folder / "export.json").write_text(json.dumps(tasks))
    return [folder / "export.json"]


def heads(folder: Path) -> Heads:
    found: dict[str, list[tuple[float, ...]]] = {}
    for task in json.loads((folder / "export.json").read_text(), parse_constant=number):
        name = Path(task["data"]["image"]).stem
        (answer,) = task["annotations"]
        if name in found or answer["was_cancelled"] is not False or task["data"]["image"] != f"{name}.jpg":
            raise ValueError(task)
        found[name] = [_box(result) for result in answer["result"]]
    return found


def _box(result: dict[str, Any]) -> tuple[float, ...]:
    value = result["value"]
    if result["type"] != "rectanglelabels" or value.keys() != {*_SIDES, "rectanglelabels"}:
        raise ValueError(result)
    x, y, width, height = numbers([value[key] for key in _SIDES], 4)
    across, down = result["original_width"] / 100, result["original_height"] / 100
    return (x * across, y * down, (x + width) * across, (y + height) * down)


PLAIN = Plain(put, heads, ',:[]{}" -.0123456789enul')
