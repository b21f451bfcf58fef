"""The dialogs that the window opens: export, proposals, contact sheet, keys and preferences."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtWidgets import QWidget

from annotator_gui import texts
from annotator_gui.canvas.canvas import Canvas
from annotator_gui.dialogs.contact_sheet import ContactSheet
from annotator_gui.dialogs.export_dialog import ExportDialog
from annotator_gui.dialogs.key_help import KeyHelp, Preferences
from annotator_gui.dialogs.questions import Questions
from annotator_gui.settings import Settings
from annotator_gui.window.steps import ProposalSteps
from annotator_gui.window.workbench import Workbench
from gta_head_tools.errors import GtaHeadError


class WindowDialogs(QObject):
    """Opens the dialogs, one at a time, over the window.

    Signals:
        preferred: the preferences have changed.
        next_asked: the user wants the next unfinished scene.
    """

    preferred = Signal()
    next_asked = Signal()
    questions: Questions

    def __init__(
        self, bench: Workbench, canvas: Canvas, settings: Settings, proposals: ProposalSteps, window: QWidget
    ) -> None:
        super().__init__(window)
        self._bench, self._canvas, self._settings, self._window = bench, canvas, settings, window
        self._proposals = proposals

    def export(self) -> None:
        """Ask how to write the boxes, or the head points of a scene without an anchor."""
        session, quality = self._bench.session, self._bench.quality
        if session is None or session.document is None or quality is None or not self._bench.saver.save():
            return
        path, choice = session.document.path, self._settings.export(session.document.path)
        if not session.document.anchors.fitted and quality.expected is None:
            # COCO holds heads with and without a box.
            to = "coco" if quality.given or session.document.anchors.pins else "csv"
            choice = replace(choice, boxes=False, to=to, out=None)
        ask = self.questions.folder
        dialog = ExportDialog(session, quality, choice, choose_folder=ask, parent=self._window)
        dialog.next_asked.connect(self.next_asked)

        def keep() -> None:
            if dialog.written and dialog.choice.boxes:
                self._settings.keep_export(path, dialog.choice)
            if not dialog.writing:
                dialog.deleteLater()

        def tell(text: str) -> None:
            if not dialog.isVisible():
                self._bench.message.emit(text.replace("\n", " "))
                keep()

        dialog.finished.connect(keep)
        dialog.ended.connect(tell)
        dialog.open()

    def load_proposals(self) -> None:
        document = self._bench.document
        path = self.questions.file("Predictions file", document.path.parent) if document else None
        if path is not None:
            try:
                self._bench.load_proposals(path)
            except GtaHeadError as error:
                self.questions.tell(texts.CANNOT_OPEN, str(error))

    def accept_above(self) -> None:
        """Ask for a score, and accept the proposals of the frame that have it."""
        score = self.questions.score("Accept every proposal of this frame whose score is at least", self._best())
        if score is not None:
            self._proposals.accept_above(score)

    def accept_scene(self) -> None:
        """Ask for a score, and accept the proposals of all frames that have it."""
        score = self.questions.score("Accept every proposal of the whole scene whose score is at least", self._best())
        if score is not None:
            self._proposals.accept_scene(score)

    def contact_sheet(self) -> None:
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
        dialog = Preferences(self._settings, self._window)
        dialog.accepted.connect(self.preferred)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def keys(self) -> None:
        dialog = KeyHelp(self._settings.keys, self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _best(self) -> float:
        return self._bench.proposals.best if self._bench.proposals else 1.0
