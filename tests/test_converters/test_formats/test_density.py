"""Folders of density maps: what is drawn is what is counted, and what is broken is named."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.convert import ConvertOptions, convert
from converters.datasets.read import read_dataset
from converters.datasets.write import write_scenes
from converters.formats import density
from converters.formats.density_maps import SUFFIXES, read_map
from converters.formats.registry import detect_format
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError, GtaHeadError, LossyConversionError
from test_converters.small_sets import image, write_pictures

EMPTY = density.ReadOptions(points="none")


def pointed(path: str, points: Any, size: tuple[int, int] = (100, 80), **columns: Any) -> ImageAnnotations:
    return image(path, points=points, width=size[0], height=size[1], **columns)


def written(target: Path, images: Sequence[ImageAnnotations], root: Path | None = None, **options: Any) -> Path:
    dataset = in_memory(images, root or Path("/nowhere"))
    write_scenes(dataset, "density", target, density.WriteOptions(**options), "copy" if root else "none")
    return target


def maps(path: Path, **options: Any) -> dict[str, Any]:
    """Name of each image to its map."""
    dataset: Dataset = density.read(path, density.ReadOptions(points="none"))
    infos = [info for scene in dataset.scenes for info in scene.images]
    return {info.path: density.read_density(path, info, **options)[1] for info in infos}


def only_map(path: Path) -> Any:
    return next(iter(maps(path).values()))


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=15)
@given(
    points=st.lists(st.tuples(st.floats(-5, 75), st.floats(-5, 55)), max_size=30),
    sigma=st.sampled_from(["0.1", "4", "adaptive"]),
    stride=st.integers(1, 9),
)
def test_a_stored_map_sums_to_the_count(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, points: list[Any], sigma: str, stride: int
) -> None:
    target = tmp_path_factory.mktemp("sums") / "out"
    heads = pointed("a.jpg", points * 2, (70, 50))
    written(target, [heads], suffix=suffix[1:], sigma=sigma, stride=stride)
    found = only_map(target)
    assert found.dtype == (np.float64 if suffix == ".csv" else np.float32)
    assert found.shape == (-(-50 // stride), -(-70 // stride))
    assert found.sum(dtype=np.float64) == pytest.approx(len(heads), rel=1e-7, abs=0)


def test_all_kinds_of_files_hold_the_same_numbers(tmp_path: Path) -> None:
    heads = [pointed("a.jpg", [[10.25, 20], [99.5, 79], [3, 3]])]
    found = [only_map(written(tmp_path / suffix, heads, suffix=suffix[1:], sigma="3")) for suffix in SUFFIXES]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2].astype(np.float32))
    text = (tmp_path / ".csv" / "density" / "a.csv").read_text().splitlines()
    assert len(text) == 80
    assert {line.count(",") for line in text} == {99}


@pytest.mark.parametrize(
    ("options", "sigma"),
    [
        ({"sigma": "5"}, 5),
        ({"sigma": "box"}, 4),
        ({"sigma": "adaptive"}, 0.3 * 30),
        ({"sigma": "adaptive", "beta": 0.1, "two": False}, 0.1 * 30 / np.sqrt(2)),
    ],
)
def test_a_head_is_as_high_as_its_sigma_says(options: dict[str, Any], sigma: float, tmp_path: Path) -> None:
    boxes = [[92.5, 92.5, 108.5, 108.5], [122.5, 92.5, 138.5, 108.5]]
    written(tmp_path / "out", [image("a.jpg", boxes, width=231, height=201)], **options)
    x, y = np.arange(231) + 0.5, np.arange(201) + 0.5
    gauss = sum(np.exp(-(((x - at) ** 2)[None] + ((y - 100.5) ** 2)[:, None]) / 2 / sigma**2) for at in (100.5, 130.5))
    # Kernels end at four sigmas; what lies beyond is a ten thousandth.
    np.testing.assert_allclose(
        only_map(tmp_path / "out"), gauss / (2 * np.pi * sigma**2), rtol=2e-3, atol=2e-4 / sigma**2
    )


def test_ignored_heads_are_not_counted(tmp_path: Path) -> None:
    heads = image("a.jpg", [[1, 1, 5, 5], [6, 6, 9, 9]], ignore=[False, True])
    nothing = pointed("b.jpg", [])
    found = maps(written(tmp_path / "out", [heads, nothing], sigma="box"))
    assert [float(values.sum()) for values in found.values()] == [pytest.approx(1), 0]


def test_attributes_tell_how_a_map_was_made(tmp_path: Path) -> None:
    written(tmp_path / "out", [pointed("a.jpg", [[1, 2], [3, 4]])], sigma="adaptive", stride=8)
    with h5py.File(tmp_path / "out" / "density" / "a.h5") as file:
        told = {
            name: value.tolist() if hasattr(value, "tolist") else value for name, value in file["density"].attrs.items()
        }
    expected = {"count": 2, "kernel": "gaussian", "sigma": "adaptive", "beta": 0.3, "k": 3, "two": True}
    assert told == {**expected, "border": "renormalised", "stride": 8, "source_size": [100, 80]}


def test_heads_are_only_guessed_when_asked_for(tmp_path: Path) -> None:
    points = [[10.5, 20.5], [10.5, 20.5], [80.5, 60.5]]
    target = written(tmp_path / "out", [pointed("a.jpg", points)], sigma="4")
    with pytest.raises(ConfigError, match="-i points=maxima"):
        list(read_dataset(target)[1])
    _, dataset = read_dataset(target, options=["points=maxima"])
    (found,) = dataset
    assert found.points.tolist() == points[1:]
    assert dataset.notes == ("heads are the 2 local maxima of maps whose sum is 3.0: positions are guesses",)
    assert found.info.size == (100, 80)
    (nothing,) = read_dataset(target, options=["points=none"])[1]
    assert len(nothing) == 0


def test_maxima_of_a_map_with_cells_are_pixels(tmp_path: Path) -> None:
    target = written(tmp_path / "out", [pointed("a.jpg", [[20, 60], [97, 78]], (97, 79))], sigma="0.5", stride=8)
    (found,) = read_dataset(target, options=["points=maxima"])[1]
    assert sorted(found.points.tolist()) == [[20, 60], [97, 76]]


def test_a_conversion_to_points_reports_what_it_loses(tmp_path: Path) -> None:
    written(tmp_path / "in", [pointed("a.jpg", [[10, 20]], split="val")], sigma="4")
    with pytest.raises(ConfigError, match="points=maxima"):
        convert(tmp_path / "in", ConvertOptions(to="coco", out=tmp_path / "out", images="none"))
    report = convert(
        tmp_path / "in", ConvertOptions(to="coco", out=tmp_path / "out", images="none", read_options=["points=maxima"])
    )
    assert (report.heads, report.dropped) == (1, {"density_map": 1})
    assert "sum is 1.0" in report.notes[0]


def test_equal_names_in_two_splits_come_back(tmp_path: Path) -> None:
    images = [pointed(f"{split}/IMG_1.jpg", [[5, 5]] * n, split=split) for n, split in enumerate(["train", "test"])]
    root = write_pictures(tmp_path / "root", images)
    target = written(tmp_path / "out", images, root)
    assert (target / "images" / "train" / "IMG_1.jpg").is_file()
    dataset = density.read(target, EMPTY)
    infos = [info for scene in dataset.scenes for info in scene.images]
    assert {(info.split, info.path, info.name, info.size) for info in infos} == {
        ("train", "images/train/IMG_1.jpg", "IMG_1", (100, 80)),
        ("test", "images/test/IMG_1.jpg", "IMG_1", (100, 80)),
    }
    assert {info.split: round(float(density.read_density(target, info)[1].sum())) for info in infos} == {
        "train": 0,
        "test": 1,
    }
    written(tmp_path / "again", list(dataset), target)
    assert (tmp_path / "again" / "density" / "test" / "IMG_1.h5").is_file()


@pytest.mark.parametrize(
    ("picture", "file", "split", "detected"),
    [
        ("train/img/7.jpg", "train/den/7.csv", "train", True),
        ("test_data/images/7.jpg", "test_data/ground_truth/7.h5", "test", False),
        ("7.png", "7.npy", None, False),
        ("7.png", "7.h5", None, True),
        ("images/street/7.JPG", "density/street/7.npy", None, True),
    ],
)
def test_published_layouts_are_read(picture: str, file: str, split: str | None, detected: bool, tmp_path: Path) -> None:
    write_pictures(tmp_path / "set", [pointed(picture, [])])
    source = written(tmp_path / "made", [pointed("7.jpg", [[1, 1]])], suffix=file.rpartition(".")[2])
    target = tmp_path / "set" / file
    target.parent.mkdir(parents=True, exist_ok=True)
    next((source / "density").iterdir()).rename(target)
    assert density.detect(tmp_path / "set") == detected
    (info,) = density.read(tmp_path / "set", EMPTY).scenes[0].images
    assert (info.path, info.split, info.size) == (picture, split, (100, 80))
    assert density.read_density(tmp_path / "set", info)[1].sum() == pytest.approx(1)


def save_h5(name: str, **attributes: Any) -> Callable[[Path], None]:
    def save(path: Path) -> None:
        with h5py.File(path, "w") as file:
            file.create_dataset(name, data=np.ones((80, 100), np.float32)).attrs.update(attributes)

    return save


def save_cut(path: Path) -> None:
    save_h5("density")(path)
    path.write_bytes(path.read_bytes()[:-1000])


def save_npy(values: Any) -> Callable[[Path], None]:
    def save(path: Path) -> None:
        with path.open("wb") as file:
            np.save(file, np.array(values))

    return save


def save_archive(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, density=np.ones((80, 100)))


def save_text(text: str) -> Callable[[Path], int]:
    return lambda path: path.write_bytes(text.encode())


BROKEN: list[tuple[str, Callable[[Path], Any], str]] = [
    ("a.h5", save_cut, "no readable density map"),
    ("a.h5", save_text("nothing"), "no readable density map"),
    ("a.h5", save_h5("fidt_map"), "expected a dataset 'density', found 'fidt_map'"),
    ("a.h5", save_h5("density/map"), "expected a dataset 'density', found 'density'"),
    (
        "a.h5",
        save_h5("density", source_size=[640, 480]),
        "made for a picture of 640 x 480, but images/a.png has 100 x 80",
    ),
    ("a.h5", save_h5("density", source_size="wide"), "source_size wide found, expected width and height"),
    ("a.npy", save_npy(np.full((80, 100), np.nan)), r"row 1, column 1: nan is no finite number.*\(8000 such values\)"),
    (
        "a.npy",
        save_npy([[1.0, 2.0], [3.0, -4.0]]),
        "row 2, column 2: -4 is below 0; .*-i points=maxima -i negative=true",
    ),
    ("a.npy", save_npy(np.ones((1, 80, 100))), "1 x 80 x 100 found, expected rows and columns"),
    ("a.npy", save_npy(1.0), "a single value found"),
    ("a.npy", save_npy(np.ones((0, 5))), "0 x 5 found"),
    ("a.npy", save_npy([["a"]]), "values of type <U1 found, expected numbers"),
    (
        "a.npy",
        save_npy(np.ones((80, 99))),
        "99 x 80 cells found, which is no whole part of the 100 x 80 pixels of images/a",
    ),
    ("a.npy", lambda path: path.write_bytes(pickle.dumps([1])), "no readable density map"),
    ("a.npy", save_archive, "an archive of arrays found"),
    ("a.csv", save_text(""), "the table is empty"),
    ("a.csv", save_text("1,2\n3\n"), r"a\.csv:2: 1 numbers, expected 2 as in the first"),
    ("a.csv", save_text("1,2\n3,x\n"), r"a\.csv:2: 'x' is no finite number"),
    ("a.csv", save_text("1;2\n\n3;1,x\n"), r"a\.csv:3: '1,x' is no finite number"),
    ("a.csv", save_text("1,é\n"), r"a\.csv:1: 'é' is no finite number"),
    ("a.csv", save_text("1,inf\n"), "inf is no finite number"),
]


@pytest.mark.parametrize(("name", "save", "message"), BROKEN)
def test_a_broken_map_is_named(name: str, save: Callable[[Path], Any], message: str, tmp_path: Path) -> None:
    write_pictures(tmp_path / "images", [pointed("a.png", [])])
    (tmp_path / "density").mkdir()
    save(tmp_path / "density" / name)
    assert detect_format(tmp_path) == "density"
    with pytest.raises(DataFormatError, match=message) as error:
        read_dataset(tmp_path, options=["points=maxima"])
    assert error.value.path == tmp_path / "density" / name


@pytest.mark.parametrize(
    "text",
    ["0,0.5,1\n2,0,0\n", "0;0,5;1\n2;0;0\n", "0\t0.5\t1\r\n2\t0\t0\r\n", "0 5e-1 1\r2 0 0\r", "0, 0.5, 1,\n2, 0, 0,\n"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_tables_of_other_programs_are_maps(text: str, encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    assert read_map(tmp_path / "a.csv").density.tolist() == [[0, 0.5, 1], [2, 0, 0]]


def test_values_below_zero_are_read_when_asked_for(tmp_path: Path) -> None:
    (tmp_path / "density").mkdir()
    save_npy([[1.0, 2.0], [3.0, -4.0]])(tmp_path / "density" / "a.npy")
    assert read_map(tmp_path / "density" / "a.npy", negative=True).density.sum() == 2
    _, dataset = read_dataset(tmp_path, options=["points=maxima", "negative=true"])
    assert "sum is 2.0" in dataset.notes[0]


def test_what_cannot_be_told_apart_is_refused(tmp_path: Path) -> None:
    target = written(tmp_path / "out", [pointed("a.jpg", [[1, 1]])])
    save_npy(np.ones((80, 100)))(target / "density" / "a.npy")
    with pytest.raises(DatasetLayoutError, match=r"is a second map of a\.jpg"):
        read_dataset(target)
    with pytest.raises(DatasetLayoutError, match="no density maps found"):
        density.read(tmp_path, EMPTY)
    with pytest.raises(ConfigError, match="split 'fold1': maps lie in train, val and test alone"):
        written(tmp_path / "x", [pointed("a.jpg", [], split="fold1")])
    assert not (tmp_path / "x").exists()


def test_pictures_without_a_map_are_told(tmp_path: Path) -> None:
    target = written(tmp_path / "out", [pointed("a.jpg", [[1, 1]])])
    write_pictures(target / "images", [pointed(f"{name}.jpg", []) for name in "abc"])
    assert density.read(target, EMPTY).notes == ("2 pictures have no density map and are left out",)


def test_writing_over_a_set_leaves_none_of_its_maps(tmp_path: Path) -> None:
    target = written(tmp_path / "out", [pointed(f"{name}.jpg", [[1, 1]]) for name in "abc"])
    written(target, [pointed("b.jpg", [[1, 1]])], suffix="npy")
    assert [file.name for file in (target / "density").iterdir()] == ["b.npy"]


def test_sigma_by_box_needs_boxes(tmp_path: Path) -> None:
    with pytest.raises(LossyConversionError, match=r"b\.jpg: a head has no box"):
        written(tmp_path / "out", [image("a.jpg", [[1, 1, 2, 2]]), pointed("b.jpg", [[1, 1]])], sigma="box")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("option", [{"sigma": "0"}, {"sigma": "wide"}, {"sigma": "inf"}, {"k": 0}, {"stride": 0}])
def test_options_that_make_no_map_are_refused(option: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(option))):
        density.WriteOptions(**option)


@settings(max_examples=80)
@given(suffix=st.sampled_from(SUFFIXES), at=st.floats(0, 1), put=st.binary(max_size=8))
def test_a_damaged_file_is_a_map_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, at: float, put: bytes
) -> None:
    target = tmp_path_factory.mktemp("damaged") / "out"
    file = written(target, [pointed("a.jpg", [[3, 3]], (9, 8))], suffix=suffix[1:]) / "density" / f"a{suffix}"
    start = int(at * file.stat().st_size)
    file.write_bytes(file.read_bytes()[:start] + put + file.read_bytes()[start + len(put) :])
    try:
        assert read_map(file, negative=True).density.ndim == 2
    except GtaHeadError as error:
        assert str(file) in str(error)


@pytest.mark.samples
def test_maps_of_mall_hold_its_counts(samples: Path, tmp_path: Path) -> None:
    _, mall = read_dataset(samples / "mall")
    frames = [image.replace(info=image.info) for image in islice(mall, 790, 810)]
    target = written(tmp_path / "out", frames, sigma="adaptive", stride=4)
    found = maps(target)
    sums = [float(values.sum(dtype=np.float64)) for values in found.values()]
    assert sums == pytest.approx([len(frame) for frame in frames], rel=1e-7)
    assert len(list((target / "density" / "train").rglob("*.h5"))) == 10
