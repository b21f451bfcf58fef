"""A table of images as a CSV file: one line for each image, one column for each key."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from gta_head_tools.whole_files import write_text


def write_rows(file: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows, at least one, which have the same keys in the same order.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(rows[0])
    table.writerows(row.values() for row in rows)
    write_text(file, text.getvalue())
