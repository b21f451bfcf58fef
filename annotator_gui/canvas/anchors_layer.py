"""What the user has drawn, as one graphics item: anchors, pins, zones, the horizon, handles, and a gesture's sketch.

Lines have the same width on screen at every zoom, and two tones, so that they are visible on snow and at night. Marks
tell them apart for people who cannot tell the colours: anchors have brackets at their corners, pins a dot on top,
suspects an exclamation mark, the head to box next a ring with ticks.
"""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotator_gui import theme
from annotator_gui.gestures.grips import vertices_of
from annotator_gui.gestures.hit_test import HANDLE, SMALL, handle_centres
from annotator_gui.gestures.tools import NOTHING, Sketch
from gta_head_tools.anchors.anchors import Anchor, AnchorSet, Box, Pair
from gta_head_tools.anchors.drawn_boxes import BOX_KINDS, BoxKind, Ref, boxed

_EVERYWHERE = QRectF(-1e6, -1e6, 2e6, 2e6)
_RING = 9.0
_TARGET = 16.0
_FADES = 30.0, 60.0
"""Screen pixels of a suggested head from which its ring fades, and at which the ring is faint."""
_TINY = 10.0
"""Screen pixels: smaller boxes get the marks of a box of this size, as smaller marks would run into each other."""


