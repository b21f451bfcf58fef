"""Icons of the tool bar, drawn in code: sharp at every scale of the screen, in the colours of the palette.

Every icon is a function that draws on a field of 24 x 24, with lines of `_PEN` width and round ends. Rows of
`actions.py` name it.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QGuiApplication,
    QIcon,
    QIconEngine,
    QPainter,
    QPainterPath,
    QPalette,
    QPen,
    QPixmap,
    QPolygonF,
)

_FIELD = 24.0
_PEN = 1.8


class _Drawn(QIconEngine):
    """Paints an icon in the text colour of buttons, faded when disabled."""

    def __init__(self, draw: Callable[[QPainter], None]) -> None:
        super().__init__()
        self._draw = draw

    def clone(self) -> QIconEngine:
        return _Drawn(self._draw)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:  # noqa: ARG002
        group = QPalette.ColorGroup.Disabled if mode == QIcon.Mode.Disabled else QPalette.ColorGroup.Active
        tone = QGuiApplication.palette().color(group, QPalette.ColorRole.ButtonText)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(rect.topLeft())
        painter.scale(rect.width() / _FIELD, rect.height() / _FIELD)
        cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.setPen(QPen(tone, _PEN, Qt.PenStyle.SolidLine, cap, join))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._draw(painter)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        drawn = QPixmap(size)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return drawn


def icon_of(draw: Callable[[QPainter], None]) -> QIcon:
    """The icon that a function of this module draws."""
    return QIcon(_Drawn(draw))


def _filled(painter: QPainter, path: QPainterPath, opacity: float = 1.0) -> None:
    tone = painter.pen().color()
    tone.setAlphaF(tone.alphaF() * opacity)
    painter.fillPath(path, tone)


def _disc(painter: QPainter, x: float, y: float, radius: float) -> None:
    path = QPainterPath()
    path.addEllipse(QPointF(x, y), radius, radius)
    _filled(painter, path)


def _polygon(*corners: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in corners])


def _brackets(painter: QPainter, area: QRectF, arm: float) -> None:
    for x, across in ((area.left(), arm), (area.right(), -arm)):
        for y, down in ((area.top(), arm), (area.bottom(), -arm)):
            painter.drawPolyline(_polygon((x + across, y), (x, y), (x, y + down)))


def select(painter: QPainter) -> None:
    """An arrow, as of the mouse."""
    path = QPainterPath()
    path.addPolygon(_polygon((6, 3), (6, 18.5), (10, 14.8), (12.6, 20.6), (15.2, 19.4), (12.7, 13.8), (18, 13.4)))
    path.closeSubpath()
    _filled(painter, path)


def anchor(painter: QPainter) -> None:
    """A box with the corner marks of anchors, around a head."""
    painter.drawRect(QRectF(7, 7, 10, 10))
    _brackets(painter, QRectF(3, 3, 18, 18), 4)
    _disc(painter, 12, 12, 2)


def pin(painter: QPainter) -> None:
    """A box with the dot of pins on top."""
    painter.drawRect(QRectF(5.5, 9.5, 13, 11))
    _disc(painter, 12, 5, 3)


def zone(painter: QPainter) -> None:
    """A polygon with its corners."""
    corners = ((4.5, 8), (14, 4), (20, 11), (16, 19.5), (5.5, 18))
    painter.drawPolygon(_polygon(*corners))
    for x, y in corners:
        _disc(painter, x, y, 2.3)


def horizon(painter: QPainter) -> None:
    """A line with the sun on it."""
    painter.drawLine(QPointF(2.5, 16), QPointF(21.5, 16))
    painter.drawArc(QRectF(7, 11, 10, 10), 0, 180 * 16)
    painter.drawLine(QPointF(12, 7.5), QPointF(12, 5))
    painter.drawLine(QPointF(6, 10), QPointF(4.3, 8.3))
    painter.drawLine(QPointF(18, 10), QPointF(19.7, 8.3))


def heads(painter: QPainter) -> None:
    """A person to be added."""
    painter.drawEllipse(QPointF(9.5, 8), 4, 4)
    path = QPainterPath(QPointF(2.5, 20))
    path.cubicTo(QPointF(3, 12.5), QPointF(16, 12.5), QPointF(16.5, 20))
    painter.drawPath(path)
    painter.drawLine(QPointF(18.7, 4.7), QPointF(18.7, 11.3))
    painter.drawLine(QPointF(15.4, 8), QPointF(22, 8))


def undo(painter: QPainter) -> None:
    """An arrow that turns back."""
    path = QPainterPath(QPointF(4.5, 9))
    path.lineTo(QPointF(14, 9))
    path.cubicTo(QPointF(21.5, 9), QPointF(21.5, 19), QPointF(14, 19))
    path.lineTo(QPointF(8, 19))
    painter.drawPath(path)
    painter.drawPolyline(_polygon((9, 4.5), (4.5, 9), (9, 13.5)))


def redo(painter: QPainter) -> None:
    """The arrow of undo, mirrored."""
    painter.translate(_FIELD, 0)
    painter.scale(-1, 1)
    undo(painter)


def points(painter: QPainter) -> None:
    """Five dots."""
    for x, y in ((6, 7), (17, 5), (12, 12), (5.5, 18), (18.5, 17)):
        _disc(painter, x, y, 2.3)


def boxes(painter: QPainter) -> None:
    """Three boxes."""
    painter.drawRect(QRectF(3.5, 4, 7, 8))
    painter.drawRect(QRectF(13, 9.5, 8, 10.5))
    painter.drawRect(QRectF(4.5, 15.5, 5, 5))


def anchors(painter: QPainter) -> None:
    """The corner marks of an anchor around a head."""
    _brackets(painter, QRectF(4, 4, 16, 16), 5)
    _disc(painter, 12, 12, 2.3)


def heat(painter: QPainter) -> None:
    """Squares from light to dark."""
    for row in range(3):
        for column in range(3):
            path = QPainterPath()
            path.addRect(QRectF(3.5 + 6 * column, 3.5 + 6 * row, 5, 5))
            _filled(painter, path, (0.2, 0.4, 0.6, 0.8, 1.0)[row + column])


def zones(painter: QPainter) -> None:
    """A filled polygon."""
    path = QPainterPath()
    path.addPolygon(_polygon((3.5, 9), (15, 4), (20.5, 11.5), (16, 20), (5.5, 18.5)))
    path.closeSubpath()
    _filled(painter, path, 0.35)
    painter.drawPath(path)


def suggestion(painter: QPainter) -> None:
    """A target."""
    painter.drawEllipse(QPointF(12, 12), 6.5, 6.5)
    for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        painter.drawLine(QPointF(12 + 6.5 * x, 12 + 6.5 * y), QPointF(12 + 10 * x, 12 + 10 * y))
    _disc(painter, 12, 12, 2)
