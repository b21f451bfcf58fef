"""The picture of the frame on screen: asked for, waited for, shown; and what is told in its place until it is there."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPixmap

from annotator_gui.canvas.backdrop import Backdrop
from annotator_gui.canvas.image_loader import ImageLoader
from annotator_gui.model.document import Document

PATIENCE = 150
"""Milliseconds that the picture before stays: an empty view between two frames would flicker."""


class FramePicture(QObject):
    """Puts one picture after the other into a backdrop.

    Signals:
        shown: index of the picture that is seen now.
        failed: index of the one on screen that cannot be read, and why.
        turned: index of the first picture with an orientation tag.
        told: `message` is another one.

    Attributes:
        loader: of the scene's pictures.
        message: why there is no picture; "" = there is.
    """

    shown = Signal(int)
    failed = Signal(int, str)
    turned = Signal(int)
    told = Signal()

    def __init__(self, document: Document, backdrop: Backdrop, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.message = ""
        self._document, self._backdrop, self._index = document, backdrop, 0
        self._waiting = QTimer(self, interval=PATIENCE, singleShot=True)
        self._waiting.timeout.connect(self._tell_loading)
        self.loader = ImageLoader(document.dataset, document.images, self)
        self.loader.ready.connect(self._take)
        self.loader.failed.connect(self._fail)
        self.loader.turned.connect(self.turned)

    def show(self, index: int) -> None:
        """Show another picture as soon as it is decoded."""
        self._index = index
        self._waiting.start()
        self.loader.request(index)

    def close(self) -> None:
        """Wait for what is being decoded, and forget it."""
        self._waiting.stop()
        self.loader.close()

    def _take(self, index: int) -> None:
        picture = self.loader.pixmap(index)
        if index == self._index and picture is not None:
            self._show(picture, "")
            self.shown.emit(index)

    def _fail(self, index: int, reason: str) -> None:
        if index == self._index:
            self._show(QPixmap(), reason)
            self.failed.emit(index, reason)

    def _tell_loading(self) -> None:
        self._show(QPixmap(), f"Loading frame {self._document.names[self._index]}…")

    def _show(self, picture: QPixmap, message: str) -> None:
        self._waiting.stop()
        self.message = message
        self._backdrop.set_picture(picture, *map(float, self._document.size))
        self.told.emit()
