"""Files that cannot be read: an error, or passed over and collected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError
from gta_head_tools.unreadable import all_or_each, collecting, each_readable, read_or, tell_left_out, until_unreadable


def read(number: int) -> int:
    """The square of a number; files 2 and 3 cannot be read."""
    if number == 2:
        raise DataFormatError("2.txt", "is damaged", line=7)
    if number == 3:
        raise DatasetLayoutError("3.txt", "cannot be read")
    return number**2


def pieces(number: int) -> Iterator[int]:
    for part in range(number, 5):
        yield read(part)


def test_without_a_context_errors_are_raised() -> None:
    assert next(each_readable([1, 2], read)) == 1
    for work in (
        lambda: list(each_readable([1, 2], read)),
        lambda: list(until_unreadable(pieces, 1)),
        lambda: read_or(0, read, 2),
        lambda: all_or_each([1, 2], lambda items: [*map(read, items)], read),
    ):
        with pytest.raises(DataFormatError, match=r"2\.txt:7: is damaged"):
            work()
    tell_left_out([2, 3], read)  # Nothing is read where nobody asks.


def test_within_the_context_they_are_passed_over_and_told() -> None:
    with collecting() as errors:
        assert list(each_readable([1, 2, 4, 3, 5], read)) == [1, 16, 25]
        assert [type(error) for error in errors] == [DataFormatError, DatasetLayoutError]
        assert read_or(0, read, 1) == 1
        assert read_or(0, read, 3) == 0
        assert list(until_unreadable(pieces, 1)) == [1]
        assert all_or_each([1, 2, 4], lambda items: [*map(read, items)], read) == [1, 16]
    assert [str(error) for error in errors] == ["2.txt:7: is damaged", "3.txt: cannot be read"]


def test_files_that_a_reader_leaves_out_are_read_to_be_told() -> None:
    with collecting() as errors:
        tell_left_out([1, 2], read)
    assert [error.path for error in errors] == [Path("2.txt")]


def test_contexts_do_not_share_errors_and_end() -> None:
    with collecting() as outer:
        with collecting() as inner:
            assert read_or(0, read, 2) == 0
        assert read_or(0, read, 3) == 0
    assert [[error.path.name for error in errors] for errors in (outer, inner)] == [["3.txt"], ["2.txt"]]
    with pytest.raises(DatasetLayoutError):
        read_or(0, read, 3)


def test_other_errors_are_raised_all_the_same() -> None:
    def refuse(item: int) -> int:
        raise ConfigError(f"option {item}")

    with collecting() as errors, pytest.raises(ConfigError):
        list(each_readable([1], refuse))
    assert errors == []
