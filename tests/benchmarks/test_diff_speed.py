"""Comparisons of the published size, each in a process of its own.

`OMP_NUM_THREADS=1 pytest -n 0 -s tests/benchmarks/test_diff_speed.py`

Twice 1,732,043 boxes in 5,096 images as COCO, one core. CPU seconds without imports and compilation, and their ratio to
a bare msgspec typed decode of one of the two files. Equal files took 5.2 decodes, of which reading both takes 4.4;
heads in another order took 8.7, and three edits in each image 10.7. The peak was 510 MB.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.test_conversion_speed import decode, measured
from benchmarks.test_format_speed import crowd
from converters.datasets.write import find_writer, write_scenes
from gta_head_tools.annotations import ImageAnnotations

ONE = Path(__file__).with_name("one_diff.py")


def same(image: ImageAnnotations) -> ImageAnnotations:
    return image


def shuffled(image: ImageAnnotations) -> ImageAnnotations:
    return image.select(np.random.default_rng(0).permutation(len(image)))


def edited(image: ImageAnnotations) -> ImageAnnotations:
    """One head moved by three pixels, one resized, one left out."""
    points, boxes = image.points.copy(), image.boxes.copy()
    points[0] += 3
    boxes[0] += 3
    boxes[1] += [-1, -1, 1, 1]
    return image.replace(points=points, boxes=boxes).select(np.arange(len(image)) != 2)


CASES: dict[str, tuple[Callable[[ImageAnnotations], ImageAnnotations], int, float]] = {
    "same": (same, 0, 6.5),
    "shuffled": (shuffled, 0, 11.0),
    "edited": (edited, 5096, 13.5),
}
"""How the second data set is made, how many images differ then, and the most bare typed decodes."""
PEAK = 600
"""Most MB of the process."""


@pytest.mark.parametrize("name", CASES)
def test_a_comparison_of_the_published_size(name: str, tmp_path: Path) -> None:
    change, changed, most = CASES[name]
    sides = tmp_path / "a.json", tmp_path / "b.json"
    for side, heads in zip(sides, (crowd(), crowd().map(change)), strict=True):
        write_scenes(heads, "coco", side, find_writer("coco").options(), "none", jobs=1)
    text = sides[0].read_bytes()
    floor = min(decode(text) for _ in range(3))
    rooms = os.pathsep.join(str(folder) for folder in Path(__file__).parents[1:3])
    command = ["/usr/bin/env", f"PYTHONPATH={rooms}", sys.executable, str(ONE), *map(str, sides), str(changed)]
    _, peak, printed = measured(command)
    seconds = float(next(line for line in printed if line))
    ratio = seconds / min(floor, *(decode(text) for _ in range(2)))
    print(f"\ndiff, {name}: {seconds:.2f} s = {ratio:.2f} decodes, {peak:.0f} MB")
    assert ratio <= most
    assert peak <= PEAK
