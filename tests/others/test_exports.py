"""Our exports, read by other people's packages: every picture and every box arrives.

Not in the default run, because it installs those packages into `tests/others/.venv`, in about two minutes:

    pytest -n 0 tests/others

The table of docs/exports.md is what the last test prints with `-s`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from test_cli.running import ghtools

HERE = Path(__file__).parent
READERS = {
    "coco": ["pycocotools", "supervision", "datumaro", "labelformat", "globox", "hotcoco", "panlabel"],
    "mot": ["motmetrics", "trackeval"],
}
ROUNDED = {"datumaro": 0.011}
"""Pixels that a reader loses by itself: this one keeps two decimals; some others keep float32."""
SIZE = (320, 200)
Boxes = dict[str, list[list[float]]]


@pytest.fixture(scope="session")
def python() -> Path:
    """Python of the environment of the other packages."""
    place = HERE / ".venv"
    program = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
    subprocess.run([program, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
    return program


@pytest.fixture(scope="session")
def heads() -> Boxes:
    """x y width height of the boxes of each picture; one picture has none, as crowds at night do."""
    random = np.random.default_rng(3)
    names = [f"{scene}/{scene}_{number:04d}" for scene in ("east", "west") for number in (1, 2, 3)]
    sides = random.uniform(4, 30, (len(names), 40, 2)).round(3)
    corners = (random.uniform(0, 1, sides.shape) * (np.array(SIZE) - sides)).round(3)
    boxes = {name: np.hstack([xy, wh]).tolist() for name, xy, wh in zip(names, corners, sides, strict=True)}
    return boxes | {"west/west_0003": []}


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory, heads: Boxes) -> Path:
    """The same heads as CSV, exported to COCO and to MOT with the pictures linked, as `convert` does by default."""
    folder = tmp_path_factory.mktemp("exports")
    lines = ["image,x1,y1,x2,y2"]
    for name, boxes in heads.items():
        picture = folder / "set/images" / f"{name}.png"
        picture.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", SIZE, "grey").save(picture)
        lines += [f"{name}.png,{x},{y},{x + w:.6f},{y + h:.6f}" for x, y, w, h in boxes] or [f"{name}.png,,,,"]
    (folder / "set/heads.csv").write_text("\n".join(lines) + "\n")
    for name in READERS:
        done = ghtools("convert", "set", name, "--to", name, cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder


def read(python: Path, reader: str, folder: Path) -> tuple[str, Boxes]:
    program = [python, HERE / "readers.py", reader, folder]
    done = subprocess.run([*map(str, program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    return told["version"], told["boxes"]


def as_mot(heads: Boxes) -> Boxes:
    """What the rows of MOT say: frames by number, and left and top from 1. Frames without rows are no frames there."""
    numbered: Boxes = {}
    for name, boxes in heads.items():
        scene, number = name.split("/")[0], int(name[-4:])
        numbered[f"{scene}/{number:06d}"] = [[x + 1, y + 1, w, h] for x, y, w, h in boxes]
    return numbered


@pytest.mark.parametrize(("form", "reader"), [(form, reader) for form, names in READERS.items() for reader in names])
def test_every_picture_and_box_arrives(form: str, reader: str, python: Path, exports: Path, heads: Boxes) -> None:
    version, found = read(python, reader, exports / form)
    expected = heads if form == "coco" else as_mot(heads)
    if reader in {"motmetrics"}:  # It knows the frames with rows alone.
        expected = {name: boxes for name, boxes in expected.items() if boxes}
    assert found.keys() == expected.keys()
    for name, boxes in expected.items():
        assert np.allclose(sorted(found[name]), sorted(boxes), rtol=0, atol=ROUNDED.get(reader, 1e-3)), name
    print(f"\n| {form} | {reader} {version} | {len(found)} | {sum(map(len, found.values()))} |")


def test_torchvision_opens_every_picture_with_its_boxes(exports: Path, heads: Boxes) -> None:
    """In this environment, where torchvision is one of our own extras."""
    from torchvision.datasets import CocoDetection

    images = CocoDetection(str(exports / "coco/images"), str(exports / "coco/annotations/instances_default.json"))
    found = [(picture.size, [head["bbox"] for head in boxes]) for picture, boxes in images]
    assert [boxes for _, boxes in found] == list(heads.values())
    assert {size for size, _ in found} == {SIZE}
