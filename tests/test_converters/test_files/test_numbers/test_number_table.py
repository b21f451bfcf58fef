from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from converters.files.numbers.number_lines import read_lines
from converters.files.numbers.number_table import NumberTable, is_whole, numbers_between_blanks, odd_word, strict_text
from gta_head_tools.errors import DataFormatError


def read_table(path: Path, widths: range) -> NumberTable:
    return read_lines(path, widths, lambda _: None).table()


def table(folder: Path, text: str) -> Path:
    (folder / "rows.txt").write_text(text)
    return folder / "rows.txt"


@pytest.mark.parametrize("text", ["1,2\n3,4.5", "1,2\r\n3,4.5\r\n", "1,2\n\n03,4.5\n", " 1,2.\n3,+4.5"])
def test_usual_and_unusual_texts_are_the_same_numbers(text: str, tmp_path: Path) -> None:
    assert read_table(table(tmp_path, text), range(2, 4)).numbers.tolist() == [[1, 2], [3, 4.5]]


def test_a_packed_and_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "rows.txt.gz").write_bytes(gzip.compress(b"1,2"))
    assert read_table(tmp_path / "rows.txt.gz", range(2, 3)).numbers.tolist() == [[1, 2]]
    assert read_table(table(tmp_path, "\n"), range(2, 3)).numbers.shape == (0, 2)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("1,2\n\n3", 3, "1 columns in '3', expected 2 as in the lines before, by comma"),
        ("1", 1, "expected 2 to 3, by comma"),
        ("1,2\n3,x", 2, "'x' is no finite number"),
        ("1,2\n1_0,3", 2, "'1_0' is no finite number"),
        ("1,2\n3,1e999", 2, "'1e999' is no finite number"),
    ],
)
def test_an_error_names_the_line_and_the_value(text: str, line: int, words: str, tmp_path: Path) -> None:
    with pytest.raises(DataFormatError) as caught:
        read_table(table(tmp_path, text), range(2, 4))
    assert caught.value.line == line
    assert words in str(caught.value)


def test_a_number_that_is_not_whole_is_named_with_its_line(tmp_path: Path) -> None:
    rows = read_table(table(tmp_path, "1,2\n\n1.5,2\n"), range(2, 3))
    assert rows.whole(1, "id").tolist() == [2, 2]
    with pytest.raises(DataFormatError, match=r"frame 1\.5 is no whole number") as caught:
        rows.whole(0, "frame")
    assert caught.value.line == 3


@pytest.mark.parametrize("text", [b"", b"1 2", b"1  2.5\t-3", b"9007199254740993 1", b"1e3"])
def test_numbers_between_blanks(text: bytes) -> None:
    with strict_text():
        numbers = numbers_between_blanks(text)
    assert numbers.tolist() == [float(word) for word in text.split()]


@pytest.mark.parametrize(("text", "odd"), [(b"1 x 2", "x"), (b"1 inf", "inf"), (b"1 2_3", "2_3")])
def test_what_is_no_number_between_blanks_is_found(text: bytes, odd: str) -> None:
    with strict_text():
        numbers = numbers_between_blanks(text)
    assert not np.isfinite(numbers).all()
    assert odd_word(text) == odd


def test_whole_numbers_are_ascii_digits() -> None:
    assert [is_whole(text) for text in ("007", "", "-1", "1.5", "٣")] == [True, False, False, False, False]
