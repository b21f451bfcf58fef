"""The picture with everything on it, and events turned into gestures.

Keys that are gestures are handled here and in `canvas_keys.py`; all other keys are actions of the window.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QUndoStack
from PySide6.QtWidgets import QWidget

from annotator_gui.canvas.canvas_keys import press_key
from annotator_gui.canvas.frame_picture import FramePicture
from annotator_gui.canvas.heads_layer import Proposals
from annotator_gui.canvas.image_loader import ImageLoader
from annotator_gui.canvas.layers import Stage
from annotator_gui.canvas.legends import Texts, draw_over
from annotator_gui.canvas.picture_view import NOTCH, PictureView
from annotator_gui.gestures import key_edits
from annotator_gui.gestures.box_tools import DrawTool, PinTool, SelectTool
from annotator_gui.gestures.grips import find_anchor, vertices_of
from annotator_gui.gestures.head_tool import HeadTool
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
        hint: a sentence for the status bar.
        imageShown: index of the picture whose pixels are on screen now.
        imageFailed: index of a picture that cannot be read, and why.
        imageTurned: index of the first picture with an orientation tag.
    """

    cursorMoved = Signal(QPointF)  # noqa: N815 - Qt's way of naming
    modeChanged = Signal(str)  # noqa: N815
    hint = Signal(str)
    imageShown = Signal(int)  # noqa: N815
    imageFailed = Signal(int, str)  # noqa: N815
    imageTurned = Signal(int)  # noqa: N815

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Picture with heads and boxes")
        self.mode = "select"
        self.stage: Stage | None = None
        self._picture: FramePicture | None = None
        self._tool: Tool | None = None
        self._overlays = dict.fromkeys(OVERLAYS, True) | {"heat": False}
        self._hidden = self._space = False
        self._run = 0
        self._cursor: QPointF | None = None
        self._notice: tuple[str, ...] = ()

    @property
    def loader(self) -> ImageLoader | None:
        """What decodes the pictures; None without a document."""
        return None if self._picture is None else self._picture.loader

    @property
    def tool(self) -> Tool | None:
        """The gesture state of the present mode; None without a document."""
        return self._tool

    @property
    def aim(self) -> Pair:
        """What is meant by keys, in image pixels: the place of the cursor, or the middle of what is seen."""
        pointer = self.stage.heads.pointer if self.stage is not None else None
        return pointer or self.at.to_image((self.room[0] / 2, self.room[1] / 2))

    def show_document(self, document: Document, undo_stack: QUndoStack, live_fit: LiveFit) -> None:
        """Open another scene: its first picture, fitted."""
        self.close_document()
        self.stage = Stage(document, undo_stack, live_fit, self)
        self.stage.add_to(self.scene())
        self.stage.said.connect(self.hint)
        self.stage.settled.connect(self._let_go)
        self.stage.changedElsewhere.connect(self._look)
        self._picture = FramePicture(document, self.stage.backdrop, self)
        self._picture.shown.connect(self.imageShown)
        self._picture.failed.connect(self.imageFailed)
        self._picture.turned.connect(self.imageTurned)
        self._picture.told.connect(self.viewport().update)
        self.picture_size = (float(document.size[0]), float(document.size[1]))
        self._tool = TOOLS[self.mode](self.stage)
        self._apply_overlays()
        self.show_image(0)
        self.fit()

    def close_document(self) -> None:
        """Show nothing."""
        if self.stage is not None and self._picture is not None:
            self.stage.close()
            self._picture.close()
            self._picture.deleteLater()
            self.stage.deleteLater()
        self.scene().clear()
        self.stage, self._picture, self._tool = None, None, None

    def show_image(self, index: int) -> None:
        """Show another picture of the scene; zoom and place stay."""
        if self.stage is None or self._picture is None:
            return
        self.cancel()
        self.stage.show_image(index)
        self._picture.show(index)

    def set_mode(self, mode: str) -> None:
        """Another mode of `TOOLS`; what is being drawn is cancelled."""
        self.cancel()
        changed, self.mode = mode != self.mode, mode
        if self.stage is not None:
            self._tool = TOOLS[mode](self.stage)
            self.stage.set_sketch(self._tool.sketch)
        self._shape_cursor()
        self.viewport().update()
        if changed:
            self.modeChanged.emit(mode)

    def cancel(self) -> bool:
        """Drop the gesture under way; False when there was none."""
        if self._tool is None or self.stage is None:
            return False
        was = self._tool.cancel()
        self.stage.set_sketch(self._tool.sketch)
        return was

    def set_overlay(self, name: str, shown: bool) -> None:
        """Show or hide one of `OVERLAYS`."""
        self._overlays[name] = shown
        self._apply_overlays()

    def set_notice(self, lines: Sequence[str]) -> None:
        """Show lines of text over the picture; none hides them."""
        self._notice = tuple(lines)
        self.viewport().update()

    def show_proposals(self, proposals: Proposals) -> None:
        """Show guesses for the present picture in grey."""
        if self.stage is not None:
            self.stage.heads.set_proposals(proposals)

    def zoom_in(self) -> None:
        """One notch larger about the middle."""
        self.zoom_by(NOTCH)

    def zoom_out(self) -> None:
        """One notch smaller about the middle."""
        self.zoom_by(1 / NOTCH)

    def zoom_to(self, target: Ref | Pair) -> None:
        """Bring something of the present picture to the middle, large enough to draw on it."""
        if self.stage is None:
            return
        drawn = self.stage.document.anchors
        anchor = find_anchor(drawn, target) if isinstance(target, Ref) else None
        if anchor is not None:
            self.show_box(anchor.box)
        elif isinstance(target, Ref) and target.kind in {"zone", "horizon"}:
            corners = np.array(vertices_of(drawn, target))
            self.frame_box((*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist()))
        else:
            self.show_box(self._head_box(target.point if isinstance(target, Ref) else target))

    def nudge(self, dx: float, dy: float) -> None:
        """Move what is selected by image pixels; head points in heads mode only."""
        if self.stage is not None:
            key_edits.nudge(self.stage, (dx, dy), self._run_of("nudge"), heads=self.mode == "heads")

    def grow(self, factor: float) -> None:
        """Change the size of the selected boxes about their middles."""
        if self.stage is not None:
            key_edits.grow(self.stage, factor, self._run_of("grow"))

    def remove_selected(self) -> None:
        """Remove what is selected, or the last vertex of a zone being drawn."""
        if isinstance(self._tool, ZoneTool) and self._tool.back():
            self._sketch()
        elif self.stage is not None:
            key_edits.remove_selected(self.stage)

    def pin_selected(self) -> bool:
        """Pin the selected heads; False when no head is selected."""
        return self.stage is not None and key_edits.pin_selected(self.stage)

    def toggle_ignore(self) -> None:
        """Ignore the selected heads, or count them again."""
        if self.stage is not None:
            key_edits.toggle_ignore(self.stage)

    def cycle(self, step: int) -> bool:
        """Select the next of what lies under the cursor; False when nothing does. A drag goes on undisturbed."""
        if self._tool is not None and self._tool.held:
            return True
        return (
            self.stage is not None and self._tool is not None and key_edits.cycle(self.stage, self._tool.cursor, step)
        )

    def finish(self) -> bool:
        """Complete what is drawn in several clicks; False when there is nothing."""
        if self._tool is None or not self._tool.active:
            return False
        self._tool.finish()
        self._sketch()
        return True

    def hold_space(self, held: bool) -> None:
        """While it is held, dragging moves the picture; a tap does nothing."""
        self._space = held
        self._shape_cursor()

    def hide_all(self, hidden: bool) -> None:
        """Show the bare picture for as long as a key is held."""
        if hidden != self._hidden:
            self._hidden = hidden
            self._apply_overlays()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        button = event.button()
        if button == Qt.MouseButton.RightButton:
            self.cancel()
        elif button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and self._space):
            self.begin_pan(event)
        elif button == Qt.MouseButton.LeftButton and self._tool is not None:
            self._run += 1
            self._tool.press(self._pointer(event))
            self._sketch()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._cursor = event.position()
        at = self._pointer(event)
        if self.panning:
            self.go_on_panning(event)
        elif self._tool is not None and self.stage is not None:
            self._tool.move(at)
            self.stage.heads.pointer = at.point
            self._sketch()
            self.stage.repaint()
        self.cursorMoved.emit(QPointF(at.x, at.y))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self.panning and event.button() in {Qt.MouseButton.MiddleButton, Qt.MouseButton.LeftButton}:
            self.end_pan()
            self._shape_cursor()
        elif event.button() == Qt.MouseButton.LeftButton and self._tool is not None:
            self._tool.release(self._pointer(event))
            self._sketch()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.LeftButton and isinstance(self._tool, ZoneTool):
            self._tool.finish()
            self._sketch()
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().leaveEvent(event)
        self._cursor = None
        if self.stage is not None:
            self.stage.heads.pointer = None
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        # A polygon of several clicks outlives a look into a menu; a drag whose release would be missed does not.
        self._let_go()
        self.end_pan()
        self._space = False
        self.hide_all(False)

    def event(self, event: QEvent) -> bool:
        # Esc is an action of the window, too: within a gesture it belongs to the gesture.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            within = self._tool is not None and self._tool.active
            if within and event.key() in {Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                event.accept()
                return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's name
        meant = self.stage is not None and self._tool is not None and self._cursor is not None
        return (meant and self.cycle(1 if forward else -1)) or super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if not press_key(self, event):
            # Not the base class: it would scroll.
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Space:
            self.hold_space(False)
        elif event.key() == Qt.Key.Key_X:
            self.hide_all(False)
        else:
            event.ignore()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:  # noqa: N802 - Qt's name
        super().drawBackground(painter, rect)
        if self.stage is not None:
            self.stage.heads.aim = self.aim

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:  # noqa: N802, ARG002 - Qt's name
        if self.stage is None or self._picture is None:
            return
        crosshair = self._cursor if self.mode in {"anchor", "pin"} and not self.panning else None
        painter.save()
        painter.resetTransform()
        if self.hasFocus():
            painter.setPen(QPen(self.palette().highlight().color(), 2))
            painter.drawRect(QRectF(1, 1, self.room[0] - 2, self.room[1] - 2))
        text = Texts(self._notice, self._picture.message)
        draw_over(painter, self.stage, self.at.zoom, self.room, crosshair=crosshair, text=text)
        painter.restore()

    def _pointer(self, event: QMouseEvent) -> Pointer:
        x, y = self.at.to_image((event.position().x(), event.position().y()))
        held = event.modifiers()
        return Pointer(
            x,
            y,
            self.at.zoom,
            shift=bool(held & Qt.KeyboardModifier.ShiftModifier),
            alt=bool(held & Qt.KeyboardModifier.AltModifier),
            ctrl=bool(held & Qt.KeyboardModifier.ControlModifier),
        )

    def _sketch(self) -> None:
        if self.stage is not None and self._tool is not None:
            self.stage.set_sketch(self._tool.sketch)

    def _run_of(self, kind: str) -> str:
        """Names a run of keys: it ends when something else is selected or pressed."""
        selection = self.stage.document.selection if self.stage is not None else ()
        # Heads are named by their place, which the run itself changes.
        return f"{kind} {[(ref.kind, ref.index) for ref in selection]} {self._run}"

    def _head_box(self, point: Pair) -> Box:
        assert self.stage is not None
        row = self.stage.finder.nearest(point, 3.0)
        if row < 0:
            return point[0] - 10, point[1] - 10, point[0] + 10, point[1] + 10
        return self.stage.expected_box(row)

    def _let_go(self) -> None:
        """Drop a drag: after an edit by key, what it holds by number may be another box or none."""
        if self._tool is not None and self._tool.held:
            self.cancel()

    def _look(self) -> None:
        """Bring what was changed from elsewhere, as by undo, on the screen; where it is seen, nothing moves."""
        flashed = self.stage.drawings.flashed if self.stage is not None else ()
        if flashed and not any(self.sees(box) for box in flashed):
            self.place(centred(flashed[0], self.room, self.at.zoom))

    def _apply_overlays(self) -> None:
        if self.stage is None:
            return
        shown = {name: on and not self._hidden for name, on in self._overlays.items()}
        self.stage.heads.show_points, self.stage.heads.show_boxes = shown["points"], shown["boxes"]
        self.stage.drawings.show_boxes, self.stage.drawings.show_lines = shown["anchors"], shown["zones"]
        for layer in (self.stage.heads, self.stage.drawings):
            layer.setVisible(not self._hidden)
        self.stage.heat.setVisible(shown["heat"])
        # Two scales of colours at once are none.
        self.stage.heads.colours = not shown["heat"]
        self.viewport().update()

    def _shape_cursor(self) -> None:
        shape = Qt.CursorShape.OpenHandCursor if self._space else _CURSORS.get(self.mode, Qt.CursorShape.CrossCursor)
        self.viewport().setCursor(shape)


_CURSORS = {"select": Qt.CursorShape.ArrowCursor}
