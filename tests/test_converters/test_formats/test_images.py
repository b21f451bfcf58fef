from __future__ import annotations

import pickle
import tracemalloc
from pathlib import Path

import pytest
from PIL import Image

from converters.files.labels.scene_names import SceneGrouping
from converters.formats import images, mall
from converters.formats.gcc import gcc, gcc_raw
from converters.formats.options import parse_options
from gta_head_tools.errors import DatasetLayoutError, UnknownNameError


def write_pictures(folder: Path, *names: str, size: tuple[int, int] = (64, 48)) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", size).save(folder / name)
    return folder


def scenes_of(folder: Path, grouping: SceneGrouping) -> dict[str, list[str]]:
    dataset = images.read(folder, images.ReadOptions(scenes=grouping))
    return {scene.name: [info.path for info in scene.images] for scene in dataset.scenes}


def test_every_picture_is_an_image_without_heads(tmp_path: Path) -> None:
    write_pictures(tmp_path, "10.png", "9.jpg")
    first, second = images.read(tmp_path, images.ReadOptions())
    assert (first.info.path, second.info.path) == ("9.jpg", "10.png")
    assert (len(first), first.info.size) == (0, (64, 48))


@pytest.mark.parametrize("grouping", ["auto", "folder"])
def test_a_folder_of_stills_is_one_assumed_scene(grouping: SceneGrouping, tmp_path: Path) -> None:
    write_pictures(tmp_path / "square", "a.jpg", "b.jpg")
    dataset = images.read(tmp_path / "square", images.ReadOptions(scenes=grouping))
    assert scenes_of(tmp_path / "square", grouping) == {"square": ["a.jpg", "b.jpg"]}
    assert dataset.scenes[0].assumed == (grouping == "auto")


@pytest.mark.parametrize(
    ("grouping", "expected"),
    [
        ("auto", {"east": ["east/1.jpg", "east/2.jpg"], "west": ["west/1.jpg"]}),
        ("image", {"east_1": ["east/1.jpg"], "east_2": ["east/2.jpg"], "west_1": ["west/1.jpg"]}),
        ("one", {"all": ["east/1.jpg", "east/2.jpg", "west/1.jpg"]}),
    ],
)
def test_scenes(grouping: SceneGrouping, expected: dict[str, list[str]], tmp_path: Path) -> None:
    write_pictures(tmp_path / "all", "east/1.jpg", "east/2.jpg", "west/1.jpg")
    assert scenes_of(tmp_path / "all", grouping) == expected


def test_own_folders_and_other_files_are_passed_over(tmp_path: Path) -> None:
    write_pictures(tmp_path, "a.JPG", "boxes/img1/000001.jpg", "truth/b.jpg", "ghtools-demo/c.png")
    (tmp_path / "notes.txt").touch()
    (image,) = images.read(tmp_path, images.ReadOptions())
    assert image.info.path == "a.JPG"


def test_sizes_differ_by_picture(tmp_path: Path) -> None:
    write_pictures(tmp_path, "1.jpg", size=(64, 48))
    write_pictures(tmp_path, "2.jpg", size=(32, 24))
    assert [image.info.size for image in images.read(tmp_path, images.ReadOptions())] == [(64, 48), (32, 24)]


def test_a_damaged_picture_has_the_size_of_the_others(tmp_path: Path) -> None:
    write_pictures(tmp_path, "1.jpg", "3.jpg", size=(64, 48))
    (tmp_path / "2.jpg").write_bytes(b"no picture")
    assert [image.info.size for image in images.read(tmp_path, images.ReadOptions())] == [(64, 48)] * 3
    write_pictures(tmp_path, "3.jpg", size=(32, 24))
    assert not list(images.read(tmp_path, images.ReadOptions()))[1].info.sized


@pytest.mark.parametrize(("name", "words"), [(".", "no pictures there"), ("none", "no such folder"), ("f", "a file")])
def test_nothing_to_read_is_said(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    with pytest.raises(DatasetLayoutError, match=words):
        images.read(tmp_path / name, images.ReadOptions())


def test_wrong_grouping() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'folder'"):
        parse_options(images.ReadOptions, ["scenes=folders"])


def test_is_never_detected_nor_mistaken(tmp_path: Path) -> None:
    write_pictures(tmp_path, "1.jpg", "part_1_0/2.jpg", "scene_0_0/3.jpg", "frames/4.jpg")
    assert not any(known.detect(tmp_path) for known in (images.FORMAT, gcc.FORMAT, gcc_raw.FORMAT, mall.FORMAT))


def test_pictures_are_never_decoded(tmp_path: Path) -> None:
    write_pictures(tmp_path, *(f"{number}.png" for number in range(10)), size=(3000, 2000))
    dataset = images.read(tmp_path, images.ReadOptions())
    tracemalloc.start()
    assert sum(image.info.width for image in dataset) == 30_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e6, f"{peak / 1e6:.1f} MB; one decoded picture is 6 MB"


def test_a_dataset_travels_to_workers(tmp_path: Path) -> None:
    dataset = images.read(write_pictures(tmp_path, "1.jpg"), images.ReadOptions())
    (here,), (there,) = list(dataset), list(pickle.loads(pickle.dumps(dataset)))
    assert here.same_as(there)
