"""What every format promises, over the registry: a new format gets these tests for its line there."""

from __future__ import annotations

import gc
import importlib
import inspect
import pickle
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from converters.convert import ConvertOptions, convert
from converters.datasets.contents import count_contents
from converters.datasets.read import read_dataset
from converters.datasets.write import find_writer, write_scenes
from converters.formats.format import ColumnName
from converters.formats.options import NoOptions, describe_options, parse_options
from converters.formats.registry import FORMATS, detect_format, find_format, format_name
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import ConfigError, DatasetLayoutError, GtaHeadError, UnknownNameError
from test_converters.gcc_scenes import write_json
from test_converters.small_sets import DATA, assert_same_heads
from test_converters.test_formats.test_crowdhuman import person, write_lines
from test_converters.test_formats.test_gcc_raw import write_part
from test_converters.test_formats.test_label_studio import box, task, write_tasks
from test_converters.test_formats.test_mall import write_mall
from test_converters.test_formats.test_rgbdsyn import write_boxed
from test_converters.test_formats.test_ucf_qnrf import write_ann
from test_converters.test_formats.test_worldexpo import write_frame
from test_converters.via_files import entry, point, rect, write_via, write_video

SUBMISSIONS = {"nwpu_submission"}
"""Formats that are written for a list of images that the user gives, and read as another one: they have their tests."""
WRITTEN = [name for name, chosen in FORMATS.items() if chosen.writes and name not in SUBMISSIONS]
DAMAGE = [b"", b"x", b'"', b",", b"\n", b"-1", b"nan", b"1e999", b"9" * 40, b"null", b"\xff", b"../", b"[" * 2000]
READ_ONLY = [name for name, chosen in FORMATS.items() if not chosen.writes]
ONE_FILE = [name for name in WRITTEN if find_writer(name).suffix is not None]
WITH_HEADS = [name for name in WRITTEN if FORMATS[name].holds & {"points", "boxes"}]
MAPS = {"density", "iim"}
"""Formats with a file of pixels for each image."""
READ_WITH = {"density": ["points=maxima"]}
"""Options without which heads are not read."""
PRECISION = {"dm_count": 3.1e-5, "yolo": 1e-5}
"""Pixels by which a coordinate below 1,024 may change, where a format stores fewer digits than others."""
SIDE = 1024
"""Of pictures: one that no format enlarges."""
SIZED_BY_PICTURES = {"yolo"}
"""Formats whose coordinates are fractions of the size of pictures, which therefore must be there."""

SAMPLES: dict[str, Callable[[Path], object]] = {
    "gcc": lambda folder: write_json(folder, "1534540881", [[10, 20]]),
    "headhunter": lambda folder: (folder / "train.txt").write_text("# a.jpg\n1 2 3 4 0\n"),
    "rgbdsyn": lambda folder: write_boxed(folder / "scene_1_0", "1534540881", [[10, 20]]),
    "gcc_raw": lambda folder: write_part(folder / "part_1_0"),
    "mall": lambda folder: write_mall(folder, [[[1, 2]], [[3, 4], [5, 6]]]),
    "worldexpo": lambda folder: write_frame(
        folder, "train", "100202", "100202_1", [[1, 2]], region=[[0, 0], [9, 0], [9, 9]]
    ),
    "ucf_cc_50": lambda folder: [write_ann(folder / f"{n}_ann.mat", [[1, 2]] * n) for n in range(3)],
    "via": lambda folder: write_via(folder / "via.json", entry("a.jpg", rect(1, 2, 3, 4)), entry("b.jpg", point(5, 6))),
    "crowdhuman": lambda folder: write_lines(
        folder / "annotation_val.odgt", ("a,1", [person((1, 2, 3, 4))]), ("b", [])
    ),
    "label_studio": lambda folder: write_tasks(folder / "a.json", task("b.jpg", [box(1, 2, 3, 4)])),
    "fdst": lambda folder: [write_video(folder / split / "1") for split in ("train_data", "test_data")],
}
"""Folders of formats that are not written, by builder."""


@dataclass(frozen=True)
class Crowd:
    """Loader that draws a scene's heads when asked, with the columns that are to be filled."""

    holds: frozenset[ColumnName]
    heads: int = 40

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        rng = np.random.default_rng(int(scene.name))
        for info in scene.images:
            yield self.draw(info, rng)

    def draw(self, info: ImageInfo, rng: np.random.Generator) -> ImageAnnotations:
        count = self.heads
        corners, sides = rng.uniform(0, 900, (count, 2)).round(3), rng.uniform(1, 50, (count, 2)).round(3)
        boxes = np.hstack([corners, corners + sides])
        off = rng.uniform(-1, 1, (count, 2)).round(3) if "points" in self.holds else 0
        if "points" in self.holds and "boxes" in self.holds:
            boxes[rng.random(count) < 0.2] = np.nan
        extra = {"visibility": rng.integers(0, 5, count) / 4, "score": rng.integers(1, 9, count) / 8}
        return ImageAnnotations(
            info,
            corners + sides / 2 + off,
            boxes=boxes if "boxes" in self.holds else None,
            ids=rng.integers(-1, 99, count) if "ids" in self.holds else None,
            ignore=rng.random(count) < 0.1 if "ignore" in self.holds else None,
            extra={name: values for name, values in extra.items() if name in self.holds},
        )


