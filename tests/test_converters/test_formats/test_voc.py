"""Pascal VOC: read, written, refused."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from converters.convert import ConvertOptions, convert
from converters.files.records.xml_file import XmlFile
from converters.formats.voc import voc, voc_objects, voc_write
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError
from test_converters.small_sets import assert_same_heads, crowds, image, write_pictures
from test_wild.mutated import damaged

BOX = "<bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox>"


def head(*corners: float | str, name: str = "head", more: str = "") -> str:
    return f"<object><name>{name}</name>{more}{BOX.format(*corners)}</object>"


def put(root: Path, files: dict[str, str]) -> Path:
    """Files: an XML gets its root element, a picture its size."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith((".jpg", ".png")):
            write_pictures(root, [image(name)])
        else:
            (root / name).write_text(f"<annotation>\n{text}\n</annotation>\n" if name.endswith(".xml") else text)
    return root


def read(path: Path, **options: Any) -> Dataset:
    return voc.read(path, voc.ReadOptions(**options))


def told(dataset: Dataset) -> list[tuple[str, str | None, list[list[float]]]]:
    return [(one.info.path, one.info.split, one.boxes.tolist()) for one in dataset]


def write(images: list[ImageAnnotations], root: Path, **options: Any) -> Path:
    voc_write.write(in_memory(images, Path("/nowhere")), root, voc_write.WriteOptions(**options), "none")
    return root


def test_the_official_layout_is_read(tmp_path: Path) -> None:
    official = (
        "<folder>VOC2012</folder><filename>b.jpg</filename><size><width>500</width><height>375</height></size>"
        f"<segmented>1</segmented>{head(1, 2, 3.5, 4, more='<pose>Left</pose><difficult>1</difficult>')}"
        "<OBJECT><bndbox><yMax> 9 </yMax><xmin>5</xmin><ymin>6</ymin><xmax>8</xmax></bndbox><Name>Head</Name></OBJECT>"
    )
    files = {
        "Annotations/a.xml": "<filename>wrong.jpg</filename><size><width>0</width><height>0</height></size>",
        "Annotations/b.xml": official,
        "Annotations/s/c.xml": "",
        "Annotations/._b.xml": "no XML",
        "JPEGImages/a.png": "",
        "ImageSets/Main/train.txt": "b\n",
        "ImageSets/Main/test.txt": "a.jpg\r\ngone\r\nb\r\n",
        "ImageSets/Main/trainval.txt": "b\n",
        "ImageSets/Main/head_train.txt": "b  1\na -1\n",
    }
    dataset = read(put(tmp_path, files), scenes="one")
    assert told(dataset) == [
        ("JPEGImages/a.png", "test", []),
        ("JPEGImages/b.jpg", "train", [[0, 1, 3.5, 4], [4, 5, 8, 9]]),
        ("JPEGImages/s/c.jpg", None, []),
    ]
    first, second, _ = dataset
    assert (first.info.size, second.info.size) == ((16, 12), (500, 375))
    assert second.ignore.tolist() == [True, False]
    assert second.extra["pose"].tolist() == [b"Left", b""]
    assert sorted(note.partition(": ")[2] for note in dataset.notes) == [
        "1 label files have another name in <filename>; their own names count",
        "1 names in test.txt have no label file; they are left out",
        "1 pictures are in no list of a split; they have none",
        "1 pictures in test.txt are also in the list of train, which counts",
    ]


def test_lists_of_other_programs(tmp_path: Path) -> None:
    lists = {"Validation": "a\n", "default": "b\n", "holdout": "c\n"}
    put(tmp_path, {f"Annotations/{name}.xml": "" for name in "abc"})
    put(tmp_path, {f"ImageSets/Main/{name}.txt": text for name, text in lists.items()})
    assert [one.info.split for one in read(tmp_path)] == ["val", None, "holdout"]


