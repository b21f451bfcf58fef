"""COCO keys that other programs write, and ids that other readers lose."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from test_wild.verbs import ghtools, rows, scores

HEAD: dict[str, Any] = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 12, 14]}


@pytest.fixture
def set_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes `set.json` with one image and these annotations in the current folder."""
    monkeypatch.chdir(tmp_path)

    def write(*annotations: dict[str, Any], name: str = "set.json", **lists: Any) -> Path:
        images = [{"id": 1, "file_name": "a.jpg", "width": 200, "height": 100}]
        content = {"images": images, "categories": [{"id": 1, "name": "head"}], "annotations": annotations, **lists}
        (tmp_path / name).write_text(json.dumps({key: value for key, value in content.items() if value is not None}))
        return tmp_path / name

    return write


def converted(source: Path, *options: str) -> tuple[list[dict[str, str]], str]:
    """The heads as CSV has them, and what was told."""
    done = ghtools("convert", source, "out.csv", "--to", "csv", "--force", *options)
    assert done.exit_code == 0, done.stderr
    return [row for row in rows(Path("out.csv")) if row["x"]], done.stderr


def refused(source: Path) -> str:
    done = ghtools("convert", source, "no.csv", "--to", "csv", "--force")
    assert done.exit_code == 1
    assert not Path("no.csv").exists()
    return done.stderr


def written_back(source: Path) -> list[dict[str, Any]]:
    assert ghtools("convert", source, "back.json", "--to", "coco", "--force").exit_code == 0
    heads: list[dict[str, Any]] = json.loads(Path("back.json").read_text())["annotations"]
    return heads


def test_the_key_ignore_is_read_beside_iscrowd(case: Callable[[str], Path]) -> None:
    source = case("08-coco-ignore-key") / "set.json"
    assert [row["ignore"] for row in converted(source)[0]] == ["1", "0"]
    assert [(head["iscrowd"], head["ignore"]) for head in written_back(source)] == [(0, 1), (0, 0)]


@pytest.mark.parametrize(
    ("flags", "ignored"),
    [
        ({"ignore": 1}, True),
        ({"ignore": True}, True),
        ({"ignore": 1.0}, True),
        ({"ignore": "1"}, True),
        ({"ignore": "true"}, True),
        ({"Ignore": 1}, True),
        ({"isCrowd": 1}, True),
        ({"iscrowd": "1"}, True),
        ({"iscrowd": 1, "ignore": 0}, True),
        ({"ignore": None}, False),
        ({"ignore": False, "iscrowd": None}, False),
        ({"ignore": "0", "iscrowd": 0.0}, False),
        ({"iscrowd": "false"}, False),
    ],
)
def test_flags_are_read_however_they_are_written(
    flags: dict[str, Any], ignored: bool, set_of: Callable[..., Path]
) -> None:
    heads, _ = converted(set_of({**HEAD, **flags}, {**HEAD, "id": 2}))
    assert [row["ignore"] for row in heads] == [str(int(ignored)), "0"]


def test_ignored_heads_are_not_counted_and_predictions_are_never_ignored(set_of: Callable[..., Path]) -> None:
    truth = set_of(HEAD, {**HEAD, "id": 2, "bbox": [140, 10, 12, 14], "ignore": 1})
    predicted = set_of({**HEAD, "score": 0.9, "ignore": 1}, name="predicted.json")
    assert scores(predicted, truth)["mae"] == 0


def test_ids_that_other_readers_lose_are_numbered_afresh(set_of: Callable[..., Path]) -> None:
    own: list[dict[str, Any]] = [{"id": 0}, {"id": 3}, {"id": 3}, {"id": None}, {"id": "a"}, {"id": 2**63}, {"id": 7}]
    source = set_of(*({**HEAD, **one} for one in own), {key: HEAD[key] for key in HEAD if key != "id"})
    heads, told = converted(source)
    assert (len(heads), "6 annotations have no id of their own" in told) == (8, True)
    ids = [head["id"] for head in written_back(source)]
    assert (ids[1], ids[6], len(set(ids)), min(ids)) == (3, 7, 8, 3)


def test_images_that_share_an_id_are_an_error_where_a_head_needs_it(set_of: Callable[..., Path]) -> None:
    images = [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}, {"id": 2, "file_name": "c.jpg"}]
    heads, told = converted(set_of(HEAD, images=images))
    assert (len(heads), "ids of 1 images are no whole numbers of their own; numbered (2 is 3)" in told) == (1, True)
    told = refused(set_of({**HEAD, "image_id": 2}, images=images))
    assert "annotations[0].image_id: 2 is the id of images[1] and of images[2]; give each its own" in told


