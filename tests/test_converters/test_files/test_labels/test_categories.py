from __future__ import annotations

import pytest

from converters.files.labels.categories import choose_heads, means_heads
from gta_head_tools.errors import UnknownNameError

PARTS = [(1, "person"), (2, "head"), (3, "ignore region")]


@pytest.mark.parametrize(
    ("name", "heads"),
    [
        ("HEAD", True),
        ("heads", True),
        ("person-head", True),
        ("Human  head", True),
        ("pedestrian_heads", True),
        ("person's head", True),
        ("forehead", False),
        ("head and shoulders", False),
        ("person", False),
        ("头", False),
        ("", False),
    ],
)
def test_which_names_mean_heads(name: str, heads: bool) -> None:
    assert means_heads(name) == heads


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("", {2}),
        ("head", {2}),
        (" Person , HEAD ", {1, 2}),
        ("1,3", {1, 3}),
        ("ignore  region", {3}),
    ],
)
def test_categories_are_chosen_by_name_or_number(wanted: str, chosen: set[int]) -> None:
    assert {number for number, _ in choose_heads(PARTS, wanted).chosen} == chosen


def test_all_are_heads_where_none_is_called_so() -> None:
    assert {number for number, _ in choose_heads([(0, "person"), (7, "car")]).chosen} == {0, 7}
    assert choose_heads([]).chosen == frozenset()


def test_a_name_goes_before_a_number_and_may_hold_a_comma() -> None:
    odd = [(1, "2"), (2, "hat, red"), (3, "Head"), (4, "head")]
    assert choose_heads(odd, "2").chosen == {(1, "2")}
    assert choose_heads(odd, "hat, red").chosen == {(2, "hat, red")}
    assert choose_heads(odd, "head").chosen == {(3, "Head"), (4, "head")}


@pytest.mark.parametrize("wanted", ["hed", "person,hed", "9"])
def test_an_unknown_category_is_refused_with_those_that_are_there(wanted: str) -> None:
    with pytest.raises(UnknownNameError, match="known: person, head, ignore region"):
        choose_heads(PARTS, wanted)


@pytest.mark.parametrize(
    ("categories", "counts", "note"),
    [
        (
            PARTS,
            [2, 3, 1],
            "x: only 'head' (3) are heads; left out: 'person' (2), 'ignore region' (1); "
            "-i category=NAME,NAME takes others",
        ),
        (PARTS[:2], [2, 0], "x: only 'head' (0) are heads; left out: 'person' (2); -i category=NAME,NAME takes others"),
        (PARTS[:1], [4], "x: labels of category 'person' (4) are taken as heads"),
        (
            [(1, "person"), (2, "car")],
            [1, 2],
            "x: labels of 2 categories are all taken as heads: 'car' (2), 'person' (1); "
            "-i category=NAME takes some of them",
        ),
        (PARTS, [0, 3, 0], None),
        ([(1, "heads"), (2, "head")], [3, 3], None),
        (PARTS[:1], [0], None),
    ],
)
def test_the_note_tells_what_was_chosen(categories: list[tuple[int, str]], counts: list[int], note: str | None) -> None:
    by_category = dict(zip(categories, counts, strict=True))
    assert choose_heads(categories).note(by_category, source="x") == ((note,) if note else ())


def test_there_is_no_note_where_the_choice_was_asked_for() -> None:
    assert choose_heads(PARTS, "person").note({PARTS[0]: 2, PARTS[1]: 3}, source="x") == ()


def test_of_many_categories_five_are_named() -> None:
    many = [(number, f"c{number}") for number in range(8)]
    (note,) = choose_heads(many).note(dict.fromkeys(many, 1), source="x")
    assert "'c4' (1) and 3 more;" in note


@pytest.mark.parametrize(
    ("counts", "wanted", "check", "value"),
    [
        ({"head": 3}, "", None, ""),
        ({"person_head": 3, "Heads": 1}, "", None, ""),
        ({"person": 3}, "", "category-name", "'person' (3)"),
        ({"person": 3}, "person", None, ""),
        ({"head": 3, "person": 2}, "", "category-name", "'person' (2)"),
        ({"head": 3, "person": 0}, "", None, ""),
        ({"person": 1, "car": 2}, "", "mixed-categories", "'car' (2), 'person' (1)"),
        ({"person": 1, "car": 2}, "car", None, ""),
        ({"0": 5}, "", None, ""),
        ({"0": 5, "2": 6}, "", "mixed-categories", "'2' (6), '0' (5)"),
        ({"person": 0, "0": 0}, "", None, ""),
    ],
)
def test_what_checks_tell_of_categories(counts: dict[str, int], wanted: str, check: str | None, value: str) -> None:
    numbers = {(number, name): count for number, (name, count) in enumerate(counts.items())}
    found = choose_heads(numbers, wanted).defects(numbers, file="set")
    assert [(one.check, one.value) for one in found] == ([(check, value)] if check else [])
