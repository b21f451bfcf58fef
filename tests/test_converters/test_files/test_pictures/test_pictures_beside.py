"""Pictures beside their label files."""

from __future__ import annotations

from pathlib import Path

import pytest

from converters.files.pictures.pictures_beside import (
    below_root,
    beside,
    unlabelled_defects,
    unlabelled_note,
    unlabelled_pictures,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("labels/a.PNG", "images/b.jpg", "labels/images/c.jpg", "labels/d.jpg", "labels/d.png", "far/e.jpg"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path


@pytest.mark.parametrize(
    ("label", "named", "place"),
    [
        ("a", "", "a.PNG"),
        ("a", "b.jpg", "a.PNG"),
        ("b", "", "../images/b.jpg"),
        ("c", "x.jpg", "images/c.jpg"),
        ("d", "d.jpg", "d.jpg"),
        ("d", "d.png", "d.png"),
        ("e", "..\\far\\e.png", "../far/e.jpg"),
        ("e", "C:\\far\\e.png", "e.png"),
        ("e", "https://host/a.png?key=1", "a.PNG"),
        ("sub/x", "", "sub/x.jpg"),
        ("sub/x", "../a.jpg", "a.PNG"),
    ],
)
def test_where_a_picture_lies(root: Path, label: str, named: str, place: str) -> None:
    assert beside(root / "labels")(label, named) == place


def test_the_root_is_above_all_places(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = root / "labels"
    assert below_root(folder, ["a.jpg", "s/b.jpg"]) == (folder, ["a.jpg", "s/b.jpg"])
    assert below_root(folder, ["a.jpg", "../images/b.jpg"]) == (root, ["labels/a.jpg", "images/b.jpg"])
    monkeypatch.chdir(folder)
    above, places = below_root(Path(), ["../../x/b.jpg", "a.jpg"])
    assert [(above / place).resolve() for place in places] == [root.parent / "x/b.jpg", folder / "a.jpg"]


def test_pictures_without_a_label_file_are_counted(root: Path) -> None:
    left = unlabelled_pictures(root, ["labels/a.PNG"])
    assert left == ["labels/d.png"]
    assert unlabelled_note("set", left) == ("set: 1 picture has no label file and is left out: labels/d.png",)
    assert [defect.file for defect in unlabelled_defects(left)] == left
    assert not unlabelled_pictures(root, ["images/b.jpg"])
    assert unlabelled_note("set", []) == ()
