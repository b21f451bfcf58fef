"""NWPU-Crowd: read, written, told from its neighbours, refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from scipy.io import loadmat

from converters.datasets.read import read_dataset
from converters.formats import nwpu
from converters.formats.registry import detect_format
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError
from test_converters.small_sets import assert_same_heads, crowds, image, write_pictures
from test_converters.test_formats.test_ucf_qnrf import write_ann

BOXES = [[1, 2, 5, 8], [10.5, 3, 14, 8]]


def put(file: Path, points: Any = (), boxes: Any = (), **more: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {"img_id": f"{file.stem}.jpg", "human_num": len(points or ()), "points": points, "boxes": boxes} | more
    file.write_text(json.dumps(content))
    return file


def read(path: Path, **options: Any) -> Dataset:
    return nwpu.read(path, nwpu.ReadOptions(**options))


def write(images: list[ImageAnnotations], target: Path, source: Path = Path("/nowhere"), **options: Any) -> Path:
    nwpu.write(in_memory(images, source), target, nwpu.WriteOptions(**options), "none")
    return target


def released(root: Path) -> Path:
    """The layout of the set: a picture of each kind."""
    put(root / "jsons" / "0001.json", [[3, 5], [12, 6]], BOXES)
    write_ann(root / "mats" / "0001.mat", [[3, 5], [12, 6]])
    write_ann(root / "mats" / "0002.mat", [[7.5, 8]])
    put(root / "jsons" / "3098.json")
    for name in ("0001", "0002", "3098", "3610"):
        write_pictures(root / "images", [image(f"{name}.jpg")])
    for split, text in (("train", "0001 2 1\r\n2 0 3\n"), ("val", "\ufeff3098.jpg\n\n"), ("test", "3610\n3611 0 0\n")):
        (root / f"{split}.txt").write_text(text, newline="")
    return root


def test_the_released_layout_is_read(tmp_path: Path) -> None:
    name, dataset = read_dataset(released(tmp_path))
    assert name == "nwpu"
    assert [(one.info.path, one.info.split, one.info.size, one.points.tolist()) for one in dataset] == [
        ("images/0001.jpg", "train", (16, 12), [[3, 5], [12, 6]]),
        ("images/0002.jpg", "train", (16, 12), [[7.5, 8]]),
        ("images/3098.jpg", "val", (16, 12), []),
    ]
    first, second, _ = dataset
    assert first.boxes.tolist() == BOXES
    assert not second.has_box.any()
    assert (first.info.facts["luminance"], first.info.facts["crowd_level"]) == (2, 1)
    assert dataset.notes == ("test.txt: 2 of its images have no file of heads and are left out",)
    assert next(iter(read(tmp_path, shift=-0.5).only(["0002"]))).points.tolist() == [[7, 7.5]]


def test_downloaded_parts_hold_pictures(tmp_path: Path) -> None:
    for number, part in (("0001", 1), ("0002", 10), ("9999", 2)):
        write_pictures(tmp_path / f"images_part{part}", [image(f"{number}.JPG")])
    for number in ("0001", "0002"):
        put(tmp_path / "jsons" / f"{number}.json", [[1, 2]], [[0, 0, 2, 4]])
    name, dataset = read_dataset(tmp_path)
    assert name == "nwpu"
    assert [one.info.path for one in dataset] == ["images_part1/0001.JPG", "images_part10/0002.JPG"]
    assert dataset.notes == ("1 pictures have no file of heads, are in no list, and are left out",)


@pytest.mark.parametrize("folder", ["jsons", "mats"])
def test_a_lone_file_finds_its_picture(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    released(tmp_path)
    file = next((tmp_path / folder).glob("0001.*"))
    monkeypatch.chdir(file.parent)
    for path in (file, Path(file.name)):
        name, dataset = read_dataset(path)
        (one,) = dataset
        assert (name, one.info.size, len(one), dataset.notes) == ("nwpu", (16, 12), 2, ())
    (tmp_path / "0001.json").write_bytes(gzip.compress((tmp_path / "jsons" / "0001.json").read_bytes()))
    write_pictures(tmp_path, [image("images/0001.jpg")])
    assert [one.info.size for one in read_dataset(tmp_path / "0001.json")[1]] == [(16, 12)]


def test_what_is_written(tmp_path: Path) -> None:
    facts = {"luminance": 1, "crowd_level": 3}
    images = [
        image("s/0007.png", BOXES, split="train", facts=facts),
        image("s/b.png", points=[[1.23456789, 2]], split="val"),
        image("c.png", [[np.nan] * 4, BOXES[0]], points=[[9, 9], [3, 6]], scene="s"),
    ]
    out = write(images, tmp_path / "out")
    assert (out / "train.txt").read_text() == "0007 1 3\n"
    assert (out / "val.txt").read_text() == "b\n"
    assert not (out / "test.txt").exists()
    assert json.loads((out / "jsons" / "c.json").read_text()) == {
        "img_id": "c.png",
        "human_num": 2,
        "points": [[9, 9], [3, 6]],
        "boxes": [None, BOXES[0]],
    }
    assert json.loads((out / "jsons" / "b.json").read_text())["boxes"] == []
    assert loadmat(out / "mats" / "0007.mat")["annPoints"].tolist() == [[3, 5], [12.25, 5.5]]
    after = read_dataset(out)[1]
    assert_same_heads(in_memory(images, Path()), after, atol=1e-6)
    assert {one.info.name: one.info.split for one in after} == {"0007": "train", "b": "val", "c": None}
    assert {one.info.name: one.info.facts.get("crowd_level") for one in after} == {"0007": 3, "b": None, "c": None}
    assert after.notes == ("1 images are in no list and have no split",)
    bare = write(images, tmp_path / "bare", mats=False)
    assert sorted(entry.name for entry in bare.iterdir()) == ["jsons", "train.txt", "val.txt"]


def test_lists_of_an_older_run_are_removed(tmp_path: Path) -> None:
    write([image("a.png", split="train"), image("b.png", split="val")], tmp_path / "out")
    write([image("a.png", split="val"), image("b.png", split="val")], tmp_path / "out")
    assert [one.info.split for one in read(tmp_path / "out")] == ["val", "val"]


@given(dataset=crowds())
def test_points_and_boxes_come_back(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> None:
    target = tmp_path_factory.mktemp("nwpu") / "out"
    nwpu.write(dataset, target, nwpu.WriteOptions(), "none")
    bare = dataset.map(lambda one: ImageAnnotations(one.info, one.points, boxes=one.boxes))
    assert_same_heads(bare, read(target), atol=1e-6)
    assert detect_format(target) == "nwpu"


@pytest.mark.parametrize("name", ["a b.png", "a,b.png", "a;b.png", "a\u00a0b.png"])
def test_names_that_a_list_would_break_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="has a blank, comma or semicolon"):
        write([image(name, split="train")], tmp_path / "out")
    assert [one.info.name for one in read(write([image(name)], tmp_path / "out"))] == [name.removesuffix(".png")]


@pytest.mark.parametrize("name", ["a.jpg.png", "b.json.png", "anchors1.png", "007.png", "-1.png", "train.png"])
def test_odd_names_come_back_with_their_split(name: str, tmp_path: Path) -> None:
    out = write([image(name, split="test"), image("z.png", points=[[1, 2]], split="test")], tmp_path / "out")
    expected = {f"images/{name.removesuffix('.png')}.jpg": "test", "images/z.jpg": "test"}
    assert {one.info.path: one.info.split for one in read(out)} == expected


def test_neighbours_are_told_apart(tmp_path: Path) -> None:
    put(tmp_path / "a" / "jsons" / "1.json")
    assert detect_format_or_none(tmp_path / "a") is None  # Without any head this may as well be cclabeler's.
    (tmp_path / "a" / "train.txt").write_text("1 0 0\n")
    assert detect_format(tmp_path / "a") == "nwpu"
    put(tmp_path / "b" / "jsons" / "1.json", [{"x": 1, "y": 2}])
    assert detect_format_or_none(tmp_path / "b") != "nwpu"
    put(tmp_path / "c" / "jsons" / "1.json", [[1, 2]])
    assert detect_format(tmp_path / "c") == "nwpu"
    (tmp_path / "c" / "masks").mkdir()
    assert detect_format_or_none(tmp_path / "c") != "nwpu"
    write_ann(tmp_path / "d" / "mats" / "1.mat", [[1, 2]])
    assert detect_format(tmp_path / "d") == "nwpu"


def detect_format_or_none(path: Path) -> str | None:
    try:
        return detect_format(path)
    except DatasetLayoutError:
        return None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"human_num": 3}, "human_num: says 3 heads, but 2 points are there"),
        ({"boxes": [[1, 2, 3, 4]]}, "boxes: 1 boxes for 2 points"),
        ({"points": [[1, 2], [3]]}, r"points\[1\]"),
        ({"points": [[1, "nan"], [3, 4]]}, r"points\[0\]\[1\]"),
        ({"boxes": [[1, 2, 3, "x"], [1, 2, 3, 4]]}, r"boxes\[0\]"),
        ({"points": None}, "points"),
    ],
)
def test_what_is_wrong_is_named(more: dict[str, Any], words: str, tmp_path: Path) -> None:
    file = put(tmp_path / "jsons" / "0001.json", **({"points": [[1, 2], [3, 4]]} | more))
    with pytest.raises(DataFormatError, match=words) as caught:
        list(read(tmp_path))
    assert caught.value.path == file


@pytest.mark.parametrize("text", ["", "{", "[]", '{"img_id": "1.jpg"}', '{"human_num": 0, "points": [[1e999, 2]]}'])
def test_broken_files_are_one_error(text: str, tmp_path: Path) -> None:
    put(tmp_path / "jsons" / "0001.json").write_text(text)
    with pytest.raises(DataFormatError, match=r"0001\.json"):
        list(read(tmp_path))


def test_a_folder_without_heads(tmp_path: Path) -> None:
    (tmp_path / "jsons").mkdir()
    with pytest.raises(DatasetLayoutError, match=r"expected jsons/NAME\.json or mats/NAME\.mat"):
        read(tmp_path)
    with pytest.raises(GtaHeadError, match="gone"):
        read(tmp_path / "gone")
