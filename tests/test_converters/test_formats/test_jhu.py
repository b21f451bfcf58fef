"""JHU-CROWD++: read, written, refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.convert import ConvertOptions, convert
from converters.formats import jhu
from converters.formats.options import parse_options
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError
from test_converters.small_sets import COORDINATES, assert_same_heads, image, write_pictures

GOLDEN = {
    "train/gt/0001.txt": "101 51 10 20 1 0\n30 40 0 0 3 1\n",
    "train/gt/0003.txt": "",
    "train/image_labels.txt": "0001,2,stadium,1,0\n0003,0,water park,0,1\n",
    "test/gt/0002.txt": "7 8 3 4 2 0\r\n9 9 4 4 0 0",
    "test/image_labels.txt": "\ufeff0002, 2, street, 3, 0\r\n",
}


def folder(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    return root


def read(path: Path, *options: str) -> Dataset:
    return jhu.read(path, parse_options(jhu.ReadOptions, options))


def write(images: list[ImageAnnotations], root: Path, *options: str) -> Path:
    jhu.write(in_memory(images, Path("/nowhere")), root / "out", parse_options(jhu.WriteOptions, options), "none")
    return root / "out"


def test_a_released_layout_is_read(tmp_path: Path) -> None:
    write_pictures(folder(tmp_path, GOLDEN), [image("train/images/0003.JPG", width=99, height=50)])
    dataset = read(tmp_path)
    one, two, three = dataset
    assert jhu.detect(tmp_path)
    assert [(each.info.path, each.info.split, each.info.scene) for each in (one, two, three)] == [
        ("train/images/0001.jpg", "train", "0001"),
        ("test/images/0002.jpg", "test", "0002"),
        ("train/images/0003.JPG", "train", "0003"),
    ]
    np.testing.assert_array_equal(one.boxes, [[96, 41, 106, 61], [np.nan] * 4])
    assert one.points.tolist() == [[101, 51], [30, 40]]
    assert (one.extra["occlusion"].tolist(), one.extra["blur"].tolist()) == ([1, 3], [0, 1])
    assert (two.extra["occlusion"].tolist(), len(three), three.info.size) == ([2, -1], 0, (99, 50))
    facts = [
        (each.info.facts["scene_type"], each.info.facts["weather"], each.info.facts["distractor"]) for each in dataset
    ]
    assert facts == [("stadium", "fog", 0), ("street", "snow", 0), ("water park", "none", 1)]
    assert dataset.notes == ()


def test_occlusion_is_visibility_where_it_is_asked_for(tmp_path: Path) -> None:
    seen = [each.extra["visibility"].tolist() for each in read(folder(tmp_path, GOLDEN), "visibility=true")]
    assert seen[0] == [1, 0]
    np.testing.assert_array_equal(seen[1], [0.5, np.nan])


def test_one_split_and_one_text(tmp_path: Path) -> None:
    folder(tmp_path, GOLDEN)
    assert [each.info.split for each in read(tmp_path / "test")] == ["test"]
    (one,) = read(tmp_path / "train/gt/0001.txt")
    assert jhu.detect(tmp_path / "train/gt/0001.txt")
    assert (one.info.path, one.info.split, one.info.facts["weather"]) == ("images/0001.jpg", "train", "fog")
    assert not jhu.detect(tmp_path / "train/image_labels.txt")


def test_what_does_not_fit_together_is_told(tmp_path: Path) -> None:
    told = "0001,3,stadium,1,0\n0007,0,street,0,0\n"
    folder(tmp_path, {**GOLDEN, "train/image_labels.txt": told})
    write_pictures(tmp_path, [image("train/images/0009.jpg"), image("train/images/0010.jpg")])
    assert read(tmp_path).notes == (
        "train: 1 numbers of heads in image_labels.txt differ from gt, which counts (the first: '0001')",
        "train: 1 lines of image_labels.txt are of no text in gt and are passed over (the first: '0007')",
        "train: 2 pictures have no text in gt and are left out (the first: '0009')",
    )


def test_equal_numbers_in_two_splits_stay_apart(tmp_path: Path) -> None:
    folder(tmp_path, {"train/gt/1.txt": "1 2 3 4 1 0\n", "val/gt/1.txt": "5 6 7 8 1 0\n"})
    assert [scene.name for scene in read(tmp_path).scenes] == ["train_1", "val_1"]


def test_a_conversion_to_itself_changes_nothing(tmp_path: Path) -> None:
    folder(tmp_path / "a", {**GOLDEN, "test/gt/0002.txt": "7 8 3 4 2 0\n", "test/image_labels.txt": "0002,1,a b,3,0\n"})
    convert(tmp_path / "a", ConvertOptions(to="jhu", out=tmp_path / "b", images="none"))
    files = {file.relative_to(tmp_path / "a"): file.read_bytes() for file in (tmp_path / "a").rglob("*.txt")}
    assert files == {file.relative_to(tmp_path / "b"): file.read_bytes() for file in (tmp_path / "b").rglob("*.txt")}


def test_what_is_written(tmp_path: Path) -> None:
    images = [
        image("street/a.png", [[1.5, 2, 4.25, 6.25]], split="val", extra={"visibility": [0.25]}),
        image("b.png", points=[[-3.5, 2.5]]),
    ]
    out = write(images, tmp_path)
    assert (out / "val/gt/a.txt").read_text() == "2.875 4.125 2.75 4.25 2 0\n"
    assert (out / "gt/b.txt").read_text() == "-3.5 2.5 0 0 1 0\n"
    assert (out / "val/image_labels.txt").read_text() == "a,1,,0,0\n"
    assert {one.info.path: one.info.split for one in read(out)} == {"val/images/a.jpg": "val", "images/b.jpg": None}
    assert_same_heads(in_memory(images, Path()), read(out))
    whole = write(images, tmp_path / "whole", "integers=true")
    assert (whole / "val/gt/a.txt").read_text() == "3 4 3 4 2 0\n"
    assert (whole / "gt/b.txt").read_text() == "-3 3 0 0 1 0\n"


@given(rows=st.lists(st.tuples(*[COORDINATES] * 4, st.sampled_from([-1, 1, 2, 3]), st.sampled_from([0, 1]))))
def test_it_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, ...]]) -> None:
    table = np.array(rows).reshape(-1, 6)
    boxes = np.hstack([table[:, :2], table[:, :2] + np.abs(table[:, 2:4])])
    extra = {"occlusion": table[:, 4].astype(int), "blur": table[:, 5].astype(int)}
    before = image("a.png", boxes[: len(rows)], extra=extra)
    kept = before.select(np.any(before.boxes[:, 2:] > before.boxes[:, :2], axis=1))
    (after,) = read(write([kept], tmp_path_factory.mktemp("jhu")))
    assert_same_heads([kept], [after], atol=1e-6)
    assert after.extra["occlusion"].tolist() == [abs(level) for level in kept.extra["occlusion"].tolist()]
    assert after.extra["blur"].tolist() == kept.extra["blur"].tolist()


@pytest.mark.parametrize(
    ("files", "line", "words"),
    [
        ({"gt/1.txt": "1 2 3 4 1 0\n1 2 3 4 1\n"}, 2, "5 columns"),
        ({"gt/1.txt": "1 2 3 4 1 0 7\n"}, 1, "expected 6 numbers"),
        ({"gt/1.txt": "1 2 3 4 1 0\n\n1 nan 3 4 1 0\n"}, 3, "'nan' is no finite number"),
        ({"gt/1.txt": "1 2 3 4 4 0\n"}, 1, "occlusion 4 found, expected 0 to 3"),
        ({"gt/1.txt": "1 2 3 4 1 0.5\n"}, 1, "blur 0.5 is no whole number"),
        ({"gt/1.txt": "1 2 3 4 1 0\n1,234 2 3 4 1 0\n"}, None, "'1,234' may be"),
        ({"gt/1.txt": "1 1e999 3 4 1 0\n"}, 1, "expected 6 numbers"),
        ({"gt/1.txt": "", "image_labels.txt": "1,0,a,0\n"}, 1, "'1,0,a,0' is not name,heads,scene"),
        ({"gt/1.txt": "", "image_labels.txt": "\n1,0,a,4,0\n"}, 2, "a weather of 0 to 3"),
        ({"gt/1.txt": "", "image_labels.txt": "1,-1,a,0,0\n"}, 1, "'1,-1,a,0,0'"),
        ({"gt/1.txt": "", "image_labels.txt": "1,0,a,0,0\n1.jpg,0,a,0,0\n"}, 2, "'1' has a line already"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, files: dict[str, str], line: int | None, words: str) -> None:
    with pytest.raises(DataFormatError) as caught:
        list(read(folder(tmp_path, files)))
    assert caught.value.line == line
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"gt/1.txt": "", "gt/1.txt.gz": ""}, "two would both"),
        ({"images/1.txt": "1 2 3 4 1 0"}, r"expected gt/NAME\.txt"),
        ({"gt/gt.txt": "1,2,3,4,1,0"}, r"expected gt/NAME\.txt"),
    ],
)
def test_layouts_that_are_refused(tmp_path: Path, files: dict[str, str], words: str) -> None:
    with pytest.raises(DatasetLayoutError, match=words):
        read(folder(tmp_path, files))
    assert not jhu.detect(folder(tmp_path, files))


def test_a_split_of_its_own_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="split 'night' has no folder in this format"):
        write([image("a.png", split="night")], tmp_path)


@pytest.mark.parametrize("name", ["a,b.png", " a.png", "a .png", "a\nb.png"])
def test_names_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(GtaHeadError):
        write([image(name)], tmp_path)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "text", ["1 2 3 4 5 6\n", "1 2 3\n", "", "1,2,3,4,1,0\n", "0 .1 .2 .3 .4 .5\n", "10 2 5 5 1 0\n"]
)
def test_other_texts_are_not_taken(tmp_path: Path, text: str) -> None:
    assert not jhu.detect(folder(tmp_path, {"a.txt": text}) / "a.txt")
