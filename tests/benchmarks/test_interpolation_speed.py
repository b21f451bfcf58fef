"""How long head sizes take for a data set of the published size, beside the paper's rule in plain numpy.

`OMP_NUM_THREADS=1 pytest -o addopts=--import-mode=importlib -s tests/benchmarks/test_interpolation_speed.py`

The ratio is what can be compared between machines.
"""

from __future__ import annotations

from pytest_benchmark.fixture import BenchmarkFixture

from test_core.speed import ANCHORS, HEADS, SCENES, Speed, make_job, measure_speed


def test_fit_and_predict_a_whole_data_set(benchmark: BenchmarkFixture) -> None:
    job, runs = make_job(), list[Speed]()
    benchmark.pedantic(  # type: ignore[no-untyped-call]  # pytest-benchmark has no types
        lambda: runs.append(measure_speed(job)), rounds=3, iterations=1, warmup_rounds=1
    )
    best = min(runs, key=lambda speed: speed.fit + speed.predict)
    print(
        f"\n{HEADS:,} heads, {SCENES} scenes, {ANCHORS} anchors, CPU s: fit {best.fit:.2f} ({best.per_scene:.1f} ms a "
        f"scene, demanded <= 30), predict {best.predict:.2f}, both {best.fit + best.predict:.2f} (demanded <= 3, "
        f"aim 0.3); {best.ratio:.2f} times two-nearest in numpy ({best.paper:.2f})"
    )
    assert best.fit + best.predict <= 3
    assert best.per_scene <= 30
