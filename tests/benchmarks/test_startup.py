"""`ghtools --help` costs at most twice the libraries it is made with."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from test_cli.running import MAIN, environment

resource = pytest.importorskip("resource")

BARE = "import typer, rich.console"


def cpu_seconds(program: str, *args: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program, *args], check=True, stdout=subprocess.DEVNULL, env=environment())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return float(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def test_help_costs_at_most_twice_its_libraries(benchmark: BenchmarkFixture) -> None:
    pairs = [(cpu_seconds(MAIN, "--help"), cpu_seconds(BARE)) for _ in range(7)]
    ours, bare = (min(times) for times in zip(*pairs, strict=True))
    assert ours <= 2 * bare, f"{ours * 1000:.0f} ms against {bare * 1000:.0f} ms"
    benchmark(cpu_seconds, MAIN, "--help")
