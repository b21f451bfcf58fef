"""Zoom and pan without rounding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator_gui.gestures.viewport import LARGEST, SMALLEST, Viewport, centred, fitted

PLACES = st.builds(Viewport, st.floats(0.02, 32), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))


@given(PLACES, st.floats(0.2, 5), st.tuples(st.floats(0, 1600), st.floats(0, 900)))
def test_what_is_under_the_cursor_stays(place: Viewport, factor: float, at: tuple[float, float]) -> None:
    zoomed = place.zoomed(factor, at)
    assert zoomed.to_screen(place.to_image(at)) == pytest.approx(at, abs=1e-6)
    assert SMALLEST <= zoomed.zoom <= LARGEST


@given(PLACES, st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)))
def test_the_picture_cannot_be_lost(place: Viewport, way: tuple[float, float]) -> None:
    back = fitted((800, 600), (1920, 1080)).panned(way, (800, 600), (1920, 1080))
    x, y = back.to_image((400, 300))
    assert -1e-6 <= x <= 1920 + 1e-6
    assert -1e-6 <= y <= 1080 + 1e-6
    assert place.panned((0.0, 0.0), (800, 600), (1920, 1080)) == place


def test_a_fitted_picture_is_whole_and_in_the_middle() -> None:
    place = fitted((800, 600), (1920, 1080))
    left, top = place.to_screen((0, 0))
    right, bottom = place.to_screen((1920, 1080))
    assert (left, right) == pytest.approx((8, 792))
    assert top + bottom == pytest.approx(600)


def test_the_zoom_stays_within_its_limits() -> None:
    assert centred((0, 0, 1, 1), (800, 600), 1000).zoom == LARGEST
