from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gta_head_tools.overlays.finding_overlay import HEIGHT, WIDTH, Place, draw_finding
from gta_head_tools.pictures import Picture

MARK, NOTHING = (255, 214, 10), (92, 96, 104)


def with_head(x: int, y: int) -> Picture:
    """A blue picture of 800 x 600 with a red head of 10 x 10 pixels."""
    picture = np.full((600, 800, 3), (0, 0, 200), dtype=np.uint8)
    picture[y : y + 10, x : x + 10] = (200, 0, 0)
    return picture


def reds(drawn: Picture) -> NDArray[np.bool_]:
    return np.asarray((drawn[..., 0] > 150) & (drawn[..., 1] < 80))


def marks(drawn: Picture) -> NDArray[np.bool_]:
    return np.asarray((drawn == MARK).all(axis=2))


@pytest.mark.parametrize(("x", "y"), [(300, 200), (0, 0), (790, 590), (2, 300), (795 - 5, 40)])
def test_a_head_is_seen_large_in_its_frame(x: int, y: int) -> None:
    drawn = draw_finding(with_head(x, y), (x, y, x + 10, y + 10))
    assert drawn.shape == (HEIGHT, WIDTH, 3)
    assert reds(drawn).sum() > 40**2  # Ten pixels of the picture are at least forty.
    assert marks(drawn).sum() > 4 * 40
    rows, columns = np.nonzero(marks(drawn))
    inside = reds(drawn)[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert inside.sum() == reds(drawn).sum()
    assert not (drawn == NOTHING).all(axis=2).any()


@pytest.mark.parametrize("place", [(900, 200, 910, 210), (-700, -400, -690, -390), (790, 300, 830, 340)])
def test_a_place_outside_is_seen_together_with_the_picture(place: Place) -> None:
    drawn = draw_finding(with_head(300, 200), place)
    assert marks(drawn).sum() > 60
    assert (drawn == NOTHING).all(axis=2).sum() > 2000
    assert (drawn[..., 2] > 150).sum() > 2000


def test_a_point_is_ringed() -> None:
    drawn = draw_finding(with_head(300, 200), (300, 200, 300, 200))
    rows, columns = np.nonzero(marks(drawn))
    assert np.ptp(rows) > 25
    assert np.ptp(columns) > 25


@pytest.mark.parametrize("place", [None, (np.nan, 0, 5, 5), (np.inf, 0, 5, 5), (1e300, 0, 2e300, 5), (9e4, 0, 9e4, 5)])
def test_without_a_place_that_can_be_shown_the_picture_is_whole(place: Place | None) -> None:
    drawn = draw_finding(with_head(300, 200), place)
    assert drawn.shape == (270, 360, 3)
    assert reds(drawn).any()
    assert not marks(drawn).any()


def test_a_small_picture_stays_small_and_its_places_are_enlarged() -> None:
    picture = np.zeros((4, 3, 3), dtype=np.uint8)
    assert draw_finding(picture, None).shape == (4, 3, 3)
    assert draw_finding(picture, (1, 1, 2, 2)).shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("place", [(0, 0, 800, 600), (0, 290, 800, 300), (-50, -50, 900, 700), (5, 5, 3, 3)])
def test_large_flat_and_reversed_boxes_are_framed(place: Place) -> None:
    assert marks(draw_finding(with_head(300, 200), place)).sum() > 60


def test_a_picture_narrower_than_the_window_is_in_its_middle() -> None:
    drawn = draw_finding(np.full((900, 4, 3), 255, dtype=np.uint8), (1, 400, 3, 410))
    white = np.flatnonzero((drawn > 240).all(axis=2).any(axis=0))
    assert (white.min() + white.max()) / 2 == pytest.approx(WIDTH / 2, abs=10)
    assert len(white) < WIDTH / 2
