"""The data set that is open, its scene, and everything that is done to it without a widget.

The window shows what it finds here; signals without data tell it when to look again.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from annotator_gui.canvas.undo import DocumentBridge, ReplaceAnchors, commit
from annotator_gui.gestures.grips import find_anchor
from annotator_gui.model.document import Document
from annotator_gui.model.live_fit import LiveFit
from annotator_gui.model.pages import Pages
from annotator_gui.model.project_notes import with_skipped
from annotator_gui.model.proposal_files import read_predictions, read_proposals
from annotator_gui.model.proposals import Proposals
from annotator_gui.model.quality import SceneQuality
from annotator_gui.model.session import Session
from annotator_gui.window.quality_finder import QualityFinder
from annotator_gui.window.saver import Saver
from gta_head_tools.anchors.anchors import AnchorSet, Use
from gta_head_tools.anchors.drawings import set_reviewed, turn_into
from gta_head_tools.anchors.drawn_boxes import Ref, set_use
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import GtaHeadError
from gta_head_tools.interpolation.suggestions import Suggestion


class Workbench(QObject):
    """What is open.

    Signals:
        opened: another scene was opened, or the scene was closed.
        moved: another frame is to be shown.
        edited: the drawings have changed, also in a preview.
        selected: something else is selected.
        assessed: the quality of the scene's boxes was computed anew.
        scene_asked: name of the scene to open for the picture that the user goes to.
        message: a sentence for the status bar.
    """

    opened = Signal()
    moved = Signal()
    edited = Signal()
    selected = Signal()
    assessed = Signal()
    scene_asked = Signal(str)
    message = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session: Session | None = None
        self.fit: LiveFit | None = None
        self.proposals: Proposals | None = None
        self.stack = QUndoStack(self)
        self.saver = Saver(self)
        self.finder = QualityFinder(self)
        self.finder.found.connect(self._assessed)
        self._bridge: DocumentBridge | None = None
        self._predicted: tuple[Path, Dataset] | None = None

    @property
    def document(self) -> Document | None:
        """The open scene."""
        return self.session.document if self.session else None

    @property
    def index(self) -> int:
        """Index of the frame that is shown."""
        return self.session.current if self.session else 0

    @property
    def quality(self) -> SceneQuality | None:
        """Of the scene's boxes; None = not computed yet."""
        return self.fit.quality if self.fit else None

    @property
    def pages(self) -> Pages | None:
        """What next and previous go over; None without a scene."""
        return self.session.pages if self.session else None

    @property
    def place(self) -> int:
        """Of the picture that is shown, in `pages`."""
        return self.session.place if self.session else 0

    def take(self, session: Session) -> None:
        """Work on a data set in place of the present one; no scene of it is open yet.

        Raises:
            GtaHeadError: the old one cannot be saved; nothing is changed then.
        """
        self.leave()
        self.stack.clear()
        self._predicted = None
        self.session = session
        self.saver.follow(session)

    def enter(self, scene: str) -> None:
        """Open a scene of the data set in place of the present one.

        Raises:
            GtaHeadError: it cannot be opened, or the old one cannot be saved; nothing is changed then.
        """
        if self.session is None:
            raise ValueError("no data set is open")
        before = self.document
        try:
            document = self.session.open(scene)
        except BaseException:
            if self.document is not before:
                self._forget()
                self.opened.emit()
            raise
        self._forget()
        self.saver.follow(self.session)
        self.fit = LiveFit(document, self.session.shared_scale)
        self._bridge = DocumentBridge(document, self)
        self._bridge.anchorsChanged.connect(self._edited)
        self._bridge.selectionChanged.connect(self.selected)
        self._bridge.savedChanged.connect(self.saver.edited)
        problem = self._propose_again(document)
        self.opened.emit()
        if problem:
            self.message.emit(problem)
        self.finder.follow(self.fit, document)

    def leave(self) -> None:
        """Save and close the scene; the data set stays open.

        Raises:
            GtaHeadError: it cannot be saved; it stays open.
        """
        if self.session is not None:
            self.session.close()
        self._forget()
        self.opened.emit()

    def abandon(self) -> None:
        if self.session is not None:
            self.session.abandon()
        self.stack.clear()
        self._forget()
        self.opened.emit()

    def close(self) -> None:
        """Wait for the jobs in the background."""
        self._forget()
        self.finder.close()

    def turn(self, place: int) -> None:
        """Show another picture of `pages`, or the nearest there is. Keys, list, slider and menu all come here."""
        pages = self.pages
        if self.session is None or pages is None:
            return
        if not self.session.each_alone:
            self.go(place)
            return
        name = pages.names[min(max(place, 0), len(pages.names) - 1)]
        if self.document is not None and name != self.document.scene.name:
            self.scene_asked.emit(name)

    def go(self, index: int) -> None:
        """Show another frame of the open scene, or the nearest there is."""
        if self.session is None or self.document is None:
            return
        before = self.session.current
        if self.session.go(index) != before:
            self.saver.save()
            self.moved.emit()

    def step(self, by: int) -> None:
        self.turn(self.place + by)

    def go_last(self) -> None:
        self.turn(len(self.pages.names) - 1 if self.pages else 0)

    def go_unreviewed(self, step: int) -> None:
        """Show the next frame (-1: the previous one) that is not reviewed."""
        found = self.session.next_unreviewed(step) if self.session and self.document else None
        if found is None:
            self.message.emit(f"Every {self.pages.word if self.pages else 'frame'} is reviewed")
        else:
            self.turn(found)

    def review(self, *, value: bool) -> None:
        """Mark the frame as reviewed, or take the mark back."""
        if self.document is not None:
            name = self.document.names[self.index]
            if value and self.fit is not None and self.quality and name in self.quality.changed:
                self.fit.looked_again([name])
                self.finder.recompute()
            text = f"Mark frame {name} reviewed" if value else f"Take the mark off frame {name}"
            self.commit(set_reviewed(self.document.settled, [name], value), text)

    def undo(self) -> None:
        """Take the last edit back, in the frame that it is in, and say which one it was."""
        text = self.stack.undoText()
        if self._go_to_edit(self.stack.index() - 1):
            self.stack.undo()
            self.message.emit(f"Taken back: {text}")

    def redo(self) -> None:
        """Do again what was taken back, in the frame that it is in, and say what it is."""
        text = self.stack.redoText()
        if self._go_to_edit(self.stack.index()):
            self.stack.redo()
            self.message.emit(f"Done again: {text}")

    def _go_to_edit(self, number: int) -> bool:
        """Show a frame that an edit of the undo stack changes, unless the present one is among them.

        Returns:
            False when the edit can be neither taken back nor done again now; the user is told why.
        """
        edit = self.stack.command(number)
        if self.document is None or not isinstance(edit, ReplaceAnchors):
            return False
        name = edit.document.scene.name
        if name != self.document.scene.name:
            self.scene_asked.emit(name)
        document = self.document
        if document is None or document.scene.name != name:
            return False  # The picture could not be opened, which was told.
        edit.document = document
        if document.readonly or not edit.fits:
            # The edits stay on the stack when the picture is read only: another process may release it.
            reason = f"read only: {document.readonly}" if document.readonly else "changed by another program"
            if not document.readonly:
                self.stack.clear()
            self.message.emit(f"Earlier edits cannot be taken back: {name} is {reason}")
            return False
        places = [document.index(image) for image in edit.places]
        if places and self.index not in places:
            self.go(min(places, key=lambda index: abs(index - self.index)))
        return True

    def toggle_reviewed(self) -> None:
        """Mark the frame as reviewed; if it is marked, take the mark back."""
        self.review(value=not self.is_reviewed)

    def review_and_go_on(self) -> None:
        """Mark the frame as reviewed, and show the next one that is not."""
        self.review(value=True)
        self.go_unreviewed(1)

    @property
    def is_reviewed(self) -> bool:
        """Whether the frame is marked as reviewed, and has not changed since."""
        if self.document is None:
            return False
        name, changed = self.document.names[self.index], self.quality.changed if self.quality else ()
        return name in self.document.anchors.reviewed and name not in changed

    @property
    def suggestion(self) -> Suggestion | None:
        """The head to box next, in a picture that is there; None = not known, or there is none."""
        document, quality = self.document, self.quality
        found = quality.suggestions if quality else ()
        return next((head for head in found if document is not None and document.pictured[head.image]), None)

    def skip(self) -> bool:
        """Do not offer the suggested head again in this scene; False when there is none."""
        document, suggestion = self.document, self.suggestion
        if document is None or suggestion is None or not self.finder.fresh:
            return False
        drawn = with_skipped(document.settled, document.names[suggestion.image], suggestion.point)
        self.commit(drawn, "Skip suggested head")
        return True

    def set_use(self, use: Use) -> None:
        """Trust the selected anchors, or leave them out; when they have that use already, take it back."""
        document, chosen = self.document, self._chosen_anchors()
        if document is None or not chosen:
            return
        drawn = document.settled
        anchors = (find_anchor(drawn, ref) for ref in chosen)
        taken_back = all(anchor is not None and anchor.use == use for anchor in anchors)
        for ref in chosen:
            drawn = set_use(drawn, ref, "auto" if taken_back else use)
        self.commit(drawn, f"{'Keep' if use == 'keep' else 'Ignore'} {len(chosen)} anchors")

    def turn_own_frame(self) -> None:
        """Let the selected anchors serve their own frames alone; when they do already, all frames."""
        document, chosen = self.document, self._chosen_anchors()
        if document is None or not chosen:
            return
        own = any(ref.kind == "anchor" for ref in chosen)
        count = sum(ref.kind == "anchor" for ref in chosen) if own else len(chosen)
        drawn, turned = turn_into(document.settled, "image_anchor" if own else "anchor", chosen)
        self.commit(drawn, f"Let {count} anchors serve {'their own frame alone' if own else 'all frames'}")
        document.select(turned)

    def load_proposals(self, source: Path) -> None:
        """Take the heads of a predictions file as proposals for the scene.

        Raises:
            GtaHeadError: it cannot be read, or is of other pictures.
        """
        if self.document is not None:
            predictions = read_predictions(source)
            self.proposals = read_proposals(source, self.document, predictions=predictions)
            self._predicted = source, predictions
            count = self.proposals.count(self.document)
            left_out = {
                "decided upon": len(self.proposals) - count,
                "outside of the picture": self.proposals.outside,
                "in the place of another": self.proposals.doubled,
            }
            told = ", ".join(f"{number:,} {why}" for why, number in left_out.items() if number)
            self.message.emit(
                f"{count:,} proposals; frames: {len(self.proposals.heads):,}. Y accepts the bright one, "
                f"Shift+Y rejects it.{told and f' Left out: {told}.'}"
            )
            self.edited.emit()

    def _propose_again(self, document: Document) -> str:
        """Take the proposals for another picture from the predictions that are loaded; why not, "" = they are taken."""
        if self._predicted is None:
            return ""
        source, predictions = self._predicted
        try:
            self.proposals = read_proposals(source, document, predictions=predictions, needed=False)
        except GtaHeadError as error:
            return str(error)
        return ""

    def save(self) -> None:
        """Save on the user's demand, and say where."""
        if self.saver.save(asked=True) and self.document is not None:
            self.message.emit(f"Saved to {self.document.path}")

    def commit(self, after: AnchorSet, text: str) -> None:
        """Make an edit that can be undone; the user is told why one is refused."""
        if self.document is not None:
            try:
                commit(self.stack, self.document, after, text)
            except GtaHeadError as error:
                self.message.emit(str(error))

    def _chosen_anchors(self) -> list[Ref]:
        """The selected anchors, those of one frame included."""
        selection = self.document.selection if self.document else ()
        return [ref for ref in selection if ref.kind in {"anchor", "image_anchor"}]

    def _edited(self) -> None:
        self.finder.edited()
        self.edited.emit()

    def _assessed(self) -> None:
        if self.session is not None and self.quality is not None:
            if self.quality.expected is not None and not self.quality.problem:
                self.session.graded(self.quality.grade, self.quality.changed)
            else:
                # There are no boxes now: the list of scenes must not show the grade of earlier ones.
                self.session.graded(None)
        self.assessed.emit()

    def _forget(self) -> None:
        if self._bridge is not None:
            self._bridge.close()
            self._bridge.deleteLater()
            self._bridge = None
        self.finder.follow(None, None)
        if self.session is None or not self.session.each_alone:
            # Edits of photographs stay, as undo goes from picture to picture; so do the predictions for them.
            self.stack.clear()
            self._predicted = None
        self.fit = self.proposals = None
