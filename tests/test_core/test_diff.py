"""What differs between heads of one image: planted differences are found, in exactly these numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.diff import HEAD_KINDS, DiffOptions, HeadDiff, diff_heads
from gta_head_tools.errors import ConfigError
from gta_head_tools.geometry import around

INFO = ImageInfo("a.jpg", 1000, 1000)
SPACING = 40.0


def heads(points: Any, side: Any = 10.0, **columns: Any) -> ImageAnnotations:
    placed = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    sides = np.broadcast_to(np.asarray(side, dtype=np.float64), len(placed))
    return ImageAnnotations(INFO, placed, boxes=around(placed, sides, sides), **columns)


def points(places: Any, **columns: Any) -> ImageAnnotations:
    return ImageAnnotations(INFO, np.asarray(places, dtype=np.float64).reshape(-1, 2), **columns)


def changed(found: HeadDiff) -> dict[str, int]:
    return {kind: count for kind, count in found.counts.items() if count}


@st.composite
def planted(draw: st.DrawFn) -> tuple[ImageAnnotations, ImageAnnotations, dict[str, int]]:
    """Heads on a grid, the same after changes and in another order, and the number of changes of each kind."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(0, 60))
    boxed, with_ids = draw(st.booleans()), draw(st.booleans())
    grid = np.stack(np.meshgrid(np.arange(10), np.arange(12)), axis=-1).reshape(-1, 2)
    places = grid[rng.permutation(len(grid))] * SPACING + rng.uniform(0, 1, (len(grid), 2))
    kinds = ("removed", "moved", "resized") if boxed else ("removed", "moved")
    of_kind = rng.choice(["", *kinds], count)
    numbers = {"added": draw(st.integers(0, 9)), **{kind: int((of_kind == kind).sum()) for kind in kinds}}
    before, sides = places[:count], rng.uniform(8, 14, count)
    angles = rng.uniform(0, 2 * np.pi, count)
    steps = rng.uniform(0.1, 6, count)[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    after = before + np.where((of_kind == "moved")[:, None], steps, 0)
    grown = sides * np.where(of_kind == "resized", rng.choice([0.5, 0.9, 1.2, 2.0], count), 1)
    kept = np.flatnonzero(of_kind != "removed")
    new = places[count : count + numbers["added"]]
    ids = rng.permutation(1000)[: count + len(new)]
    after, grown = np.concatenate([after[kept], new]), np.concatenate([grown[kept], np.full(len(new), 9.0)])
    order = rng.permutation(len(after))
    columns = [{"ids": part} for part in (ids[:count], np.concatenate([ids[kept], ids[count:]])[order])]
    both = ((before, sides, columns[0]), (after[order], grown[order], columns[1]))
    images = [
        heads(at, size, **(of_ids if with_ids else {})) if boxed else points(at, **(of_ids if with_ids else {}))
        for at, size, of_ids in both
    ]
    return images[0], images[1], numbers


@settings(max_examples=150)
@given(planted())
def test_planted_differences_are_found_and_no_others(case: tuple[ImageAnnotations, ImageAnnotations, Any]) -> None:
    before, after, numbers = case
    assert diff_heads(before, after).counts == dict.fromkeys(HEAD_KINDS, 0) | numbers
    turned = {"added": numbers["removed"], "removed": numbers["added"]}
    assert diff_heads(after, before).counts == dict.fromkeys(HEAD_KINDS, 0) | numbers | turned


@st.composite
def odd_heads(draw: st.DrawFn) -> ImageAnnotations:
    """Heads of few different values: many at one place, some unknown or infinite, some degenerate boxes."""
    value = st.sampled_from([0.0, -0.0, 1.0, 1.005, 5.0, 1e308, -1e308, np.inf, -np.inf, np.nan])
    rows = draw(st.lists(st.tuples(*[value] * 7, st.integers(-1, 2), st.booleans()), max_size=12))
    table = np.array([row[:7] for row in rows]).reshape(-1, 7)
    ids, ignore = [row[7] for row in rows], [row[8] for row in rows]
    return ImageAnnotations(
        INFO, table[:, :2], boxes=table[:, 2:6], ids=ids, ignore=ignore, extra={"score": table[:, 6]}
    )


@given(odd_heads(), st.randoms(use_true_random=False))
def test_any_heads_in_another_order_are_the_same(image: ImageAnnotations, random: Any) -> None:
    rows = list(range(len(image)))
    random.shuffle(rows)
    assert changed(diff_heads(image, image.select(np.array(rows, dtype=np.intp)))) == {}


@given(odd_heads(), odd_heads())
def test_every_head_is_joined_once_or_left_over(before: ImageAnnotations, after: ImageAnnotations) -> None:
    found = diff_heads(before, after)
    assert sorted([*found.before, *found.removed]) == list(range(len(before)))
    assert sorted([*found.after, *found.added]) == list(range(len(after)))


def test_heads_at_one_place_are_told_apart_by_their_other_columns() -> None:
    place = [[5, 5], [5, 5], [5, 5]]
    before = heads(place, ids=[1, 2, -1], ignore=[True, False, False])
    after = heads(np.array(place) + 0.004, ids=[-1, 2, 1], ignore=[False, False, True])
    assert changed(diff_heads(before, after)) == {}
    assert changed(diff_heads(before, after.select(np.array([0, 2])))) == {"removed": 1}
    assert changed(diff_heads(before, heads(place, ids=[1, 2, -1]))) == {"ignore": 1}


def test_ids_join_what_is_far_apart() -> None:
    before = points([[10, 10], [500, 500]], ids=[3, 4])
    assert changed(diff_heads(before, points([[500, 500], [90, 10]], ids=[4, 3]))) == {"moved": 1}
    assert changed(diff_heads(before, points([[500, 500], [90, 10]]))) == {"added": 1, "removed": 1, "ids": 1}
    twice = points([[10, 10], [500, 500]], ids=[3, 3])
    assert changed(diff_heads(twice, points([[500, 500], [90, 10]], ids=[3, 3]))) == {"added": 1, "removed": 1}


def test_ids_that_number_people_differently_join_nothing() -> None:
    places = np.arange(20.0).reshape(10, 2) * 50
    other = places.copy()
    other[0] += 3
    found = diff_heads(heads(places, ids=np.arange(10)), heads(other, ids=np.arange(10)[::-1]))
    assert changed(found) == {"moved": 1, "ids": 10}


def test_columns_are_compared() -> None:
    before = heads([[5, 5], [50, 50], [90, 90]], extra={"score": [0.5, 0.25, np.nan], "visibility": [1.0, 1.0, 1.0]})
    after = before.replace(extra={"score": [0.5 + 1e-7, 0.3, 0.1]}, ignore=[True, False, False])
    assert changed(diff_heads(before, after)) == {"ignore": 1, "score": 2, "visibility": 3}
    assert changed(diff_heads(before, points(before.points, extra=before.extra))) == {"boxes": 3}
    assert changed(diff_heads(before, before.replace(extra={**before.extra, "class": np.ones(3)}))) == {}


def test_the_tolerance_is_inclusive_and_of_each_coordinate() -> None:
    before = heads([[100.2, 35.1]])
    assert changed(diff_heads(before, before.replace(boxes=before.boxes + 0.01, points=before.points + 0.01))) == {}
    moved = before.replace(boxes=before.boxes + 0.02, points=before.points + 0.02)
    assert changed(diff_heads(before, moved)) == {"moved": 1}
    assert diff_heads(before, moved).largest_move == pytest.approx(0.02 * np.sqrt(2))
    assert changed(diff_heads(before, moved, DiffOptions(tolerance=0.02))) == {}
    assert changed(diff_heads(before, moved, DiffOptions(tolerance=0))) == {"moved": 1}
    corner = before.replace(boxes=before.boxes + np.array([0, 0, 2, 0]))
    assert changed(diff_heads(before, corner)) == {"moved": 1, "resized": 1}


def test_points_join_within_reach() -> None:
    before, after = points([[10, 10]]), points([[10, 30]])
    assert changed(diff_heads(before, after)) == {"moved": 1}
    assert changed(diff_heads(before, after, DiffOptions(reach=19.9))) == {"added": 1, "removed": 1}
    assert changed(diff_heads(heads([[10, 10]]), heads([[25, 10]]))) == {"moved": 1}
    assert changed(diff_heads(heads([[10, 10]]), points([]))) == {"removed": 1}


def test_overlap_is_preferred_to_distance() -> None:
    before = heads([[50, 50]], side=40)
    after = heads([[52, 50], [60, 50]], side=[5, 40])
    found = diff_heads(before, after)
    assert (found.after.tolist(), found.added.tolist()) == ([1], [0])


@pytest.mark.parametrize("wrong", [{"tolerance": -1.0}, {"reach": float("nan")}])
def test_wrong_numbers_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=f"--{next(iter(wrong))}"):
        DiffOptions(**wrong)


def test_many_heads_at_few_places_are_refused_and_not_held() -> None:
    before = heads(np.full((3000, 2), 5.0))
    assert changed(diff_heads(before, heads(np.full((2999, 2), 5.0)))) == {"removed": 1}
    with pytest.raises(ConfigError, match=r"a.jpg: more than 5,000,000 pairs of heads with boxes that overlap"):
        diff_heads(before, heads(np.full((3000, 2), 5.5)))
    with pytest.raises(ConfigError, match=r"pairs of heads within .* \(lower --tolerance\)"):
        diff_heads(before, heads(np.full((3000, 2), 5.005), ids=np.arange(3000)))
