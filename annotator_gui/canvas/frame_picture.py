"""The picture of the frame on screen: requested, awaited, shown; until it is there, a sentence stands in its place."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPixmap

from annotator_gui.canvas.backdrop import Backdrop
from annotator_gui.canvas.image_loader import ImageLoader
from annotator_gui.model.document import Document

PATIENCE = 150
"""Milliseconds that the previous picture stays: an empty view between two frames would flicker."""


class FramePicture(QObject):
    """Puts one picture after the other into a backdrop.

    Signals:
        shown: index of the picture that is on screen now.
        message: a sentence for the status bar.
        changed: the picture or `reason` has changed.
        unreadable: index of a picture that cannot be shown, and why.

    Attributes:
        loader: of the scene's pictures.
        reason: why there is no picture; "" = there is.
    """

    shown = Signal(int)
    message = Signal(str)
    changed = Signal()
    unreadable = Signal(int, str)

    def __init__(self, document: Document, backdrop: Backdrop, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.reason = ""
        self._document, self._backdrop, self._index = document, backdrop, 0
        self._waiting = QTimer(self, interval=PATIENCE, singleShot=True)
        self._waiting.timeout.connect(self._show_loading)
        self.loader = ImageLoader(document.dataset, document.images, self)
        self.loader.ready.connect(self._take)
        self.loader.failed.connect(self._fail)
        self.loader.turned.connect(self._warn_turned)

    def show(self, index: int) -> None:
        """Show another picture as soon as it is decoded."""
        self._index = index
        self._waiting.start()
        self.loader.request(index)

    def close(self) -> None:
        """Drop what waits to be decoded, and wait for what is being decoded."""
        self._waiting.stop()
        self.loader.close()

    def _take(self, index: int) -> None:
        picture = self.loader.pixmap(index)
        if index == self._index and picture is not None:
            self._show(picture, "")
            self.shown.emit(index)

    def _fail(self, index: int, reason: str) -> None:
        self.unreadable.emit(index, reason)
        if index == self._index:
            self._show(QPixmap(), reason)
            self.message.emit(reason)

    def _warn_turned(self, index: int) -> None:
        how = "as stored" if self._document.images[index].orientation == 1 else "turned"
        name = self._document.names[index]
        self.message.emit(f"{name} has an orientation tag; its pixels are shown {how}, which coordinates refer to")

    def _show_loading(self) -> None:
        self._show(QPixmap(), f"Loading frame {self._document.names[self._index]}…")

    def _show(self, picture: QPixmap, reason: str) -> None:
        self._waiting.stop()
        self.reason = reason
        self._backdrop.set_picture(picture, *map(float, self._document.size))
        self.changed.emit()
