"""Gestures by real mouse and key events, at several zooms: draw, cancel, move, stretch, pin, zone, horizon, heads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annotator_gui.gestures.box_geometry import HANDLES, centre, sides
from annotator_gui.gestures.hit_test import handle_centres
from annotator_gui.gestures.key_edits import remove_selected, toggle_ignore
from gta_head_tools.anchors.anchors import Box, read_anchors, write_anchors
from gta_head_tools.anchors.drawn_boxes import Ref, add_anchor
from test_annotator.gestures import CTRL, HEAD, NONE, RIGHT, SHIFT, User, corners, sit_down


@pytest.fixture
def user(qtbot: QtBot, tmp_path: Path) -> User:
    return sit_down(qtbot, tmp_path)


def with_anchor(user: User, width: float = 20.0, height: float = 24.0) -> Box:
    """An anchor on a head, selected."""
    x, y = user.head(HEAD)
    box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    user.document.apply(add_anchor(user.document.settled, "0001", (x, y), box), "")
    user.document.select([Ref("anchor", 0)])
    return box


@pytest.mark.parametrize("zoom", [0.25, 1.0, 8.0])
def test_drawing_an_anchor_at_every_zoom(user: User, zoom: float) -> None:
    head = user.head(HEAD)
    user.zoom(zoom, head)
    user.canvas.set_mode("anchor")
    start, end = corners((head[0] + 1, head[1] - 1), 18 / min(zoom, 1.0), 22 / min(zoom, 1.0))
    user.drag(start, end)
    (anchor,) = user.document.settled.anchors
    assert anchor.point == pytest.approx(head)
    assert anchor.box == pytest.approx((*start, *end))
    assert user.document.selection == (Ref("anchor", 0),)


def test_ctrl_centres_the_box_on_the_head(user: User) -> None:
    start, end = corners((user.head(HEAD)[0] + 4, user.head(HEAD)[1] - 3), 18, 22)
    user.canvas.set_mode("anchor")
    user.drag(start, end, CTRL)
    (anchor,) = user.document.settled.anchors
    assert centre(anchor.box) == pytest.approx(user.head(HEAD))
    assert sides(anchor.box) == pytest.approx((18, 22))


def test_shift_keeps_the_shape_of_the_scene(user: User) -> None:
    with_anchor(user, 20, 25)
    user.canvas.set_mode("anchor")
    user.drag(*corners(user.head(3), 30, 10), SHIFT)
    width, height = sides(user.document.settled.anchors[1].box)
    assert width / height == pytest.approx(0.8)


def test_a_box_without_a_head_is_refused(user: User) -> None:
    x, y = user.head(HEAD)
    user.canvas.set_mode("anchor")
    user.drag((x + 12, y + 12), (x + 22, y + 22))
    assert user.document.settled.anchors == ()
    assert user.stack.count() == 0
    assert "No head" in user.said[-1]


def test_a_click_puts_a_box_of_the_expected_size(user: User) -> None:
    box = with_anchor(user)
    user.canvas.set_mode("anchor")
    user.click(user.head(HEAD + 1))
    anchor = user.document.settled.anchors[1]
    assert centre(anchor.box) == pytest.approx(user.head(HEAD + 1))
    assert sides(anchor.box)[1] == pytest.approx(box[3] - box[1], rel=0.2)
    assert user.document.selection == (Ref("anchor", 1),)


def test_four_pixels_are_no_drag(user: User) -> None:
    user.zoom(1.0, user.head(HEAD))
    box = with_anchor(user)
    user.document.select([])
    x, y = user.head(HEAD)
    user.drag((x, y), (x + 3, y + 3))
    assert user.document.settled.anchors[0].box == box
    assert user.document.selection == (Ref("anchor", 0),)


@pytest.mark.parametrize("zoom", [0.25, 1.0, 8.0])
@pytest.mark.parametrize("handle", range(8), ids=HANDLES)
def test_all_handles_stretch_about_the_head(user: User, handle: int, zoom: float) -> None:
    box = with_anchor(user)
    user.zoom(zoom, user.head(HEAD))
    grip = handle_centres(box, zoom)[handle].tolist()
    way = 6 / zoom
    user.drag((grip[0], grip[1]), (grip[0] + way, grip[1] + way), CTRL)
    changed = user.document.settled.anchors[0].box
    name = HANDLES[handle]
    across, down = ("e" in name) - ("w" in name), ("s" in name) - ("n" in name)
    assert centre(changed) == pytest.approx(centre(box))
    assert sides(changed) == pytest.approx((max(20 + 2 * across * way, 1), max(24 + 2 * down * way, 1)))


def test_a_handle_leaves_the_other_side_where_it_is(user: User) -> None:
    box = with_anchor(user)
    user.zoom(8.0, user.head(HEAD))
    x, y = handle_centres(box, 8.0)[HANDLES.index("se")].tolist()
    user.drag((x, y), (x + 3, y + 2))
    assert user.document.settled.anchors[0].box == pytest.approx((box[0], box[1], box[2] + 3, box[3] + 2))


def test_a_drag_is_cancelled_to_the_very_same_drawings(user: User) -> None:
    with_anchor(user)
    before = user.document.settled
    for cancel in ("esc", "right", "focus"):
        user.drag(user.head(HEAD), (user.head(HEAD)[0] + 9, user.head(HEAD)[1]), drop=False)
        assert user.document.anchors is not before
        if cancel == "esc":
            user.key(Qt.Key.Key_Escape)
        elif cancel == "right":
            user.press(user.head(HEAD), button=RIGHT)
        else:
            QApplication.sendEvent(user.canvas, QFocusEvent(QFocusEvent.Type.FocusOut))
        assert user.document.anchors is before
        user.release(user.head(HEAD))
        assert user.document.settled is before
    assert user.stack.count() == 0


def test_esc_within_a_drag_does_not_reach_the_window(user: User) -> None:
    user.canvas.set_mode("anchor")
    user.drag(*corners(user.head(HEAD), 20, 20), drop=False)
    user.key(Qt.Key.Key_Escape)
    assert user.canvas.mode == "anchor"
    assert user.document.anchors.anchors == ()


def test_an_anchor_moves_to_another_head(user: User) -> None:
    with_anchor(user)
    user.drag(user.head(HEAD), (user.head(HEAD + 1)[0] + 2, user.head(HEAD + 1)[1] - 2))
    (anchor,) = user.document.settled.anchors
    assert anchor.point == pytest.approx(user.head(HEAD + 1))
    assert centre(anchor.box) == pytest.approx((user.head(HEAD + 1)[0] + 2, user.head(HEAD + 1)[1] - 2))
    assert user.stack.text(0) == "Move anchor 1"


def test_an_anchor_put_where_no_head_is_goes_back(user: User) -> None:
    with_anchor(user, 8, 8)
    before = user.document.settled
    user.drag(user.head(HEAD), (user.head(HEAD)[0] + 18, user.head(HEAD)[1] + 18))
    assert user.document.settled is before


@pytest.mark.parametrize("edit", ["undo", "delete"])
def test_an_edit_within_a_drag_ends_the_drag(user: User, edit: str) -> None:
    """What is held is known by its number: after the edit that is another anchor, or none."""
    rows = (10, 20, 30)
    user.canvas.set_mode("anchor")
    for row in rows:
        x, y = user.head(row)
        user.drag((x - 12, y - 12), (x + 12, y + 12))
    user.canvas.set_mode("select")
    held = user.head(rows[2] if edit == "undo" else rows[0])
    user.drag(held, (held[0] + 30, held[1] + 5), drop=False)
    assert user.document.anchors is not user.document.settled
    user.stack.undo() if edit == "undo" else user.canvas.apply(remove_selected)
    left = user.document.settled
    assert len(left.anchors) == 2
    user.move((held[0] + 60, held[1] + 5))
    user.release((held[0] + 60, held[1] + 5))
    assert user.document.anchors is user.document.settled is left


def test_arrows_and_brackets_run_together_in_one_entry(user: User) -> None:
    x0, y0, x1, y1 = with_anchor(user)
    for _ in range(3):
        user.key(Qt.Key.Key_Right)
    user.key(Qt.Key.Key_Down, SHIFT)
    assert user.document.settled.anchors[0].box == pytest.approx((x0 + 3, y0 + 10, x1 + 3, y1 + 10))
    assert user.stack.count() == 1
    user.key(Qt.Key.Key_BracketRight)
    user.key(Qt.Key.Key_BraceRight, SHIFT)
    assert sides(user.document.settled.anchors[0].box) == pytest.approx((20 * 1.02 * 1.1, 24 * 1.02 * 1.1))
    user.stack.undo()
    user.stack.undo()
    assert user.document.settled.anchors[0].box == (x0, y0, x1, y1)


def test_arrows_with_nothing_selected_do_nothing(user: User) -> None:
    with_anchor(user)
    user.document.select([])
    before, place = user.document.settled, user.canvas.at
    user.key(Qt.Key.Key_Left)
    assert user.document.settled is before
    assert user.canvas.at == place


def test_tab_goes_through_what_lies_under_the_cursor(user: User) -> None:
    with_anchor(user)
    user.document.select([])
    user.hover(user.head(HEAD))
    found = []
    for _ in range(3):
        user.key(Qt.Key.Key_Tab)
        found.append(user.document.selection[0].kind)
    assert found == ["anchor", "head", "anchor"]
    assert user.canvas.hasFocus()


def test_shift_drag_selects_boxes_in_a_frame(user: User) -> None:
    with_anchor(user)
    user.document.select([])
    user.drag(*corners(user.head(HEAD), 60, 60), SHIFT)
    assert user.document.selection == (Ref("anchor", 0),)


def test_a_head_cannot_be_dragged_in_select_mode(user: User) -> None:
    before = user.document.settled
    user.drag(user.head(HEAD), (user.head(HEAD)[0] + 20, user.head(HEAD)[1]))
    assert user.document.settled is before


def test_pin_by_mouse_and_by_key_then_delete(user: User) -> None:
    with_anchor(user)
    user.canvas.set_mode("pin")
    user.drag(*corners(user.head(3), 30, 34))
    user.canvas.set_mode("select")
    user.click(user.head(4))
    user.canvas.pin()
    pins = user.document.settled.pins
    assert [pin.point for pin in pins] == [user.head(3), user.head(4)]
    assert sides(pins[0].box) == pytest.approx((30, 34))
    user.canvas.apply(remove_selected)
    assert user.document.settled.pins == pins[:1]


def test_a_zone_is_closed_by_a_double_click(user: User) -> None:
    user.canvas.set_mode("zone")
    for corner in ((100.0, 100.0), (300.0, 100.0), (300.0, 200.0)):
        user.click(corner)
    user.double_click((100.0, 200.0))
    (zone,) = user.document.settled.zones
    assert np.allclose(zone.polygon, ((100, 100), (300, 100), (300, 200), (100, 200)))
    user.canvas.set_mode("select")
    user.drag((300.0, 200.0), (330.0, 220.0))
    assert user.document.settled.zones[0].polygon[2] == pytest.approx((330, 220))


def test_a_zone_outlives_a_look_into_a_menu(user: User) -> None:
    user.canvas.set_mode("zone")
    for corner in ((100.0, 100.0), (300.0, 100.0)):
        user.click(corner)
    QApplication.sendEvent(user.canvas, QFocusEvent(QFocusEvent.Type.FocusOut))
    user.double_click((300.0, 200.0))
    assert len(user.document.settled.zones[0].polygon) == 3


def test_a_zone_loses_its_last_vertex_and_is_cancelled(user: User) -> None:
    user.canvas.set_mode("zone")
    for corner in ((100.0, 100.0), (300.0, 100.0), (300.0, 200.0)):
        user.click(corner)
    user.canvas.apply(remove_selected)
    user.key(Qt.Key.Key_Return)
    assert "three corners" in user.said[-1]
    user.key(Qt.Key.Key_Escape)
    user.double_click((50.0, 50.0))
    assert user.document.settled.zones == ()


def test_the_horizon_is_drawn_moved_and_removed(user: User) -> None:
    user.canvas.set_mode("horizon")
    user.drag((50.0, 30.0), (600.0, 40.0))
    assert np.allclose(np.array(user.document.settled.horizon), ((50, 30), (600, 40)))
    user.drag((600.0, 40.0), (600.0, 20.0))
    assert np.allclose(np.array(user.document.settled.horizon), ((50, 30), (600, 20)))
    user.canvas.apply(remove_selected)
    assert user.document.settled.horizon is None


def test_heads_are_added_moved_ignored_and_removed(user: User) -> None:
    count = len(user.document.heads(0))
    user.canvas.set_mode("heads")
    empty = ((user.head(0)[0] + user.head(1)[0]) / 2, (user.head(0)[1] + user.head(1)[1]) / 2)
    user.click(empty)
    user.drag(user.head(HEAD), (user.head(HEAD)[0] + 12, user.head(HEAD)[1] + 8), CTRL)
    user.canvas.apply(toggle_ignore)
    heads = user.document.heads(0)
    assert len(heads) == count + 1
    assert heads.points[-1].tolist() == pytest.approx(empty)
    assert heads.ignore.sum() == 1
    user.canvas.apply(remove_selected)
    assert len(user.document.heads(0)) == count
    assert len(user.document.source[0]) == count


def test_a_second_press_without_release_begins_anew(user: User) -> None:
    before = user.document.heads(0).points.tolist()
    user.canvas.set_mode("heads")
    x, y = user.head(HEAD)
    user.drag((x, y), (x + 15, y), CTRL, drop=False)
    user.press((x + 15, y))
    user.drag((x + 15, y), (x + 15, y + 9), drop=False)
    user.release((x + 15, y + 9))
    assert user.document.heads(0).points.tolist()[: len(before)] == before


def test_what_is_selected_in_a_drag_that_is_cancelled_is_not_afterwards(user: User) -> None:
    user.canvas.set_mode("anchor")
    user.drag(*corners(user.head(HEAD), 20, 24), drop=False)
    user.document.select([Ref("anchor", 0)])
    user.key(Qt.Key.Key_Escape)
    user.key(Qt.Key.Key_Right)
    assert user.document.selection == () and user.document.settled.anchors == ()


def test_tab_selects_nothing_in_a_drag(user: User) -> None:
    user.canvas.set_mode("anchor")
    user.drag(*corners(user.head(HEAD), 20, 24), drop=False)
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Right):
        user.key(key)
    user.release(user.head(HEAD))
    assert user.document.selection == (Ref("anchor", 0),) and len(user.document.settled.anchors) == 1


def test_what_was_drawn_is_what_the_file_holds(user: User, tmp_path: Path) -> None:
    user.canvas.set_mode("anchor")
    user.drag(*corners(user.head(HEAD), 20, 24))
    user.canvas.set_mode("horizon")
    user.drag((50.0, 30.0), (600.0, 40.0))
    write_anchors(tmp_path / "anchors.json", user.document.settled)
    assert read_anchors(tmp_path / "anchors.json") == user.document.settled


def test_nothing_can_be_drawn_in_a_read_only_scene(user: User) -> None:
    user.document.readonly = "somebody else has this scene open"
    user.canvas.set_mode("anchor")
    user.drag(*corners(user.head(HEAD), 20, 24), NONE)
    assert user.document.settled.anchors == ()
    assert user.said[-1] == "somebody else has this scene open"
