"""The whole of `ghtools interpolate-boxes` on a data set of the published size: GCC json in, MOT out.

`OMP_NUM_THREADS=1 pytest -n 0 -s tests/benchmarks/test_main_job_speed.py`

1,732,043 heads in 5,096 images of 35 scenes. The floor is reading the same json files and writing the same output
files as bytes; the ratio is what can be compared between machines.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.anchors.anchors import Anchor, AnchorSet, write_anchors

HEADS, SCENES, IMAGES, ANCHORS = 1_732_043, 35, 5096, 8
SIZE = (1920, 1080)
PROGRAM = """
import resource, sys, time
from pathlib import Path
from converters.boxes import BoxOptions, interpolate_boxes
start = time.process_time()
report = interpolate_boxes(Path(sys.argv[1]), BoxOptions(images="none", out=Path(sys.argv[2])), jobs=1)
heads = sum(fit.heads for fit in report.fits)
print(heads, time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def _write_source(root: Path) -> None:
    rng = np.random.default_rng(0)
    sizes = np.diff(np.linspace(0, HEADS, IMAGES + 1).astype(int))
    for number, counts in enumerate(np.array_split(sizes, SCENES)):
        folder = root / f"scene_{number}_0"
        (folder / "jsons").mkdir(parents=True)
        for image, count in enumerate(counts):
            points = np.round(rng.random((count, 2)) ** [1.0, 2.0] * [1900, 880] + [10, 190])
            pairs = (points[:, ::-1] - 1).astype(int).tolist()
            (folder / "jsons" / f"{image}.json").write_text(json.dumps({"image_info": pairs, "weather": "CLEAR"}))
            if image == 0:
                write_anchors(
                    folder / "anchors.json", AnchorSet(SIZE, tuple(_anchor(p, rng) for p in points[:ANCHORS]))
                )


def _anchor(point: NDArray[np.float64], rng: np.random.Generator) -> Anchor:
    x, y = point.tolist()
    half = (8 + 0.05 * y) * float(np.exp(0.08 * rng.standard_normal())) / 2
    return Anchor("0", (x, y), (x - half, y - half, x + half, y + half))


def _copy_seconds(source: Path, out: Path, copy: Path) -> float:
    """CPU seconds to read all of the source and write all of the output as bytes."""
    written = [path for path in out.rglob("*") if path.is_file()]
    read = list(source.rglob("*.json"))
    start = time.process_time()
    for path in read:
        path.read_bytes()
    for number, path in enumerate(written):
        (copy / str(number)).write_bytes(path.read_bytes())
    return time.process_time() - start


def test_the_whole_verb_on_a_data_set_of_the_published_size(tmp_path: Path) -> None:
    source, out, copy = tmp_path / "gcc", tmp_path / "boxes", tmp_path / "copy"
    _write_source(source)
    copy.mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(source), str(out)], capture_output=True, text=True, check=True
    )
    heads, seconds, peak = (float(part) for part in ran.stdout.split())
    floor = _copy_seconds(source, out, copy)
    print(
        f"\n{heads:,.0f} heads: {seconds:.2f} CPU s on one core, {seconds / floor:.1f} times reading and writing the "
        f"same bytes ({floor:.2f} s); peak {peak:.0f} MB (demanded < 400)"
    )
    assert heads == HEADS
    assert peak < 400
