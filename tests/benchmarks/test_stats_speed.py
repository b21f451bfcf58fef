"""Statistics of the published size, by scene, in a process of their own.

`OMP_NUM_THREADS=1 pytest -n 0 -s tests/benchmarks/test_stats_speed.py`

1,732,043 boxes in 5,096 images of 35 scenes, one core; the ids tell persons of 50 heads. CPU seconds without imports
and compilation, and their ratio to a bare msgspec typed decode of the same heads as COCO: COCO took 2.8 decodes with a
peak of 430 MB, MOT 1.8 with 320 MB. With the page of plots, on a busy machine where the tables took 3.4 and 2.0: COCO
took 5.3 decodes with 450 MB, MOT 3.7 with 360 MB.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.test_conversion_speed import decode, measured
from benchmarks.test_format_speed import crowd
from converters.datasets.write import find_writer, write_scenes
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset

ONE = Path(__file__).with_name("one_stats.py")
MOST, PEAK = 6, 500
"""Bare typed decodes, and MB of the whole process."""


def tracked() -> Dataset:
    return crowd().map(_with_ids)


def _with_ids(image: ImageAnnotations) -> ImageAnnotations:
    first = int(image.info.name) // 50 * 400
    return image.replace(ids=np.arange(first, first + len(image)))


@pytest.mark.parametrize("with_page", [False, True], ids=["table", "page"])
@pytest.mark.parametrize("name", ["coco", "mot"])
def test_statistics_of_the_published_size(name: str, with_page: bool, tmp_path: Path) -> None:
    source = {"coco": tmp_path / "heads.json", "mot": tmp_path / "mot"}
    for each, target in source.items():
        write_scenes(tracked(), each, target, find_writer(each).options(), "none", jobs=1)
    text = source["coco"].read_bytes()
    floor = min(decode(text) for _ in range(3))
    rooms = os.pathsep.join(str(folder) for folder in Path(__file__).parents[1:3])
    command = ["/usr/bin/env", f"PYTHONPATH={rooms}", sys.executable, str(ONE), str(source[name])]
    page = tmp_path / "page.html"
    command += [str(page)] if with_page else []
    seconds, peak, printed = measured(command)
    seconds = float(next(line for line in printed if line))
    ratio = seconds / min(floor, *(decode(text) for _ in range(2)))
    what = f"table and page of {page.stat().st_size / 1e6:.2f} MB" if with_page else "table"
    print(f"\n{what} of {name}: {seconds:.2f} s = {ratio:.2f} decodes, {peak:.0f} MB")
    assert ratio <= MOST
    assert peak <= PEAK
    assert not with_page or page.stat().st_size < 2_000_000
