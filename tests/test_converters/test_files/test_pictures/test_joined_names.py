from __future__ import annotations

from pathlib import Path

import pytest

from converters.files.pictures.joined_names import bare_pictures, finder

NFC, NFD = "caf\u00e9", "cafe\u0301"


def pictures(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("there", "name", "found"),
    [
        ("0001.jpg", "1", "0001.jpg"),
        ("1.PNG", "0001", "1.PNG"),
        (f"{NFD}.jpg", NFC, f"{NFD}.jpg"),
        ("a/cam_12.30.jpg", "a/cam_12.30", "a/cam_12.30.jpg"),
        ("b/7.jpg", "b/07", "b/7.jpg"),
    ],
)
def test_names_find_their_picture(tmp_path: Path, there: str, name: str, found: str) -> None:
    assert bare_pictures([tmp_path, pictures(tmp_path / "images", there)], [name]) == {name: found}


def test_a_number_that_two_have_finds_none(tmp_path: Path) -> None:
    assert bare_pictures([pictures(tmp_path, "1.jpg", "001.jpg")], ["01"]) == {}
    assert bare_pictures([pictures(tmp_path / "b", "0001.jpg")], ["1", "01"]) == {}


@pytest.mark.parametrize(
    ("there", "path", "found"),
    [
        (f"a/{NFD}.jpg", f"a/{NFC}.jpg", f"a/{NFD}.jpg"),
        ("a.JPG", "a.jpg", "a.JPG"),
        ("a.png", "a.jpg", None),
        ("A.jpg", "a.jpg", None),
        ("a.c.jpg", "a.b.jpg", None),
    ],
)
def test_a_picture_is_found_under_another_spelling(tmp_path: Path, there: str, path: str, found: str | None) -> None:
    assert finder()(pictures(tmp_path, there), path) == found
