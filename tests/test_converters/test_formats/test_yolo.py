"""YOLO: what is written, and what comes back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml as plain_yaml
from hypothesis import given, settings
from PIL import Image

from converters.convert import ConversionReport, ConvertOptions, convert
from converters.datasets.write import find_writer, write_scenes
from converters.formats.options import parse_options
from converters.formats.yolo import yolo
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DatasetLayoutError, LossyConversionError
from test_converters.small_sets import assert_same_heads, crowds, image, write_pictures
from test_converters.yolo_folders import BOX, ROW, folder, read, told


def write(images: list[ImageAnnotations], root: Path, *options: str) -> Path:
    (root / "in").mkdir(exist_ok=True)
    dataset = in_memory(images, write_pictures(root / "in", images))
    yolo.write(dataset, root / "out", parse_options(yolo.WriteOptions, options), "link")
    return root / "out"


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
    box = [[4, 3, 8, 9]]
    paths = ["s/images/a.png", "images/b.png", "labels/images/c.png", "labels/d.png", "JPEGImages/e.png"]
    paths += ["1/images/labels/f.png", "classes.png", "anchors1.png", "truth/g.png", "train/h.png"]
    images = [image(path, box) for path in paths]
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


def test_heads_without_boxes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LossyConversionError, match="1 heads have no box"):
        write([image("a.png", points=[[1, 2]])], tmp_path, "keypoints=true")


def test_names_that_would_meet_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="two would both be written as 'a'"):
        write([image("a.png"), image("a.jpg")], tmp_path)


def test_pictures_of_an_earlier_run_are_told(tmp_path: Path) -> None:
    for name in ("a", "b"):
        images = [image(f"{name}.png", [[4, 3, 8, 9]])]
        write_pictures(tmp_path, images)
        source = tmp_path / f"{name}.json"
        write_scenes(in_memory(images, tmp_path), "coco", source, find_writer("coco").options(), "none")
        report = convert(source, ConvertOptions(to="yolo", out=tmp_path / "out", force=True))
        told = [note for note in report.notes if "also holds" in note]
        assert told == (
            [f"{tmp_path / 'out'} also holds 1 images that an earlier run wrote; remove them"] * (name == "b")
        )


def test_hidden_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="dot at its start"):
        write([image(".s/a.png")], tmp_path)
