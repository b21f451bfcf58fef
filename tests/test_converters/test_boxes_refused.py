"""What the main job refuses, and that it leaves no trace."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from converters.boxes import BoxOptions, interpolate_boxes
from converters.datasets.read import read_dataset
from converters.formats.coco import coco
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import in_memory
from gta_head_tools.errors import (
    DataFormatError,
    DatasetLayoutError,
    GtaHeadError,
    LossyConversionError,
)
from gta_head_tools.interpolation.scene_input import SizeSettings
from test_converters.boxed_scenes import (
    SIZE,
    stored_points,
    tree,
    two_scenes,
    write_anchor_file,
    write_scene,
)
from test_converters.gcc_scenes import write_picture

BARE = BoxOptions(images="none")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("horizon", [[0, 200], [1920, 190]]),
        ("zones", [{"name": "stand", "polygon": [[0, 0], [960, 0], [960, 400], [0, 400]]}]),
    ],
)
def test_what_belongs_to_one_camera_is_not_dealt_to_several(tmp_path: Path, key: str, value: object) -> None:
    source = two_scenes(tmp_path / "gcc")
    shared = tmp_path / "all.json"
    content = json.loads((source / "scene_1_0" / "anchors.json").read_text())
    for path in (source / "scene_2_0" / "jsons").iterdir():
        path.rename(path.with_stem(f"2_{path.stem}"))
    other = json.loads((source / "scene_2_0" / "anchors.json").read_text())["anchors"]
    own = content["anchors"]
    shared.write_text(json.dumps({**content, key: value}))
    assert len(interpolate_boxes(source, replace(BARE, anchors=shared, out=tmp_path / "one"), jobs=1).fits) == 1
    more = [{**anchor, "image": "2_1000"} for anchor in other]
    shared.write_text(json.dumps({**content, key: value, "anchors": own + more}))
    with pytest.raises(DataFormatError, match=rf"all.json: {key}: belongs to one camera.*serves 2 scenes"):
        interpolate_boxes(source, replace(BARE, anchors=shared, out=tmp_path / "two"), jobs=1)


def boxed_coco(folder: Path) -> Path:
    """A scene whose heads have ids, visibility, scores and a split, and six of them boxes drawn by hand."""
    scene = write_scene(folder / "gcc", images=1)
    points = stored_points(scene)
    count = len(points)
    extra = {"visibility": np.full(count, 0.5), "score": np.full(count, 0.25)}
    info = ImageInfo("1000.jpg", *SIZE, scene="s", split="train")
    heads = ImageAnnotations(info, points, ids=np.arange(count), extra=extra)
    coco.write(in_memory([heads], folder), folder / "heads_train.json", coco.WriteOptions(), "none")
    write_anchor_file(scene).rename(folder / "anchors.json")
    return folder / "heads_train.json"


@pytest.mark.parametrize(
    ("to", "lost"), [("csv", {"visibility": 40, "split": 1}), ("mot", {"score": 40}), ("coco", {})]
)
def test_filled_columns_are_not_dropped_in_silence(tmp_path: Path, to: str, lost: dict[str, int]) -> None:
    source, options = boxed_coco(tmp_path), BoxOptions(to=to, images="none")
    before = tree(tmp_path)
    if lost:
        named = ", ".join(f"{column} \\({count}\\)" for column, count in lost.items())
        with pytest.raises(LossyConversionError, match=rf"{to} cannot hold {named}; --allow-lossy"):
            interpolate_boxes(source, options, jobs=1)
    assert tree(tmp_path) == before
    report = interpolate_boxes(source, replace(options, allow_lossy=True), jobs=1)
    columns = {column: report.dropped[column] for column in report.dropped if column in {*lost, "ids", "boxes"}}
    assert columns == lost
    assert ("annotation_id" in report.dropped) == (to != "coco")


def _leave(scene: Path) -> None:
    """The scene is fine: what is asked for is not."""


def _truncate(scene: Path) -> None:
    path = scene / "jsons" / "1002.json"
    path.write_text(path.read_text()[:40])


def _anchor(scene: Path, **changes: object) -> None:
    path = scene / "anchors.json"
    content = json.loads(path.read_text())
    content["anchors"][2] |= changes
    path.write_text(json.dumps(content))


def _second_size(scene: Path) -> None:
    write_picture(scene / "jpgs" / "1000.jpg", (1920, 1080))
    write_picture(scene / "jpgs" / "1001.jpg", (960, 540))


def _no_points(scene: Path) -> None:
    for path in (scene / "jsons").iterdir():
        path.write_text('{"image_info": []}')
    (scene / "anchors.json").write_text(
        json.dumps({"format": "ghtools-anchors", "version": 1, "image_size": SIZE, "anchors": []})
    )


BROKEN = {
    "truncated json": (_truncate, BARE, ["1002.json"]),
    "no anchors anywhere": (
        lambda scene: (scene / "anchors.json").unlink(),
        BARE,
        ["no anchors in any scene", "spacing"],
    ),
    "unknown image": (lambda scene: _anchor(scene, image="1009"), BARE, ["anchors[2]", "1009"]),
    "far from any head": (lambda scene: _anchor(scene, point=[-300.0, -300.0]), BARE, ["anchors[2]", "px away"]),
    "not a number": (lambda scene: _anchor(scene, point=[float("nan"), 1.0]), BARE, ["anchors[2].point", "NaN"]),
    "two picture sizes": (_second_size, BARE, ["960x540", "1920x1080"]),
    "missing pictures": (_leave, BoxOptions(), ["1000.jpg", "6 of 6", "--images none"]),
    "no points": (_no_points, BoxOptions(sizes=SizeSettings("spacing"), images="none"), ["no head points"]),
    "unknown rule": (_leave, BoxOptions(sizes=SizeSettings("afine")), ["afine", "'affine'"]),
    "unknown format": (_leave, BoxOptions(to="cooc"), ["cooc", "'coco'"]),
    "no box format": (_leave, BoxOptions(to="gcc"), ["--to gcc"]),
    "camera unknown": (_leave, BoxOptions(sizes=SizeSettings("camera"), images="none"), ["pose"]),
}


@pytest.mark.parametrize("case", BROKEN)
def test_bad_input_is_one_clear_error_and_nothing_is_written(tmp_path: Path, case: str) -> None:
    spoil, options, words = BROKEN[case]
    source = two_scenes(tmp_path / "gcc")
    if case in {"no anchors anywhere", "no points"}:
        spoil(source / "scene_1_0")
    spoil(source / "scene_2_0")  # the last one: the first is fine and must not be written either
    before = tree(tmp_path)
    with pytest.raises(GtaHeadError) as caught:
        interpolate_boxes(source, options, jobs=1)
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message
    assert tree(tmp_path) == before


@pytest.mark.parametrize(("to", "out"), [("coco", "b.json"), ("csv", "b.csv")])
def test_out_is_a_folder(tmp_path: Path, to: str, out: str) -> None:
    source = two_scenes(tmp_path / "gcc")
    before = tree(tmp_path)
    with pytest.raises(DatasetLayoutError, match=rf"{out}: is called like a file.*name a folder$"):
        interpolate_boxes(source, BoxOptions(to=to, images="none", out=tmp_path / out), jobs=1)
    assert tree(tmp_path) == before


@pytest.mark.parametrize(("first", "second"), [("mot", "coco"), ("coco", "csv"), ("csv", "mot")])
@pytest.mark.parametrize("force", [True, False])
def test_two_formats_never_share_a_folder(tmp_path: Path, first: str, second: str, force: bool) -> None:
    source = two_scenes(tmp_path / "gcc")
    out = interpolate_boxes(source, BoxOptions(to=first, images="none"), jobs=1).out
    before = tree(tmp_path)
    with pytest.raises(DatasetLayoutError, match=f"boxes: holds a data set of format {first}; choose another folder"):
        interpolate_boxes(source, BoxOptions(to=second, images="none", force=force), jobs=1)
    assert tree(tmp_path) == before
    assert read_dataset(out)[0] == first


@pytest.mark.skipif(sys.platform != "linux", reason="file systems elsewhere take text alone")
@pytest.mark.parametrize("to", ["mot", "coco", "csv"])
def test_a_picture_whose_name_is_no_text_is_one_clear_error(tmp_path: Path, to: str) -> None:
    source = two_scenes(tmp_path / "gcc")
    (source / "scene_2_0" / "jsons" / "1002.json").rename(source / "scene_2_0" / "jsons" / "\udce9.json")
    with pytest.raises(DatasetLayoutError, match=r"gcc: the name '.*\\udce9.*' in it is not UTF-8; rename it"):
        interpolate_boxes(source, BoxOptions(to=to, images="none"), jobs=1)
    assert not (source / "boxes").exists()


def test_an_unwritable_target_is_one_clear_error(tmp_path: Path) -> None:
    source = two_scenes(tmp_path / "gcc")
    (tmp_path / "taken").write_text("a file, no folder")
    with pytest.raises(DatasetLayoutError, match="taken"):
        interpolate_boxes(source, replace(BARE, out=tmp_path / "taken"), jobs=1)
    assert (tmp_path / "taken").read_text() == "a file, no folder"
