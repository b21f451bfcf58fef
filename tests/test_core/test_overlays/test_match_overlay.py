from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import ConfigError
from gta_head_tools.evaluation.head_sizes import annotated_heads
from gta_head_tools.evaluation.localization import update_nwpu
from gta_head_tools.geometry import around
from gta_head_tools.overlays.marks import Colour
from gta_head_tools.overlays.match_overlay import (
    FALSE_ALARM,
    FOUND,
    MISSED,
    PASSED,
    draw_both,
    draw_matching,
    match_at_large_radius,
)
from gta_head_tools.pictures import Picture

INFO = ImageInfo("a.jpg", 600, 400)


def heads(points: ArrayLike, side: float = 12, ignore: ArrayLike | None = None) -> ImageAnnotations:
    middles = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    sides = np.full(len(middles), side)
    return ImageAnnotations(INFO, middles, boxes=around(middles, sides, sides), ignore=ignore)


def points(places: ArrayLike) -> ImageAnnotations:
    return ImageAnnotations(INFO, np.asarray(places, dtype=np.float64).reshape(-1, 2))


def shapes(picture: Picture, colour: Colour) -> int:
    """How many marks of exactly this colour stand in the upper part; the legend is below."""
    return int(cv2.connectedComponents(np.all(picture[:320] == colour, axis=2).astype(np.uint8), connectivity=8)[0]) - 1


def test_the_marks_on_a_picture_add_up_to_its_scores() -> None:
    grid = np.array([(40 + 50 * column, 40 + 50 * row) for row in range(5) for column in range(10)], dtype=np.float64)
    true = heads(grid[:36])
    found = points(np.concatenate([grid[:20] + 2, grid[36:47]]))
    drawn = draw_matching(np.full((400, 600, 3), 200, dtype=np.uint8), found, true)
    hits = update_nwpu(found.points, annotated_heads(true)).sigma_l
    assert (hits.tp, hits.fp, hits.fn) == (20, 11, 16)
    assert shapes(drawn, FOUND) == 2 * hits.tp  # a ring, and the line to the prediction within it
    assert (shapes(drawn, FALSE_ALARM), shapes(drawn, MISSED)) == (hits.fp, hits.fn)
    assert np.ptp(drawn[200:330, 550:], axis=2).max() == 0  # the ground is grey


@given(seed=st.integers(0, 10_000))
def test_what_is_drawn_is_what_is_scored(seed: int) -> None:
    rng = np.random.default_rng(seed)
    true = heads(rng.uniform(0, 100, (30, 2)), ignore=rng.random(30) < 0.2)
    found = points(rng.uniform(0, 100, (25, 2)))
    matched = match_at_large_radius(found, true)
    hits = update_nwpu(found.points, annotated_heads(true)).sigma_l
    assert matched.counts == (hits.tp, hits.fp, hits.fn)
    assert (np.hypot(*(matched.found - matched.finders).T) <= matched.reach).all()
    ignored = int(true.ignore.sum())
    assert len(matched.passed) == ignored + len(found) - hits.tp - hits.fp
    assert matched.counts[0] + matched.counts[2] + ignored == len(true)


def test_ignored_heads_are_grey_and_count_for_nothing() -> None:
    drawn = draw_matching(
        np.zeros((400, 600, 3), dtype=np.uint8), points([[300, 103]]), heads([[300, 100]], ignore=[True])
    )
    assert shapes(drawn, PASSED) > 0
    assert shapes(drawn, FALSE_ALARM) == shapes(drawn, FOUND) == shapes(drawn, MISSED) == 0


def test_heads_without_a_size_are_drawn_unmatched() -> None:
    picture = np.full((400, 600, 3), 90, dtype=np.uint8)
    with pytest.raises(ConfigError, match="neither a box nor radii"):
        draw_matching(picture, points([[5, 5]]), points([[5, 5]]))
    drawn = draw_both(picture, points([[100, 100]]), points([[100, 100], [200, 100]]))
    assert len(np.unique(drawn[:320].reshape(-1, 3), axis=0)) == 3  # ground, rings, crosses
    assert picture.min() == picture.max() == 90
