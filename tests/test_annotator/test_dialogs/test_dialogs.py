"""Start page, export, recovery, contact sheet, preferences and proposals, by clicks and keys in the whole window."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QTableWidgetItem
from pytestqt.qtbot import QtBot

from annotator_gui.actions import ACTIONS
from annotator_gui.dialogs.contact_sheet import ContactSheet
from annotator_gui.dialogs.export_dialog import ExportDialog
from annotator_gui.dialogs.key_help import GESTURES, KeyHelp, Preferences
from annotator_gui.dialogs.recovery_dialog import RecoveryDialog
from annotator_gui.model.journal import Recovery
from annotator_gui.settings import Settings
from converters.datasets.read import read_dataset
from gta_head_tools.anchors.anchors import AnchorSet
from test_annotator.gestures import SIZE, head_points, write_picture
from test_annotator.window_user import WindowUser, open_window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def write_scenes(folder: Path, *names: str, frames: int = 2) -> Path:
    """Scenes of pictures in folders of their own, heads in one table."""
    rows = ["image,x,y"]
    for seed, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        for frame in range(frames):
            write_picture(folder / name / f"{name}_{frame:02}.png", 60)
            rows += [f"{name}/{name}_{frame:02}.png,{x},{y}" for x, y in head_points(60, seed=seed + frame)]
    (folder / "heads.csv").write_text("\n".join(rows) + "\n")
    return folder / "heads.csv"


def dialog_of(user: WindowUser, kind: type[QDialog]) -> QDialog:
    user.until(lambda: isinstance(QApplication.activeModalWidget(), kind))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, kind)
    return dialog


def draw(user: WindowUser, row: int = 20) -> None:
    document = user.window.bench.document
    assert document is not None
    x, y = document.heads(user.window.bench.index).points[row].tolist()
    user.key(Qt.Key.Key_W)
    user.draw((x - 6, y - 6, x + 6, y + 6))
    user.judged()


def test_the_list_of_scenes_opens_one_by_enter(tmp_path: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot, write_scenes(tmp_path, "east", "west"))
    start = user.window.start
    assert [start.scenes.index(row, 0).data() for row in range(2)] == ["east", "west"]
    user.until(lambda: start.scenes.index(1, 2).data() == "120")
    user.key(Qt.Key.Key_Down, at=start.table)
    user.key(Qt.Key.Key_Return, at=start.table)
    assert user.window.bench.document is not None
    assert user.window.bench.document.scene.name == "west"
    user.key(Qt.Key.Key_L, CTRL)
    assert user.window.bench.document is None
    assert start.isVisible()


def test_the_filter_of_scenes(tmp_path: Path, qtbot: QtBot) -> None:
    start = open_window(qtbot, write_scenes(tmp_path, "east", "west")).window.start
    start.filter.setText("WES")
    assert start.sorted.rowCount() == 1


def test_export_writes_and_offers_the_next_scene(tmp_path: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot, write_scenes(tmp_path / "s", "east", "west"), "east")
    user.judged()
    draw(user)
    user.key(Qt.Key.Key_E, CTRL)
    dialog = dialog_of(user, ExportDialog)
    assert isinstance(dialog, ExportDialog)
    dialog.format.setCurrentText("coco")
    user.key(Qt.Key.Key_Return, at=dialog.go)
    user.until(lambda: bool(dialog.written))
    _, written = read_dataset(Path(dialog.written))
    assert sum(len(image) for image in written) == 120
    assert dialog.next.isVisible()
    user.key(Qt.Key.Key_Return, at=dialog.next)
    assert user.window.bench.document is not None
    assert user.window.bench.document.scene.name == "west"
    assert Settings().export(tmp_path / "any").to == "coco"


def test_export_tells_what_would_be_lost(tmp_path: Path, qtbot: QtBot) -> None:
    source = write_scenes(tmp_path / "s", "east")
    rows = source.read_text().splitlines()
    source.write_text("\n".join([rows[0] + ",score", *(f"{row},0.5" for row in rows[1:])]) + "\n")
    user = open_window(qtbot, source)
    user.judged()
    draw(user)
    user.key(Qt.Key.Key_E, CTRL)
    dialog = dialog_of(user, ExportDialog)
    assert isinstance(dialog, ExportDialog)
    dialog.format.setCurrentText("mot")
    assert "score" in dialog.warning.text()
    assert not dialog.go.isEnabled()
    dialog.lossy.setChecked(True)
    assert dialog.go.isEnabled()
    dialog.close()


def test_what_cannot_be_accepted_is_told(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "photos").mkdir()
    for name in ("0.jpg", "0.png"):
        write_picture(tmp_path / "photos" / name, 60)
    user = open_window(qtbot, tmp_path / "photos")
    user.answers.path = tmp_path / "found.csv"
    user.answers.path.write_text("image,x,y\n0.jpg,5,5\n")
    user.key(Qt.Key.Key_P, CTRL)
    user.key(Qt.Key.Key_Y)
    assert "image '0' may be 0.jpg or 0.png" in user.window.status.currentMessage()


@pytest.mark.parametrize("choice", ["restore", "discard", "copy"])
def test_the_recovery_dialog(choice: str, qtbot: QtBot) -> None:
    drawn = AnchorSet(SIZE)
    dialog = RecoveryDialog(Recovery(drawn, drawn, 11, 1.0, ("Draw anchor 1",) * 11, 0), "east")
    qtbot.addWidget(dialog)
    dialog.show()
    QTest.mouseClick(next(b for name, b in dialog.buttons.items() if name == choice), Qt.MouseButton.LeftButton)
    assert dialog.choice == choice
    assert dialog.edits.count() == 11


def test_the_contact_sheet_leads_to_a_frame(tmp_path: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot, write_scenes(tmp_path, "east", frames=14))
    user.judged()
    user.key(Qt.Key.Key_C)
    sheet = dialog_of(user, ContactSheet)
    assert isinstance(sheet, ContactSheet)
    assert sheet.sheet.count() == 12
    QTest.mouseClick(sheet.later, Qt.MouseButton.LeftButton)
    assert sheet.first == 2
    spot = sheet.sheet.visualItemRect(sheet.sheet.item(3)).center()
    QTest.mouseClick(sheet.sheet.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert user.window.bench.index == 5


def test_twelve_frames_are_seen_at_once_on_a_small_screen(tmp_path: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot, write_scenes(tmp_path, "east", frames=14))
    user.judged()
    for frame in (12, 13):
        user.window.bench.go(frame)
    user.key(Qt.Key.Key_C)
    sheet = dialog_of(user, ContactSheet)
    assert isinstance(sheet, ContactSheet)
    assert user.window.size().boundedTo(sheet.size()) == sheet.size()
    places = [sheet.sheet.visualItemRect(sheet.sheet.item(row)) for row in range(12)]
    assert len({place.left() for place in places}) == 4
    assert all(sheet.sheet.viewport().rect().contains(place) for place in places)
    assert sheet.sheet.currentRow() == 11, "the frame on the canvas"


def test_what_is_selected_in_the_sheet_is_not_tinted(tmp_path: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot, write_scenes(tmp_path, "east", frames=2))
    user.judged()
    user.key(Qt.Key.Key_C)
    sheet = dialog_of(user, ContactSheet)
    assert isinstance(sheet, ContactSheet)

    def tile(mode: QIcon.Mode) -> QImage:
        return sheet.sheet.item(0).icon().pixmap(sheet.sheet.iconSize(), 1.0, mode).toImage()

    user.until(lambda: tile(QIcon.Mode.Normal).pixelColor(40, 40).red() in range(50, 120))
    assert tile(QIcon.Mode.Normal) == tile(QIcon.Mode.Selected)


def test_keys_are_changed_and_duplicates_refused(qtbot: QtBot) -> None:
    user = open_window(qtbot)
    user.key(Qt.Key.Key_Comma, CTRL)
    dialog = dialog_of(user, Preferences)
    assert isinstance(dialog, Preferences)
    row = next(row for row, action in enumerate(ACTIONS) if action.name == "quit")
    dialog.table.setItem(row, 1, QTableWidgetItem("Ctrl+S"))
    dialog.accept()
    assert "Save" in dialog.problem.text()
    dialog.table.setItem(row, 1, QTableWidgetItem("Ctrl+Alt+Q"))
    dialog.scheme.setCurrentIndex(dialog.scheme.findData("dark"))
    dialog.accept()
    assert user.window.actions_by_name["quit"].shortcut().toString() == "Ctrl+Alt+Q"
    assert QApplication.palette().window().color().lightness() < 128
    assert Settings().scheme == "dark"


def test_help_lists_every_action_and_gesture(qtbot: QtBot) -> None:
    user = open_window(qtbot)
    user.key(Qt.Key.Key_F1)
    dialog = dialog_of(user, KeyHelp)
    assert isinstance(dialog, KeyHelp)
    assert dialog.table.rowCount() == len(ACTIONS) + len(GESTURES)
    dialog.close()


def test_proposals_are_accepted_and_rejected_by_keys(tmp_path: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot, write_scenes(tmp_path / "s", "east"))
    user.judged()
    found = tmp_path / "found.csv"
    rows = [f"east/east_00.png,{x},{y},{score}" for x, y, score in ((100.5, 3, 0.9), (200.5, 3, 0.7), (300.5, 3, 0.2))]
    found.write_text("\n".join(["image,x,y,score", *rows]) + "\n")
    user.answers.path = found
    user.key(Qt.Key.Key_P, CTRL)
    document = user.window.bench.document
    assert document is not None and not user.answers.told
    before = len(document.heads(0))
    user.key(Qt.Key.Key_Y)
    user.key(Qt.Key.Key_Y, SHIFT)
    assert len(document.heads(0)) == before + 1
    user.key(Qt.Key.Key_Z, CTRL)
    user.key(Qt.Key.Key_Z, CTRL)
    assert len(document.heads(0)) == before
    user.key(Qt.Key.Key_Y, CTRL | SHIFT)
    assert len(document.heads(0)) == before + 2


def test_the_proposal_under_the_cursor_is_decided_upon(tmp_path: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot, write_scenes(tmp_path / "s", "east"))
    found = tmp_path / "found.csv"
    rows = [f"east/east_00.png,{x},3,0.9" for x in (100.5, 200.5, 300.5)]
    found.write_text("\n".join(["image,x,y,score", *rows]) + "\n")
    user.answers.path = found
    user.key(Qt.Key.Key_P, CTRL)
    document, canvas = user.window.bench.document, user.window.canvas
    assert document is not None and canvas.layers is not None
    user.move((205.0, 20.0))
    canvas.grab()
    assert canvas.layers.heads.aim == pytest.approx((205.0, 20.0), abs=0.01)
    user.key(Qt.Key.Key_Y)
    assert document.settled.heads["east_00"].added == ((200.5, 3.0),)


def test_proposals_of_all_frames_are_one_edit(tmp_path: Path, qtbot: QtBot) -> None:
    user = open_window(qtbot, write_scenes(tmp_path / "s", "east"))
    action = user.window.actions_by_name["accept_scene"]
    assert not action.isEnabled() and "Load proposals first" in action.toolTip()
    found = tmp_path / "found.csv"
    places = ((0, 100.5, 0.9), (0, 200.5, 0.2), (1, 100.5, 0.5), (1, 200.5, 0.7), (1, 300.5, 0.4))
    rows = [f"east/east_{frame:02}.png,{x},3,{score}" for frame, x, score in places]
    found.write_text("\n".join(["image,x,y,score", *rows]) + "\n")
    user.answers.path = found
    user.key(Qt.Key.Key_P, CTRL)
    document = user.window.bench.document
    assert document is not None and not user.answers.told
    before = [len(document.heads(index)) for index in range(2)]
    user.key(Qt.Key.Key_Y, CTRL | Qt.KeyboardModifier.AltModifier)
    assert [len(document.heads(index)) for index in range(2)] == [before[0] + 1, before[1] + 2]
    user.key(Qt.Key.Key_Z, CTRL)
    assert [len(document.heads(index)) for index in range(2)] == before
