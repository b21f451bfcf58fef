"""A document in terms of Qt: its edits as undo commands that swap immutable snapshots, its changes as signals."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, SignalInstance
from PySide6.QtGui import QUndoCommand, QUndoStack

from annotator_gui.model.changes import changed_places
from annotator_gui.model.document import Change, Document
from annotator_gui.model.project_notes import with_changed
from gta_head_tools.anchors.anchors import AnchorSet, Box


class ReplaceAnchors(QUndoCommand):
    """One edit, or a run of edits that is one entry of the undo stack.

    Args:
        document: it already shows `after`, so that an edit which is refused never gets on the stack.
            Where each picture is a scene of its own, `document` is set anew when the scene is opened again.
        before: the drawings without the edit.
        after: with it.
        text: what was done.
        run: consecutive edits of the same run become one entry; "" = an entry of its own.
    """

    def __init__(self, document: Document, before: AnchorSet, after: AnchorSet, text: str, run: str = "") -> None:
        super().__init__(text)
        self.document, self._before, self._after, self._run = document, before, after, run
        self._done = True

    @property
    def fits(self) -> bool:
        """True when the document shows what the edit was made to, or what it has made; notes of reviews may differ."""
        there = self._after if self._done else self._before
        return self.document.settled is there or with_changed(self.document.settled, ()) == with_changed(there, ())

    @property
    def places(self) -> dict[str, tuple[Box, ...]]:
        """What it changes, by short name of the picture; see `changed_places`."""
        return changed_places(self._before, self._after)

    def id(self) -> int:
        return 1 if self._run else -1

    def redo(self) -> None:
        if not self._done:
            self.document.apply(self._after, self.text())
        self._done = True

    def undo(self) -> None:
        self.document.apply(self._before, self.text())
        self._done = False

    def mergeWith(self, other: QUndoCommand) -> bool:  # noqa: N802 - Qt's name
        if not isinstance(other, ReplaceAnchors) or (other._run, other.document) != (self._run, self.document):
            return False
        self._after = other._after
        return True


def commit(stack: QUndoStack, document: Document, after: AnchorSet, text: str, run: str = "") -> None:
    """Make an edit that can be undone; nothing happens where nothing differs or the document is read only.

    Raises:
        GtaHeadError: an edit of heads that cannot be applied.
    """
    before = document.settled
    document.apply(after, text)
    if document.settled is not before:
        stack.push(ReplaceAnchors(document, before, after, text, run))


class DocumentBridge(QObject):
    """What a document tells its listeners, as signals without data: the document alone holds the truth.

    Signals:
        anchorsChanged: the drawings or the heads have changed, also in a preview.
        selectionChanged: other things are selected.
        savedChanged: the document was edited, or saved.
        fitChanged: the quality of the boxes was computed anew.
    """

    anchorsChanged = Signal()  # noqa: N815 - Qt's way of naming
    selectionChanged = Signal()  # noqa: N815
    savedChanged = Signal()  # noqa: N815
    fitChanged = Signal()  # noqa: N815

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        document.listeners.append(self._heard)

    def close(self) -> None:
        if self._heard in self._document.listeners:
            self._document.listeners.remove(self._heard)

    def _heard(self, what: Change) -> None:
        changed: SignalInstance = getattr(self, f"{what}Changed")
        changed.emit()
