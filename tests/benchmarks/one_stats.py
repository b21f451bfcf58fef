"""Statistics in a process of its own: `python one_stats.py SOURCE` prints the CPU seconds of `ghtools stats`' work."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.one_conversion import load_compiled
from converters.stats import StatsOptions, stats, written_table


def work(source: Path) -> float:
    """CPU seconds of a table of all scenes."""
    load_compiled()
    began = time.process_time()
    report = stats(source, StatsOptions(by="scene"), jobs=1)
    assert written_table(report, "md").count("\n") == 35 + 3
    assert (report.total.heads, report.total.images) == (1_732_043, 5096)
    return time.process_time() - began


if __name__ == "__main__":
    print(work(Path(sys.argv[1])))
