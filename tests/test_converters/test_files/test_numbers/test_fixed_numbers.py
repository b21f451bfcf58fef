"""Text of fixed width: the numbers are those that `float` reads, and other text is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.files.numbers.fixed_numbers import fixed_numbers, fixed_rows


@given(st.data(), st.lists(st.integers(0, 13), min_size=1, max_size=5), st.integers(1, 4))
def test_numbers_are_those_of_float(data: st.DataObject, decimals: list[int], rows: int) -> None:
    value = st.floats(0, 9.4)
    lines = [" ".join(f"{data.draw(value):.{places}f}" for places in decimals) for _ in range(rows)]
    expected = [[float(word) for word in line.split()] for line in lines]
    found = fixed_numbers("".join(f"{line}\n" for line in lines).encode())
    assert found is not None
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "text",
    [b"", b"1 2", b"1 2\n1 22\n", b"1.5\n1x5\n", b"-1\n", b"1 2\n3,4\n", b"1\n\n", b"1 \n", b"12345678901234567\n"],
)
def test_other_text_is_refused(text: bytes) -> None:
    assert fixed_numbers(text) is None


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0, 1)), max_size=20))
def test_rows_come_back(rows: list[tuple[int, float]]) -> None:
    whole = np.array([row[0] for row in rows], dtype=np.int64)
    parts = np.array([row[1] for row in rows], dtype=np.float64)
    text = fixed_rows([whole, parts]).tobytes()
    found = fixed_numbers(text)
    assert (found is None) == (not rows)
    if found is not None:
        np.testing.assert_allclose(found, np.stack([whole, parts], axis=1), rtol=0, atol=5.01e-9)
