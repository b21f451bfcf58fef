from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from converters.formats.coco.coco_ids import read_ids, reference
from gta_head_tools.errors import DataFormatError

X = Path("x.json")


@pytest.mark.parametrize(
    ("written", "numbers", "plain"),
    [
        ([], (), True),
        ([5, 0, 7], (5, 0, 7), True),
        ([5.0, "7", " 8 "], (5, 7, 8), True),
        (["a", "b"], (1, 2), False),
        (["a", 9], (10, 9), False),
        (["01", "1"], (1, 2), False),
        (["1", 1], (2, 1), False),
        ([3, 3, None], (3, 4, 5), False),
        ([2**62 + 1, 1], (2, 1), False),
        ([-4, -4], (-4, 1), False),
    ],
)
def test_ids_become_different_numbers(written: list[Any], numbers: tuple[int, ...], plain: bool) -> None:
    ids = read_ids(written, X, "images")
    assert (ids.numbers, ids.plain) == (numbers, plain)


@pytest.mark.parametrize(
    ("written", "meant", "number"),
    [
        ([5], "5", 5),
        ([5], 5.0, 5),
        (["5"], 5, 5),
        (["a", 9], "a", 10),
        (["a", 9], 10, None),
        (["01", "1"], "1", 2),
        (["01", "1"], 1, None),
        ([2**62 + 1, 1], 2**62 + 1, 2),
        ([5], "five", None),
        ([5], True, None),
        ([5], None, None),
    ],
)
def test_what_a_reference_means(written: list[Any], meant: Any, number: int | None) -> None:
    assert reference(meant, read_ids(written, X, "images")) == number


def test_ids_of_several_records_are_told() -> None:
    assert read_ids([4, "a", 4, "a", 4], X, "images").shared == {4: (0, 2), 5: (1, 3)}


@pytest.mark.parametrize("written", [1.5, [], {}, True])
def test_what_is_no_id_is_refused(written: Any) -> None:
    with pytest.raises(DataFormatError, match=r"images\[1\].id: found .*, expected a whole number or a text"):
        read_ids([1, written], X, "images")
