"""The data set that is open, its scene, and all that is done to it which needs no widget.

The window shows what it finds here and is told by signals, which carry no data, when to look again.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from annotator_gui.canvas.bridge import DocumentBridge
from annotator_gui.canvas.undo import commit
from annotator_gui.gestures.grips import find_anchor
from annotator_gui.model.document import Document
from annotator_gui.model.live_fit import LiveFit
from annotator_gui.model.proposal_files import read_proposals
from annotator_gui.model.proposals import Proposals
from annotator_gui.model.session import Session
from annotator_gui.window.quality_finder import NumberFinder
from annotator_gui.window.saver import Saver
from gta_head_tools.anchors.anchors import AnchorSet, Use
from gta_head_tools.anchors.drawings import set_reviewed, turn_into
from gta_head_tools.anchors.drawn_boxes import Ref, set_use
from gta_head_tools.errors import GtaHeadError
from gta_head_tools.interpolation.suggestions import Suggestion


class Workbench(QObject):
    """What is open.

    Signals:
        opened: another scene is, or none.
        moved: another frame is to be shown.
        edited: what is drawn is another thing, also in a preview.
        selected: something else is selected.
        judged: there are new numbers of the scene.
        said: a sentence for the status bar.
    """

    opened = Signal()
    moved = Signal()
    edited = Signal()
    selected = Signal()
    judged = Signal()
    said = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session: Session | None = None
        self.fit: LiveFit | None = None
        self.proposals: Proposals | None = None
        self.stack = QUndoStack(self)
        self.saver = Saver(self)
        self.finder = NumberFinder(self)
        self.finder.found.connect(self._judged)
        self._bridge: DocumentBridge | None = None

    @property
    def document(self) -> Document | None:
        """The scene that is open."""
        return self.session.document if self.session else None

    @property
    def index(self) -> int:
        """The frame that is shown."""
        return self.session.current if self.session else 0

    def read(self, source: Path) -> None:
        """Open a data set in place of the one that was; without a scene yet.

        Raises:
            GtaHeadError: it cannot be read, or the old one cannot be saved; nothing is changed then.
        """
        session = Session(source)
        self.leave()
        self.session = session
        self.saver.follow(session)

    def enter(self, scene: str) -> None:
        """Open a scene of the data set in place of the one that was.

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
        self.fit = LiveFit(document)
        self._bridge = DocumentBridge(document, self)
        self._bridge.anchorsChanged.connect(self._edited)
        self._bridge.selectionChanged.connect(self.selected)
        self._bridge.savedChanged.connect(self.saver.edited)
        self.opened.emit()
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
        """Close the scene without saving."""
        if self.session is not None:
            self.session.abandon()
        self._forget()
        self.opened.emit()

    def close(self) -> None:
        """Wait for what goes on in the background."""
        self._forget()
        self.finder.close()

    def go(self, index: int) -> None:
        """Show another frame. Every way there, by key, list, slider or menu, is this one."""
        if self.session is None or self.document is None:
            return
        before = self.session.current
        if self.session.go(index) != before:
            self.saver.save()
            self.moved.emit()

    def go_unreviewed(self, step: int) -> None:
        """Show the next frame (-1: the one before) that nobody has looked through."""
        found = self.session.next_unreviewed(step) if self.session and self.document else None
        if found is None:
            self.said.emit("Every frame was looked through")
        else:
            self.go(found)

    def review(self, *, value: bool) -> None:
        """Mark the frame as looked through, or take the mark back."""
        if self.document is not None:
            name = self.document.names[self.index]
            if value and self.fit is not None and self.fit.numbers and name in self.fit.numbers.changed:
                self.fit.looked_again([name])
                self.finder.again()
            text = f"Mark frame {name} reviewed" if value else f"Take the mark off frame {name}"
            self.commit(set_reviewed(self.document.settled, [name], value), text)

    @property
    def is_reviewed(self) -> bool:
        """Whether the frame was looked through, and has not changed since."""
        if self.document is None:
            return False
        name, numbers = self.document.names[self.index], self.fit.numbers if self.fit else None
        return name in self.document.anchors.reviewed and not (numbers and name in numbers.changed)

    @property
    def suggestion(self) -> Suggestion | None:
        """The head to box next, None = none is known."""
        numbers = self.fit.numbers if self.fit else None
        return numbers.suggestions[0] if numbers and numbers.suggestions else None

    def skip(self) -> None:
        """Do not offer the suggested head again in this scene."""
        if self.fit is not None and self.document is not None and self.suggestion is not None:
            self.fit.skip(self.document, self.suggestion)
            self.finder.again()

    def set_use(self, use: Use) -> None:
        """Trust the selected anchors, or leave them out; said again, it is taken back."""
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
        """Let the selected anchors serve their own frames alone; said again, all frames."""
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
            self.proposals = read_proposals(source, self.document)
            count = self.proposals.count(self.document)
            left_out = {
                "decided upon": len(self.proposals) - count,
                "outside of the picture": self.proposals.outside,
                "in the place of another": self.proposals.doubled,
            }
            told = ", ".join(f"{number:,} {why}" for why, number in left_out.items() if number)
            self.said.emit(
                f"{count:,} proposals; frames: {len(self.proposals.heads):,}. Y accepts the bright one, "
                f"Shift+Y rejects it.{told and f' Left out: {told}.'}"
            )
            self.edited.emit()

    def commit(self, after: AnchorSet, text: str) -> None:
        """Make an edit that can be undone; one that cannot be made is told."""
        if self.document is not None:
            try:
                commit(self.stack, self.document, after, text)
            except GtaHeadError as error:
                self.said.emit(str(error))

    def _chosen_anchors(self) -> list[Ref]:
        """What is selected of anchors, and of anchors of one frame."""
        selection = self.document.selection if self.document else ()
        return [ref for ref in selection if ref.kind in {"anchor", "image_anchor"}]

    def _edited(self) -> None:
        self.finder.edited()
        self.edited.emit()

    def _judged(self) -> None:
        if self.session is not None and self.fit is not None and self.fit.numbers is not None:
            numbers = self.fit.numbers
            if numbers.anchors.anchors and not numbers.problem:
                self.session.graded(numbers.grade, numbers.changed)
            else:
                # Not the grade of boxes that there were.
                self.session.graded(None)
        self.judged.emit()

    def _forget(self) -> None:
        if self._bridge is not None:
            self._bridge.close()
            self._bridge.deleteLater()
            self._bridge = None
        self.finder.follow(None, None)
        self.stack.clear()
        self.fit = self.proposals = None
