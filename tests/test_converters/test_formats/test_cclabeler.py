"""cclabeler: read, written, refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from converters.convert import ConvertOptions, convert
from converters.datasets.read import read_dataset
from converters.formats import cclabeler
from converters.formats.options import NoOptions, StillOptions
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, LossyConversionError
from test_converters.small_sets import SIZE, assert_same_heads, columns, crowds, image, write_pictures

BOX = {"sx": 9, "sy": 8, "ex": 1, "ey": 2}


def put(file: Path, boxes: Any = (), points: Any = (), **keys: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    count = len(boxes or ()) + len(points)
    file.write_text(json.dumps({"img_id": "?", "human_num": count, "boxes": boxes, "points": points, **keys}))
    return file


def read(path: Path) -> Dataset:
    return cclabeler.read(path, StillOptions())


def test_boxes_come_before_points_whatever_their_corners(tmp_path: Path) -> None:
    file = put(tmp_path / "jsons" / "a.json", [BOX], [{"x": 3.5, "y": "4"}], note="unknown keys are passed over")
    put(tmp_path / "jsons" / "b.json")
    write_pictures(tmp_path / "images", [image("a.png"), image("b.png"), image("c.png")])
    dataset = read(tmp_path)
    found, empty = dataset
    assert (found.info.path, found.info.size, found.info.scene) == ("images/a.png", SIZE, "a")
    assert found.points.tolist() == [[5, 5], [3.5, 4]]
    np.testing.assert_array_equal(found.boxes, [[1, 2, 9, 8], [np.nan] * 4])
    assert len(empty) == 0
    assert dataset.notes == (f"{tmp_path.name}: 1 picture has no label file and is left out: images/c.png",)
    for path in (file, file.parent):
        assert_same_heads([found], [one for one in read(path) if one.info.name == "a"])
        assert (read(path).root / "images/a.png").is_file()


def test_pictures_beside_the_label_files(tmp_path: Path) -> None:
    put(tmp_path / "a.1.json", [BOX])
    write_pictures(tmp_path, [image("a.1.png")])
    assert [one.info.path for one in read_dataset(tmp_path)[1]] == ["a.1.png"]
    assert [one.info.size for one in read_dataset(tmp_path / "a.1.json")[1]] == [SIZE]


@pytest.mark.parametrize(
    ("told", "claimed"),
    [
        ({"img_id": "", "human_num": 0, "boxes": [], "points": []}, True),
        ({"points": [{"x": 1, "y": 2}], "boxes": []}, True),
        ({"img_id": "", "human_num": 0, "points": [], "boxes": []}, False),
        ({"img_id": "", "human_num": 1, "points": [[1, 2]], "boxes": []}, False),
        ({"boxes": [[1, 2, 3, 4]]}, False),
    ],
)
def test_other_files_with_these_keys_are_not_taken(tmp_path: Path, told: Any, claimed: bool) -> None:
    (tmp_path / "a.json").write_text(json.dumps(told))
    assert cclabeler.detect(tmp_path) is cclabeler.detect(tmp_path / "a.json") is claimed


def test_what_is_written_is_what_the_tool_writes(tmp_path: Path) -> None:
    boxes = np.array([[np.nan] * 4, [1.5, 2, 4.5, 6.25]])
    images = [image("s/a.png", boxes, points=[[7, 8.125], [3, 4.125]]), image("t/b.png")]
    cclabeler.write(in_memory(images, Path("/nowhere")), tmp_path / "out", NoOptions(), "none")
    assert json.loads((tmp_path / "out/jsons/a.json").read_text()) == {
        "img_id": "a.png",
        "human_num": 2,
        "boxes": [{"sx": 1.5, "sy": 2, "ex": 4.5, "ey": 6.25}],
        "points": [{"x": 7, "y": 8.125}],
    }
    assert list(json.loads((tmp_path / "out/jsons/b.json").read_text())) == ["img_id", "human_num", "boxes", "points"]


@settings(max_examples=25, deadline=None)
@given(crowds())
def test_there_and_back(tmp_path_factory: pytest.TempPathFactory, dataset: Dataset) -> None:
    target = tmp_path_factory.mktemp("cclabeler") / "out"
    cclabeler.write(dataset, target, NoOptions(), "none")
    before, after = columns(dataset), columns(read(target))
    assert before.keys() == after.keys()
    for name, (points, boxes, *_) in before.items():
        np.testing.assert_allclose(after[name][0], points, rtol=0, atol=1e-9)
        np.testing.assert_allclose(after[name][1], boxes, rtol=0, atol=1e-9)


def test_points_off_the_middle_of_their_box_are_a_loss_and_points_alone_are_none(tmp_path: Path) -> None:
    table = tmp_path / "heads.csv"
    table.write_text("image,x,y,x1,y1,x2,y2\na.png,3,4,,,,\na.png,2,2,0,0,4,5\n")
    options = ConvertOptions(to="cclabeler", out=tmp_path / "out", images="none")
    with pytest.raises(LossyConversionError, match=r"points \(1\)"):
        convert(table, options)
    table.write_text("image,x,y,x1,y1,x2,y2\na.png,3,4,,,,\n")
    assert convert(table, options).dropped == {}
    assert [one.points.tolist() for one in read(tmp_path / "out")] == [[[3, 4]]]


@pytest.mark.parametrize(
    ("boxes", "points", "keys", "record", "words"),
    [
        ([BOX], [], {"human_num": 2}, "human_num", "says 2 heads, but 1 boxes and 0 points are there"),
        ([{"sx": 1, "sy": 2, "ex": 3}], [], {}, "boxes[0]", "has no 'ey'"),
        ([], [[1, 2]], {}, "points[0]", "expected an object"),
        ([], [{"x": "nan", "y": 1}], {}, "points[0].x", "found the text 'nan'"),
        ([], [{"x": None, "y": 1}], {}, "points[0].x", "found null"),
        (None, [], {"human_num": 0}, "boxes", "found null"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, boxes: Any, points: Any, keys: Any, record: str, words: str) -> None:
    file = put(tmp_path / "jsons" / "a.json", boxes, points, **keys)
    with pytest.raises(DataFormatError) as caught:
        list(read(tmp_path))
    assert (caught.value.path, caught.value.record) == (file, record)
    assert words in str(caught.value)


def test_a_folder_without_files(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="no JSON file"):
        read(tmp_path)


@pytest.mark.samples
def test_released_examples(samples: Path) -> None:
    name, dataset = read_dataset(samples / "cclabeler")
    found = {one.info.name: (len(one), int(one.has_box.sum()), one.info.size) for one in dataset}
    assert name == "cclabeler"
    assert found == {"1": (5, 1, (1080, 600)), "2": (15, 5, (1920, 889)), "3": (0, 0, (900, 538))}
