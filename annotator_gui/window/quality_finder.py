"""The quality of the scene's boxes, computed in the background a moment after the last edit."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from annotator_gui.background import Background
from annotator_gui.model.document import Document
from annotator_gui.model.live_fit import LiveFit
from annotator_gui.model.quality import SceneQuality

REST = 150
"""Milliseconds after the last edit."""


class QualityFinder(QObject):
    """Keeps `LiveFit.quality` up to date with the drawings.

    Signals:
        found: the quality was computed anew.
    """

    found = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fit: LiveFit | None = None
        self._document: Document | None = None
        self._background = Background(self, pool="quality")
        self._timer = QTimer(self, singleShot=True, interval=REST)
        self._timer.timeout.connect(self._start)

    @property
    def fresh(self) -> bool:
        """True when the quality belongs to the present drawings."""
        quality = self._fit.quality if self._fit else None
        return quality is not None and self._document is not None and quality.anchors is self._document.settled

    def follow(self, fit: LiveFit | None, document: Document | None) -> None:
        """Take another scene; None = no scene."""
        self._fit, self._document = fit, document
        self.recompute()

    def recompute(self) -> None:
        """Compute the quality anew, as when a suggestion was skipped."""
        self._timer.stop()
        self._background.drop()
        if self._fit is not None:
            self._fit.quality = None
            self._start()

    def edited(self) -> None:
        if self._fit is not None and not self.fresh:
            self._timer.start()

    def close(self) -> None:
        """Forget the scene, and wait for a job that has begun."""
        self.follow(None, None)
        self._background.close()

    def _start(self) -> None:
        fit, document = self._fit, self._document
        if fit is not None and document is not None:
            self._background.run(lambda: fit.assess(document), self._take, key="quality")

    def _take(self, quality: SceneQuality) -> None:
        # If the drawings have changed meanwhile, the timer that their edit has started computes their quality.
        if self._fit is not None and self._document is not None and quality.anchors is self._document.settled:
            self._fit.quality = quality
            self._document.fitted()
            self.found.emit()
