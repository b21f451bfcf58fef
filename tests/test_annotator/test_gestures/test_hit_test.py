"""What lies under the cursor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator_gui.gestures.box_geometry import HANDLES, centre
from annotator_gui.gestures.hit_test import (
    HANDLE,
    HeadFinder,
    boxes_at,
    handle_at,
    handle_centres,
    in_reach_of_line,
    vertex_at,
)

SIDES = st.floats(1.0, 400.0)
ZOOMS = st.sampled_from([0.25, 1.0, 8.0, 32.0])


@given(width=SIDES, height=SIDES, zoom=ZOOMS)
def test_handles_never_cover_the_middle_nor_each_other(width: float, height: float, zoom: float) -> None:
    box = (10.0, 20.0, 10.0 + width, 20.0 + height)
    places = handle_centres(box, zoom)
    from_middle = np.abs(places - np.array(centre(box))).max(axis=1) * zoom
    between = np.abs(places[:, None] - places[None]).max(axis=2)[~np.eye(8, dtype=bool)] * zoom
    assert from_middle.min() > HANDLE / 2
    assert between.min() > HANDLE


@given(zoom=ZOOMS)
def test_handles_of_small_boxes_are_outside(zoom: float) -> None:
    box = (0.0, 0.0, 23 / zoom, 40 / zoom)
    for (x, y), name in zip(handle_centres(box, zoom).tolist(), HANDLES, strict=True):
        assert "w" not in name or x * zoom <= -HANDLE / 2
        assert "s" not in name or (y - box[3]) * zoom >= HANDLE / 2


@pytest.mark.parametrize("zoom", [0.25, 1.0, 8.0])
def test_every_handle_is_found_under_the_cursor(zoom: float) -> None:
    box = (100.0, 100.0, 100 + 40 / zoom, 100 + 50 / zoom)
    found = [handle_at(box, (x + 3 / zoom, y - 3 / zoom), zoom) for x, y in handle_centres(box, zoom).tolist()]
    assert found == list(HANDLES)
    assert handle_at(box, centre(box), zoom) is None


@given(st.lists(st.tuples(st.floats(0, 99), st.floats(0, 99)), max_size=30), st.floats(0, 99), st.floats(0, 99))
def test_the_nearest_head_is_the_nearest(places: list[tuple[float, float]], x: float, y: float) -> None:
    points = np.array(places).reshape(-1, 2)
    row = HeadFinder(points).nearest((x, y), 12.0)
    away = np.hypot(*(points - [x, y]).T)
    assert (row == -1) == (not (away <= 12.0 * (1 + 1e-9)).any())
    assert row == -1 or away[row] == away.min()


def test_a_box_is_tied_to_the_head_nearest_to_its_middle() -> None:
    finder = HeadFinder(np.array([[2.0, 2.0], [4.0, 6.0], [11.0, 5.0]]))
    assert finder.inside((0.0, 0.0, 10.0, 10.0)) == [1, 0]
    assert finder.inside((10.0, 0.0, 20.0, 4.0)) == []


def test_spacing_is_the_way_to_the_fourth_neighbour() -> None:
    finder = HeadFinder(np.array([[float(x), 0.0] for x in range(10)]))
    assert finder.spacing[0] == 4.0
    assert finder.spacing[5] == 2.0
    assert np.isinf(HeadFinder(np.array([[0.0, 0.0], [1.0, 0.0]])).spacing).all()


def test_the_smallest_box_is_met_first() -> None:
    boxes = [(0.0, 0.0, 100.0, 100.0), (40.0, 40.0, 60.0, 60.0), (200.0, 0.0, 300.0, 100.0)]
    assert boxes_at(boxes, (50.0, 50.0), 1.0) == [1, 0]
    assert boxes_at(boxes, (102.0, 50.0), 1.0) == [0]
    assert boxes_at(boxes, (102.0, 50.0), 8.0) == []


def test_lines_and_vertices_are_met_within_pixels_of_the_screen() -> None:
    assert in_reach_of_line((0.0, 0.0), (100.0, 0.0), (50.0, 5.0), 1.0)
    assert not in_reach_of_line((0.0, 0.0), (100.0, 0.0), (50.0, 5.0), 8.0)
    assert not in_reach_of_line((0.0, 0.0), (100.0, 0.0), (110.0, 0.0), 1.0)
    assert vertex_at(((0.0, 0.0), (100.0, 0.0)), (97.0, 3.0), 1.0) == 1
    assert vertex_at(((0.0, 0.0), (100.0, 0.0)), (50.0, 0.0), 1.0) == -1


def test_the_newest_head_of_a_crowd_leaves_room_for_the_next() -> None:
    crowd = np.array([(x * 4.0, 0.0) for x in range(6)])
    finder = HeadFinder(np.vstack([crowd, [[28.0, 0.0]]]))
    assert finder.on((26.0, 0.0), zoom=1.0) == -1
    assert finder.on((27.0, 0.0), zoom=1.0) == 6
    assert HeadFinder(np.array([[10.0, 10.0]])).on((13.0, 10.0), zoom=1.0) == 0
    assert HeadFinder(np.array([[10.0, 10.0]])).on((13.0, 10.0), zoom=2.0) == -1
    assert HeadFinder(np.empty((0, 2))).on((0.0, 0.0), zoom=1.0) == -1
