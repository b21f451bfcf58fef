"""HeadHunter's texts: read, told apart, refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from converters.formats import headhunter
from converters.formats.options import parse_options
from converters.formats.registry import detect_format
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from test_converters.small_sets import image, write_pictures

TEXT = "#Scut A/b.jpg\n1 2 3.5 4 0\n\n9 9 5 5 -1\n# c d.JPG\n#a.png\r\n-1,0,7,8,1\r\n"


def read(path: Path, *options: str) -> Dataset:
    return headhunter.read(path, parse_options(headhunter.ReadOptions, options))


def put(folder: Path, text: str | bytes, name: str = "CHuman_Train.txt") -> Path:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / name


@pytest.mark.parametrize("lone", [True, False])
def test_a_text_is_read(tmp_path: Path, lone: bool) -> None:
    file = put(tmp_path, TEXT.replace(",", " "))
    put(tmp_path, "notes\n", "notes.txt")
    write_pictures(tmp_path / "images", [image("Scut A/b.jpg", width=99, height=50)])
    path = file if lone else tmp_path
    assert detect_format(path) == "headhunter"
    heads = {one.info.name: one for one in read(path)}
    assert {name: one.info.scene for name, one in heads.items()} == {
        "b": "Scut A", "a": "CHuman_Train", "c d": "CHuman_Train",
    }  # fmt: skip
    assert heads["b"].boxes.tolist() == [[1, 2, 3.5, 4], [9, 9, 5, 5]]
    assert heads["b"].ignore.tolist() == [False, True]
    assert (heads["a"].boxes.tolist(), heads["a"].ignore.tolist()) == ([[-1, 0, 7, 8]], [False])
    assert (len(heads["c d"]), heads["b"].info.size) == (0, (99, 50))
    assert heads["b"].info.path == "images/Scut A/b.jpg"


def test_gzipped_with_whole_paths_of_another_machine(tmp_path: Path) -> None:
    file = put(tmp_path, gzip.compress("\ufeff# /home/me/a.jpg\n1;2;3;4;0\n".encode()), "a.txt.gz")
    with pytest.raises(DataFormatError, match=r"'/home/me/a\.jpg' leaves .* -i names=last") as caught:
        read(file)
    assert caught.value.line == 1
    (one,) = read(file, "names=last")
    assert (one.info.path, one.boxes.tolist()) == ("a.jpg", [[1, 2, 3, 4]])


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("1 2 3 4 0\n# a.jpg\n", 1, "a box stands above all pictures"),
        ("# a.jpg\n1 2 3 4 0\n\n1 2 3 4\n", 4, "4 columns"),
        ("# a.jpg\n1 2 3 4\n", 2, "expected 5 numbers"),
        ("# a.jpg\n1 2 3 4 0\n# b.jpg\n1 2 nan 4 0\n", 4, "'nan' is no finite number"),
        ("# a.jpg\n\n1 2 3 4 0.5\n", 3, "flag 0.5 is no whole number"),
        ("# a.jpg\n# b\n", 2, "'b' is no picture"),
        ("# a.jpg\n#\n", 2, "leaves the folder"),
        ("# a.jpg\n# ./a.jpg\n", 2, "'a.jpg' is there already"),
        ("# ../a.jpg\n", 1, "leaves the folder"),
        ("# a.jpg\n1 2 3 1,234 0\n", None, "'1,234' may be thousands"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, line: int | None, words: str) -> None:
    with pytest.raises(DataFormatError) as caught:
        read(put(tmp_path, text))
    assert caught.value.line == line
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "text", ["# frame,id,x\n1,2,3,4,5,6\n", "#\n1 2 3 4 0\n", "a.jpg\n", "", "#a.txt\n", "a.jpg # b"]
)
def test_other_texts_are_not_taken(tmp_path: Path, text: str) -> None:
    assert not headhunter.detect(put(tmp_path, text))


def test_a_folder_with_none_or_several(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="no text found"):
        read(tmp_path)
    put(tmp_path, TEXT, "SH_Train.txt")
    put(tmp_path, TEXT, "SH_TrainVal.txt")
    assert headhunter.detect(tmp_path)
    with pytest.raises(DatasetLayoutError, match=r"SH_Train\.txt and SH_TrainVal\.txt found, .*; name one"):
        read(tmp_path)


def test_line_ends_of_old_programs(tmp_path: Path) -> None:
    (one,) = read(put(tmp_path, "\r#a.jpg\r1 2 3 4 0\r"))
    assert headhunter.detect(tmp_path)
    assert one.boxes.tolist() == [[1, 2, 3, 4]]


def test_a_text_without_boxes(tmp_path: Path) -> None:
    assert [len(one) for one in read(put(tmp_path, "# a.jpg\n# b.jpg\n"))] == [0, 0]
    assert np.shape(next(iter(read(tmp_path))).boxes) == (0, 4)