def crowd(name: str, *, scenes: int = 3, images: int = 2, heads: int = 40) -> Dataset:
    """A data set that fills all columns that a format holds."""
    holds = FORMATS[name].holds
    made = []
    for number in range(scenes):
        split = ("train", "val", "test")[number % 3] if "split" in holds else None
        infos = (
            ImageInfo(f"{number}/{number}_{k}.png", SIDE, SIDE, scene=str(number), split=split) for k in range(images)
        )
        made.append(Scene(str(number), tuple(infos), split=split))
    return Dataset(Path("/nowhere"), tuple(made), Crowd(holds, heads), Path("/nowhere"))


def write(name: str, target: Path, dataset: Dataset | None = None) -> Path:
    written = dataset or crowd(name)
    write_scenes(written, name, target, find_writer(name).options(), "none", jobs=1)
    if name in SIZED_BY_PICTURES:
        put_pictures(written, target)
    return target


def put_pictures(dataset: Dataset, target: Path) -> None:
    """Pictures at the places where our layouts with a folder for each split have them."""
    Image.new("1", (SIDE, SIDE)).save(target.parent / "picture.png")
    for scene in dataset.scenes:
        for info in scene.images:
            picture = target / "images" / (info.split or "") / info.path
            picture.parent.mkdir(parents=True, exist_ok=True)
            picture.unlink(missing_ok=True)
            picture.hardlink_to(target.parent / "picture.png")
    (target.parent / "picture.png").unlink()


def read(name: str, path: Path) -> Dataset:
    found, dataset = read_dataset(path, options=READ_WITH.get(name, ()))
    assert found == name
    return dataset


def sample(name: str, folder: Path) -> Path:
    """A data set of a format."""
    if name in WRITTEN:
        return write(name, folder / "set")
    folder.joinpath("set").mkdir()
    SAMPLES[name](folder / "set")
    return folder / "set"


def test_every_format_that_is_detected_has_a_sample() -> None:
    assert {"images", *SAMPLES} == set(READ_ONLY)


@pytest.mark.parametrize("name", FORMATS)
def test_modules_are_called_and_described_as_they_are_registered(name: str) -> None:
    module = cast(ModuleType, inspect.getmodule(FORMATS[name].read))
    assert module.__name__.rpartition(".")[2].startswith(name)
    assert module.__doc__
    assert name == "images" or "Source:" in module.__doc__


@pytest.mark.parametrize("name", WITH_HEADS)
def test_what_is_held_comes_back(name: str, tmp_path: Path) -> None:
    before, after = crowd(name), read(name, write(name, tmp_path / "out"))
    assert_same_heads(before, after, atol=PRECISION.get(name, 2e-6 if "points" in FORMATS[name].holds else 1e-9))
    held = {column: count for column, count in count_contents(before).filled.items() if column != "boxes"}
    assert {column: count for column, count in count_contents(after).filled.items() if column != "boxes"} == held
    # Points count as filled where they differ from a box: a format without boxes cannot show them.
    unseen = {"boxes"} if "boxes" in FORMATS[name].holds else {"points"}
    assert set(held) == FORMATS[name].holds - unseen
    for one, other in zip(before, after, strict=True):
        for column in ("visibility", "score"):
            np.testing.assert_array_equal(one.extra.get(column), other.extra.get(column))


@pytest.mark.parametrize("name", ONE_FILE)
def test_one_file_holds_what_the_folder_holds(name: str, tmp_path: Path) -> None:
    suffix = find_writer(name).suffix
    file = write(name, tmp_path / f"heads{suffix}")
    assert [path.name for path in tmp_path.iterdir()] == [f"heads{suffix}"]
    assert_same_heads(read_dataset(file)[1], read_dataset(write(name, tmp_path / "out"))[1])


@pytest.mark.parametrize("name", [*WRITTEN, *SAMPLES])
def test_one_format_is_detected(name: str, tmp_path: Path) -> None:
    assert detect_format(sample(name, tmp_path)) == name


@pytest.mark.parametrize("name", ONE_FILE)
def test_one_format_is_detected_of_a_file(name: str, tmp_path: Path) -> None:
    assert detect_format(write(name, tmp_path / f"heads{find_writer(name).suffix}")) == name


def test_nothing_is_detected_in_a_folder_of_other_things(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "boxes").mkdir()
    write("mot", tmp_path / "boxes" / "set")
    with pytest.raises(DatasetLayoutError, match="no known format"):
        detect_format(tmp_path)
    with pytest.raises(DatasetLayoutError, match="no such"):
        detect_format(tmp_path / "gone")


def test_two_formats_in_a_folder_are_both_named(tmp_path: Path) -> None:
    write("mot", tmp_path)
    write("csv", tmp_path / "heads.csv")
    with pytest.raises(DatasetLayoutError, match="like mot and like csv"):
        detect_format(tmp_path)