@pytest.mark.parametrize(
    ("files", "at", "expected"),
    [
        ({"a.xml": head(1, 1, 2, 2), "a.jpg": ""}, "", [("a.jpg", None)]),
        ({"a.xml": head(1, 1, 2, 2), "a.jpg": ""}, "a.xml", [("a.jpg", None)]),
        (
            {"Annotations/a.xml": "", "images/a.JPG.png": "", "images/a.png": ""},
            "Annotations",
            [("images/a.png", None)],
        ),
        ({"Annotations/a.xml": "", "JPEGImages/a.png": ""}, "Annotations/a.xml", [("JPEGImages/a.png", None)]),
        (
            {"Annotations/a.xml": "", "Annotations/b.xml": "<filename>a.jpg</filename>", "JPEGImages/a.jpg": ""},
            "",
            [("JPEGImages/a.jpg", None), ("JPEGImages/b.jpg", None)],
        ),
        ({"annotations/7.xml": "<filename>C:\\x\\b.png</filename>", "images/b.png": ""}, "", [("images/b.png", None)]),
        (
            {"train/a.xml": "", "train/a.jpg": "", "valid/a.xml": "", "notes/b.xml": ""},
            "",
            [("train/a.jpg", "train"), ("valid/a.jpg", "val")],
        ),
        (
            {"PartA/Annotations/a.xml": "", "PartB/Annotations/a.xml": "", "PartB/ImageSets/Main/val.txt": "a"},
            "",
            [("PartA/JPEGImages/a.jpg", None), ("PartB/JPEGImages/a.jpg", "val")],
        ),
    ],
)
def test_other_layouts(files: dict[str, str], at: str, expected: list[tuple[str, str | None]], tmp_path: Path) -> None:
    path = put(tmp_path, files) / at
    assert voc.detect(path)
    dataset = read(path)
    assert [(os.path.relpath(dataset.root / name, tmp_path), split) for name, split, _ in told(dataset)] == expected


def test_heads_among_parts_and_other_names(tmp_path: Path) -> None:
    part = f"<part><name>head</name>{BOX.format(2, 2, 4, 4)}</part><part><name>hand</name></part>"
    person = f"<object><name>person</name>{BOX.format(1, 1, 9, 9)}{part}</object>"
    put(tmp_path, {"a.xml": person + "<object/>" + head(5, 5, 6, 6, name="dog"), "b.xml": head(1, 1, 2, 2, name="dog")})
    dataset = read(tmp_path)
    assert [boxes for *_, boxes in told(dataset)] == [[[1, 1, 4, 4]], []]
    assert [note.partition(": ")[2] for note in dataset.notes] == [
        "1 parts of objects without a box are left out",
        "1 objects with nothing in them are left out",
        "only 'head' (1) are heads; left out: 'dog' (2), 'person' (1); -i category=NAME,NAME takes others",
    ]
    assert [len(one) for one in read(tmp_path, category="Dog")] == [1, 1]


def test_an_origin_of_zero_is_asked_for(tmp_path: Path) -> None:
    put(tmp_path, {"a.xml": head(0, 0, 2, 2)})
    assert [boxes for *_, boxes in told(read(tmp_path, origin="0"))] == [[[0, 0, 2, 2]]]
    dataset = read(tmp_path)
    assert [boxes for *_, boxes in told(dataset)] == [[[-1, -1, 2, 2]]]
    assert "say -i origin=0" in dataset.notes[0]


@settings(max_examples=60, deadline=None)
@given(crowds())
def test_there_and_back(tmp_path_factory: pytest.TempPathFactory, crowd: Dataset) -> None:
    before = [one.replace(ids=np.full(len(one), -1)) for one in crowd]
    root = tmp_path_factory.mktemp("voc")
    for number, options in enumerate([{}, {"origin": "0"}]):
        assert_same_heads(before, read(write(before, root / str(number), **options), **options), atol=1e-9)
    after = read(write(before, root / "f", folders=True))
    assert_same_heads(before, after, atol=1e-9)
    assert [scene.name for scene in after.scenes] == sorted(scene.name for scene in crowd.scenes)
    for one, other in zip(crowd, sorted_like(crowd, read(write(before, root / "w", integers=True))), strict=True):
        assert np.all(other.boxes == np.hstack([np.floor(one.boxes[:, :2]), np.ceil(one.boxes[:, 2:])]))


def sorted_like(crowd: Dataset, images: Dataset) -> list[ImageAnnotations]:
    by_name = {one.info.name: one for one in images}
    return [by_name[one.info.name] for one in crowd]


