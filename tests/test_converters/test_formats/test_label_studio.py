"""Label Studio: read, refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converters.datasets.read import read_dataset
from converters.formats import label_studio
from converters.formats.options import parse_options
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from test_converters.small_sets import image, write_pictures

SIZE = {"original_width": 200, "original_height": 100}


def box(*place: float, label: str = "head", **keys: Any) -> dict[str, Any]:
    """A result with a rectangle, x y width height in percent."""
    value = dict(zip(("x", "y", "width", "height"), place, strict=False)) | {"rotation": 0, "rectanglelabels": [label]}
    return {"type": "rectanglelabels", "value": value, "image_rotation": 0, **SIZE, **keys}


def point(*place: float, **keys: Any) -> dict[str, Any]:
    value = {"x": place[0], "y": place[1], "width": 0.3, "keypointlabels": ["head"]}
    return {"type": "keypointlabels", "value": value, **SIZE, **keys}


def task(picture: str, *answers: Any, predictions: Any = (), **keys: Any) -> dict[str, Any]:
    """A task; an answer is a list of results."""
    annotations = [{"id": 1, "result": answer, "was_cancelled": False} for answer in answers]
    return {"id": 1, "data": {"image": picture}, "annotations": annotations, "predictions": predictions, **keys}


def write_tasks(file: Path, *tasks: Any) -> Path:
    file.write_text(json.dumps(tasks))
    return file


def read(path: Path, *options: str) -> Dataset:
    return label_studio.read(path, parse_options(label_studio.ReadOptions, options))


def only(dataset: Dataset) -> ImageAnnotations:
    (found,) = dataset
    return found


def test_percent_of_the_size_become_pixels(tmp_path: Path) -> None:
    polygon = {"type": "polygonlabels", "value": {"points": [[1, 2]], "polygonlabels": ["head"]}, **SIZE}
    choice = {"type": "choices", "value": {"choices": ["crowded"]}}
    results = [box(10, 20, 5, 10, id="a"), point(50, 50, id="b"), polygon, choice]
    write_tasks(
        tmp_path / "export.json", task("/data/upload/1/1a2b3c4d-a.jpg", results), task("s3://x/y/b%20c.jpg", [])
    )
    write_pictures(tmp_path / "images", [image("a.jpg", width=200, height=100), image("b c.jpg")])
    name, dataset = read_dataset(tmp_path)
    found, empty = dataset
    assert name == "label_studio"
    assert (found.info.path, found.info.name, found.info.size) == ("images/a.jpg", "a", (200, 100))
    assert found.points.tolist() == [[25, 25], [100, 50]]
    np.testing.assert_array_equal(found.boxes, [[20, 20, 30, 30], [np.nan] * 4])
    assert (empty.info.path, len(empty), empty.info.size) == ("images/b c.jpg", 0, (16, 12))
    assert [note.partition(": ")[2] for note in dataset.notes] == [
        "1 shape that is neither a box nor a point is left out: polygon (1)",
        "1 boxes and 1 points of one category lie in one picture; each counts as a head",
    ]


@pytest.mark.parametrize(
    ("angle", "corners"), [(90, [10, 20, 20, 40]), (-90, [20, 0, 30, 20]), (360, [20, 20, 40, 30])]
)
def test_a_turned_rectangle_becomes_the_upright_box_around_it(
    tmp_path: Path, angle: float, corners: list[float]
) -> None:
    result = box(10, 20, 10, 10)
    result["value"]["rotation"] = angle
    dataset = read(write_tasks(tmp_path / "a.json", task("a.jpg", [result])))
    np.testing.assert_allclose(only(dataset).boxes, [corners], atol=1e-9)
    assert dataset.notes == ("a.json: 1 turned rectangles become the upright boxes around them",)


def test_which_annotation_counts(tmp_path: Path) -> None:
    one, two = [box(0, 0, 1, 1)], [box(0, 0, 2, 2)]
    cancelled = task("b.jpg", one, two)
    cancelled["annotations"][0]["was_cancelled"] = True
    skipped = task("e.jpg", one)
    skipped["annotations"][0]["was_cancelled"] = True
    old = {"data": {"image": "f.jpg"}, "completions": [{"result": two}]}
    guess = [{"result": [box(0, 0, 3, 3, score=0.5)]}, {"result": one}]
    tasks = [task("a.jpg", one, two), cancelled, task("c.jpg", predictions=guess), task("d.jpg"), skipped, old]
    dataset = read(write_tasks(tmp_path / "a.json", *tasks))
    assert [(found.info.name, found.boxes[0, 2]) for found in dataset] == [("a", 2), ("b", 4), ("c", 6), ("f", 4)]
    assert [found.extra["score"].tolist() for found in dataset if found.extra] == [[0.5]]
    assert dataset.notes == (
        "a.json: 1 tasks have several annotations; the first that is not cancelled counts",
        "a.json: 1 tasks have no annotation; their first prediction counts",
        "a.json: 2 tasks are not labelled or cancelled; their pictures are left out",
    )


def test_shapes_and_labels_may_be_tags_of_their_own(tmp_path: Path) -> None:
    geometry = {"x": 0, "y": 0, "width": 10, "height": 10}
    results = [
        {"id": "1", "type": "rectangle", "value": geometry, **SIZE},
        {"id": "1", "type": "labels", "value": {**geometry, "labels": ["head"]}, **SIZE},
        {"id": "1", "type": "textarea", "value": {**geometry, "text": ["x"]}, **SIZE},
        {"id": "2", "type": "rectangle", "value": geometry, **SIZE},
        {"id": "2", "type": "labels", "value": {**geometry, "labels": ["hat"]}, **SIZE},
    ]
    file = write_tasks(tmp_path / "a.json", task("a.jpg", results))
    assert [len(one) for one in read(file)] == [1]
    assert [len(one) for one in read(file, "category=head,hat")] == [2]
    assert [len(one) for one in read(write_tasks(file, task("a.jpg", results[::3])))] == [2]


def test_the_flat_export(tmp_path: Path) -> None:
    flat = {**box(10, 20, 5, 10)["value"], **SIZE}
    mark = {**point(50, 50)["value"], **SIZE}
    outline = {"points": [[1, 2]], "polygonlabels": ["head"], **SIZE}
    row = {"image": "/data/upload/1/a.jpg", "id": 1, "label": [flat, flat, outline], "kp": [mark], "annotator": 1}
    more = {"id": 2, "picture": "b.jpg", "created_at": "2024", "annotation_id": 7, "choice": "crowded"}
    name, dataset = read_dataset(write_tasks(tmp_path / "a.json", row, {**row, "annotator": 2}, more))
    found, empty = dataset
    assert name == "label_studio"
    assert found.boxes[:2].tolist() == [[20, 20, 30, 30]] * 2
    assert (found.points[2].tolist(), len(found), len(empty)) == ([100, 50], 3, 0)
    assert dataset.notes[0] == "a.json: 1 tasks have several annotations; the first that is not cancelled counts"
    shape = {key: value for key, value in flat.items() if key != "rectanglelabels"}
    apart = {**row, "label": [{**shape, "labels": ["head"]}] * 2, "bbox": [shape, shape], "kp": []}
    assert [len(one) for one in read(write_tasks(tmp_path / "a.json", apart), "category=head")] == [2]


@pytest.mark.parametrize("key", ["x", "y", "width"])
def test_a_number_that_the_flat_export_lacks(key: str, tmp_path: Path) -> None:
    flat = {**box(10, 20, 5, 10)["value"], **SIZE}
    del flat[key]
    file = write_tasks(tmp_path / "a.json", {"image": "a.jpg", "annotator": 1, "label": [flat]})
    with pytest.raises(DataFormatError, match=rf"\[0\]\.label\[0\]\.value: has no '{key}'"):
        read(file)


def test_folders_of_splits(tmp_path: Path) -> None:
    for split in ("train", "test"):
        (tmp_path / split).mkdir()
        write_tasks(tmp_path / split / "export.json", task("x/a.jpg", [box(0, 0, 1, 1)]))
    write_pictures(tmp_path / "train/images", [image("a.jpg")])
    assert [(one.info.path, one.info.split, one.info.name) for one in read_dataset(tmp_path)[1]] == [
        ("test/a.jpg", "test", "a"),
        ("train/images/a.jpg", "train", "a"),
    ]


def test_results_of_other_kinds_are_counted(tmp_path: Path) -> None:
    results = [box(1, 2, 3, 4, type=kind) for kind in ("", "ellipselabels", "magicwand", "rating")]
    dataset = read(write_tasks(tmp_path / "a.json", task("a.jpg", results)))
    assert len(only(dataset)) == 0
    kinds = "no type (1), ellipse (1), magicwand (1)"
    assert dataset.notes == (f"a.json: 3 shapes that are no boxes or points are left out: {kinds}",)


def test_sizes_that_are_missing_come_from_the_picture(tmp_path: Path) -> None:
    result = {key: value for key, value in box(0, 0, 50, 50).items() if key not in SIZE}
    file = write_tasks(tmp_path / "a.json", task("a.jpg", [result]))
    with pytest.raises(DataFormatError, match=r"a\.json: \[0\]: regions have no original_width"):
        read(file)
    write_pictures(tmp_path, [image("a.jpg", width=40, height=20)])
    assert only(read(file)).boxes.tolist() == [[0, 0, 20, 10]]


def test_names_of_servers(tmp_path: Path) -> None:
    file = write_tasks(
        tmp_path / "a.json", task("/data/local-files/?d=set/a.jpg", []), task("https://h/b.jpg?key=1", [])
    )
    assert [one.info.path for one in read(file)] == ["a.jpg", "b.jpg"]
    with pytest.raises(DataFormatError, match="names=last"):
        read(file, "names=whole")
    write_tasks(file, task("x/a.jpg", []), task("y/a.jpg", []))
    with pytest.raises(
        DataFormatError, match=r"a\.json: \[1\]: file names 'x/a\.jpg' and 'y/a\.jpg' have one last part"
    ):
        read(file)
    assert [one.info.path for one in read(file, "names=whole")] == ["x/a.jpg", "y/a.jpg"]


@pytest.mark.parametrize(
    ("results", "record", "words"),
    [
        ([box(1, 2, 3)], "[0].annotations[0].result[0].value", "has no 'height'"),
        ([box(1, 2, 3, 4), box(1, 2, 3, 4, original_width=99)], "[0].annotations[0].result[1]", "200x100 and 99x100"),
        ([box(1, 2, 3, 4, image_rotation=90)], "[0].annotations[0].result[0]", "turned by 90 degrees"),
        ([box("x", 2, 3, 4)], "[0].annotations[0].result[0].value.x", "found the text 'x'"),  # type: ignore[arg-type]
        ([box(1, 2, 3, 4, original_width=0)], "[0].annotations[0].result[0].original_width", "at least 1"),
        ([box(1, 2, 3, 4, value=None)], "[0].annotations[0].result[0]", "has no 'value'"),
        (None, "[0].annotations[0].result", "found null"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, results: Any, record: str, words: str) -> None:
    file = write_tasks(tmp_path / "a.json", task("a.jpg", results))
    with pytest.raises(DataFormatError) as caught:
        read(file)
    assert (caught.value.path, caught.value.record) == (file, record)
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"data": {}, "annotations": []}]', '[{"id": 1}]', "[{"])
def test_no_export(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DataFormatError, match=r"a\.json"):
        read(tmp_path / "a.json")


def test_a_folder_without_an_export(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"image_id": 1, "bbox": [1, 2, 3, 4], "score": 1}]')
    assert not label_studio.detect(tmp_path)
    with pytest.raises(DatasetLayoutError, match="no JSON export"):
        read(tmp_path)