@pytest.mark.parametrize("name", [*WRITTEN, *SAMPLES])
def test_reading_is_repeatable_and_travels(name: str, tmp_path: Path) -> None:
    dataset = read(name, sample(name, tmp_path))
    first = list(dataset)
    one_scene = dataset.only([dataset.scenes[-1].name])
    travelled = list(pickle.loads(pickle.dumps(one_scene)))
    assert first
    assert all(one.same_as(other) for one, other in zip(first, dataset, strict=True))
    assert all(one.same_as(other) for one, other in zip(first[-len(travelled) :], travelled, strict=True))


@pytest.mark.parametrize("name", [*WRITTEN, *SAMPLES])
def test_scenes_have_their_own_names_and_images_in_order(name: str, tmp_path: Path) -> None:
    dataset = read(name, sample(name, tmp_path))
    names = [scene.name for scene in dataset.scenes]
    assert len(set(names)) == len(names)
    assert all(names)
    for scene in dataset.scenes:
        assert [image.info.path for image in dataset.load(scene)] == [info.path for info in scene.images]
        assert {info.scene for info in scene.images} == {scene.name}


@pytest.mark.parametrize("name", FORMATS)
def test_options_take_what_they_show(name: str) -> None:
    writes = FORMATS[name].writes
    for kind in (FORMATS[name].options, writes.options if writes else NoOptions):
        shown = [option for option in describe_options(kind) if not option.lower().endswith("=none")]
        assert parse_options(kind, shown) == kind()
        with pytest.raises(UnknownNameError, match="no_such_option"):
            parse_options(kind, ["no-such-option=1"])


@pytest.mark.parametrize("name", READ_ONLY)
def test_a_format_that_is_only_read_says_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can only be read"):
        convert(DATA / "tiny_mot", ConvertOptions(to=name, out=tmp_path / "out", images="none"))


@pytest.mark.parametrize("name", FORMATS)
def test_names_are_found_in_any_spelling(name: str) -> None:
    assert find_format(f" {name.upper().replace('_', '-')} ") is FORMATS[name]
    with pytest.raises(UnknownNameError, match=f"did you mean '{name}'"):
        format_name(name + "x")


@pytest.mark.parametrize("name", WRITTEN)
@settings(max_examples=15, deadline=None)  # `test_wild/test_damaged_sets.py` makes 200 smaller accidents.
@given(
    file=st.integers(0, 99), at=st.floats(0, 1), length=st.sampled_from([0, 1, 4, 10**6]), put=st.sampled_from(DAMAGE)
)
def test_a_damaged_file_is_read_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, name: str, file: int, at: float, length: int, put: bytes
) -> None:
    target = write(name, tmp_path_factory.mktemp("damaged") / "out", crowd(name, scenes=1, heads=2))
    texts = sorted(path for path in target.rglob("*.*") if path.is_file())
    text = texts[file % len(texts)].read_bytes()
    start = int(at * len(text))
    texts[file % len(texts)].write_bytes(text[:start] + put + text[start + length :])
    try:
        assert all(len(image) >= 0 for image in read_dataset(target, options=READ_WITH.get(name, ()))[1])
    except GtaHeadError as error:
        assert str(target) in str(error)


@pytest.fixture(scope="module")
def compiled() -> None:
    """Compiled code is used from the first head on, so that no measurement has the memory of loading it."""
    for name in ("records", "rows", "scan"):
        importlib.import_module(f"converters.files.numbers.compiled_{name}")


def peak_of(work: Callable[[], Any]) -> int:
    """Most bytes that are allocated at once."""
    gc.collect()
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


SCENE_BYTES = 4 * 1000 * 200
"""Bound of a scene of four images with a thousand heads each, while it is read or written."""

MAP_BYTES = 16 * SIDE**2
"""Bound of one map while it is drawn and stored: a float64 and a float32 map, and what is made of them."""


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.usefixtures("compiled")
def test_writing_holds_no_more_than_a_scene(name: str, tmp_path: Path) -> None:
    few, many = (crowd(name, scenes=scenes, images=4, heads=1000) for scenes in (1, 3))
    write(name, tmp_path / "warm", few)
    least = peak_of(lambda: write(name, tmp_path / "few", few))
    most = 6 * SCENE_BYTES + (MAP_BYTES if name in MAPS else 0)
    assert peak_of(lambda: write(name, tmp_path / "many", many)) < min(least + SCENE_BYTES, most)


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.usefixtures("compiled")
def test_reading_is_bounded(name: str, tmp_path: Path) -> None:
    target = write(name, tmp_path / "out", crowd(name, scenes=3, images=4, heads=1000))
    size = sum(path.stat().st_size for path in target.rglob("*.*") if path.is_file())
    assert sum(len(image) for image in read(name, target))  # Compiled code is loaded by now.
    peak = peak_of(lambda: sum(len(image) for image in read(name, target)))
    # A format of scenes holds one of them; one with one file its text and some columns, as its module says.
    scenes_apart = find_writer(name).scenes_apart
    assert peak < (3 * SCENE_BYTES if scenes_apart else size + 12_000 * 220 + 12_000_000)
