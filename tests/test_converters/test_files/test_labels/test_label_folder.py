from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from converters.files.labels.label_folder import FileEach, from_one_file, label_file
from converters.files.pictures.picture_paths import whole_stems
from converters.files.pictures.pictures import pictures_by_stem
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Scene
from gta_head_tools.errors import DatasetLayoutError


def test_heads_of_one_file_come_by_image_in_natural_order(tmp_path: Path) -> None:
    heads = ImageAnnotations(ImageInfo(""), [[1, 1], [2, 2], [3, 3]])
    names, images = ["a/10.jpg", "a/9.jpg"], np.array([0, 1, 0])
    dataset = from_one_file(tmp_path, tmp_path / "x.csv", names, heads, images, scenes="auto", scene_name="all")
    assert {image.info.path: image.points[:, 0].tolist() for image in dataset} == {
        "images/a/9.jpg": [2],
        "images/a/10.jpg": [1, 3],
    }


def test_names_without_a_suffix_take_that_of_their_picture(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name in ("images/1.png", "2.png"):
        Image.new("L", (4, 3)).save(tmp_path / name)
    none, file = ImageAnnotations(ImageInfo("")), tmp_path / "x.txt"
    images = np.empty(0, dtype=np.int64)
    dataset = from_one_file(file, file, ["1", "2", "3"], none, images, bare=True, scenes="one", scene_name="all")
    assert [info.path for info in dataset.scenes[0].images] == ["images/1.png", "2.png", "3.jpg"]


def test_a_folder_without_its_label_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match=r"no heads\.csv in this folder"):
        label_file(tmp_path, ["heads.csv", "heads.csv.gz"])
    (tmp_path / "heads.csv.gz").touch()
    assert label_file(tmp_path, ["heads.csv", "heads.csv.gz"]) == tmp_path / "heads.csv.gz"


def _named(file: Path, info: ImageInfo) -> ImageAnnotations:
    return ImageAnnotations(info, [[float(file.stem), 0]])


def test_one_file_for_each_picture() -> None:
    infos = [ImageInfo(f"{number}.jpg", scene=str(number)) for number in range(3)]
    scenes = tuple(Scene(info.scene, (info,)) for info in infos)
    load = FileEach(_named, {info.path: Path(f"{number}.json") for number, info in enumerate(infos)})
    assert [image.points.tolist() for scene in scenes for image in load(scene)] == [[[0, 0]], [[1, 0]], [[2, 0]]]
    assert load.only(scenes[:1]).files == {"0.jpg": Path("0.json")}


def test_pictures_by_stem(tmp_path: Path) -> None:
    for name in ("a.b.jpg", "1.png", ".hidden.jpg", "1.txt"):
        (tmp_path / name).touch()
    assert pictures_by_stem(tmp_path) == {"a.b": "a.b.jpg", "1": "1.png"}
    assert pictures_by_stem(tmp_path / "none") == {}


@pytest.mark.parametrize(
    ("names", "stems"),
    [
        ([["07.jpg"], ["a/9.png"]], [["07"], ["9"]]),
        ([["7.jpg"], ["07.png"]], [["01"], ["02"]]),
        ([["a.jpg", "1.jpg"], ["2.jpg"]], [["01", "02"], ["03"]]),
    ],
)
def test_whole_stems_are_kept_or_counted(names: list[list[str]], stems: list[list[str]]) -> None:
    assert whole_stems(names, width=2) == stems
