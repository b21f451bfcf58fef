"""The boxes that the window opens: export, proposals, contact sheet, keys and preferences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtWidgets import QWidget

from annotator_gui import texts
from annotator_gui.canvas.canvas import Canvas
from annotator_gui.dialogs.contact_sheet import ContactSheet
from annotator_gui.dialogs.export_dialog import ExportDialog
from annotator_gui.dialogs.key_help import KeyHelp, Preferences
from annotator_gui.dialogs.questions import Questions
from annotator_gui.settings import Settings
from annotator_gui.window.proposal_steps import ProposalSteps
from annotator_gui.window.workbench import Workbench
from gta_head_tools.errors import GtaHeadError


class WindowDialogs(QObject):
    """Opens them one at a time, over the window.

    Signals:
        preferred: the preferences are other ones.
        next_asked: the user wants the next unfinished scene.
    """

    preferred = Signal()
    next_asked = Signal()
    questions: Questions

    def __init__(self, bench: Workbench, canvas: Canvas, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._bench, self._canvas, self._settings, self._window = bench, canvas, settings, window
        self.proposals = ProposalSteps(bench, canvas)

    def export(self) -> None:
        """Ask how to write the boxes; the head points, where nothing has an anchor."""
        session, numbers = self._bench.session, self._bench.fit.numbers if self._bench.fit else None
        if session is None or session.document is None or numbers is None or not self._bench.saver.save():
            return
        path, choice = session.document.path, self._settings.export(session.document.path)
        if not session.document.anchors.anchors:
            choice = replace(choice, boxes=False, to="csv", out=None)
        dialog = ExportDialog(session, numbers, choice, choose_folder=self._folder, parent=self._window)
        dialog.next_asked.connect(self.next_asked)

        def keep() -> None:
            if dialog.written and dialog.choice.boxes:
                self._settings.keep_export(path, dialog.choice)
            if not dialog.writing:
                dialog.deleteLater()

        def tell(text: str) -> None:
            if not dialog.isVisible():
                self._bench.said.emit(text.replace("\n", " "))
                keep()

        dialog.finished.connect(keep)
        dialog.ended.connect(tell)
        dialog.open()

    def load_proposals(self) -> None:
        """Ask for a predictions file."""
        document = self._bench.document
        path = self.questions.file(texts.PROPOSALS_FILE, document.path.parent) if document else None
        if path is not None:
            self._try(lambda: self._bench.load_proposals(path))

    def accept_above(self) -> None:
        """Ask for a score, and take over the proposals that have it."""
        score = self.questions.score("Accept every proposal of this frame whose score is at least", self._best())
        if score is not None:
            self.proposals.accept_above(score)

    def accept_scene(self) -> None:
        """Ask for a score, and take over the proposals of all frames that have it."""
        score = self.questions.score("Accept every proposal of the whole scene whose score is at least", self._best())
        if score is not None:
            self.proposals.accept_scene(score)

    def contact_sheet(self) -> None:
        """Show twelve frames."""
        document, fit = self._bench.document, self._bench.fit
        if document is None or fit is None:
            return
        left, top = self._canvas.at.to_image((0, 0))
        right, bottom = self._canvas.at.to_image(self._canvas.room)
        part = QRectF(left, top, right - left, bottom - top)
        sheet = ContactSheet(document, fit, self._bench.index, part, parent=self._window)
        sheet.chosen.connect(self._bench.go)
        sheet.finished.connect(sheet.deleteLater)
        sheet.open()

    def preferences(self) -> None:
        """Ask for colours, wheel and keys."""
        dialog = Preferences(self._settings, self._window)
        dialog.accepted.connect(self.preferred)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def keys(self) -> None:
        """Show all keys."""
        dialog = KeyHelp(self._settings.keys, self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _best(self) -> float:
        return self._bench.proposals.best if self._bench.proposals else 1.0

    def _folder(self, start: Path) -> Path | None:
        return self.questions.folder(start)

    def _try(self, what: Callable[[], None]) -> None:
        try:
            what()
        except GtaHeadError as error:
            self.questions.tell(texts.CANNOT_OPEN, str(error))
