from __future__ import annotations

import contextlib
import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converters.evaluate import ScoreOptions, evaluate, write_image_table
from converters.match_overlays import render_matches
from converters.pairing import pair_images, read_pair
from converters.picture_writer import DrawOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import ConfigError
from gta_head_tools.evaluation.localization import NwpuScores
from gta_head_tools.evaluation.protocols.counted_points import PointScoresByDistance
from gta_head_tools.evaluation.protocols.registry import PROTOCOLS
from gta_head_tools.regions import Region
from test_converters.small_sets import write_pictures

LEFT = Region(polygon=np.array([[0.0, 0], [30, 0], [30, 60], [0, 60]]))


def crowd(seed: int, heads: int, *, shift: float = 0.0, scores: bool = False, roi: Region | None = None) -> Dataset:
    """Four images in two scenes, boxes of 8 x 8."""
    rng = np.random.default_rng(seed)
    images = []
    for number in range(4):
        info = ImageInfo(f"s{number // 2}/{number}.png", 60, 60, scene=f"s{number // 2}", roi=roi)
        places = rng.uniform(4, 56, (heads, 2)) + shift
        extra: dict[str, Any] = {"score": rng.random(heads)} if scores else {}
        boxes = np.concatenate([places - 4, places + 4], axis=1)
        images.append(ImageAnnotations(info, places, boxes=boxes, extra=extra))
    return in_memory(images, Path("/nowhere"))


@pytest.mark.parametrize("protocol", ["counting", "nwpu", "keypoint", "boxes"])
def test_the_truth_itself_scores_best_by_every_protocol(protocol: Any) -> None:
    truth = crowd(0, 9, scores=True)
    keys = evaluate(pair_images(truth, truth), ScoreOptions(protocol)).keys
    assert (keys["images"], keys["heads"], keys["mae"], keys["nae"]) == (4, 36, 0, 0)
    best = {
        "counting": lambda: keys["distances"]["f1"],
        "nwpu": lambda: keys["sigma_s"]["f1"],
        "keypoint": lambda: keys["sigma_5"]["mar"],
        "boxes": lambda: keys["ap"],
    }
    assert best[protocol]() == pytest.approx(1)


@pytest.mark.parametrize("protocol", ["counting", "nwpu", "boxes"])
def test_workers_change_nothing(protocol: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROTOCOLS, protocol, replace(PROTOCOLS[protocol], batch=1))
    pairing = pair_images(crowd(1, 7, scores=True), crowd(2, 9))
    reports = [evaluate(pairing, ScoreOptions(protocol), jobs=jobs) for jobs in (1, 2)]
    assert reports[0].keys == reports[1].keys
    assert [image.path for image in reports[1].images] == ["s0/0.png", "s0/1.png", "s1/2.png", "s1/3.png"]


def test_ignored_heads_and_predictions_do_not_count() -> None:
    truth = crowd(0, 9)
    half = truth.map(ignore_half)
    for pairing, error in ((pair_images(half, truth), 5), (pair_images(truth, half), 0)):
        scores = evaluate(pairing, ScoreOptions()).scores
        assert isinstance(scores, PointScoresByDistance)
        assert scores.counting.counts.mae == error
    excused = evaluate(pair_images(truth, half), ScoreOptions("nwpu")).scores
    assert isinstance(excused, NwpuScores)
    assert (excused.sigma_l.tp, excused.sigma_l.fp) == (16, 0)


def ignore_half(image: ImageAnnotations) -> ImageAnnotations:
    return image.replace(ignore=np.arange(len(image)) < 5)


def test_the_region_of_interest_leaves_out_what_lies_beyond() -> None:
    truth = crowd(0, 40, roi=LEFT)
    inside = sum(int((image.points[:, 0] < 30).sum()) for image in truth)
    keys = evaluate(pair_images(crowd(1, 5), truth), ScoreOptions(roi=True)).keys
    assert keys["heads"] == inside < 160
    with pytest.raises(ConfigError, match="knows no region of interest"):
        evaluate(pair_images(truth, crowd(0, 40)), ScoreOptions(roi=True))


def test_heads_of_pictures_of_two_sizes_are_not_compared() -> None:
    found = crowd(1, 3).map(doubled)
    with pytest.raises(
        ConfigError, match="predictions are for a picture of 120 x 120 pixels, true heads for one of 60"
    ):
        evaluate(pair_images(found, crowd(1, 3)), ScoreOptions("nwpu"))


