"""Which categories of a label file are heads: those that an option names, else those called head, else all.

One part for every format whose labels have names (COCO's categories, the label list of a MOT folder, the names of
YOLO and VOC), so that the same names mean the same heads whatever the format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gta_head_tools.dataset import LabelDefect
from gta_head_tools.errors import UnknownNameError

_HEAD = re.compile(r"((person|people|human|pedestrian)s?( s)? )?heads?")
"""A name that means heads, with all signs between its words as blanks: `head`, `Heads`, `person_head`, `Human head`."""
_MOST_SHOWN = 5
"""Categories that a note names; of more it tells the number."""


@dataclass(frozen=True, slots=True)
class HeadCategories:
    """The categories whose labels are heads.

    Attributes:
        chosen: (number, name) of each of them.
        known: (number, name) of all categories.
        asked: an option or the data set itself named them.
    """

    chosen: frozenset[tuple[int, str]]
    known: tuple[tuple[int, str], ...]
    asked: bool = False

    def note(self, counts: Mapping[tuple[int, str], int], *, source: str) -> tuple[str, ...]:
        """What a user has to know about the choice: nothing, or one line.

        Args:
            counts: labels by (number, name) of their category; a category without labels may be left out.
            source: the label file, as the line is to name it.
        """
        taken, left = _by_name(counts, self.chosen), _by_name(counts, set(self.known) - self.chosen)
        if self.asked or (not left and all(map(means_heads, taken))):
            return ()
        if left:
            problem = f"only {_shown(taken or dict.fromkeys((name for _, name in sorted(self.chosen)), 0))} are heads"
            return (f"{source}: {problem}; left out: {_shown(left)}; -i category=NAME,NAME takes others",)
        if len(taken) == 1:
            return (f"{source}: labels of category {_shown(taken)} are taken as heads",)
        all_taken = f"labels of {len(taken)} categories are all taken as heads: {_shown(taken)}"
        return (f"{source}: {all_taken}; -i category=NAME takes some of them",)

    def defects(self, counts: Mapping[tuple[int, str], int], *, file: Path | str) -> tuple[LabelDefect, ...]:
        """What checks tell of the choice, where no option and nothing in the data set names the heads.

        A name that is a mere number stands for one that is not known; one alone says nothing.

        Args:
            counts: as for `note`.
            file: the label file, "" = the data set has several.
        """
        taken, left = _by_name(counts, self.chosen), _by_name(counts, set(self.known) - self.chosen)
        several = len(taken) > 1
        odd = {name: n for name, n in taken.items() if not means_heads(name) and (several or not name.isdecimal())}
        if self.asked or not (left or odd):
            return ()
        check, message, value = "category-name", "labels of this category are taken as heads", odd
        if left:
            message, value = "labels of these categories are left out, because others are called heads", left
        elif several:
            check, message = "mixed-categories", "labels of all of these categories are taken as heads"
        return (LabelDefect(check=check, file=file, record="categories", value=_shown(value), message=message),)


def choose_heads(
    categories: Iterable[tuple[int, str]], wanted: str = "", *, stored: Iterable[tuple[int, str]] = ()
) -> HeadCategories:
    """The categories that are heads: those wanted, else those stored, else those called head, else all.

    Args:
        categories: (number, name) of each category, of all label files of the data set.
        wanted: names or numbers, comma separated, capitals or not; empty = nothing is asked for.
        stored: categories that the data set itself says are heads, none where it says nothing.

    Raises:
        UnknownNameError: no such category; the message lists those that are there.

    >>> sorted(choose_heads([(1, "person"), (2, "head")]).chosen)
    [(2, 'head')]
    >>> sorted(choose_heads([(1, "person"), (2, "head")], "person,2").chosen)
    [(1, 'person'), (2, 'head')]
    """
    known = tuple(dict.fromkeys(categories))
    if wanted.strip():
        return HeadCategories(_named(known, wanted), known, asked=True)
    if told := frozenset(stored) & frozenset(known):
        return HeadCategories(told, known, asked=True)
    heads = frozenset(category for category in known if means_heads(category[1]))
    return HeadCategories(heads or frozenset(known), known)


def means_heads(name: str) -> bool:
    """True for a name of heads: `head`, also in the plural, with capitals, or after `person` or `human`.

    >>> [means_heads(name) for name in ("Head", "person_head", "Human heads", "headphones", "helmet")]
    [True, True, True, False, False]
    """
    return _HEAD.fullmatch(" ".join(re.findall(r"[^\W_]+", name.lower()))) is not None


def _named(known: Iterable[tuple[int, str]], wanted: str) -> frozenset[tuple[int, str]]:
    by_text: dict[str, set[tuple[int, str]]] = {}
    for category in known:
        by_text.setdefault(_plain(category[1]), set()).add(category)
    for category in known:
        # A category that is called "2" goes before the category of the number 2.
        by_text.setdefault(str(category[0]), {category})
    # A name may itself hold a comma.
    parts = [wanted] if _plain(wanted) in by_text else [part for part in wanted.split(",") if part.strip()]
    chosen: set[tuple[int, str]] = set()
    for part in parts:
        if _plain(part) not in by_text:
            raise UnknownNameError("category", part.strip(), dict.fromkeys(name for _, name in known))
        chosen |= by_text[_plain(part)]
    return frozenset(chosen)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _by_name(counts: Mapping[tuple[int, str], int], categories: Iterable[tuple[int, str]]) -> dict[str, int]:
    """Labels by name of their category, the most first; names without labels are left out."""
    found: dict[str, int] = {}
    for category in sorted(categories):
        if counts.get(category, 0):
            found[category[1]] = found.get(category[1], 0) + counts[category]
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _shown(counts: Mapping[str, int]) -> str:
    shown = [f"{name!r} ({count})" for name, count in counts.items()]
    more = len(shown) - _MOST_SHOWN
    return ", ".join(shown[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
