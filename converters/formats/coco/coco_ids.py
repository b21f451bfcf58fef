"""Ids in COCO files: what they number, whatever they are written as.

COCO's ids are whole numbers, and `"7"` and `7.0` are 7 as well. Texts (`"cam1_0001"`, which pycocotools takes), numbers
beyond 2^62 and missing ids get free numbers. An id that two images (or two categories) share is an error only where an
annotation uses it, because nothing else depends on it.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gta_head_tools.errors import DataFormatError
from gta_head_tools.json_words import shown

_LARGEST = 2**62
"""Numbers beyond do not fit a column."""
_WHOLE = re.compile(r"\s*[+-]?\d{1,30}(\.0*)?\s*")


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of a list of records.

    Attributes:
        numbers: of the records in their order, all different.
        renamed: ids as they are written to their numbers, those of texts and of numbers beyond 2^62.
        fresh: numbers that stand for other ids than themselves.
        shared: id that several records have to the places of two of them.
    """

    numbers: tuple[int, ...]
    renamed: Mapping[str | int, int] = field(default_factory=dict)
    fresh: frozenset[int] = frozenset()
    shared: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def plain(self) -> bool:
        """True when every id is its own number, so that references are numbers already."""
        return not self.fresh


def read_ids(written: Sequence[Any], path: Path, record: str) -> Ids:
    """The ids of records.

    Args:
        written: id of each record as the file has it, None = it has none.
        path: of the file, for messages.
        record: name of the list, for messages.

    Raises:
        DataFormatError: an id is neither a number nor a text.
    """
    values = [_value(one, path, f"{record}[{place}].id") for place, one in enumerate(written)]
    # "01" and "1" are two ids: where two have one value, no text is taken for a number.
    times = Counter(number for number in map(whole, dict.fromkeys(values)) if number is not None)
    texts_are_numbers = all(count == 1 for count in times.values())
    keys = [_key(value, texts_are_numbers=texts_are_numbers) for value in values]
    free = itertools.count(max([0, *(key for key in keys if isinstance(key, int) and key <= _LARGEST)]) + 1)
    first: dict[str | int, int] = {}
    shared: dict[int, tuple[int, int]] = {}
    numbers: list[int] = []
    for place, key in enumerate(keys):
        if key is None or key in first or isinstance(key, str) or abs(key) > _LARGEST:
            numbers.append(next(free))
        else:
            numbers.append(key)
        if key is not None and first.setdefault(key, place) != place:
            shared.setdefault(numbers[first[key]], (first[key], place))
    renamed = {key: numbers[place] for key, place in first.items() if key != numbers[place]}
    return Ids(tuple(numbers), renamed, frozenset(numbers) - first.keys(), shared)


def whole(value: Any) -> int | None:
    """The whole number that a value of a JSON file is; None when it is something else.

    >>> [whole(value) for value in (7, 7.0, "7", "7.0", 7.5, "a", True, None)]
    [7, 7, 7, 7, None, None, None, None]
    """
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value.partition(".")[0])
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def reference(written: Any, ids: Ids) -> int | None:
    """The number that a reference means, None = none; the number need not be one of the list."""
    number = whole(written)
    key = written if isinstance(written, str) and written in ids.renamed else number
    if key is None or key in ids.renamed:
        return None if key is None else ids.renamed[key]
    assert number is not None
    return None if number in ids.fresh or abs(number) > _LARGEST else number


def _value(written: Any, path: Path, record: str) -> str | int | None:
    number = whole(written)
    if written is None or isinstance(written, str):
        return written
    if number is None:
        problem = f"found {shown(written)}, expected a whole number or a text; correct it, or make the file again"
        raise DataFormatError(path, problem, record=record)
    return number


def _key(value: str | int | None, *, texts_are_numbers: bool) -> str | int | None:
    number = whole(value) if texts_are_numbers else None
    return value if number is None or isinstance(value, int) else number
