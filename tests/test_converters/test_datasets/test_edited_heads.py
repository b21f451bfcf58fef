"""Edits of heads in anchor files: every verb that reads a data set sees the same heads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from converters.boxes import BoxOptions, interpolate_boxes
from converters.convert import ConvertOptions, convert
from converters.datasets.read import read_dataset
from converters.overlays import render_overlays
from converters.picture_writer import DrawOptions
from gta_head_tools.errors import DataFormatError
from test_converters.boxed_scenes import SIZE, stored_points, two_scenes, write_anchor_file, write_scene


def edits(scene: Path, stem: str = "1001") -> dict[str, Any]:
    """One head removed, one moved, two added: a head more than before."""
    points = stored_points(scene, stem).tolist()
    return {stem: {"removed": [points[7]], "moved": [[points[8], [50, 300]]], "added": [[60, 900], [70, 900]]}}


def test_all_verbs_agree(tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene_0_0", images=2, pictures=True)
    write_anchor_file(scene, heads=edits(scene))
    boxed = interpolate_boxes(scene, BoxOptions(images="none"), jobs=1)
    heads = [len(image) for image in read_dataset(boxed.out)[1]]
    assert heads == [40, 41]
    assert convert(scene, ConvertOptions(to="csv", out=tmp_path / "out.csv", images="none")).heads == sum(heads)
    assert render_overlays(read_dataset(scene)[1], tmp_path / "drawn", DrawOptions(jobs=1)).heads == sum(heads)
    read = list(read_dataset(tmp_path / "out.csv")[1])[1]
    assert read.points[[7, -2, -1]].tolist() == [[50, 300], [60, 900], [70, 900]]


def test_boxes_made_of_edited_heads_are_not_edited_again(tmp_path: Path) -> None:
    source = two_scenes(tmp_path / "gcc")
    write_anchor_file(source / "scene_1_0", heads=edits(source / "scene_1_0"))
    for to in ("mot", "coco"):
        out = interpolate_boxes(source, BoxOptions(to=to, images="none", out=source / f"ghtools-{to}"), jobs=2).out
        assert sorted(len(image) for image in read_dataset(out)[1]) == [40] * 5 + [41]


def test_edits_of_a_shared_file_reach_their_scene_and_its_anchors_trouble_nobody(tmp_path: Path) -> None:
    lines = [f"{name}/1.jpg,{x},20" for name in "ab" for x in (10, 30)]
    (tmp_path / "heads.csv").write_text("\n".join(["image,x,y", *lines]))
    shared = {"format": "ghtools-anchors", "version": 1, "image_size": [100, 80], "anchors": []}
    foreign = {"image": "gone", "point": [1, 1], "box": [0, 0, 2, 2]}
    (tmp_path / "anchors.json").write_text(json.dumps({**shared, "anchors": [foreign]}))
    assert [len(image) for image in read_dataset(tmp_path)[1]] == [2, 2]
    named = tmp_path / "mine.json"
    named.write_text(json.dumps({**shared, "heads": {"1": {"removed": [[10, 20]]}}}))
    with pytest.raises(DataFormatError, match=r"mine.json: heads\['1'\]: image '1' is in scenes a, b"):
        read_dataset(tmp_path, anchors=named)
    text = (tmp_path / "heads.csv").read_text().replace("b/1", "b/2")
    (tmp_path / "heads.csv").write_text(text)
    assert [len(image) for image in read_dataset(tmp_path, anchors=named)[1]] == [1, 2]


def test_an_edit_without_its_head_is_named(tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene_0_0", images=1)
    path = write_anchor_file(scene, heads={"1000": {"removed": [[-50, -50]]}})
    with pytest.raises(DataFormatError) as caught:
        convert(scene, ConvertOptions(to="csv", out=tmp_path / "out.csv", images="none"))
    assert str(caught.value).startswith(f"{path}: heads['1000'].removed[0]: no head at point")
    assert not (tmp_path / "out.csv").exists()


def test_a_shared_file_serves_pictures_of_one_size(tmp_path: Path) -> None:
    from PIL import Image

    lines, anchors = ["image,x,y"], []
    for name, size in {"p": SIZE, "q": (1024, 576)}.items():
        Image.new("L", size).save(tmp_path / f"{name}.png")
        lines += [f"{name}.png,{x},{y}" for x in range(50, 500, 50) for y in range(50, 500, 50)]
        anchors.append({"image": name, "point": [50, 50], "box": [40, 40, 60, 60]})
    (tmp_path / "h.csv").write_text("\n".join(lines))
    content = {"format": "ghtools-anchors", "version": 1, "image_size": list(SIZE), "anchors": anchors}
    (tmp_path / "anchors.json").write_text(json.dumps(content))
    with pytest.raises(DataFormatError) as caught:
        interpolate_boxes(tmp_path / "h.csv", BoxOptions(pool=True, to="csv", read_options=["scenes=image"]), jobs=1)
    words = "image_size: is 1920x1080, but this file serves pictures of 1920x1080 and 1024x576; give each scene"
    assert words in str(caught.value)
