"""The view: zoom and pan by real events, what is kept from frame to frame, and that the boxes shown are the model's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annotator_gui.gestures.key_edits import remove_selected
from gta_head_tools.anchors.drawn_boxes import Ref, add_anchor
from test_annotator.gestures import MIDDLE, User, sit_down

CTRL = Qt.KeyboardModifier.ControlModifier
SPOTS = [(x, y) for x in (3.0, 150.4, 400.0, 640.5, 796.0) for y in (5.5, 431.0)]


@pytest.fixture
def user(qtbot: QtBot, tmp_path: Path) -> User:
    return sit_down(qtbot, tmp_path)


def anchored(user: User, *heads: int) -> None:
    """Anchors of sizes that grow down the picture, made without gestures."""
    drawn = user.document.settled
    for row in heads:
        x, y = user.head(row)
        half = 6 + y / 40
        drawn = add_anchor(drawn, "0001", (x, y), (x - half * 0.8, y - half, x + half * 0.8, y + half))
    user.document.apply(drawn, "")
    QApplication.processEvents()
    # Shown anew, so that nothing is lit up as changed.
    user.canvas.show_image(user.canvas_index)


def pixels(user: User) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """What is on the screen, (H, W, 3), in device pixels."""
    image = user.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(np.int64)


@pytest.mark.parametrize("keys", [Qt.KeyboardModifier.NoModifier, CTRL])
@pytest.mark.parametrize("turned", [1.0, -1.0, 1 / 3])
def test_the_wheel_zooms_about_the_cursor(user: User, keys: Qt.KeyboardModifier, turned: float) -> None:
    user.canvas.wheel = "scroll" if keys == CTRL else "zoom"
    for spot in SPOTS:
        before, zoom = user.canvas.at.to_image(spot), user.canvas.at.zoom
        user.wheel(QPointF(*spot), turned=turned, keys=keys)
        shown = user.canvas.mapToScene(round(spot[0]), round(spot[1]))
        rounding = np.hypot(round(spot[0]) - spot[0], round(spot[1]) - spot[1]) / user.canvas.at.zoom
        assert np.hypot(shown.x() - before[0], shown.y() - before[1]) < 1e-6 + rounding
        assert user.canvas.at.zoom / zoom == pytest.approx(1.25**turned)


def test_two_fingers_pan_and_scroll_wheels_pan(user: User) -> None:
    user.zoom(2.0, (320.0, 180.0))
    before = user.canvas.at
    user.wheel(QPointF(100, 100), pixels=(7, -12))
    assert (user.canvas.at.x - before.x, user.canvas.at.y - before.y) == (7, -12)
    user.canvas.wheel = "scroll"
    user.wheel(QPointF(100, 100), turned=-1.0)
    assert user.canvas.at.zoom == before.zoom
    assert user.canvas.at.y < before.y - 12


@pytest.mark.parametrize("value", [0.25, -0.2])
def test_a_pinch_zooms_about_the_fingers(user: User, value: float) -> None:
    view = user.canvas.viewport()
    for spot in SPOTS:
        before, zoom = user.canvas.at.to_image(spot), user.canvas.at.zoom
        at, pinch = QPointF(*spot), Qt.NativeGestureType.ZoomNativeGesture
        there = QPointF(view.mapToGlobal(at))
        pad = QPointingDevice.primaryPointingDevice()
        QApplication.sendEvent(view, QNativeGestureEvent(pinch, pad, 2, at, at, there, value, QPointF()))
        assert user.canvas.at.zoom == pytest.approx(zoom * (1 + value))
        assert user.canvas.at.to_screen(before) == pytest.approx(spot, abs=1e-6)


@pytest.mark.parametrize("by", ["middle", "space"])
def test_panning_draws_nothing(user: User, by: str) -> None:
    user.canvas.set_mode("anchor")
    user.zoom(2.0, (320.0, 180.0))
    before, here = user.canvas.at, user.canvas.at.to_image((400.0, 250.0))
    if by == "space":
        QTest.keyPress(user.canvas, Qt.Key.Key_Space)
    button = MIDDLE if by == "middle" else Qt.MouseButton.LeftButton
    user.press(here, button=button)
    user.move(user.canvas.at.to_image((440.0, 230.0)), held=button)
    user.release(here, button=button)
    QTest.keyRelease(user.canvas, Qt.Key.Key_Space)
    assert (user.canvas.at.x - before.x, user.canvas.at.y - before.y) == pytest.approx((40, -20))
    assert user.stack.count() == 0
    assert not user.canvas.panning


def test_the_view_stays_when_the_frame_changes(user: User, qtbot: QtBot) -> None:
    user.zoom(3.0, user.head(7))
    place = user.canvas.at
    with qtbot.waitSignal(user.canvas.imageShown):
        user.canvas.show_image(2)
    assert user.canvas.at == place
    assert user.canvas_index == 2


def test_a_fitted_view_follows_the_window(user: User) -> None:
    user.canvas.resize(400, 500)
    QApplication.processEvents()
    assert user.canvas.at.to_screen((0, 0))[0] == pytest.approx(8)
    user.canvas.zoom_in()
    middle = user.canvas.at.to_image((200, 250))
    user.canvas.resize(600, 500)
    QApplication.processEvents()
    assert user.canvas.at.to_image((300, 250)) == pytest.approx(middle)


def test_limits_of_the_zoom(user: User) -> None:
    for _ in range(60):
        user.wheel(QPointF(400, 250), turned=1.0)
    assert user.canvas.at.zoom == 32.0


def test_going_to_a_small_head_makes_it_large_enough_to_draw_on(user: User) -> None:
    anchored(user, 3, 30, 55)
    user.canvas.zoom_to(user.head(30))
    x, y = user.canvas.at.to_screen(user.head(30))
    assert (x, y) == pytest.approx((400, 250), abs=1)
    user.canvas.zoom_to(Ref("anchor", 0))
    _, y0, _, y1 = user.document.settled.anchors[0].box
    assert 60 <= (y1 - y0) * user.canvas.at.zoom <= 300


def test_undo_leaves_the_view_unless_the_change_is_off_screen(user: User) -> None:
    user.document.select([])
    user.canvas.set_mode("anchor")
    x, y = user.head(0)
    user.drag((x - 9, y - 9), (x + 9, y + 9))
    place = user.canvas.at
    user.stack.undo()
    QApplication.processEvents()
    assert user.canvas.at == place
    user.zoom(8.0, user.head(59))
    place = user.canvas.at
    user.stack.redo()
    QApplication.processEvents()
    assert user.canvas.at.zoom == place.zoom
    assert user.canvas.at.to_screen((x, y)) == pytest.approx((400, 250))


@pytest.mark.parametrize("zoom", [1.0, 2.6])
def test_outlines_on_screen_are_the_boxes_of_the_model(user: User, zoom: float) -> None:
    anchored(user, 3, 30, 55)
    user.document.select([])
    user.zoom(zoom, user.head(25))
    shown, ratio = pixels(user), user.canvas.devicePixelRatioF()
    boxes = user.live_fit.quick_boxes(user.document, 0)[0]
    cyan = (shown[..., 1] > 180) & (shown[..., 2] > 200) & (shown[..., 0] < 60)
    for row in (24, 25, 26):
        (x0, y0), (x1, y1) = (np.array(user.canvas.at.to_screen((a, b))) * ratio for a, b in boxes[row].reshape(2, 2))
        across = np.flatnonzero(cyan[round((y0 + y1) / 2), round(x0 - 5) : round(x1 + 6)]) + round(x0 - 5)
        down = np.flatnonzero(cyan[round(y0 - 5) : round(y1 + 6), round((x0 + x1) / 2)]) + round(y0 - 5)
        assert np.abs(np.array([across[0] - x0, across[-1] - x1, down[0] - y0, down[-1] - y1])).max() <= ratio


def test_pixels_are_squares_from_200_percent(user: User) -> None:
    user.canvas.toggle_overlay("points")
    user.zoom(8.0, (320.0, 180.0))
    row = pixels(user)[250, 200:328, 0]
    assert set(np.diff(np.flatnonzero(np.diff(row))).tolist()) <= {8 * n for n in range(1, 16)}


def test_x_hides_everything_for_as_long_as_it_is_held(user: User) -> None:
    anchored(user, 3, 30, 55)
    bare = user.canvas.grab()
    QTest.keyPress(user.canvas, Qt.Key.Key_X)
    hidden = pixels(user)
    QTest.keyRelease(user.canvas, Qt.Key.Key_X)
    assert user.canvas.grab().toImage() == bare.toImage()
    inside = hidden[60:440, 100:700]
    assert np.ptp(inside, axis=2).max() == 0, "the grey picture alone"


@pytest.mark.parametrize("name", ["points", "boxes", "anchors"])
def test_each_overlay_can_be_hidden(user: User, name: str) -> None:
    anchored(user, 3, 30, 55)
    before = pixels(user)
    user.canvas.toggle_overlay(name)
    assert (pixels(user) != before).any()
    user.canvas.toggle_overlay(name)
    assert (pixels(user) == before).all()


def test_the_crosshair_goes_through_the_cursor(user: User) -> None:
    user.canvas.set_mode("anchor")
    plain = pixels(user)
    user.hover(user.canvas.at.to_image((300.0, 200.0)))
    ratio = user.canvas.devicePixelRatioF()
    changed = (pixels(user) != plain).any(axis=2)
    assert changed[:, int(300 * ratio)].mean() > 0.9
    assert changed[int(200 * ratio)].mean() > 0.9


def test_the_focus_is_seen(user: User) -> None:
    focused = pixels(user)
    user.canvas.clearFocus()
    changed = (pixels(user) != focused).any(axis=2)
    assert min(changed[:2].mean(), changed[:, -2:].mean()) > 0.99
    assert not changed[4:-4, 4:-4].any()


def test_items_do_not_grow_with_frames_and_edits(user: User, qtbot: QtBot) -> None:
    items = len(user.canvas.scene().items())
    for frame in (1, 2, 0):
        anchored(user, 5 * frame + 2)
        with qtbot.waitSignal(user.canvas.imageShown):
            user.canvas.show_image(frame)
    assert len(user.canvas.scene().items()) == items == 4


STEPS = st.lists(
    st.tuples(st.sampled_from(["draw", "move", "nudge", "grow", "pin", "remove", "head"]), st.integers(0, 59)),
    min_size=1,
    max_size=12,
)


def act(user: User, what: str, row: int) -> None:
    """One step of somebody who plays with the window."""
    rows = len(user.document.heads(0))
    (x, y), (far_x, far_y) = user.head(row % rows), user.head((row + 7) % rows)
    user.canvas.set_mode({"draw": "anchor", "pin": "pin", "head": "heads"}.get(what, "select"))
    if what in {"draw", "pin"}:
        user.drag((x - 8, y - 9), (x + 7, y + 8))
    elif what == "move":
        user.drag((x, y), (far_x, far_y))
    elif what == "head":
        user.drag((x, y), (x + 6, y + 5))
    elif what == "remove":
        user.canvas.apply(remove_selected)
    else:
        user.key(Qt.Key.Key_Up if what == "nudge" else Qt.Key.Key_BracketLeft)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_undo_to_the_bottom_and_redo_to_the_top(user: User, steps: list[tuple[str, int]]) -> None:
    user.stack.clear()
    start, place = user.document.settled, user.canvas.at
    for what, row in steps:
        act(user, what, row)
    end = user.document.settled
    while user.stack.canUndo():
        user.stack.undo()
    assert user.document.settled == start
    while user.stack.canRedo():
        user.stack.redo()
    assert user.document.settled == end
    assert user.canvas.at == place


@pytest.mark.parametrize("scale", ["1.5", "2"])
def test_finer_screens(scale: str) -> None:
    here = Path(__file__).parent
    chosen = "every_zoom or all_handles or outlines or crosshair or wheel_zooms"
    files = [str(here / name) for name in ("test_canvas.py", "test_canvas_gestures.py")]
    run = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-k", chosen, *files]
    made = subprocess.run(
        run,
        env=os.environ | {"QT_SCALE_FACTOR": scale},
        cwd=here.parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout[-3000:]
    assert "passed" in made.stdout
