"""UCF-QNRF: read, written, refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from scipy.io import loadmat, savemat
from scipy.sparse import csc_matrix

from converters.datasets.read import read_dataset
from converters.formats import ucf_cc_50, ucf_qnrf
from converters.formats.options import NoOptions, PointOptions
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError
from test_converters.hdf5_mats import write_hdf5_mat
from test_converters.small_sets import assert_same_heads, crowds, image, write_pictures


def read(path: Path, **options: Any) -> list[ImageAnnotations]:
    return list(ucf_qnrf.read(path, PointOptions(**options)))


def write_ann(file: Path, points: Any) -> Path:
    """A file as the released ones are; what is no array is stored as MATLAB stores it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    savemat(file, {"annPoints": np.asarray(points, dtype=np.float64) if isinstance(points, list) else points})
    return file


def write(images: list[ImageAnnotations], target: Path) -> Path:
    ucf_qnrf.write(in_memory(images, Path("/nowhere")), target, NoOptions(), "none")
    return target


def test_the_released_layout_is_read(tmp_path: Path) -> None:
    write_ann(tmp_path / "Train" / "img_0001_ann.mat", [[1.5, 2], [-3, 4]])
    write_ann(tmp_path / "Test" / "img_0001_ann.mat", [[5, 6]])
    write_pictures(tmp_path, [image("Train/img_0001.JPG")])
    name, dataset = read_dataset(tmp_path)
    assert name == "ucf_qnrf"
    assert [(one.info.path, one.info.split, one.info.size, one.points.tolist()) for one in dataset] == [
        ("Test/img_0001.jpg", "test", (0, 0), [[5, 6]]),
        ("Train/img_0001.JPG", "train", (16, 12), [[1.5, 2], [-3, 4]]),
    ]
    (alone,) = read(tmp_path / "Train", shift=-0.5)
    assert (alone.info.split, alone.info.path, alone.points.tolist()) == (
        "train",
        "img_0001.JPG",
        [[1, 1.5], [-3.5, 3.5]],
    )


def test_a_folder_without_splits_and_a_lone_file(tmp_path: Path) -> None:
    file = write_ann(tmp_path / "img_0007_ann.mat", [[1, 2]])
    write_pictures(tmp_path, [image("img_0007.png")])
    for path in (tmp_path, file):
        name, dataset = read_dataset(path)
        (one,) = dataset
        assert (name, dataset.root, one.info.path, one.info.split) == ("ucf_qnrf", tmp_path, "img_0007.png", None)


@pytest.mark.parametrize("shape", [(0, 0), (1, 0), (0, 2), (0, 1), (2, 0)])
def test_an_empty_array_of_any_shape_is_no_head(shape: tuple[int, int], tmp_path: Path) -> None:
    write_ann(tmp_path / "a_ann.mat", np.empty(shape))
    write_hdf5_mat(tmp_path / "b_ann.mat", annPoints=np.empty(shape))
    assert [len(one) for one in read(tmp_path)] == [0, 0]


