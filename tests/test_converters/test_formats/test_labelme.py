"""labelme: read, written, refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from converters.datasets.read import read_dataset
from converters.formats.labelme import labelme, labelme_write
from converters.formats.options import NoOptions, parse_options
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError
from test_converters.small_sets import SIZE, assert_same_heads, crowds, image, write_pictures


def shape(kind: str, *points: Any, label: Any = "head", **keys: Any) -> dict[str, Any]:
    return {"label": label, "shape_type": kind, "points": list(points), "group_id": None, "flags": {}, **keys}


def put(file: Path, *shapes: dict[str, Any], **keys: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    size = {"imageWidth": SIZE[0], "imageHeight": SIZE[1]}
    told = {"version": "5.5.0", "shapes": list(shapes), "imagePath": f"{file.stem}.jpg", "imageData": None}
    file.write_text(json.dumps({**told, **size, **keys}))
    return file


def read(path: Path, *options: str) -> Dataset:
    return labelme.read(path, parse_options(labelme.ReadOptions, options))


def test_rectangles_and_points_are_heads(tmp_path: Path) -> None:
    put(
        tmp_path / "s" / "a.json",
        shape("rectangle", [9, 8], [1, 2], track_id=7, group_id=None),
        shape("rectangle", [1, 2], [5, 2], [5, 9], [1, 9], flags={"ignore": True}),
        shape("point", [3, 4], difficult=True, score=0.5),
        shape("polygon", [1, 1], [2, 2], [3, 1]),
        {"label": "head", "points": [[1, 1], [2, 2], [3, 1]]},
        imageData="x" * 99,
    )
    write_pictures(tmp_path, [image("s/a.png"), image("s/b.png")])
    dataset = read(tmp_path)
    (found,) = dataset
    assert (found.info.path, found.info.size, found.info.measured) == ("s/a.png", SIZE, False)
    assert found.points.tolist() == [[5, 5], [3, 5.5], [3, 4]]
    assert found.boxes[:2].tolist() == [[1, 2, 9, 8], [1, 2, 5, 9]]
    assert (found.ids.tolist(), found.ignore.tolist()) == ([7, -1, -1], [False, True, True])
    assert found.extra["score"][2] == 0.5
    name = tmp_path.name
    assert dataset.notes == (
        f"{name}: 2 shapes that are no boxes or points are left out: polygon (2)",
        f"{name}: 2 boxes and 1 points of one category lie in one picture; each counts as a head",
        f"{name}: 1 picture has no label file and is left out: s/b.png",
    )


def test_a_rectangle_and_a_point_of_one_group_are_one_head(tmp_path: Path) -> None:
    boxes = [shape("rectangle", [n, 0], [n + 2, 4], group_id=n, track_id=-1) for n in range(4)]
    points = [shape("point", [9, 9], group_id=g, track_id=t) for g, t in ((2, 5), (1, -1), (1, -1), (8, -1))]
    file = put(tmp_path / "a.json", points[0], *boxes, *points[1:], shape("point", [1, 1], label="hat", group_id=3))
    dataset = read(file, "category=head")
    (found,) = dataset
    assert found.points.tolist() == [[9, 9], [1, 2], [2, 2], [4, 2], [9, 9], [9, 9], [9, 9]]
    assert found.boxes[:4, 0].tolist() == [2, 0, 1, 3]
    assert found.ids.tolist() == [5, -1, -1, -1, -1, -1, -1]
    assert "a.json: 7 shapes have a group_id that joins no rectangle with a point; it is not kept" in dataset.notes


@pytest.mark.parametrize(
    ("named", "lies"),
    [
        ("a.jpg", "s/a.PNG"),
        ("..\\images\\b.jpg", "images/b.png"),
        ("C:\\me\\c.jpg", "s/c.png"),
        ("/home/me/c.jpg", "s/c.png"),
        ("../../../d.jpg", "s/x.jpg"),
        ("gone.BMP", "s/x.BMP"),
        (None, "s/x.jpg"),
    ],
)
def test_where_the_picture_lies(named: str | None, lies: str, tmp_path: Path) -> None:
    root = tmp_path / "set"
    write_pictures(root, [image("s/a.png"), image("images/b.png"), image("s/c.png"), image("../d.png")])
    (root / "s/a.png").rename(root / "s/a.PNG")
    put(root / "s" / ("a.json" if named == "a.jpg" else "x.json"), imagePath=named)
    for folder in (root, root / "s"):
        dataset = read(folder)
        (found,) = dataset
        assert (dataset.root / found.info.path).resolve() == (root / lies).resolve()
        assert found.info.name == Path(lies).stem


def test_of_two_suffixes_the_one_that_is_named_counts(tmp_path: Path) -> None:
    write_pictures(tmp_path, [image("a.png"), image("a.jpg"), image("a.bmp")])
    put(tmp_path / "a.json", imagePath="a.jpg")
    assert [one.info.path for one in read(tmp_path)] == ["a.jpg"]


def test_what_is_written_is_what_labelme_opens(tmp_path: Path) -> None:
    heads = image("s/a.png", [[1.5, 2, 4.5, 6.25], [3, 4, 5, 6]], points=[[3, 4.125], [4, 5.25]], ids=[7, -1])
    more = image("s/b.png", points=[[-5, 6]], ignore=[True], extra={"score": [0.25]})
    labelme_write.write(in_memory([heads, more], Path("/nowhere")), tmp_path / "out", NoOptions(), "none")
    told = json.loads((tmp_path / "out/s/a.json").read_text())
    assert [told[key] for key in ("imagePath", "imageData", "imageWidth", "imageHeight")] == ["a.png", None, *SIZE]
    keys = {"label": "head", "description": "", "flags": {}}
    assert told["shapes"] == [
        {**keys, "group_id": None, "track_id": 7, "points": [[1.5, 2], [4.5, 6.25]], "shape_type": "rectangle"},
        {**keys, "group_id": 2, "points": [[3, 4], [5, 6]], "shape_type": "rectangle"},
        {**keys, "group_id": 2, "points": [[4, 5.25]], "shape_type": "point"},
    ]
    assert json.loads((tmp_path / "out/s/b.json").read_text())["shapes"] == [
        {**keys, "flags": {"ignore": True}, "group_id": None, "score": 0.25, "points": [[-5, 6]], "shape_type": "point"}
    ]
    assert_same_heads([heads, more], read(tmp_path / "out"))


@settings(max_examples=25, deadline=None)
@given(crowds())
def test_there_and_back(tmp_path_factory: pytest.TempPathFactory, dataset: Dataset) -> None:
    target = tmp_path_factory.mktemp("labelme") / "out"
    labelme_write.write(dataset, target, NoOptions(), "none")
    assert_same_heads(dataset, read(target), atol=1e-9)


@pytest.mark.parametrize(
    ("shapes", "record", "words"),
    [
        ([shape("rectangle", [1, 2])], "shapes[0].points", "1 points found, expected two opposite corners"),
        ([shape("point", [1, 2], [3, 4])], "shapes[0].points", "2 points found, expected the one"),
        ([shape("rectangle", [1, 2], [3, 3], [2, 5], [0, 4])], "shapes[0].points", "four of an upright rectangle"),
        ([shape("point", [1])], "shapes[0].points[0]", "list of 2 values"),
        ([shape("point", ["x", 2])], "shapes[0].points[0][0]", "found the text 'x'"),
        ([shape("point", [1, 2], label=None)], "shapes[0].label", "found null"),
        ([shape("point", [1, 2], track_id=1e30)], "shapes[0].track_id", ""),
        ([{"label": "head"}], "shapes[0]", "has no 'points'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, shapes: list[Any], record: str, words: str) -> None:
    file = put(tmp_path / "a.json", *shapes)
    with pytest.raises(DataFormatError) as caught:
        read(tmp_path)
    assert (caught.value.path, caught.value.record) == (file, record)
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": "1"}', '{"shapes": [], "imageWidth": -3}', "\xff"])
def test_no_file_of_labelme(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataFormatError, match=r"a\.json"):
        read(tmp_path)


def test_a_json_of_something_else_is_left_out_and_counted(tmp_path: Path) -> None:
    put(tmp_path / "a.json", shape("point", [1, 2]))
    (tmp_path / "classes.json").write_text('{"head": 0}')
    dataset = read(tmp_path)
    assert dataset.image_count == 1
    told = "1 JSON files are none of labelme and are left out; the first: classes.json"
    assert dataset.notes == (f"{tmp_path.name}: {told}",)
    for text in ('{"shape": [], "imagePath": "b.jpg"}', ""):
        (tmp_path / "classes.json").write_text(text)
        with pytest.raises(DataFormatError, match=r"classes\.json"):
            read(tmp_path)


def test_pictures_that_two_files_name_and_folders_without_files(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="no JSON file"):
        read(tmp_path)
    write_pictures(tmp_path, [image("c.png")])
    for name in ("a", "b"):
        put(tmp_path / f"{name}.json", imagePath="c.png")
    with pytest.raises(DatasetLayoutError, match=r"c\.png"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("boxes", "words"),
    [([[5, 5, 1, 1]], "swapped"), ([[0, 0, np.inf, 1]], "too large"), ([[0, 0, 1e10, 1]], "too large")],
)
def test_what_a_pair_of_corners_cannot_tell_is_refused(tmp_path: Path, boxes: Any, words: str) -> None:
    one = in_memory([image("a.png", boxes, points=[[1, 1]])], Path("/nowhere"))
    with pytest.raises(GtaHeadError, match=f"head 1 of a.png: .*{words}"):
        labelme_write.write(one, tmp_path / "out", NoOptions(), "none")


def test_a_long_picture_in_the_file_does_not_hide_the_format(tmp_path: Path) -> None:
    told = {"flags": {}, "imageData": "A" * 200_000, "shapes": [shape("point", [1, 2])]}
    (tmp_path / "a.json").write_text(json.dumps(told))
    assert [len(one) for one in read_dataset(tmp_path)[1]] == [1]


@pytest.mark.samples
def test_released_examples(samples: Path) -> None:
    name, dataset = read_dataset(samples / "labelme_examples", format_name="labelme", options=["category=person"])
    assert (name, {one.info.name: len(one) for one in dataset}) == ("labelme", {"2011_000006": 4, "primitives": 0})
    assert next(iter(dataset)).info.size == (560, 450)