def test_the_written_files(tmp_path: Path) -> None:
    flagged = image("s/a&b.png", [[0.5, 1, 3, 4.25]], ignore=[True], split="train")
    root = write([flagged, image("t/c.png", split="test")], tmp_path)
    assert (root / "Annotations/a&b.xml").read_text().replace("\t", "").replace("\n", "") == (
        "<annotation><folder>JPEGImages</folder><filename>a&amp;b.png</filename><size><width>16</width>"
        "<height>12</height><depth>3</depth></size><segmented>0</segmented><object><name>head</name>"
        "<pose>Unspecified</pose><truncated>0</truncated><difficult>1</difficult><bndbox><xmin>1.5</xmin>"
        "<ymin>2</ymin><xmax>3</xmax><ymax>4.25</ymax></bndbox></object></annotation>"
    )
    lists = {file.name: file.read_text() for file in (root / "ImageSets/Main").iterdir()}
    assert lists == {"train.txt": "a&b\n", "test.txt": "c\n", "trainval.txt": "a&b\n"}
    write([image("s/c.png"), image("t/c.png")], root)
    assert [file.read_text() for file in (root / "ImageSets/Main").iterdir()] == ["s_c\nt_c\n"]
    write([image("s/c.png")], root, folders=True)
    assert [file.read_text() for file in (root / "ImageSets/Main").iterdir()] == ["s/c\n"]


def test_flags_and_poses_stay_in_voc(tmp_path: Path) -> None:
    flags = "<pose>L &lt; R</pose><truncated>1</truncated><occluded>1</occluded>"
    put(tmp_path / "in", {"Annotations/a.xml": head(1, 1, 2, 2, more=flags) + head(3, 3, 4, 4), "JPEGImages/a.png": ""})
    convert(tmp_path / "in", ConvertOptions(to="voc", out=tmp_path / "out"), jobs=1)
    (after,) = read(tmp_path / "out")
    assert {name: values.tolist() for name, values in after.extra.items()} == {
        "truncated": [True, False],
        "occluded": [True, False],
        "pose": [b"L < R", b""],
    }
    report = convert(tmp_path / "in", ConvertOptions(to="csv", out=tmp_path / "a.csv"), jobs=1)
    assert report.dropped == {"truncated": 1, "occluded": 1, "pose": 1}


BROKEN = [
    ("<object><name>head</name></object>", 2, r"object\[0\]: has no <bndbox>, only <name>"),
    (
        head(1, 1, 2, 2) + "\n<object><name>h</name><bndbox><xmin>1</xmin></bndbox></object>",
        3,
        r"\[1\].bndbox.ymin: is",
    ),
    (f"<size/>{head(1, 1, 2, 2)}\n{head(1, 1, '1e999', 2)}", 3, r"object\[1\]\.bndbox\.xmax: '1e999' is no finite"),
    (head(1, 1, "nan", 2), 2, "'nan' is no finite number"),
    (head(1, 1, "1_0", 2), 2, "'1_0' is no finite number"),
    (head(1, 1, "", 2), 2, "'' is no finite number"),
    (head(1, 1, "1<b/>2", 2), 2, "'1' is no finite number"),
    (head(1, 1, 2, 2, more="\n<difficult>2</difficult>"), 3, r"object\[0\]\.difficult: '2' is neither"),
    (head(1, 1, 2, 2, more=BOX.format(1, 1, 2, 2)), 2, "has two <bndbox>"),
    (head(1, 1, 2, 2).replace("<bndbox>", "<bndbox>-"), 2, "has a text between its corners"),
    ("<size><width>-5</width><height>5</height></size>", 2, "size: -5 x 5 is no size"),
    ("<size><width>5.5</width><height>5</height></size>", 2, "size: 5.5 x 5 is no size"),
    ("<size><width>5</width><height>x</height></size>", 2, "size.height: 'x' is no finite number"),
    (
        "<size><width>5</width><height>4</height></size>" * 2 + "<size><width>5</width><height>5</height></size>",
        2,
        "two",
    ),
    ("<object>", 3, "mismatched tag"),
]


@pytest.mark.parametrize(("text", "line", "problem"), BROKEN)
def test_broken_files_are_refused(text: str, line: int, problem: str, tmp_path: Path) -> None:
    file = put(tmp_path, {"a.xml": text}) / "a.xml"
    with pytest.raises(DataFormatError, match=problem) as caught:
        read(tmp_path)
    assert (caught.value.path, caught.value.line) == (file, line)


def test_an_xml_among_other_labels_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    put(tmp_path, {"a.jpg": "", "a.voc.xml": f"<filename>a.jpg</filename>{head(1, 1, 2, 2)}"})
    assert not voc.detect(tmp_path)
    assert told(read(tmp_path)) == [("a.jpg", None, [[0, 0, 2, 2]])]


