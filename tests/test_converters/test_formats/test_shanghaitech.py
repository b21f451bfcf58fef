"""ShanghaiTech: read, written, refused."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from converters.datasets.read import read_dataset
from converters.formats import mall, shanghaitech
from converters.formats.options import NoOptions, PointOptions
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from test_converters.hdf5_mats import write_hdf5_mat
from test_converters.small_sets import assert_same_heads, image, write_pictures


def read(path: Path, **options: Any) -> list[ImageAnnotations]:
    return list(shanghaitech.read(path, PointOptions(**options)))


def write_points(file: Path, points: Any, *, number: int | None = None, wrap: bool = True) -> Path:
    """A file as the released ones are; without `wrap` the struct is in no cell."""
    location = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    info = np.empty((1, 1), dtype=[("location", object), ("number", object)])
    info[0, 0] = (location, np.array([[len(location) if number is None else number]], dtype=np.uint16))
    cell = np.empty((1, 1), dtype=object)
    cell[0, 0] = info
    file.parent.mkdir(parents=True, exist_ok=True)
    savemat(file, {"image_info": cell if wrap else info})
    return file


@pytest.mark.parametrize("folder", ["ground_truth", "ground-truth"])
def test_the_released_layout_is_read(folder: str, tmp_path: Path) -> None:
    for part, split, points in (("A", "train", [[1.5, 2]]), ("A", "test", []), ("B", "test", [[-3, 4], [-3, 4]])):
        home = tmp_path / f"part_{part}_final" / f"{split}_data"
        write_points(home / folder / "GT_IMG_1.mat", points)
        write_pictures(home / "images", [image("IMG_1.jpg")])
    assert [(one.info.path, one.info.split, one.points.tolist(), one.info.size) for one in read(tmp_path)] == [
        ("part_A_final/test_data/images/IMG_1.jpg", "test", [], (16, 12)),
        ("part_A_final/train_data/images/IMG_1.jpg", "train", [[1.5, 2]], (16, 12)),
        ("part_B_final/test_data/images/IMG_1.jpg", "test", [[-3, 4], [-3, 4]], (16, 12)),
    ]
    (alone,) = read(tmp_path / "part_A_final" / "train_data", shift=-0.5)
    assert (alone.info.split, alone.points.tolist()) == ("train", [[1, 1.5]])
    assert [one.info.split for one in read(tmp_path / "part_A_final")] == ["test", "train"]


def test_pictures_beside_the_points(tmp_path: Path) -> None:
    write_points(tmp_path / "GT_IMG_2.mat", [[1, 2]], wrap=False)
    write_pictures(tmp_path, [image("IMG_2.png")])
    (found,) = read(tmp_path)
    assert (found.info.path, found.info.split, found.points.tolist()) == ("IMG_2.png", None, [[1, 2]])


@pytest.mark.parametrize("folder", ["test_data/ground_truth", "ground-truth", "."])
def test_a_lone_file_finds_its_picture(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_points(tmp_path / folder / "GT_IMG_2.mat", [[1, 2]])
    write_pictures(tmp_path / folder.partition("/")[0] if "/" in folder else tmp_path, [image("images/IMG_2.png")])
    monkeypatch.chdir(file.parent)
    for path in (file, Path(file.name)):
        name, dataset = read_dataset(path)
        (one,) = dataset
        assert (name, one.info.path, one.info.size, len(one)) == ("shanghaitech", "images/IMG_2.png", (16, 12), 1)
        assert one.info.split == ("test" if "test" in folder else None)


def test_images_with_and_without_a_split_come_back_together(tmp_path: Path) -> None:
    images = [image("a.png", points=[[1, 2]], split="val"), image("b.png", points=[[3, 4]], scene="s")]
    shanghaitech.write(in_memory(images, Path("/nowhere")), tmp_path / "out", NoOptions(), "none")
    assert {one.info.name: one.info.split for one in read(tmp_path / "out")} == {"a": "val", "b": None}
    other = in_memory([image("a.png", split="extra")], Path("/nowhere"))
    with pytest.raises(DatasetLayoutError, match="split 'extra' has no folder in this format"):
        shanghaitech.write(other, tmp_path / "other", NoOptions(), "none")


def test_version_7_3_is_read(tmp_path: Path) -> None:
    (tmp_path / "ground_truth").mkdir()
    crowds: list[list[list[float]]] = [[[1.5, 2], [3, 4], [5, 6]], [[7, 8]], []]
    for number, points in enumerate(crowds, start=1):
        struct = {"location": np.reshape(points, (-1, 2)), "number": np.array([[len(points)]])}
        write_hdf5_mat(tmp_path / "ground_truth" / f"GT_{number}.mat", image_info=[struct])
    assert [one.points.tolist() for one in read(tmp_path)] == [[[1.5, 2], [3, 4], [5, 6]], [[7, 8]], []]
    frames = [{"loc": np.array([[1.0, 2.0]])}, {"loc": np.array([[3.0, 4.0], [5.0, 6.0]])}]
    write_hdf5_mat(tmp_path / "mall_gt.mat", frame=frames, count=np.array([[1], [2]]))
    found = list(mall.read(tmp_path / "mall_gt.mat", mall.ReadOptions()))
    assert [one.points.tolist() for one in found] == [[[1, 2]], [[3, 4], [5, 6]]]


def test_what_is_written_is_read_as_the_released_files_are(tmp_path: Path) -> None:
    images = [
        image("s/a.png", points=[[1.25, 2], [3, 4]], split="train"),
        image("t/b.png", split="test"),
        image("c.png", points=[[-5, 6]], scene="s"),
    ]
    target = tmp_path / "out"
    shanghaitech.write(in_memory(images, Path("/nowhere")), target, NoOptions(), "none")
    stored = loadmat(target / "train_data" / "ground_truth" / "GT_a.mat")["image_info"][0, 0]
    assert stored["location"][0, 0].tolist() == [[1.25, 2], [3, 4]]
    assert stored[0, 0][0].shape == (2, 2)
    assert stored["number"][0, 0].tolist() == [[2]]
    assert (target / "ground_truth" / "GT_c.mat").is_file()
    before = (target / "train_data" / "ground_truth" / "GT_a.mat").read_bytes()
    shanghaitech.write(in_memory(images[:2], Path("/nowhere")), tmp_path / "two", NoOptions(), "none")
    assert (tmp_path / "two" / "train_data" / "ground_truth" / "GT_a.mat").read_bytes() == before
    assert_same_heads(in_memory(images[:2], Path()), read(tmp_path / "two"))


def test_equal_names_hold_their_folders(tmp_path: Path) -> None:
    twice = in_memory([image("s/a.png", points=[[1, 2]]), image("t/a.png")], Path("/nowhere"))
    shanghaitech.write(twice, tmp_path / "out", NoOptions(), "none")
    assert {one.info.name: len(one) for one in read(tmp_path / "out")} == {"s_a": 1, "t_a": 0}


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    file = write_points(tmp_path / "ground_truth" / "GT_1.mat", [[1, 2]], number=3)
    with pytest.raises(DataFormatError, match=r"GT_1\.mat: image_info\.number: says 3 heads, but location holds 1"):
        read(tmp_path)
    savemat(file, {"image_info": np.zeros((2, 2))})
    with pytest.raises(DataFormatError, match="expected a 1 x 1 struct with field 'location'"):
        read(tmp_path)
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(DataFormatError, match="no readable MATLAB file"):
        read(tmp_path)
    write_hdf5_mat(file, image_info=[{"location": np.array([[1.0, 2.0]])}])
    file.write_bytes(file.read_bytes()[:900])
    with pytest.raises(DataFormatError, match="no readable MATLAB file"):
        read(tmp_path)
    file.unlink()
    with pytest.raises(DatasetLayoutError, match="no points found"):
        read(tmp_path)


@pytest.mark.samples
@pytest.mark.parametrize(("part", "images", "heads"), [("part_A", 5, 2153), ("part_B", 4, None)])
def test_released_files(samples: Path, part: str, images: int, heads: int | None) -> None:
    name, dataset = read_dataset(samples / "shanghaitech_test" / part)
    counts = [len(one) for one in dataset]
    assert (name, len(counts)) == ("shanghaitech", images)
    assert heads is None or sum(counts) == heads
    listed = gzip.decompress((samples / "fidtm_points" / f"{part[-1]}_gt.txt.gz").read_bytes()).decode().splitlines()
    numbers = sorted(range(1, len(listed) + 1), key=lambda number: f"IMG_{number}.jpg")
    said = {f"IMG_{number}": int(line.split()[1]) for number, line in zip(numbers, listed, strict=True)}
    assert {one.info.name: len(one) for one in dataset} == {one.info.name: said[one.info.name] for one in dataset}


@pytest.mark.samples
@pytest.mark.parametrize(("part", "images", "heads", "outside"), [("A", 182, 78_970, 76), ("B", 316, 39_208, 79)])
def test_whole_test_sets(samples: Path, tmp_path: Path, part: str, images: int, heads: int, outside: int) -> None:
    with tarfile.open(samples / "shanghaitech_test" / f"part_{part}_ground_truth.tar.gz") as packed:
        packed.extractall(tmp_path / "test_data" / "ground_truth", filter="data")
    name, dataset = read_dataset(tmp_path)
    found = {one.info.name: one.points for one in dataset}
    assert (name, len(found), sum(map(len, found.values()))) == ("shanghaitech", images, heads)
    assert sum(int((points < 0).any(axis=1).sum()) for points in found.values()) == outside
    assert {one.info.split for one in dataset} == {"test"}
    # FIDTM counts its files in lexicographic order, and writes coordinates without their decimals.
    _, listed = read_dataset(samples / "fidtm_points" / f"{part}_gt.txt.gz")
    by_id = {int(one.info.name): one.points for one in listed}
    for number, stem in enumerate(sorted(found, key=lambda stem: f"{stem}.jpg"), start=1):
        np.testing.assert_array_equal(np.floor(found[stem]), by_id[number])
