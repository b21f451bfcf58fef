"""VGG Image Annotator: read, refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converters.datasets.read import read_dataset
from converters.formats import via
from converters.formats.options import parse_options
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, UnknownNameError
from test_converters.small_sets import SIZE, image, write_pictures
from test_converters.via_files import entry, point, rect, write_via


def read(path: Path, *options: str) -> Dataset:
    return via.read(path, parse_options(via.ReadOptions, options))


@pytest.mark.parametrize("project", [False, True])
def test_an_export_and_a_project(project: bool, tmp_path: Path) -> None:
    old = entry("b.jpg")
    old["b.jpg99"]["regions"] = {"0": rect(1, 2, 8, 6), "1": point("3", 4.5)}
    circle = {"shape_attributes": {"name": "circle", "cx": 1, "cy": 2, "r": 3}, "region_attributes": {}}
    file = write_via(tmp_path / "via_export.json", old, entry("a b.JPG", circle, circle), project=project)
    write_pictures(tmp_path / "images", [image("b.png")])
    (name, dataset), name_of_folder = read_dataset(file), read_dataset(tmp_path)[0]
    empty, found = dataset
    assert name == name_of_folder == "via"
    assert (empty.info.path, len(empty), empty.info.sized) == ("a b.JPG", 0, True)  # Pictures of a scene have one size.
    assert (found.info.path, found.info.size, found.info.measured) == ("images/b.png", SIZE, True)
    assert found.points.tolist() == [[5, 5], [3, 4.5]]
    np.testing.assert_array_equal(found.boxes, [[1, 2, 9, 8], [np.nan] * 4])
    assert dataset.notes == (
        "via_export.json: 2 shapes that are no boxes or points are left out: circle (2)",
        "via_export.json: 1 boxes and 1 points of one category lie in one picture; each counts as a head",
    )


def test_folders_of_splits(tmp_path: Path) -> None:
    for split, count in (("train", 1), ("val", 2)):
        write_via(tmp_path / split / "via_region_data.json", entry("a.jpg", *[rect(0, 0, 4, 4)] * count))
        write_pictures(tmp_path / split, [image("a.jpg")])
    name, dataset = read_dataset(tmp_path)
    assert name == "via"
    assert [(one.info.path, one.info.split, len(one)) for one in dataset] == [
        ("train/a.jpg", "train", 1),
        ("val/a.jpg", "val", 2),
    ]


def test_a_folder_of_label_files_alone(tmp_path: Path) -> None:
    file = write_via(tmp_path / "annotations" / "a.json", entry("a.jpg", rect(0, 0, 4, 4)))
    write_pictures(tmp_path / "images", [image("a.jpg")])
    for path in (tmp_path, file.parent, file):
        name, dataset = read_dataset(path)
        assert (name, dataset.root) == ("via", tmp_path)
        assert [one.info.path for one in dataset] == ["images/a.jpg"]


def test_a_file_for_each_picture(tmp_path: Path) -> None:
    for number in range(30):
        write_via(tmp_path / f"cam_{number}.json", entry(f"cam_{number}.jpg", rect(0, 0, 4, 4)))
    (tmp_path / "other.json").write_text("")
    name, dataset = read_dataset(tmp_path)
    assert (name, dataset.image_count) == ("via", 30)
    told = "1 JSON files are of another kind and are left out; the first: other.json"
    assert dataset.notes == (f"{tmp_path.name}: {told}",)


@pytest.mark.parametrize(
    ("regions", "options", "heads"),
    [
        ([{"type": "head"}, {"type": "hat"}, {}], [], 1),
        ([{"type": "head"}, {"type": "hat"}, {}], ["category=hat"], 1),
        ([{"what": "Head"}, {"what": "hat"}], [], 1),
        ([{"type": {"hat": False, "head": True}}, {"type": {"hat": True}}], [], 1),
        ([{"person": "7", "class": "head"}, {"person": "8", "class": "hat"}], [], 1),
        ([{"person": "7", "colour": "red"}, {"person": "8", "colour": "blue"}], [], 2),
        ([{"person": "7", "colour": "red"}, {"person": "8"}], ["attribute=colour", "category=red"], 1),
        ([{"class": 1}, {"class": 2}], ["category=2"], 1),
    ],
)
def test_what_a_region_is(tmp_path: Path, regions: list[Any], options: list[str], heads: int) -> None:
    file = write_via(tmp_path / "a.json", entry("a.jpg", *(rect(0, 0, 4, 4, **each) for each in regions)))
    assert [len(one) for one in read(file, *options)] == [heads]


def test_names_of_a_server(tmp_path: Path) -> None:
    file = write_via(tmp_path / "a.json", entry("https://host/x/a.jpg?key=7", rect(0, 0, 4, 4)))
    with pytest.raises(
        DataFormatError, match=r"a\.json: https://host/x/a\.jpg\?key=799\.filename: file name .*names=last"
    ):
        read(file)
    assert [one.info.path for one in read(file, "names=last")] == ["a.jpg"]


@pytest.mark.parametrize(
    ("regions", "record", "words"),
    [
        ([rect(1, 2, 3)], "a.jpg99.regions[0].shape_attributes", "has no 'height'"),
        ([rect(1, 2, 3, "x")], "a.jpg99.regions[0].shape_attributes.height", "found the text 'x'"),
        ([point(1)], "a.jpg99.regions[0].shape_attributes", "has no 'cy'"),
        ([{}], "a.jpg99.regions[0]", "has no 'shape_attributes'"),
        (["x"], "a.jpg99.regions[0]", "found the text 'x'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, regions: list[Any], record: str, words: str) -> None:
    file = write_via(tmp_path / "a.json", entry("a.jpg", *regions))
    with pytest.raises(DataFormatError) as caught:
        read(file)
    assert (caught.value.path, caught.value.record) == (file, record)
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": {"filename": "a.jpg"}}', '{"a": {"regions": []}}', "{"])
def test_no_file_of_via(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    assert not via.detect(tmp_path)
    with pytest.raises(DataFormatError, match=r"a\.json"):
        read(tmp_path / "a.json")


def test_a_wrong_region_of_an_old_file_is_named(tmp_path: Path) -> None:
    old = entry("a.jpg")
    old["a.jpg99"]["regions"] = {"0": rect(1, 2, 3, 4), "7": rect(1, 2, 3, "x")}
    with pytest.raises(DataFormatError) as caught:
        read(write_via(tmp_path / "a.json", old))
    assert caught.value.record == "a.jpg99.regions[7].shape_attributes.height"


def test_what_is_missing_or_double(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="no JSON file of VIA"):
        read(tmp_path)
    twice = entry("a.jpg")["a.jpg99"]
    file = write_via(tmp_path / "a.json", {"a.jpg98": twice}, {"a.jpg99": twice})
    with pytest.raises(DatasetLayoutError, match=r"a\.jpg"):
        read(file)
    with pytest.raises(UnknownNameError, match="hat"):
        read(write_via(file, entry("a.jpg", rect(0, 0, 1, 1, type="head"))), "category=hat")
