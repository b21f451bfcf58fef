"""CrowdHuman's lines in their plainest spelling."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from test_wild.plain.plain import BOXES, Heads, Plain, number, numbers, put_pictures


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "Images")
    with (folder / "annotation_train.odgt").open("w") as file:
        for name, boxes in BOXES.items():
            people = [
                {
                    "tag": "person",
                    "hbox": [x0, y0, x1 - x0, y1 - y0],
                    "head_attr": {"ignore": int(x0 > 50), "occ": 0, "unsure": 0},
                    "extra": {"box_id": 0, "occ": 0},
                }
                for x0, y0, x1, y1 in boxes
            ]
            file.write(json.dumps({"ID": name, "gtboxes": people}) + "\n")
    return [folder / "annotation_train.odgt"]


def heads(folder: Path) -> Heads:
    found: dict[str, list[tuple[float, ...]]] = {}
    for line in (folder / "annotation_train.odgt").read_text().splitlines():
        if not line.strip():
            continue
        told = json.loads(line, parse_constant=number)
        if told["ID"] in found:
            raise ValueError(told)
        found[told["ID"]] = [_head(person) for person in told["gtboxes"]]
    return found


def _head(person: dict[str, Any]) -> tuple[float, ...]:
    if person["tag"] != "person" or person["extra"].keys() != {"box_id", "occ"}:
        raise ValueError(person)
    x, y, width, height = numbers(person["hbox"], 4)
    return (x, y, x + width, y + height, -1, int(person["head_attr"]["ignore"] == 1))


PLAIN = Plain(put, heads, ',:[]{}" -.0123456789enul\n')
