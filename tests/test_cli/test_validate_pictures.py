"""`ghtools validate` with pictures, run as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from gta_head_tools.cli.main import app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A YOLO data set: three pictures for training, two for tests."""
    for number, name in enumerate(("train/a", "train/b", "train/c", "test/d", "test/e")):
        picture, labels = tmp_path / f"images/{name}.jpg", tmp_path / f"labels/{name}.txt"
        picture.parent.mkdir(parents=True, exist_ok=True)
        labels.parent.mkdir(parents=True, exist_ok=True)
        coarse = np.random.default_rng(number).integers(0, 256, (6, 8, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC).save(picture)
        labels.write_text(f"0 0.{number + 3} 0.5 0.1 0.1\n", "utf-8")
    return tmp_path


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["validate", *map(str, args), "--jobs", "1"])


def found(folder: Path, *args: str) -> list[tuple[str, str, str]]:
    told = json.loads(run(folder, "--json", *args).stdout)
    return [(one["check"], one["file"], one["value"]) for one in told["findings"]]


def test_whole_and_different_pictures_are_fine(folder: Path) -> None:
    done = run(folder, "--fail-on", "warning")
    assert done.exit_code == 0, done.stdout
    assert "0 errors, 0 warnings, 0 remarks" in done.stdout


def test_a_picture_of_the_training_among_the_tests(folder: Path) -> None:
    Image.open(folder / "images/train/b.jpg").resize((200, 150)).save(folder / "images/test/e.jpg", quality=60)
    assert run(folder).exit_code == 1
    ((check, *_, file),) = found(folder)
    assert check == "split-same-image"
    assert file in {"images/train/b.jpg", "images/test/e.jpg"}


def test_damaged_files_and_a_grey_picture(folder: Path) -> None:
    (folder / "images/train/a.jpg").write_bytes((folder / "images/train/a.jpg").read_bytes()[:-500])
    Image.open(folder / "images/train/b.jpg").convert("L").save(folder / "images/train/b.jpg")
    size = (folder / "images/train/a.jpg").stat().st_size
    assert found(folder) == [
        ("picture-truncated", "images/train/a.jpg", f"{size:,} bytes"),
        ("picture-mode", "images/train/b.jpg", "grey, as 1 of 4 pictures are"),
    ]
    assert found(folder, "--skip", "pictures") == []
