from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.files.numbers.number_lines import read_lines, rows_by_comma
from gta_head_tools.errors import DataFormatError

PLAIN = "1,2,3.5\n4,5,6\n"


def no_header(_: Sequence[str]) -> None:
    return None


def frame_header(names: Sequence[str]) -> str | None:
    return None if names[0] != "frame" else "" if names[1] == "x" else f"column {names[1]!r}"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "1 2 3.5\n4 5 6\n",
        "  1   2\t3.5 \n4 5 6\n",
        "1\t2\t3.5\n4\t5\t6\n",
        "1;2;3,5\n4;5;6,0\n",
        "1\t2\t3,5\n4\t5\t6\n",
        "\t\n1\t2\t3.5\n \t\t\n4\t5\t6\n\t",
        "1, 2, 3.5\n4, 5, 6\n",
        "1,2,3.5,\n4,5,6,\n",
        "1,2,3.5,,,\n4,5,6,,,\n",
        "1;2;3.5;\n4;5;6;\n",
        "1,2,3.5\n4,5,6,\n",
        "frame,x,y\n1,2,3.5\n4,5,6\n",
        "# Frame;x;y\r\n1;2;3.5\r\n4;5;6\r\n",
        "\n\nframe x y\n\n1 2 3.5\n\n4 5 6",
        "1.0,2,3.50\r4,5.,006\r",
    ],
)
def test_rows_are_the_same_however_they_are_separated(text: str, tmp_path: Path) -> None:
    (tmp_path / "rows.txt").write_bytes(text.encode())
    lines = read_lines(tmp_path / "rows.txt", range(2, 4), frame_header)
    assert lines.table().numbers.tolist() == [[1, 2, 3.5], [4, 5, 6]]
    assert [values.tolist() for values, _ in lines.distinct([0, 2])] == [[1, 4], [3.5, 6]]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("frame,x,y\n1,2,3\n1,2\n", 3, "2 columns in '1,2', expected 3 as in the lines before, by comma"),
        ("frame;x;y\n\n1;2;3\n1;2;a\n", 4, "'a' is no finite number; correct column 3"),
        ("1 2 3\n1 2\n", 2, "2 columns in '1,2', expected 3 as in the lines before, by blank"),
        ("1;2;3\n1;;3\n", 2, "column 2 is empty in '1,,3'; fill it in"),
        ("frame,y,x\n1,2,3\n", 1, "column 'y'"),
        ("1\t\t3\n", 1, "column 2 is empty in '1,,3'"),
        ("1, 2, 3 4\n", 1, "'3 4' is no finite number; correct column 3"),
        ("1,2,3\u0663\n", 1, "'3\u0663' is no finite number"),
        (", ,", 1, "', ,' found, expected 3 numbers, by comma"),
        (",,,,", 1, "',,,,' found, expected 2 to 3 numbers"),
        ("these are words\n", 1, "'these are words' found, expected 2 to 3 numbers, by comma, semicolon, tab or blank"),
    ],
)
def test_an_error_names_line_separator_and_column(text: str, line: int, words: str, tmp_path: Path) -> None:
    (tmp_path / "rows.txt").write_text(text)
    with pytest.raises(DataFormatError) as caught:
        read_lines(tmp_path / "rows.txt", range(2, 4), frame_header).table()
    assert caught.value.line == line
    assert words in str(caught.value)


def test_a_comma_that_may_stand_for_thousands_is_told() -> None:
    lines = rows_by_comma(Path("a"), b"1;1,024\n2;3,5", range(2, 3), no_header)
    assert (lines.thousands, lines.table().numbers.tolist()) == ("1,024", [[1, 1.024], [2, 3.5]])
    assert not rows_by_comma(Path("a"), b"1,024\n2,3.5", range(2, 3), no_header).thousands


def test_whole_numbers_are_exact_up_to_the_largest_of_int64() -> None:
    rows = rows_by_comma(Path("a"), b"9223372036854775807,1\n9007199254740993.0,2", range(2, 3), no_header).table()
    assert rows.whole(0, "id").tolist() == [2**63 - 1, 2**53 + 1]
    above = rows_by_comma(Path("a"), b"1,1\n9223372036854775808,2", range(2, 3), no_header).table()
    with pytest.raises(DataFormatError, match=r"a:2: id 9223372036854775808 is too large; the largest is 92233"):
        above.whole(0, "id")


NUMBERS = st.one_of(st.integers(0, 30), st.integers(-(10**9), 10**9), st.floats(-9, 9).map(lambda x: round(x, 2)))


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1))
def test_distinct_numbers_are_those_of_the_table(rows: list[tuple[float, float, float]]) -> None:
    text = "\n".join(",".join(map(repr, row)) for row in rows).encode()
    found = rows_by_comma(Path("a"), text, range(3, 4), no_header).distinct([0, 1, 2])
    for column, (values, counts) in enumerate(found):
        expected = Counter(float(row[column]) for row in rows)
        assert dict(zip(values.tolist(), counts.tolist(), strict=True)) == expected
        assert np.all(np.diff(values) > 0)
