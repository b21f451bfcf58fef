"""The main job on folders: read, fit, write, record."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.stats import spearmanr

from converters.boxes import BoxOptions, interpolate_boxes
from converters.datasets.read import read_dataset
from converters.files.arrays import matlab
from converters.suggest import suggest_boxes
from gta_head_tools.anchors.anchors import Anchor, AnchorSet, write_anchors
from gta_head_tools.errors import (
    ConfigError,
    DatasetLayoutError,
    GtaHeadError,
    UnknownNameError,
)
from gta_head_tools.geometry import centres, sizes
from gta_head_tools.interpolation.scene_input import SizeSettings
from test_converters.boxed_scenes import (
    SIZE,
    stored_points,
    tree,
    true_size,
    two_scenes,
    write_anchor_file,
    write_scene,
)
from test_converters.gcc_scenes import write_json

BARE = BoxOptions(images="none")


def test_every_head_of_every_image_gets_a_box(tmp_path: Path) -> None:
    report = interpolate_boxes(two_scenes(tmp_path / "gcc"), BARE, jobs=1)
    assert [(fit.name, fit.images, fit.heads, fit.drawn) for fit in report.fits] == [
        ("scene_1_0", 3, 120, 6),
        ("scene_2_0", 3, 120, 6),
    ]
    _, boxes = read_dataset(report.out)
    assert boxes.image_count == 6
    for image in boxes:
        np.testing.assert_allclose(sizes(image.boxes), true_size(image.points), rtol=0.1)
    assert [info.name for info in boxes.scenes[0].images] == ["1000", "1001", "1002"]


def test_the_source_is_not_touched_and_the_boxes_are_passed_over_on_reading(tmp_path: Path) -> None:
    source = two_scenes(tmp_path / "gcc")
    before = tree(source)
    interpolate_boxes(source, BARE, jobs=1)
    assert {name: data for name, data in tree(source).items() if not name.startswith("boxes/")} == before
    name, again = read_dataset(source)
    assert (name, again.image_count) == ("gcc", 6)


def test_workers_write_the_same_bytes(tmp_path: Path) -> None:
    source = two_scenes(tmp_path / "gcc")
    written = [
        tree(interpolate_boxes(source, replace(BARE, out=tmp_path / f"out{jobs}"), jobs=jobs).out) for jobs in (1, 2)
    ]
    assert written[0] == written[1]


def test_a_second_run_writes_nothing_and_a_changed_anchor_asks_for_force(tmp_path: Path) -> None:
    source = two_scenes(tmp_path / "gcc")
    out = interpolate_boxes(source, BARE, jobs=1).out
    before = tree(out)
    assert interpolate_boxes(source, BARE, jobs=1).written == ()
    write_anchor_file(source / "scene_2_0", rows=(1, 6, 11, 16, 21, 26))
    with pytest.raises(
        DatasetLayoutError, match=r"scene_2_0: holds other boxes: 1 scenes are made of other heads.*--force"
    ):
        interpolate_boxes(source, BARE, jobs=1)
    assert tree(out) == before
    assert interpolate_boxes(source, replace(BARE, force=True), jobs=1).written == ("scene_1_0", "scene_2_0")


def test_a_scene_that_is_gone_is_written_again(tmp_path: Path) -> None:
    source = two_scenes(tmp_path / "gcc")
    out = interpolate_boxes(source, BARE, jobs=1).out
    shutil.rmtree(out / "scene_1_0")
    assert interpolate_boxes(source, BARE, jobs=1).written == ("scene_1_0",)
    before = tree(out)
    (out / "scene_2_0" / "gt" / "gt.txt").unlink()
    assert interpolate_boxes(source, BARE, jobs=1).written == ("scene_2_0",)
    assert tree(out) == before


def test_the_record_names_rule_options_and_a_hash_per_scene(tmp_path: Path) -> None:
    out = interpolate_boxes(two_scenes(tmp_path / "gcc"), BARE, jobs=1).out
    record = json.loads((out / "ghtools-export.json").read_text())
    assert (record["format"], record["version"], record["rule"]) == ("ghtools-export", 1, "auto")
    assert record["options"]["to"] == "mot"
    assert sorted(record["scenes"]) == ["scene_1_0", "scene_2_0"]
    assert len(set(record["scenes"].values())) == 2


@pytest.mark.parametrize("to", ["mot", "coco", "csv"])
def test_any_box_format_can_be_asked_for(tmp_path: Path, to: str) -> None:
    report = interpolate_boxes(two_scenes(tmp_path / "gcc"), BoxOptions(to=to, images="none"), jobs=1)
    heads = list(read_dataset(report.out, format_name=to)[1])
    assert sum(map(len, heads)) == 240
    assert all(image.has_box.all() for image in heads)
    before = tree(report.out)
    assert interpolate_boxes(tmp_path / "gcc", BoxOptions(to=to, images="none"), jobs=1).written == ()
    assert tree(report.out) == before


@pytest.mark.parametrize(("to", "file"), [("coco", "annotations/instances_default.json"), ("csv", "heads.csv")])
def test_a_file_that_is_gone_is_written_again(tmp_path: Path, to: str, file: str) -> None:
    source, options = two_scenes(tmp_path / "gcc"), BoxOptions(to=to, images="none")
    out = interpolate_boxes(source, options, jobs=1).out
    before = tree(out)
    (out / file).unlink()
    assert interpolate_boxes(source, options, jobs=1).written == ("scene_1_0", "scene_2_0")
    assert tree(out) == before


def test_pictures_are_linked_by_default(tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene_1_0", pictures=True)
    write_anchor_file(scene)
    out = interpolate_boxes(scene, jobs=1).out
    picture = out / "scene_1_0" / "img1" / "000001.jpg"
    assert not picture.is_symlink()
    assert picture.samefile(scene / "jpgs" / "1000.jpg")


def test_scenes_without_anchors_are_skipped_and_told(tmp_path: Path) -> None:
    source = two_scenes(tmp_path / "gcc")
    (source / "scene_2_0" / "anchors.json").unlink()
    report = interpolate_boxes(source, BARE, jobs=1)
    assert dict(report.skipped) == {"scene_2_0": "no anchors"}
    assert not (report.out / "scene_2_0").exists()


def test_one_file_of_anchors_serves_the_scenes_of_its_images(tmp_path: Path) -> None:
    source = tmp_path / "gcc"
    anchors = []
    for number in (1, 2):
        scene = write_scene(source / f"scene_{number}_0", seed=number, images=1)
        (scene / "jsons" / "1000.json").rename(scene / "jsons" / f"{number}.json")
        for row in range(4):
            x, y = stored_points(scene, str(number))[row].tolist()
            half = (12 + 48 * y / 1080) / 2
            anchors.append(Anchor(str(number), (x, y), (x - half, y - half, x + half, y + half)))
    write_anchors(tmp_path / "all.json", AnchorSet(SIZE, tuple(anchors)))
    report = interpolate_boxes(source, replace(BARE, anchors=tmp_path / "all.json"), jobs=1)
    assert [fit.drawn for fit in report.fits] == [4, 4]
    write_anchors(tmp_path / "all.json", AnchorSet(SIZE, (*anchors, Anchor("9", (1, 1), (0, 0, 2, 2)))))
    with pytest.raises(GtaHeadError, match=r"anchors\[8\]: image '9' is in no scene"):
        interpolate_boxes(source, replace(BARE, anchors=tmp_path / "all.json", out=tmp_path / "other"), jobs=1)


def test_heads_outside_are_left_out_and_boxes_clipped_only_if_asked(tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene_1_0", images=1)
    write_json(scene, "1001", [[1200, 500], [1074, 900], [500, 1917]])
    write_anchor_file(scene)
    plain = interpolate_boxes(scene, BARE, jobs=1)
    assert plain.fits[0].outside == 1
    found = list(read_dataset(plain.out)[1])[1]
    assert len(found) == 2
    assert (found.boxes[:, 3].max() > 1080) and (found.boxes[:, 2].max() > 1920)
    kept = interpolate_boxes(scene, BoxOptions(images="none", keep_outside=True, out=tmp_path / "kept"), jobs=1)
    assert len(list(read_dataset(kept.out)[1])[1]) == 3
    clipped = interpolate_boxes(scene, BoxOptions(images="none", clip=True, out=tmp_path / "clip"), jobs=1)
    cut = list(read_dataset(clipped.out)[1])[1]
    assert (cut.boxes[:, 3].max(), cut.boxes[:, 2].max()) == (1080, 1920)


@pytest.mark.parametrize(("clip", "written"), [(True, 43), (False, 44)])
def test_no_box_is_empty_and_points_that_are_lost_are_counted(tmp_path: Path, clip: bool, written: int) -> None:
    scene = write_scene(tmp_path / "scene_1_0", images=1)
    write_json(scene, "1001", [[500, -9], [500, -200], [500, 500], [600, 600]])
    write_anchor_file(scene)
    mot, coco = (BoxOptions(to=to, images="none", clip=clip, keep_outside=True) for to in ("mot", "coco"))
    report = interpolate_boxes(scene, mot, jobs=1)
    whole = interpolate_boxes(scene, replace(coco, out=tmp_path / "coco"), jobs=1)
    heads = list(read_dataset(whole.out)[1])
    assert sum(map(len, heads)) == sum(map(len, read_dataset(report.out)[1])) == written
    assert all((image.boxes[:, 2:] > image.boxes[:, :2]).all() for image in heads)
    away = sum(int((np.abs(centres(image.boxes) - image.points).max(axis=1) > 1e-5).sum()) for image in heads)
    assert report.dropped.get("points", 0) == away
    assert (away > 0) == clip
    told = "1 heads are left out: their boxes lie beyond the border, and --clip leaves nothing of them"
    assert (told in report.warnings) == clip


def test_boxes_of_the_source_are_counted_when_others_take_their_place(tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene_1_0", images=1)
    write_anchor_file(scene)
    made = interpolate_boxes(scene, BARE, jobs=1)
    assert not [warning for warning in made.warnings if "had boxes" in warning]
    again = interpolate_boxes(made.out, BoxOptions(sizes=SizeSettings("spacing"), images="none"), jobs=1)
    assert "40 heads had boxes in the source: the interpolated ones take their place" in again.warnings


def test_spacing_needs_no_anchors_and_skips_scenes_with_few_heads(tmp_path: Path) -> None:
    write_scene(tmp_path / "gcc" / "scene_1_0")
    write_scene(tmp_path / "gcc" / "scene_2_0", images=1, heads=5)
    options = BoxOptions(sizes=SizeSettings("spacing"), images="none")
    report = interpolate_boxes(tmp_path / "gcc", options, jobs=1)
    assert [(fit.name, fit.diagnosis.grade) for fit in report.fits] == [("scene_1_0", "red")]
    assert "at least 30 heads" in report.skipped["scene_2_0"]


def test_still_pictures_share_a_scale_with_pool(tmp_path: Path) -> None:
    rows = ["image,x,y,x1,y1,x2,y2,score,ignore,track"]
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        points = rng.uniform([0, 50], SIZE, (60, 2)).round(2)
        rows += [f"{name}.jpg,{x},{y},,,,,,," for x, y in points]
    (tmp_path / "heads.csv").write_text("\n".join(rows) + "\n")
    points = np.array([line.split(",")[1:3] for line in rows[1:4]], dtype=np.float64)
    anchors = tuple(Anchor("a", (x, y), (x - 9, y - 9, x + 9, y + 9)) for x, y in points.tolist())
    write_anchors(tmp_path / "anchors.json", AnchorSet(SIZE, anchors))
    stills = ["scenes=image"]
    source = tmp_path / "heads.csv"
    alone = interpolate_boxes(
        source, BoxOptions(to="csv", images="none", read_options=stills, out=tmp_path / "o"), jobs=1
    )
    assert list(alone.skipped) == ["b"]
    with pytest.raises(DatasetLayoutError, match="how large"):
        interpolate_boxes(source, BoxOptions(to="csv", images="none", pool=True, read_options=stills), jobs=1)
    for name in ("a", "b"):
        Image.new("L", SIZE).save(tmp_path / f"{name}.jpg")
    report = interpolate_boxes(source, BoxOptions(to="csv", images="none", pool=True, read_options=stills), jobs=1)
    assert [(fit.name, fit.model.rule) for fit in report.fits] == [("a", "auto"), ("b", "pooled")]
    assert report.fits[1].diagnosis.grade != "green"


def stills(folder: Path, *, empty: str = "a", size: tuple[int, int] = SIZE) -> Path:
    """A CSV of three still pictures, of which the first has no heads."""
    rng = np.random.default_rng(0)
    rows = ["image,x,y", f"{empty}.jpg,,"]
    rows += [f"{name}.jpg,{x},{y}" for name in "bc" for x, y in rng.uniform([0, 50], size, (60, 2)).round(2)]
    (folder / "heads.csv").write_text("\n".join(rows) + "\n")
    for name in "abc":
        Image.new("L", size).save(folder / f"{name}.jpg")
    return folder / "heads.csv"


def test_an_empty_picture_does_not_stop_the_others(tmp_path: Path) -> None:
    options = BoxOptions(sizes=SizeSettings("spacing"), to="csv", images="none")
    report = interpolate_boxes(stills(tmp_path), replace(options, read_options=["scenes=image"]), jobs=1)
    assert ([fit.name for fit in report.fits], dict(report.skipped)) == (["b", "c"], {"a": "no head points"})


def test_an_empty_picture_is_kept_without_boxes_when_pictures_are_pooled(tmp_path: Path) -> None:
    source = stills(tmp_path)
    points = np.array([line.split(",")[1:] for line in source.read_text().splitlines()[2:5]], dtype=np.float64)
    anchors = tuple(Anchor("b", (x, y), (x - 9, y - 9, x + 9, y + 9)) for x, y in points.tolist())
    write_anchors(tmp_path / "anchors.json", AnchorSet(SIZE, anchors))
    options = BoxOptions(to="csv", images="none", pool=True)
    report = interpolate_boxes(source, replace(options, read_options=["scenes=image"]), jobs=1)
    assert [(fit.name, fit.heads) for fit in report.fits] == [("a", 0), ("b", 60), ("c", 60)]
    assert {image.info.name: len(image) for image in read_dataset(report.out)[1]} == {"a": 0, "b": 60, "c": 60}


def test_suggestions_pass_over_scenes_without_heads(tmp_path: Path) -> None:
    source = stills(tmp_path)
    empty, *others = suggest_boxes(source, count=1, read_options=["scenes=image"], jobs=1)
    assert (empty.scene, empty.skipped, empty.suggestions) == ("a", "no head points", ())
    assert [(scene.skipped, len(scene.suggestions)) for scene in others] == [("", 1), ("", 1)]
    source.write_text("image,x,y\na.jpg,,\n")
    with pytest.raises(ConfigError, match="scene a: no head points"):
        suggest_boxes(source, read_options=["scenes=image"], jobs=1)


def test_a_folder_of_stills_taken_as_one_camera_is_warned_about(tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene_1_0", images=2)
    write_anchor_file(scene)
    points = {stem: stored_points(scene, stem) for stem in ("1000", "1001")}
    rows = [f"{stem}.jpg,{x},{y},,,,,,," for stem, heads in points.items() for x, y in heads.tolist()]
    (tmp_path / "heads.csv").write_text("\n".join(["image,x,y,x1,y1,x2,y2,score,ignore,track", *rows]) + "\n")
    shutil.copy(scene / "anchors.json", tmp_path / "anchors.json")
    report = interpolate_boxes(tmp_path / "heads.csv", BoxOptions(to="csv", images="none"), jobs=1)
    assert any("one fixed camera" in warning and "-i scenes=image" in warning for warning in report.warnings)


def test_suggestions_need_no_anchors_and_count_per_scene(tmp_path: Path) -> None:
    source = two_scenes(tmp_path / "gcc")
    (source / "scene_2_0" / "anchors.json").unlink()
    first, second = suggest_boxes(source, count=2, jobs=1)
    assert (len(first.suggestions), len(second.suggestions)) == (2, 2)
    assert first.suggestions[0].expected_before is not None
    assert second.suggestions[0].expected_before is None
    head = second.suggestions[0].point
    assert head in [tuple(point) for point in stored_points(source / "scene_2_0", second.images[0]).tolist()]
    with pytest.raises(ConfigError, match="--count 0"):
        suggest_boxes(source, count=0)


def test_names_of_rules_take_dashes_and_underscores(tmp_path: Path) -> None:
    source = two_scenes(tmp_path / "gcc")
    report = interpolate_boxes(source, BoxOptions(sizes=SizeSettings("two_nearest"), images="none"), jobs=1)
    assert {fit.rule for fit in report.fits} == {"two-nearest"}
    with pytest.raises(UnknownNameError):
        interpolate_boxes(source, BoxOptions(sizes=SizeSettings("twonearst")), jobs=1)


MALL_ANCHORS = (
    Anchor("seq_000001", (387.3, 433.4), (372.0, 427.3, 389.0, 444.0)),
    Anchor("seq_000001", (148.1, 193.4), (144.0, 187.3, 153.8, 199.0)),
    Anchor("seq_001200", (208.8, 101.6), (202.8, 92.8, 211.0, 102.0)),
    Anchor("seq_001200", (448.9, 235.6), (438.0, 228.7, 451.2, 245.3)),
    Anchor("seq_001200", (572.9, 399.7), (561.0, 386.4, 580.6, 406.8)),
    Anchor("seq_001200", (471.1, 165.2), (464.2, 156.7, 474.0, 168.0)),
)
"""Six heads in two frames, boxed by eye on enlarged pictures."""


@pytest.mark.samples
def test_six_boxes_agree_with_the_perspective_map_of_mall(samples: Path, tmp_path: Path) -> None:
    write_anchors(tmp_path / "anchors.json", AnchorSet((640, 480), MALL_ANCHORS))
    report = interpolate_boxes(
        samples / "mall", replace(BARE, anchors=tmp_path / "anchors.json", out=tmp_path / "out"), jobs=1
    )
    assert (report.fits[0].images, report.fits[0].heads) == (2000, 62_315)
    heads = list(read_dataset(report.out)[1])
    points, found = (
        np.concatenate([image.points for image in heads]),
        sizes(np.concatenate([image.boxes for image in heads])),
    )
    cells = np.clip(points.astype(int), 0, [639, 479])
    # The map weighs areas: head sizes go with the square root of its inverse.
    perspective = matlab.load(samples / "mall" / "perspective_roi.mat", ["pMapN"])["pMapN"]
    expected = 1 / np.sqrt(perspective[cells[:, 1], cells[:, 0]])
    correlation = spearmanr(found, expected).statistic
    difference = float(np.median(np.abs(found / (expected * np.median(found / expected)) - 1)))
    print(
        f"\nMall: {len(found)} heads, rank correlation {correlation:.3f}, median relative difference {difference:.3f}"
    )
    assert len(found) + report.fits[0].outside == 62_315
    assert correlation > 0.97
    assert difference < 0.07
