from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.io import loadmat, savemat

from converters.datasets.read import read_dataset
from converters.formats import images, mall
from converters.formats.gcc import gcc, gcc_raw
from converters.formats.options import parse_options
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError

MASK = np.zeros((480, 640), dtype=np.uint8)
MASK[100:, 20:] = 1


def cell(frames: Sequence[Any]) -> Any:
    """A MATLAB cell 1 x n of structs `loc`."""
    made = np.empty((1, len(frames)), dtype=object)
    for index, heads in enumerate(frames):
        made[0, index] = {"loc": np.asarray(heads, dtype=np.float64)}
    return made


def write_mall(folder: Path, frames: Sequence[Any], **more: Any) -> Path:
    """A Mall folder; `more` go into perspective_roi.mat."""
    sizes = [len(heads) for heads in frames]
    savemat(folder / "mall_gt.mat", {"frame": cell(frames), "count": np.array([sizes], dtype=np.uint8).T})
    if more:
        savemat(folder / "perspective_roi.mat", more)
    return folder


def read(path: Path, **options: float) -> list[ImageAnnotations]:
    return list(mall.read(path, mall.ReadOptions(**options)))


# --- the real set


@pytest.mark.samples
def test_real_heads(samples: Path) -> None:
    frames = read(samples / "mall")
    assert len(frames) == 2000
    assert sum(map(len, frames)) == 62_315
    assert (min(map(len, frames)), max(map(len, frames))) == (13, 53)


@pytest.mark.samples
def test_real_heads_are_those_of_the_file(samples: Path) -> None:
    stored = loadmat(samples / "mall" / "mall_gt.mat", squeeze_me=True)["frame"]
    frames = read(samples / "mall")
    for index in (0, 799, 800, 1999):
        np.testing.assert_array_equal(frames[index].points, stored[index]["loc"].item())
    assert frames[0].points[0].tolist() == pytest.approx([126.77986348, 60.70477816])


@pytest.mark.samples
def test_real_frames_splits_and_pictures(samples: Path) -> None:
    dataset = mall.read(samples / "mall", mall.ReadOptions())
    (scene,) = dataset.scenes
    assert (scene.name, scene.folder, scene.split) == ("mall", "", None)
    assert [info.split for info in scene.images] == ["train"] * 800 + ["test"] * 1200
    assert [info.frame for info in scene.images] == list(range(1, 2001))
    there = [info.frame for info in scene.images if (dataset.root / info.path).is_file()]
    assert there == [1, 2, 801, 1200, 1600, 2000]


@pytest.mark.samples
def test_real_region(samples: Path) -> None:
    frames = read(samples / "mall")
    roi = frames[0].info.roi
    assert roi is not None and roi.mask is not None
    assert roi.mask.mean() == pytest.approx(0.9021907552)
    assert {frame.info.size for frame in frames} == {(640, 480)}


# --- made sets


def test_points_frames_and_splits(tmp_path: Path) -> None:
    write_mall(tmp_path, [[[1.5, 2.5]], [[3, 4], [3, 4]]] + [np.empty((0, 0))] * 799)
    frames = read(tmp_path)
    assert [len(frame) for frame in frames[:3]] == [1, 2, 0]
    assert frames[0].points.tolist() == [[1.5, 2.5]]
    assert [frame.info.split for frame in frames[799:]] == ["train", "test"]
    assert (frames[9].info.path, frames[9].info.frame) == ("frames/seq_000010.jpg", 10)


@pytest.mark.parametrize(
    ("names", "paths"),
    [
        (["seq_000001.jpg", "seq_000002.jpg"], ["frames/seq_000001.jpg", "frames/seq_000002.jpg"]),
        (["seq_000000.jpg", "seq_000001.jpg"], ["frames/seq_000000.jpg", "frames/seq_000001.jpg"]),
        (["1.png", "2.png"], ["frames/1.png", "frames/2.png"]),
    ],
)
def test_pictures_are_found_by_their_number(names: list[str], paths: list[str], tmp_path: Path) -> None:
    write_mall(tmp_path, [[[1, 2]], [[1, 2]]])
    (tmp_path / "frames").mkdir()
    for name in names:
        Image.new("L", (640, 480)).save(tmp_path / "frames" / name)
    dataset = mall.read(tmp_path, mall.ReadOptions())
    assert [info.path for info in dataset.scenes[0].images] == paths
    assert dataset.notes == (("pictures count from 0: picture 0 is that of frame 1",) if "_000000" in names[0] else ())


def test_pictures_from_zero_that_do_not_fit_the_frames_are_refused(tmp_path: Path) -> None:
    write_mall(tmp_path, [[[1, 2]], [[1, 2]]])
    (tmp_path / "frames").mkdir()
    for number in range(3):
        Image.new("L", (640, 480)).save(tmp_path / "frames" / f"seq_{number:06d}.jpg")
    with pytest.raises(DatasetLayoutError, match="pictures count from 0 to 2, frames from 1 to 2"):
        mall.read(tmp_path, mall.ReadOptions())


def test_shift_moves_both_coordinates(tmp_path: Path) -> None:
    write_mall(tmp_path, [[[1.5, 2.5]]])
    assert read(tmp_path, shift=-0.5)[0].points.tolist() == [[1.0, 2.0]]


def test_shift_must_be_finite() -> None:
    assert parse_options(mall.ReadOptions, ["shift=-0.5"]).shift == -0.5
    with pytest.raises(ConfigError, match="shift=inf: expected a finite number"):
        parse_options(mall.ReadOptions, ["shift=inf"])


