from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from converters.formats.coco import coco, coco_heads
from converters.formats.options import parse_options
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError
from test_converters.small_sets import DATA, assert_same_heads, boxes_only, crowds, image, write_pictures

GOLDEN = DATA / "tiny_coco"


def dump(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def minimal(**changes: Any) -> dict[str, Any]:
    """One image with one head; `changes` are to the annotation."""
    head = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0, **changes}
    image = {"id": 1, "file_name": "a.jpg", "width": 16, "height": 12}
    return {"images": [image], "categories": [{"id": 1, "name": "head"}], "annotations": [head]}


def read(path: Path, *options: str) -> list[ImageAnnotations]:
    return list(coco.read(path, parse_options(coco.ReadOptions, options)))


def write(dataset: Dataset, target: Path, *options: str) -> Any:
    """What is written to a lone file."""
    coco.write(dataset, target, parse_options(coco.WriteOptions, options), "none")
    return json.loads(target.read_text())


@pytest.mark.parametrize("target", ["y.json", "y"])
def test_two_images_of_one_name_are_refused(target: str, tmp_path: Path) -> None:
    twice = minimal()
    twice["images"].append({**twice["images"][0], "id": 2})
    dataset = coco.read(dump(tmp_path / "x.json", twice), coco.ReadOptions())
    with pytest.raises(DatasetLayoutError, match=r"x.json: two would both be written as 'a.jpg'"):
        coco.write(dataset, tmp_path / target, coco.WriteOptions(), "none")
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def test_two_splits_may_use_one_name_as_their_files_stay_apart(tmp_path: Path) -> None:
    for split in ("train", "val"):
        dump(tmp_path / "x" / "annotations" / f"instances_{split}.json", minimal())
    dataset = coco.read(tmp_path / "x", coco.ReadOptions())
    coco.write(dataset, tmp_path / "y", coco.WriteOptions(), "none")
    assert [image.info.split for image in read(tmp_path / "y")] == ["train", "val"]
    with pytest.raises(DatasetLayoutError, match=r"a.jpg'"):
        coco.write(dataset, tmp_path / "y.json", coco.WriteOptions(), "none")


def test_the_golden_set_is_read() -> None:
    dataset = coco.read(GOLDEN, coco.ReadOptions())
    square, first, second = dataset
    assert [(scene.name, scene.assumed) for scene in dataset.scenes] == [("square", False), ("street", False)]
    assert (dataset.root / first.info.path).is_file()
    assert (first.info.size, first.info.frame, second.info.frame, len(second)) == ((16, 12), 1, 2, 0)
    np.testing.assert_array_equal(first.points, [[3, 4], [0.5625, 10.5]])
    np.testing.assert_array_equal(first.boxes, [[1.5, 2, 4.5, 6.25], [-1, 8, 2.125, 13]])
    assert (first.ids.tolist(), first.ignore.tolist()) == ([7, -1], [False, True])
    np.testing.assert_array_equal(first.extra["visibility"], [np.nan, 0.25])
    np.testing.assert_array_equal(square.extra["score"], [0.875])


