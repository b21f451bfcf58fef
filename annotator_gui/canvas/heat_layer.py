"""The expected error over the picture, as one translucent image; hatched beyond the anchors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotator_gui.model.quality import HeatMap

STOPS = (0.03, 0.06, 0.12, 0.24)
"""Errors with a tick in the legend; the second is the aim, the third the end of amber."""
# Blue to orange, light in the middle: people with any colour blindness can tell them apart.
_COLOURS = np.array([[20, 70, 170], [110, 190, 240], [255, 170, 60], [200, 40, 0]], dtype=np.float64)
# Low errors are drawn nearly transparent, so that the picture stays visible.
_OPACITY = np.array([45.0, 85.0, 140.0, 165.0])


def heat_colours(errors: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Colours (..., 4) RGBA, premultiplied, of relative errors; NaN is transparent."""
    known = np.isfinite(errors)
    place = np.log(np.clip(np.where(known, errors, STOPS[0]), STOPS[0], STOPS[-1]))
    opacity = np.interp(place, np.log(STOPS), _OPACITY)
    tones = [np.interp(place, np.log(STOPS), _COLOURS[:, band]) * opacity / 255 for band in range(3)]
    colours = np.stack([*tones, opacity], axis=-1)
    shown: NDArray[np.uint8] = np.rint(colours * known[..., None]).astype(np.uint8)
    return shown


def stripes(colour: QColor) -> QBrush:
    """The hatch that marks extrapolated parts."""
    return QBrush(colour, Qt.BrushStyle.BDiagPattern)


class HeatLayer(QGraphicsItem):
    """Paints a heat map stretched over the picture; keeps a pixmap of it at the present view."""

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.heat: HeatMap | None = None
        self._size = QRectF()
        self._kept = QPixmap()
        self._key: tuple[object, ...] = ()

    def set_heat(self, heat: HeatMap | None, size: tuple[int, int]) -> None:
        """Take another map, over a picture of (width, height)."""
        self.prepareGeometryChange()
        self.heat, self._size, self._key = heat, QRectF(0, 0, *size), ()
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        return self._size

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, /, widget: QWidget | None = None) -> None:  # noqa: ARG002
        if self.heat is None:
            return
        device, view = painter.device(), painter.worldTransform()
        key = (view.m11(), view.dx(), view.dy(), device.width(), device.height(), device.devicePixelRatio())
        if key != self._key:
            self._kept, self._key = self._drawn(self.heat, view, device.width(), device.height()), key
        painter.save()
        painter.resetTransform()
        painter.drawPixmap(0, 0, self._kept)
        painter.restore()

    def _drawn(self, heat: HeatMap, view: QTransform, width: int, height: int) -> QPixmap:
        kept = QPixmap(width, height)
        kept.fill(Qt.GlobalColor.transparent)
        painter = QPainter(kept)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        colours = np.ascontiguousarray(heat_colours(heat.errors))
        rows, columns = heat.errors.shape
        image = QImage(colours.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888_Premultiplied)
        area = view.mapRect(self._size)
        painter.drawImage(area, image)
        brush = stripes(QColor(16, 16, 20, 110))
        for row, start, stop in _runs(heat.extrapolated & np.isfinite(heat.errors)):
            left, right = (area.left() + area.width() * column / columns for column in (start, stop))
            top, bottom = (area.top() + area.height() * edge / rows for edge in (row, row + 1))
            painter.fillRect(QRectF(left, top, right - left, bottom - top), brush)
        painter.end()
        return kept


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Row, first and last + 1 column of every stretch of True."""
    edges = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    starts, stops = np.argwhere(edges == 1), np.argwhere(edges == -1)
    return [(int(row), int(first), int(last)) for (row, first), (_, last) in zip(starts, stops, strict=True)]
