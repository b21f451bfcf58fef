"""Fixes change what they say and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.checks.fixes import FIXES, chosen_fixes, mend
from gta_head_tools.errors import UnknownNameError

NAN = [np.nan] * 4
GOOD, SWAPPED, CUT = [10.0, 10, 20, 20], [40.0, 30, 30, 50], [-4.0, 10, 6, 20]
FLAT, AWAY = [7.0, 7, 7, 9], [120.0, 5, 130, 9]
BOXES: list[list[float]] = [GOOD, SWAPPED, CUT, FLAT, AWAY, GOOD, NAN, NAN]
POINTS: list[list[float]] = [[15, 15], [35, 40], [1, 15], [7, 8], [99, 7], [15, 15], [50, 101], [50, 99]]


@pytest.fixture
def image() -> ImageAnnotations:
    return ImageAnnotations(
        ImageInfo("a.jpg", 100, 100), POINTS, boxes=np.array(BOXES), ids=np.arange(8), ignore=[False] * 8
    )


@pytest.mark.parametrize(
    ("name", "ids", "changed"),
    [
        ("swap", [0, 1, 2, 3, 4, 5, 6, 7], {1: [30, 30, 40, 50]}),
        ("clip", [0, 1, 2, 3, 4, 5, 6, 7], {2: [0, 10, 6, 20]}),
        ("drop", [0, 2, 5, 7], {}),
        ("dedupe", [0, 1, 2, 3, 4, 6, 7], {}),
    ],
)
def test_a_fix_changes_what_it_says(
    image: ImageAnnotations, name: str, ids: list[int], changed: dict[int, list[int]]
) -> None:
    mended, changes = mend(image, [name])
    assert mended.ids.tolist() == ids
    expected = np.array([changed.get(row, BOXES[row]) for row in ids], dtype=float)
    assert np.array_equal(mended.boxes, expected, equal_nan=True)
    gone = sorted({*range(8)} - {*ids})
    assert [change.record for change in changes] == [f"head {row + 1}" for row in (gone or changed)]
    assert {change.what for change in changes} == {name}


def test_all_fixes_count_heads_as_the_source_does(image: ImageAnnotations) -> None:
    mended, changes = mend(image, FIXES)
    assert mended.ids.tolist() == [0, 1, 2, 7]
    told = {change.record: (change.what, change.after) for change in changes}
    assert told["head 6"] == ("dedupe", "left out: the same as head 1")
    assert told["head 5"] == ("drop", "left out: the box lies outside the picture")
    assert told["head 3"] == ("clip", "point 3 15, box 0 10 6 20")
    assert mend(mended, FIXES) == (mended, [])


def test_a_point_of_its_own_stays_when_its_box_is_cut() -> None:
    image = ImageAnnotations(ImageInfo("a.jpg", 100, 100), [[2, 15]], boxes=np.array([CUT]))
    assert mend(image, ["clip"])[0].points.tolist() == [[2, 15]]


def test_without_a_size_only_what_is_left_of_or_above_lies_outside() -> None:
    boxes = [*BOXES, [-9.0, 5, -3, 9], NAN]
    points: list[list[float]] = [*POINTS, [1, 7], [5, -0.5]]
    image = ImageAnnotations(ImageInfo("a.jpg"), points, boxes=np.array(boxes), ids=np.arange(10))
    mended, changes = mend(image, ["clip", "drop"])
    assert mended.ids.tolist() == [0, 2, 4, 5, 6, 7]
    assert mended.boxes[1].tolist() == [0, 10, 6, 20]
    told = {change.record: change.after.partition(": ")[2] for change in changes}
    assert (told["head 9"], told["head 10"]) == (
        "the box lies outside the picture",
        "the point lies outside the picture",
    )


def test_fixes_are_applied_in_a_fixed_order() -> None:
    assert chosen_fixes(["drop", "swap"]) == ("swap", "drop")
    with pytest.raises(UnknownNameError, match="unknown fix 'crop'"):
        chosen_fixes(["crop"])