class AnchorsLayer(QGraphicsItem):
    """Paints the drawings of one picture, and the corners of the anchors of other pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.drawn = AnchorSet((1, 1))
        self.image = ""
        self.selection: tuple[Ref, ...] = ()
        self.suspects: Collection[int] = frozenset()
        self.sketch = NOTHING
        self.suggested: Pair | None = None
        self.suggested_side = 0.0
        self.flashed: tuple[Box, ...] = ()
        self.head_boxes: tuple[Box, ...] = ()
        self.show_boxes = self.show_lines = True

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        return _EVERYWHERE

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, /, widget: QWidget | None = None) -> None:  # noqa: ARG002
        view = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        if self.show_lines:
            self._paint_zones(painter, view)
            self._paint_horizon(painter, view)
        if self.show_boxes:
            for kind in BOX_KINDS:
                self._paint_boxes(painter, view, kind)
            self._paint_selected_heads(painter, view)
            if self.suggested is not None and self.sketch.band is None:
                painter.setOpacity(_ring_opacity(self.suggested_side * view.m11()))
                _target(painter, view.map(QPointF(*self.suggested)))
                painter.setOpacity(1)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for box in self.flashed:
            painter.setPen(QPen(theme.ANCHOR, 4))
            painter.drawRect(_rect(view, box).adjusted(-6, -6, 6, 6))
        self._paint_sketch(painter, view, self.sketch)
        painter.restore()

    def _paint_boxes(self, painter: QPainter, view: QTransform, kind: BoxKind) -> None:
        for index, anchor in enumerate(boxed(self.drawn, kind)):
            area = _rect(view, anchor.box)
            if anchor.image != self.image:
                # Pins and anchors of one image are not drawn in other frames, where they have no effect.
                if kind == "anchor":
                    _brackets(painter, area, theme.ANCHOR, width=1)
                continue
            chosen = Ref(kind, index) in self.selection
            self._paint_box(painter, area, kind, anchor, chosen=chosen)
            if kind == "anchor" and index in self.suspects:
                _badge(painter, area.topRight() + QPointF(8, -8), "!")
            if chosen and len(self.selection) == 1:
                side = HANDLE if min(area.width(), area.height()) >= SMALL else HANDLE - 2
                for x, y in handle_centres(anchor.box, view.m11()).tolist():
                    _square(painter, view.map(QPointF(x, y)), side)

    def _paint_box(self, painter: QPainter, area: QRectF, kind: BoxKind, anchor: Anchor, *, chosen: bool) -> None:
        colour = theme.PIN if kind == "pin" else theme.ANCHOR
        left_out = anchor.use == "ignore"
        style = Qt.PenStyle.DashLine if left_out or kind == "image_anchor" else Qt.PenStyle.SolidLine
        dashed = style != Qt.PenStyle.SolidLine
        tone = theme.IGNORED if left_out else colour
        _frame(painter, area, tone, style=style, width=2 if chosen or dashed else 1)
        if kind == "pin":
            painter.setPen(QPen(theme.RIM, 1))
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(area.center().x(), area.top() - (18 if chosen else 6)), 4, 4)
        elif not left_out:
            _brackets(painter, area, colour)

    def _paint_selected_heads(self, painter: QPainter, view: QTransform) -> None:
        for box in self.head_boxes:
            _frame(painter, _rect(view, box), theme.POINT, width=2)
        for ref in self.selection:
            if ref.kind == "head" and ref.image == self.image:
                _ring(painter, view.map(QPointF(*ref.point)), theme.POINT)

    def _paint_zones(self, painter: QPainter, view: QTransform) -> None:
        for index, zone in enumerate(self.drawn.zones):
            chosen = Ref("zone", index) in self.selection
            outline = QPolygonF([view.map(QPointF(*vertex)) for vertex in zone.polygon])
            for pen in (QPen(theme.RIM, 4 if chosen else 3), QPen(theme.ZONE, 2 if chosen else 1)):
                painter.setPen(pen)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPolygon(outline)
            if chosen:
                self._paint_vertices(painter, view, zone.polygon)
            _tag(painter, min(outline.toList(), key=QPointF.y), zone.name, theme.ZONE)

    def _paint_horizon(self, painter: QPainter, view: QTransform) -> None:
        if self.drawn.horizon is None:
            return
        start, end = (view.map(QPointF(*vertex)) for vertex in self.drawn.horizon)
        chosen = Ref("horizon") in self.selection
        painter.setPen(QPen(theme.RIM, 5 if chosen else 4))
        painter.drawLine(QLineF(start, end))
        dashes = QPen(theme.HORIZON, 2)
        dashes.setDashPattern([6, 3])
        painter.setPen(dashes)
        painter.drawLine(QLineF(start, end))
        self._paint_vertices(painter, view, vertices_of(self.drawn, Ref("horizon")))

    def _paint_vertices(self, painter: QPainter, view: QTransform, vertices: tuple[Pair, ...]) -> None:
        for vertex in vertices:
            _square(painter, view.map(QPointF(*vertex)))

    def _paint_sketch(self, painter: QPainter, view: QTransform, sketch: Sketch) -> None:
        if sketch.band is not None:
            _frame(painter, _rect(view, sketch.band), theme.POINT, style=Qt.PenStyle.DashLine)
        if sketch.path:
            path = [view.map(QPointF(*vertex)) for vertex in sketch.path]
            for pen in (QPen(theme.RIM, 3), QPen(theme.ZONE, 1)):
                painter.setPen(pen)
                painter.drawPolyline(path)
            for spot in path[:-1]:
                _square(painter, spot)
        if sketch.lit is not None:
            _ring(painter, view.map(QPointF(*sketch.lit)), theme.ANCHOR)


def _rect(view: QTransform, box: Box) -> QRectF:
    return view.mapRect(QRectF(QPointF(box[0], box[1]), QPointF(box[2], box[3])))


def _frame(
    painter: QPainter,
    area: QRectF,
    colour: QColor,
    *,
    style: Qt.PenStyle = Qt.PenStyle.SolidLine,
    width: float = 1,
) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # A rim wider than the dashes would hide them, as it is not dashed.
    rim = width + 2 if style == Qt.PenStyle.SolidLine else width
    for pen in (QPen(theme.RIM, rim), QPen(colour, width, style)):
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(area)


def _brackets(painter: QPainter, area: QRectF, colour: QColor, *, width: float = 2) -> None:
    """Corner marks, outside, so that the head stays visible."""
    arm = min(max(area.width() / 3, 4.0), 12.0)
    lines = []
    wider, higher = (max(0.0, _TINY - side) / 2 + 3 for side in (area.width(), area.height()))
    frame = area.adjusted(-wider, -higher, wider, higher)
    for x, across in ((frame.left(), arm), (frame.right(), -arm)):
        for y, down in ((frame.top(), arm), (frame.bottom(), -arm)):
            lines += [QLineF(x, y, x + across, y), QLineF(x, y, x, y + down)]
    for pen in (QPen(theme.RIM, width + 2), QPen(colour, width)):
        pen.setCapStyle(Qt.PenCapStyle.SquareCap)
        painter.setPen(pen)
        painter.drawLines(lines)


def _square(painter: QPainter, middle: QPointF, side: float = HANDLE) -> None:
    painter.setPen(QPen(theme.RIM, 1))
    painter.setBrush(theme.POINT)
    painter.drawRect(QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side))


def _ring(painter: QPainter, middle: QPointF, colour: QColor) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(theme.RIM, 4), QPen(colour, 2)):
        painter.setPen(pen)
        painter.drawEllipse(middle, _RING, _RING)
    painter.restore()


def _ring_opacity(side: float) -> float:
    """Of the ring around the suggested head: it fades as the head gets larger on screen, where it would be in the way.

    Args:
        side: of the head's expected box, in screen pixels.
    """
    shown, faint = _FADES
    return min(max(1 - 0.75 * (side - shown) / (faint - shown), 0.25), 1)


def _target(painter: QPainter, middle: QPointF) -> None:
    """A ring with four ticks, as on the button that leads here: the head to box next."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    near, far = _TARGET, _TARGET + 6
    ticks = [
        QLineF(middle + QPointF(x * near, y * near), middle + QPointF(x * far, y * far))
        for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1))
    ]
    for pen in (QPen(theme.RIM, 4), QPen(theme.ANCHOR, 2)):
        painter.setPen(pen)
        painter.drawEllipse(middle, _TARGET, _TARGET)
        painter.drawLines(ticks)
    painter.restore()


def _badge(painter: QPainter, middle: QPointF, text: str) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.RIM, 1))
    painter.setBrush(theme.HORIZON)
    painter.drawEllipse(middle, 8, 8)
    font = painter.font()
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(theme.RIM)
    painter.drawText(QRectF(middle.x() - 8, middle.y() - 8, 16, 16), int(Qt.AlignmentFlag.AlignCenter), text)
    painter.restore()


def _tag(painter: QPainter, corner: QPointF, text: str, colour: QColor) -> None:
    if not text:
        return
    area = painter.boundingRect(QRectF(corner, corner), int(Qt.AlignmentFlag.AlignCenter), text).adjusted(-4, -1, 4, 1)
    area.moveBottomLeft(corner)
    painter.fillRect(area, theme.PANEL)
    painter.setPen(colour)
    painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), text)
