"""A hunt in formats of many small files: one of them is damaged, and the heads are as it stands or it is refused.

pytest -m slow tests/test_wild/test_folder_hunt.py
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from converters.datasets.read import read_dataset
from gta_head_tools.errors import GtaHeadError
from test_wild.mutated import damaged

HEADS = {"0001": [(32.5, 45.125)], "0002": [(32.5, 45.125), (92.5, 65.125)], "0003": []}
Found = dict[str, list[tuple[float, ...]]]


def put_p2pnet(folder: Path) -> list[Path]:
    lines = [f"images/{name}.jpg images/{name}.txt" for name in HEADS]
    (folder / "list.txt").write_text("\n".join(lines) + "\n")
    for name, points in HEADS.items():
        (folder / f"images/{name}.txt").write_text("".join(f"{x} {y}\n" for x, y in points))
    return [folder / "list.txt", *sorted(folder.glob("images/*.txt"))]


def p2pnet_heads(folder: Path) -> Found:
    lines = [line.split() for line in (folder / "list.txt").read_text().splitlines() if line.strip()]
    pairs = {Path(picture).stem: points for picture, points in lines}
    rows = {name: (folder / points).read_text().splitlines() for name, points in pairs.items()}
    if len(pairs) < len(lines) or any(len(row.split()) not in {0, 2} for part in rows.values() for row in part):
        raise ValueError(rows)
    return {name: [tuple(map(number, row.split())) for row in part if row.strip()] for name, part in rows.items()}


def put_iim(folder: Path) -> list[Path]:
    (folder / "jsons").mkdir()
    (folder / "train.txt").write_text("".join(f"{name}\n" for name in HEADS))
    for name, points in HEADS.items():
        boxes = [[x - 8, y - 9, x + 8, y + 9] for x, y in points]
        told = {"img_id": f"{name}.jpg", "human_num": len(points), "points": points, "boxes": boxes}
        (folder / f"jsons/{name}.json").write_text(json.dumps(told))
    return sorted(folder.glob("jsons/*.json"))


def iim_heads(folder: Path) -> Found:
    heads: Found = {}
    for file in sorted(folder.glob("jsons/*.json")):
        told = json.loads(file.read_text(), parse_constant=number)
        if not len(told["points"]) == len(told["boxes"]) == told["human_num"]:
            raise ValueError(told)
        heads[file.stem] = [tuple(number(repr(float(value))) for value in point) for point in told["points"]]
        if any(len(point) != 2 for point in heads[file.stem]) or any(len(box) != 4 for box in told["boxes"]):
            raise ValueError(told)
    return heads


def put_gcc(folder: Path) -> list[Path]:
    (folder / "images").rename(folder / "jpgs")
    (folder / "jsons").mkdir()
    for name, points in HEADS.items():
        rows = [[round(y) - 1, round(x) - 1] for x, y in points]
        (folder / f"jsons/{name}.json").write_text(json.dumps({"image_info": rows}))
    return sorted(folder.glob("jsons/*.json"))


def gcc_heads(folder: Path) -> Found:
    heads: Found = {}
    for file in sorted(folder.glob("jsons/*.json")):
        rows = json.loads(file.read_text(), parse_constant=number)["image_info"]
        heads[file.stem] = [(number(repr(float(x))) + 1, number(repr(float(y))) + 1) for y, x in rows]
    return heads


def number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or "_" in text:
        raise ValueError(text)
    return value


FORMATS: dict[str, tuple[Callable[[Path], list[Path]], Callable[[Path], Found], str]] = {
    "p2pnet": (put_p2pnet, p2pnet_heads, ",; \t\n-.0123456789e/x"),
    "iim": (put_iim, iim_heads, ',:[]{}" -.0123456789enul'),
    "gcc": (put_gcc, gcc_heads, ',:[]{}" -.0123456789enul'),
}


@pytest.mark.parametrize("seeds", [range(12), pytest.param(range(12, 1500), marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_part_is_refused_or_read_as_it_stands(name: str, seeds: range, tmp_path: Path) -> None:
    put, heads_of, characters = FORMATS[name]
    compared = 0
    for seed in seeds:
        random_, folder = random.Random(f"{name}{seed}"), tmp_path / str(seed) / "scene_1_0"
        (folder / "images").mkdir(parents=True)
        for picture in HEADS:
            Image.new("L", (320, 200)).save(folder / f"images/{picture}.jpg")
        file = random_.choice(put(folder))
        file.write_text(damaged(file.read_text(), characters, random_))
        options = ["order=rowcol"] if name == "gcc" else []
        try:
            images = {
                Path(image.info.path).stem: image.points
                for image in read_dataset(folder, format_name=name, options=options)[1]
            }
        except GtaHeadError:
            continue
        try:
            expected = heads_of(folder)
        except (ValueError, KeyError, TypeError, OSError):
            continue  # What the strict oracle refuses has no known meaning here.
        assert images.keys() == expected.keys(), seed
        for picture, points in expected.items():
            assert np.allclose(images[picture], np.reshape(points, (-1, 2)), rtol=1e-9, atol=1e-6), (seed, picture)
        compared += 1
    assert compared