def test_version_7_3_is_read(tmp_path: Path) -> None:
    write_hdf5_mat(tmp_path / "a_ann.mat", annPoints=np.array([[1.5, 2.0]]))
    write_hdf5_mat(tmp_path / "b_ann.mat", annPoints=np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    assert [one.points.tolist() for one in read(tmp_path)] == [[[1.5, 2]], [[1, 2], [3, 4], [5, 6]]]


def test_what_is_written_is_read_as_the_released_files_are(tmp_path: Path) -> None:
    images = [
        image("street/a.png", points=[[1.25, 2]], split="train"),
        image("hall/a.png", points=[[3, 4]], split="test"),
        image("b.png", points=[[5, 6]], split="val"),
        image("7.png", scene="s"),
    ]
    out = write(images, tmp_path / "out")
    assert sorted(file.relative_to(out).as_posix() for file in out.rglob("*.mat")) == [
        "Test/a_ann.mat",
        "Train/a_ann.mat",
        "Val/b_ann.mat",
        "images/7_ann.mat",
    ]
    assert loadmat(out / "Train" / "a_ann.mat")["annPoints"].tolist() == [[1.25, 2]]
    assert [(one.info.path, one.info.split, len(one)) for one in read_dataset(out)[1]] == [
        ("Test/a.jpg", "test", 1),
        ("Train/a.jpg", "train", 1),
        ("Val/b.jpg", "val", 1),
        ("images/7.jpg", None, 0),
    ]


def test_equal_names_of_a_split_hold_their_folders(tmp_path: Path) -> None:
    out = write([image("s/a.png", points=[[1, 2]]), image("t/a.png")], tmp_path / "out")
    assert {one.info.name: len(one) for one in read(out)} == {"s_a": 1, "t_a": 0}
    with pytest.raises(DatasetLayoutError, match="'/s_a'"):
        write([image("s/a.png"), image("s_a.png"), image("t/a.png")], tmp_path / "other")
    out = write([image("s/\u00e9.png", points=[[1, 2]]), image("t/e\u0301.png")], tmp_path / "forms")
    assert {one.info.name: len(one) for one in read(out)} == {"s_\u00e9": 1, "t_\u00e9": 0}
    with pytest.raises(DatasetLayoutError, match=r"'\.h' in it begins with a dot"):
        write([image("s/.h.png")], tmp_path / "hidden")


@given(dataset=crowds())
def test_points_come_back(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> None:
    target = tmp_path_factory.mktemp("qnrf") / "out"
    ucf_qnrf.write(dataset, target, NoOptions(), "none")
    bare = dataset.map(lambda one: ImageAnnotations(one.info, one.points))
    assert_same_heads(bare, read(target))


@pytest.mark.parametrize(
    ("put", "words"),
    [
        (lambda file: write_ann(file, np.ones((3, 3))), "annPoints: expected N x 2 numbers, found 3 x 3"),
        (lambda file: write_ann(file, np.array([[1, np.nan]])), r"annPoints\(1,:\): expected finite numbers"),
        (lambda file: write_ann(file, np.array([["a", "b"]], dtype=object)), "annPoints: expected N x 2"),
        (lambda file: write_ann(file, csc_matrix([[1.0, 2.0]])), "annPoints: expected a full array"),
        (lambda file: savemat(file, {"points": np.ones((3, 2))}), "annPoints: missing variable"),
        (lambda file: file.write_bytes(b""), "no readable MATLAB file"),
        (lambda file: file.write_bytes(write_ann(file, [[1, 2]]).read_bytes()[:150]), "no readable MATLAB file"),
        (lambda file: file.write_bytes(b"1 2\n3 4\n"), "no readable MATLAB file"),
    ],
)
def test_what_is_wrong_is_named(put: Callable[[Path], Any], words: str, tmp_path: Path) -> None:
    put(tmp_path / "img_0001_ann.mat")
    with pytest.raises(DataFormatError, match=words) as caught:
        read(tmp_path)
    assert caught.value.path == tmp_path / "img_0001_ann.mat"


def test_a_folder_without_points(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match=r"no points found, expected Train/NAME_ann\.mat"):
        read(tmp_path)
    with pytest.raises(GtaHeadError, match="gone"):
        read(tmp_path / "gone")


def test_ucf_cc_50_is_told_by_its_numbers(tmp_path: Path) -> None:
    write_ann(tmp_path / "1_ann.mat", [[1, 2]])
    write_ann(tmp_path / "10_ann.mat", [[1, 2], [3, 4]])
    write_ann(tmp_path / "2_ann.mat", [])
    write_pictures(tmp_path, [image("2.jpg")])
    name, dataset = read_dataset(tmp_path)
    assert (name, [(one.info.path, len(one)) for one in dataset]) == (
        "ucf_cc_50",
        [("1.jpg", 1), ("2.jpg", 0), ("10.jpg", 2)],
    )
    assert read_dataset(tmp_path / "10_ann.mat")[0] == "ucf_cc_50"
    (one,) = ucf_cc_50.read(tmp_path / "10_ann.mat", PointOptions(shift=-0.5))
    assert one.points.tolist() == [[0.5, 1.5], [2.5, 3.5]]
    with pytest.raises(DatasetLayoutError, match=r"expected NUMBER_ann\.mat"):
        ucf_cc_50.read(tmp_path / "gone", PointOptions())
    write_ann(tmp_path / "Train" / "1_ann.mat", [[1, 2]])
    assert read_dataset(tmp_path / "Train")[0] == "ucf_qnrf"
