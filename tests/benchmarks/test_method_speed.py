"""Pictures a second and peak memory of every method with its published size, one picture of 512 x 384 at a time.

`OMP_NUM_THREADS=1 pytest -n 0 -s tests/benchmarks/test_method_speed.py`

Each prints a row: pictures a second, the time of a prediction in times of the bare front end of VGG-16 in the same
process, the same by counted multiply-adds, and the memory of network and prediction. A GPU is used where there is one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from training.catalogue import count_parameters  # noqa: E402  # behind the guard
from training.operations import SIZE, count_operations  # noqa: E402
from training.registry import METHODS, find_method  # noqa: E402

ONE = Path(__file__).with_name("one_method.py")
FRONT = 54_697_918_464
"""Multiply-adds of ten convolutions of VGG-16."""
WANTED = 4
"""Times of what its multiply-adds let expect, and half a front end beside them, that a prediction takes at most: the
large kernels of MCNN's few channels are slow on CPUs."""


def published(name: str) -> str:
    """The first variant of a method, which is the one of its paper."""
    return next(iter(find_method(name).VARIANTS))


ROWS = [*((name, published(name)) for name in METHODS), ("deepcount", "inference")]


@pytest.mark.parametrize(("name", "variant"), ROWS)
def test_a_prediction_costs_what_its_operations_cost(name: str, variant: str) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    done = subprocess.run([sys.executable, ONE, name, variant, device], check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout)
    kind = find_method(name)
    settings = kind.VARIANTS[variant]
    expected = count_operations(kind, settings).multiply_adds / FRONT
    times = found["seconds"] / found["front"]
    print(
        f"{name:12} {variant:18} {count_parameters(kind, settings):12,} parameters {1 / found['seconds']:8.2f} "
        f"pictures/s of {SIZE[0]} x {SIZE[1]} ({device}) {times:5.2f} front ends, by operations {expected:5.2f} "
        f"{found['memory']:7.0f} MiB"
    )
    assert times < WANTED * (expected + 0.5)
