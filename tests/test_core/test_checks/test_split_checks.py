"""Cameras and places on two sides of a split, and names that are nearly equal."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from gta_head_tools.annotations import ImageInfo
from gta_head_tools.checks.finding import Finding, Overview, Published, Seen
from gta_head_tools.checks.name_checks import find_alike
from gta_head_tools.checks.split_checks import find_locations, find_scenes
from gta_head_tools.dataset import Dataset, InMemory, Scene


def overview(*images: tuple[str, str, str | None], assumed: bool = False) -> Overview:
    """Images of scene, path and split; the scenes x1 and x2 are of the place x."""
    infos = [ImageInfo(path, scene=scene, split=split) for scene, path, split in images]
    names = dict.fromkeys(info.scene for info in infos)
    scenes = tuple(Scene(name, tuple(i for i in infos if i.scene == name), assumed=assumed) for name in names)
    dataset = Dataset(Path(), scenes, InMemory({}), Path())
    cameras = {} if assumed else {name: name.removesuffix("_again") for name in names}
    return Overview("mot", dataset, [Seen(info, 0) for info in infos], cameras, {name: name[:1] for name in names})


def test_a_camera_on_two_sides() -> None:
    images = [("x1", f"{number}.jpg", "train" if number < 2 else "test") for number in range(6)]
    assert [*find_scenes(overview(*images, ("y1", "7.jpg", "test"), ("z1", "8.jpg", None)))] == [
        Finding("0.jpg", "scene x1", "train 2, test 4", "pictures of this fixed camera are in train and test", weight=2)
    ]
    assert not [*find_locations(overview(*images))]
    assert not [*find_scenes(overview(*images, assumed=True))]


def test_a_camera_that_is_a_scene_of_its_own_in_each_split() -> None:
    (found,) = find_scenes(overview(("x1", "a.jpg", "train"), ("x1_again", "b.jpg", "test")))
    assert (found.file, found.record, found.value) == ("a.jpg", "scene x1", "train 1, test 1")


def test_a_published_split_of_one_camera() -> None:
    seen = overview(("x1", "a.jpg", "train"), ("x1", "b.jpg", "test"))
    known = Published(
        title="Mall",
        address="",
        images=None,
        heads=None,
        split_images={"test": 1, "train": 1},
        split_heads={},
        hidden=frozenset(),
        paths=frozenset(),
    )
    (found,) = find_scenes(replace(seen, published=[known]))
    assert found.message.endswith(", as in the published split of Mall")


def test_cameras_of_one_place_on_two_sides() -> None:
    seen = overview(("x1", "a", "train"), ("x2", "b", "train"), ("y1", "c", "train"), ("x3", "d", "test"))
    assert [*find_locations(seen)] == [
        Finding("d", "scene x3", "x3 in test, x1 in train", "cameras of the place x are on two sides")
    ]
    assert not [*find_scenes(seen)]


def test_sets_without_splits() -> None:
    seen = overview(("x1", "a", None), ("x2", "b", None), ("x3", "c", "test"))
    assert not [*find_scenes(seen), *find_locations(seen)]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("a.jpg", "A.jpg"), "in capital letters alone"),
        (("a.jpg", "a.JPG"), "in capital letters alone"),
        (("a.jpg", "a.png"), "in its suffix alone"),
        (("a.jpg", "A.png"), "in its suffix alone"),
        (("é.jpg", unicodedata.normalize("NFD", "é.jpg")), "in another Unicode form"),
        (("cam_12.30", "cam_12.31"), None),
        (("x/a.jpg", "y/a.jpg"), None),
        (("a.jpg", "a.jpg"), None),
    ],
)
def test_names_that_are_nearly_equal(names: tuple[str, str], told: str | None) -> None:
    found = [*find_alike(overview(*(("s", name, None) for name in names)))]
    assert [(one.file, one.value) for one in found] == ([(names[1], names[0])] if told else [])
    assert all(told is not None and told in one.message for one in found)


def test_a_picture_beside_one_of_the_same_stem(tmp_path: Path) -> None:
    for name in ("a.jpg", "A.PNG", "b.jpg", "b.txt", "c.png", "d.jpg"):
        (tmp_path / name).touch()
    images = overview(("s", "a.jpg", None), ("s", "b.jpg", None), ("s", "d.jpg", None), ("s", "gone/x.jpg", None))
    seen = replace(images, dataset=replace(images.dataset, root=tmp_path))
    (found,) = find_alike(seen)
    assert (found.file, found.value) == ("A.PNG", "a.jpg")
    assert found.message == "the name differs from another one in its suffix alone; it is not of the data set"
    for name in ("b.png", "d.png"):
        (tmp_path / name).touch()
    assert not [*find_alike(seen)]  # They are masks.
