"""Going through proposals by keys: the next one is brought to the middle, accepted or rejected, and so on."""

from __future__ import annotations

import numpy as np

from annotator_gui.canvas.canvas import Canvas
from annotator_gui.canvas.heads_layer import Proposals as Shown
from annotator_gui.window.workbench import Workbench

_ACCEPT = "Accept {count} proposals"
_ACCEPTED = "{count:,} proposals accepted"


class ProposalSteps:
    """Proposals of the frame on screen, and the one that the keys act upon."""

    def __init__(self, bench: Workbench, canvas: Canvas) -> None:
        self._bench, self._canvas = bench, canvas

    def show(self) -> None:
        """Show those that are open."""
        document, proposals, index = self._bench.document, self._bench.proposals, self._bench.index
        if document is None or proposals is None or index not in proposals.heads:
            self._canvas.show_proposals(Shown(np.empty((0, 2)), np.empty((0, 4))))
            return
        heads = proposals.heads[index].select(proposals.open(document, index))
        self._canvas.show_proposals(Shown(heads.points, heads.boxes))

    def accept(self) -> None:
        """Take the nearest one over as a head."""
        self._decide(accept=True)

    def reject(self) -> None:
        """Drop the nearest one."""
        self._decide(accept=False)

    def accept_above(self, score: float) -> None:
        """Take over all of the frame that have this score or more."""
        document, proposals, index = self._bench.document, self._bench.proposals, self._bench.index
        if document is None or proposals is None:
            return
        rows = proposals.open(document, index, score=score)
        if len(rows):
            self._bench.commit(proposals.accept(document, index, rows), _ACCEPT.format(count=len(rows)))
        self._bench.said.emit(_ACCEPTED.format(count=len(rows)))

    def accept_scene(self, score: float) -> None:
        """Take over all of the scene that have this score or more, as one edit."""
        document, proposals = self._bench.document, self._bench.proposals
        if document is None or proposals is None:
            return
        count = proposals.count(document, score=score)
        if count:
            self._bench.commit(proposals.accept_all(document, score=score), _ACCEPT.format(count=count))
        self._bench.said.emit(_ACCEPTED.format(count=count))

    def _decide(self, *, accept: bool) -> None:
        document, proposals, index = self._bench.document, self._bench.proposals, self._bench.index
        if document is None or proposals is None:
            return
        row = self._nearest()
        if row is None:
            self._bench.said.emit("No proposal is left in this frame")
            return
        decide, text = (proposals.accept, _ACCEPT) if accept else (proposals.reject, "Reject {count} proposals")
        self._bench.commit(decide(document, index, [row]), text.format(count=1))

    def _nearest(self) -> int | None:
        """The open proposal nearest to the cursor, else to the middle of what is seen."""
        document, proposals, index = self._bench.document, self._bench.proposals, self._bench.index
        if document is None or proposals is None:
            return None
        rows = proposals.open(document, index)
        if not len(rows):
            return None
        apart = proposals.heads[index].points[rows] - np.array(self._canvas.aim)
        return int(rows[np.argmin(np.hypot(*apart.T))])
