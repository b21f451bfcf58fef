"""FDST: read, refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from converters.datasets.read import read_dataset
from converters.formats import fdst
from converters.formats.options import NoOptions
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from test_converters.small_sets import SIZE, image, write_pictures
from test_converters.via_files import entry, rect, write_via, write_video


def test_the_released_layout_is_read(tmp_path: Path) -> None:
    for video in ("train_data/2", "train_data/10", "test_data/3"):
        write_video(tmp_path / video)
    write_pictures(tmp_path / "train_data/2", [image("001.jpg"), image("002.JPG"), image("003.jpg")])
    name, dataset = read_dataset(tmp_path)
    assert name == "fdst"
    assert [(scene.name, scene.split, scene.folder) for scene in dataset.scenes] == [
        ("2", "train", "train_data/2"),
        ("3", "test", "test_data/3"),
        ("10", "train", "train_data/10"),
    ]
    first, second, *_ = dataset
    assert (second.info.path, second.info.frame, second.info.size) == ("train_data/2/002.JPG", 2, SIZE)
    assert first.boxes.tolist() == [[0, 5, 6, 13]]  # The corner is the top-left one.
    assert dataset.notes == (f"{tmp_path.name}: 1 picture has no label file and is left out: train_data/2/003.jpg",)


@pytest.mark.parametrize(("below", "scenes"), [("train_data", ["1", "2"]), ("train_data/2", ["2"])])
def test_a_part_of_it(below: str, scenes: list[str], tmp_path: Path) -> None:
    for video in ("1", "2"):
        write_video(tmp_path / "train_data" / video)
    name, dataset = read_dataset(tmp_path / below)
    assert (name, [scene.name for scene in dataset.scenes]) == ("fdst", scenes)
    assert {scene.split for scene in dataset.scenes} == {"train"}
    assert [one.info.frame for one in dataset] == [1, 2] * len(scenes)


def test_videos_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for split in ("train", "test"):
        write_video(tmp_path / f"{split}_data" / "1")
    assert [scene.name for scene in fdst.read(tmp_path, NoOptions()).scenes] == ["test_1", "train_1"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"001.jpg9": {"filename": "001.jpg", "regions": [', "cut off"),
        ("{}", "holds 0 pictures, expected one"),
        ('{"a": {"filename": "a", "regions": []}, "b": {"filename": "b", "regions": []}}', "holds 2 pictures"),
        ("", "empty"),
    ],
)
def test_a_malformed_frame_is_named(text: str, words: str, tmp_path: Path) -> None:
    write_video(tmp_path / "test_data" / "65")
    (tmp_path / "test_data/65/001.json").write_text(text)
    with pytest.raises(DataFormatError, match=rf"test_data/65/001\.json.*{words}"):
        fdst.read(tmp_path, NoOptions())


def test_the_key_is_not_rebuilt(tmp_path: Path) -> None:
    write_via(tmp_path / "1" / "007.json", {"any key": entry("other.jpg", rect(1, 2, 3, 4))["other.jpg99"]})
    (found,) = fdst.read(tmp_path, NoOptions())
    assert (found.info.path, found.info.frame, found.boxes.tolist()) == ("1/007.jpg", 7, [[1, 2, 4, 6]])


def test_other_folders(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="no frames found"):
        fdst.read(tmp_path, NoOptions())
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "1.json").write_text('{"shapes": []}')
    assert not fdst.detect(tmp_path)
    write_video(tmp_path / "20200101").joinpath("001.json").rename(tmp_path / "20200101" / "20200101123000.json")
    with pytest.raises(DataFormatError, match="beyond 1000000"):
        fdst.read(tmp_path / "20200101", NoOptions())
