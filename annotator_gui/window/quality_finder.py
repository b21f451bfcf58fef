"""The numbers of the whole scene, looked for in the background a moment after the last edit; stale ones are dropped."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from annotator_gui.model.document import Document
from annotator_gui.model.live_fit import LiveFit
from annotator_gui.model.quality import SceneNumbers

REST = 150
"""Milliseconds after the last edit."""


class _Result(QObject):
    found = Signal(object, object)


class _Search(QRunnable):
    """Looks at the scene in a thread of the pool."""

    def __init__(self, fit: LiveFit, document: Document, result: _Result) -> None:
        super().__init__()
        self._fit, self._document, self._result = fit, document, result

    def run(self) -> None:
        numbers = None
        try:
            numbers = self._fit.full(self._document)
        finally:
            # Also after an error that nobody thought of: the next edit is looked at all the same.
            self._result.found.emit(self._fit, numbers)


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
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._busy = self._again = False
        self._result = _Result(self)
        self._result.found.connect(self._take)
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
        self._pool.waitForDone()

    def _start(self) -> None:
        if self._fit is None or self._document is None:
            return
        # One at a time: what is asked for while one runs is asked for again when it ends.
        self._again = self._busy
        if not self._busy:
            self._busy = True
            self._pool.start(_Search(self._fit, self._document, self._result))

    def _take(self, fit: LiveFit, numbers: SceneNumbers | None) -> None:
        self._busy = False
        if self._again or fit is not self._fit:
            self._start()
        document = self._document
        if fit is not self._fit or document is None or numbers is None or self._again:
            return
        if numbers.anchors is not document.settled:
            return
        fit.numbers = numbers
        document.fitted()
        self.found.emit()