def doubled(image: ImageAnnotations) -> ImageAnnotations:
    return image.replace(info=replace(image.info, width=120, height=120), points=2 * image.points)


def test_thresholds_keep_what_is_sure_enough() -> None:
    found, truth = crowd(1, 12, scores=True), crowd(1, 12)
    report = evaluate(pair_images(found, truth), ScoreOptions("nwpu", thresholds=True))
    kept = found.map(above_half)
    alone = evaluate(pair_images(kept, truth), ScoreOptions("nwpu"))
    assert len(report.curve) == 20
    assert report.curve[0.5] == alone.scores
    with pytest.raises(ConfigError, match="boxes runs over all scores already"):
        evaluate(pair_images(found, truth), ScoreOptions("boxes", thresholds=True))


def above_half(image: ImageAnnotations) -> ImageAnnotations:
    return image.select(image.extra["score"] >= 0.5)


@pytest.mark.parametrize(
    ("protocol", "change", "message"),
    [
        ("keypoint", {}, r"s0/0.png: 5 of 5 predictions have no score, which the protocol keypoint needs; write them"),
        ("boxes", {}, r"5 of 5 predictions have no score"),
        ("boxes", {"boxes": None}, r"5 of 5 predicted heads have no box, .*interpolate-boxes"),
        ("density", {}, r"the predictions hold heads, .* --to density"),
    ],
)
def test_what_a_protocol_needs_and_a_side_lacks(protocol: Any, change: dict[str, Any], message: str) -> None:
    images = [image.replace(**change) for image in crowd(0, 5)]
    with pytest.raises(ConfigError, match=message):
        evaluate(pair_images(in_memory(images, Path("/nowhere")), crowd(1, 5)), ScoreOptions(protocol))


def test_density_maps_are_compared_and_counted(tmp_path: Path) -> None:
    from converters.formats import density

    for name, source in (("found", crowd(0, 6)), ("true", crowd(0, 6)), ("other", crowd(1, 7))):
        density.write(source, tmp_path / name, density.WriteOptions(), "none")
    same = evaluate(read_pair(tmp_path / "found", tmp_path / "true"), ScoreOptions("density")).keys
    other = evaluate(read_pair(tmp_path / "other", tmp_path / "true"), ScoreOptions("density")).keys
    assert (same["ssim"], same["psnr"]) == (1, None)
    assert other["ssim"] < 0.99
    assert other["mae"] == pytest.approx(1, abs=1e-4)
    counted = evaluate(
        pair_images(read_pair(tmp_path / "other", tmp_path / "true").predicted, crowd(0, 6)), ScoreOptions()
    )
    assert counted.keys["mae"] == pytest.approx(1, abs=1e-4)
    with pytest.raises(ConfigError, match="how many heads there are, not where"):
        evaluate(read_pair(tmp_path / "found", tmp_path / "true"), ScoreOptions("nwpu"))
    with pytest.raises(ConfigError, match="a density map has no scores"):
        evaluate(read_pair(tmp_path / "found", tmp_path / "true"), ScoreOptions(thresholds=True))


def test_background_of_coarse_maps_is_that_of_pixels(tmp_path: Path) -> None:
    from converters.formats import density

    for stride in (1, 4):
        options = density.WriteOptions(stride=stride, sigma="2")
        for name, source in (("found", crowd(1, 6)), ("true", crowd(0, 6))):
            density.write(source, tmp_path / f"{name}{stride}", options, "none")
    shares = [
        evaluate(read_pair(tmp_path / f"found{s}", tmp_path / f"true{s}"), ScoreOptions("density")).keys[
            "background_ratio"
        ]
        for s in (1, 4)
    ]
    assert shares[0] > 0.1
    assert shares[1] == pytest.approx(shares[0], rel=0.1)


def test_the_table_of_images_adds_up(tmp_path: Path) -> None:
    report = evaluate(pair_images(crowd(1, 7), crowd(2, 9)), ScoreOptions("nwpu"))
    write_image_table(report, tmp_path / "images.csv")
    rows = list(csv.DictReader((tmp_path / "images.csv").read_text(encoding="utf-8").splitlines()))
    assert isinstance(report.scores, NwpuScores)
    assert [row["image"] for row in rows] == ["s0/0.png", "s0/1.png", "s1/2.png", "s1/3.png"]
    for key in ("tp", "fp", "fn"):
        assert sum(int(row[f"{key}_sigma_l"]) for row in rows) == getattr(report.scores.sigma_l, key)
    assert {row["error"] for row in rows} == {"-2"}


