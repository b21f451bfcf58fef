"""Names of pictures: those that stay inside, those that climb out, and their last parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from converters.files.pictures.picture_names import PictureNames, last_part
from gta_head_tools.errors import DataFormatError

FILE = Path("heads.csv")


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("a.jpg", "a.jpg"),
        ("./x/a.jpg", "a.jpg"),
        ("../../upload/1/a.jpg", "a.jpg"),
        ("/home/me/a.jpg", "a.jpg"),
        ("C:\\data\\a.jpg", "a.jpg"),
        ("C:a.jpg", "a.jpg"),
        ("\\\\server\\share\\a.jpg", "a.jpg"),
        ("file:///home/me/a.jpg", "a.jpg"),
        ("/data/local-files/?d=x/a.jpg", "a.jpg"),
        ("/data/local-files/?d=a.jpg", "a.jpg"),
        ("/data/local-files/?d=x%2Fa%20b.jpg", "a b.jpg"),
        ("/data/local-files/?d=x\\a.jpg", "a.jpg"),
        ("https://host/x/a.jpg", "a.jpg"),
        ("https://host/x/M%C3%BCnchen.JPG?sig=9%2Fb&t=1", "München.JPG"),
        ("https://host/get?size=3&file=x/a.png#top", "a.png"),
        ("s3://bucket/x/a", "a"),
        ("x/why?.jpg", "why?.jpg"),
        ("x/100%25.jpg", "100%25.jpg"),
        ("x/a.jpg/", "a.jpg"),
    ],
)
def test_the_last_part_of_a_name(name: str, last: str) -> None:
    assert last_part(name) == last
    assert PictureNames(FILE, "last").path(name) == last


@pytest.mark.parametrize("name", ["../a.jpg", "/a.jpg", "C:\\a.jpg", "https://host/a.jpg", ""])
def test_a_name_that_leaves_the_folder_tells_of_the_option(name: str) -> None:
    with pytest.raises(DataFormatError, match=r"leaves the folder of the data set; .* -i names=last"):
        PictureNames(FILE).path(name)


@pytest.mark.parametrize("name", ["", "/", "..", "x/..", "https://", "?d=.."])
def test_a_name_without_a_last_part_is_refused(name: str) -> None:
    with pytest.raises(DataFormatError, match="name a picture in its last part"):
        PictureNames(FILE, "last").path(name)


def test_names_that_become_equal_are_both_named() -> None:
    names = PictureNames(FILE, "last")
    assert [names.path(name) for name in ("x/a.jpg", "x/a.jpg", "./x/a.jpg", "x\\a.jpg", "b.jpg")] == [
        *["a.jpg"] * 4,
        "b.jpg",
    ]
    with pytest.raises(DataFormatError, match=r"'x/a\.jpg' and 'y/a\.jpg' have one last part"):
        names.path("y/a.jpg")
