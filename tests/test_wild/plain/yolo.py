"""YOLO's folders in their plainest spelling: `images`, `labels` and `data.yaml`."""

from __future__ import annotations

from pathlib import Path

import yaml

from test_wild.plain.plain import BOXES, SIZE, Heads, Plain, number, put_pictures

_LAYOUT = {"path": "", "train": "images", "val": "images", "nc": 1}


def put(folder: Path) -> list[Path]:
    put_pictures(folder / "images")
    (folder / "labels").mkdir()
    (folder / "data.yaml").write_text(yaml.safe_dump({**_LAYOUT, "names": {0: "head"}}))
    width, height = SIZE
    for name, boxes in BOXES.items():
        middles = [((x0 + x1) / 2 / width, (y0 + y1) / 2 / height) for x0, y0, x1, y1 in boxes]
        sides = [((x1 - x0) / width, (y1 - y0) / height) for x0, y0, x1, y1 in boxes]
        rows = [f"0 {x:.6f} {y:.6f} {w:.6f} {h:.6f}\n" for (x, y), (w, h) in zip(middles, sides, strict=True)]
        (folder / f"labels/{name}.txt").write_text("".join(rows))
    return [folder / "data.yaml", *sorted(folder.glob("labels/*.txt"))]


def heads(folder: Path) -> Heads:
    told = yaml.safe_load((folder / "data.yaml").read_text())
    if told.pop("names") != {0: "head"} or told != _LAYOUT:
        raise ValueError(told)
    found = {}
    for file in sorted(folder.glob("labels/*.txt")):
        rows = [line.split() for line in file.read_text().splitlines() if line.strip()]
        if any(len(row) != 5 or float(row[0]) != 0 for row in rows):
            raise ValueError(rows)
        found[file.stem] = [_box([number(word) for word in row[1:]]) for row in rows]
    return found


def _box(row: list[float]) -> tuple[float, ...]:
    x, y, w, h = (value * side for value, side in zip(row, SIZE * 2, strict=True))
    if any(not -1 <= value <= 2 for value in row):
        raise ValueError(row)
    return x - w / 2, y - h / 2, x + w / 2, y + h / 2


PLAIN = Plain(put, heads, " \t\n-.0123456789e/x:[]{}'")
