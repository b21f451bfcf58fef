"""A page in headless Chromium, as Qt's web view brings it: `python browser.py PAGE WIDTH light|dark`.

Steps come on standard input as a JSON list: `{"script": ...}` is run in the page, `{"key": "Tab"}` is pressed, and
`{"type": ...}` is typed where the focus is. What the scripts return goes to standard output as a JSON list.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PATIENCE_MS = 30_000


def run(page: Path, width: int, mode: str, steps: list[Mapping[str, str]]) -> list[Any]:
    """What the scripts among the steps return."""
    # Chromium refuses to run as root with its sandbox; the page is made by the test and loads nothing.
    scheme = {"dark": 0, "light": 1}[mode]
    os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = (
        f"--no-sandbox --disable-gpu --blink-settings=preferredColorScheme={scheme}"
    )
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QEventLoop, Qt, QTimer, QUrl
    from PySide6.QtTest import QTest
    from PySide6.QtWebEngineWidgets import QWebEngineView
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    view = QWebEngineView()
    view.resize(width, 900)

    def wait(begin: Callable[[Callable[[Any], None]], object]) -> Any:
        """What the function that `begin` is given is called with."""
        loop, told = QEventLoop(), list[Any]()

        def take(value: Any) -> None:
            told.append(value)
            loop.quit()

        begin(take)
        QTimer.singleShot(PATIENCE_MS, loop.quit)
        if not told:
            loop.exec()
        if not told:
            raise TimeoutError("the browser did not answer")
        return told[0]

    def load(take: Callable[[Any], None]) -> None:
        view.loadFinished.connect(take)
        view.load(QUrl.fromLocalFile(str(page)))

    view.show()
    assert wait(load)
    answers = []
    for step in steps:
        if "script" in step:
            text = f"JSON.stringify({step['script']})"
            told = wait(lambda take, text=text: view.page().runJavaScript(text, take))  # type: ignore[misc]  # its default
            answers.append(json.loads(told) if told else None)
            continue
        target = view.focusProxy()
        assert target is not None
        if "key" in step:
            QTest.keyClick(target, getattr(Qt.Key, f"Key_{step['key']}"))
        else:
            QTest.keyClicks(target, step["type"])
        QTest.qWait(200)
    view.page().deleteLater()
    application.processEvents()
    return answers


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]).absolute(), int(sys.argv[2]), sys.argv[3], json.load(sys.stdin))))
