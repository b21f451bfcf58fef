"""What the class of a MOT row means: a label list beside the rows, HeadTracking21's classes, or nothing known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from converters.files.labels.categories import choose_heads
from gta_head_tools.dataset import LabelDefect
from gta_head_tools.files import read_unpacked

_LISTS = ("labels.txt", "gt/labels.txt")
"""Label lists of a sequence, as CVAT and datumaro write them: one name a line, the first is that of class 1."""
_HT21 = re.compile(r"(?<![a-z])(ht-?21|crohd|headtracking)", re.IGNORECASE)
"""In names of HeadTracking21's folders: `HT21/train/HT21-01`."""
HT21_IGNORE = 3
"""The class of HeadTracking21 that means "ignore"."""
_HT21_CLASSES = {1: "pedestrian", 2: "static", 3: "ignore", 4: "person on vehicle"}

Category = tuple[int, str]


@dataclass(frozen=True, slots=True)
class ClassNames:
    """What the classes of a sequence are called.

    Attributes:
        names: class to its name.
        listed: the label list that says so, None = there is none.
        ht21: they are HeadTracking21's.
    """

    names: Mapping[int, str]
    listed: Path | None = None
    ht21: bool = False

    def category(self, number: int) -> Category:
        """A class and its name; of a class without one, its number."""
        return number, self.names.get(number, str(number))


def class_names(rows: Path, folder: Path, names: Iterable[str], *, nine: bool) -> ClassNames:
    """What the classes of a file of rows are called.

    Args:
        rows: the file.
        folder: of the sequence.
        names: that the sequence goes by, its folders included.
        nine: the rows have nine columns, as HeadTracking21's.

    Raises:
        DataFormatError: the label list is no text.
    """
    places = (rows.parent / _LISTS[0], *(folder / name for name in _LISTS))
    listed = next((place for place in places if place.is_file()), None)
    if listed is not None:
        lines = read_unpacked(listed).decode().splitlines()
        return ClassNames({number: line.strip() for number, line in enumerate(lines, start=1) if line.strip()}, listed)
    ht21 = nine and any(_HT21.search(name) for name in names)
    return ClassNames(_HT21_CLASSES if ht21 else {}, ht21=ht21)


def choose_classes(
    found: Sequence[tuple[ClassNames, Mapping[int, int]]], wanted: str, *, source: str
) -> tuple[list[frozenset[int] | None], tuple[str, ...], tuple[LabelDefect, ...]]:
    """The classes of each sequence that are heads, None = all; notes of the choice; and what checks tell of it.

    Args:
        found: names of the classes of each sequence, and how many rows are of each class.
        wanted: names or numbers that an option asks for, empty = nothing is asked for.
        source: what is read, for the notes.

    Raises:
        UnknownNameError: no such class.
    """
    counts: Counter[Category] = Counter()
    known: dict[Category, None] = {}
    for classes, rows in found:
        counts.update({classes.category(number): count for number, count in rows.items()})
        known |= dict.fromkeys(map(classes.category, [*classes.names, *rows]))
    if wanted and not known:
        return [None] * len(found), (f"{source}: rows have no class, so that -i category leaves out none of them",), ()
    heads = choose_heads(known, wanted)
    chosen = [
        frozenset(number for number in rows if classes.category(number) in heads.chosen) for classes, rows in found
    ]
    every = [None if len(numbers) == len(rows) else numbers for numbers, (_, rows) in zip(chosen, found, strict=True)]
    # Files without names have class 1 in every row, or -1 where nothing is known: that needs no word.
    plain = all(
        classes.listed is None and (classes.ht21 or set(rows) <= {1} or set(rows) <= {-1}) for classes, rows in found
    )
    if plain:
        return every, (), ()
    return every, heads.note(counts, source=source), heads.defects(counts, file="")
