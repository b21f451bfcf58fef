"""Steps from one suggestion, or one proposal, to the next."""

from __future__ import annotations

import numpy as np

from annotator_gui.canvas.canvas import Canvas
from annotator_gui.canvas.heads_layer import NO_PROPOSALS, ShownProposals
from annotator_gui.model.document import Document
from annotator_gui.model.proposals import Proposals
from annotator_gui.window.needs import NONE_LEFT
from annotator_gui.window.workbench import Workbench


class SuggestionSteps:
    """Goes to the head whose box helps most, ready to draw; waits while that head is being computed."""

    def __init__(self, bench: Workbench, canvas: Canvas) -> None:
        self._bench, self._canvas = bench, canvas
        self._asked = self._skipped = False

    def ask(self) -> None:
        """Go to the suggestion as soon as it is known."""
        self._asked, self._skipped = True, False
        self.go_on()

    def skip(self) -> None:
        """Never offer this head again, and go to the next one."""
        skipped = self._bench.skip()
        self.ask()
        self._skipped = skipped

    def go_on(self) -> None:
        """Go there if the user has asked; called whenever the quality was computed."""
        if not self._asked:
            return
        if not self._bench.finder.fresh:
            self._bench.message.emit("Looking for the head that helps most…")
            return
        self._asked = False
        done = "Skipped for good; Ctrl+Z offers it again. " if self._skipped else ""
        suggestion = self._bench.suggestion
        if suggestion is None:
            self._bench.message.emit(f"{done}{NONE_LEFT}")
            return
        self._bench.go(suggestion.image)
        self._canvas.set_mode("anchor")
        self._canvas.zoom_to(suggestion.point)
        self._canvas.setFocus()
        self._bench.message.emit(f"{done}Drag a box around the head in the middle, then N; Shift+N skips this head")


class ProposalSteps:
    """Shows the open proposals of the frame on screen, and accepts or rejects them by keys."""

    def __init__(self, bench: Workbench, canvas: Canvas) -> None:
        self._bench, self._canvas = bench, canvas

    def show(self) -> None:
        loaded, index, layers = self._loaded(), self._bench.index, self._canvas.layers
        if layers is None:
            return
        shown = NO_PROPOSALS
        if loaded is not None and index in loaded[1].heads:
            document, proposals = loaded
            heads = proposals.heads[index].select(proposals.open(document, index))
            shown = ShownProposals(heads.points, heads.boxes)
        layers.heads.set_proposals(shown)

    def accept(self) -> None:
        self._decide(accept=True)

    def reject(self) -> None:
        self._decide(accept=False)

    def accept_above(self, score: float) -> None:
        """Accept all of the frame that have this score or more."""
        loaded, index = self._loaded(), self._bench.index
        if loaded is not None:
            document, proposals = loaded
            rows = proposals.open(document, index, score=score)
            if len(rows):
                self._bench.commit(proposals.accept(document, index, rows), f"Accept {len(rows)} proposals")
            self._bench.message.emit(f"{len(rows):,} proposals accepted")

    def accept_scene(self, score: float) -> None:
        """Accept all of the scene that have this score or more, as one edit."""
        loaded = self._loaded()
        if loaded is not None:
            document, proposals = loaded
            count = proposals.count(document, score=score)
            if count:
                self._bench.commit(proposals.accept_all(document, score=score), f"Accept {count} proposals")
            self._bench.message.emit(f"{count:,} proposals accepted")

    def _loaded(self) -> tuple[Document, Proposals] | None:
        document, proposals = self._bench.document, self._bench.proposals
        return None if document is None or proposals is None else (document, proposals)

    def _decide(self, *, accept: bool) -> None:
        loaded, index = self._loaded(), self._bench.index
        if loaded is None:
            return
        document, proposals = loaded
        rows = proposals.open(document, index)
        if not len(rows):
            self._bench.message.emit("No proposal is left in this frame")
            return
        # The one nearest to the cursor, else to the middle of the view.
        away = np.hypot(*(proposals.heads[index].points[rows] - np.array(self._canvas.aim)).T)
        nearest = [int(rows[np.argmin(away)])]
        if accept:
            self._bench.commit(proposals.accept(document, index, nearest), "Accept 1 proposals")
        else:
            self._bench.commit(proposals.reject(document, index, nearest), "Reject 1 proposals")
