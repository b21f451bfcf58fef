"""What a document tells its listeners, as signals. They carry nothing: the document is the one holder of truth."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from annotator_gui.model.document import Change, Document


class DocumentBridge(QObject):
    """Signals of one document.

    Signals:
        anchorsChanged: drawings or heads are other ones, also in a preview.
        selectionChanged: other things are selected.
        savedChanged: what is on disk is now what is shown, or not any more.
        fitChanged: new numbers of the scene are there.
    """

    anchorsChanged = Signal()  # noqa: N815 - Qt's way of naming
    selectionChanged = Signal()  # noqa: N815
    savedChanged = Signal()  # noqa: N815
    fitChanged = Signal()  # noqa: N815

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        document.listeners.append(self._heard)

    def close(self) -> None:
        """Stop listening."""
        if self._heard in self.document.listeners:
            self.document.listeners.remove(self._heard)

    def _heard(self, what: Change) -> None:
        signals = {
            "anchors": self.anchorsChanged,
            "selection": self.selectionChanged,
            "saved": self.savedChanged,
            "fit": self.fitChanged,
        }
        signals[what].emit()
