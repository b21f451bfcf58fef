"""Starting the window, and the handler of unexpected errors in it."""

from __future__ import annotations

import argparse
import logging
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QMessageBox

from annotator_gui import texts
from annotator_gui.model.data_source import Reading, check_there
from annotator_gui.os_signals import StopSignals
from annotator_gui.settings import Settings, find_scheme
from annotator_gui.theme import apply_theme
from annotator_gui.window.main_window import MainWindow
from gta_head_tools.errors import GtaHeadError

LOG = logging.getLogger(__name__)


def run(scene: Path | None = None, reading: Reading | None = None) -> int:
    """Open the window and stay until it is closed.

    Args:
        scene: a scene, a folder of scenes or a label file to open; None = the start page.
        reading: how to read it; None = as last time, or as the data set says and the user answers.

    Returns:
        Exit code of the program.

    Raises:
        GtaHeadError: nothing is there, and no window is shown; or it cannot be opened, and the window is closed again.
    """
    failed: list[GtaHeadError] = []
    if scene is not None:
        check_there(scene, reading)
    held = QApplication.instance()
    app = held if isinstance(held, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("ghtools")
    app.setApplicationDisplayName(texts.TITLE)
    settings = Settings()
    apply_theme(app, find_scheme(settings.scheme))
    window = MainWindow(settings)
    sys.excepthook = LastResort(window)
    signals = StopSignals(window)

    def open_named(named: Path) -> None:
        try:
            window.open_named(named, reading)
        except GtaHeadError as error:
            failed.append(error)
            window.close()

    with signals.caught():
        window.show()
        if scene is not None:
            # Within the event loop, so that signals are handled under a message box, too.
            QTimer.singleShot(0, window, lambda: open_named(scene))
        code = app.exec()
    if failed:
        raise failed[0]
    return 128 + signals.number if signals.number else code


class LastResort(QObject):
    """Shows an error that nothing else caught, has the journal written, and leaves the window open.

    Signals:
        caught: the error with its trace, in whichever thread it was.
    """

    caught = Signal(str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._telling = False
        self.caught.connect(self._show)

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        LOG.error("%s", text)
        project = self._window.bench.session.project if self._window.bench.session else None
        if project is not None:
            project.journal.sync()
        # By a signal, as a message box that is made in another thread may crash the program.
        self.caught.emit(text)

    @Slot(str)
    def _show(self, text: str) -> None:
        # One box at a time: an error in a repaint comes again with every repaint, also under the box.
        if not self._telling:
            self._telling = True
            self._tell(text)
            self._telling = False

    def _tell(self, text: str) -> None:
        box = QMessageBox(QMessageBox.Icon.Critical, texts.TITLE, texts.CRASHED, parent=self._window)
        box.setOption(QMessageBox.Option.DontUseNativeDialog)
        box.setInformativeText(
            "This is a bug in ghtools. Nothing drawn is lost: the journal is written. "
            "Please report it with the lines below."
        )
        box.setDetailedText(text)
        copy = box.addButton("&Copy", QMessageBox.ButtonRole.ActionRole)
        copy.clicked.disconnect()
        copy.clicked.connect(lambda: QApplication.clipboard().setText(text))
        box.addButton(QMessageBox.StandardButton.Close)
        box.exec()


def main(arguments: Sequence[str] | None = None) -> int:
    """Start from the desktop: `ghtools-gui [SCENE]`."""
    logging.basicConfig(format="%(levelname)s %(message)s")
    parser = argparse.ArgumentParser(prog="ghtools-gui", description="Draw anchor boxes; every other head follows.")
    parser.add_argument("scene", nargs="?", type=Path, help="a scene, a folder of scenes, or a label file")
    try:
        return run(parser.parse_args(arguments).scene)
    except GtaHeadError as error:
        LOG.error("%s", error)
        return 1
