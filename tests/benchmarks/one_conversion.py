"""One conversion in a process of its own: `python one_conversion.py SOURCE TO TARGET` prints its CPU seconds."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from converters.convert import ConvertOptions, convert
from converters.datasets.read import read_dataset
from converters.files.numbers.compiled_records import Key, scan_records
from converters.files.numbers.compiled_rows import Style, written_rows
from converters.files.numbers.compiled_scan import scan_rows, scan_table
from converters.validate import ValidateOptions, validate
from gta_head_tools.checks.near_duplicates import earlier_twins


def load_compiled() -> None:
    scan_rows(b"1,2\n", 2)
    scan_table(b"a,1,2\n", ["name", "float", "whole"])
    scan_records(b'{"id":1}', [Key("id", "whole"), Key("box", "float", 4), Key("known", "flag")])
    earlier_twins(np.ones((1, 4)))
    one = np.ones(1)
    written_rows([b"", b"", b""], [one, one.astype(np.int64)], [Style.JSON, Style.WHOLE], decimals=3, empty=-1)


def work(source: Path, to: str, target: Path) -> float:
    """CPU seconds of a conversion, or of reading all heads as columns, or of all checks."""
    load_compiled()
    began = time.process_time()
    if to == "columns":
        assert sum(map(len, read_dataset(source)[1])) == 1_732_043
    elif to == "findings":
        assert validate(source, ValidateOptions(), jobs=1).heads == 1_732_043
    else:
        convert(source, ConvertOptions(to=to, out=target, images="none", allow_lossy=True), jobs=1)
    return time.process_time() - began


if __name__ == "__main__":
    print(work(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
