"""Numbers of a data set: sections of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.head_places import Crowd, count_cells
from gta_head_tools.report.markup import (
    Cell,
    Html,
    beside,
    definitions,
    element,
    figure,
    joined,
    key_numbers,
    paragraph,
    table,
)
from gta_head_tools.report.page import Section
from gta_head_tools.report.place_plots import draw_box_sizes, draw_heads_per_image, draw_heat_map, draw_size_field
from gta_head_tools.report.statistics_table import COLUMNS, Column, cell, known_columns, resolution
from gta_head_tools.size_field import LEAST, SizeField
from gta_head_tools.statistics import DEFINITIONS, ImageRow, Statistics

MOST_MAPS = 11
"""Scenes with a heat map of their own."""
MOST_FIELDS = 6
"""Scenes whose sizes are drawn."""
TABLE_BYTES = 1_700_000
"""Of the rows of scenes; the whole page stays below 2 MB."""
_OF_SCENES = {"images", "resolution", "heads", "ignored", "heads_avg", "heads_max", "heads_per_megapixel"} | {
    *("boxed_share", "box_size_p5", "box_size_p50", "box_size_p95", "occupancy", "persons", "weather", "hour")
}
_OF_PICTURES = _OF_SCENES - {"images", "heads_avg", "heads_max"}
_OF_MANY = {"images", "heads", "heads_per_megapixel", "box_size_p50"}
"""Where the table with all columns would be too large."""
_FINE, _COARSE = 20_000, 1_000
"""Heads from which a heat map has 64 cells across, and below which it has 16; else it has 32."""


def numbers_section(total: Statistics, scenes: int) -> Section:
    """The numbers that one asks for first."""
    shown = {"images": f"{total.images:,}"}
    shown |= {"scenes": f"{scenes:,}"} if 1 < scenes < total.images else {}
    shown["heads"] = f"{total.heads:,}"
    for key, name in (
        ("heads_avg", "heads per image, avg"),
        ("boxed_share", "heads with a box"),
        ("box_size_p50", "median box size, pixels"),
        ("persons", "persons"),
    ):
        shown |= {name: value} if (value := cell(_column(key), total)) != "-" else {}
    shown["picture size"] = resolution(total) or "unknown"
    return Section("", key_numbers(shown))


def splits_section(name: str, total: Statistics, splits: Mapping[str, Statistics]) -> Section:
    """All measures, one row each, of the splits and of the whole."""
    several = [*splits] != ["-"]
    groups = {**splits, "all" if "all" not in splits else "all images": total} if several else {name: total}
    rows = [(each.long or each.title, *(_cell(each, found) for found in groups.values())) for each in _known(groups)]
    caption = "Numbers of the whole and of each split." if several else "Numbers of the whole; nothing names a split."
    return Section("In the form of the papers' tables", table(["measure", *groups], rows, caption=caption))


def histograms_section(images: Sequence[ImageRow], sizes: NDArray[np.float64]) -> Section:
    """How many images hold how many heads, and how many boxes have which size.

    Args:
        images: at least one.
        sizes: (boxes,) sqrt(width height) in pixels.
    """
    heads = np.array([row.heads for row in images], dtype=np.float64)
    empty = int(np.count_nonzero(heads == 0))
    alt = f"Histogram of the heads of {_count(len(heads), 'image')}: from {heads.min():,.0f} to {heads.max():,.0f}"
    fullest = max(images, key=lambda row: row.heads)
    told = f"Most heads: {fullest.heads:,} in {fullest.info.path}." if fullest.heads else "No image has a head."
    told += f" {_count(empty, 'image')} without heads." if fullest.heads and empty else ""
    drawn = [figure(draw_heads_per_image(heads, alt=alt), caption=f"Heads per image. {told}")]
    if len(sizes):
        alt = f"Histogram of the sizes of {_count(len(sizes), 'box', 'boxes')}: {_from_to(sizes)} pixels"
        told = f"Sizes of all boxes, {_from_to(sizes)} pixels, on a scale of ratios."
        drawn.append(figure(draw_box_sizes(sizes, alt=alt), caption=told))
    return Section("How many, and how large" if len(sizes) else "How many", beside(drawn))


def fields_section(boxes: int, fields: Sequence[SizeField]) -> Section:
    """How the size of boxes depends on the row of the picture.

    Args:
        boxes: of the whole.
        fields: of scenes.
    """
    title = "Box size by row of the picture"
    if not boxes:
        return Section(title, paragraph("No head has a box. ghtools interpolate-boxes makes boxes from a few anchors."))
    if not fields:
        told = f"None of the scenes with the most heads has {LEAST} boxes in pictures of one known size."
        return Section(title, paragraph(told))
    told = (
        "In the scenes with the most heads. The model is the size field that ghtools interpolate-boxes fits to "
        "anchors; here it is fitted to some boxes from all rows. Boxes of one fixed camera follow it; those of "
        "pictures from several places do not."
    )
    return Section(title, joined([paragraph(told), beside(map(_field_figure, fields))]))


def _field_figure(field: SizeField) -> Html:
    name = field.name or "-"
    off = f"half of the boxes are within {100 * field.off:.1f} % of the model"
    drawn = draw_size_field(field, alt=f"{name}: box size over the row of the picture; {off}")
    boxes = f"{_count(field.boxes, 'box', 'boxes')} in {_count(field.images, 'image')}"
    return figure(drawn, caption=f"{name}: {boxes}; {off}, which is fitted to {field.fitted} of them.")


def maps_section(every: Crowd, busiest: Sequence[Crowd], scenes: int) -> Section | None:
    """Where heads are in the pictures: all of them together, and the scenes with the most heads.

    Args:
        every: all heads.
        busiest: the scenes with the most heads.
        scenes: how many there are.
    """
    shown = [crowd for crowd in busiest if len(crowd.x)]
    if not len(every.x):
        if not every.heads:
            return None
        told = "The size of the pictures is unknown, so that nobody can say where in them heads are."
        return Section("Where heads are", paragraph(told))
    several = [every, *shown] if scenes > 1 else shown
    tiles = [_map_figure(crowd, number, whole=crowd is every) for number, crowd in enumerate(several)]
    told = "The stronger the colour of a cell, the more heads of all images are in it; every map has its own scale."
    left = scenes - len(shown)
    told += f" Drawn are the scenes with the most heads; {_count(left, 'other scene')} left out." if left else ""
    nowhere = every.heads - len(every.x)
    told += f" Left out: {_count(nowhere, 'head')} outside the picture, or in one of unknown size." if nowhere else ""
    return Section("Where heads are", joined([paragraph(told), element("div", joined(tiles), class_="tiles")]))


def _map_figure(crowd: Crowd, number: int, *, whole: bool) -> Html:
    columns = 64 if len(crowd.x) >= _FINE else 32 if len(crowd.x) >= _COARSE else 16
    cells = count_cells(crowd, columns)
    name = "All images" if whole else crowd.name or "-"
    told = f"{name}: {_count(crowd.heads, 'head')} in {_count(crowd.images, 'image')}"
    row, column = np.unravel_index(int(np.argmax(cells)), cells.shape)
    place = (
        f"{100 * (column + 0.5) / columns:.0f} % from the left and {100 * (row + 0.5) / len(cells):.0f} % from the top"
    )
    drawn = draw_heat_map(
        cells, crowd.size, name=f"heat-{number}", alt=f"Heat map of {told}; the fullest cell is {place}"
    )
    return figure(drawn, caption=told)


def scenes_section(scenes: Mapping[str, Statistics], images: Sequence[ImageRow]) -> Section | None:
    """One row a scene; only those with the most heads where all would not fit into a page.

    Args:
        scenes: by name.
        images: of all scenes.
    """
    if len(scenes) < 2:
        return None
    splits: dict[str, set[str]] = {}
    for row in images:
        splits.setdefault(row.info.scene or "-", set()).add(row.info.split or "-")
    of_split = {name: ", ".join(sorted(found)) for name, found in splits.items()}
    split = ["split"] if {*of_split.values()} != {"-"} else []
    keys = _OF_PICTURES if len(scenes) == len(images) else _OF_SCENES
    for wanted in (keys, keys & _OF_MANY):
        columns = [each for each in _known(scenes) if each.key in wanted]
        rows = {
            name: (name, *([of_split[name]] if split else []), *(_cell(each, found) for each in columns))
            for name, found in scenes.items()
        }
        kept = _fitting(rows, {name: found.heads for name, found in scenes.items()})
        left = len(rows) - len(kept)
        if not left:
            break
    caption = "The scenes of the data set." if not left else f"The {len(kept):,} scenes with the most heads."
    titles = ["scene", *split, *(each.title for each in columns)]
    shown = [table(titles, kept, caption=caption, sortable=True, filters=split)]
    if left:
        told = f"{_count(left, 'scene')} not shown; ghtools stats --by scene --format csv writes all of them."
        shown.append(paragraph(told))
    return Section("Scenes", joined(shown))


def _fitting(rows: Mapping[str, Sequence[object]], heads: Mapping[str, int]) -> list[Sequence[object]]:
    """The rows with the most heads that fit into `TABLE_BYTES`, in their own order."""
    chosen, held = set(), 0
    around = len(table((), [], caption=""))
    for name in sorted(rows, key=lambda name: -heads[name]):
        held += len(table((), [rows[name]], caption="").encode()) - around
        if held > TABLE_BYTES:
            break
        chosen.add(name)
    return [row for name, row in rows.items() if name in chosen]


def words_section() -> Section:
    """What the words of the page mean."""
    conditions = {
        "weather, hour, camera": "Their values, each with its number of images; a camera is known by its pose."
    }
    return Section("What the words mean", definitions({**DEFINITIONS, **conditions}))


def _known(groups: Mapping[str, Statistics]) -> list[Column]:
    return known_columns([*groups.values()])


def _column(key: str) -> Column:
    return next(each for each in COLUMNS if each.key == key)


def _cell(column: Column, found: Statistics) -> object:
    """What is shown, and the number by which it is sorted where what is shown is more than digits."""
    value = column.value(found)
    shown = cell(column, found)
    return Cell(shown, float(f"{value:.6g}")) if column.percent and isinstance(value, float) else shown


def _count(number: int, one: str, many: str = "") -> str:
    return f"1 {one}" if number == 1 else f"{number:,} {many or one + 's'}"


def _from_to(values: NDArray[np.float64]) -> str:
    return f"{values.min():,.4g} to {values.max():,.4g}"
