"""Where pictures of label files are found."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from converters.files.pictures.picture_places import picture_places


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("images/a.JPG", "images/day 1/b.png", "beside/a.png", "images/ca\u0301fe.jpg", "images/x.y.jpeg"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("a", "images/a.JPG"),
        ("a.jpg", "images/a.JPG"),
        ("day 1/b", "images/day 1/b.png"),
        ("x.y", "images/x.y.jpeg"),
        (unicodedata.normalize("NFC", "ca\u0301fe"), "images/ca\u0301fe.jpg"),
        ("gone", "images/gone.jpg"),
        ("day 2/gone.bmp", "images/day 2/gone.bmp"),
    ],
)
def test_a_picture_is_found_whatever_its_suffix_or_expected_in_the_first_folder(
    root: Path, name: str, place: str
) -> None:
    assert picture_places(root, [root / "images", root / "beside"])(name) == place


def test_the_first_folder_that_has_it_counts(root: Path) -> None:
    assert picture_places(root, [root / "beside", root / "images"])("a") == "beside/a.png"
    assert picture_places(root, [root])("images/a") == "images/a.JPG"


def test_of_two_suffixes_the_one_that_is_named_counts(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png"):
        (tmp_path / name).touch()
    place = picture_places(tmp_path, [tmp_path])
    assert [place(name) for name in ("a.jpg", "a.png")] == ["a.jpg", "a.png"]
    assert place("a.bmp") == place("a")


def test_names_of_label_files_have_no_suffix(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.jpg.png", "b.jpg"):
        (tmp_path / name).touch()
    place = picture_places(tmp_path, [tmp_path], bare=True)
    assert [place(name) for name in ("a", "a.jpg", "b.jpg")] == ["a.jpg", "a.jpg.png", "b.jpg"]
    assert place("gone.jpg") == "gone.jpg.jpg"
