"""The table of statistics in the form of the papers' tables of data sets: one row a set, split or scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gta_head_tools.statistics import CONDITIONS, PERCENTILES, Spread, Statistics

Value = int | float | str | None
_NUMBERS = {"min": "low", "avg": "mean", "median": "median", "max": "high"}
MOST_CONDITIONS = 3
"""Values of weather or hour that a cell names; it counts the others."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table.

    Attributes:
        key: its name in CSV.
        title: its name for people.
        part: of the table on a terminal, which is too narrow for all columns.
        value: the number or text; None = unknown.
        digits: behind the point, for people.
        percent: a share, which people read as per cent.
        needed: shown although no row knows it.
        long: its name where there is room, "" = `title`.
    """

    key: str
    title: str
    part: str
    value: Callable[[Statistics], Value]
    digits: int = 0
    percent: bool = False
    needed: bool = False
    long: str = ""

    @property
    def short(self) -> str:
        """Its name below the name of the part."""
        return self.title.removeprefix("size ")


def _of(spread: str, number: str) -> Callable[[Statistics], Value]:
    def value(found: Statistics) -> Value:
        known: Spread | None = getattr(found, spread)
        return None if known is None else getattr(known, number)

    return value


def _percentile(percent: int) -> Callable[[Statistics], Value]:
    return lambda found: None if found.box_size is None else found.box_size.percentiles[percent]


def _mean_side(place: int) -> Callable[[Statistics], Value]:
    def value(found: Statistics) -> Value:
        known = {size: images for size, images in found.resolutions.items() if size != (0, 0)}
        total = sum(size[place] * images for size, images in known.items())
        return total / sum(known.values()) if known else None

    return value


def resolution(found: Statistics) -> str | None:
    """Width and height where all pictures of known size have the same, else their means."""
    sides = [_mean_side(place)(found) for place in (0, 1)]
    if None in sides:
        return None
    told = " × ".join(f"{side:.0f}" for side in sides)
    return told if len(found.resolutions.keys() - {(0, 0)}) == 1 else f"{told} avg"


def _conditions(fact: str, most: int | None) -> Callable[[Statistics], Value]:
    def value(found: Statistics) -> Value:
        values = found.conditions.get(fact)
        if values is None:
            return None
        shown = [f"{name} {images}" for name, images in list(values.items())[:most]]
        more = len(values) - len(shown)
        return "; ".join([*shown, *([f"{more} more"] if more else [])])

    return value


def _head_columns() -> tuple[Column, ...]:
    heads = "heads"
    return (
        Column("images", "images", heads, lambda found: found.images, needed=True),
        Column("resolution", "resolution", heads, resolution, needed=True),
        Column("heads", "heads", heads, lambda found: found.heads, needed=True),
        Column("ignored", "ignored", heads, lambda found: found.ignored or None, long="heads that are ignored"),
        *(
            Column(
                f"heads_{word}",
                word,
                heads,
                _of("per_image", number),
                digits=int(word in {"avg", "median"}),
                long=f"heads per image, {word}",
            )
            for word, number in _NUMBERS.items()
        ),
        Column(
            "heads_per_megapixel",
            "per MP",
            heads,
            lambda found: found.per_megapixel,
            digits=1,
            needed=True,
            long="heads per megapixel",
        ),
        Column(
            "heads_per_megapixel_roi",
            "per MP in ROI",
            heads,
            lambda found: found.per_megapixel_inside,
            digits=1,
            long="heads per megapixel in the region of interest",
        ),
    )


def _box_columns() -> tuple[Column, ...]:
    boxes = "boxes (size in pixels)"
    return (
        Column(
            "boxed_share",
            "with box",
            boxes,
            lambda found: found.boxed_share,
            digits=1,
            percent=True,
            needed=True,
            long="heads with a box",
        ),
        Column("box_size_avg", "size avg", boxes, _of("box_size", "mean"), digits=1, long="box size in pixels, avg"),
        *(
            Column(
                f"box_size_p{percent}",
                f"size p{percent}",
                boxes,
                _percentile(percent),
                digits=1,
                long=f"box size in pixels, percentile {percent}",
            )
            for percent in PERCENTILES
        ),
        Column("occupancy", "occupancy", boxes, lambda found: found.occupancy, digits=2, percent=True),
    )


def _columns(most: int | None) -> tuple[Column, ...]:
    others = "persons and conditions"
    return (
        *_head_columns(),
        *_box_columns(),
        Column("persons", "persons", others, lambda found: found.persons or None),
        Column("track_avg", "track avg", others, _of("track_length", "mean"), digits=1, long="heads of a person, avg"),
        Column("track_max", "track max", others, _of("track_length", "high"), long="heads of a person, max"),
        *(Column(fact, fact, others, _conditions(fact, most)) for fact in (*CONDITIONS, "camera")),
    )


COLUMNS = _columns(MOST_CONDITIONS)
"""For people."""
DATA_COLUMNS = tuple(
    column
    for each in _columns(None)
    for column in (
        (Column("width_avg", "", "", _mean_side(0)), Column("height_avg", "", "", _mean_side(1)))
        if each.key == "resolution"
        else (each,)
    )
)
"""For programs: width and height apart, and every value of weather and hour."""


def known_columns(rows: Sequence[Statistics]) -> list[Column]:
    """The columns for people, without those that no row knows."""
    return [each for each in COLUMNS if each.needed or any(each.value(found) is not None for found in rows)]


def cell(column: Column, found: Statistics) -> str:
    """A value for people; "-" = unknown."""
    value = column.value(found)
    if value is None or isinstance(value, str):
        return value or "-"
    return f"{value * 100:.{column.digits}f} %" if column.percent else f"{value:,.{column.digits}f}"


def plain_cell(column: Column, found: Statistics) -> str:
    """A value for programs: digits and a point, "" = unknown."""
    value = column.value(found)
    if value is None or isinstance(value, str):
        return value or ""
    return str(int(value)) if float(value).is_integer() else f"{value:.6f}".rstrip("0")


def as_told(found: Statistics) -> Mapping[str, Any]:
    """All numbers, unrounded, for JSON."""
    spreads = {
        name: None
        if (spread := getattr(found, name)) is None
        else {"min": spread.low, "avg": spread.mean, "median": spread.median, "max": spread.high}
        | {f"p{percent}": value for percent, value in spread.percentiles.items()}
        for name in ("per_image", "box_size", "track_length")
    }
    keys = ("images", "heads", "ignored", "boxed", "boxed_share")
    densities = ("per_megapixel", "per_megapixel_inside", "occupancy", "persons")
    sizes = [
        {"width": width or None, "height": height or None, "images": images}
        for (width, height), images in found.resolutions.items()
    ]
    told = {key: getattr(found, key) for key in (*keys, *densities)}
    return {**told, "resolutions": sizes, **spreads, "conditions": found.conditions}
