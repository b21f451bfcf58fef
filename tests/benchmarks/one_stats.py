"""Statistics in a process of its own: `python one_stats.py SOURCE [PAGE]` prints the CPU seconds of `ghtools stats`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.one_conversion import load_compiled
from converters.data_page import write_page
from converters.stats import StatsOptions, stats, written_table


def work(source: Path, page: Path | None) -> float:
    """CPU seconds of a table of all scenes, and of the page with plots."""
    load_compiled()
    if page is not None:
        import matplotlib.backends.backend_svg  # noqa: F401
    began = time.process_time()
    report = stats(source, StatsOptions(by="scene", places=page is not None), jobs=1)
    assert written_table(report, "md").count("\n") == 35 + 3
    assert (report.total.heads, report.total.images) == (1_732_043, 5096)
    if page is not None:
        write_page(report, page)
    return time.process_time() - began


if __name__ == "__main__":
    print(work(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
