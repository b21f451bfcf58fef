from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.files.numbers import number_text
from converters.files.numbers.compiled_rows import Style, written_rows
from converters.files.numbers.number_text import NO_NUMBER, head_lines, number_lines, number_rows
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import ConfigError, DataFormatError

NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.integers(-(10**6), 10**6).map(lambda n: n / 1000), st.just(float("nan")))


def plainly(value: float, decimals: int) -> str:
    """One number by Python's own formatting."""
    if np.isnan(value):
        return ""
    text = f"{np.rint(value * 10.0**decimals) / 10.0**decimals:.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@pytest.fixture(params=["compiled", "plain"], autouse=True, scope="module")
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    """Numbers are written by compiled code, and without it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(number_text, "worth_compiling", lambda *_: request.param == "compiled")
        yield request.param


@given(st.lists(st.tuples(NUMBERS, st.integers(-(2**63) + 1, 2**63 - 1), NUMBERS)), st.sampled_from([3, 6]))
def test_lines_are_what_plain_formatting_gives(rows: list[tuple[float, int, float]], decimals: int) -> None:
    columns = [
        np.array([row[0] for row in rows]),
        np.array([row[1] for row in rows], dtype=np.int64),
        np.array([row[2] for row in rows]),
    ]
    expected = "".join(f"{plainly(a, decimals)},{b},{plainly(c, decimals)}\n" for a, b, c in rows)
    assert number_lines(columns, decimals=decimals).decode() == expected


def test_many_lines_keep_their_order() -> None:
    many = np.arange(100_000)
    assert number_lines([many], decimals=3) == b"".join(b"%d\n" % number for number in range(100_000))


def test_an_integer_without_a_value_is_an_empty_field() -> None:
    assert number_lines([np.array([NO_NUMBER, 0]), np.array([1, 2])], decimals=3) == b",1\n0,2\n"


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e14, 1e308])
def test_a_number_that_cannot_be_written_is_named(value: float) -> None:
    with pytest.raises(ConfigError, match="too large"):
        number_lines([np.array([1.0, value])], decimals=3)


def test_a_number_that_cannot_be_written_is_named_with_its_file_and_head() -> None:
    images = [ImageAnnotations(ImageInfo(f"{name}.jpg"), np.zeros((3, 2))) for name in "ab"]
    column = np.array([0, 1, 2, 3, 1e300, 1e308])
    with pytest.raises(DataFormatError) as caught:
        head_lines(images, [np.arange(6), column], decimals=6, source=Path("h.csv"))
    assert str(caught.value).startswith("h.csv: head 2 of b.jpg: the number 1e+300 is too large to be written")


@given(st.lists(st.tuples(NUMBERS, st.integers(-9, 9)), min_size=1))
def test_rows_end_where_they_are_said_to_end(rows: list[tuple[float, int]]) -> None:
    columns = [np.array([row[0] for row in rows]), np.array([row[1] for row in rows])]
    text, ends = number_rows([b"<", b"><", b">"], columns, decimals=3)
    parts = [text[start:end].decode() for start, end in zip([0, *ends], ends, strict=False)]
    assert parts == [f"<{plainly(number, 3)}><{whole}>" for number, whole in rows]


JSON_NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-2000, 2000),
    st.integers(-(10**8), 10**8).map(lambda n: n / 1000),
    st.sampled_from([0.0, -0.0, 1e-6, -9e-6, 1e-5, 999999999.999999, 1e9, 1e-300]),
)


@given(st.lists(JSON_NUMBERS, min_size=1), st.sampled_from([3, 6]))
def test_numbers_for_json_are_what_its_encoder_writes(numbers: list[float], decimals: int) -> None:
    column = np.array(numbers)
    with np.errstate(over="ignore"):
        rounded = np.round(column, decimals)
    text = msgspec.json.encode(numbers)[1:-1]
    styles = [Style.JSON, Style.TEXT, Style.TEXT]
    between = [b"", b";", b"", b","]
    written = written_rows(between, [column, text, text], styles, decimals=decimals, empty=NO_NUMBER)
    if written is None:
        assert any(not abs(number) < 1e15 / 10**decimals or 0 < abs(number) < 1e-5 for number in rounded)
    else:
        pairs = zip(msgspec.json.encode(rounded.tolist())[1:-1].split(b","), text.split(b","), strict=True)
        assert written[0] == b"".join(b"%s;%s%s," % (number, ready, ready) for number, ready in pairs)
