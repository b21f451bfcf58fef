"""Twelve frames side by side, cut to what is seen on the canvas: boxes that jump from frame to frame show here."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QIcon, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from annotator_gui import theme, words
from annotator_gui.document import Document
from annotator_gui.fitting import LiveFit
from annotator_gui.image_loader import decode
from gta_head_tools.errors import GtaHeadError

FRAMES = 12
TILE = QSize(320, 200)
_INDEX = Qt.ItemDataRole.UserRole


class _Decoded(QObject):
    done = Signal(int, QImage)


class _Decoding(QRunnable):
    """Decodes one frame; nothing comes of one that cannot be read, its tile stays empty."""

    def __init__(self, document: Document, index: int, part: QRectF, told: _Decoded) -> None:
        super().__init__()
        self._document, self._index, self._part, self._told = document, index, part, told

    def run(self) -> None:
        document, part = self._document, self._part
        try:
            whole = decode(document.dataset, document.images[self._index])
        except (GtaHeadError, OSError):
            return
        across, down = whole.width() / document.size[0], whole.height() / document.size[1]
        cut = QRectF(part.x() * across, part.y() * down, part.width() * across, part.height() * down)
        self._told.done.emit(self._index, whole.copy(cut.toAlignedRect()))


class ContactSheet(QDialog):
    """Frames from the present one on.

    Args:
        document: the scene.
        fit: of its boxes.
        first: index of the present frame.
        part: of the pictures that is seen on the canvas, in pixels of the anchor file.

    Signals:
        chosen: index of a frame that the user wants to see.
    """

    chosen = Signal(int)

    def __init__(
        self, document: Document, fit: LiveFit, first: int, part: QRectF, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(words.SHEET_TITLE)
        self._document, self._fit = document, fit
        self._part = part.intersected(QRectF(0, 0, *document.size)) or QRectF(0, 0, *document.size)
        self._told = _Decoded(self)
        self._told.done.connect(self._take)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(2)
        self.sheet = QListWidget()
        self.sheet.setAccessibleName(words.SHEET_TITLE)
        self.sheet.setViewMode(QListView.ViewMode.IconMode)
        self.sheet.setResizeMode(QListView.ResizeMode.Adjust)
        self.sheet.setMovement(QListView.Movement.Static)
        self.sheet.setUniformItemSizes(True)
        self.sheet.setIconSize(TILE)
        self.sheet.itemActivated.connect(self._choose)
        self.sheet.itemClicked.connect(self._choose)
        self.earlier, self.later = QPushButton(words.SHEET_PREVIOUS), QPushButton(words.SHEET_NEXT)
        self.earlier.clicked.connect(lambda: self.show_from(self.first - FRAMES))
        self.later.clicked.connect(lambda: self.show_from(self.first + FRAMES))
        buttons = QHBoxLayout()
        buttons.addWidget(self.earlier)
        buttons.addStretch()
        buttons.addWidget(self.later)
        layout = QVBoxLayout(self)
        layout.addWidget(self.sheet)
        layout.addLayout(buttons)
        self.resize(1080, 760)
        self.show_from(first)

    def show_from(self, first: int) -> None:
        """Show the twelve frames from this one on, or the last twelve."""
        count = len(self._document.images)
        self.first = max(0, min(first, count - FRAMES))
        self.earlier.setEnabled(self.first > 0)
        self.later.setEnabled(self.first + FRAMES < count)
        self._pool.clear()
        self.sheet.clear()
        empty = QPixmap(TILE)
        empty.fill(self.palette().window().color())
        for index in range(self.first, min(self.first + FRAMES, count)):
            name, heads = self._document.names[index], len(self._document.heads(index))
            item = QListWidgetItem(QIcon(empty), f"{name} · {heads:,}")
            item.setData(_INDEX, index)
            self.sheet.addItem(item)
            self._pool.start(_Decoding(self._document, index, self._part, self._told))
        self.sheet.setCurrentRow(0)

    def done(self, result: int) -> None:
        """Close; waits for what is being decoded."""
        self._pool.clear()
        self._pool.waitForDone()
        super().done(result)

    def _take(self, index: int, picture: QImage) -> None:
        row = index - self.first
        item = self.sheet.item(row) if 0 <= row < self.sheet.count() else None
        if item is not None and not picture.isNull():
            item.setIcon(QIcon(self._tile(index, picture)))

    def _tile(self, index: int, picture: QImage) -> QPixmap:
        """The part of one frame with its boxes, as large as a tile."""
        ratio = self.devicePixelRatioF()
        tile = QPixmap(TILE * ratio)
        tile.setDevicePixelRatio(ratio)
        tile.fill(Qt.GlobalColor.transparent)
        part = self._part
        scale = min(TILE.width() / part.width(), TILE.height() / part.height())
        shown = QRectF(QPointF(0, 0), part.size() * scale)
        shown.moveCenter(QPointF(TILE.width() / 2, TILE.height() / 2))
        painter = QPainter(tile)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(shown, picture)
        painter.setClipRect(shown)
        painter.setPen(QPen(theme.BOX, 0))
        boxes = self._fit.quick_boxes(self._document, index)[0]
        corner = np.array([part.x(), part.y()])
        for x0, y0, x1, y1 in ((boxes[np.isfinite(boxes).all(axis=1)] - np.tile(corner, 2)) * scale).tolist():
            painter.drawRect(QRectF(shown.x() + x0, shown.y() + y0, x1 - x0, y1 - y0))
        painter.end()
        return tile

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(int(item.data(_INDEX)))
        self.accept()
