"""What a drag makes of a box."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator_gui.gestures.box_geometry import HANDLES, LEAST, centre, sides, spanned, stretched

BOX = (10.0, 20.0, 30.0, 60.0)
WAYS = st.tuples(st.floats(-200, 200), st.floats(-200, 200))


def test_a_span_has_the_longer_side_decide_its_shape() -> None:
    assert spanned((0.0, 0.0), (8.0, 2.0), aspect=0.8) == (0.0, 0.0, 8.0, 10.0)
    assert spanned((10.0, 10.0), (6.0, 0.0), aspect=0.8) == (2.0, 0.0, 10.0, 10.0)


@given(st.sampled_from(HANDLES), WAYS)
def test_centred_stretching_keeps_the_middle(handle: str, way: tuple[float, float]) -> None:
    box = stretched(BOX, handle, way, centred=True)
    assert centre(box) == pytest.approx(centre(BOX), abs=1e-9)
    assert min(sides(box)) >= LEAST - 1e-9


@given(st.sampled_from(HANDLES), WAYS)
def test_free_stretching_keeps_the_opposite_sides(handle: str, way: tuple[float, float]) -> None:
    box = stretched(BOX, handle, way, centred=False)
    fixed = {"w": 2, "e": 0, "n": 3, "s": 1}
    for letter, side in fixed.items():
        assert letter not in handle or box[side] == pytest.approx(BOX[side], abs=1e-9)
    untouched = {0, 1, 2, 3} - {(fixed[letter] + 2) % 4 for letter in handle}
    assert all(box[side] == pytest.approx(BOX[side], abs=1e-9) for side in untouched)


@pytest.mark.parametrize("handle", HANDLES)
def test_a_handle_goes_with_the_cursor(handle: str) -> None:
    box = stretched(BOX, handle, (3.0, 5.0), centred=False)
    moved = {"w": (0, 3.0), "e": (2, 3.0), "n": (1, 5.0), "s": (3, 5.0)}
    for letter in handle:
        side, way = moved[letter]
        assert box[side] == pytest.approx(BOX[side] + way)


@given(st.sampled_from(HANDLES), WAYS)
def test_the_shape_is_kept(handle: str, way: tuple[float, float]) -> None:
    width, height = sides(stretched(BOX, handle, way, centred=True, aspect=0.5))
    assert width / height == pytest.approx(0.5) or min(width, height) == LEAST
