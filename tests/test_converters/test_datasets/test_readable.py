"""Data sets some of whose files are damaged, with edits of heads and options."""

from __future__ import annotations

from pathlib import Path

import pytest

from converters.datasets.read import find_dataset
from converters.datasets.readable import read_readable
from converters.validate import ValidateOptions, validate
from gta_head_tools.errors import DatasetLayoutError, UnknownNameError
from test_converters.boxed_scenes import two_scenes, write_anchor_file
from test_converters.test_datasets.test_edited_heads import edits


def checked(source: Path) -> tuple[list[tuple[str, str]], int, int]:
    """File and record of what cannot be read, images and heads."""
    report = validate(source, ValidateOptions(only=["unreadable"]), jobs=1)
    found = report.findings.get("unreadable", ())
    return [(finding.file, finding.record) for finding in found], report.images, report.heads


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """Two scenes of three images with 40 heads each, one more by edits of an image of the second."""
    source = two_scenes(tmp_path)
    write_anchor_file(source / "scene_1_0", heads=edits(source / "scene_1_0"))
    assert checked(source) == ([], 6, 241)
    return source


def test_an_image_that_cannot_be_read_has_no_edits(scenes: Path) -> None:
    (scenes / "scene_1_0/jsons/1001.json").write_text("heads")
    assert checked(scenes) == ([("scene_1_0/jsons/1001.json", "line 1")], 5, 200)


def test_without_the_file_of_edits_heads_are_checked_as_they_are_stored(scenes: Path) -> None:
    (scenes / "scene_1_0/anchors.json").write_text("{")
    assert checked(scenes) == ([("scene_1_0/anchors.json", "line 1")], 6, 240)


def test_edits_that_name_no_head_are_told_and_not_applied(scenes: Path) -> None:
    write_anchor_file(scenes / "scene_1_0", heads={"1001": {"removed": [[1, 1]]}})
    found, images, heads = checked(scenes)
    assert [file for file, _ in found] == ["scene_1_0/anchors.json"]
    assert (images, heads) == (6, 240)


def test_files_are_told_relative_to_the_root_however_it_is_named(scenes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (scenes / "scene_1_0/jsons/1001.json").write_text("heads")
    monkeypatch.chdir(scenes)
    assert checked(Path()) == ([("scene_1_0/jsons/1001.json", "line 1")], 5, 200)
    monkeypatch.chdir(scenes / "scene_2_0")
    assert checked(Path("../scene_1_0"))[0] == [("jsons/1001.json", "line 1")]


def test_what_is_asked_for_wrongly_is_an_error(scenes: Path, tmp_path: Path) -> None:
    found = find_dataset(scenes)
    with pytest.raises(UnknownNameError, match="unknown option 'no'"):
        read_readable(found, ["no=1"])
    with pytest.raises(UnknownNameError, match="order"):
        read_readable(found, ["order=z"])
    with pytest.raises(DatasetLayoutError, match="no label file found"):
        read_readable(find_dataset(tmp_path / "scene_2_0" / "jsons", "yolo"))


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", '{"images": [1], "annotations": ['), ("a.csv", "image,x,y\na,1\n")]
)
def test_a_single_file_is_told_once(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    found, images, heads = checked(tmp_path / name)
    assert [file for file, _ in found] == [name]
    assert (images, heads) == (0, 0)
