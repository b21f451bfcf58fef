"""A message names a path as the user typed it, never the whole path of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from test_wild.verbs import ghtools


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A COCO folder and a CSV whose pictures are missing, and a picture that has its heads."""
    monkeypatch.chdir(tmp_path)
    Path("set/annotations").mkdir(parents=True)
    Path("set/images").mkdir()
    coco = {"images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}], "annotations": [], "categories": []}
    Path("set/annotations/instances_train.json").write_text(json.dumps(coco))
    Path("heads.csv").write_text("image,x,y\nb.jpg,5,5\n")
    Path("there").mkdir()
    Path("there/heads.csv").write_text("image,x,y\na.jpg,5,5\n")
    Image.new("RGB", (64, 48)).save("there/a.jpg")


@pytest.mark.parametrize(
    "verb",
    [
        ("render", "set", "out"),
        ("render", "heads.csv", "out"),
        ("convert", "set", "out", "--to", "coco"),
        ("convert", "set/annotations/instances_train.json", "out", "--to", "coco"),
        ("convert", "heads.csv", "out", "--to", "csv"),
        ("evaluate", "set", "heads.csv"),
        ("evaluate", "nowhere", "heads.csv"),
    ],
)
def test_no_message_has_a_whole_path(tmp_path: Path, verb: tuple[str, ...]) -> None:
    done = ghtools(*verb)
    assert done.exit_code == 1
    assert str(tmp_path) not in done.stderr


def test_nor_has_that_of_an_overlay_of_other_heads(tmp_path: Path) -> None:
    assert ghtools("render", "there", "out", "--jobs", "1").exit_code == 0
    Path("there/heads.csv").write_text("image,x,y\na.jpg,9,9\n")
    done = ghtools("render", "there", "out", "--jobs", "1")
    assert done.exit_code == 1
    assert "out/a.jpg" in done.stderr
    assert str(tmp_path) not in done.stderr


def test_nor_has_that_of_a_damaged_picture(tmp_path: Path) -> None:
    Path("set/images/a.jpg").write_bytes(b"no picture")
    done = ghtools("render", "set", "out", "--jobs", "1")
    assert done.exit_code == 1
    assert "set/images/a.jpg: not a readable picture" in done.stderr
    assert str(tmp_path) not in done.stderr
