"""Rows of many files: those of each file, however it is spelt."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from converters.files.numbers.joined_rows import read_joined
from gta_head_tools.errors import DataFormatError, DatasetLayoutError

ROWS = {
    "plain": b"1 2\n3 4\n",
    "empty": b"",
    "no newline": b"1 2\n3 4",
    "windows": b"1\t2 \r\n\r\n 3  4\r\n",
    "mark": b"\xef\xbb\xbf1 2\n3 4\n",
    "packed": gzip.compress(b"1 2\n3 4\n"),
    "wide": "1 2\n3 4\n".encode("utf-16"),
    "unusual": b"01 2.\n+3 4e0\n",
}


@pytest.mark.parametrize("beside", ROWS)
def test_rows_are_those_of_each_file(beside: str, tmp_path: Path) -> None:
    for name, content in (("1", ROWS["plain"]), ("2", ROWS[beside]), ("3", ROWS["empty"]), ("4", ROWS["plain"])):
        (tmp_path / name).write_bytes(content)
    counts: dict[int, int] = {}
    for part in read_joined([str(tmp_path / name) for name in "1234"]):
        counts |= dict(enumerate(part.counts, start=part.first))
        if part.numbers is None:
            assert (part.first, beside) == (1, "unusual")
        elif len(part.numbers):
            np.testing.assert_array_equal(part.numbers, [[1, 2], [3, 4]] * (len(part.numbers) // 2))
    assert counts == {0: 2, 1: 0 if beside == "empty" else 2, 2: 0, 3: 2}


def test_rows_of_different_widths_are_told_apart(tmp_path: Path) -> None:
    for name, content in (("1", "1 2\n"), ("2", "1 2 3\n"), ("3", "1\n2 3\n"), ("4", "x\n")):
        (tmp_path / name).write_text(content)
    found = [part.numbers for part in read_joined([str(tmp_path / name) for name in "1234"])]
    assert [None if part is None else part.tolist() for part in found] == [[[1, 2]], [[1, 2, 3]], None, None]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="cannot be read"):
        list(read_joined([str(tmp_path / "gone")]))
    (tmp_path / "a").write_bytes(b"1 \xe9\n")
    with pytest.raises(DataFormatError, match="UTF-8"):
        list(read_joined([str(tmp_path / "a")]))
