"""Reading and writing a data set of the published size, against the floor of decoding COCO with a bare typed decoder.

`OMP_NUM_THREADS=1 pytest -n 0 -s tests/benchmarks/test_format_speed.py --benchmark-only`

1,732,043 heads in 5,096 images of 35 scenes, one core. Ratios can be compared between machines; the bounds keep what
was reached (MOT 1.2 and 0.9, COCO 2.3 and 1.3, CSV 1.7 and 1.0, VOC 7.7 and 3.3, CVAT 18 and 3.8,
YOLO 1.4 and 0.8 to a memory file system) with room for a busy machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.one_conversion import load_compiled
from converters.datasets.read import read_dataset
from converters.datasets.write import find_writer, write_scenes
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, in_memory

HEADS, SCENES, IMAGES = 1_732_043, 35, 5096
BOUNDS = {
    "yolo": (2.4, 2.4),
    "mot": (1.8, 1.4),
    "coco": (2.8, 1.8),
    "csv": (2.6, 1.6),
    "voc": (8.5, 4.0),
    "cvat": (20.0, 4.2),
}
"""Most CPU time of reading and writing, in bare typed decodes of the same heads as COCO."""


class _Head(msgspec.Struct, gc=False):
    image_id: int
    bbox: tuple[float, float, float, float]


class _File(msgspec.Struct):
    annotations: list[_Head]


def crowd() -> Dataset:
    """Heads with boxes of three decimals."""

    def images() -> Iterator[ImageAnnotations]:
        rng = np.random.default_rng(0)
        counts = np.diff(np.linspace(0, HEADS, IMAGES + 1).astype(int))
        for number, count in enumerate(counts.tolist()):
            scene = number * SCENES // IMAGES
            corners, sides = rng.uniform(0, 1000, (count, 2)), rng.uniform(5, 40, (count, 2))
            boxes = np.round(np.hstack([corners, corners + sides]), 3)
            split = "train" if scene < 24 else "test"
            info = ImageInfo(f"{scene}/{number}.jpg", 1920, 1080, scene=str(scene), split=split)
            yield ImageAnnotations(info, (boxes[:, :2] + boxes[:, 2:]) / 2, boxes=boxes)

    return in_memory(images(), Path("/nowhere"))


def put_pictures(folder: Path) -> None:
    """One picture under the names of all: YOLO's numbers are fractions of sizes that only pictures tell."""
    Image.new("L", (1920, 1080)).save(folder / "one.jpg")
    for label in list((folder / "labels").rglob("*.txt")):
        picture = folder / "images" / label.relative_to(folder / "labels").with_suffix(".jpg")
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.hardlink_to(folder / "one.jpg")
    (folder / "one.jpg").unlink()


def cpu_seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


@pytest.fixture(scope="module")
def heads() -> Dataset:
    load_compiled()
    return crowd()


@pytest.mark.parametrize("name", BOUNDS)
def test_a_data_set_of_the_published_size(
    name: str, heads: Dataset, tmp_path: Path, benchmark: BenchmarkFixture
) -> None:
    def write(into: str, target: Path) -> None:
        write_scenes(heads, into, target, find_writer(into).options(), "none", jobs=1)

    write("coco", tmp_path / "floor.json")
    text = (tmp_path / "floor.json").read_bytes()
    floor = min(cpu_seconds(lambda: msgspec.json.decode(text, type=_File)) for _ in range(3))
    pedantic: Callable[..., object] = benchmark.pedantic
    writing = cpu_seconds(lambda: pedantic(write, args=(name, tmp_path / "out"), rounds=1))
    if name == "yolo":
        put_pictures(tmp_path / "out")
    reading = cpu_seconds(lambda: sum(len(image) for image in read_dataset(tmp_path / "out")[1]))
    most_reading, most_writing = BOUNDS[name]
    print(f"\n{name}: floor {floor:.2f} s, read {reading:.2f} s (at most {most_reading:g}x), ", end="")
    print(f"write {writing:.2f} s (at most {most_writing:g}x)")
    assert reading <= most_reading * floor
    assert writing <= most_writing * floor
