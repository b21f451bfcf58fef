"""YOLO: the layouts and rows that are read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from converters.datasets.read import read_dataset
from converters.formats.registry import detect_format
from converters.formats.yolo import yolo
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError
from test_converters.yolo_folders import BOX, ROW, SIZE, folder, read, told

YAML = "train: {}\nval: {}\nnames: [head]\n"


@pytest.mark.parametrize(
    ("files", "pictures", "expected"),
    [
        ({"images/readme.txt": "x", "labels/a.txt": ROW}, ["images/a.jpg"], {"images/a.jpg": None}),
        ({"labels/val2017/a.txt": ROW}, ["images/val2017/a.jpg"], {"images/val2017/a.jpg": "val"}),
        ({"labels/a.txt": ROW}, ["a.jpg"], {"a.jpg": None}),
        ({"labels/a.txt": ROW}, ["JPEGImages/a.JPG"], {"JPEGImages/a.JPG": None}),
        ({"a.txt": ROW, "notes.txt": "x", "classes.txt": "head\n"}, ["a.png"], {"a.png": None}),
        (
            {"train/labels/a.txt": ROW, "valid/labels/b.txt": ROW},
            ["train/images/a.jpg", "valid/images/b.jpg"],
            {"train/images/a.jpg": "train", "valid/images/b.jpg": "val"},
        ),
        ({"data.yaml": YAML.format("images", "images"), "labels/a.txt": ROW}, ["images/a.jpg"], {"images/a.jpg": None}),
        (
            {"data.yaml": YAML.format("../train/images", "../valid/images"), "train/labels/a.txt": ROW},
            ["train/images/a.jpg", "valid/images/b.jpg"],
            {"train/images/a.jpg": "train", "valid/images/b.jpg": "val"},
        ),
        (
            {"data.yaml": f"path: /home/me/set\n{YAML.format('images/a', 'images/b')}", "labels/a/1.txt": ROW},
            ["images/a/1.jpg", "images/b/1.jpg"],
            {"images/a/1.jpg": "train", "images/b/1.jpg": "val"},
        ),
        (
            {"data.yaml": YAML.format("[images/a, images/c]", "/elsewhere/set/images/b"), "labels/c/1.txt": ROW},
            ["images/a/1.jpg", "images/b/1.jpg", "images/c/1.jpg"],
            {"images/a/1.jpg": "train", "images/c/1.jpg": "train", "images/b/1.jpg": "val"},
        ),
        (
            {
                "data.yaml": YAML.format("train.txt", "val.txt"),
                "train.txt": "./images/x/1.jpg\n",
                "val.txt": "/far/images/x/2.JPG\n",
                "labels/x/1.txt": ROW,
            },
            ["images/x/1.jpg", "images/x/2.jpg", "images/x/3.jpg"],
            {"images/x/1.jpg": "train", "images/x/2.jpg": "val"},
        ),
        (
            {"set/x.yml": f"path: ../data\n{YAML.format('./images/', 'images')}", "data/labels/a.txt": ROW},
            ["data/images/a.jpg"],
            {"a.jpg": None},
        ),
        (
            {
                "obj.data": "classes = 1\ntrain = data/train.txt\nnames = data/obj.names\n",
                "obj.names": "head\n",
                "train.txt": "data/obj_train_data/1.jpg\n",
                "obj_train_data/1.txt": ROW,
            },
            ["obj_train_data/1.jpg"],
            {"obj_train_data/1.jpg": "train"},
        ),
    ],
)
def test_layouts_of_other_programs(
    tmp_path: Path, files: dict[str, str], pictures: list[str], expected: dict[str, str | None]
) -> None:
    root = folder(tmp_path / "set", files, *pictures)
    path = root / "set" if (root / "set").is_dir() else root
    assert detect_format(path) == "yolo"
    found = told(read(path))
    assert {place: split for place, (split, _) in found.items()} == expected
    assert [BOX] in [boxes for _, boxes in found.values()]


def test_listed_pictures_that_are_not_there(tmp_path: Path) -> None:
    files = {"data.yaml": "train: a.txt\nval: b.txt\nnames: [head]\n", "labels/1.txt": ROW, "labels/2.txt": ROW}
    lists = {"a.txt": "//x/set/images/1.jpg\n\n/x/set/images/3.jpg\n", "b.txt": "/x/images/2.jpg\n"}
    root = folder(tmp_path, files | lists, "images/1.jpg", "images/2.jpg")
    assert {place: split for place, (split, _) in told(read(root)).items()} == {
        "images/1.jpg": "train",
        "images/2.jpg": "val",
        "images/3.jpg": "train",
    }
    assert "a.txt: 1 pictures are listed that are not there" in read(root).notes
    (root / "b.txt").write_text("\n/x/other/2.jpg\n")
    with pytest.raises(DataFormatError, match=r"b\.txt:2: picture '/x/other/2\.jpg' is not there"):
        read(root)


def test_pictures_that_two_splits_name_count_once(tmp_path: Path) -> None:
    files = {"data.yaml": "train: images/a\nval: images/b\ntest: images\nnames: [head]\n", "labels/a/1.txt": ROW}
    dataset = read(folder(tmp_path, files, "images/a/1.jpg", "images/b/1.jpg", "images/c/1.jpg"))
    assert {place: split for place, (split, _) in told(dataset).items()} == {
        "images/a/1.jpg": "train",
        "images/b/1.jpg": "val",
        "images/c/1.jpg": "test",
    }
    assert "2 pictures are of two splits; the first of train, val and test counts" in dataset.notes


def test_a_lone_label_file(tmp_path: Path) -> None:
    files = {"labels/train/a.txt": f"1{ROW[1:]}0{ROW[1:]}", "classes.txt": "helmet\nhead\n"}
    root = folder(tmp_path, files, "images/train/a.jpg")
    assert told(read(root / "labels/train/a.txt")) == {"a.jpg": (None, [BOX])}
    assert detect_format(root / "labels/train/a.txt") == "yolo"


@pytest.mark.parametrize(
    ("rows", "boxes", "note"),
    [
        ("0 0.5\t0.5  0.25 0.5 \r\n\r\n", [BOX], ""),
        ("00 .5 +0.5 2.5e-1 0.5", [BOX], ""),
        ("0 0.375 0.25 0.625 0.25 0.5 0.75\n", [BOX], "1 polygons are read as the boxes around them"),
        (f"{ROW}0 0.375 0.25 0.625 0.25 0.625 0.75 0.375 0.75\n", [BOX, BOX], "1 polygons"),
        ("0 0.5 0.5 1.0000001 1\n", [[-0.000004, 0, 80.000004, 60]], ""),
        ("0.0 0.5 0.5 0.25 0.5\n", [BOX], ""),
        ("", [], ""),
    ],
)
def test_rows_in_other_spellings(tmp_path: Path, rows: str, boxes: list[list[float]], note: str) -> None:
    dataset = read(folder(tmp_path, {"labels/a.txt": rows}, "images/a.jpg"), "category=0" if rows else "category=")
    assert told(dataset)["images/a.jpg"][1] == boxes
    assert any(note in each for each in (*dataset.notes, ""))


def test_keypoints_of_other_shapes(tmp_path: Path) -> None:
    two = "kpt_shape: [2, 2]\ntrain: images\nval: images\nnames: [head]\n"
    root = folder(tmp_path, {"data.yaml": two, "labels/a.txt": "0 0.5 0.5 0.25 0.5 0.1 0.2 0.3 0.4\n"}, "images/a.jpg")
    (one,) = dataset = read(root)
    assert (one.boxes.tolist(), one.points.tolist()) == ([BOX], [[40, 30]])
    assert any("1 rows have several keypoints" in note for note in dataset.notes)
    (root / "data.yaml").write_text(two.replace("[2, 2]", "[1, 2]"))
    (root / "labels/a.txt").write_text("0 0.5 0.5 0.25 0.5 0.1 0.2\n")
    assert next(iter(read(root))).points.tolist() == [[8, 12]]


def test_classes_are_chosen(tmp_path: Path) -> None:
    files = {"data.yaml": "train: images\nval: images\nnames: {0: person, 3: head}\n"}
    rows = f"{ROW}3{ROW[1:]}0{ROW[1:]}"
    root = folder(tmp_path, {**files, "labels/a.txt": rows}, "images/a.jpg")
    assert len(next(iter(read(root)))) == 1
    assert read(root).notes == (
        f"{root.name}: only 'head' (1) are heads; left out: 'person' (2); -i category=NAME,NAME takes others",
    )
    assert len(next(iter(read(root, "category=person")))) == 2
    assert len(next(iter(read(root, "category=3,person")))) == 3
    with pytest.raises(GtaHeadError, match="category"):
        read(root, "category=car")


@pytest.mark.parametrize(
    ("rows", "line", "words"),
    [
        (f"{ROW}1{ROW[1:]}", 2, "class 1 has no name: 1 classes have names"),
        (f"\n{ROW}0.5{ROW[1:]}", 3, "class 0.5 is no whole number"),
        (f"-1{ROW[1:]}", 1, "class -1 is no whole number"),
        ("0 812 455 20 22\n", 1, "812 is no fraction of the picture, it seems to be in pixels"),
        (f"{ROW}{ROW}0 0.5 0.5 0.25\n", 3, "4 numbers found"),
        (f"{ROW}0 0.5 x 0.25 1\n", 2, "'x' is no finite number"),
        ("0 0.5 nan 0.25 1\n", 1, "'nan' is no finite number"),
        ("0 0.5 1e999 0.25 1\n", 1, "'1e999' is no finite number"),
        ("0,0.5,0.5,0.25,0.5\n", 1, "'0,0.5,0.5,0.25,0.5' is no finite number"),
        ("0 0.5 0.5 0.25 0.5 17\n", 1, "score 17 is not 0 to 1"),
        ("0 0.5 0.5 0.25 0.5 0.5 0.5 3\n", 1, "8 numbers found"),
        ("0 0.5 0.5 0.25 0.5 0.5 0.5 0.5 0.5 0.5\n", 1, "10 numbers found"),
    ],
)
def test_wrong_rows_are_named(tmp_path: Path, rows: str, line: int, words: str) -> None:
    files = {"data.yaml": YAML.format("images", "images"), "labels/a.txt": ROW, "labels/b.txt": rows}
    with pytest.raises(DataFormatError) as caught:
        read(folder(tmp_path, files, "images/a.jpg", "images/b.jpg"))
    assert (caught.value.path, caught.value.line) == (tmp_path / "labels/b.txt", line)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("train: [\nnames:", "no YAML"),
        ("train: images\nnames: 5\n", "names: expected a list"),
        ("train: images\nnames: {a: b}\n", "'a' is not the number of a class"),
        ("train: images\nnames: [[a]]\n", "names: expected a list"),
        ("train: {a: b}\nnames: [a]\n", "train: expected a path"),
        ("train: images/gone\nnames: [a]\n", "'images/gone' is not there"),
        (f"train: {'x' * 300}\nnames: [a]\n", "is not there"),
        ("train: images\nkpt_shape: [1]\nnames: [a]\n", r"kpt_shape: expected \[keypoints, 2 or 3\]"),
        (f"train: images\nnames: {'[' * 2000}\n", "no YAML"),
        ("train: list.txt\nnames: [a]\n", "list.txt:1: 'a b c' is no path of a picture"),
    ],
)
def test_a_wrong_configuration_is_named(tmp_path: Path, text: str, words: str) -> None:
    files = {"data.yaml": text, "labels/a.txt": ROW, "list.txt": "a b c\n"}
    with pytest.raises(GtaHeadError, match=words):
        read(folder(tmp_path, files, "images/a.jpg"))


def test_a_picture_with_heads_must_be_there(tmp_path: Path) -> None:
    root = folder(tmp_path, {"labels/a.txt": ROW, "labels/b.txt": ROW, "labels/c.txt": ""}, "images/a.jpg")
    with pytest.raises(DatasetLayoutError, match=r"images/b\.jpg: picture is missing \(1 with heads are\)"):
        read(root)
    (root / "labels/b.txt").unlink()
    assert [len(one) for one in read(root)] == [1, 0]
    (root / "images/a.jpg").write_bytes(b"x")
    with pytest.raises(DataFormatError, match=r"a\.jpg: not a readable picture"):
        read(root)


def test_fractions_of_the_turned_view(tmp_path: Path) -> None:
    root = folder(tmp_path, {"labels/a.txt": ROW})
    exif = Image.Exif()
    exif[0x0112] = 6
    (root / "images").mkdir()
    Image.new("L", SIZE).save(root / "images/a.jpg", exif=exif)
    for option, box, size in (("apply", [22.5, 20, 37.5, 60], SIZE[::-1]), ("ignore", BOX, SIZE)):
        (one,) = read_dataset(root, options=[f"exif={option}"])[1]
        assert (one.boxes.tolist(), one.info.size) == ([box], size)


def test_a_folder_without_label_files(tmp_path: Path) -> None:
    root = folder(tmp_path, {}, "images/a.jpg")
    assert not yolo.detect(root)
    with pytest.raises(DatasetLayoutError, match="no label file found"):
        read(root)


@pytest.mark.samples
def test_the_released_sample(samples: Path) -> None:
    root = samples / "generic_formats/yolo_dataset/strict"
    (one,) = dataset = read(root)
    assert one.info.split == "train"
    np.testing.assert_allclose(one.boxes, [[0, 2, 4, 4], [3, 3, 5, 6]], atol=1e-4)
    assert "labels of 2 categories are all taken as heads" in dataset.notes[0]
