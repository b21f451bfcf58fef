"""Cameras of scenes whose names also tell a split, or that are no scenes of a camera."""

from __future__ import annotations

import pytest

from converters.datasets.locations import camera_of
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Scene


def scene(name: str, split: str | None, *paths: str, assumed: bool = False) -> Scene:
    return Scene(name, tuple(ImageInfo(path, scene=name, split=split) for path in paths), split, assumed=assumed)


@pytest.mark.parametrize(
    ("of", "camera"),
    [
        (scene("train_street", "train", "1.jpg", "2.jpg"), "street"),
        (scene("train_street", "test", "1.jpg", "2.jpg"), "street"),
        (scene("train_street", None, "1.jpg", "2.jpg"), "street"),
        (scene("day_street", "day", "1.jpg", "2.jpg"), "street"),
        (scene("day_street", "test", "1.jpg", "2.jpg"), "day_street"),
        (scene("train_001", "train", "1.jpg", "2.jpg"), "train_001"),
        (scene("train_scene_1_0", "train", "1.jpg"), "scene_1_0"),
        (scene("test_IMG_1", "test", "IMG_1.jpg"), "test_IMG_1"),
        (scene("test_scene_1_0_jpgs", "test", "test/scene_1_0/jpgs/1.jpg", assumed=True), "scene_1_0"),
        (scene("test_street", "test", "test/street/1.jpg", assumed=True), "test_street"),
        (scene("all", None, "scene_1_0/1.jpg", "scene_1_1/1.jpg", assumed=True), "all"),
        (scene("all", None, "scene_1_0/1.jpg", "1.jpg", assumed=True), "all"),
    ],
)
def test_a_camera_is_called_like_its_scene_without_the_split(of: Scene, camera: str) -> None:
    assert camera_of(of) == camera
