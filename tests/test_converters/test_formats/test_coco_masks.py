"""Boxes of masks against pycocotools, which draws them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as masks

from converters.formats.coco.coco_masks import box_of


def run_lengths(mask: np.ndarray[Any, np.dtype[np.uint8]]) -> list[int]:
    """The uncompressed run lengths of a mask, beginning with those of 0."""
    runs = [(value, len(list(same))) for value, same in itertools.groupby(mask.flatten("F").tolist())]
    return [0] * (runs[0][0] == 1) + [length for _, length in runs]


def test_the_box_of_a_mask_is_that_of_pycocotools() -> None:
    rng = np.random.default_rng(0)
    for share in (0.01, 0.3, 0.95) * 60:
        mask = (rng.random(rng.integers(1, 60, 2)) < share).astype(np.uint8)
        packed = masks.encode(np.asfortranarray(mask))
        size = list(mask.shape)
        expected = tuple(masks.toBbox(packed).tolist()) if mask.any() else None
        assert box_of({"size": size, "counts": packed["counts"].decode()}) == expected
        assert box_of({"size": size, "counts": run_lengths(mask)}) == expected


@pytest.mark.parametrize(
    "outlines",
    [
        [[10, 10.5, 22, 10.5, 22, 24, 10, 24]],
        [10, 10.5, 22, 10.5, 22, 24, 10, 24],
        [[10, 10.5, 22, 11, 15, 12], [], ["15", "12", 18, 24, 11, 11]],
        [[10, 10.5], [22, 11], [15, 24]],
        [[[10, 10.5], [22, 11], [15, 24]]],
    ],
)
def test_the_box_of_outlines_is_exact(outlines: Any) -> None:
    assert box_of(outlines) == (10, 10.5, 12, 13.5)


@pytest.mark.parametrize("nothing", [None, [], {}, [[]], "", {"size": [3, 2], "counts": [6]}])
def test_nothing_to_see_has_no_box(nothing: Any) -> None:
    assert box_of(nothing) is None


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ("text", "expected outlines or a mask"),
        ([[1, 2, 3, 4]], "at least 3 points"),
        ([[1, 2, 3, 4, 5]], "at least 3 points"),
        ([[1, 2, 3, 4, 5, "x"]], "at least 3 points"),
        ([[1, 2, 3, 4, 5, 10**400]], "at least 3 points"),
        ([[1, 2, 3, 4, 5, "nan"]], "at least 3 points"),
        ([3, [1, 2, 3, 4, 5, 6]], "at least 3 points"),
        ({"counts": [6]}, "size: found null"),
        ({"size": [3], "counts": [6]}, "the height and width"),
        ({"size": [3, -2], "counts": [6]}, "the height and width"),
        ({"size": [70_000, 70_000], "counts": [4_900_000_000]}, "expected less than"),
        ({"size": [3, 2], "counts": [5]}, "5 pixels for a mask of 3 x 2"),
        ({"size": [3, 2], "counts": [7, -1]}, "expected run lengths"),
        ({"size": [3, 2], "counts": None}, "expected run lengths"),
        ({"size": [3, 2], "counts": "\u00e9"}, "cannot have there"),
        ({"size": [3, 2], "counts": "oooooooooooooooo"}, "cannot have there"),
        ({"size": [3, 2], "counts": "6o"}, "cut off"),
        ({"size": [3, 2], "counts": "99"}, "for a mask of 3 x 2"),
    ],
)
def test_what_is_no_mask_is_refused_before_pycocotools_sees_it(broken: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        box_of(broken)
