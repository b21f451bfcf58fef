"""Writing scene by scene: workers, errors, interruptions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

from converters.datasets.read import read_dataset
from converters.datasets.write import find_writer, write_scenes
from converters.formats.mot import mot
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene, in_memory
from gta_head_tools.errors import GtaHeadError
from test_converters.small_sets import DATA, boxes_only, image, write_pictures

T = TypeVar("T")
MOT = DATA / "tiny_mot"
COCO = DATA / "tiny_coco"


def files(folder: Path) -> list[str]:
    """Everything below a folder that is a file or a link."""
    found = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return sorted(path.relative_to(folder).as_posix() for path in found)


class Broken:
    """A loader that fails at one scene."""

    def __init__(self, dataset: Dataset, scene: str, error: type[BaseException]) -> None:
        self.dataset, self.scene, self.error = dataset, scene, error

    def __call__(self, scene: Scene) -> Iterable[ImageAnnotations]:
        for number, one in enumerate(self.dataset.load(scene)):
            if scene.name == self.scene and number == len(scene.images) - 1:
                raise self.error("broken")
            yield one


@pytest.mark.parametrize("error", [GtaHeadError, KeyboardInterrupt])
@pytest.mark.parametrize("to", ["mot", "coco", "csv"])
def test_what_is_not_finished_leaves_nothing(to: str, error: type[BaseException], tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "in", boxes_only())
    dataset = boxes_only(source, split="train")
    broken = Dataset(source, dataset.scenes, Broken(dataset, "square", error), source)
    options = find_writer(to).options()
    with pytest.raises(error):
        write_scenes(broken, to, tmp_path / "out", options, "link", jobs=1)
    if to == "mot":
        assert (tmp_path / "out" / "seqmaps" / "out-train.txt").read_text() == "name\nstreet\n"
        assert [path.name for path in (tmp_path / "out" / "train").iterdir()] == ["street"]
    else:
        assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_first_scene_that_fails_leaves_no_folders(tmp_path: Path) -> None:
    dataset = boxes_only(split="train")
    broken = Dataset(tmp_path, dataset.scenes, Broken(dataset, "street", GtaHeadError), tmp_path)
    with pytest.raises(GtaHeadError):
        write_scenes(broken, "mot", tmp_path / "out", mot.WriteOptions(), "none", jobs=1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("source", [MOT, COCO, DATA / "tiny_csv"])
def test_workers_write_what_one_process_writes(source: Path, tmp_path: Path) -> None:
    name, dataset = read_dataset(source)
    boxed = dataset.map(boxed_heads)
    for jobs in (1, 2):
        write_scenes(boxed, "mot", tmp_path / str(jobs), mot.WriteOptions(), "none", jobs=jobs)
    one, two = ({file: (tmp_path / jobs / file).read_bytes() for file in files(tmp_path / jobs)} for jobs in "12")
    assert {file: text for file, text in one.items() if "seqmaps" not in file} == {
        file: text for file, text in two.items() if "seqmaps" not in file
    }, name


def boxed_heads(heads: ImageAnnotations) -> ImageAnnotations:
    """The heads with boxes; at the top of a module, so that workers find it."""
    return heads.select(heads.has_box)


def wait(_root: Path, _info: ImageInfo) -> Callable[[], NDArray[np.uint8]]:
    """A picture that takes its time, when the folder of its scene is begun."""
    time.sleep(0.3)
    return lambda: np.zeros((12, 16, 3), dtype=np.uint8)


def test_workers_are_stopped_before_what_they_left_is_cleared_up(tmp_path: Path) -> None:
    scenes = [image(f"{number}/a.png", [[1, 2, 3, 4]]) for number in range(8)]
    dataset = in_memory(scenes, tmp_path / "in", compose=wait)

    def interrupt(items: Iterable[T], label: str, total: int | None = None) -> Iterable[T]:  # noqa: ARG001
        for item in items:
            yield item
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_scenes(dataset, "mot", tmp_path / "out", mot.WriteOptions(), "copy", jobs=2, track=interrupt)
    time.sleep(0.5)
    assert not [path for path in (tmp_path / "out").iterdir() if path.name.startswith(".")]
