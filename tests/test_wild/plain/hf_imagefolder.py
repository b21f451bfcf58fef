"""Hugging Face's imagefolder in its plainest spelling."""

from __future__ import annotations

import json
from pathlib import Path

from test_wild.plain.plain import BOXES, Heads, Plain, number, numbers, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder)
    with (folder / "metadata.jsonl").open("w") as file:
        for name, boxes in BOXES.items():
            objects = {
                "bbox": [[x0, y0, x1 - x0, y1 - y0] for x0, y0, x1, y1 in boxes],
                "categories": [0] * len(boxes),
            }
            file.write(json.dumps({"file_name": f"{name}.jpg", "objects": objects}) + "\n")
    return [folder / "metadata.jsonl"]


def heads(folder: Path) -> Heads:
    found: dict[str, list[tuple[float, ...]]] = {file.stem: [] for file in folder.glob("*.jpg")}
    seen: set[str] = set()
    for line in (folder / "metadata.jsonl").read_text().splitlines():
        if not line.strip():
            continue
        told = json.loads(line, parse_constant=number)
        name, objects = told["file_name"].removesuffix(".jpg"), told["objects"]
        if name in seen or objects.keys() != {"bbox", "categories"} or set(objects["categories"]) - {0}:
            raise ValueError(told)
        if len(objects["bbox"]) != len(objects["categories"]):
            raise ValueError(told)
        seen.add(name)
        rows = [numbers(row, 4) for row in objects["bbox"]]
        found[name] = [(x, y, x + width, y + height) for x, y, width, height in rows]
    return found


PLAIN = Plain(put, heads, ',:[]{}" -.0123456789enul\n')
