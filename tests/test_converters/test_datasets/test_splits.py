"""Names of splits and scenes: what is written comes back, and nothing leaves the target."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.convert import ConvertOptions, convert
from converters.datasets.read import read_dataset
from converters.datasets.write import find_writer, write_scenes
from converters.formats.mot import mot
from gta_head_tools.dataset import in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError
from test_converters.boxed_scenes import tree
from test_converters.small_sets import image

WILD = ["../../x", "..", ".", "/", "//", "/abs", "a/b", "a\\b", "C:", "a\0b", "a\nb", "\udce9", "x" * 256]
TO = ["mot", "coco"]


def coco_file(path: Path, **keys: str) -> Path:
    """A file of one image with these keys."""
    head = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}
    picture = {"id": 1, "file_name": "1.jpg", "width": 100, "height": 80, **keys}
    content = {"images": [picture], "annotations": [head], "categories": [{"id": 1, "name": "head"}]}
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("split", [name for name in WILD if name.isascii()])
def test_a_split_that_is_no_folder_name_is_refused_on_reading(split: str, tmp_path: Path) -> None:
    source = coco_file(tmp_path / "x.json", split=split)
    with pytest.raises(DataFormatError, match=r"x.json: images\[0\].split: split .* cannot be the name of a folder"):
        convert(source, ConvertOptions(to="mot", out=tmp_path / "in" / "out", images="none"))
    assert [path.name for path in tmp_path.rglob("*")] == ["x.json"]


@pytest.mark.parametrize("to", TO)
@pytest.mark.parametrize("split", WILD)
def test_no_split_of_any_reader_leaves_the_target(to: str, split: str, tmp_path: Path) -> None:
    dataset = in_memory([image("a/1.png", [[1, 2, 3, 4]]), image("s/1.png", [[1, 2, 3, 4]], split=split)], tmp_path)
    with pytest.raises(DataFormatError, match="cannot be the name of a folder"):
        write_scenes(dataset, to, tmp_path / "in" / "out", find_writer(to).options(), "none")
    assert not list(tmp_path.iterdir())
    with pytest.raises(DataFormatError, match="cannot be the name of a folder"):
        find_writer(to).write(dataset.only(["s"]), tmp_path / "in" / "out", find_writer(to).options(), "none")
    assert not tree(tmp_path)


@pytest.mark.parametrize("scene", ["../../x", "..", "/abs", "C:/x", "a\0b", "a\nb", "x" * 256])
def test_no_scene_of_any_reader_leaves_the_target(scene: str, tmp_path: Path) -> None:
    dataset = in_memory([image("1.png", [[1, 2, 3, 4]], scene=scene)], tmp_path)
    with pytest.raises(DataFormatError):
        write_scenes(dataset, "mot", tmp_path / "in" / "out", mot.WriteOptions(), "none")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["boxes", "anchors", ".x", "seqmaps"])
def test_names_that_readers_pass_over_are_refused(name: str, tmp_path: Path) -> None:
    for one in (image("a/1.png", [[1, 2, 3, 4]], split=name), image("1.png", [[1, 2, 3, 4]], scene=name)):
        with pytest.raises(DatasetLayoutError, match="rename"):
            write_scenes(in_memory([one], tmp_path), "mot", tmp_path / "out", mot.WriteOptions(), "none")
    assert not list(tmp_path.iterdir())


def test_a_scene_never_lies_in_another_one(tmp_path: Path) -> None:
    images = [image("1.png", [[1, 2, 3, 4]], scene="train"), image("2.png", [[1, 2, 3, 4]], scene="s", split="train")]
    with pytest.raises(DatasetLayoutError, match="scene 's' would lie in scene 'train'"):
        write_scenes(in_memory(images, tmp_path), "mot", tmp_path / "out", mot.WriteOptions(), "none")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("to", ["mot", "coco", "csv"])
@pytest.mark.parametrize("path", ["\udce9/1.png", "s/\udce9.png", "s/\udce9/1.png"])
def test_a_name_that_is_no_text_is_refused_before_anything_is_written(to: str, path: str, tmp_path: Path) -> None:
    dataset = in_memory([image("a/1.png", [[1, 2, 3, 4]]), image(path, [[1, 2, 3, 4]])], tmp_path)
    with pytest.raises(DatasetLayoutError, match=r"the name '.*\\udce9.*' in it is not UTF-8; rename it"):
        write_scenes(dataset, to, tmp_path / "out", find_writer(to).options(), "none")
    assert not list(tmp_path.iterdir())


SPLITS = st.sampled_from(["train", "val", "val2017", "valid", "trainval", "a-b", "b"]) | st.text(min_size=1, max_size=9)


@pytest.mark.parametrize("to", TO)
@settings(max_examples=60, deadline=None)
@given(splits=st.lists(st.none() | SPLITS, min_size=1, max_size=4))
def test_every_split_that_is_written_comes_back(
    to: str, splits: list[str | None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    target = tmp_path_factory.mktemp("splits") / "out"
    images = [image(f"{n}/{n}.png", [[n, 2, n + 3, 4]], split=split) for n, split in enumerate(splits)]
    try:
        write_scenes(in_memory(images, target), to, target, find_writer(to).options(), "none")
    except GtaHeadError:
        assert not target.exists()
        return
    back = {one.info.name: one.info.split for one in read_dataset(target)[1]}
    assert back == {str(n): split for n, split in enumerate(splits)}


@pytest.mark.parametrize(
    ("name", "split"),
    [("train", "train"), ("valid", "val"), ("validation", "val"), ("trainval", "trainval"), ("Test2017", "test")],
)
def test_the_name_of_a_foreign_file_tells_the_split(name: str, split: str, tmp_path: Path) -> None:
    source = coco_file(tmp_path / f"instances_{name}.json")
    assert next(iter(read_dataset(source)[1])).info.split == split


def test_a_split_that_is_no_longer_there_leaves_no_file(tmp_path: Path) -> None:
    for split in ("valid", "train"):
        source = coco_file(tmp_path / "x.json", split=split)
        convert(source, ConvertOptions(to="coco", out=tmp_path / "out", images="none", force=True))
    assert list(tree(tmp_path / "out")) == ["annotations/instances_train.json"]


def test_two_files_of_one_split_are_refused(tmp_path: Path) -> None:
    coco_file(tmp_path / "instances_a.json", split="valid")
    coco_file(tmp_path / "instances_b.json", split="train")
    assert read_dataset(tmp_path)[1].image_count == 2
    coco_file(tmp_path / "instances_b.json", split="valid")
    with pytest.raises(DatasetLayoutError, match=r"instances_a.json and instances_b.json are of the same split"):
        read_dataset(tmp_path)
