"""A process that is the window alone: `python measured_window.py [SCENE]`, measured from its launch.

Prints as JSON the CPU seconds until the window is shown, and those of opening a scene until a picture is painted.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from annotator_gui.app import run
from annotator_gui.main_window import MainWindow


def find_window() -> MainWindow:
    return next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow))


def wait_for_picture(window: MainWindow) -> None:
    """Until the picture of the frame is decoded and painted."""
    loader = window.canvas.loader
    assert loader is not None
    while loader.pixmap(window.bench.index) is None:
        time.sleep(0.001)
        QApplication.processEvents()
    QApplication.processEvents()


def opening(window: MainWindow, scene: Path) -> float:
    """CPU seconds until the first picture of a scene is painted."""
    began = time.process_time()
    window.open_path(scene)
    wait_for_picture(window)
    return time.process_time() - began


def measure() -> None:
    window = find_window()
    handle = window.windowHandle()
    if handle is None or not handle.isExposed():
        QTimer.singleShot(1, measure)
        return
    shown = time.process_time()
    opened = opening(window, Path(sys.argv[1])) if sys.argv[1:] else 0.0
    print(json.dumps({"shown": shown, "opened": opened}))
    window.close()


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    QTimer.singleShot(0, measure)
    sys.exit(run())
