"""Undo: one command that swaps immutable snapshots of what is drawn."""

from __future__ import annotations

from PySide6.QtGui import QUndoCommand, QUndoStack

from annotator_gui.model.document import Document
from gta_head_tools.anchors.anchors import AnchorSet


class ReplaceAnchors(QUndoCommand):
    """One edit, or a run of edits that the user takes for one.

    Args:
        document: already shows `after`; so that an edit which cannot be made is never on the stack.
        before: the drawings without the edit.
        after: with it.
        text: what was done.
        run: edits of the same run, one after the other, become one entry; "" = of no run.
    """

    def __init__(self, document: Document, before: AnchorSet, after: AnchorSet, text: str, run: str = "") -> None:
        super().__init__(text)
        self._document, self._before, self._after, self._run = document, before, after, run
        self._done = True

    def id(self) -> int:
        return 1 if self._run else -1

    def redo(self) -> None:
        if not self._done:
            self._document.apply(self._after, self.text())
        self._done = True

    def undo(self) -> None:
        self._document.apply(self._before, self.text())
        self._done = False

    def mergeWith(self, other: QUndoCommand) -> bool:  # noqa: N802 - Qt's name
        if not isinstance(other, ReplaceAnchors) or other._run != self._run:
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
