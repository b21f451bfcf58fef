"""VSCrowd: read, written, told apart from other texts, refused."""

from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import given

from converters.datasets.write import write_scenes
from converters.formats import nwpu_text, vscrowd
from converters.formats.mot import mot
from converters.formats.options import NoOptions
from converters.formats.registry import detect_format
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError
from test_converters.small_sets import assert_same_heads, crowds, image, write_pictures
from test_converters.test_formats.test_jhu import folder

TEXT = "0001 68 20.44 305.76 51.62 332.67 34.97 317.8 52 263.33 49.63 276.59 65.25 268.29 55.15\n0003\n"


def read(path: Path) -> Dataset:
    return vscrowd.read(path, NoOptions())


def write(images: list[ImageAnnotations], root: Path) -> Path:
    vscrowd.write(in_memory(images, Path("/nowhere")), root / "out", NoOptions(), "none")
    return root / "out"


def test_a_released_layout_is_read(tmp_path: Path) -> None:
    folder(tmp_path, {"annotations/train_001.txt": TEXT, "annotations/test_002.txt": "\ufeff1, -1,5,6,5,6,5,6\r\n"})
    frames = [image(f"videos/train_001/{name}", width=99, height=50) for name in ("0001.jpg", "0002.JPG", "0003.jpg")]
    write_pictures(tmp_path, frames)
    dataset = read(tmp_path)
    assert detect_format(tmp_path) == "vscrowd"
    assert [(scene.name, scene.split, len(scene.images)) for scene in dataset.scenes] == [
        ("test_002", "test", 1),
        ("train_001", "train", 3),
    ]
    last, first, empty, bare = dataset
    assert first.boxes.tolist() == [[20.44, 305.76, 51.62, 332.67], [263.33, 49.63, 276.59, 65.25]]
    assert first.points.tolist() == [[34.97, 317.8], [268.29, 55.15]]
    assert first.ids.tolist() == [68, 52]
    assert (first.info.path, first.info.frame, first.info.size) == ("videos/train_001/0001.jpg", 1, (99, 50))
    assert (last.ids.tolist(), last.has_box.tolist(), last.points.tolist()) == ([-1], [False], [[5, 6]])
    assert (empty.info.path, len(empty), len(bare)) == ("videos/train_001/0002.JPG", 0, 0)
    assert dataset.notes == ("train_001: 1 pictures have no line, so no heads (the first: frame 2)",)


@pytest.mark.parametrize("at", ["annotations/train_001.txt", "annotations", "train_001.txt", "."])
def test_texts_alone(at: str, tmp_path: Path) -> None:
    path = tmp_path / at
    folder(tmp_path, {at if at.endswith(".txt") else f"{at}/train_001.txt": TEXT})
    write_pictures(tmp_path, [image("videos/train_001/1.png")])
    assert detect_format(path) == "vscrowd"
    assert [one.info.path for one in read(path)] == ["videos/train_001/1.png", "videos/train_001/0003.jpg"]


def test_videos_are_found_under_other_spellings_of_their_names(tmp_path: Path) -> None:
    folder(tmp_path, {f"annotations/{normalize('NFD', 'é')}.txt": "1\n"})
    write_pictures(tmp_path, [image(f"videos/{normalize('NFC', 'é')}/1.png", width=9, height=5)])
    (one,) = read(tmp_path)
    assert (one.info.scene, one.info.path, one.info.size) == ("é", "videos/é/1.png", (9, 5))


def test_what_is_written(tmp_path: Path) -> None:
    images = [
        image("s/a.png", [[1.5, 2, 4.5, 6.25]], points=[[3, 3]], ids=[7], split="train"),
        image("s/b.png", points=[[-1, 8.125]], split="train"),
        image("s/c.png", split="test"),
        image("train_9/0002.png", [[1, 2, 3, 4]], frame=2, split="train"),
        image("train_9/0007.png", frame=7, split="train"),
    ]
    out = write(images, tmp_path)
    texts = {file.name: file.read_text() for file in (out / "annotations").iterdir()}
    assert texts == {
        "train_s.txt": "0001 7 1.5 2 4.5 6.25 3 3\n0002 -1 -1 8.125 -1 8.125 -1 8.125\n",
        "test_s.txt": "0001\n",
        "train_9.txt": "0002 -1 1 2 3 4 2 3\n0007\n",
    }
    assert [file.parent.name for file in sorted(out.rglob("frames.csv"))] == ["test_s", "train_s"]
    found = {one.info.name: (one.info.scene, one.info.split, one.info.frame) for one in read(out)}
    assert found == {
        "a": ("train_s", "train", 1),
        "b": ("train_s", "train", 2),
        "c": ("test_s", "test", 1),
        "0002": ("train_9", "train", 2),
        "0007": ("train_9", "train", 7),
    }
    assert_same_heads(in_memory(images, Path()), read(out))


