"""Reading the two data sets that are compared, with one list of options for both."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import fields, replace

from converters.datasets.read import Found, read_dataset
from converters.formats.format import Side
from converters.formats.options import CommonOptions
from converters.formats.registry import find_format
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import UnknownNameError
from gta_head_tools.files import own_name

_CATEGORY = "category"
"""Option of formats whose labels have names: which of them are heads."""


def options_of(names: Sequence[str], options: Sequence[str]) -> list[list[str]]:
    """The options of each side."""
    known = [
        {field.name: field.type for kind in (find_format(name).options, CommonOptions) for field in fields(kind)}
        for name in names
    ]
    chosen: list[list[str]] = [[], []]
    for pair in options:
        key, separator, value = pair.partition("=")
        option = key.strip().replace("-", "_")
        holders = [side for side in (0, 1) if option in known[side]]
        if not holders:
            raise UnknownNameError("option", key, dict.fromkeys(itertools.chain(*known)))
        # A free text may be a list of its own (category=head,person), which is not one value for each side.
        is_text = any(known[side].get(option) in {"str", str} for side in (0, 1))
        values = value.split(",") if value.count(",") == 1 and not is_text else [value, value]
        for side in holders:
            chosen[side].append(f"{key}{separator}{values[side]}")
    return chosen


def read_side(found: Found, options: list[str], side: Side | None) -> tuple[Dataset, UnknownNameError | None]:
    """One side; where it has no such category, it is read without that choice, and the error is returned as well.

    A choice of categories goes to both sides, and one of them may hold heads alone: it need not know the name.
    """
    try:
        return read_dataset(found.path, format_name=found.format, options=options, side=side)[1], None
    except UnknownNameError as error:
        if error.kind != _CATEGORY:
            raise
        others = [option for option in options if not _chooses([option])]
        dataset = read_dataset(found.path, format_name=found.format, options=others, side=side)[1]
        note = f"{own_name(found.path)} has no category {error.name!r} and is read without that choice"
        return replace(dataset, notes=(*dataset.notes, note)), error


def check_category(*sides: tuple[UnknownNameError | None, list[str]]) -> None:
    """Refuse a category that no side knows for which it was chosen."""
    tried = [error for error, asked in sides if _chooses(asked)]
    if tried and tried[0] is not None and None not in tried:
        raise tried[0]


def _chooses(options: Sequence[str]) -> bool:
    return any(option.partition("=")[0].strip() == _CATEGORY for option in options)
