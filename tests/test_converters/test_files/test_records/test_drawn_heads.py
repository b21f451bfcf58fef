"""Heads from shapes that are drawn in annotation tools."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from converters.files.records.drawn_heads import DrawnHeads, drawn_place, numbers, shape_notes
from gta_head_tools.errors import DataFormatError


def test_a_head_has_a_box_or_a_point_or_both() -> None:
    heads = DrawnHeads()
    heads.add("head", box=(1, 2, 5, 8))
    heads.add("head", point=(7, 8))
    heads.add("hat", box=(0, 0, 4, 4), point=(1, 1))
    found = heads.annotations(ignore=[True, False, False])
    assert found.points.tolist() == [[3, 5], [7, 8], [1, 1]]
    np.testing.assert_array_equal(found.boxes, [[1, 2, 5, 8], [np.nan] * 4, [0, 0, 4, 4]])
    assert (found.ignore.tolist(), heads.categories) == ([True, False, False], ["head", "head", "hat"])
    assert heads.doubtful() == (1, 1)
    assert len(DrawnHeads().annotations()) == 0


@pytest.mark.parametrize(
    ("points", "box", "place"),
    [
        ([(1, 2)], False, (1, 2)),
        ([(1, 2), (3, 4)], False, None),
        ([(5, 2), (1, 4)], True, (1, 2, 5, 4)),
        ([(1, 2), (5, 2), (5, 4), (1, 4.005)], True, (1, 2, 5, 4.005)),
        ([(1, 2), (5, 3), (5, 4), (1, 4)], True, None),
        ([(1, 2)], True, None),
        ([], True, None),
    ],
)
def test_what_points_are(points: Sequence[tuple[float, float]], box: bool, place: tuple[float, ...] | None) -> None:
    assert drawn_place(points, box=box) == place


def test_notes_name_the_most_frequent_kinds() -> None:
    others = Counter({"polygon": 3, "a": 1, "b": 1, "c": 1, "d": 1, "e": 1})
    (note,) = shape_notes("set", others, [(0, 0)])
    assert note.startswith("set: 8 shapes that are no boxes or points are left out: polygon (3), ")
    assert note.endswith(" and 1 more kinds")
    assert list(shape_notes("set", Counter(), [])) == []


def test_a_missing_number_is_named() -> None:
    assert numbers(Path("a"), "r", [("x", 1.5), ("y", 0)]) == [1.5, 0]
    with pytest.raises(DataFormatError, match="a: r: has no 'y'"):
        numbers(Path("a"), "r", [("x", 1.5), ("y", None)])
