"""The numbers of the whole scene, looked for in the background a moment after the last edit; stale ones are dropped."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from annotator_gui.background import Background
from annotator_gui.model.document import Document
from annotator_gui.model.live_fit import LiveFit
from annotator_gui.model.quality import SceneNumbers

REST = 150
"""Milliseconds after the last edit."""


class NumberFinder(QObject):
    """Keeps `LiveFit.numbers` up to date with the drawings.

    Signals:
        found: there are new numbers of the scene that is open.
    """

    found = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fit: LiveFit | None = None
        self._document: Document | None = None
        self._background = Background(self, threads=1)
        self._timer = QTimer(self, singleShot=True, interval=REST)
        self._timer.timeout.connect(self._start)

    @property
    def fresh(self) -> bool:
        """True when the numbers are those of what is drawn."""
        numbers = self._fit.numbers if self._fit else None
        return numbers is not None and self._document is not None and numbers.anchors is self._document.settled

    def follow(self, fit: LiveFit | None, document: Document | None) -> None:
        """Look at another scene from now on; None = at none."""
        self._fit, self._document = fit, document
        self.again()

    def again(self) -> None:
        """Look once more, as with other heads to pass over."""
        self._timer.stop()
        self._background.drop()
        if self._fit is not None:
            self._fit.numbers = None
            self._start()

    def edited(self) -> None:
        """Something was drawn."""
        if self._fit is not None and not self.fresh:
            self._timer.start()

    def close(self) -> None:
        """Wait for what has begun."""
        self.follow(None, None)
        self._background.close()

    def _start(self) -> None:
        fit, document = self._fit, self._document
        if fit is not None and document is not None:
            self._background.run(lambda: fit.full(document), self._take, key="quality")

    def _take(self, numbers: SceneNumbers) -> None:
        # The scene may show other drawings by now; the timer of the edit asks for theirs.
        if self._fit is not None and self._document is not None and numbers.anchors is self._document.settled:
            self._fit.numbers = numbers
            self._document.fitted()
            self.found.emit()