def test_an_image_that_is_listed_twice_counts_once(set_of: Callable[..., Path]) -> None:
    image = {"id": 1, "file_name": "a.jpg"}
    heads, told = converted(set_of(HEAD, images=[image, image]))
    assert (len(heads), "1 images are listed twice" in told, len(rows(Path("out.csv")))) == (1, True, 1)


@pytest.mark.parametrize(
    ("segmentation", "box"),
    [
        ([[10, 10.5, 22, 10.5, 22, 24, 10, 24]], ["10", "10.5", "22", "24"]),
        ({"size": [100, 200], "counts": [1010, 4, 96, 4, 18886]}, ["10", "10", "12", "14"]),
        ({"size": [100, 200], "counts": "b_O4^30d_i00hg0"}, None),
    ],
)
@pytest.mark.parametrize("lack", [{}, {"bbox": None}, {"bbox": []}])
def test_outlines_and_masks_without_a_box_give_theirs(
    segmentation: Any, box: list[str] | None, lack: dict[str, Any], set_of: Callable[..., Path]
) -> None:
    bare = {key: HEAD[key] for key in HEAD if key != "bbox"}
    source = set_of({**bare, **lack, "segmentation": segmentation})
    if box is None:
        assert "annotations[0].segmentation: counts: " in refused(source)
        return
    heads, told = converted(source)
    assert [[row[key] for key in ("x1", "y1", "x2", "y2")] for row in heads] == [box]
    assert "1 annotations have no bbox; their boxes are those of their outlines or masks" in told
    assert written_back(source)[0]["segmentation"] == segmentation


def test_a_keypoint_of_the_head_is_a_point(set_of: Callable[..., Path]) -> None:
    bare = {key: HEAD[key] for key in HEAD if key != "bbox"}
    person = [{"id": 1, "name": "person", "keypoints": ["nose", "head", "neck"]}]
    seen = {**bare, "keypoints": [1, 2, 2, 30, 40, 2, 5, 6, 2], "num_keypoints": 3}
    heads, _ = converted(set_of(seen, categories=person))
    assert [(row["x"], row["y"], row["x1"]) for row in heads] == [("30", "40", "")]
    hidden = {**seen, "keypoints": [1, 2, 2, 0, 0, 0, 5, 6, 2]}
    assert "annotations[0]: has no 'bbox'" in refused(set_of(hidden, categories=person))


def test_results_may_be_masks_or_keypoints(set_of: Callable[..., Path], tmp_path: Path) -> None:
    truth = set_of(HEAD, {**HEAD, "id": 2, "bbox": [140, 10, 12, 14]})
    results = [
        {"image_id": 1, "category_id": 1, "segmentation": [[10, 10, 22, 10, 22, 24, 10, 24]], "score": 0.9},
        {"image_id": 1.0, "category_id": "1", "bbox": None, "keypoints": [146, 17, 2], "score": "0.8"},
    ]
    (tmp_path / "results.json").write_text(json.dumps(results))
    report = scores("results.json", truth, "--protocol", "nwpu")
    assert (report["mae"], report["sigma_s"]["f1"]) == (0, 1)


@pytest.mark.parametrize(
    ("lists", "heads", "words"),
    [
        ({"categories": None}, 1, "labels of category '1' (1) are taken as heads"),
        ({"categories": []}, 1, "labels of category '1' (1) are taken as heads"),
        ({"annotations": None}, 0, "has no annotations: its images are taken for images without heads"),
        ({"images": [{"id": 1, "path": "x/a.jpg"}]}, 1, "1 images have no name; they go by their 'path'"),
        ({"images": [{"id": 1, "coco_url": "http://host/val2017/a.jpg"}]}, 1, "they go by their 'coco_url'"),
        ({"images": [{"ID": 1, "fileName": "a.jpg", "Width": 200}]}, 1, ""),
        ({"categories": [{"id": 1}]}, 1, "1 categories have no name"),
    ],
)
def test_lists_and_names_that_are_missing(
    lists: dict[str, Any], heads: int, words: str, set_of: Callable[..., Path]
) -> None:
    found, told = converted(set_of(HEAD, **lists))
    assert (len(found), words in told) == (heads, True)


def test_keys_in_capitals_are_read(set_of: Callable[..., Path]) -> None:
    odd = {"ID": 1, "imageId": 1, "categoryId": 1, "BBox": [10, 10, 12, 14], "Segmentation": []}
    assert [row["x1"] for row in converted(set_of(odd))[0]] == ["10"]


def test_names_that_leave_the_folder_can_be_cut(set_of: Callable[..., Path]) -> None:
    source = set_of(HEAD, images=[{"id": 1, "file_name": "/data/upload/1/a.jpg", "width": 200, "height": 100}])
    assert "-i names=last" in refused(source)
    converted(source, "-i", "names=last")
    assert [row["image"] for row in rows(Path("out.csv"))] == ["a.jpg"]
