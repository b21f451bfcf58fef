"""CVAT: read, written, refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from converters.convert import ConvertOptions, convert
from converters.formats.cvat import cvat, cvat_write
from converters.formats.options import NoOptions
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError
from test_converters.small_sets import assert_same_heads, columns, crowds, image, write_pictures

TRACK = '<track id="{}" label="head">{}</track>'


def put(root: Path, text: str, name: str = "annotations.xml") -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(f"<annotations>\n<version>1.1</version>\n{text}</annotations>\n")
    return root


def shapes(text: str, **told: object) -> str:
    """An image with these shapes."""
    told = {"id": 0, "name": "a.jpg", "width": 16, "height": 12} | told
    attributes = " ".join(f'{key}="{value}"' for key, value in told.items())
    return f"<image {attributes}>{text}</image>\n"


def box(*corners: object, more: str = "", text: str = "") -> str:
    told = " ".join(f'{key}="{value}"' for key, value in zip(("xtl", "ytl", "xbr", "ybr"), corners, strict=True))
    return f'<box label="head" {told} {more}>{text}</box>'


def points(places: str, more: str = "") -> str:
    return f'<points label="head" points="{places}" {more}/>'


def read(path: Path, **options: Any) -> Dataset:
    return cvat.read(path, cvat.ReadOptions(**options))


def write(images: list[ImageAnnotations], root: Path) -> Path:
    cvat_write.write(in_memory(images, Path("/nowhere")), root, NoOptions(), "none")
    return root


def notes(dataset: Dataset) -> list[str]:
    return [note.partition(": ")[2] for note in dataset.notes]


def test_boxes_and_points_are_heads_in_their_order(tmp_path: Path) -> None:
    text = points("1,2;3.5,4") + box(0, 1, 4, 5, more='occluded="1" source="auto" z_order="3"') + '<tag label="x"/>'
    dataset = read(
        put(tmp_path, shapes(text + '<polygon label="head" points="1,1;2,2;3,1"/>') + shapes("", name="b.jpg"))
    )
    first, second = dataset
    assert first.points.tolist() == [[1, 2], [3.5, 4], [2, 3]]
    assert first.boxes[2].tolist() == [0, 1, 4, 5]
    assert first.has_box.tolist() == [False, False, True]
    assert first.extra["occluded"].tolist() == [False, False, True]
    assert (len(second), second.info.size, second.info.split) == (0, (16, 12), None)
    assert notes(dataset) == [
        "2 shapes that are no boxes or points are left out: tag (1), polygon (1)",
        "1 boxes and 2 points of one category lie in one picture; each counts as a head",
    ]


def test_attributes_of_ours_and_others(tmp_path: Path) -> None:
    told = {"track_id": "7", "ignore": "true", "visibility": "0.5", "score": "", "pose": "left"}
    text = "".join(f'<attribute name="{key}">{value}</attribute>' for key, value in told.items())
    dataset = read(put(tmp_path, shapes(box(0, 0, 1, 1, more='occluded="1"', text=text) + box(1, 1, 2, 2))))
    (one,) = dataset
    assert (one.ids.tolist(), one.ignore.tolist()) == ([7, -1], [True, False])
    assert {name: values.tolist()[:1] for name, values in one.extra.items()} == {"visibility": [0.5]}
    assert notes(dataset) == ["attributes are not kept: 'pose' (1)"]


def test_a_box_and_a_point_of_a_group_are_one_head(tmp_path: Path) -> None:
    pair = box(0, 0, 4, 4, more='group_id="1"') + points("1,1", 'group_id="1"')
    three = box(5, 5, 6, 6, more='group_id="2"') + points("5,5", 'group_id="2"') + points("6,6", 'group_id="2"')
    many = box(7, 7, 8, 8, more='group_id="3"') + points("7,7;8,8", 'group_id="3"')
    (one,) = read(put(tmp_path, shapes(pair + three + many)))
    assert one.points.tolist() == [[1, 1], [5.5, 5.5], [5, 5], [6, 6], [7.5, 7.5], [7, 7], [8, 8]]


def test_a_rotated_box_is_read_as_the_upright_one_around_it(tmp_path: Path) -> None:
    dataset = read(
        put(tmp_path, shapes(box(0, 0, 4, 2, more='rotation="90.00"') + box(0, 0, 4, 2, more='rotation="0"')))
    )
    (one,) = dataset
    np.testing.assert_allclose(one.boxes, [[1, -1, 3, 3], [0, 0, 4, 2]], atol=1e-9)
    assert notes(dataset) == ["1 boxes are rotated; each is read as the upright box around it"]


def test_splits_and_pictures(tmp_path: Path) -> None:
    names = {
        "images/a.jpg": "Train",
        "images/Validation/b.JPG": "Validation",
        "images/s/c.jpg": "default",
        "d.jpg": "x",
    }
    told = [name.removeprefix("images/").removeprefix("Validation/") for name in names]
    write_pictures(tmp_path, [image(name) for name in names])
    text = "".join(shapes("", name=name, subset=subset) for name, subset in zip(told, names.values(), strict=True))
    dataset = read(put(tmp_path, text.replace("JPG", "jpg")), scenes="one")
    assert [(one.info.path, one.info.split) for one in dataset] == [
        ("images/a.jpg", "train"),
        ("images/Validation/b.JPG", "val"),
        ("d.jpg", "x"),
        ("images/s/c.jpg", None),
    ]
    put(tmp_path / "two", shapes(""), "train.xml")
    put(tmp_path / "two", "<meta><task><subset>Test</subset></task></meta>" + shapes("", name="e.jpg"), "b.xml")
    (tmp_path / "two/other.xml").write_text("<other/>")
    assert cvat.detect(tmp_path / "two")
    assert [(one.info.path, one.info.split) for one in read(tmp_path / "two")] == [
        ("images/a.jpg", "train"),
        ("images/e.jpg", "test"),
    ]
    assert [one.info.split for one in read(tmp_path / "two/train.xml")] == ["train"]


def test_labels_choose_heads(tmp_path: Path) -> None:
    labels = "".join(f"<label><name>{name}</name></label>" for name in ("person", "head"))
    text = f"<meta><job><labels>{labels}</labels></job></meta>" + shapes(box(0, 0, 1, 1).replace("head", "person"))
    assert [len(one) for one in read(put(tmp_path, text))] == [0]
    assert [len(one) for one in read(tmp_path, category="person")] == [1]


def test_a_video_is_read(tmp_path: Path) -> None:
    meta = "<meta><task><size>4</size><mode>interpolation</mode><frame_filter>step=5</frame_filter>"
    meta += "<original_size><width>16</width><height>12</height></original_size></task></meta>"
    rows = [(0, 0, 1), (5, 0, 1), (10, 1, 1)]
    first = "".join(box(0, 0, 1, 1, more=f'frame="{at}" outside="{out}" keyframe="{key}"') for at, out, key in rows)
    second = points("3,3", 'frame="0" outside="0"') + points("4,4", 'frame="15" outside="0"')
    write_pictures(tmp_path, [image(f"images/frame_{frame:06d}.PNG") for frame in (0, 5)])
    dataset = read(put(tmp_path, meta + TRACK.format(3, first) + TRACK.format("x", second)))
    assert [(os.path.relpath(one.info.path, "images"), one.info.frame, one.ids.tolist()) for one in dataset] == [
        ("frame_000000.PNG", 0, [3, 1]),
        ("frame_000005.PNG", 5, [3]),
        ("frame_000010.png", 10, []),
        ("frame_000015.png", 15, [1]),
    ]
    assert [scene.name for scene in dataset.scenes] == [tmp_path.name]
    assert {one.info.size for one in dataset} == {(16, 12)}
    assert notes(dataset)[0] == "2 frames of tracks have no shape between others that have one; nothing is put there"


@settings(max_examples=60, deadline=None)
@given(crowds())
def test_there_and_back(tmp_path_factory: pytest.TempPathFactory, crowd: Dataset) -> None:
    after = read(write(list(crowd), tmp_path_factory.mktemp("cvat")))
    assert_same_heads(crowd, after, atol=1e-6)
    assert [scene.name for scene in after.scenes] == sorted(scene.name for scene in crowd.scenes)


def test_heads_of_all_kinds_come_back_in_their_order(tmp_path: Path) -> None:
    boxes = np.array([[0, 0, 2, 2], [np.nan] * 4, [1, 1, 4, 4], [5, 5, 6, 7]])
    mixed = image(
        's/a "b" <c>.png',
        boxes,
        points=[[1, 1], [3, 3], [1.5, 2], [5.5, 6]],
        ids=[-1, 4, 5, -1],
        ignore=[False, True, False, True],
        split="val",
        extra={
            "score": [0.25, np.nan, 1e-3, 0.5],
            "visibility": [1, 0, np.nan, 0.5],
            "occluded": [True] * 2 + [False] * 2,
        },
    )
    (after,) = read(write([mixed], tmp_path))
    assert_same_heads([mixed], [after])
    assert after.info.split == "val"
    for name in ("score", "visibility"):
        np.testing.assert_array_equal(after.extra[name], mixed.extra[name])
    text = (tmp_path / "annotations.xml").read_text()
    assert [line.split('occluded="')[1][0] for line in text.splitlines() if "occluded" in line] == [*"110", "0", "1"]
    assert 'name="s/a &quot;b&quot; &lt;c&gt;.png" subset="Validation"' in text
    write([mixed], tmp_path / "one.xml")
    assert columns(read(tmp_path / "one.xml")).keys() == columns([mixed]).keys()


BROKEN = [
    (shapes("", name="../a.jpg"), 3, r"image\[0\].name: .*leaves the folder"),
    (shapes("") + shapes(""), 4, r"image\[1\].name: 'a.jpg' is also the name of image\[0\]"),
    (shapes("").replace(' name="a.jpg"', ""), 3, r"image\[0\].name: is missing"),
    (shapes("", width="-5"), 3, r"image\[0\]: -5 x 12 is no size"),
    (shapes("", width="nan"), 3, "nan x 12 is no size"),
    (shapes("\n" + box(0, 1, "1e999", 2)), 4, r"image\[0\].box\[0\].xbr: '1e999' is no finite number"),
    (shapes(box(0, 0, 1, 1) + "\n" + box(0, 1, "nan", 2)), 4, r"box\[1\].xbr: 'nan' is no finite number"),
    (shapes(box(0, 1, "1_0", 2)), 3, "'1_0' is no finite number"),
    (shapes(box(0, 1, "", 2)), 3, "'' is no finite number"),
    (shapes('<box label="head" xtl="1" ytl="1" xbr="2"/>'), 3, r"box\[0\].ybr: is missing"),
    (shapes(box(0, 1, 2, 2).replace(' label="head"', "")), 3, r"box\[0\].label: is missing"),
    (shapes(box(0, 1, 2, 2, more='occluded="x"')), 3, r"occluded: 'x' is neither 0 nor 1"),
    (shapes(box(0, 1, 2, 2, more='rotation="x"')), 3, r"rotation: 'x' is no finite"),
    (shapes(box(0, 1, 2, 2, text='<attribute name="track_id">1.5</attribute>')), 3, "'1.5' is no id"),
    (shapes(box(0, 1, 2, 2, text='<attribute name="ignore">maybe</attribute>')), 3, "'maybe' is neither"),
    (shapes(points("1,2;")), 3, r"points\[0\].points: '1,2;' found, expected x,y;x,y"),
    (shapes(points("1,2;3")), 3, "expected x,y;x,y"),
    (shapes(points("1,2;3,inf")), 3, "'inf' is no finite number"),
    (shapes('<points label="head"/>'), 3, r"points\[0\].points: is missing"),
    (TRACK.format(0, box(0, 0, 1, 1)), 3, r"track\[0\].box\[0\].frame: None is no number"),
    (TRACK.format(0, "\n" + box(0, 0, 1, 1, more='frame="-1"')), 4, "'-1' is no number of a frame"),
    (TRACK.format(0, box(0, 0, 1, 1, more='frame="99999999999999999999"')), 3, "is beyond"),
    (
        "<meta><size>999999999</size><mode>interpolation</mode></meta>",
        None,
        "meta.task.size: frame 999999998 is beyond",
    ),
    ("<track/>", 3, r"track\[0\].label: is missing"),
    (shapes("") + TRACK.format(0, ""), None, "holds images and tracks; export it again"),
    ("<image>", 3, "mismatched tag"),
]


@pytest.mark.parametrize(("text", "line", "problem"), BROKEN)
def test_broken_files_are_refused(text: str, line: int | None, problem: str, tmp_path: Path) -> None:
    with pytest.raises(DataFormatError, match=problem) as caught:
        read(put(tmp_path, text))
    assert (caught.value.path, caught.value.line) == (tmp_path / "annotations.xml", line)


def test_what_cannot_be_read_or_written(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="no XML of CVAT"):
        read(tmp_path)
    for wrong, problem in (
        (image("a\x01.png"), "XML cannot hold"),
        (image("../a.png"), "leaves the folder"),
        (image("a.png", [[0, 0, 1e300, 1]]), "too large"),
        (image("a.png", points=[[np.nan, 1]]), "head 1 of a.png: has no finite point"),
    ):
        with pytest.raises(GtaHeadError, match=problem):
            write([wrong], tmp_path / "out")


def test_occluded_heads_go_to_voc_and_come_back(tmp_path: Path) -> None:
    put(tmp_path / "a", shapes(box(0, 0, 1, 1, more='occluded="1"') + box(1, 1, 2, 2)))
    for before, name, after in (("a", "voc", "b"), ("b", "cvat", "c")):
        options = ConvertOptions(to=name, out=tmp_path / after, images="none")
        assert not convert(tmp_path / before, options, jobs=1).dropped
    (one,) = read(tmp_path / "c")
    assert one.extra["occluded"].tolist() == [True, False]
    report = convert(tmp_path / "a", ConvertOptions(to="csv", out=tmp_path / "d.csv"), jobs=1)
    assert report.dropped == {"occluded": 1}


@pytest.mark.samples
def test_the_real_sample(samples: Path) -> None:
    dataset = read(samples / "generic_formats/cvat_dataset/for_images/export_task")
    assert [(one.info.split, one.points.tolist()) for one in dataset] == [
        ("train", [[2, 3]]),
        ("train", [[1, 2], [3, 4], [5, 6]]),
    ]
