"""The whole window: every action by its key, every way to another frame, saving that fails, and what a crash left."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annotator_gui.actions import ACTIONS
from annotator_gui.model.journal import Journal, journal_path
from gta_head_tools.anchors.anchors import AnchorSet, read_anchors, write_anchors
from gta_head_tools.anchors.drawn_boxes import add_anchor
from test_annotator.gestures import SIZE, head_points, write_picture
from test_annotator.window_user import NONE, WindowUser, draw_anchor, open_window, project, write_table

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    return write_table(tmp_path / "scene")


@pytest.fixture
def user(scene: Path, qtbot: QtBot) -> WindowUser:
    user = open_window(qtbot, scene)
    assert not user.answers.told
    user.judged()
    return user


def test_a_drawn_anchor_is_saved_by_itself(user: WindowUser) -> None:
    draw_anchor(user)
    assert user.window.status.saved.text() == "not saved yet"
    user.until(lambda: user.window.status.saved.text() == "saved ✓")
    saved = read_anchors(project(user))
    assert len(saved.anchors) == 1
    assert saved.anchors[0].box[2] - saved.anchors[0].box[0] == pytest.approx(12, abs=1)


def test_undo_and_redo_by_keys(user: WindowUser) -> None:
    draw_anchor(user)
    document = user.window.bench.document
    assert document is not None
    drawn, view = document.settled, user.window.canvas.at
    user.key(Qt.Key.Key_Z, CTRL)
    assert not document.settled.anchors
    user.key(Qt.Key.Key_Y, CTRL)
    assert document.settled == drawn
    assert user.window.canvas.at == view


@pytest.mark.parametrize("action", [a for a in ACTIONS if a.keys], ids=lambda action: action.name)
def test_keys_reach_their_action(action: object, qtbot: QtBot) -> None:
    """Every key of the table fires its action and no other, in a window that has the focus."""
    from annotator_gui.actions import Action

    assert isinstance(action, Action)
    user = open_window(qtbot)
    fired: list[str] = []
    for name, made in user.window.actions_by_name.known.items():
        made.triggered.disconnect()
        made.triggered.connect(lambda _=False, name=name: fired.append(name))
        made.setEnabled(True)
    for key in action.keys:
        QTest.keySequence(user.window, QKeySequence(key))
    assert fired == [action.name] * len(action.keys)


def test_disabled_actions_say_why(qtbot: QtBot) -> None:
    user = open_window(qtbot)
    actions = user.window.actions_by_name
    assert not actions["undo"].isEnabled()
    assert "Open a scene first" in actions["undo"].toolTip()
    assert actions["open"].isEnabled()


def test_letters_typed_into_a_field_stay_there(user: WindowUser) -> None:
    field = user.window.frames.filter
    field.setFocus()
    for letter in (Qt.Key.Key_D, Qt.Key.Key_N, Qt.Key.Key_1, Qt.Key.Key_Backspace):
        user.key(letter, at=field)
    assert field.text() == "dn"
    assert user.window.bench.index == 0
    assert user.window.canvas.mode == "select"


def go_by_key(user: WindowUser) -> None:
    user.key(Qt.Key.Key_D)


def go_by_list(user: WindowUser) -> None:
    view = user.window.frames.view
    spot = view.visualRect(view.model().index(1, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, NONE, spot)


def go_by_slider(user: WindowUser) -> None:
    user.key(Qt.Key.Key_Right, at=user.window.frames.slider)


def go_by_menu(user: WindowUser) -> None:
    user.window.actions_by_name["next"].trigger()


@pytest.mark.parametrize("go", [go_by_key, go_by_list, go_by_slider, go_by_menu])
def test_every_way_to_another_frame_saves_and_keeps_the_view(user: WindowUser, go: object) -> None:
    assert callable(go)
    draw_anchor(user)
    user.window.canvas.zoom_by(3.0)
    view, focus = user.window.canvas.at, QApplication.focusWidget()
    go(user)
    assert user.window.bench.index == 1
    assert user.window.canvas.at == view
    assert go is go_by_list or QApplication.focusWidget() is focus
    assert len(json.loads(project(user).read_bytes())["anchors"]) == 1


def test_review_marks_and_goes_on(user: WindowUser) -> None:
    user.key(Qt.Key.Key_V)
    assert user.window.bench.index == 1
    user.key(Qt.Key.Key_V, Qt.KeyboardModifier.ShiftModifier)
    document = user.window.bench.document
    assert document is not None
    assert document.anchors.reviewed == ("0001", "0002")
    assert user.window.frames.count.text() == "3 of 3 frames, 2 reviewed"
    assert user.window.status.frame.text().endswith(" · reviewed")
    user.key(Qt.Key.Key_D)
    assert not user.window.status.frame.text().endswith(" · reviewed")


def test_a_skipped_suggestion_is_not_offered_again(user: WindowUser) -> None:
    first = user.window.bench.suggestion
    user.key(Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    user.judged()
    second = user.window.bench.suggestion
    assert first is not None and second is not None
    assert (first.image, first.head) != (second.image, second.head)
    assert user.window.canvas.mode == "anchor"


def test_an_ignored_anchor_is_kept_and_left_out(user: WindowUser) -> None:
    draw_anchor(user)
    user.key(Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
    document = user.window.bench.document
    assert document is not None
    assert [anchor.use for anchor in document.anchors.anchors] == ["ignore"]
    assert user.window.anchors.model.index(0, 5).data() == "ignored"


def test_an_anchor_of_one_frame_is_kept_and_ignored(user: WindowUser) -> None:
    draw_anchor(user)
    shift, document = Qt.KeyboardModifier.ShiftModifier, user.window.bench.document
    user.key(Qt.Key.Key_W, shift)
    assert document is not None
    uses = []
    for keys in (NONE, shift, shift):
        user.key(Qt.Key.Key_K, keys)
        uses.append((document.settled.image_anchors[0].use, user.window.anchors.others.item(0).text().split(" · ")[-1]))
    assert [use for use, _ in uses] == ["keep", "ignore", "auto"]
    assert [shown for _, shown in uses] == ["kept", "ignored", "12 px"]


def test_an_anchor_of_its_own_frame_and_back(user: WindowUser) -> None:
    action, shift = user.window.actions_by_name["own_frame"], Qt.KeyboardModifier.ShiftModifier
    assert not action.isEnabled() and "Select an anchor" in action.toolTip()
    draw_anchor(user)
    user.key(Qt.Key.Key_S, CTRL)
    drawn, entries = read_anchors(project(user)), user.window.bench.stack.count()

    def saved_after(key: Qt.Key, keys: Qt.KeyboardModifier) -> AnchorSet:
        user.key(key, keys)
        user.key(Qt.Key.Key_S, CTRL)
        return read_anchors(project(user))

    own = saved_after(Qt.Key.Key_W, shift)
    assert (own.anchors, own.image_anchors) == ((), drawn.anchors)
    assert user.window.bench.stack.count() == entries + 1
    assert saved_after(Qt.Key.Key_W, shift) == drawn
    assert saved_after(Qt.Key.Key_Z, CTRL) == own
    assert saved_after(Qt.Key.Key_Z, CTRL) == drawn


@pytest.mark.skipif(sys.platform == "win32", reason="folders of Windows stay writable")
def test_a_failed_save_stays_unsaved_and_is_told_once(user: WindowUser, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_anchor(user)
    user.key(Qt.Key.Key_S, CTRL)
    before = project(user).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "replace", full)
        draw_anchor(user, row=40)
        for _ in range(2):
            user.key(Qt.Key.Key_S, CTRL)
    assert user.window.status.saved.text() == "✕ not saved"
    assert len(user.answers.told) == 1
    assert project(user).read_bytes() == before
    user.key(Qt.Key.Key_S, CTRL)
    assert user.window.status.saved.text() == "saved ✓"


def test_a_project_changed_on_disk_is_not_overwritten_unasked(user: WindowUser) -> None:
    draw_anchor(user)
    user.key(Qt.Key.Key_S, CTRL)
    write_anchors(project(user), AnchorSet(SIZE))
    draw_anchor(user, row=40)
    user.key(Qt.Key.Key_S, CTRL)
    assert user.answers.told
    assert not read_anchors(project(user)).anchors
    user.window.bench.saver.save()
    assert len(user.answers.told) == 1
    user.answers.on_disk = "overwrite"
    user.key(Qt.Key.Key_S, CTRL)
    assert len(read_anchors(project(user)).anchors) == 2


@pytest.mark.parametrize("leave", ["quit", "scene_list"])
def test_a_project_changed_on_disk_is_opened_again_in_place_of_leaving(user: WindowUser, leave: str) -> None:
    draw_anchor(user)
    user.key(Qt.Key.Key_S, CTRL)
    write_anchors(project(user), AnchorSet(SIZE))
    draw_anchor(user, row=40)
    user.answers.on_disk, user.answers.closing = "reload", True
    before = user.window.bench.document
    user.window.actions_by_name[leave].trigger()
    user.until(lambda: user.window.bench.document not in {None, before})
    assert user.window.isVisible()
    assert len(user.answers.told) == 1
    assert not read_anchors(project(user)).anchors


def test_a_window_can_be_closed_when_nothing_can_be_removed(user: WindowUser) -> None:
    """As when the disk has become read-only meanwhile: folders stand for files that cannot be removed."""
    path = project(user)
    lock = path.with_name(f".{path.stem}.lock")
    lock.unlink()
    for kept in (journal_path(path), lock):
        kept.mkdir()
    draw_anchor(user)
    user.window.close()
    assert user.window.isVisible() and user.window.bench.document is not None
    assert any(
        ["They are kept in this window alone", " the journal cannot be written either. {reason}"][0] in told
        for told in user.answers.told
    )
    drawn = user.window.bench.document.settled
    for name in ("picture.jpg", "copy"):
        assert user.window.isVisible()
        user.answers.closing, user.answers.path = True, path.with_name(name)
        user.window.close()
    assert not user.window.isVisible()
    assert read_anchors(path.with_name("copy.json")) == drawn and not path.with_name("picture.jpg").exists()


def test_a_proposal_accepted_within_a_drag_leaves_the_box(user: WindowUser, tmp_path: Path) -> None:
    draw_anchor(user, side=24)
    user.answers.path = tmp_path / "guesses.csv"
    user.answers.path.write_text("image,x,y\n0001,5,5\n")
    user.window.dialogs.load_proposals()
    document = user.window.bench.document
    assert document is not None
    drawn = document.settled.anchors
    x0, y0, x1, y1 = drawn[0].box
    document.preview(AnchorSet(SIZE, anchors=(replace(drawn[0], box=(x0 + 5, y0, x1 + 5, y1)),)))
    user.window.proposals.accept()
    assert document.settled.heads["0001"].added == ((5.0, 5.0),)
    assert document.settled.anchors == drawn


def test_an_unreadable_project_blocks_and_stays(scene: Path, qtbot: QtBot) -> None:
    path = scene.parent / "anchors" / "scene.json"
    (scene.parent / "anchors.json").write_text("{ not json")
    user = open_window(qtbot, scene)
    assert user.window.bench.document is None
    assert "no valid JSON" in user.answers.told[0]
    assert (scene.parent / "anchors.json").read_text() == "{ not json"
    assert not path.exists()


def test_edits_of_a_crash_come_back(scene: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot, scene)
    path, point = project(user), head_points(60)[5]
    user.window.close()
    before = AnchorSet(SIZE)
    x, y = point
    after = add_anchor(before, "0001", point, (x - 6, y - 6, x + 6, y + 6))
    left = Journal(journal_path(path))
    left.append(before, after, "Draw anchor 1")
    left.close()
    again = open_window(qtbot, scene)
    document = again.window.bench.document
    assert document is not None
    assert document.settled == after
    assert document.dirty


def test_a_dropped_folder_is_opened(scene: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot)
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(scene))])
    where, copy, left = QPoint(200, 200), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    QApplication.sendEvent(user.window, QDragEnterEvent(where, copy, dropped, left, NONE))
    QApplication.sendEvent(user.window, QDropEvent(QPointF(where), copy, dropped, left, NONE, QEvent.Type.Drop))
    user.until(lambda: user.window.bench.document is not None)
    assert user.window.settings.recent == [scene]


def test_a_project_file_opens_its_data_set(scene: Path, qtbot: QtBot) -> None:
    write_anchors(scene.parent / "anchors.json", AnchorSet(SIZE))
    user = open_window(qtbot, scene.parent / "anchors.json")
    assert project(user) == scene.parent / "anchors.json"
    user.window.close()
    (scene.parent / "anchors").mkdir()
    own = (scene.parent / "anchors.json").rename(scene.parent / "anchors" / "scene.json")
    assert project(open_window(qtbot, own)) == own


def test_scene_frame_and_view_come_back(scene: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot, scene)
    user.key(Qt.Key.Key_D)
    user.window.canvas.zoom_by(4.0)
    before = user.window.canvas.at
    user.window.close()
    again = open_window(qtbot, scene)
    assert again.window.bench.index == 1
    assert again.window.canvas.at.zoom == pytest.approx(before.zoom, rel=0.02)


def test_pictures_without_heads_get_some_and_are_exported(tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    write_picture(folder / "a.png", 60)
    user = open_window(qtbot, folder)
    assert not user.answers.told
    user.judged()
    user.key(Qt.Key.Key_E)
    for point in [(100.0, 100.0), (300.0, 200.0)]:
        user.draw((*point, *point), moves=0)
    document = user.window.bench.document
    assert document is not None
    np.testing.assert_allclose(document.heads(0).points, [[100, 100], [300, 200]], atol=1)
    user.judged()
    assert user.window.actions_by_name["export"].isEnabled()


def test_a_second_window_reads_only_and_says_who_writes(scene: Path, user: WindowUser, qtbot: QtBot) -> None:
    second = open_window(qtbot, scene)
    draw_anchor(second)
    document = second.window.bench.document
    assert document is not None and not document.anchors.anchors
    assert second.window.status.saved.text() == "read only"
    assert f"process {os.getpid()}" in second.window.status.saved.toolTip()
    assert not second.window.actions_by_name["anchor_mode"].isEnabled()
    assert user.window.bench.document is not None and not user.window.bench.document.readonly