def test_region_is_the_mask(tmp_path: Path) -> None:
    write_mall(tmp_path, [[[1, 2]]], roi={"mask": MASK}, pMapN=np.ones((480, 640)))
    roi = read(tmp_path)[0].info.roi
    assert roi is not None
    assert roi.contains([(20.5, 100.5), (19.5, 100.5), (20.5, 99.5)]).tolist() == [True, False, False]


@pytest.mark.parametrize(("size", "expected"), [(None, (640, 480)), ((320, 240), (320, 240))])
def test_size_without_a_mask(size: tuple[int, int] | None, expected: tuple[int, int], tmp_path: Path) -> None:
    write_mall(tmp_path, [[[1, 2]], [[1, 2]]])
    if size:
        (tmp_path / "frames").mkdir()
        Image.new("L", size).save(tmp_path / "frames" / "seq_000002.jpg")
    frames = read(tmp_path)
    assert [frame.info.size for frame in frames] == [expected] * 2
    assert frames[0].info.roi is None


def test_a_dataset_travels_to_workers(tmp_path: Path) -> None:
    dataset = mall.read(write_mall(tmp_path, [[[1, 2]]], roi={"mask": MASK}), mall.ReadOptions())
    (here,), (there,) = list(dataset), list(pickle.loads(pickle.dumps(dataset)))
    assert here.same_as(there)


def test_frames_are_checked_as_they_come(tmp_path: Path) -> None:
    stream = iter(mall.read(write_mall(tmp_path, [[[1, 2]], [[np.nan, 2]]]), mall.ReadOptions()))
    assert next(stream).points.tolist() == [[1, 2]]
    with pytest.raises(DataFormatError):
        next(stream)


# --- detection


def test_detects_its_own_and_no_other(tmp_path: Path) -> None:
    write_mall(tmp_path, [[[1, 2]]])
    others = [gcc.FORMAT, gcc_raw.FORMAT, images.FORMAT]
    assert mall.detect(tmp_path)
    assert not any(other.detect(tmp_path) for other in others)


def test_its_file_is_the_data_set_too(tmp_path: Path) -> None:
    file = write_mall(tmp_path, [[[3, 4]], [[5, 6]]], roi={"mask": MASK}) / "mall_gt.mat"
    name, named = read_dataset(file)
    assert (name, named.root, named.source) == ("mall", tmp_path, file)
    assert [image.points.tolist() for image in named] == [[[3, 4]], [[5, 6]]]
    assert named.scenes == read_dataset(tmp_path)[1].scenes
    assert not mall.detect(tmp_path / "other.mat")


@pytest.mark.parametrize("name", ["jsons/1.json", "part_1_0/eyeInfo.log", "IMG_1_ann.mat"])
def test_does_not_detect_other_layouts(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    assert not mall.detect(tmp_path)
    with pytest.raises(DatasetLayoutError, match=r"mall_gt\.mat: no such file"):
        read(tmp_path)


# --- broken input

CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"count": [[1]]}, "frame", "expected a 1 x n cell"),
    ({"frame": np.ones((1, 3)), "count": [[1]]}, "frame", "found 1 x 3 double"),
    ({"frame": cell([[[1, 2]], [[1, 2, 3]]])}, "frame{2}.loc", "expected N x 2 numbers, found 1 x 3"),
    ({"frame": cell([[[1, 2], [3, np.inf]]])}, "frame{1}.loc(2,:)", "found 3.0 inf"),
    ({"frame": np.array([[{"pos": 1.0}, {"pos": 1.0}]], dtype=object)}, "frame{1}", "with field 'loc'"),
    ({"frame": cell([[[1, 2]], [[1, 2]]]), "count": [[1], [2]]}, "count(2)", "says 2 heads, but frame{2}.loc holds 1"),
    ({"frame": cell([[[1, 2]]]), "count": [[1], [1]]}, "count", "expected 1 finite number(s)"),
]


@pytest.mark.parametrize(("stored", "record", "words"), CASES)
def test_broken_heads(stored: dict[str, Any], record: str, words: str, tmp_path: Path) -> None:
    savemat(tmp_path / "mall_gt.mat", stored)
    with pytest.raises(DataFormatError) as caught:
        read(tmp_path)
    assert (caught.value.path, caught.value.record) == (tmp_path / "mall_gt.mat", record)
    assert words in str(caught.value)


@pytest.mark.parametrize("keep", [0, 100, 150, 1000])
def test_truncated_heads(keep: int, tmp_path: Path) -> None:
    file = write_mall(tmp_path, [[[1, 2]] * 30] * 9) / "mall_gt.mat"
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(DataFormatError, match=r"mall_gt\.mat.*again"):
        read(tmp_path)


REGION_CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"pMapN": MASK}, "roi", "missing variable"),
    ({"roi": MASK}, "roi", "with field 'mask'"),
    ({"roi": {"mask": "all"}}, "roi.mask", "a number for every pixel"),
    ({"roi": {"mask": MASK[:, 1:]}}, "roi.mask", "639 x 480, but"),
]


@pytest.mark.parametrize(("stored", "record", "words"), REGION_CASES)
def test_broken_region(stored: dict[str, Any], record: str, words: str, tmp_path: Path) -> None:
    write_mall(tmp_path, [[[1, 2]]], **stored)
    (tmp_path / "frames").mkdir()
    Image.new("L", (640, 480)).save(tmp_path / "frames" / "seq_000001.jpg")
    with pytest.raises(DataFormatError) as caught:
        read(tmp_path)
    assert (caught.value.path, caught.value.record) == (tmp_path / "perspective_roi.mat", record)
    assert words in str(caught.value)