def pictured(root: Path) -> Dataset:
    truth = list(crowd(2, 9))
    return in_memory(truth, write_pictures(root, truth))


def test_matches_are_drawn_on_the_pictures_of_either_side(tmp_path: Path) -> None:
    report = evaluate(pair_images(crowd(1, 7), crowd(2, 9)), ScoreOptions("nwpu"))
    assert isinstance(report.scores, NwpuScores)
    hits = report.scores.sigma_l
    truth = pictured(tmp_path / "in")
    drawn = render_matches(pair_images(crowd(1, 7), truth), tmp_path / "out", DrawOptions(jobs=1))
    assert (drawn.images, drawn.tp, drawn.fp, drawn.fn) == (4, hits.tp, hits.fp, hits.fn)
    again = render_matches(pair_images(crowd(1, 7), truth), tmp_path / "out", DrawOptions(jobs=1))
    assert again.current == 4
    other = render_matches(pair_images(truth, crowd(1, 7)), tmp_path / "other", DrawOptions(jobs=1, limit=2))
    assert sorted(path.name for path in (tmp_path / "other").rglob("*.jpg")) == ["0.jpg", "3.jpg"]
    assert other.images == 2


def test_what_cannot_be_matched_leaves_no_folder(tmp_path: Path) -> None:
    points = [image.replace(boxes=None) for image in pictured(tmp_path / "in")]
    truth = in_memory(points, tmp_path / "in")
    with pytest.raises(ConfigError, match="neither a box nor radii"):
        render_matches(pair_images(crowd(1, 7), truth), tmp_path / "out")
    with pytest.raises(ConfigError, match="bring both to one size"):
        render_matches(pair_images(crowd(1, 7).map(doubled), truth), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_swapped_corners_are_put_right_and_told() -> None:
    truth = crowd(0, 9, scores=True)
    swapped = replace(
        truth, load=lambda scene: [each.replace(boxes=each.boxes[:, [2, 1, 0, 3]]) for each in truth.load(scene)]
    )
    for protocol in ("boxes", "nwpu"):
        report = evaluate(pair_images(truth, swapped), ScoreOptions(protocol), jobs=1)
        assert report.keys == evaluate(pair_images(truth, truth), ScoreOptions(protocol), jobs=1).keys
        told = "36 true boxes have swapped corners, and are scored as if they had not (the first in s0/0.png)"
        assert report.notes == (told,)


def test_boxes_without_an_area_are_told() -> None:
    truth = crowd(0, 9, scores=True)
    flat = replace(
        truth, load=lambda scene: [each.replace(boxes=each.boxes[:, [0, 1, 0, 3]]) for each in truth.load(scene)]
    )
    told = "36 predicted boxes have no area, so that no box overlaps them (the first in s0/0.png)"
    assert evaluate(pair_images(flat, truth), ScoreOptions("boxes"), jobs=1).notes == (told,)
    assert evaluate(pair_images(flat, truth), ScoreOptions("counting"), jobs=1).notes == ()


def test_equal_scores_stand_in_the_order_of_ids(tmp_path: Path) -> None:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    images = [
        {"id": number, "file_name": name, "width": 99, "height": 99} for number, name in ((2, "a.jpg"), (1, "b.jpg"))
    ]
    box = [10, 10, 20, 20]
    heads = [{"id": n, "image_id": n, "category_id": 1, "bbox": box, "area": 400, "iscrowd": 0} for n in (1, 2)]
    labels = {"images": images, "annotations": heads, "categories": [{"id": 1, "name": "head"}]}
    found = [
        {"image_id": n, "category_id": 1, "bbox": place, "score": 0.5} for n, place in ((1, [60, 60, 9, 9]), (2, box))
    ]
    (tmp_path / "truth.json").write_text(json.dumps(labels))
    (tmp_path / "found.json").write_text(json.dumps(found))
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(tmp_path / "truth.json"))
        judge = COCOeval(truth, truth.loadRes(str(tmp_path / "found.json")), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    ours = evaluate(read_pair(tmp_path / "found.json", tmp_path / "truth.json"), ScoreOptions("boxes"), jobs=1)
    assert ours.keys["ap50"] == pytest.approx(judge.stats[1], abs=1e-12)
    assert 0.2 < judge.stats[1] < 0.3