@settings(max_examples=40, deadline=None)
@given(dataset=crowds())
def test_what_is_written_comes_back(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> None:
    target = tmp_path_factory.mktemp("set") / "out.json"
    write(dataset, target)
    assert_same_heads(dataset, coco.read(target, coco.ReadOptions()), atol=2e-6)


@pytest.mark.parametrize("options", [(), ("keypoints=true",)])
def test_every_column_comes_back(options: tuple[str, ...], tmp_path: Path) -> None:
    heads = image(
        "s/a.png",
        [[1, 2, 3, 4], [np.nan] * 4, [5, 5, 9, 9]],
        points=[[1.25, 2.5], [6, 7], [7, 7]],
        ids=[0, -1, 9],
        ignore=[True, False, False],
        extra={"visibility": [0, np.nan, 0.5], "score": [np.nan, 0.5, 1]},
        frame=4,
        split="val",
    )
    write(in_memory([heads], tmp_path), tmp_path / "out.json", *options)
    (back,) = read(tmp_path / "out.json")
    assert_same_heads([heads], [back])
    for name, values in heads.extra.items():
        np.testing.assert_array_equal(back.extra[name], values)
    assert (back.info.scene, back.info.frame, back.info.split) == ("s", 4, "val")


def test_a_head_without_a_box_has_the_keypoint_form(tmp_path: Path) -> None:
    written = write(in_memory([image("s/a.png", points=[[6, 7.5]])], tmp_path), tmp_path / "out.json")
    (head,) = written["annotations"]
    assert (head["keypoints"], head["num_keypoints"], head["box_known"]) == ([6, 7.5, 2], 1, False)
    assert (head["bbox"], head["area"], head["id"], head["image_id"]) == ([5.5, 7, 1, 1], 1, 1, 1)
    assert (written["categories"][0]["keypoints"], written["categories"][0]["skeleton"]) == (["head"], [])


@pytest.mark.parametrize(
    ("triple", "point", "visibility"),
    [([6, 7, 2], [6, 7], None), ([6, 7, 1], [6, 7], 0), ([0, 0, 0], [2.5, 4], None)],
)
def test_keypoints_of_others_are_read(
    triple: list[int], point: list[float], visibility: float | None, tmp_path: Path
) -> None:
    content = minimal(keypoints=triple, num_keypoints=1)
    content["categories"][0] |= {"keypoints": ["head"], "skeleton": []}
    (back,) = read(dump(tmp_path / "x.json", content))
    assert back.points.tolist() == [point]
    assert ("visibility" in back.extra) == (visibility is not None)
    assert write(in_memory([back], tmp_path), tmp_path / "out.json")["annotations"] == content["annotations"]


def test_splits_are_files(tmp_path: Path) -> None:
    split = [image("s/1.png", [[0, 0, 4, 4]], split="train"), image("s/2.png", split="test"), image("s/3.png")]
    coco.write(in_memory(split, tmp_path), tmp_path / "out", coco.WriteOptions(), "none")
    folder = tmp_path / "out" / "annotations"
    names = ["instances_default.json", "instances_test.json", "instances_train.json"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert [one.info.split for one in read(tmp_path / "out")] == ["train", "test", None]
    coco.write(in_memory(split[:1], tmp_path), tmp_path / "out", coco.WriteOptions(), "none")
    assert [path.name for path in folder.iterdir()] == ["instances_train.json"]


@pytest.mark.parametrize("place", ["sub", "sub/images", "images", "images/train"])
def test_pictures_of_a_lone_file_are_looked_up(place: str, tmp_path: Path) -> None:
    write_pictures(tmp_path / place, [image("a.jpg", width=20, height=10)])
    content = minimal()
    del content["images"][0]["width"]
    dataset = coco.read(dump(tmp_path / "sub" / "person_train2017.json", content), coco.ReadOptions())
    (back,) = dataset
    assert (dataset.root / back.info.path).is_file()
    assert (back.info.size, back.info.split, back.info.name) == ((20, 10), "train", "a")
    assert write(dataset, tmp_path / "out.json")["images"][0]["file_name"] == "a.jpg"


@pytest.mark.parametrize(
    ("grouping", "scenes"),
    [
        ("auto", [("hall", False), ("instances", True), ("s", True)]),
        ("folder", [("instances", False), ("s", False)]),
        ("image", [("p1", False), ("p2", False), ("p3", False), ("s_4", False), ("s_5", False)]),
        ("one", [("instances", False)]),
    ],
)
def test_scenes_are_an_option(grouping: str, scenes: list[tuple[str, bool]], tmp_path: Path) -> None:
    content = minimal()
    names = ["p1.jpg", "p2.jpg", "p3.jpg", "s/4.jpg", "s/5.jpg"]
    content["images"] = [{"id": number, "file_name": name} for number, name in enumerate(names, start=1)]
    content["images"][0]["scene"] = "hall"
    options = parse_options(coco.ReadOptions, [f"scenes={grouping}"])
    dataset = coco.read(dump(tmp_path / "instances.json", content), options)
    assert [(scene.name, scene.assumed) for scene in dataset.scenes] == scenes
    stored = {one["file_name"]: one.get("scene") for one in write(dataset, tmp_path / "out.json")["images"]}
    assert (stored["p2.jpg"] is None) == (grouping == "auto")


@pytest.mark.parametrize(
    ("changes", "record", "value"),
    [
        ({"bbox": [1, 2, 3]}, "annotations[0].bbox", "list of 4 values"),
        ({"bbox": [1, 2, 3, "4x"]}, "annotations[0].bbox[3]", "the text '4x', expected a number"),
        ({"bbox": None}, "annotations[0]", "has no 'bbox', and no outline or mask"),
        ({"id": 1.5}, "annotations[0].id", "1.5, expected a whole number"),
        ({"track_id": 10**30}, "annotations[0].track_id", "expected a whole number of at most 4611686018427387904"),
        ({"image_id": 7}, "annotations[0].image_id", "nothing in images has the id 7"),
        ({"image_id": "b"}, "annotations[0].image_id", "nothing in images has the id 'b'"),
        ({"category_id": 7}, "annotations[0].category_id", "7"),
        ({"iscrowd": 2}, "annotations[0].iscrowd", "found 2, expected 0 or 1"),
        ({"ignore": "x"}, "annotations[0].ignore", "found the text 'x', expected 0 or 1"),
        ({"track_id": 1.5}, "annotations[0].track_id", "1.5"),
        ({"point": [1]}, "annotations[0].point", "list of 2 values"),
        ({"note": 1, "score": "high"}, "annotations[0].score", "'high'"),
    ],
)
def test_a_broken_annotation_is_named(changes: dict[str, Any], record: str, value: str, tmp_path: Path) -> None:
    file = dump(tmp_path / "x.json", minimal(**changes))
    with pytest.raises(DataFormatError, match=value) as caught:
        read(file)
    assert (caught.value.path, caught.value.record) == (file, record)


@pytest.mark.parametrize(
    ("key", "content", "record", "value"),
    [
        ("images", None, "images", "null"),
        ("images", [{"id": 1}], "images[0]", "file_name"),
        (
            "images",
            [{"id": 1, "file_name": "a", "width": "wide"}],
            "images[0].width",
            "the text 'wide', expected a whole number",
        ),
        ("images", [{"id": 1, "file_name": "../a.jpg"}], "images[0].file_name", r"'\.\./a\.jpg'"),
        (
            "images",
            [{"id": 1, "file_name": "a"}, {"id": 1, "file_name": "b"}],
            "annotations[0].image_id",
            r"1 is the id of images\[0\] and of images\[1\]",
        ),
        ("categories", [{"id": 1.5, "name": "head"}], "categories[0].id", "1.5, expected a whole number"),
        ("categories", ["head"], "categories[0]", "the text 'head', expected an object"),
        (
            "categories",
            [{"id": 1, "name": "head"}, {"id": 1, "name": "hat"}],
            "annotations[0].category_id",
            r"1 is the id of categories\[0\] and of categories\[1\]",
        ),
        ("annotations", {}, "annotations", "list"),
        ("annotations", [{"id": 1, "image_id": 1, "category_id": 1}], "annotations[0]", "bbox"),
        ("annotations", [3], "annotations[0]", "3"),
    ],
)
def test_a_broken_list_is_named(key: str, content: Any, record: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(DataFormatError, match=value) as caught:
        read(dump(tmp_path / "x.json", {**minimal(), key: content}))
    assert caught.value.record == record


def test_a_file_without_images_is_refused(tmp_path: Path) -> None:
    content = minimal()
    del content["images"]
    with pytest.raises(DataFormatError, match="no 'images'"):
        read(dump(tmp_path / "x.json", content))


@pytest.mark.parametrize("text", ["[]", "3", "", '{"images": [', json.dumps(minimal())[:-9], '{"images": [1 2]}'])
def test_what_is_no_coco_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(DataFormatError, match=r"x\.json"):
        read(tmp_path / "x.json")


@pytest.mark.parametrize("good", [b"[1, 2, 3, 4]", b"16", b'"head"', b'"a.jpg"', b'"unknown"'])
@pytest.mark.parametrize("bad", [b"NaN", b"-Infinity", b"1e999", b'"\xff"', b"[" * 5000])
def test_values_that_are_no_json_are_refused(good: bytes, bad: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(json.dumps(minimal(note="unknown")).encode().replace(good, bad))
    with pytest.raises(DataFormatError) as caught:
        read(file)
    assert caught.value.path == file


@pytest.mark.parametrize("size", [1, 40, 97, 300])
def test_pieces_are_cut_between_records_only(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = minimal(own=[{"a": 1}, {"b": [{}, {}]}], note='}, {"id": 3}, {')
    content["annotations"] = [{**content["annotations"][0], "id": number} for number in range(1, 8)]
    file = dump(tmp_path / "x.json", content)
    monkeypatch.setattr(coco_heads, "_PIECE", size)
    dataset = coco.read(file, coco.ReadOptions())
    assert write(dataset, tmp_path / "out.json")["annotations"] == content["annotations"]
    content["annotations"][5] = {**content["annotations"][5], "bbox": "wide"}
    with pytest.raises(DataFormatError) as caught:
        read(dump(file, content))
    assert caught.value.record == "annotations[5].bbox"


@pytest.mark.parametrize("text", ["[]", "[ ]", "[" + " " * 99 + "]"])
def test_a_file_without_heads_is_read(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(
        f'{{"images": [{{"id": 1, "file_name": "a.jpg"}}], "annotations": {text}, "categories": []}}'
    )
    (back,) = coco.read(tmp_path / "x.json", coco.ReadOptions())
    assert len(back) == 0


def test_two_files_of_one_split_are_refused(tmp_path: Path) -> None:
    for name in ("person_keypoints_train.json", "captions_train.json"):
        dump(tmp_path / "annotations" / name, minimal())
    with pytest.raises(DatasetLayoutError, match=r"captions_train\.json and annotations/person_keypoints_train\.json"):
        read(tmp_path)
    dump(tmp_path / "annotations" / "instances_train.json", minimal())
    assert len(read(tmp_path)) == 1


@pytest.mark.parametrize("name", ["data.json", "annotations/x.json", "data.json.gz"])
def test_files_and_folders_are_detected(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    text = b"\xef\xbb\xbf" + json.dumps(minimal()).encode()
    file.write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    (tmp_path / "anchors.json").write_text("{}")
    assert coco.detect(file)
    assert coco.detect(tmp_path)
    assert len(read(file)) == len(read(tmp_path)) == 1


@pytest.mark.parametrize("content", [[], {}, {"image_info": []}, {"shapes": []}, {"images": 3}])
def test_other_json_is_not_taken_for_coco(content: Any, tmp_path: Path) -> None:
    assert not coco.detect(dump(tmp_path / "x.json", content))


def test_a_head_that_is_not_finite_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="finite"):
        write(in_memory([image("s/a.png", [[0, 0, np.inf, 1]])], tmp_path), tmp_path / "out.json")
    assert not list(tmp_path.iterdir())


def test_pictures_are_copied_to_their_names(tmp_path: Path) -> None:
    dataset = boxes_only(write_pictures(tmp_path / "in", boxes_only()))
    coco.write(dataset, tmp_path / "out", coco.WriteOptions(), "copy")
    shutil.rmtree(tmp_path / "in")
    back = coco.read(tmp_path / "out", coco.ReadOptions())
    assert all((back.root / one.info.path).is_file() for one in back)


@pytest.mark.samples
@pytest.mark.parametrize(("split", "heads"), [("train", 1), ("val", 2)])
def test_the_samples_of_datumaro_come_back_equal(split: str, heads: int, samples: Path, tmp_path: Path) -> None:
    file = samples / "generic_formats/coco_dataset/coco_person_keypoints/annotations" / f"person_keypoints_{split}.json"
    dataset = coco.read(file, coco.ReadOptions())
    assert sum(len(one) for one in dataset) == heads
    assert write(dataset, tmp_path / f"instances_{split}.json") == json.loads(file.read_text())


def test_an_export_under_its_former_name_is_replaced(tmp_path: Path) -> None:
    former = dump(tmp_path / "out" / "annotations" / "instances.json", minimal())
    assert len(read(tmp_path / "out")) == 1
    coco.write(boxes_only(), tmp_path / "out", coco.WriteOptions(), "none")
    assert [path.name for path in former.parent.iterdir()] == ["instances_default.json"]
    assert len(read(tmp_path / "out")) == 3


def test_a_split_called_default_shares_the_file_of_images_without_one(tmp_path: Path) -> None:
    coco.write(
        in_memory([image("s/1.png", split="default"), image("s/2.png")], tmp_path),
        tmp_path / "out",
        coco.WriteOptions(),
        "none",
    )
    assert [one.info.split for one in read(tmp_path / "out")] == ["default", None]
