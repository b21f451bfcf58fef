"""Scores against a plain form of what the field does, in one run, on one thread; CPU time.

`OMP_NUM_THREADS=1 GHTOOLS_SAMPLES=... pytest -n 0 -s tests/benchmarks/test_evaluation_speed.py --benchmark-only`

The dense search takes a minute for the larger file; it is also what every image is compared with.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from converters.files.tables import point_lists
from converters.formats import nwpu_text
from gta_head_tools.evaluation.detection import HEAD_AREAS, BoxRow, finish_boxes, update_boxes
from gta_head_tools.evaluation.matching import match_heads
from test_core.nwpu_scorer import Array, dense_match, read_lines

FILES = {"VGG+GPR_val_k15": 60, "fasterRCNN_val_0.8_0.3": 2}
"""How many times faster than the dense search the matching must be; the second file has hardly any predictions."""
MEBIBYTE = 1 << 20


def cpu_seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


@pytest.mark.samples
@pytest.mark.parametrize("name", FILES)
def test_matching_is_the_dense_search(name: str, samples: Path, benchmark: BenchmarkFixture) -> None:
    folder = samples / "nwpu_val"
    heads, found = read_lines(folder / "val_gt_loc.txt.gz", 5), read_lines(folder / f"{name}.txt.gz", 2)
    jobs = [(found[number], rows[:, :2], rows[:, column]) for number, rows in heads.items() for column in (3, 2)]
    plain: list[object] = []
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    slow = cpu_seconds(lambda: plain.extend(dense_match(*job) for job in jobs))
    sys.setrecursionlimit(limit)
    match_heads(*jobs[0])
    pedantic: Callable[..., object] = benchmark.pedantic
    fast = min(cpu_seconds(lambda: [match_heads(*job) for job in jobs]) for _ in range(3))
    pedantic(lambda: [match_heads(*job) for job in jobs], rounds=1)
    print(f"\n{name}: dense {slow:.2f} s, ours {fast:.3f} s, {slow / fast:.0f}x (at least {FILES[name]}x)")
    for job, expected in zip(jobs, plain, strict=True):
        np.testing.assert_array_equal(match_heads(*job), expected)
    assert slow >= FILES[name] * fast


MEASURE = """
import resource, sys
import numpy as np
from gta_head_tools.evaluation.matching import match_heads
job = [np.load(path) for path in sys.argv[1:]]
match_heads(*(part[:5] for part in job))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
match_heads(*job)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
"""numba allocates outside of what Python counts, so a process of its own is measured."""


@pytest.mark.samples
def test_matching_of_the_largest_image_is_small(samples: Path, tmp_path: Path, benchmark: BenchmarkFixture) -> None:
    folder = samples / "nwpu_val"
    heads, found = read_lines(folder / "val_gt_loc.txt.gz", 5), read_lines(folder / "VGG+GPR_val_k15.txt.gz", 2)
    number = max(heads, key=lambda key: len(heads[key]) * len(found[key]))
    job = found[number], heads[number][:, :2], heads[number][:, 3]
    for name, part in zip("abc", job, strict=True):
        np.save(tmp_path / f"{name}.npy", part)
    files = [str(tmp_path / f"{name}.npy") for name in "abc"]
    done = subprocess.run([sys.executable, "-c", MEASURE, *files], capture_output=True, text=True, check=True)
    benchmark(match_heads, *job)
    grown = int(done.stdout) / 1024
    print(f"\nimage {number}, {len(job[0])} predictions, {len(job[1])} heads: {grown:.1f} MiB more (at most 20)")
    assert grown <= 20


@pytest.mark.samples
def test_reading_a_list(samples: Path, benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """The plain form makes a Python number of every word of a line."""
    file = tmp_path / "val_gt_loc.txt"
    file.write_bytes(gzip.decompress((samples / "nwpu_val" / "val_gt_loc.txt.gz").read_bytes()))

    def plain() -> None:
        for line in file.read_text().splitlines():
            words = [int(word) for word in line.strip().split(" ")]
            np.array(words[2:]).reshape(-1, 5)

    slow, fast = (min(cpu_seconds(work) for _ in range(5)) for work in (plain, lambda: point_lists.read_lines(file)))
    whole = cpu_seconds(lambda: list(nwpu_text.read(file, nwpu_text.ReadOptions())))
    benchmark(point_lists.read_lines, file)
    print(
        f"\nreading: plain {slow:.3f} s, ours {fast:.3f} s, {slow / fast:.1f}x (at least 2.5x), data set {whole:.3f} s"
    )
    assert slow >= 2.5 * fast


def boxes(rng: np.random.Generator, count: int) -> tuple[Array, Array, Array]:
    corners = rng.uniform(0, 1000, (count, 2))
    sides = rng.uniform(5, 60, (count, 1)) * rng.uniform(0.8, 1.2, (count, 2))
    heads = np.hstack([corners, corners + sides])
    return heads + rng.normal(0, 0.12, heads.shape) * sides[:, [0, 1, 0, 1]], heads, rng.random(count)


def test_as_many_boxes_as_the_published_set(benchmark: BenchmarkFixture) -> None:
    """1,732,640 heads and predictions in 5,096 images, six ranges of areas."""
    rng = np.random.default_rng(0)
    images = [boxes(rng, 340) for _ in range(100)]
    rows: list[BoxRow] = []

    def score() -> None:
        for number in range(5096):
            predicted, heads, scores = images[number % 100]
            rows.append(update_boxes(predicted, heads, scores=scores, areas=HEAD_AREAS))
        finish_boxes(rows, areas=HEAD_AREAS)

    update_boxes(*images[0][:2], scores=images[0][2])
    tracemalloc.start()
    finish_boxes([update_boxes(*images[0][:2], scores=images[0][2], areas=HEAD_AREAS)] * 5096, areas=HEAD_AREAS)
    peak = tracemalloc.get_traced_memory()[1] / MEBIBYTE
    tracemalloc.stop()
    pedantic: Callable[..., object] = benchmark.pedantic
    seconds = cpu_seconds(lambda: pedantic(score, rounds=1))
    held = sum(row.scores.nbytes + row.hits.nbytes + row.ignored.nbytes for row in rows) / MEBIBYTE
    print(f"\nboxes: {seconds:.2f} s (at most 20), rows {held:.0f} and finishing {peak:.0f} MiB (at most 900)")
    assert seconds <= 20
    assert held + peak <= 900
