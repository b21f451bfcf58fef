"""The picture with everything on it, and events turned into gestures. Keys that are gestures: see `canvas_keys.py`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QUndoStack
from PySide6.QtWidgets import QWidget

from annotator_gui.canvas.canvas_keys import KEYS
from annotator_gui.canvas.frame_picture import FramePicture
from annotator_gui.canvas.image_loader import ImageLoader
from annotator_gui.canvas.layers import Layers
from annotator_gui.canvas.legends import draw_over
from annotator_gui.canvas.picture_view import PictureView
from annotator_gui.gestures.box_tools import DrawTool, PinTool, SelectTool
from annotator_gui.gestures.grips import find_anchor, vertices_of
from annotator_gui.gestures.head_tool import HeadTool
from annotator_gui.gestures.key_edits import cycle, pin_selected
from annotator_gui.gestures.line_tools import HorizonTool, ZoneTool
from annotator_gui.gestures.tools import Pointer, Tool
from annotator_gui.gestures.viewport import centred
from annotator_gui.model.document import Document
from annotator_gui.model.live_fit import LiveFit
from gta_head_tools.anchors.anchors import Box, Pair
from gta_head_tools.anchors.drawn_boxes import Ref

TOOLS: dict[str, type[Tool]] = {
    "select": SelectTool,
    "anchor": DrawTool,
    "pin": PinTool,
    "zone": ZoneTool,
    "horizon": HorizonTool,
    "heads": HeadTool,
}
OVERLAYS = ("points", "boxes", "anchors", "heat", "zones")


class Canvas(PictureView):
    """One picture of a scene; shows nothing until `show_document`.

    Signals:
        cursorMoved: place of the cursor in image pixels.
        modeChanged: name of the new mode.
        message: a sentence for the status bar.
        imageShown: index of the picture whose pixels are on screen now.

    Attributes:
        mode: a name in `TOOLS`.
        layers: what is painted; None without a document.
        tool: the gestures of the mode; None without a document.
        overlays: which of `OVERLAYS` are shown.
    """

    cursorMoved = Signal(QPointF)  # noqa: N815 - Qt's way of naming
    modeChanged = Signal(str)  # noqa: N815
    message = Signal(str)
    imageShown = Signal(int)  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Picture with heads and boxes")
        self.mode = "select"
        self.layers: Layers | None = None
        self.tool: Tool | None = None
        self.overlays = dict.fromkeys(OVERLAYS, True) | {"heat": False}
        self._picture: FramePicture | None = None
        self._hidden = self._space = False
        self._cursor: QPointF | None = None

    @property
    def loader(self) -> ImageLoader | None:
        """Decodes the pictures; None without a document."""
        return None if self._picture is None else self._picture.loader

    @property
    def aim(self) -> Pair:
        """Where keys act, in image pixels: the place of the cursor, or the middle of the view."""
        pointer = self.layers.heads.pointer if self.layers is not None else None
        return pointer or self.at.to_image((self.room[0] / 2, self.room[1] / 2))

    def show_document(self, document: Document, undo_stack: QUndoStack, live_fit: LiveFit) -> None:
        """Open another scene at its first picture, and fit that."""
        self.close_document()
        self.layers = Layers(document, undo_stack, live_fit, self)
        self.layers.add_to(self.scene())
        self.layers.message.connect(self.message)
        self.layers.settled.connect(self._drop_drag)
        self.layers.changedElsewhere.connect(self._pan_to_flashed)
        self._picture = FramePicture(document, self.layers.backdrop, self)
        self._picture.shown.connect(self.imageShown)
        self._picture.message.connect(self.message)
        self._picture.changed.connect(self.viewport().update)
        self._picture.unreadable.connect(self.layers.unreadable.__setitem__)
        self.picture_size = (float(document.size[0]), float(document.size[1]))
        self.tool = TOOLS[self.mode](self.layers)
        self._apply_overlays()
        self.show_image(0)
        self.fit()

    def close_document(self) -> None:
        if self.layers is not None and self._picture is not None:
            self.layers.close()
            self._picture.close()
            self._picture.deleteLater()
            self.layers.deleteLater()
        self.scene().clear()
        self.layers, self._picture, self.tool = None, None, None

    def show_image(self, index: int) -> None:
        """Show another picture of the scene; zoom and place stay."""
        if self.layers is None or self._picture is None:
            return
        self.cancel()
        self.layers.show_image(index)
        self._picture.show(index)

    def set_mode(self, mode: str) -> None:
        """Switch to a mode of `TOOLS`; what is being drawn is cancelled."""
        self.cancel()
        changed, self.mode = mode != self.mode, mode
        if self.layers is not None:
            self.tool = TOOLS[mode](self.layers)
        self._shape_cursor()
        self.viewport().update()
        if changed:
            self.modeChanged.emit(mode)

    def cancel(self) -> bool:
        """Drop the gesture that goes on; False when there is none."""
        return self.tool is not None and self.tool.cancel()

    def apply(self, edit: Callable[[Tool], None]) -> None:
        """Make an edit of `key_edits.py` in the present mode."""
        if self.tool is not None:
            edit(self.tool)

    def pin(self) -> None:
        """Pin the selected heads; with none selected, go to pin mode."""
        if self.tool is None or not pin_selected(self.tool):
            self.set_mode("pin")

    def toggle_overlay(self, name: str) -> None:
        """Show one of `OVERLAYS` if it is hidden, else hide it."""
        self.overlays[name] = not self.overlays[name]
        self._apply_overlays()

    def zoom_to(self, target: Ref | Pair) -> None:
        """Bring a drawing or a point of the present picture to the middle, large enough to draw on it."""
        if self.layers is None:
            return
        drawn = self.layers.document.anchors
        anchor = find_anchor(drawn, target) if isinstance(target, Ref) else None
        if anchor is not None:
            self.show_box(anchor.box)
        elif isinstance(target, Ref) and target.kind in {"zone", "horizon"}:
            corners = np.array(vertices_of(drawn, target))
            self.frame_box((*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist()))
        else:
            self.show_box(self._head_box(target.point if isinstance(target, Ref) else target))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        button = event.button()
        if button == Qt.MouseButton.RightButton:
            self.cancel()
        elif button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and self._space):
            self.begin_pan(event)
        elif button == Qt.MouseButton.LeftButton and self.tool is not None:
            self.tool.press(self._pointer(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._cursor = event.position()
        at = self._pointer(event)
        if self.panning:
            self.go_on_panning(event)
        elif self.tool is not None and self.layers is not None:
            self.tool.move(at)
            self.layers.heads.pointer = at.point
            self.layers.repaint()
        self.cursorMoved.emit(QPointF(at.x, at.y))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self.panning and event.button() in {Qt.MouseButton.MiddleButton, Qt.MouseButton.LeftButton}:
            self.end_pan()
            self._shape_cursor()
        elif event.button() == Qt.MouseButton.LeftButton and self.tool is not None:
            self.tool.release(self._pointer(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.LeftButton and isinstance(self.tool, ZoneTool):
            self.tool.finish()
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().leaveEvent(event)
        self._cursor = None
        if self.layers is not None:
            self.layers.heads.pointer = None
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        # A drag is dropped, as its release event would be lost; a polygon of several clicks stays.
        self._drop_drag()
        self.end_pan()
        self._space = False
        self._hide_all(False)

    def event(self, event: QEvent) -> bool:
        # Esc is an action of the window, too; while a gesture goes on, the gesture gets the key.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            within = self.tool is not None and self.tool.active
            if within and event.key() in {Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                event.accept()
                return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's name
        step = 1 if forward else -1
        cycled = self.tool is not None and self._cursor is not None and cycle(self.tool, step)
        return cycled or super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        gesture, held = KEYS.get(event.key()), event.modifiers()
        # Keys without a meaning are not passed to the base class, which would scroll.
        event.ignore()
        if held & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return
        if event.key() == Qt.Key.Key_Space:
            self._hold_space(True)
            event.accept()
        elif event.key() == Qt.Key.Key_X:
            self._hide_all(True)
            event.accept()
        elif gesture is not None and self.tool is not None:
            event.setAccepted(gesture(self.tool, bool(held & Qt.KeyboardModifier.ShiftModifier)))

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Space:
            self._hold_space(False)
        elif event.key() == Qt.Key.Key_X:
            self._hide_all(False)
        else:
            event.ignore()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:  # noqa: N802 - Qt's name
        super().drawBackground(painter, rect)
        if self.layers is not None:
            self.layers.heads.aim = self.aim

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:  # noqa: N802, ARG002 - Qt's name
        if self.layers is None or self._picture is None:
            return
        crosshair = self._cursor if self.mode in {"anchor", "pin"} and not self.panning else None
        painter.save()
        painter.resetTransform()
        if self.hasFocus():
            painter.setPen(QPen(self.palette().highlight().color(), 2))
            painter.drawRect(QRectF(1, 1, self.room[0] - 2, self.room[1] - 2))
        reason = self._picture.reason
        draw_over(painter, self.layers, self.at.zoom, self.room, crosshair=crosshair, reason=reason)
        painter.restore()

    def _pointer(self, event: QMouseEvent) -> Pointer:
        x, y = self.at.to_image((event.position().x(), event.position().y()))
        held = event.modifiers()
        return Pointer(
            x,
            y,
            self.at.zoom,
            shift=bool(held & Qt.KeyboardModifier.ShiftModifier),
            ctrl=bool(held & Qt.KeyboardModifier.ControlModifier),
        )

    def _head_box(self, point: Pair) -> Box:
        assert self.layers is not None
        row = self.layers.finder.nearest(point, 3.0)
        if row < 0:
            return point[0] - 10, point[1] - 10, point[0] + 10, point[1] + 10
        return self.layers.expected_box(row)

    def _drop_drag(self) -> None:
        """Cancel a drag: it knows its box by index, and after an edit by key that index may be of another box."""
        if self.tool is not None and self.tool.held:
            self.cancel()

    def _pan_to_flashed(self) -> None:
        """Pan to what something other than a gesture, such as undo, has changed, unless it is on screen already."""
        flashed = self.layers.anchors.flashed if self.layers is not None else ()
        if flashed and not any(self.sees(box) for box in flashed):
            self.place(centred(flashed[0], self.room, self.at.zoom))

    def _apply_overlays(self) -> None:
        if self.layers is None:
            return
        shown = {name: on and not self._hidden for name, on in self.overlays.items()}
        self.layers.heads.show_points, self.layers.heads.show_boxes = shown["points"], shown["boxes"]
        self.layers.anchors.show_boxes, self.layers.anchors.show_lines = shown["anchors"], shown["zones"]
        for layer in (self.layers.heads, self.layers.anchors):
            layer.setVisible(not self._hidden)
        self.layers.heat.setVisible(shown["heat"])
        # The heat map and head colours use different scales; show one at a time.
        self.layers.heads.colours = not shown["heat"]
        self.viewport().update()

    def _hold_space(self, held: bool) -> None:
        """While Space is held, dragging moves the picture."""
        self._space = held
        self._shape_cursor()

    def _hide_all(self, hidden: bool) -> None:
        """Show the bare picture for as long as X is held."""
        if hidden != self._hidden:
            self._hidden = hidden
            self._apply_overlays()

    def _shape_cursor(self) -> None:
        shape = Qt.CursorShape.ArrowCursor if self.mode == "select" else Qt.CursorShape.CrossCursor
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor if self._space else shape)
