"""Data sets of label files that are all read when they are opened."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from PIL import Image

from converters.files.labels.label_folder import PLACE
from converters.files.labels.labelled_pictures import LabelledPicture, from_label_files
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DatasetLayoutError, UnknownNameError


def labelled(name: str, *categories: str, place: str = "", size: tuple[int, int] = (0, 0)) -> LabelledPicture:
    info = ImageInfo(name, *size, facts={PLACE: place or f"images/{name}"})
    heads = ImageAnnotations(info, [(number, 1) for number in range(len(categories))])
    return LabelledPicture(info, heads, categories)


def opened(root: Path, *pictures: LabelledPicture, category: str = "") -> Dataset:
    return from_label_files(root, root, pictures, scenes="auto", scene_name="all", category=category)


def test_heads_of_the_category_head_are_kept_and_the_choice_is_told(tmp_path: Path) -> None:
    dataset = opened(tmp_path, labelled("b.jpg", "person", "head"), labelled("a.jpg", "person"))
    assert [(image.info.name, image.points.tolist()) for image in dataset] == [("a", []), ("b", [[1, 1]])]
    assert dataset.notes == (
        f"{tmp_path.name}: only 'head' (1) are heads; left out: 'person' (2); -i category=NAME,NAME takes others",
    )
    assert [len(image) for image in opened(tmp_path, labelled("b.jpg", "person", "head"), category="person,head")] == [
        2
    ]
    with pytest.raises(UnknownNameError, match="category"):
        opened(tmp_path, labelled("b.jpg", "person"), category="hat")


def test_sizes_come_from_the_label_else_from_the_picture_else_from_the_scene(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    Image.new("L", (30, 20)).save(tmp_path / "images/a.png")
    pictures = [labelled("a.png"), labelled("b.png", size=(5, 4)), labelled("c.png")]
    assert [image.info.size for image in opened(tmp_path, *pictures)] == [(30, 20), (5, 4), (0, 0)]
    assert [image.info.size for image in opened(tmp_path, pictures[0], pictures[2])] == [(30, 20), (30, 20)]


def test_scenes_are_folders_and_a_worker_gets_its_own_heads(tmp_path: Path) -> None:
    dataset = opened(tmp_path, labelled("s/a.jpg", "head"), labelled("b.jpg", "head", "head"))
    assert [scene.name for scene in dataset.scenes] == ["all", "s"]
    alone = pickle.loads(pickle.dumps(dataset.only(["s"])))
    assert [image.info.path for image in alone] == ["images/s/a.jpg"]
    assert "images/b.jpg" not in str(alone.load)


@pytest.mark.parametrize("other", [labelled("a.jpg", place="other/a.jpg"), labelled("b.jpg", place="images/a.jpg")])
def test_two_label_files_of_one_picture_are_refused(tmp_path: Path, other: LabelledPicture) -> None:
    with pytest.raises(DatasetLayoutError, match=r"a\.jpg"):
        opened(tmp_path, labelled("a.jpg"), other)
