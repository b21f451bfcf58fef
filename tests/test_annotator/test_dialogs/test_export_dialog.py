"""Exporting by the dialog: places of any kind, a dialog that is closed too early, errors, and what is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annotator_gui import texts
from annotator_gui.dialogs import export_dialog
from annotator_gui.dialogs.export_dialog import ExportDialog
from annotator_gui.model.export import ExportChoice, losses
from annotator_gui.settings import Place, Settings
from converters.datasets.read import read_dataset
from test_annotator.test_dialogs.test_dialogs import write_scenes
from test_annotator.window_user import WindowUser, draw_anchor, open_window, write_table

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def user(tmp_path: Path, qtbot: QtBot) -> WindowUser:
    user = open_window(qtbot, write_table(tmp_path / "scene"))
    draw_anchor(user)
    user.judged()
    return user


def opened(user: WindowUser) -> ExportDialog:
    user.key(Qt.Key.Key_E, CTRL)
    user.until(lambda: isinstance(QApplication.activeModalWidget(), ExportDialog))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, ExportDialog)
    return dialog


def typed(user: WindowUser, dialog: ExportDialog, out: str) -> None:
    dialog.out.selectAll()
    QTest.keyClicks(dialog.out, out)
    user.key(Qt.Key.Key_Return, at=dialog.go)
    user.until(lambda: not dialog.writing)


def test_a_dialog_closed_while_it_writes_tells_in_the_status_bar(user: WindowUser, tmp_path: Path) -> None:
    dialog = opened(user)
    user.key(Qt.Key.Key_Return, at=dialog.go)
    dialog.close()
    said = f"180 heads in 3 frames written to {tmp_path / 'scene' / 'boxes'}"
    user.until(lambda: said in user.window.status.currentMessage())
    assert read_dataset(tmp_path / "scene" / "boxes")[1].image_count == 3


def test_a_second_format_gets_a_folder_of_its_own(user: WindowUser, tmp_path: Path) -> None:
    dialog = opened(user)
    user.key(Qt.Key.Key_Return, at=dialog.go)
    user.until(lambda: not dialog.writing)
    dialog.close()
    user.window.activateWindow()
    user.until(user.window.isActiveWindow)
    again = opened(user)
    assert again.out.text() == str(tmp_path / "scene" / "boxes")
    again.format.setCurrentText("coco")
    assert again.out.text() == str(tmp_path / "scene" / "boxes-coco")
    assert again.about.text().startswith("COCO files: one JSON")
    again.close()


def test_losses_are_sentences() -> None:
    said = losses({"ids": 1200, "score": 3}, "voc")
    first, second = (
        "voc cannot hold the number of the person: 1,200 heads lose it.",
        "the value “score”: 3 heads lose it.",
    )
    assert said == f"{first} voc cannot hold {second}"


@pytest.mark.parametrize("typed_out", ["~/out", "out", "../out"])
def test_places_are_those_of_the_data_set_and_the_user(
    user: WindowUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed_out: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    dialog = opened(user)
    typed(user, dialog, typed_out)
    expected = tmp_path / ("scene/out" if typed_out == "out" else "out")
    assert Path(dialog.written).resolve() == expected.resolve()
    assert expected.is_dir()
    dialog.close()


def test_a_place_that_is_taken_is_told_in_words_of_the_dialog(user: WindowUser, tmp_path: Path) -> None:
    dialog = opened(user)
    typed(user, dialog, str(tmp_path / "out"))
    dialog.close()
    user.window.activateWindow()
    user.until(user.window.isActiveWindow)
    draw_anchor(user, row=40)
    user.judged()
    again = opened(user)
    again.clip.setChecked(True)
    typed(user, again, str(tmp_path / "out"))
    assert "“Overwrite”" in again.warning.text() and "--force" not in again.warning.text()
    again.force.setChecked(True)
    typed(user, again, str(tmp_path / "out"))
    assert again.written
    again.close()


def test_what_another_scene_would_lose_can_be_allowed(tmp_path: Path, qtbot: QtBot) -> None:
    table = write_scenes(tmp_path / "s", "east", "west")
    head, *rows = table.read_text().splitlines()
    scored = [f"{row},{0.5 if row.startswith('west') else ''}" for row in rows]
    table.write_text("\n".join([f"{head},score", *scored, ""]))
    user = open_window(qtbot, table, "west")
    for scene in ("west", "east"):
        user.window.opening.open_scene(scene)
        draw_anchor(user)
        user.judged()
    dialog = opened(user)
    assert not dialog.lossy.isVisible() and dialog.go.isEnabled()
    typed(user, dialog, str(tmp_path / "out"))
    assert "mot cannot hold score (120); “Allow this” drops" in dialog.warning.text()
    dialog.lossy.click()
    typed(user, dialog, str(tmp_path / "out"))
    assert f"240 heads in 4 frames written to {tmp_path / 'out'}" in dialog.warning.text()
    dialog.close()


def test_an_error_that_nobody_thought_of_ends_the_waiting(user: WindowUser, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("nobody thought of this")

    monkeypatch.setattr(export_dialog, "export", fail)
    dialog = opened(user)
    with user.bot.captureExceptions() as caught:
        user.key(Qt.Key.Key_Return, at=dialog.go)
        user.until(lambda: not dialog.writing and bool(caught))
    assert dialog.warning.text() == texts.CRASHED and dialog.go.isEnabled()
    dialog.close()


@pytest.mark.parametrize(
    "content",
    [
        '{"": 5}',
        "[]",
        "{",
        '{"": {"to": "unheard", "clip": 1, "keep_outside": 0, "images": 7, "out": null}}',
        '{"": {"to": ["mot"], "clip": 0, "keep_outside": 0, "images": 0}}',
    ],
)
def test_settings_that_make_no_sense_count_as_never_set(tmp_path: Path, content: str) -> None:
    settings = Settings(tmp_path / "a.ini")
    settings._kept.setValue("exports", content)
    assert settings.export(tmp_path).to == ExportChoice().to
    view = '{"/s": {"scene": "a", "image": "b", "view": [0, NaN, 1, 1]}}'
    settings._kept.setValue("places", view)
    assert settings.place(Path("/s")) == Place()
