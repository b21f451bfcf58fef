"""Folders as COCO, Roboflow, mmdetection, YOLOX, ByteTrack, CVAT, Label Studio and FiftyOne lay them out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from converters.datasets.read import read_dataset
from test_wild.verbs import ghtools, rows


def put(root: Path, labels: str, *pictures: tuple[str, str], **image: Any) -> None:
    """Write a COCO file with one head in each picture; (name in the file, place of the picture; "" = none)."""
    images = [{"id": number, "file_name": name, **image} for number, (name, _) in enumerate(pictures, start=1)]
    heads = [{"id": one["id"], "image_id": one["id"], "category_id": 1, "bbox": [1, 2, 3, 4]} for one in images]
    content = {"images": images, "categories": [{"id": 1, "name": "head"}], "annotations": heads}
    (root / labels).parent.mkdir(parents=True, exist_ok=True)
    (root / labels).write_text(json.dumps(content))
    for number, (_, place) in enumerate(pictures):
        if place:
            (root / place).parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (20 + number, 10)).save(root / place)


def found(path: Path) -> list[tuple[str, str | None]]:
    """Where each picture lies, from the root, and its split."""
    _, dataset = read_dataset(path)
    assert all((dataset.root / image.info.path).is_file() for image in dataset)
    return [(Path(os.path.relpath(dataset.root / image.info.path)).as_posix(), image.info.split) for image in dataset]


def test_coco_itself(case: Callable[[str], Path]) -> None:
    folder = case("21-coco-official-layout")
    done = ghtools("convert", "coco", "out", "--to", "csv", "--allow-lossy")
    assert done.exit_code == 0, done.stderr
    assert [row["image"] for row in rows(folder / "out" / "heads.csv")] == ["a.jpg", "b.jpg"]
    assert (folder / "out" / "images" / "b.jpg").is_file()
    assert found(Path("coco")) == [("coco/train2017/a.jpg", "train"), ("coco/val2017/b.jpg", "val")]
    assert found(Path("coco/annotations")) == found(Path("coco"))
    assert found(Path("coco/annotations/instances_val2017.json")) == [("coco/val2017/b.jpg", "val")]


def test_roboflow(case: Callable[[str], Path]) -> None:
    folder = case("22-coco-roboflow-layout")
    done = ghtools("convert", "set", "out", "--to", "csv", "--allow-lossy")
    assert done.exit_code == 0, done.stderr
    assert len(rows(folder / "out" / "heads.csv")) == 2
    assert found(Path("set")) == [("set/train/a.jpg", "train"), ("set/valid/b.jpg", "val")]
    assert ghtools("convert", "set", "again", "--to", "coco").exit_code == 0
    written = sorted(path.name for path in (folder / "again" / "annotations").iterdir())
    assert written == ["instances_train.json", "instances_val.json"]


LAYOUTS: dict[str, list[tuple[str, str, str, str | None]]] = {
    "coco with images": [
        ("annotations/instances_train2017.json", "a.jpg", "images/train2017/a.jpg", "train"),
        ("annotations/instances_val2017.json", "a.jpg", "images/val2017/a.jpg", "val"),
    ],
    "mmdetection": [
        ("annotations/instances_train.json", "1.jpg", "train/1.jpg", "train"),
        ("annotations/instances_test.json", "1.jpg", "test/1.jpg", "test"),
    ],
    "keypoints": [("annotations/person_keypoints_val2017.json", "1.jpg", "val2017/1.jpg", "val")],
    "ByteTrack": [
        ("annotations/train.json", "MOT17-02/img1/1.jpg", "train/MOT17-02/img1/1.jpg", "train"),
        ("annotations/test.json", "MOT17-01/img1/1.jpg", "test/MOT17-01/img1/1.jpg", "test"),
    ],
    "ByteTrack, half": [("annotations/val_half.json", "MOT17-02/img1/1.jpg", "train/MOT17-02/img1/1.jpg", None)],
    "mix": [("annotations/train.json", "mot_train/M/img1/1.jpg", "mot_train/M/img1/1.jpg", "train")],
    "CrowdHuman": [
        ("annotations/train.json", "1.jpg", "CrowdHuman_train/Images/1.jpg", "train"),
        ("annotations/val.json", "1.jpg", "CrowdHuman_val/Images/1.jpg", "val"),
    ],
    "CVAT": [("annotations/instances_default.json", "1.jpg", "images/1.jpg", None)],
    "CVAT with subsets": [
        ("annotations/instances_Train.json", "1.jpg", "images/Train/1.jpg", "train"),
        ("annotations/instances_default.json", "2.jpg", "images/default/2.jpg", None),
    ],
    "Label Studio": [("result.json", "images/1.jpg", "images/1.jpg", None)],
    "FiftyOne": [("labels.json", "1.jpg", "data/1.jpg", None)],
    "FiftyOne with splits": [
        ("train/labels.json", "1.jpg", "train/data/1.jpg", "train"),
        ("validation/labels.json", "1.jpg", "validation/data/1.jpg", "val"),
    ],
    "labelme2coco": [("annotations.json", "JPEGImages/1.jpg", "JPEGImages/1.jpg", None)],
    "labelme2coco with splits": [
        ("train.json", "x/1.jpg", "x/1.jpg", "train"),
        ("val.json", "x/2.jpg", "x/2.jpg", "val"),
    ],
    "Roboflow without splits": [("_annotations.coco.json", "1.jpg", "1.jpg", None)],
    "Roboflow, one split": [("test/_annotations.coco.json", "1.jpg", "test/1.jpg", "test")],
    "splits with annotations": [
        ("train/annotations/instances.json", "1.jpg", "train/images/1.jpg", "train"),
        ("val/annotations/instances.json", "1.jpg", "val/images/1.jpg", "val"),
    ],
    "labels beside images": [
        ("labels/train.json", "1.jpg", "images/train/1.jpg", "train"),
        ("labels/val.json", "1.jpg", "images/val/1.jpg", "val"),
    ],
    "capitals": [("Annotations/instances_val.json", "1.jpg", "Val/1.jpg", "val")],
    "ours before": [("annotations/instances.json", "1.jpg", "images/1.jpg", None)],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pictures_are_found_where_other_tools_have_them(
    layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    expected = []
    for labels, name, place, split in LAYOUTS[layout]:
        put(Path("set"), labels, (name, f"{place}"))
        expected.append((f"set/{place}", split))
    assert sorted(found(Path("set"))) == sorted(expected)


def test_a_picture_of_another_split_is_never_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put(Path("set"), "annotations/instances_train2017.json", ("1.jpg", "train2017/1.jpg"), width=20, height=10)
    put(Path("set"), "annotations/instances_val2017.json", ("1.jpg", ""), width=20, height=10)
    refused = ghtools("convert", "set", "out", "--to", "csv", "--allow-lossy")
    assert (refused.exit_code, "picture '1.jpg' is missing (1 of 2 are)" in refused.stderr) == (1, True)


def test_the_message_says_where_pictures_were_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put(Path("set"), "annotations/instances_val2017.json", ("1.jpg", ""), width=20, height=10)
    (tmp_path / "set" / "val2017").mkdir()
    refused = ghtools("convert", "set", "out", "--to", "coco")
    assert refused.exit_code == 1
    assert "looked in annotations/, val2017/, the folder itself of" in refused.stderr
    assert not (tmp_path / "out").exists()


def test_a_name_in_two_other_folders_is_not_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put(Path("set"), "annotations/x.json", ("1.jpg", "one/1.jpg"), ("2.jpg", "one/2.jpg"), width=20, height=10)
    Image.new("L", (20, 10)).save(tmp_path / "set" / "1.jpg")
    (tmp_path / "set" / "two").mkdir()
    (tmp_path / "set" / "1.jpg").rename(tmp_path / "set" / "two" / "1.jpg")
    refused = ghtools("convert", "set", "out", "--to", "coco")
    assert (refused.exit_code, "picture '1.jpg' is missing (1 of 2 are)" in refused.stderr) == (1, True)


def test_annotations_that_are_a_link_belong_to_the_folder_of_the_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put(Path("labels"), "instances_val.json", ("1.jpg", ""))
    put(Path("set"), "val/other.txt", ("1.jpg", "val/1.jpg"))
    Path("set/annotations").symlink_to(tmp_path / "labels")
    assert found(Path("set")) == [("set/val/1.jpg", "val")]


def test_two_files_of_one_split_are_named_with_their_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("val", "valid"):
        put(Path("set"), f"{folder}/_annotations.coco.json", ("1.jpg", ""))
    refused = ghtools("convert", "set", "out", "--to", "coco", "--images", "none")
    told = "val/_annotations.coco.json and valid/_annotations.coco.json are of the same split"
    assert (refused.exit_code, told in refused.stderr) == (1, True)


def test_more_than_twenty_files_beside_those_of_instances(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put(Path("set"), "annotations/instances_val.json", ("1.jpg", "val/1.jpg"))
    for number in range(25):
        (tmp_path / "set" / "annotations" / f"other_{number}.json").write_text("{}")
    assert found(Path("set")) == [("set/val/1.jpg", "val")]


def test_beside_a_lone_file_other_data_sets_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put(Path(), "mine.json", ("1.jpg", "other/1.jpg"), width=20, height=10)
    refused = ghtools("convert", "mine.json", "out", "--to", "coco")
    assert (refused.exit_code, "picture '1.jpg' is missing" in refused.stderr) == (1, True)


def test_two_files_that_list_one_picture_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("instances_train.json", "instances_trainval.json"):
        put(Path("set"), f"annotations/{name}", ("1.jpg", "images/1.jpg"), width=20, height=10)
    refused = ghtools("convert", "set", "out.csv", "--to", "csv", "--allow-lossy")
    told = "instances_train.json and instances_trainval.json both list the picture '1.jpg'"
    assert (refused.exit_code, told in refused.stderr) == (1, True)


@pytest.mark.parametrize(
    ("name", "lies"), [("caf\u00e9.jpg", "cafe\u0301.jpg"), ("1.jpg", "1.JPG"), ("a/1.jpeg", "a/1.JPEG")]
)
@pytest.mark.parametrize("folder", ["val2017", "images", "CrowdHuman_val/Images"])
def test_pictures_that_are_spelt_otherwise_are_found(
    name: str, lies: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put(Path("set"), "annotations/instances_val2017.json", (name, f"{folder}/{lies}"))
    assert found(Path("set")) == [(f"set/{folder}/{lies}", "val")]
