"""What undo says and where it goes, the filter of frames, and heads on pictures that cannot be shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annotator_gui.dialogs.export_dialog import ExportDialog
from annotator_gui.model.document import Document
from annotator_gui.settings import Settings
from gta_head_tools.anchors.anchors import AnchorSet, HeadEdits
from gta_head_tools.annotations import ImageAnnotations
from test_annotator.window_user import WindowUser, draw_anchor, open_window, write_table

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def user(tmp_path: Path, qtbot: QtBot) -> WindowUser:
    user = open_window(qtbot, write_table(tmp_path / "scene"))
    user.window.bench.go(0)
    return user


def test_undo_names_the_edit_goes_to_its_frame_and_lights_it_up(user: WindowUser) -> None:
    bench, actions = user.window.bench, user.window.actions_by_name
    draw_anchor(user)
    user.key(Qt.Key.Key_E)
    user.draw((11.0, 11.0, 11.0, 11.0), moves=0)
    assert actions["undo"].text() == "&Undo: Add head" and "Undo: Add head" in actions["undo"].toolTip()
    user.key(Qt.Key.Key_End)
    assert bench.index == 2
    for text in ("Add head", "Draw anchor 1"):
        user.key(Qt.Key.Key_Z, CTRL)
        assert bench.index == 0 and user.window.status.currentMessage() == f"Taken back: {text}"
        assert user.window.canvas.layers is not None and user.window.canvas.layers.anchors.flashed
    assert actions["undo"].text() == "&Undo" and actions["redo"].text() == "&Redo: Draw anchor 1"
    user.key(Qt.Key.Key_End)
    user.key(Qt.Key.Key_Y, CTRL)
    assert bench.index == 0 and user.window.status.currentMessage() == "Done again: Draw anchor 1"


def test_hints_stand_above_the_picture_until_they_are_closed_for_good(user: WindowUser) -> None:
    window = user.window
    assert window.hint.isVisible() and "Shift+N" in window.hint.text.text()
    user.until(lambda: window.hint.geometry().bottom() < window.pages.geometry().top())
    QTest.mouseClick(window.hint.close_button, Qt.MouseButton.LeftButton)
    assert not window.hint.isVisible() and window.canvas.hasFocus()
    window.bench.enter(window.bench.document.scene.name if window.bench.document else "")
    assert not window.hint.isVisible() and not Settings().hints


def test_a_near_head_is_shown_with_its_surroundings(user: WindowUser) -> None:
    user.window.canvas.show_box((100.0, 100.0, 300.0, 300.0))
    assert 40 <= 200 * user.window.canvas.at.zoom <= max(40, min(user.window.canvas.room) / 4 + 1e-6)


def test_the_filter_of_frames_is_reached_and_left_by_keys(user: WindowUser) -> None:
    frames, bench = user.window.frames, user.window.bench
    user.key(Qt.Key.Key_F, CTRL)
    assert frames.filter.hasFocus()
    QTest.keyClicks(frames.filter, "0003")
    assert frames.filtered.rowCount() == 1 and bench.index == 0
    user.key(Qt.Key.Key_Down)
    assert frames.view.hasFocus() and bench.index == 2
    user.key(Qt.Key.Key_F, CTRL)
    user.key(Qt.Key.Key_Escape)
    assert user.window.canvas.hasFocus() and frames.filter.text() == ""
    assert frames.view.currentIndex().row() == 2 == bench.index
    user.key(Qt.Key.Key_F, CTRL)
    QTest.keyClicks(frames.filter, "2")
    user.key(Qt.Key.Key_Return)
    assert user.window.canvas.hasFocus() and bench.index == 1


def test_frames_without_a_picture_are_marked_and_never_suggested(tmp_path: Path, qtbot: QtBot) -> None:
    table = write_table(tmp_path / "scene")
    for name in ("0001", "0003"):
        (tmp_path / "scene" / f"{name}.png").unlink()
    user = open_window(qtbot, table)
    bench, model = user.window.bench, user.window.frames.model
    assert [model.index(row).data() for row in range(3)] == [
        "○  0001  (no picture)",
        "○  0002",
        "○  0003  (no picture)",
    ]
    assert bench.document is not None
    heads = bench.document.heads(1)
    removed = HeadEdits(removed=tuple((x, y) for x, y in heads.points[1:].tolist()))
    bench.commit(replace(bench.document.settled, heads={"0002": removed}), "Remove all heads but one")
    user.judged()
    assert bench.suggestion is not None and bench.suggestion.image == 1
    skip = "Skipped for good; Ctrl+Z offers it again. No head is left to suggest in the pictures that are there"
    user.key(Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    user.judged()
    assert bench.suggestion is None and bench.index == 1
    assert user.window.status.currentMessage() == skip
    assert not user.window.actions_by_name["suggest"].isEnabled()
    user.key(Qt.Key.Key_Z, CTRL)
    user.judged()
    assert bench.suggestion is not None and bench.suggestion.image == 1


def test_no_head_is_added_to_a_picture_that_cannot_be_shown(tmp_path: Path, qtbot: QtBot) -> None:
    table = write_table(tmp_path / "scene")
    (tmp_path / "scene" / "0002.png").write_bytes(b"damaged")
    user = open_window(qtbot, table)
    user.window.bench.go(1)
    layers = user.window.canvas.layers
    assert layers is not None and user.window.bench.document is not None
    user.until(lambda: bool(layers.hidden))
    user.key(Qt.Key.Key_E)
    user.draw((11.0, 11.0, 11.0, 11.0), moves=0)
    assert len(user.window.bench.document.heads(1)) == 60
    assert user.window.status.currentMessage().startswith("No head can be added: ")
    user.window.bench.go(0)
    user.draw((11.0, 11.0, 11.0, 11.0), moves=0)
    assert len(user.window.bench.document.heads(0)) == 61


def test_typing_a_folder_counts_no_frame_again(user: WindowUser, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_anchor(user)
    user.judged()
    user.key(Qt.Key.Key_E, CTRL)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, ExportDialog)
    seen: list[int] = []
    edited = Document.edited

    def watched(self: Document, index: int, anchors: AnchorSet | None = None) -> ImageAnnotations:
        seen.append(index)
        return edited(self, index, anchors)

    monkeypatch.setattr(Document, "edited", watched)
    dialog.out.selectAll()
    QTest.keyClicks(dialog.out, "/tmp/boxes of the square")
    dialog.format.setCurrentText("coco")
    assert seen == [] and str(dialog.choice.out) == "/tmp/boxes of the square"
    dialog.close()


def test_the_first_window_fits_the_screen(qtbot: QtBot) -> None:
    user = open_window(qtbot)
    window, room = user.window, QApplication.primaryScreen().availableGeometry()
    window.resize(1, 1)
    assert window.width() <= 683, "half of 1366, as on a screen of scale 2"
    assert window.height() <= 384 and room.width() > 0
