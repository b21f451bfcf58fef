"""Panels over the picture, in screen pixels: legends of the colours, and why there is no picture."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from annotator_gui import theme
from annotator_gui.canvas.heat_layer import STOPS, heat_colours, stripes
from annotator_gui.canvas.layers import Layers
from annotator_gui.model.quality import HeatMap
from gta_head_tools.overlays.head_overlay import Span, size_colours, size_span

_PAD = 8.0
_BAR = QRectF(0, 0, 180, 12)


def _panel(painter: QPainter, area: QRectF) -> None:
    painter.setPen(QPen(QColor(255, 255, 255, 60), 1))
    painter.setBrush(theme.PANEL)
    painter.drawRoundedRect(area, 4, 4)
    painter.setPen(theme.PANEL_INK)


def _line(painter: QPainter) -> float:
    return QFontMetricsF(painter.font()).height()


def draw_heat_legend(painter: QPainter, corner: QPointF, heat: HeatMap) -> None:
    """The ramp of errors with its numbers; `corner` is the bottom left of the panel."""
    line = _line(painter)
    hatched = bool(heat.extrapolated.any())
    height = 2 * _PAD + 2 * line + _BAR.height() + 4 + (line + 4 if hatched else 0)
    area = QRectF(corner.x(), corner.y() - height, _BAR.width() + 6 * _PAD, height)
    _panel(painter, area)
    left, top = area.left() + 3 * _PAD, area.top() + _PAD
    painter.drawText(
        QPointF(left, top + line * 0.8), "error of sizes, at least" if heat.at_least else "expected error of sizes"
    )
    bar = _BAR.translated(left, top + line + 2)
    for step, colour in enumerate(heat_colours(np.geomspace(STOPS[0], STOPS[-1], int(bar.width()))).tolist()):
        # The translucent colours are mixed with grey, so that they look as on a picture.
        tone = QColor(*(min(255, round(part + 128 * (1 - colour[3] / 255))) for part in colour[:3]))
        painter.fillRect(QRectF(bar.left() + step, bar.top(), 1, bar.height()), tone)
    last = len(STOPS) - 1
    for place, stop in enumerate(STOPS):
        ends = {0: "≤ ", last: "≥ "}.get(place, "")
        _centred(painter, f"{ends}{stop:.0%}", bar.left() + bar.width() * place / last, bar.bottom() + line)
    if hatched:
        spot = QRectF(left, bar.bottom() + line + 8, 22, line - 2)
        painter.fillRect(spot, QColor(200, 200, 200))
        painter.fillRect(spot, stripes(QColor(16, 16, 20)))
        painter.drawText(QPointF(spot.right() + _PAD, spot.top() + line * 0.75), "beyond the anchors")


def draw_size_legend(painter: QPainter, corner: QPointF, span: Span) -> None:
    """What the colours of dots mean; `corner` is the bottom left of the panel."""
    line = _line(painter)
    height = 2 * _PAD + 2 * line + _BAR.height() + 4
    area = QRectF(corner.x(), corner.y() - height, _BAR.width() + 6 * _PAD, height)
    _panel(painter, area)
    left, top = area.left() + 3 * _PAD, area.top() + _PAD
    painter.drawText(QPointF(left, top + line * 0.8), "size of heads")
    bar = _BAR.translated(left, top + line + 2)
    for step, colour in enumerate(size_colours(np.geomspace(*span, int(bar.width())), span).tolist()):
        painter.fillRect(QRectF(bar.left() + step, bar.top(), 1, bar.height()), QColor(*colour))
    for place, size in enumerate(np.geomspace(*span, 3).tolist()):
        _centred(painter, f"{size:.0f} px", bar.left() + bar.width() * place / 2, bar.bottom() + line)


def _centred(painter: QPainter, text: str, x: float, baseline: float) -> None:
    width = QFontMetricsF(painter.font()).horizontalAdvance(text)
    painter.drawText(QPointF(x - width / 2, baseline - 1), text)


def _draw_reason(painter: QPainter, top: QPointF, text: str) -> None:
    """A sentence on a panel whose top middle is at `top`."""
    metrics = QFontMetricsF(painter.font())
    width, height = metrics.horizontalAdvance(text) + 4 * _PAD, metrics.height() * 1.3 + 2 * _PAD
    area = QRectF(top.x() - width / 2, top.y(), width, height)
    _panel(painter, area)
    painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), text)


def draw_over(
    painter: QPainter,
    layers: Layers,
    zoom: float,
    room: tuple[float, float],
    *,
    crosshair: QPointF | None,
    reason: str,
) -> None:
    """Draw everything that does not move with the picture.

    Args:
        painter: in screen pixels.
        layers: what is shown.
        zoom: screen pixels per image pixel.
        room: width and height of the view.
        crosshair: where, None = none.
        reason: why there is no picture; "" = there is.
    """
    if crosshair is not None:
        _draw_crosshair(painter, crosshair, room)
    corner = QPointF(12, room[1] - 12)
    heads, heat = layers.heads, layers.heat
    if heads.isVisible() and heat.isVisible() and heat.heat is not None:
        draw_heat_legend(painter, corner, heat.heat)
    elif heads.isVisible() and heads.hides_points(zoom) and (span := size_span([heads.boxes])) is not None:
        draw_size_legend(painter, corner, span)
    if reason:
        _draw_reason(painter, QPointF(room[0] / 2, room[1] / 2 - 16), reason)


def _draw_crosshair(painter: QPainter, at: QPointF, room: tuple[float, float]) -> None:
    """Two lines through the cursor, of two tones."""
    light = QPen(theme.POINT, 1)
    light.setDashPattern([4, 4])
    for pen in (QPen(theme.RIM, 1), light):
        painter.setPen(pen)
        painter.drawLine(QPointF(at.x(), 0), QPointF(at.x(), room[1]))
        painter.drawLine(QPointF(0, at.y()), QPointF(room[0], at.y()))
