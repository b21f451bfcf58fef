"""YOLO: what is written, what comes back, the layouts that are read, and what is refused."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml as plain_yaml
from hypothesis import given, settings
from PIL import Image

from converters.convert import ConversionReport, ConvertOptions, convert
from converters.datasets.read import read_dataset
from converters.datasets.write import find_writer, write_scenes
from converters.formats.options import parse_options
from converters.formats.registry import detect_format
from converters.formats.yolo import yolo
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError, LossyConversionError
from test_converters.small_sets import assert_same_heads, crowds, image, write_pictures

ROW = "0 0.5 0.5 0.25 0.5\n"
BOX = [30, 15, 50, 45]
"""The box of `ROW` in a picture of `SIZE`."""
SIZE = (80, 60)


def folder(root: Path, files: Mapping[str, str], *pictures: str) -> Path:
    """A folder with these texts and pictures."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    for name in pictures:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", SIZE).save(root / name)
    return root


def read(path: Path, *options: str) -> Dataset:
    return yolo.read(path, parse_options(yolo.ReadOptions, options))


def write(images: list[ImageAnnotations], root: Path, *options: str) -> Path:
    (root / "in").mkdir(exist_ok=True)
    dataset = in_memory(images, write_pictures(root / "in", images))
    yolo.write(dataset, root / "out", parse_options(yolo.WriteOptions, options), "link")
    return root / "out"


def told(dataset: Dataset) -> dict[str, tuple[str | None, list[list[float]]]]:
    """Split and boxes of each picture, by the place of the picture."""
    return {one.info.path: (one.info.split, one.boxes.round(6).tolist()) for one in dataset}


def test_what_is_written(tmp_path: Path) -> None:
    images = [
        image("street/a.png", [[4, 3, 8, 9], [-2, 6, 4, 15]], split="train"),
        image("train/b.png", split="train"),
        image("hall/c.png", [[0, 0, 16, 12]], split="test"),
        image("d.png", scene="s"),
    ]
    out = write(images, tmp_path)
    rows = "0 0.37500000 0.50000000 0.25000000 0.50000000\n0 0.12500000 0.75000000 0.25000000 0.50000000\n"
    assert (out / "labels/train/street/a.txt").read_text() == rows
    assert (out / "labels/train/b.txt").read_text() == ""
    assert (out / "images/test/hall/c.png").is_file()
    assert (out / "labels/unsplit/d.txt").is_file()
    assert plain_yaml.safe_load((out / "data.yaml").read_text()) == {
        "path": "",
        "train": "images/train",
        "val": "images/test",
        "test": "images/test",
        "unsplit": "images/unsplit",
        "nc": 1,
        "names": {0: "head"},
    }
    back = read(out)
    assert {one.info.name: (one.info.split, one.info.scene) for one in back} == {
        "a": ("train", "street"),
        "b": ("train", "train"),
        "c": ("test", "hall"),
        "d": (None, "out"),
    }


def test_without_splits_train_and_val_name_one_folder(tmp_path: Path) -> None:
    out = write([image("street/a.png", [[4, 3, 8, 9]])], tmp_path)
    layout = plain_yaml.safe_load((out / "data.yaml").read_text())
    assert (layout["train"], layout["val"], "test" in layout) == ("images", "images", False)
    assert told(read(out)) == {"images/street/a.png": (None, [[4, 3, 8, 9]])}


@pytest.mark.parametrize("split", ["train", "val", "test", "holdout"])
def test_a_single_split_comes_back(split: str, tmp_path: Path) -> None:
    out = write([image("street/a.png", [[4, 3, 8, 9]], split=split)], tmp_path)
    assert told(read(out)) == {f"images/{split}/street/a.png": (split, [[4, 3, 8, 9]])}


def test_folders_called_images_are_found_as_trainers_find_them(tmp_path: Path) -> None:
    images = [image("s/images/a.png", [[4, 3, 8, 9]]), image("images/b.png", [[4, 3, 8, 9]]), image("labels/c.png")]
    out = write(images, tmp_path)
    assert (out / "images/s/labels/a.txt").is_file()
    assert_same_heads(images, read(out), atol=1e-6)
    folder(tmp_path / "other", {"labels/s/images/a.txt": ROW}, "images/s/images/a.png")
    assert told(read(tmp_path / "other")) == {"images/s/images/a.png": (None, [BOX])}


