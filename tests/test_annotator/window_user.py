"""Somebody at the whole window, who answers its questions and counts what he types, clicks and moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from annotator_gui.dialogs.questions import Questions
from annotator_gui.dialogs.recovery_dialog import Choice
from annotator_gui.model.journal import Recovery
from annotator_gui.settings import Settings
from annotator_gui.window.main_window import MainWindow
from gta_head_tools.anchors.anchors import Box, Pair
from test_annotator.gestures import head_points, write_picture

NONE = Qt.KeyboardModifier.NoModifier
LEFT, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


class Answers(Questions):
    """Answers in place of boxes; `told` is what the window said in one."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self.recovery: Choice = "restore"
        self.on_disk: Literal["overwrite", "reload", "later"] = "later"
        self.closing = False
        self.told: list[str] = []
        self.camera: bool | None = None
        self.guesses: list[bool] = []

    def folder(self, start: Path) -> Path | None:  # noqa: ARG002
        return self.path

    def file(self, title: str, start: Path) -> Path | None:  # noqa: ARG002
        return self.path

    def new_file(self, title: str, start: Path) -> Path | None:  # noqa: ARG002
        return self.path

    def one_camera(self, name: str, count: int, *, guess: bool) -> bool | None:  # noqa: ARG002
        self.guesses.append(guess)
        return guess if self.camera is None else self.camera

    def score(self, text: str, most: float) -> float | None:  # noqa: ARG002
        return max(most, 1.0) / 2

    def recover(self, recovery: Recovery, scene: str) -> Choice:  # noqa: ARG002
        return self.recovery

    def overwrite(self, path: Path) -> Literal["overwrite", "reload", "later"]:
        self.told.append(str(path))
        return self.on_disk

    def close_unsaved(self, reason: str) -> Literal["drop", "copy", "stay"]:
        self.told.append(reason)
        return "copy" if self.closing and self.path is not None else "drop" if self.closing else "stay"

    def tell(self, title: str, text: str) -> None:
        self.told.append(f"{title}: {text}")


@dataclass
class WindowUser:
    """Sends events; `events` counts them."""

    bot: QtBot
    window: MainWindow
    answers: Answers
    events: int = 0

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE, at: QWidget | None = None) -> None:
        """Type a key where the focus is."""
        self.events += 1
        QTest.keyClick(at or QApplication.focusWidget() or self.window, key, keys)

    def draw(self, box: Box, keys: Qt.KeyboardModifier = NONE, moves: int = 5) -> None:
        """Drag from corner to corner of a box, in image coordinates."""
        (x0, y0), (x1, y1) = self.place(box[:2]), self.place(box[2:])
        self._mouse(QEvent.Type.MouseButtonPress, (x0, y0), keys)
        for step in range(1, moves + 1):
            share = step / moves
            self._mouse(QEvent.Type.MouseMove, (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share), keys)
        self._mouse(QEvent.Type.MouseButtonRelease, (x1, y1), keys)

    def move(self, to: Pair) -> None:
        """Move the mouse to a place of the picture."""
        self._mouse(QEvent.Type.MouseMove, self.place(to), NONE)

    def place(self, point: Pair) -> Pair:
        """Where a place of the picture is on the canvas."""
        return self.window.canvas.at.to_screen(point)

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for something."""
        self.bot.waitUntil(true)

    def judged(self) -> None:
        """Wait for the numbers of what is drawn."""
        self.until(lambda: self.window.bench.finder.fresh)

    def _mouse(self, kind: QEvent.Type, at: Pair, keys: Qt.KeyboardModifier) -> None:
        self.events += 1
        target = self.window.canvas.viewport()
        where = QPointF(*at)
        moving, up = kind == QEvent.Type.MouseMove, kind == QEvent.Type.MouseButtonRelease
        button, held = NO_BUTTON if moving else LEFT, NO_BUTTON if up else LEFT
        event = QMouseEvent(kind, where, QPointF(target.mapToGlobal(where)), button, held, keys)
        QApplication.sendEvent(target, event)


def open_window(bot: QtBot, source: Path | None = None, scene: str = "") -> WindowUser:
    """A window with the focus; it is closed at the end of the test."""
    window = MainWindow(Settings())
    answers = Answers(window)
    window.ask(answers)
    bot.addWidget(window, before_close_func=lambda _: setattr(answers, "closing", True))
    window.resize(1366, 768)
    window.show()
    window.activateWindow()
    bot.waitUntil(window.isActiveWindow)
    user = WindowUser(bot, window, answers)
    if source is not None:
        window.open_path(source, scene)
    return user


def write_table(folder: Path) -> Path:
    """A scene of three frames of sixty heads, as one table."""
    folder.mkdir()
    rows = ["image,x,y"]
    for frame in range(3):
        write_picture(folder / f"{frame + 1:04}.png", 60)
        rows += [f"{frame + 1:04}.png,{x},{y}" for x, y in head_points(60, seed=frame)]
    (folder / "heads.csv").write_text("\n".join(rows) + "\n")
    return folder / "heads.csv"


def draw_anchor(user: WindowUser, row: int = 20, side: float = 12) -> None:
    """Draw a box around a head of the frame that is shown."""
    document = user.window.bench.document
    assert document is not None
    x, y = document.heads(user.window.bench.index).points[row].tolist()
    user.key(Qt.Key.Key_W)
    user.draw((x - side / 2, y - side / 2, x + side / 2, y + side / 2))


def project(user: WindowUser) -> Path:
    """The file of the scene that is open."""
    assert user.window.bench.document is not None
    return user.window.bench.document.path
