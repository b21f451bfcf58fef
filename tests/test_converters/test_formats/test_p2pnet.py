"""P2PNet's lists: read, written, refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from converters.formats import p2pnet
from converters.formats.options import NoOptions, parse_options
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError
from test_converters.small_sets import assert_same_heads, image, write_pictures


def folder(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def read(path: Path, *options: str) -> Dataset:
    return p2pnet.read(path, parse_options(p2pnet.ReadOptions, options))


def write(images: list[ImageAnnotations], root: Path, source: Path = Path("/nowhere")) -> Path:
    p2pnet.write(in_memory(images, source), root / "out", NoOptions(), "none")
    return root / "out"


def told(dataset: Dataset) -> list[tuple[str, str, str | None, list[list[float]]]]:
    return [(one.info.path, one.info.scene, one.info.split, one.points.tolist()) for one in dataset]


def test_a_released_layout_is_read(tmp_path: Path) -> None:
    files = {
        "train.list": "train/s1/1.jpg train/s1/1.txt\n\ntrain/s2/2.JPG\ttrain/s2/2.txt\r\n",
        "test.list": "./test/s3/a b.jpg test/s3/a b.txt\n",
        "train/s1/1.txt": "52 31\r\n120.5 44\r\n",
        "train/s2/2.txt": " ,\n\n",
        "test/s3/a b.txt": "\n 1,2\n3;4 \n",
        "stray.txt": "no list",
    }
    root = folder(tmp_path, files)
    write_pictures(root / "train", [image("s1/1.jpg", width=99, height=50)])
    dataset = read(root)
    assert p2pnet.detect(root)
    assert p2pnet.detect(root / "train.list")
    assert told(dataset) == [
        ("train/s1/1.jpg", "s1", "train", [[52, 31], [120.5, 44]]),
        ("train/s2/2.JPG", "s2", "train", []),
        ("test/s3/a b.jpg", "s3", "test", [[1, 2], [3, 4]]),
    ]
    assert next(iter(dataset)).info.size == (99, 50)
    assert [entry[0] for entry in told(read(root / "test.list"))] == ["test/s3/a b.jpg"]


def test_scenes_of_two_splits_are_kept_apart(tmp_path: Path) -> None:
    files = {"train.list": "train/s/1.jpg train/s/1.txt\n", "test.list": "test/s/2.jpg test/s/2.txt\n"}
    root = folder(tmp_path, files | {"train/s/1.txt": "1 2\n", "test/s/2.txt": "3 4\n"})
    assert [scene.name for scene in read(root).scenes] == ["test_s", "train_s"]


def test_whole_paths_of_another_machine(tmp_path: Path) -> None:
    root = folder(tmp_path, {"list.txt": "/home/me/a.jpg /home/me/a.txt\n", "a.txt": "1 2\n"})
    with pytest.raises(DataFormatError, match=r"'/home/me/a\.jpg' leaves .* -i names=last") as caught:
        read(root)
    assert caught.value.line == 1
    assert told(read(root, "names=last")) == [("a.jpg", root.name, None, [[1, 2]])]


def test_what_is_written_comes_back_under_its_names(tmp_path: Path) -> None:
    images = [
        image("street/a.png", points=[[1.5, 2], [3, 4]], split="train"),
        image("train/b.png", points=[[5, 6]], split="train"),
        image("hall/c.png", split="test"),
        image("d.png", points=[[-7.25, 8]], scene="s"),
    ]
    out = write(images, tmp_path)
    assert (out / "train.list").read_text() == "train/street/a.png train/street/a.txt\ntrain/b.png train/b.txt\n"
    assert (out / "test.list").read_text() == "test/hall/c.png test/hall/c.txt\n"
    assert (out / "list.txt").read_text() == "images/d.png images/d.txt\n"
    assert (out / "images" / "d.txt").read_text() == "-7.25 8\n"
    assert (out / "test" / "hall" / "c.txt").read_text() == ""
    assert_same_heads(in_memory(images, Path()), read(out))
    assert {one.info.name: one.info.split for one in read(out)} == {"a": "train", "b": "train", "c": "test", "d": None}
    write(images[3:], tmp_path)
    assert [file.name for file in out.glob("*.l*")] == []


@pytest.mark.parametrize(
    ("files", "line", "words"),
    [
        ({"train.list": "a.jpg a.txt\nb.jpg\n", "a.txt": ""}, 2, "'b.jpg' is not a picture and its text"),
        ({"train.list": "a.jpg a.txt\n"}, 1, "'a.txt' is not there"),
        ({"train.list": "a.jpg a.txt\na.jpg a.txt\n", "a.txt": ""}, 2, "'a.jpg' is listed already, at train.list:1"),
        ({"train.list": "a.jpg ../a.txt\n", "a.txt": ""}, 1, "'../a.txt' leaves the folder"),
        ({"train.list": "a.jpg a.txt\n", "a.txt": "1 2\n3\n"}, 2, "'3' is not x y"),
        ({"train.list": "a.jpg a.txt\n", "a.txt": "1 2\n3\n4 5 6\n"}, 2, "'3' is not x y"),
        ({"train.list": "a.jpg a.txt\n", "a.txt": "1 2 3 4\n"}, 1, "'1 2 3 4' is not x y"),
        ({"train.list": "a.jpg a.txt\n", "a.txt": "1 2\nx 3\n"}, 2, "'x 3' is not x y"),
        ({"train.list": "a.jpg a.txt\n", "a.txt": "1 nan\n"}, 1, "'1 nan' is not x y"),
        ({"train.list": "a.jpg a.txt\n", "a.txt": "1,2\n,3 4\n"}, 2, "',3 4' is not x y"),
        ({"train.list": "a.jpg a.txt\n", "a.txt": "1;2;\n3;;4\n"}, 2, "'3;;4' is not x y"),
        ({"train.list": "a.jpg a.txt\n", "a.txt": "1,5 2,5\n"}, 1, "'1 5 2 5' is not x y"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, files: dict[str, str], line: int, words: str) -> None:
    with pytest.raises(DataFormatError) as caught:
        list(read(folder(tmp_path, files)))
    assert caught.value.line == line
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "text", ["a.jpg\n", "1 2 3\n", "a.jpg 0.1 0.2\n", "image,x,y\na.jpg,1,2\n", "", "a.jpg 2 1 2 3 4\n"]
)
def test_other_lists_are_not_taken(tmp_path: Path, text: str) -> None:
    assert not p2pnet.detect(folder(tmp_path, {"list.txt": text}))


@pytest.mark.parametrize(
    ("images", "words"),
    [
        ([image("a b.png")], "'images/a b.png' has a blank"),
        ([image("a.png", split="extra")], "split 'extra' has no folder in this format"),
        ([image("a.png"), image("a.jpg")], "'images/a'"),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, images: list[ImageAnnotations], words: str) -> None:
    with pytest.raises(GtaHeadError, match=words):
        write(images, tmp_path)


def test_a_folder_without_a_list(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match=r"train\.list"):
        read(tmp_path)