def test_corners_of_large_pictures_are_exact(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    corners = np.sort(rng.uniform(0, 10_000, (50, 2, 2)).round(3), axis=1).reshape(-1, 4)
    before = image("a.png", corners, width=10_000, height=10_000)
    Image.new("1", (10_000, 10_000)).save(tmp_path / "a.png")
    yolo.write(in_memory([before], tmp_path), tmp_path / "out", yolo.WriteOptions(), "link")
    assert_same_heads([before], read(tmp_path / "out"), atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(dataset=crowds())
def test_boxes_inside_come_back(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("set")
    size = (5000, 8000)
    inside = []
    for one in dataset:
        kept = one.select(np.asarray(((one.boxes >= 0) & (one.boxes <= [*size, *size])).all(axis=1)))
        inside.append(image(one.info.path, kept.boxes, scene=one.info.scene, width=size[0], height=size[1]))
    Image.new("1", size).save(root / "one.png")
    for one in inside:
        (root / one.info.path).parent.mkdir(exist_ok=True)
        os.link(root / "one.png", root / one.info.path)
    yolo.write(in_memory(inside, root), root / "out", yolo.WriteOptions(), "link")
    assert_same_heads(inside, read(root / "out"), atol=1e-4)


def test_points_and_scores_are_held_when_asked_for(tmp_path: Path) -> None:
    extra = {"score": [0.25, 1], "visibility": [0, np.nan]}
    before = image("s/a.png", [[4, 3, 8, 9], [0, 0, 2, 2]], points=[[5, 4], [1, 1.5]], extra=extra)
    out = write([before], tmp_path, "keypoints=true", "scores=true")
    row = "0 0.37500000 0.50000000 0.25000000 0.50000000 0.31250000 0.33333333 1 0.25000000\n"
    assert (out / "labels/s/a.txt").read_text().startswith(row)
    assert plain_yaml.safe_load((out / "data.yaml").read_text())["kpt_shape"] == [1, 3]
    (after,) = read(out)
    np.testing.assert_allclose(after.points, before.points, atol=1e-6)
    np.testing.assert_array_equal(after.extra["score"], before.extra["score"])
    np.testing.assert_array_equal(after.extra["visibility"], before.extra["visibility"])


def test_boxes_at_the_border_are_cut_and_counted(tmp_path: Path) -> None:
    boxes = [[-2, 3, 8, 9], [20, 3, 22, 9], [8, 9, 4, 3], [5, 5, 5, 5], [1, 1, 2, 2]]
    images = [image("s/a.png", boxes), image("s/b.png", [[-5, -5, -1, -1]])]
    source = in_memory(images, write_pictures(tmp_path, images))
    write_scenes(source, "coco", tmp_path / "s.json", find_writer("coco").options(), "none")

    def convert_to(**more: Any) -> ConversionReport:
        return convert(tmp_path / "s.json", ConvertOptions(out=tmp_path / "out", **more))

    with pytest.raises(LossyConversionError, match=r"yolo cannot hold heads_outside \(2\) \(their boxes lie outside"):
        convert_to(to="yolo")
    report = convert_to(to="yolo", allow_lossy=True)
    assert (report.heads, report.dropped["heads_outside"]) == (4, 2)
    assert "1 boxes reach beyond the border of their picture and are cut there" in report.notes
    assert "1 boxes have swapped corners, which are written in order" in report.notes
    assert len((tmp_path / "out/labels/s/a.txt").read_text().splitlines()) == 4
    assert (tmp_path / "out/labels/s/b.txt").read_text() == ""
    assert told(read(tmp_path / "out"))["images/s/a.png"][1] == [[0, 3, 8, 9], [4, 3, 8, 9], [5, 5, 5, 5], [1, 1, 2, 2]]


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


def test_heads_without_boxes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LossyConversionError, match="1 heads have no box"):
        write([image("a.png", points=[[1, 2]])], tmp_path, "keypoints=true")


def test_names_that_would_meet_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="two would both be written as 'a'"):
        write([image("a.png"), image("a.jpg")], tmp_path)


def test_a_folder_without_label_files(tmp_path: Path) -> None:
    root = folder(tmp_path, {}, "images/a.jpg")
    assert not yolo.detect(root)
    with pytest.raises(DatasetLayoutError, match="no label file found"):
        read(root)


@pytest.mark.samples
def test_the_released_sample() -> None:
    root = Path(os.environ["GHTOOLS_SAMPLES"]) / "generic_formats/yolo_dataset/strict"
    (one,) = dataset = read(root)
    assert one.info.split == "train"
    np.testing.assert_allclose(one.boxes, [[0, 2, 4, 4], [3, 3, 5, 6]], atol=1e-4)
    assert "labels of 2 categories are all taken as heads" in dataset.notes[0]
