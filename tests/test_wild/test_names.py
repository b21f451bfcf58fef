"""Names of pictures that climb out of the folder, as annotation servers write them, and blanks around names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from converters.datasets.read import read_dataset
from converters.files.tables import csv_scan
from test_wild.verbs import ghtools, rows

NAMES = [
    "../../upload/1/a.jpg",
    "C:\\data\\a.jpg",
    "/data/local-files/?d=x/a.jpg",
    "https://host/x/a.jpg?X-Amz-Date=2026",
]


def files(folder: Path, name: str, other: str = "b.jpg") -> dict[str, Path]:
    """A table and a list whose first picture has that name."""
    texts = {
        "heads.csv": f"image,x,y\n{name},10,20\n{other},30,40\n",
        "heads.txt": f"{name} 1 10 20\n{other} 1 30 40\n",
    }
    for file, text in texts.items():
        (folder / file).write_text(text)
    return {file: folder / file for file in texts}


@pytest.mark.parametrize("file", ["heads.csv", "heads.txt"])
@pytest.mark.parametrize("name", NAMES)
def test_the_last_part_is_taken_when_asked(tmp_path: Path, name: str, file: str) -> None:
    source = files(tmp_path, name)[file]
    refused = ghtools("convert", source, tmp_path / "out.csv", "--to", "csv")
    assert refused.exit_code == 1
    assert f"{source}:{2 if file == 'heads.csv' else 1}: file name {name!r} leaves the folder" in refused.stderr
    assert "-i names=last" in refused.stderr
    assert not (tmp_path / "out.csv").exists()
    done = ghtools("convert", source, tmp_path / "out.csv", "--to", "csv", "-i", "names=last")
    assert done.exit_code == 0, done.stderr
    assert [(row["image"], row["x"]) for row in rows(tmp_path / "out.csv")] == [("a.jpg", "10"), ("b.jpg", "30")]


@pytest.mark.parametrize("file", ["heads.csv", "heads.txt"])
def test_last_parts_that_are_equal_are_refused(tmp_path: Path, file: str) -> None:
    source = files(tmp_path, "x/a.jpg", "y/a.jpg")[file]
    done = ghtools("convert", source, tmp_path / "out.csv", "--to", "csv", "-i", "names=last")
    assert done.exit_code == 1
    assert f"{source}:{3 if file == 'heads.csv' else 2}: file names 'x/a.jpg' and 'y/a.jpg' have one" in done.stderr


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("text", "read", "told"),
    [
        ("image,x,y\n a.jpg,1,2\na.jpg,3,4\n", {"a.jpg": 2}, "' a.jpg'"),
        ("image,x,y\na.jpg ,1,2\na.jpg,3,4\n", {"a.jpg": 2}, "'a.jpg '"),
        ("image, x, y\na.jpg, 1, 2\n", {"a.jpg": 1}, None),
        ("x, y, image\n1, 2, a.jpg\n", {"a.jpg": 1}, None),
        ("x,y,image\n1,2,a.jpg \n", {"a.jpg": 1}, "'a.jpg '"),
        ('image,x,y\n" a.jpg",1,2\na.jpg,3,4\n', {" a.jpg": 1, "a.jpg": 1}, None),
    ],
)
def test_blanks_around_names_in_a_table_are_kept_or_told(
    text: str, read: dict[str, int], told: str | None, compiled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_scan, "worth_compiling", lambda *_: compiled)
    (tmp_path / "t.csv").write_text(text)
    dataset = read_dataset(tmp_path / "t.csv")[1]
    assert {image.info.path: len(image) for image in dataset} == read
    assert [told in note for note in dataset.notes if told] == [True] * (told is not None)
    assert told or not dataset.notes


def test_a_name_that_begins_with_a_blank_comes_back_from_a_table(tmp_path: Path) -> None:
    (tmp_path / "set.json").write_text(
        json.dumps({"images": [{"id": n, "file_name": name} for n, name in enumerate((" a.jpg", "a.jpg"), start=1)]})
    )
    assert ghtools("convert", tmp_path / "set.json", tmp_path / "t.csv", "--to", "csv").exit_code == 0
    assert [image.info.path for image in read_dataset(tmp_path / "t.csv")[1]] == [" a.jpg", "a.jpg"]
