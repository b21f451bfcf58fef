"""Columns of numbers as maps and scores take them."""

from __future__ import annotations

import numpy as np
import pytest

from gta_head_tools.columns import flags_of, numbers_of


def test_numbers_come_in_order_clipped_and_as_an_array_of_their_own() -> None:
    given = np.asfortranarray([[1.0, 2.0], [1e300, -1e300]])
    found = numbers_of(given, "points", width=2)
    assert found.flags.carray
    assert found.tolist() == [[1, 2], [2.0**40, -(2.0**40)]]
    assert not np.shares_memory(found, given)
    assert numbers_of([], "points", width=2).shape == (0, 2)


def test_what_is_not_finite_is_named_by_its_row() -> None:
    with pytest.raises(ValueError, match=r"points\[1\] is \[nan, 3.0\], which is not finite"):
        numbers_of([[1.0, 2.0], [np.nan, 3.0]], "points", width=2)
    with pytest.raises(ValueError, match=r"scores\[0\] is inf"):
        numbers_of([np.inf, 2.0], "scores")
    with pytest.raises(ValueError, match="ignore has length 1, expected 2"):
        flags_of([True], "ignore", count=2)
