"""The contact sheet: twelve frames side by side at the view of the canvas, to find boxes that jump between frames."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
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

from annotator_gui import theme
from annotator_gui.background import Background
from annotator_gui.canvas.image_loader import decode
from annotator_gui.model.document import Document
from annotator_gui.model.live_fit import LiveFit

_SHEET_TITLE = "Contact sheet"

COLUMNS, ROWS = 4, 3
FRAMES = COLUMNS * ROWS
SHARE = 0.92
"""Share of the window that the sheet covers."""
_GAP = 6
_INDEX = Qt.ItemDataRole.UserRole


def _decode_part(document: Document, index: int, part: QRectF) -> QImage:
    """A part of one frame, given in pixels of the anchor file."""
    whole = decode(document.dataset, document.images[index])
    across, down = whole.width() / document.size[0], whole.height() / document.size[1]
    cut = QRectF(part.x() * across, part.y() * down, part.width() * across, part.height() * down)
    return whole.copy(cut.toAlignedRect())


class ContactSheet(QDialog):
    """Shows the frames from the present one on.

    Args:
        document: the scene.
        fit: of the scene's boxes.
        first: index of the present frame.
        part: of the pictures that the canvas shows, in pixels of the anchor file.

    Signals:
        chosen: index of a frame that the user wants to see.
    """

    chosen = Signal(int)

    def __init__(
        self, document: Document, fit: LiveFit, first: int, part: QRectF, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(_SHEET_TITLE)
        self._document, self._fit, self._present = document, fit, first
        self._part = part.intersected(QRectF(0, 0, *document.size)) or QRectF(0, 0, *document.size)
        room = (parent.window().size() if parent is not None else QSize(1200, 780)) * SHARE
        self._tile = self._find_tile(room)
        self._background = Background(self, pool="contact sheet", threads=2)
        self.sheet = QListWidget()
        self.sheet.setAccessibleName(_SHEET_TITLE)
        self.sheet.setViewMode(QListView.ViewMode.IconMode)
        self.sheet.setResizeMode(QListView.ResizeMode.Adjust)
        self.sheet.setMovement(QListView.Movement.Static)
        self.sheet.setUniformItemSizes(True)
        self.sheet.setIconSize(self._tile)
        self.sheet.setSpacing(_GAP // 2)
        self.sheet.itemActivated.connect(self._choose)
        self.sheet.itemClicked.connect(self._choose)
        self.earlier, self.later = QPushButton("&Earlier frames"), QPushButton("&Later frames")
        self.earlier.clicked.connect(lambda: self.show_from(self.first - FRAMES))
        self.later.clicked.connect(lambda: self.show_from(self.first + FRAMES))
        buttons = QHBoxLayout()
        buttons.addWidget(self.earlier)
        buttons.addStretch()
        buttons.addWidget(self.later)
        layout = QVBoxLayout(self)
        layout.addWidget(self.sheet)
        layout.addLayout(buttons)
        self.resize(room.width(), round(ROWS * self._cell(self._tile.height()) + self._rest()))
        self.show_from(first)

    def show_from(self, first: int) -> None:
        """Show the twelve frames from this one on, or the last twelve."""
        count = len(self._document.images)
        self.first = max(0, min(first, count - FRAMES))
        self.earlier.setEnabled(self.first > 0)
        self.later.setEnabled(self.first + FRAMES < count)
        self._background.drop()
        self.sheet.clear()
        empty = QPixmap(self._tile)
        empty.fill(self.palette().window().color())
        for index in range(self.first, min(self.first + FRAMES, count)):
            name, heads = self._document.names[index], len(self._document.heads(index))
            item = QListWidgetItem(QIcon(empty), f"{name} · {heads:,} heads")
            item.setData(_INDEX, index)
            self.sheet.addItem(item)
            # A picture that cannot be read leaves its tile empty, and says why in its tool tip.
            self._background.run(
                partial(_decode_part, self._document, index, self._part),
                partial(self._show_tile, item, index),
                item.setToolTip,
                key=index,
            )
        self.sheet.setCurrentRow(min(max(0, self._present - self.first), self.sheet.count() - 1))

    def done(self, result: int) -> None:
        """Close the dialog, and wait for the pictures that are being decoded."""
        self._background.close()
        super().done(result)

    def _show_tile(self, item: QListWidgetItem, index: int, picture: QImage) -> None:
        tile, icon = self._draw(index, picture), QIcon()
        # The same tile for both modes: Qt would tint that of the selected frame.
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
            icon.addPixmap(tile, mode)
        item.setIcon(icon)

    def _find_tile(self, room: QSize) -> QSize:
        """The largest size of a tile at which a dialog of that size shows all frames at once."""
        width = (room.width() - 6 * _GAP - self.fontMetrics().height()) / COLUMNS - 2 * _GAP
        height = (room.height() - self._rest()) / ROWS - self._cell(0)
        return (self._part.size() * min(width / self._part.width(), height / self._part.height())).toSize()

    def _cell(self, height: float) -> float:
        """Height of a cell with a picture of that height and the frame's name."""
        return height + 2 * _GAP + self.fontMetrics().height()

    def _rest(self) -> float:
        """Height of the dialog around its rows."""
        return 6 * _GAP + 3 * self.fontMetrics().height()

    def _draw(self, index: int, picture: QImage) -> QPixmap:
        """The part of one frame with its boxes, as large as a tile."""
        ratio = self.devicePixelRatioF()
        tile = QPixmap(self._tile * ratio)
        tile.setDevicePixelRatio(ratio)
        tile.fill(Qt.GlobalColor.transparent)
        part, shown = self._part, QRectF(QPointF(0, 0), self._tile.toSizeF())
        scale = shown.width() / part.width()
        painter = QPainter(tile)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(shown, picture)
        painter.setPen(QPen(theme.BOX, 0))
        boxes = self._fit.quick_boxes(self._document, index)[0]
        corner = np.array([part.x(), part.y()])
        for x0, y0, x1, y1 in ((boxes[np.isfinite(boxes).all(axis=1)] - np.tile(corner, 2)) * scale).tolist():
            painter.drawRect(QRectF(x0, y0, x1 - x0, y1 - y0))
        painter.end()
        return tile

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(int(item.data(_INDEX)))
        self.accept()
