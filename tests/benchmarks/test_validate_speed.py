"""All checks over a data set of the published size: `OMP_NUM_THREADS=1 pytest -n 0 -s` with this file.

1,732,043 boxes in 5,096 images, one core, no pictures; see `test_conversion_speed.py` for the crowd and the clock.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.test_conversion_speed import ONE, decode, measured, sources

__all__ = ["sources"]
MOST = 6
"""Bare typed decodes of the same file, CPU time."""
PEAK = 500
"""Most MB of the process."""


def test_a_validation_of_the_published_size(sources: dict[str, Path]) -> None:  # the fixture
    text = sources["coco"].read_bytes()
    floor = min(decode(text) for _ in range(3))
    _, peak, printed = measured([sys.executable, str(ONE), str(sources["coco"]), "findings", ""])
    seconds = float(next(line for line in printed if line))
    floor = min(floor, *(decode(text) for _ in range(2)))
    print(f"\nvalidate: {seconds:.2f} s = {seconds / floor:.2f} decodes, {peak:.0f} MB")
    assert seconds / floor <= MOST
    assert peak <= PEAK