def test_folders_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="no Pascal VOC found"):
        read(tmp_path)
    put(tmp_path / "two", {"a.jpg.xml": "", "a.xml": ""})
    with pytest.raises(DatasetLayoutError, match=r"a\.jpg"):
        read(tmp_path / "two")
    put(tmp_path / "three", {"a.xml": "", "a.xml.gz": "", "e\u0301.xml": "", "\xe9.xml": ""})
    for unwanted in ("a.xml.gz", "\xe9.xml"):
        with pytest.raises(DatasetLayoutError, match="are of one picture"):
            read(tmp_path / "three")
        (tmp_path / "three" / unwanted).unlink()
    assert len(list(read(tmp_path / "three"))) == 2
    with pytest.raises(DatasetLayoutError, match="trainval"):
        voc_write.places(in_memory([image("a.png", split="trainval")], tmp_path).scenes[0], tmp_path)
    for wrong, problem in (("a\x01.png", "XML cannot hold"), ("../a.png", "leaves the folder")):
        with pytest.raises(GtaHeadError, match=problem):
            write([image(wrong)], tmp_path / "out")
    with pytest.raises(GtaHeadError, match="too large"):
        write([image("a.png", [[0, 0, 1e300, 1]])], tmp_path / "out")


PLAIN = (
    f"<annotation><filename>a.jpg</filename><size><width>320</width><height>200</height></size>\n{head(1, 2.5, 3, 4)}\n"
)
PLAIN += head(-1, 2.5, 3, 4, more="<pose>Unspecified</pose><truncated>0</truncated><difficult>1</difficult>")


@pytest.mark.parametrize("seeds", [range(1000), pytest.param(range(1000, 50_000), marks=pytest.mark.slow)])
def test_the_fast_way_reads_what_the_slow_way_reads(seeds: range) -> None:
    fast = 0
    for seed in seeds:
        text = damaged(f"{PLAIN}</annotation>\n", '<>/=" \n-.0123456789e&;!?xmin\x01\x85é', random.Random(seed))
        file = XmlFile(Path("a.xml"), text.encode())
        plain = voc_objects._read_plain(file)
        if plain is not None and plain.names:
            slow = voc_objects._read_any(file)
            found, expected = (
                (one.names, one.difficult, one.corners.tolist(), one.size, one.filename, one.passed)
                for one in (plain, slow)
            )
            assert found == expected, seed
            assert not any(slow.poses) and not any(map(any, slow.flags.values()))
            fast += 1
    assert fast > len(seeds) // 20


@pytest.mark.samples
def test_the_real_samples(samples: Path) -> None:
    (one,) = read(samples / "generic_formats/voc_dataset")
    assert one.boxes.tolist() == [[4.5, 5, 7.5, 8]]
    (one,) = read(samples / "labelme_examples/2011_000006.voc.xml")
    assert len(one) == 4


def test_pictures_with_other_columns_are_written_together(tmp_path: Path) -> None:
    one, pair = np.array([[1.0, 2.0, 11.0, 22.0]]), np.array([[1.0, 2.0, 11.0, 22.0], [30.0, 30.0, 40.5, 41.25]])
    posed = np.array([b"Left", b""], dtype=object)
    images = [
        image("a.jpg").replace(points=pair[:, :2] + 5, boxes=pair, ids=None, ignore=None, extra={"pose": posed}),
        image("b.jpg").replace(points=one[:, :2] + 5, boxes=one, ids=None, ignore=None, extra={}),
        image("c.jpg").replace(
            points=pair[:, :2] + 5, boxes=pair, ids=None, ignore=None, extra={"truncated": np.array([True, False])}
        ),
    ]
    voc_write.write(in_memory(images, tmp_path), tmp_path / "out", voc_write.WriteOptions(), "none")
    texts = [(tmp_path / "out/Annotations" / f"{name}.xml").read_text() for name in "abc"]
    assert [text.count("<object>") for text in texts] == [2, 1, 2]
    assert [text.count("<pose>Left</pose>") for text in texts] == [1, 0, 0]
    assert [text.count("<truncated>1</truncated>") for text in texts] == [0, 0, 1]
    assert all(text.rindex("<xmax>40.5</xmax>") > text.index("<xmin>2</xmin>") for text in (texts[0], texts[2]))
