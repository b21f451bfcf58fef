"""A process that is the window alone: `python measured_window.py [SCENE [CHANGES]]`, measured from its launch.

Prints as JSON the CPU seconds until the window is shown, and those of opening a scene until a picture is painted; with
a number of changes of frame also the most memory that was held until after the 60th and the last of them, in MB.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from annotator_gui.app import run
from annotator_gui.window.main_window import MainWindow


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


def most_memory() -> float:
    """The most memory that this process has held, in MB; that of its parent, which `getrusage` tells, left out."""
    return int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) * 1024 / 1e6


def walking(window: MainWindow, changes: int) -> dict[str, float]:
    """Memory of going from frame to frame, each waited for."""
    while not window.bench.finder.fresh:
        QApplication.processEvents()
    document = window.bench.document
    assert document is not None and document.anchors.anchors
    held = []
    for number in range(changes):
        window.bench.go(number * 7 % len(document.images))
        wait_for_picture(window)
        held.append(most_memory())
    return {"early": held[59], "memory": held[-1]}


def measure() -> None:
    window = find_window()
    handle = window.windowHandle()
    if handle is None or not handle.isExposed():
        QTimer.singleShot(1, measure)
        return
    shown = time.process_time()
    found = {"shown": shown}
    if sys.argv[1:]:
        found["opened"] = opening(window, Path(sys.argv[1]))
    if sys.argv[2:]:
        found |= walking(window, int(sys.argv[2]))
    print(json.dumps(found))
    window.close()


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    QTimer.singleShot(0, measure)
    sys.exit(run())
