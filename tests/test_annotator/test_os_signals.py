"""Ctrl-C and SIGTERM: the program ends, and what was drawn is saved."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from annotator_gui.app import main
from annotator_gui.os_signals import StopSignals
from gta_head_tools.anchors.anchors import read_anchors
from test_annotator.window_user import write_table

DRAWING = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from annotator_gui import app
from annotator_gui.window.main_window import MainWindow
from gta_head_tools.anchors.head_edits import add_head

class Drawing(MainWindow):
    def open_named(self, path, reading):
        super().open_named(path, reading)
        document = self.bench.document
        self.bench.commit(add_head(document.settled, "0001", (5.0, 5.0)), "Add head")
        QTimer.singleShot(0, self, lambda: print("drawn", flush=True))

app.MainWindow = Drawing
sys.exit(app.run(Path(sys.argv[1])))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_window_that_is_told_to_stop_saves_and_ends(tmp_path: Path, number: signal.Signals) -> None:
    table = write_table(tmp_path / "scene")
    command = [sys.executable, "-c", DRAWING, str(table)]
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as window:
        assert window.stdout is not None
        assert window.stdout.readline() == "drawn\n"
        window.send_signal(number)
        assert window.wait(20) == 128 + number
    saved = read_anchors(tmp_path / "scene" / "anchors" / "heads.json")
    assert saved.heads["0001"].added == ((5.0, 5.0),)
    assert [path.name for path in (tmp_path / "scene" / "anchors").iterdir()] == ["heads.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_signal_closes_the_window_under_a_message_box(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    signals = StopSignals(window)
    with signals.caught():
        QTimer.singleShot(50, window, lambda: os.kill(os.getpid(), signal.SIGTERM))
        QMessageBox(QMessageBox.Icon.Warning, "", "This cannot be opened", parent=window).exec()
        qtbot.waitUntil(lambda: not window.isVisible())
    assert signals.number == signal.SIGTERM


def test_what_is_not_there_is_told_without_a_window(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "heads.csv").write_text("image,x,y\n1.png,12,high\n")
    for wrong, told in (
        ("WRONG", "no such file or folder"),
        ("empty", "no labels and no pictures"),
        ("heads.csv", "heads.csv:2"),
    ):
        caplog.clear()
        assert main([str(tmp_path / wrong)]) == 1
        (record,) = caplog.records
        assert told in record.getMessage() and record.exc_info is None
