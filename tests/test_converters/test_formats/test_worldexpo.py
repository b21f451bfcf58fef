"""WorldExpo'10: scenes, regions, pictures, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from converters.datasets.read import read_dataset
from converters.formats import worldexpo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from test_converters.hdf5_mats import write_hdf5_mat
from test_converters.small_sets import image, write_pictures

SQUARE = [[1, 1], [11, 1], [11, 9], [1, 9], [1, 1]]


def read(path: Path, **options: Any) -> Dataset:
    return worldexpo.read(path, worldexpo.ReadOptions(**options))


def write_frame(root: Path, split: str, scene: str, name: str, points: Any, *, region: Any = None) -> Path:
    """A frame's points, and with `region` its scene's region."""
    folder = root / f"{split}_label" / scene
    folder.mkdir(parents=True, exist_ok=True)
    savemat(folder / f"{name}.mat", {"point_position": np.asarray(points, dtype=np.float64)})
    if region is not None:
        x, y = np.array(region, dtype=np.float64).T[:, :, None]
        savemat(folder / "roi.mat", {"maskVerticesXCoordinates": x, "maskVerticesYCoordinates": y})
    return folder


def test_the_released_layout_is_read(tmp_path: Path) -> None:
    write_frame(tmp_path, "train", "100202", "100202_a-1", [[1.5, 2], [30, 4]], region=SQUARE)
    write_frame(tmp_path, "train", "100202", "100202_a-2", np.empty((0, 0)))
    write_frame(tmp_path, "train", "104242", "104242-b", [[5, 6]])
    write_frame(tmp_path, "test", "104207", "104207_1", [[7, 8]])
    write_pictures(tmp_path, [image("train_frame/100202_a-1.jpg"), image("test_frame/104207/104207_1.JPG")])
    (tmp_path / "train_perspective").mkdir()
    name, dataset = read_dataset(tmp_path)
    assert name == "worldexpo"
    assert [(s.name, s.split, [(i.path, i.size) for i in s.images]) for s in dataset.scenes] == [
        ("100202", "train", [("train_frame/100202_a-1.jpg", (16, 12)), ("train_frame/100202_a-2.jpg", (16, 12))]),
        ("104207", "test", [("test_frame/104207/104207_1.JPG", (16, 12))]),
        ("104242", "train", [("train_frame/104242-b.jpg", (720, 576))]),
    ]
    assert [one.points.tolist() for one in dataset] == [[[1.5, 2], [30, 4]], [], [[7, 8]], [[5, 6]]]
    first, *_, last = dataset
    assert first.info.roi is not None
    assert first.info.roi.contains(first.points).tolist() == [True, False]
    assert last.info.roi is None


def test_the_shift_moves_points_and_regions(tmp_path: Path) -> None:
    write_frame(tmp_path, "test", "104207", "1", [[7, 8]], region=SQUARE)
    (one,) = read(tmp_path, shift=-0.5)
    assert one.points.tolist() == [[6.5, 7.5]]
    assert one.info.roi is not None
    assert one.info.roi.polygon is not None
    assert one.info.roi.polygon.tolist() == [[0.5, 0.5], [10.5, 0.5], [10.5, 8.5], [0.5, 8.5]]


def test_a_scene_of_both_splits_is_one_camera(tmp_path: Path) -> None:
    write_frame(tmp_path, "train", "1", "a", [[1, 2]])
    write_frame(tmp_path, "test", "1", "b", [[3, 4]])
    (scene,) = read(tmp_path).scenes
    assert (scene.split, [info.split for info in scene.images]) == (None, ["train", "test"])
    assert [scene.name for scene in read(tmp_path, scenes="image").scenes] == ["1_a", "1_b"]


def test_version_7_3_is_read(tmp_path: Path) -> None:
    folder = write_frame(tmp_path, "train", "1", "a", [[1, 2]])
    x, y = np.array(SQUARE, dtype=np.float64).T[:, :, None]
    write_hdf5_mat(folder / "roi.mat", maskVerticesXCoordinates=x, maskVerticesYCoordinates=y)
    write_hdf5_mat(folder / "a.mat", point_position=np.array([[1.5, 2.0], [3.0, 4.0]]))
    (one,) = read(tmp_path)
    assert one.points.tolist() == [[1.5, 2], [3, 4]]
    assert one.info.roi is not None
    assert one.info.roi.polygon is not None
    assert len(one.info.roi.polygon) == 4


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ({"maskVerticesXCoordinates": np.ones((3, 1))}, "maskVerticesYCoordinates: missing variable"),
        (np.ones((2, 2)), "2 vertices found, expected three"),
        (
            {"maskVerticesXCoordinates": np.ones((3, 1)), "maskVerticesYCoordinates": np.ones((4, 1))},
            "expected 3 finite",
        ),
        (np.array([[0, 0], [1, np.nan], [1, 1]]), "maskVerticesYCoordinates: expected 3 finite"),
    ],
)
def test_regions_that_are_wrong_are_named(region: Any, words: str, tmp_path: Path) -> None:
    folder = write_frame(tmp_path, "train", "1", "a", [[1, 2]], region=None if isinstance(region, dict) else region)
    if isinstance(region, dict):
        savemat(folder / "roi.mat", region)
    with pytest.raises(DataFormatError, match=words) as caught:
        read(tmp_path)
    assert caught.value.path == folder / "roi.mat"


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    folder = write_frame(tmp_path, "train", "1", "a", [[1, 2, 3]])
    with pytest.raises(DataFormatError, match=r"a\.mat: point_position: expected N x 2 numbers, found 1 x 3"):
        list(read(tmp_path))
    savemat(folder / "a.mat", {"annPoints": np.ones((1, 2))})
    with pytest.raises(DataFormatError, match="point_position: missing variable"):
        list(read(tmp_path))
    (folder / "a.mat").unlink()
    assert not worldexpo.detect(tmp_path)
    with pytest.raises(DatasetLayoutError, match=r"expected train_label/SCENE/NAME\.mat"):
        read(tmp_path)
