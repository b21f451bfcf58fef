"""Zoom and pan: a graphics view whose place is kept without rounding.

The scroll bars of Qt hold whole pixels, and its zoom "about the mouse" reads the real pointer instead of the event. So
the view never scrolls: its transform alone maps the picture to the screen.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QInputDevice,
    QMouseEvent,
    QNativeGestureEvent,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from annotator_gui import theme
from annotator_gui.gestures.viewport import Viewport, centred, fitted
from gta_head_tools.anchors.anchors import Box, Pair

NOTCH = 1.25
"""How much larger one notch of a wheel makes the picture."""
READABLE = (60.0, 90.0, 300.0)
"""Screen pixels of the longer side of a box that `show_box` shows: at least, after a change of zoom, at most."""
_HUGE = 1e6


class PictureView(QGraphicsView):
    """Shows a picture of `picture_size` at a `viewport`.

    Signals:
        zoomChanged: the new zoom.

    Attributes:
        wheel: what a wheel does without Ctrl.
    """

    zoomChanged = Signal(float)  # noqa: N815 - Qt's way of naming

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # The scene needs an owner, as a view does not keep the scene that it shows.
        self.setScene(QGraphicsScene(self))
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setSceneRect(-_HUGE, -_HUGE, 2 * _HUGE, 2 * _HUGE)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setBackgroundBrush(theme.GROUND)
        self.setMouseTracking(True)
        self.wheel: Literal["zoom", "scroll"] = "zoom"
        self.picture_size: Pair = (1.0, 1.0)
        self._place = Viewport()
        self._follows_fit = True
        self._pan_from: QPointF | None = None
        self.place(self._place)

    @property
    def follows_fit(self) -> bool:
        """True while the whole picture is shown."""
        return self._follows_fit

    @property
    def at(self) -> Viewport:
        """Zoom and place of the picture."""
        return self._place

    @property
    def room(self) -> Pair:
        """Width and height of the view in logical pixels."""
        return float(self.viewport().width()), float(self.viewport().height())

    def place(self, place: Viewport) -> None:
        zoomed = place.zoom != self._place.zoom
        self._place = place
        self._follows_fit = False
        self.setTransform(QTransform(place.zoom, 0, 0, place.zoom, place.x, place.y))
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.setValue(0)
        if zoomed:
            self.zoomChanged.emit(place.zoom)

    def fit(self) -> None:
        """Show the whole picture, also when the window changes its size afterwards."""
        self.place(fitted(self.room, self.picture_size))
        self._follows_fit = True

    def actual_size(self) -> None:
        """One pixel of the picture is one logical pixel of the screen; the middle stays."""
        self.zoom_by(1 / self._place.zoom)

    def zoom_in(self) -> None:
        self.zoom_by(NOTCH)

    def zoom_out(self) -> None:
        self.zoom_by(1 / NOTCH)

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom by a factor about a place of the viewport; None = its middle."""
        spot = (at.x(), at.y()) if at is not None else (self.room[0] / 2, self.room[1] / 2)
        self.place(self._place.zoomed(factor, spot))

    def pan_by(self, dx: float, dy: float) -> None:
        self.place(self._place.panned((dx, dy), self.room, self.picture_size))

    def show_box(self, box: Box) -> None:
        """Bring a box to the middle, and change the zoom only where the box would be too small or too large."""
        longer = max(box[2] - box[0], box[3] - box[1], 1e-6)
        # A quarter of the view at most, so that the surroundings of a near head stay in sight.
        most = max(40.0, min(self.room) / 4)
        low, good, high = (min(side, most) for side in READABLE)
        zoom = self._place.zoom if low <= longer * self._place.zoom <= high else good / longer
        self.place(centred(box, self.room, zoom))

    def frame_box(self, box: Box) -> None:
        """Bring a box to the middle, as large as it can be."""
        scale = min(self.room[0] / max(box[2] - box[0], 1.0), self.room[1] / max(box[3] - box[1], 1.0))
        self.place(centred(box, self.room, scale * 0.8))

    def sees(self, box: Box) -> bool:
        """True when any part of the box is on screen."""
        left, top = self._place.to_screen(box[:2])
        right, bottom = self._place.to_screen(box[2:])
        return right >= 0 and bottom >= 0 and left <= self.room[0] and top <= self.room[1]

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if self._follows_fit:
            self.fit()
        elif event.oldSize().isValid():
            grown = event.size() - event.oldSize()
            old = self._place
            self.place(Viewport(old.zoom, old.x + grown.width() / 2, old.y + grown.height() / 2))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        event.accept()
        zooms = self.wheel == "zoom" or bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        pixels, turned = event.pixelDelta(), event.angleDelta()
        if _from_trackpad(event, pixels) and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.pan_by(pixels.x(), pixels.y())
        elif zooms:
            # With Alt held, some systems send a vertical wheel as a horizontal one.
            notches = (turned.y() or turned.x()) / 120
            self.zoom_by(NOTCH**notches, event.position())
        else:
            sideways = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            dx, dy = turned.x() * 0.5, turned.y() * 0.5
            self.pan_by(*((dy, dx) if sideways else (dx, dy)))

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_by(1 + event.value(), event.position())
            return True
        return super().viewportEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802 - Qt's name
        """Nothing, as the view never scrolls."""

    @property
    def panning(self) -> bool:
        return self._pan_from is not None

    def begin_pan(self, event: QMouseEvent) -> None:
        self._pan_from = event.position()
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def go_on_panning(self, event: QMouseEvent) -> None:
        if self._pan_from is not None:
            way, self._pan_from = event.position() - self._pan_from, event.position()
            self.pan_by(way.x(), way.y())

    def end_pan(self) -> None:
        self._pan_from = None
        self.viewport().unsetCursor()


def _from_trackpad(event: QWheelEvent, pixels: QPoint) -> bool:
    """True for two fingers on a pad. X servers send pixels for wheels, too; those are unreliable."""
    touched = event.device().type() == QInputDevice.DeviceType.TouchPad
    return not pixels.isNull() and (touched or QGuiApplication.platformName() != "xcb")
