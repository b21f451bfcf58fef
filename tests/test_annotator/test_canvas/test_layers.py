"""What lies over the picture: the heat map and its legend, marks that tell things apart without colour, notes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annotator_gui.canvas.anchors_layer import _ring_opacity
from annotator_gui.canvas.heat_layer import STOPS, heat_colours
from annotator_gui.model.quality import AnchorQuality, HeatMap, SceneQuality
from gta_head_tools.anchors.drawings import add_zone, set_horizon
from gta_head_tools.anchors.drawn_boxes import Ref, add_anchor, add_box, set_use
from gta_head_tools.interpolation.suggestions import Suggestion
from test_annotator.gestures import User, sit_down


@pytest.fixture
def user(qtbot: QtBot, tmp_path: Path) -> User:
    user = sit_down(qtbot, tmp_path)
    user.canvas.toggle_overlay("points")
    user.canvas.toggle_overlay("boxes")
    return user


def shown(user: User) -> NDArray[np.int64]:
    """What is on the screen, (H, W, 3)."""
    QApplication.processEvents()
    image = user.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(np.int64)


def heat_of(user: User) -> HeatMap:
    """Small errors on the left, large ones on the right, nothing known below, hatched in the right third."""
    errors = np.tile(np.geomspace(0.02, 0.4, 96), (54, 1))
    errors[40:] = np.nan
    beyond = np.zeros((54, 96), bool)
    beyond[:, 64:] = True
    heat = HeatMap(errors, beyond, at_least=True)
    user.live_fit.quality = SceneQuality(user.document.settled, heat=heat)
    user.document.fitted()
    return heat


def draw(user: User, kind: str, **changes: str) -> NDArray[np.bool_]:
    """Where the marks of a box around the 26th head are, as a mask of the screen about it."""
    before, (x, y) = shown(user), user.head(25)
    box = (x - 15, y - 18, x + 15, y + 18)
    kinds = {"anchor": "anchor", "pin": "pin", "image_anchor": "image_anchor"}
    drawn, ref = add_box(user.document.settled, kinds[kind], "0001", (x, y), box)  # type: ignore[arg-type]
    user.document.apply(set_use(drawn, ref, "ignore") if changes else drawn, "")
    user.canvas.show_image(0)
    marks: NDArray[np.bool_] = (shown(user) != before).any(axis=2)
    user.document.apply(replace(user.document.settled, anchors=(), pins=(), image_anchors=()), "")
    user.canvas.show_image(0)
    return marks


def test_the_ramp_of_errors_goes_from_blue_to_orange() -> None:
    colours = heat_colours(np.array([*STOPS, np.nan])).astype(int)
    assert (np.diff(colours[:4, 0]) > 0)[:2].all()
    assert colours[0, 2] > colours[0, 0]
    assert colours[3, 0] > colours[3, 2]
    assert colours[4].tolist() == [0, 0, 0, 0]


def test_the_heat_map_lies_where_errors_are_known(user: User) -> None:
    plain = shown(user)
    heat_of(user)
    user.canvas.toggle_overlay("heat")
    tinted = shown(user) - plain
    x, y = (round(part) for part in user.canvas.at.to_screen((60.0, 100.0)))
    assert tinted[y, x, 2] > tinted[y, x, 0], "blue on the left"
    x, y = (round(part) for part in user.canvas.at.to_screen((400.0, 100.0)))
    assert tinted[y, x, 0] > tinted[y, x, 2], "orange on the right"
    x, y = (round(part) for part in user.canvas.at.to_screen((400.0, 330.0)))
    assert not tinted[y, x].any(), "nothing where nothing is known"


def test_the_picture_is_seen_through_the_heat_map_most_where_nothing_is_wrong() -> None:
    opacity = heat_colours(np.array(STOPS))[:, 3].astype(int)
    assert opacity[0] < 60 < opacity[1] < 110
    assert (np.diff(opacity) > 0).all() and opacity[-1] < 180


def test_extrapolated_parts_are_hatched(user: User) -> None:
    heat_of(user)
    user.canvas.toggle_overlay("heat")
    _, y = (round(part) for part in user.canvas.at.to_screen((0.0, 100.0)))
    left, middle, right = (round(user.canvas.at.to_screen((x, 0.0))[0]) for x in (200.0, 420.0, 630.0))
    row = shown(user)[y].sum(axis=1)
    assert np.abs(np.diff(row[left:middle])).max() < 12, "smooth"
    assert (np.diff(row[middle + 20 : right]) < -60).sum() > 5, "stripes"


def test_the_legend_has_words_and_goes_with_the_map(user: User) -> None:
    heat_of(user)
    bare = shown(user)
    user.canvas.toggle_overlay("heat")
    corner = shown(user)[-120:, :240]
    assert (corner.min(axis=2) > 200).sum() > 100, "ink"
    user.canvas.toggle_overlay("heat")
    assert (shown(user) == bare).all()


def test_kinds_of_boxes_differ_by_their_marks(user: User) -> None:
    marks = [draw(user, "anchor"), draw(user, "pin"), draw(user, "image_anchor"), draw(user, "anchor", use="ignore")]
    for index, one in enumerate(marks):
        assert one.any()
        assert all((one != other).sum() > 20 for other in marks[:index])


def test_a_suspect_carries_a_sign(user: User) -> None:
    x, y = user.head(25)
    drawn, ref = add_box(user.document.settled, "anchor", "0001", (x, y), (x - 15, y - 18, x + 15, y + 18))
    user.document.apply(drawn, "")
    user.canvas.show_image(0)
    before = shown(user)
    check = AnchorQuality(ref, drawn=33.0, expected=20.0, suspect=True)
    user.live_fit.quality = SceneQuality(user.document.settled, checks=(check,))
    user.document.fitted()
    rows, columns = np.nonzero((shown(user) != before).any(axis=2))
    right, top = user.canvas.at.to_screen((x + 15, y - 18))
    assert 60 < len(rows) < 400
    assert abs(columns.mean() - right - 8) < 2
    assert abs(rows.mean() - top + 8) < 2


def test_zones_and_the_horizon_are_hidden_together(user: User) -> None:
    plain = shown(user)
    drawn = add_zone(user.document.settled, [(100, 100), (300, 100), (200, 250)])
    user.document.apply(set_horizon(drawn, ((0, 50), (640, 40))), "")
    user.canvas.show_image(0)
    assert (shown(user) != plain).any(axis=2).sum() > 1000
    user.canvas.toggle_overlay("zones")
    assert (shown(user) == plain).all()


def test_the_ring_of_the_suggested_head_fades_as_the_head_grows() -> None:
    assert [_ring_opacity(side) for side in (3, 30, 45, 60, 300)] == [1, 1, 0.625, 0.25, 0.25]


def test_the_selected_box_has_handles_that_grow_not_with_zoom(user: User) -> None:
    x, y = user.head(25)
    drawn, _ = add_box(user.document.settled, "anchor", "0001", (x, y), (x - 15, y - 18, x + 15, y + 18))
    user.document.apply(drawn, "")
    user.canvas.show_image(0)
    counts = []
    for zoom in (2.0, 8.0):
        user.zoom(zoom, (x, y))
        user.document.select([])
        before = shown(user)
        user.document.select([Ref("anchor", 0)])
        counts.append(((shown(user) != before).any(axis=2) & (shown(user).min(axis=2) == 255)).sum())
    assert counts[0] == pytest.approx(counts[1], rel=0.1)
    assert counts[0] > 8 * 40


def test_what_undo_brought_back_is_lit_up_without_hiding_it(user: User) -> None:
    x, y = user.head(25)
    drawn, ref = add_box(user.document.settled, "anchor", "0001", (x, y), (x - 15, y - 18, x + 15, y + 18))
    user.document.apply(drawn, "")
    user.document.select([ref])
    lit = shown(user)
    user.canvas.show_image(0)
    changed = (lit != shown(user)).any(axis=2)
    (left, top), (right, bottom) = (user.canvas.at.to_screen(p) for p in ((x - 15, y - 18), (x + 15, y + 18)))
    assert changed.sum() > 100
    assert not changed[round(top) + 6 : round(bottom) - 6, round(left) + 6 : round(right) - 6].any()


def suggest(user: User, row: int, image: int = 0) -> None:
    suggestion = Suggestion(image, row, user.head(row), 0.06, 0.04)
    user.live_fit.quality = SceneQuality(user.document.settled, suggestions=(suggestion,))
    user.document.fitted()


def test_the_head_to_box_next_is_marked_in_its_frame(user: User) -> None:
    before = shown(user)
    suggest(user, 25)
    rows, columns = np.nonzero((shown(user) != before).any(axis=2))
    x, y = user.canvas.at.to_screen(user.head(25))
    assert (columns.mean(), rows.mean()) == pytest.approx((x, y), abs=1)
    assert not (shown(user) != before)[round(y) - 8 : round(y) + 8, round(x) - 8 : round(x) + 8].any(), (
        "the head is free"
    )
    suggest(user, 25, image=1)
    assert (shown(user) == before).all()


def test_an_anchor_of_another_frame_has_corners_only_and_is_no_blot(user: User) -> None:
    before, (x, y) = shown(user), user.head(25)
    user.document.apply(add_anchor(user.document.settled, "0002", (x, y), (x - 2, y - 2, x + 2, y + 2)), "")
    user.canvas.show_image(0)
    marks = (shown(user) != before).any(axis=2)
    rows, columns = np.nonzero(marks)
    assert columns.max() - columns.min() >= 14
    middle = marks[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1][5:-5, 5:-5]
    assert not middle.any(), "the head is free"


@pytest.mark.parametrize("name", ["heat", "boxes"])
def test_legends_are_hidden_with_what_they_explain(user: User, name: str) -> None:
    bare = shown(user)
    heat_of(user)
    if not user.canvas.overlays[name]:
        user.canvas.toggle_overlay(name)
    x, y = user.head(25)
    user.document.apply(add_anchor(user.document.settled, "0001", (x, y), (x - 2, y - 2, x + 2, y + 2)), "")
    user.canvas.show_image(0)
    assert (shown(user)[-120:, :240] != bare[-120:, :240]).any()
    QTest.keyPress(user.canvas, Qt.Key.Key_X)
    assert (shown(user) == bare).all()
