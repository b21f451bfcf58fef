"""Folders of the GCC Labeler in their plainest spelling."""

from __future__ import annotations

import json
from pathlib import Path

from test_wild.plain.plain import POINTS, Heads, Plain, number, numbers, put_pictures


def put(folder: Path) -> list[Path]:
    scene = folder / "scene_1_0"
    put_pictures(scene / "jpgs")
    (scene / "jsons").mkdir()
    for name, points in POINTS.items():
        rows = [[round(y) - 1, round(x) - 1] for x, y in points]
        (scene / f"jsons/{name}.json").write_text(json.dumps({"image_info": rows}))
    return sorted(scene.glob("jsons/*.json"))


def heads(folder: Path) -> Heads:
    found = {}
    for file in sorted(folder.glob("scene_1_0/jsons/*.json")):
        rows = [numbers(row, 2) for row in json.loads(file.read_text(), parse_constant=number)["image_info"]]
        found[file.stem] = [(x + 1, y + 1) for y, x in rows]
    return found


PLAIN = Plain(put, heads, ',:[]{}" -.0123456789enul', options=["order=rowcol"])
