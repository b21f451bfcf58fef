"""CrowdHuman: read, refused."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from converters.convert import ConvertOptions, convert
from converters.datasets.read import read_dataset
from converters.formats import crowdhuman
from converters.formats.options import parse_options
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from test_converters.small_sets import SIZE, image, write_pictures

ATTRIBUTES = {"ignore": 0, "occ": 1, "unsure": 0}


def person(hbox: Any, **keys: Any) -> dict[str, Any]:
    """A person with the boxes (10, 20, 5, 6) and (10, 20, 7, 8); a key of None is left out."""
    told = {"tag": "person", "hbox": hbox, "vbox": [10, 20, 5, 6], "fbox": [10, 20, 7, 8], "head_attr": ATTRIBUTES}
    return {
        key: value for key, value in {**told, "extra": {"box_id": 0, "occ": 0}, **keys}.items() if value is not None
    }


def write_lines(file: Path, *pictures: tuple[str, Sequence[Any]]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps({"ID": name, "gtboxes": people}) + "\n" for name, people in pictures))
    return file


def read(path: Path, *options: str) -> Dataset:
    return crowdhuman.read(path, parse_options(crowdhuman.ReadOptions, options))


def test_the_released_layout_is_read(tmp_path: Path) -> None:
    write_lines(tmp_path / "annotation_train.odgt", ("1,a", [person([1, 2, 3, 4]), person([-1, 0, 2, 2])]), ("2,b", []))
    write_lines(tmp_path / "annotation_val.odgt", ("3,c", [person([5, 6, 1, 1])]))
    write_pictures(tmp_path, [image("CrowdHuman_train02/Images/1,a.jpg"), image("CrowdHuman_val/Images/3,c.jpg")])
    name, dataset = read_dataset(tmp_path)
    assert name == "crowdhuman"
    assert [(one.info.path, one.info.split, one.info.scene, one.info.size) for one in dataset] == [
        ("CrowdHuman_train02/Images/1,a.jpg", "train", "1,a", SIZE),
        ("2,b.jpg", "train", "2,b", (0, 0)),
        ("CrowdHuman_val/Images/3,c.jpg", "val", "3,c", SIZE),
    ]
    first = next(iter(dataset))
    assert (first.boxes.tolist(), first.points.tolist()) == ([[1, 2, 4, 6], [-1, 0, 1, 2]], [[2.5, 4], [0, 1]])
    assert (first.extra["occ"].tolist(), first.ids.tolist()) == ([1, 1], [-1, -1])


def test_a_file_apart_from_its_pictures(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "annotations" / "annotation_val.odgt", ("1,a", []))
    write_pictures(tmp_path / "Images", [image("1,a.jpg")])
    packed = file.with_name("annotation_train.odgt.gz")
    packed.write_bytes(gzip.compress(file.read_bytes().replace(b"1,a", b"2,b")))
    assert [one.info.path for one in read_dataset(tmp_path)[1]] == ["Images/1,a.jpg", "2,b.jpg"]
    assert [one.info.size for one in read_dataset(file)[1]] == [SIZE]
    assert [one.info.split for one in read_dataset(packed)[1]] == ["train"]


def test_a_missing_picture_is_told_with_the_folders_that_were_looked_in(tmp_path: Path) -> None:
    write_lines(tmp_path / "annotation_val.odgt", ("1,a", []))
    (tmp_path / "CrowdHuman_val").mkdir()
    with pytest.raises(
        DatasetLayoutError, match=r"'1,a\.jpg' is missing .* looked in the folder itself, CrowdHuman_val/"
    ):
        convert(tmp_path, ConvertOptions(to="csv", out=tmp_path / "out", allow_lossy=True))


@pytest.mark.parametrize(
    ("keys", "options", "ignore"),
    [
        ({}, [], False),
        ({"head_attr": {"occ": 0}}, [], False),
        ({"extra": None}, [], False),
        ({"head_attr": {"ignore": 1}}, [], True),
        ({"head_attr": {}}, [], True),
        ({"head_attr": None}, [], True),
        ({"extra": {"ignore": 1}}, [], True),
        ({"tag": "mask"}, [], True),
        ({"head_attr": {"ignore": 1}}, ["box=full"], False),
        ({"extra": {"ignore": 1}}, ["box=visible"], True),
    ],
)
def test_what_is_ignored(tmp_path: Path, keys: Any, options: list[str], ignore: bool) -> None:
    file = write_lines(tmp_path / "a.odgt", ("a", [person([1, 2, 3, 4], **keys)]))
    assert [one.ignore.tolist() for one in read(file, *options)] == [[ignore]]


def test_other_boxes_and_people_without_one(tmp_path: Path) -> None:
    people = [person(None), person(None, tag="mask", vbox=None), person([1, 2, 3, 4])]
    file = write_lines(tmp_path / "a.odgt", ("a", people))
    assert [one.boxes.tolist() for one in read(file)] == [[[10, 20, 17, 28], [1, 2, 4, 6]]]
    assert read(file).notes == ("a.odgt: 1 people have no head box and are left out",)
    assert [one.boxes.tolist() for one in read(file, "box=full")] == [[[10, 20, 17, 28]] * 3]


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        (['{"ID": "a", "gtboxes": []}', "", '{"ID": "b"}'], 3, "has no 'gtboxes'"),
        (['{"ID": "a", "gtboxes": []}', '{"ID": "a", "gtboxes": []}'], 2, "has a line already, at a.odgt:1"),
        (['{"ID": "a", "gtboxes": [{"hbox": [1, 2, 3]}]}'], 1, "gtboxes[0].hbox"),
        (['{"ID": "a", "gtboxes": [{"hbox": [1, 2, 3, NaN]}]}'], 1, "NaN is no number"),
        (['{"ID": "a", "gtboxes": [{"hbox": [1, 2, 3, 1e999]}]}'], 1, "too large"),
        (['{"ID": "a", "gtboxes": [{"head_attr": {"occ": 1e30}}]}'], 1, "gtboxes[0].head_attr.occ"),
        (['{"ID": "a", "gtboxes": []}', '{"ID": "b", "gtbo'], 2, "cut off"),
        (['{"ID": "../a", "gtboxes": []}'], 1, "leaves the folder"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, lines: list[str], line: int, words: str) -> None:
    file = tmp_path / "a.odgt"
    file.write_text("\n".join(lines))
    with pytest.raises(DataFormatError) as caught:
        read(file)
    assert caught.value.line == line
    assert words in str(caught.value)


@pytest.mark.parametrize(("text", "words"), [("", "no line found"), ("\n\n", "no line found"), ("x", "no valid JSON")])
def test_a_damaged_file_beside_a_whole_one(text: str, words: str, tmp_path: Path) -> None:
    write_lines(tmp_path / "annotation_train.odgt", ("a", []))
    (tmp_path / "annotation_val.odgt").write_text(text)
    with pytest.raises(DataFormatError, match=rf"annotation_val\.odgt.*{words}"):
        read(tmp_path)


def test_a_folder_without_files(tmp_path: Path) -> None:
    (tmp_path / "a.odgt").write_text("nothing")
    assert not crowdhuman.detect(tmp_path)
    with pytest.raises(DatasetLayoutError, match="expected annotation_train"):
        read(tmp_path)
