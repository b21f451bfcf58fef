"""What a CSV table may mean besides our own columns, and what a user has to know about how it was read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from converters.files.numbers.gathered_columns import Columns
from converters.files.tables.csv_columns import HeadColumns, is_x_y_size, plain, reading_note
from converters.files.tables.csv_table import Table

_CLEAR, _LEAST_PICTURE = 3, 100
"""Heads in a picture, and pixels, from which on `width height` can be seen to be the size of the picture."""


def foreign_note(table: Table, layout: HeadColumns) -> tuple[str, ...]:
    """That columns were passed over."""
    # The first column has no name where pandas numbers the rows, the last one where lines end with a separator.
    last = len(table.header) - 1
    foreign = [
        header or "without a name"
        for place, header in enumerate(table.header)
        if place not in layout.used and (header or 0 < place < last)
    ]
    return (f"{table.path.name}: passed over columns {', '.join(map(repr, foreign))}",) if foreign else ()


def read_as(table: Table, layout: HeadColumns, columns: Columns) -> tuple[Columns, tuple[str, ...]]:
    """The columns of all heads, and how those were read that are called otherwise than ours."""
    name, reading = table.path.name, reading_note(table.header, layout)
    if not is_x_y_size(table.header, layout):
        return columns, (f"{name}: read {reading}",) if reading else ()
    if plain(said(table, layout.box)) == "xywidthheight" and _sizes_of_pictures(columns):
        points = columns["boxes"][:, :2].copy()
        columns = {**columns, "points": points, "boxes": np.full((len(points), 4), np.nan)}
        told = (
            "width height are the same for all heads of a picture, which lie within: taken as its size, x y as points"
        )
        return columns, (f"{name}: {told}; call the columns w h if they are of boxes",)
    return columns, (f"{name}: read {reading}; where x y are points, call the columns of the size otherwise",)


def _sizes_of_pictures(columns: Columns) -> bool:
    """True where sizes of boxes look like those of their pictures: equal, large, and all corners lie within.

    Boxes of heads would all lie over each other at the left top border.
    """
    if not columns or not len(columns["boxes"]):
        return False
    starts = columns["boxes"][:, :2]
    sizes = columns["boxes"][:, 2:] - starts
    _, first, image, heads = np.unique(columns["images"], return_index=True, return_inverse=True, return_counts=True)
    equal = np.abs(sizes - sizes[first][image.reshape(-1)]) < 1e-6
    within = (starts >= 0) & (starts <= sizes)
    return bool(heads.max() >= _CLEAR and sizes.min() >= _LEAST_PICTURE and equal.all() and within.all())


def said(table: Table, places: Sequence[int] | None, between: str = " ") -> str:
    """The names of columns, for messages."""
    return between.join(table.header[place] for place in places or ())


def share_note(columns: Columns, source: str) -> tuple[str, ...]:
    """What to tell where all coordinates look like shares of the picture's sides."""
    if not columns or not len(columns["points"]):
        return ()
    tables = columns["points"], columns["boxes"]
    low, high = (limit([limit(each, initial=0.5) for each in tables]) for limit in (np.nanmin, np.nanmax))
    if low < 0 or high > 1 or all(np.all((each == 0) | (each == 1) | np.isnan(each)) for each in tables):
        return ()
    return (f"{source}: all coordinates lie between 0 and 1 and are taken as pixels, not as shares of the picture",)
