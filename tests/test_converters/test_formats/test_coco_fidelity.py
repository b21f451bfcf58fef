"""COCO to COCO is equal, and what we write is what COCO's own tools take."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from converters.formats.coco import coco
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DatasetLayoutError
from test_converters.small_sets import DATA, boxes_only, image

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
OWN = st.dictionaries(st.text(min_size=1, max_size=4).map("own_".__add__), PLAIN, max_size=2)
NUMBERS = st.integers(-10_000, 2_000_000).map(lambda number: number / 1000) | st.floats(-100, 5000)

SHAPES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"segmentation": [[1, 2, 3, 4, 5, 6]]},
        {"keypoints": [1.5, 2, 2], "num_keypoints": 1},
        {"keypoints": [0, 0, 0], "num_keypoints": 0},
        {"ignore": 0},
        {"ignore": 1},
        {"keypoints": [1, 2, 1, 3, 4, 2], "num_keypoints": 2},
    ]
)


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """COCO files with ids in any order and keys of their own everywhere."""
    ids = draw(st.lists(st.integers(0, 10**9), unique=True, min_size=1, max_size=3))
    images = [{"id": one, "file_name": f"{one}.jpg", "width": 9, "height": 8, **draw(OWN)} for one in ids]
    heads: list[dict[str, Any]] = []
    for number in draw(st.lists(st.integers(1, 10**9), unique=True, max_size=5)):
        box = [draw(NUMBERS), draw(NUMBERS), abs(draw(NUMBERS)), abs(draw(NUMBERS))]
        area = draw(st.just(box[2] * box[3]) | st.floats(0, 1e6))
        head = {"id": number, "image_id": draw(st.sampled_from(ids)), "category_id": draw(st.sampled_from([3, 5]))}
        values = {"bbox": box, "area": area, "iscrowd": draw(st.sampled_from([0, 1])), **draw(SHAPES)}
        heads.append({**head, **values, **draw(OWN)})
    categories = [
        {"id": 3, "name": "head", **draw(OWN)},
        {"id": 5, "name": "cap", "keypoints": ["head"], "skeleton": []},
    ]
    own = {**draw(OWN), "info": draw(OWN), "head_categories": [3, 5]}
    return {**own, "images": images, "categories": categories, "annotations": heads}


def sorted_lists(content: dict[str, Any]) -> dict[str, Any]:
    """The file with images and annotations in the order of their ids: the only thing that may change."""
    key = {"images", "annotations"}
    return {name: sorted(value, key=lambda one: one["id"]) if name in key else value for name, value in content.items()}


def through(source: Path, target: Path, *scenes: str) -> dict[str, Any]:
    """A file read and written again, by way of one scene at a time where `scenes` are named."""
    dataset = coco.read(source, coco.ReadOptions())
    coco.write(dataset.only(scenes) if scenes else dataset, target, coco.WriteOptions(), "none")
    content: dict[str, Any] = json.loads(target.read_text())
    return content


@settings(max_examples=80, deadline=None)
@given(content=files())
def test_a_file_comes_back_equal(content: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("coco")
    (folder / "x.json").write_text(json.dumps(content))
    assert sorted_lists(
        through(
            folder / "x.json",
            folder / "y.json",
        )
    ) == sorted_lists(content)


def test_the_golden_file_comes_back_equal(tmp_path: Path) -> None:
    golden = DATA / "tiny_coco" / "annotations" / "instances.json"
    written = through(DATA / "tiny_coco", tmp_path / "y.json")
    assert sorted_lists(written) == sorted_lists(json.loads(golden.read_text()))


def test_one_scene_of_a_file_keeps_its_own_keys(tmp_path: Path) -> None:
    written = through(DATA / "tiny_coco", tmp_path / "y.json", "street")
    assert {head["id"]: head.get("note") for head in written["annotations"]} == {5: None, 2: 'cut, {"a"}, {"b"}'}


def test_area_and_segmentation_of_another_box_are_left_out(tmp_path: Path) -> None:
    def grown(heads: ImageAnnotations) -> ImageAnnotations:
        return heads.replace(boxes=heads.boxes + np.array([0, 0, 1, 1]))

    coco.write(
        coco.read(DATA / "tiny_coco", coco.ReadOptions()).map(grown), tmp_path / "y.json", coco.WriteOptions(), "none"
    )
    heads = {head["id"]: head for head in json.loads((tmp_path / "y.json").read_text())["annotations"]}
    assert (heads[2]["bbox"], heads[2]["area"]) == ([-1, 8, 4.125, 6], 24.75)
    assert "segmentation" not in heads[2]
    assert "note" in heads[2]


def test_new_heads_get_new_numbers(tmp_path: Path) -> None:
    square, first, second = coco.read(DATA / "tiny_coco", coco.ReadOptions())
    added = second.replace(points=[[1, 1]], boxes=[[0, 0, 2, 2]], ids=[-1], ignore=[False], extra={})
    dataset = in_memory([square, first, added], tmp_path)
    coco.write(dataset, tmp_path / "y.json", coco.WriteOptions(), "none")
    heads = json.loads((tmp_path / "y.json").read_text())["annotations"]
    assert {head["id"]: head["image_id"] for head in heads} == {9: 30, 5: 10, 2: 10, 10: 20}


def test_both_flags_follow_a_head_that_is_changed(tmp_path: Path) -> None:
    flags = [(0, 0), (0, 1), (1, 0), (1, 1)]
    heads = [
        {"id": 1 + place, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": crowd, "ignore": ignore}
        for place, (crowd, ignore) in enumerate(flags)
    ]
    images = [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}]
    content = {"images": images, "categories": [{"id": 1, "name": "head"}], "annotations": heads}
    (tmp_path / "x.json").write_text(json.dumps(content))

    def turned(heads: ImageAnnotations) -> ImageAnnotations:
        return heads.replace(ignore=~heads.ignore)

    dataset = coco.read(tmp_path / "x.json", coco.ReadOptions()).map(turned)
    coco.write(dataset, tmp_path / "y.json", coco.WriteOptions(), "none")
    written = json.loads((tmp_path / "y.json").read_text())["annotations"]
    assert [(head["iscrowd"], head["ignore"]) for head in written] == [(1, 1), (0, 0), (0, 0), (0, 0)]


def write_split(folder: Path, split: str, name: str) -> None:
    image = {"id": 1, "file_name": f"{split}.jpg", "width": 9, "height": 9}
    head = {"id": 1, "image_id": 1, "category_id": 4, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0, "mine": split}
    content = {"images": [image], "annotations": [head], "categories": [{"id": 4, "name": name}]}
    (folder / "annotations").mkdir(parents=True, exist_ok=True)
    (folder / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))


def test_splits_keep_their_numbers_apart_and_get_new_ones_together(tmp_path: Path) -> None:
    for split in ("train", "val"):
        write_split(tmp_path / "in", split, "head")
    dataset = coco.read(tmp_path / "in", coco.ReadOptions())
    coco.write(dataset, tmp_path / "out", coco.WriteOptions(), "none")
    coco.write(dataset, tmp_path / "both.json", coco.WriteOptions(), "none")
    for split in ("train", "val"):
        name = f"annotations/instances_{split}.json"
        assert json.loads((tmp_path / "out" / name).read_text()) == json.loads((tmp_path / "in" / name).read_text())
    both = json.loads((tmp_path / "both.json").read_text())
    assert [(one["id"], one["image_id"], one["mine"]) for one in both["annotations"]] == [
        (1, 1, "train"),
        (2, 2, "val"),
    ]
    assert [(one["id"], one["split"]) for one in both["images"]] == [(1, "train"), (2, "val")]


def test_files_that_number_their_categories_differently_cannot_be_joined(tmp_path: Path) -> None:
    write_split(tmp_path, "train", "head")
    write_split(tmp_path, "val", "hat")
    with pytest.raises(DatasetLayoutError, match="category 4"):
        coco.write(coco.read(tmp_path, coco.ReadOptions()), tmp_path / "both.json", coco.WriteOptions(), "none")


def evaluated(truth: COCO, kind: str, results: list[dict[str, Any]]) -> float:
    """Average precision by pycocotools."""
    scores = COCOeval(truth, truth.loadRes(results), kind)
    scores.params.maxDets = [1, 100, 5000] if kind == "bbox" else [5000]
    if kind == "keypoints":
        scores.params.kpt_oks_sigmas = np.array([0.1])
    scores.evaluate()
    scores.accumulate()
    return float(scores.eval["precision"][:, :, 0, 0, -1].mean())


def crowd(rng: np.random.Generator, **columns: Any) -> Dataset:
    corners = rng.uniform(20, 1000, (300, 2))
    sizes = rng.uniform(8, 40, (300, 2))
    return in_memory(
        [image("s/a.png", np.hstack([corners, corners + sizes]), width=1040, height=1040, **columns)], Path()
    )


@pytest.mark.parametrize(("kind", "options"), [("bbox", {}), ("keypoints", {"keypoints": True})])
def test_pycocotools_scores_a_crowd_against_itself_as_perfect(kind: str, options: Any, tmp_path: Path) -> None:
    dataset = crowd(np.random.default_rng(0))
    coco.write(dataset, tmp_path / "x.json", coco.WriteOptions(**options), "none")
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(tmp_path / "x.json"))
        keys = ("image_id", "category_id", "bbox" if kind == "bbox" else "keypoints")
        results = [{**{key: head[key] for key in keys}, "score": 0.5} for head in truth.anns.values()]
        assert evaluated(truth, kind, results) == 1
        assert evaluated(truth, kind, results[:150]) < 0.6


def test_pycocotools_does_not_count_ignored_heads(tmp_path: Path) -> None:
    dataset = crowd(np.random.default_rng(1), ignore=np.arange(300) >= 100)
    coco.write(dataset, tmp_path / "x.json", coco.WriteOptions(), "none")
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(tmp_path / "x.json"))
        heads = [head for head in truth.anns.values() if not head["iscrowd"]]
        results = [{"image_id": 1, "category_id": 1, "bbox": head["bbox"], "score": 1.0} for head in heads]
        assert len(heads) == 100
        assert evaluated(truth, "bbox", results) == 1


def test_pycocotools_finds_images_and_categories(tmp_path: Path) -> None:
    coco.write(boxes_only(), tmp_path / "x.json", coco.WriteOptions(), "none")
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(tmp_path / "x.json"))
    assert {one["file_name"]: len(truth.getAnnIds(one["id"])) for one in truth.imgs.values()} == {
        "street/a.png": 2,
        "street/b.png": 0,
        "square/c.png": 1,
    }
    assert truth.loadCats(truth.getCatIds(catNms=["head"]))[0]["supercategory"] == "person"
