"""Our exports, read by other people's packages: every picture and every head arrives.

Not in the default run, because it installs those packages into `tests/others/.venv`, in about two minutes:

    pytest -n 0 tests/others

The table of docs/exports.md is what this prints with `-s`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from test_cli.running import ghtools

HERE = Path(__file__).parent
SIZE = (320, 200)
Heads = Mapping[str, Sequence[Sequence[float]]]
"""Name of a picture to its boxes or points."""


def as_boxes(heads: Heads) -> Heads:
    return heads


def as_mot(heads: Heads) -> Heads:
    """What the rows of MOT say: frames by number, and left and top from 1. Frames without rows are no frames there."""
    numbered = {}
    for name, boxes in heads.items():
        scene, number = name.split("/")[0], int(name[-4:])
        numbered[f"{scene}/{number:06d}"] = [[x + 1, y + 1, w, h] for x, y, w, h in boxes]
    return numbered


def as_video(heads: Heads) -> Heads:
    return {f"{name.split('/')[0]}/{name[-4:]}": boxes for name, boxes in heads.items()}


def as_voc(heads: Heads) -> Heads:
    """What the corners of VOC say as they stand: the first pixel is 1, and the last one belongs to the box."""
    return {name: [[x + 1, y + 1, w - 1, h - 1] for x, y, w, h in boxes] for name, boxes in heads.items()}


def as_points(heads: Heads) -> Heads:
    return {name: [[x + w / 2, y + h / 2] for x, y, w, h in boxes] for name, boxes in heads.items()}


@dataclass(frozen=True)
class Export:
    """A format that is written, and who reads it.

    Attributes:
        readers: by name, see `readers.py`.
        expected: what they should find.
        options: of `ghtools convert`.
        atol: pixels that the format itself may lose.
        nested: the folders of the source are a part of a picture's name.
        form: the name of the format, where the export has another one.
    """

    readers: Sequence[str]
    expected: Callable[[Heads], Heads] = as_boxes
    options: Sequence[str] = ()
    atol: float = 1e-3
    nested: bool = False
    form: str = ""


POINTS_ALONE = ("--allow-lossy",)
EXPORTS = {
    "coco": Export(
        ["pycocotools", "supervision", "datumaro", "labelformat", "globox", "hotcoco", "panlabel"], nested=True
    ),
    "mot": Export(["motmetrics", "trackeval"], as_mot, nested=True),
    "labelme": Export(["supervision", "globox", "panlabel"]),
    "yolo": Export(["supervision", "datumaro", "labelformat", "globox", "panlabel"]),
    "voc": Export(["supervision", "datumaro", "labelformat", "globox", "panlabel"], as_voc),
    "cvat": Export(["datumaro", "labelformat", "globox", "panlabel"], nested=True),
    "hf_imagefolder": Export(["datasets", "panlabel"]),
    "voc_from_0": Export(["datumaro", "labelformat", "globox", "panlabel"], options=["-o", "origin=0"], form="voc"),
    "vscrowd": Export(["numpy"], as_video, nested=True),
    "cclabeler": Export(["python"]),
    "jhu": Export(["python"], options=["-o", "integers=true"], atol=1.0),
    "shanghaitech": Export(["scipy"], as_points, POINTS_ALONE),
    "ucf_qnrf": Export(["scipy"], as_points, POINTS_ALONE),
    "nwpu": Export(["python", "scipy"], as_points),
    "p2pnet": Export(["python"], as_points, POINTS_ALONE),
    "dm_count": Export(["numpy"], as_points, POINTS_ALONE),
}
ROUNDED = {"datumaro": 0.011}
"""Pixels that a reader loses by itself: this one keeps two decimals; some others keep float32."""


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
def heads() -> Heads:
    """x y width height of the boxes of each picture; one picture has none, as crowds at night do."""
    random = np.random.default_rng(3)
    names = [f"{scene}/{scene}_{number:04d}" for scene in ("east", "west") for number in (1, 2, 3)]
    sides = random.uniform(4, 30, (len(names), 40, 2)).round(3)
    corners = (random.uniform(0, 1, sides.shape) * (np.array(SIZE) - sides)).round(3)
    boxes = {name: np.hstack([xy, wh]).tolist() for name, xy, wh in zip(names, corners, sides, strict=True)}
    return boxes | {"west/west_0003": []}


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory, heads: Heads) -> Path:
    """The same heads as CSV, exported to all formats with the pictures linked, as `convert` does by default."""
    folder = tmp_path_factory.mktemp("exports")
    lines = ["image,x1,y1,x2,y2"]
    for name, boxes in heads.items():
        picture = folder / "set/images" / f"{name}.jpg"
        picture.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", SIZE, "grey").save(picture)
        lines += [f"{name}.jpg,{x},{y},{x + w:.6f},{y + h:.6f}" for x, y, w, h in boxes] or [f"{name}.jpg,,,,"]
    (folder / "set/heads.csv").write_text("\n".join(lines) + "\n")
    for name, export in EXPORTS.items():
        done = ghtools("convert", "set", name, "--to", export.form or name, *export.options, cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder


def read(python: Path, form: str, reader: str, folder: Path) -> tuple[str, Heads]:
    program = [python, HERE / "readers.py", form, reader, folder]
    done = subprocess.run([*map(str, program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    return told["version"], told["heads"]


PAIRS = [(form, reader) for form, export in EXPORTS.items() for reader in export.readers]


@pytest.mark.parametrize(("form", "reader"), PAIRS)
def test_every_picture_and_head_arrives(form: str, reader: str, python: Path, exports: Path, heads: Heads) -> None:
    export = EXPORTS[form]
    version, found = read(python, export.form or form, reader, exports / form)
    expected = export.expected(heads)
    if not export.nested:
        expected, found = ({Path(name).name: part for name, part in each.items()} for each in (expected, found))
    if reader in {"motmetrics"}:  # It knows the frames with rows alone.
        expected = {name: part for name, part in expected.items() if part}
    assert found.keys() == expected.keys()
    for name, part in expected.items():
        assert len(found[name]) == len(part), name
        if part:
            away = np.abs(np.array(found[name])[:, None] - np.array(part)[None]).max(axis=2)
            near = away <= max(ROUNDED.get(reader, 0), export.atol)
            assert near.any(axis=0).all() and near.any(axis=1).all(), name
    print(f"\n| {form} | {reader} {version} | {len(found)} | {sum(map(len, found.values()))} |")


def test_torchvision_opens_every_picture_with_its_boxes(exports: Path, heads: Heads) -> None:
    """In this environment, where torchvision is one of our own extras."""
    from torchvision.datasets import CocoDetection

    images = CocoDetection(str(exports / "coco/images"), str(exports / "coco/annotations/instances_default.json"))
    found = [(picture.size, [head["bbox"] for head in boxes]) for picture, boxes in images]
    assert [boxes for _, boxes in found] == list(heads.values())
    assert {size for size, _ in found} == {SIZE}
