"""A comparison in a process of its own: `python one_diff.py A B CHANGED` prints the CPU seconds of `ghtools diff`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.one_conversion import load_compiled
from converters.diff import diff
from converters.pairing import read_alike


def work(before: Path, after: Path, changed: int) -> float:
    """CPU seconds of reading and comparing two data sets of which so many images differ."""
    load_compiled()
    began = time.process_time()
    report = diff(read_alike(before, after), jobs=1)
    assert (len(report.images), len(report.changed)) == (5096, changed)
    spent = time.process_time() - began
    assert report.sides[0]["heads"] == 1_732_043
    return spent


if __name__ == "__main__":
    print(work(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
