"""Boxes made from anchors that were changed since: told from the source, and from the boxes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from converters.boxes import BoxOptions, interpolate_boxes
from converters.convert import ConvertOptions, convert
from converters.datasets.old_exports import exported_scenes
from converters.datasets.read import read_dataset
from gta_head_tools.interpolation.scene_input import SizeSettings
from test_converters.boxed_scenes import two_scenes, write_anchor_file, write_scene


def old(path: Path) -> list[tuple[str, str]]:
    """Records and scenes whose boxes are out of date, after a look that sees all that there is."""
    found = exported_scenes(read_dataset(path)[1], jobs=1)
    assert len(found) == 2
    return [(scene.file, scene.scene) for scene in found if scene.made_of != scene.now]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"pool": True, "clip": True},
        {"sizes": SizeSettings("two-nearest"), "to": "yolo"},
        {"sizes": SizeSettings("affine", offset=False), "to": "coco"},
        {"sizes": SizeSettings("spacing")},
    ],
)
def test_new_boxes_are_up_to_date_until_an_anchor_changes(options: dict[str, Any], tmp_path: Path) -> None:
    two_scenes(tmp_path / "heads")
    interpolate_boxes(tmp_path / "heads", BoxOptions(images="none", **options), jobs=1)
    assert old(tmp_path / "heads") == []
    write_anchor_file(tmp_path / "heads" / "scene_2_0", rows=(0, 5, 11))
    also = ["scene_1_0"] if options.get("pool") else []  # All scenes share one scale.
    names = [*also, "scene_2_0"]
    assert old(tmp_path / "heads") == [("boxes/ghtools-export.json", name) for name in names]
    if options.get("to") != "yolo":  # Without pictures nothing says how large they are.
        assert old(tmp_path / "heads" / "boxes") == [("ghtools-export.json", name) for name in names]
    interpolate_boxes(tmp_path / "heads", BoxOptions(images="none", force=True, **options), jobs=1)
    assert old(tmp_path / "heads") == []


def test_other_heads_are_told_too(tmp_path: Path) -> None:
    two_scenes(tmp_path)
    interpolate_boxes(tmp_path, BoxOptions(images="none"), jobs=1)
    write_scene(tmp_path / "scene_1_0", seed=1, images=4)
    assert old(tmp_path / "boxes") == [("ghtools-export.json", "scene_1_0")]


def test_boxes_beside_another_label_file_are_not_its_own(tmp_path: Path) -> None:
    two_scenes(tmp_path / "heads")
    interpolate_boxes(tmp_path / "heads", BoxOptions(images="none"), jobs=1)
    convert(tmp_path / "heads" / "boxes", ConvertOptions(to="coco", out=tmp_path / "heads" / "all.json", images="none"))
    assert exported_scenes(read_dataset(tmp_path / "heads" / "all.json")[1], jobs=1) == []


def test_boxes_of_a_label_file_are_compared_with_it(tmp_path: Path) -> None:
    two_scenes(tmp_path / "gcc")
    source = tmp_path / "heads" / "all.csv"
    source.parent.mkdir()
    convert(tmp_path / "gcc", ConvertOptions(to="csv", out=source, images="none", allow_lossy=True), jobs=1)
    for scene in ("scene_1_0", "scene_2_0"):
        anchors = source.parent / "anchors" / f"{scene}_jpgs.json"
        anchors.parent.mkdir(exist_ok=True)
        anchors.write_bytes((tmp_path / "gcc" / scene / "anchors.json").read_bytes())
    interpolate_boxes(source, BoxOptions(images="none"), jobs=1)
    assert old(source) == []
    drawn = json.loads(anchors.read_text())
    anchors.write_text(json.dumps(drawn | {"anchors": drawn["anchors"][1:]}))
    assert old(source) == [("boxes/ghtools-export.json", "scene_2_0_jpgs")]


def test_nothing_is_told_of_boxes_that_cannot_be_compared(tmp_path: Path) -> None:
    two_scenes(tmp_path / "heads")
    interpolate_boxes(tmp_path / "heads", BoxOptions(images="none"), jobs=1)
    (tmp_path / "heads" / "boxes").rename(tmp_path / "boxes")
    assert exported_scenes(read_dataset(tmp_path / "boxes")[1], jobs=1) == []
    (tmp_path / "boxes").rename(tmp_path / "heads" / "boxes")
    (tmp_path / "heads" / "scene_1_0" / "anchors.json").write_text("{")
    with pytest.raises(Exception, match="anchors"):
        read_dataset(tmp_path / "heads")
    assert exported_scenes(read_dataset(tmp_path / "heads" / "boxes")[1], jobs=1) == []
    write_anchor_file(tmp_path / "heads" / "scene_1_0")
    record = tmp_path / "heads" / "boxes" / "ghtools-export.json"
    stored = json.loads(record.read_text())
    record.write_text(json.dumps(stored | {"options": stored["options"] | {"exif": "apply"}}))
    assert exported_scenes(read_dataset(tmp_path / "heads")[1], jobs=1) == []
    record.write_text("{}")
    assert exported_scenes(read_dataset(tmp_path / "heads")[1], jobs=1) == []