@given(before=crowds())
def test_it_comes_back(tmp_path_factory: pytest.TempPathFactory, before: Dataset) -> None:
    whole = before.map(as_it_is_held)
    target = tmp_path_factory.mktemp("vscrowd") / "out"
    write_scenes(whole, "vscrowd", target, NoOptions(), "none")
    assert_same_heads(whole, read(target), atol=1e-6)


def as_it_is_held(one: ImageAnnotations) -> ImageAnnotations:
    """Without flags, and without the boxes that have no area, which stand for no box."""
    area = np.any(one.boxes[:, 2:] > one.boxes[:, :2], axis=1, keepdims=True)
    return one.replace(ignore=np.zeros(len(one), dtype=bool), boxes=np.where(area, one.boxes, np.nan))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("1 2 3 4 5 6 7\n", 1, "6 numbers behind the frame, expected 7 for each head"),
        ("1\n\n1 2 1 1 3 3 2 2\n", 3, "frame 1 has a line already, 1"),
        ("1 2 1 1 3 3 2 nan\n", 1, "'nan' is no finite number"),
        ("1 2 1 1 3 3 2 1e999\n", 1, "'1e999' is no finite number"),
        ("1 2.5 1 1 3 3 2 2\n", 1, "id 2.5 of head 1"),
        ("1 1e17 1 1 3 3 2 2\n", 1, "id 1e+17 of head 1"),
        ("a 2 1 1 3 3 2 2\n", 1, "does not begin with the number of a frame"),
        ("-1 2 1 1 3 3 2 2\n", 1, "does not begin with the number of a frame"),
        ("1_0 2 1 1 3 3 2 2\n", 1, "does not begin with the number of a frame"),
        ("1000001\n", 1, "frame 1000001 is beyond"),
        ("1,2,1,1,3,3,2,2\n2,2,1,,3,3,2,2\n", 2, "or a number is missing"),
        ("1 2 1,5 1 3 3 2 2\n", 1, "commas and blanks"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(DataFormatError) as caught:
        list(read(folder(tmp_path, {"annotations/a.txt": text})))
    assert caught.value.line == line
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("1,1,5,6,20,20,1,1\n2,1,5,6,20,20,1,1\n", "mot"),
        ("1 1 .5 .5 20 20 1 1\n2 1 .5 .5 20 20 1 1\n", "mot"),
        ("1 1 5 6 20 20 1 1 1\n", "mot"),
        ("1 3 5 6 100 200 300 400\n", "nwpu_text"),
        ("1 68 5 6 10 20 7 9\n", "vscrowd"),
        ("1,68,5,6,10,20,7,9\n2\n", "vscrowd"),
        ("1 68 5 6 10 20 7 9\n2 68 5 6 x\n", "vscrowd"),
        ("70 68 5 6 10 20 7 9\n2 68 5 6 10 20 7 9\n", "vscrowd"),
        ("1,1,5,6,20,20,.9,1\n1,2,5,6,20,20,.4,1\n", "mot"),
        ("1,1,91,91,20,20,17,3\n1,2,291,91,20,20,17,3\n", "mot"),
        ("1\n3 5 5 6 10 20 7 9 6 5 6 10 20 7 9\n", "vscrowd"),
    ],
)
def test_texts_are_told_apart(tmp_path: Path, text: str, name: str) -> None:
    file = folder(tmp_path, {"a.txt": text}) / "a.txt"
    taken = {"mot": mot.detect(file), "nwpu_text": nwpu_text.detect(file), "vscrowd": vscrowd.detect(file)}
    assert [form for form, yes in taken.items() if yes] == [name]


def test_a_wrong_point_makes_no_row_of_mot(tmp_path: Path) -> None:
    file = folder(tmp_path, {"a.txt": "0001 82 590 527 647 544 618.5 5358.5\n"}) / "a.txt"
    assert not mot.detect(file)


def test_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match=r"expected annotations/NAME\.txt"):
        read(tmp_path)
    with pytest.raises(DatasetLayoutError, match=r"'train_1' has another text"):
        read(folder(tmp_path, {"annotations/train_1.txt": TEXT, "annotations/train_1.txt.gz": TEXT}))
    images = [image("a/1.png", scene="a", split="train"), image("b/1.png", scene="train_a")]
    with pytest.raises(GtaHeadError, match="annotations/train_a"):
        write(images, tmp_path)
    with pytest.raises(DatasetLayoutError, match="split 'night' has no folder in this format"):
        write([image("a/1.png", split="night")], tmp_path)
