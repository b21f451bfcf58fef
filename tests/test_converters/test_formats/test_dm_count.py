"""DM-Count's NumPy files of points: read, written, refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from converters.datasets.read import read_dataset
from converters.formats import dm_count
from converters.formats.options import NoOptions, StillOptions
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError
from test_converters.small_sets import assert_same_heads, crowds, image, write_pictures


def read(path: Path) -> list[ImageAnnotations]:
    return list(dm_count.read(path, StillOptions()))


def put(file: Path, points: Any, kind: Any = np.float32) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    np.save(file, np.asarray(points, dtype=kind), allow_pickle=True)
    return file


def write(images: list[ImageAnnotations], target: Path) -> Path:
    dm_count.write(in_memory(images, Path("/nowhere")), target, NoOptions(), "none")
    return target


def test_the_published_layouts_are_read(tmp_path: Path) -> None:
    put(tmp_path / "train" / "img_0001.npy", [[1.5, 2, 30.25], [3, 4, 30.25]])
    put(tmp_path / "val" / "img_0002.npy", [[5.5, 6]], np.float64)
    put(tmp_path / "test" / "images" / "b.npy", [[7, 8]], np.int32)
    put(tmp_path / "test" / "images" / "c.npy", np.empty((0, 2)))
    put(tmp_path / "train" / "img_0001_densitymap.npy", np.ones((12, 16)))
    write_pictures(tmp_path, [image("train/img_0001.JPG"), image("test/images/d.jpg")])
    name, dataset = read_dataset(tmp_path)
    assert name == "dm_count"
    assert [(one.info.path, one.info.split, one.info.size, one.points.tolist()) for one in dataset] == [
        ("test/images/b.jpg", "test", (0, 0), [[7, 8]]),
        ("test/images/c.jpg", "test", (0, 0), []),
        ("train/img_0001.JPG", "train", (16, 12), [[1.5, 2], [3, 4]]),
        ("val/img_0002.jpg", "val", (0, 0), [[5.5, 6]]),
    ]
    assert dataset.notes == ("1 pictures have no file of points and are left out",)
    assert [one.info.split for one in read_dataset(tmp_path / "test" / "images")[1]] == ["test", "test"]


def test_a_lone_file_finds_its_picture(tmp_path: Path) -> None:
    file = put(tmp_path / "val" / "a.npy", [[1, 2]])
    write_pictures(tmp_path / "val", [image("a.png"), image("b.png")])
    name, dataset = read_dataset(file)
    (one,) = dataset
    assert (name, one.info.path, one.info.split, one.info.size) == ("dm_count", "a.png", "val", (16, 12))
    assert dataset.notes == ()


@pytest.mark.parametrize("shape", [(0, 2), (0,), (0, 0), (1, 0), (0, 3)])
def test_an_empty_array_of_any_shape_is_no_head(shape: tuple[int, ...], tmp_path: Path) -> None:
    put(tmp_path / "train" / "a.npy", np.empty(shape))
    assert [len(one) for one in read_dataset(tmp_path)[1]] == [0]


def test_what_is_written_is_what_numpy_reads(tmp_path: Path) -> None:
    images = [
        image("street/a.png", points=[[1.25, 2]], split="train"),
        image("hall/a.png", split="test"),
        image("b.png", points=[[5, 6]], scene="s"),
    ]
    out = write(images, tmp_path / "out")
    files = {file.relative_to(out).as_posix(): np.load(file) for file in sorted(out.rglob("*.npy"))}
    assert {name: array.tolist() for name, array in files.items()} == {
        "images/b.npy": [[5, 6]],
        "test/a.npy": [],
        "train/a.npy": [[1.25, 2]],
    }
    assert {(array.dtype, array.shape[1:]) for array in files.values()} == {(np.dtype("float32"), (2,))}
    assert [(one.info.path, one.info.split) for one in read(out)] == [
        ("images/b.jpg", None),
        ("test/a.jpg", "test"),
        ("train/a.jpg", "train"),
    ]
    with pytest.raises(DataFormatError, match="too large"):
        write([image("a.png", points=[[1e39, 2]])], tmp_path / "large")


@given(dataset=crowds())
def test_points_come_back_within_the_stated_precision(
    dataset: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> None:
    target = tmp_path_factory.mktemp("dm") / "out"
    dm_count.write(dataset, target, NoOptions(), "none")
    bare = dataset.map(lambda one: ImageAnnotations(one.info, one.points))
    assert_same_heads(bare, read(target), atol=3e-4)
    for before in dataset:
        error = np.abs(before.points.astype(np.float32) - before.points)
        assert np.all(error[np.abs(before.points) < 4096] <= 1.3e-4)
        assert np.all(error[np.abs(before.points) < 1024] <= 3.1e-5)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (np.ones((3, 4)), "expected N x 2 or N x 3 numbers, found 3 x 4 float64"),
        (np.ones(4), "expected N x 2 or N x 3 numbers, found 4 float64"),
        (np.ones(()), "found a single float64"),
        (np.ones((2, 2), dtype=complex), "found 2 x 2 complex128"),
        (np.ones((2, 2), dtype=bool), "found 2 x 2 bool"),
        (np.array([[1, 2], [3, np.inf]]), "row 2: expected finite numbers, found 3.0 inf"),
        (np.array([[1, 0x7FA00000]], dtype=np.uint32).view(np.float32), "row 1: expected finite numbers"),
        (np.array([["a", "b"]]), "found 1 x 2 <U1"),
        (np.array([[{}, []]], dtype=object), "no readable NumPy file of numbers"),
    ],
)
def test_what_is_wrong_is_named(points: Any, words: str, tmp_path: Path) -> None:
    file = put(tmp_path / "train" / "a.npy", points, None)
    with pytest.raises(DataFormatError, match=words) as caught:
        read(tmp_path)
    assert caught.value.path == file


def test_broken_files_are_one_error(tmp_path: Path) -> None:
    file = put(tmp_path / "a.npy", np.ones((5, 2)))
    whole = file.read_bytes()
    promised = whole.replace(b"(5, 2)", b"(9999999999999, 2)").replace(b" " * 12 + b"\n", b"\n", 1)
    for content in (
        b"",
        b"x",
        whole[:40],
        whole[:-1],
        whole[:130],
        promised,
        b"PK" + whole,
        whole.replace(b"<f4", b"|O8"),
    ):
        file.write_bytes(content)
        with pytest.raises(DataFormatError, match=r"a\.npy: no readable NumPy file"):
            read(tmp_path)
        assert not dm_count.detect(tmp_path)
    put(tmp_path / "b.npy", np.ones((5, 2)))
    assert dm_count.detect(tmp_path)
    with file.open("wb") as opened:
        np.savez(opened, a=np.ones((5, 2)))
    with pytest.raises(DataFormatError, match="an archive of arrays"):
        read(tmp_path)


def test_points_may_be_called_like_maps(tmp_path: Path) -> None:
    images = [image("x.png", points=[[1, 2]]), image("x_densitymap.png", points=[[3, 4], [5, 6]])]
    assert [len(one) for one in read(write(images, tmp_path / "out"))] == [1, 2]


def test_maps_are_not_taken_for_points(tmp_path: Path) -> None:
    put(tmp_path / "train" / "a.npy", np.ones((12, 16)))
    assert not dm_count.detect(tmp_path)
    assert not dm_count.detect(tmp_path / "gone")
    with pytest.raises(DatasetLayoutError, match=r"no points found, expected train/NAME\.npy"):
        read(tmp_path / "train" / "none")
    with pytest.raises(GtaHeadError, match="12 x 16"):
        read(tmp_path)
