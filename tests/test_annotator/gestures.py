"""A canvas on a small scene, and a user who speaks image coordinates and sends real events."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QUndoStack, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annotator_gui.canvas.canvas import Canvas
from annotator_gui.model.document import Document
from annotator_gui.model.live_fit import LiveFit
from gta_head_tools.anchors.anchors import AnchorSet, Pair
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import in_memory

SIZE = (640, 360)
NONE = Qt.KeyboardModifier.NoModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton

HEAD = 25
"""A head of the small scene with room around it."""


def corners(at: Pair, width: float, height: float) -> tuple[Pair, Pair]:
    """Two corners of a box about a place, to draw it between."""
    return (at[0] - width / 2, at[1] - height / 2), (at[0] + width / 2, at[1] + height / 2)


def head_points(count: int = 60, size: tuple[int, int] = SIZE, seed: int = 0) -> list[Pair]:
    """Heads on a grid with room between them, jittered; the same for the same seed."""
    columns = int(np.ceil(np.sqrt(count * size[0] / size[1])))
    rows = -(-count // columns)
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2)[:count] + 0.5
    jitter = np.random.default_rng(seed).uniform(-0.1, 0.1, grid.shape)
    places = (grid + jitter) * np.array(size) / np.array([columns, rows])
    return [(x, y) for x, y in np.round(places, 2).tolist()]


def write_picture(path: Path, shade: int, size: tuple[int, int] = SIZE) -> None:
    """A grey picture that gets lighter to the right."""
    ramp = np.tile(np.linspace(shade, shade + 40, size[0]).astype(np.uint8), (size[1], 1))
    Image.fromarray(np.stack([ramp] * 3, axis=-1)).save(path)


def make_document(folder: Path, *, heads: int = 60, frames: int = 3, size: tuple[int, int] = SIZE) -> Document:
    """A scene of frames with the same heads, moved a little from frame to frame."""
    images = []
    for frame in range(frames):
        write_picture(folder / f"{frame + 1:04}.png", 60 + 5 * frame, size)
        info = ImageInfo(f"{frame + 1:04}.png", *size, scene="s")
        images.append(ImageAnnotations(info, head_points(heads, size, seed=frame)))
    dataset = in_memory(images, folder)
    return Document(dataset, dataset.scenes[0], images, AnchorSet(size), folder / "anchors.json")


@dataclass
class User:
    """Somebody at a canvas; all places are image coordinates."""

    canvas: Canvas
    document: Document
    stack: QUndoStack
    live_fit: LiveFit
    said: list[str] = field(default_factory=list)

    def screen(self, point: Pair) -> QPointF:
        """Where a place of the picture is on the viewport."""
        return QPointF(*self.canvas.at.to_screen(point))

    def pixel(self, point: Pair) -> QPoint:
        """The same, as whole pixels."""
        return self.screen(point).toPoint()

    def head(self, row: int) -> Pair:
        """Where a head is."""
        x, y = self.document.heads(self.canvas_index).points[row].tolist()
        return x, y

    @property
    def canvas_index(self) -> int:
        """The picture on screen."""
        assert self.canvas.layers is not None
        return self.canvas.layers.index

    def event(
        self,
        kind: QEvent.Type,
        at: QPointF,
        button: Qt.MouseButton,
        held: Qt.MouseButton,
        keys: Qt.KeyboardModifier = NONE,
    ) -> None:
        """One mouse event at a place of the viewport."""
        view = self.canvas.viewport()
        QApplication.sendEvent(view, QMouseEvent(kind, at, QPointF(view.mapToGlobal(at)), button, held, keys))

    def press(self, at: Pair, keys: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        """A button goes down."""
        self.event(QEvent.Type.MouseButtonPress, self.screen(at), button, button, keys)

    def move(self, at: Pair, keys: Qt.KeyboardModifier = NONE, held: Qt.MouseButton = LEFT) -> None:
        """The mouse moves with a button held."""
        self.event(QEvent.Type.MouseMove, self.screen(at), Qt.MouseButton.NoButton, held, keys)
        QApplication.processEvents()

    def hover(self, at: Pair) -> None:
        """The mouse moves."""
        self.move(at, held=Qt.MouseButton.NoButton)

    def release(self, at: Pair, keys: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        """A button comes up."""
        self.event(QEvent.Type.MouseButtonRelease, self.screen(at), button, Qt.MouseButton.NoButton, keys)
        QApplication.processEvents()

    def click(self, at: Pair, keys: Qt.KeyboardModifier = NONE) -> None:
        """Press and release without moving."""
        self.press(at, keys)
        self.release(at, keys)

    def double_click(self, at: Pair) -> None:
        """What Qt sends for two quick clicks."""
        self.click(at)
        self.event(QEvent.Type.MouseButtonDblClick, self.screen(at), LEFT, LEFT)
        self.release(at)

    def drag(self, start: Pair, end: Pair, keys: Qt.KeyboardModifier = NONE, *, drop: bool = True) -> None:
        """Press, six moves, release."""
        self.press(start, keys)
        for share in np.linspace(0, 1, 7)[1:].tolist():
            self.move((start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])), keys)
        if drop:
            self.release(end, keys)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        """A key is tapped while the canvas has the focus."""
        QTest.keyClick(self.canvas, key, keys)
        QApplication.processEvents()

    def wheel(
        self,
        at: QPointF,
        *,
        turned: float = 0.0,
        pixels: tuple[int, int] = (0, 0),
        keys: Qt.KeyboardModifier = NONE,
    ) -> None:
        """The wheel turns by notches, or two fingers move by pixels, at a place of the viewport."""
        view = self.canvas.viewport()
        where, none = QPointF(view.mapToGlobal(at)), Qt.MouseButton.NoButton
        angle, phase = QPoint(0, round(turned * 120)), Qt.ScrollPhase.NoScrollPhase
        QApplication.sendEvent(view, QWheelEvent(at, where, QPoint(*pixels), angle, none, keys, phase, False))

    def zoom(self, zoom: float, about: Pair) -> None:
        """A view of that zoom with a place of the picture in its middle."""
        self.canvas.zoom_by(zoom / self.canvas.at.zoom)
        x, y = self.canvas.at.to_screen(about)
        wide, high = self.canvas.room
        self.canvas.pan_by(wide / 2 - x, high / 2 - y)


def sit_down(qtbot: QtBot, folder: Path) -> User:
    """A user before a canvas that shows the first frame of a small scene."""
    return sit_down_at(qtbot, make_document(folder))


def sit_down_at(qtbot: QtBot, document: Document, *, view: tuple[int, int] = (800, 500)) -> User:
    """A user before a canvas of that size, which shows the first frame of a document."""
    canvas, stack, live_fit = Canvas(), QUndoStack(), LiveFit(document)
    qtbot.addWidget(canvas)
    canvas.resize(*view)
    canvas.show()
    qtbot.waitExposed(canvas)
    user = User(canvas, document, stack, live_fit)
    canvas.message.connect(user.said.append)
    with qtbot.waitSignal(canvas.imageShown):
        canvas.show_document(document, stack, live_fit)
    canvas.setFocus()
    return user
