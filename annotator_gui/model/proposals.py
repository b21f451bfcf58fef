"""Heads that a trained baseline, or any other data set, proposes for the scene that is open.

A proposal is open as long as the scene has no head in its place and the user has not rejected it. So to accept one is
to add a head, undo opens it again, and heads that are there already are never proposed. The project keeps a note of
rejected proposals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from annotator_gui.model.document import Document
from annotator_gui.model.project_notes import rejected_in, with_rejected
from gta_head_tools.anchors.anchors import AnchorSet
from gta_head_tools.anchors.drawn_boxes import add_pins
from gta_head_tools.anchors.head_edits import add_heads
from gta_head_tools.annotations import ImageAnnotations, Mask
from gta_head_tools.geometry import sizes

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

SAME_HEAD = 0.5
"""Distance, in sizes of its box, within which a proposal and a head may be the same person; without a box, a third of
the distance to the next proposal is the limit."""
NEAR = 4
"""Number of nearest heads that a proposal is compared with."""


@dataclass(frozen=True)
class Proposals:
    """Proposed heads of one scene.

    Attributes:
        heads: by index of the picture, in pixels of the anchor file; pictures without any are left out.
        scores: by index of the picture (N,); 1 where the file has none.
        source: file or folder they come from.
        outside: how many more there were outside of their pictures.
        doubled: how many more there were in the place of a proposal with a higher score.
    """

    heads: Mapping[int, ImageAnnotations]
    scores: Mapping[int, Array]
    source: Path
    outside: int = 0
    doubled: int = 0

    @property
    def best(self) -> float:
        """The largest score; some networks give scores up to 100."""
        return max((float(scores.max()) for scores in self.scores.values() if len(scores)), default=1.0)

    @cached_property
    def _reach(self) -> Mapping[int, Array]:
        """By index of the picture: (N,) pixels within which a head counts as the proposed one."""
        return {index: _reach(image) for index, image in self.heads.items()}

    def __len__(self) -> int:
        return sum(map(len, self.heads.values()))

    def open(self, document: Document, index: int, *, score: float = 0.0) -> Rows:
        """Rows of one picture's proposals that are neither accepted nor rejected, of at least that score."""
        if index not in self.heads:
            return np.empty(0, dtype=np.intp)
        points, heads = self.heads[index].points, document.heads(index).points
        left: Mask = self.scores[index] >= score
        left &= ~_taken(points, self._reach[index], heads)
        rejected = rejected_in(document.anchors).get(document.names[index], ())
        if len(rejected):
            left &= np.asarray(cKDTree(np.array(rejected)).query(points)[0]) > 0.5
        return np.flatnonzero(left)

    def count(self, document: Document, *, score: float = 0.0) -> int:
        """Open proposals of the whole scene of at least that score."""
        return sum(len(self.open(document, index, score=score)) for index in self.heads)

    def accept(self, document: Document, index: int, rows: Sequence[int] | Rows, *, pins: bool = False) -> AnchorSet:
        """The drawings with the heads of some proposals added.

        Args:
            document: the scene.
            index: of the picture.
            rows: of its proposals.
            pins: a proposed box becomes the head's pin; else the anchors decide on its size.
        """
        return self._accept(document.settled, document.names[index], index, rows, pins)

    def accept_all(self, document: Document, *, score: float = 0.0, pins: bool = False) -> AnchorSet:
        """The drawings with the heads of all open proposals of at least that score added, in all pictures."""
        drawn = document.settled
        for index in self.heads:
            rows = self.open(document, index, score=score)
            drawn = self._accept(drawn, document.names[index], index, rows, pins)
        return drawn

    def reject(self, document: Document, index: int, rows: Sequence[int] | Rows) -> AnchorSet:
        """The drawings with a note that some proposals are rejected."""
        points = self.heads[index].points[np.asarray(rows, dtype=np.intp)].tolist()
        return with_rejected(document.settled, document.names[index], points)

    def _accept(self, drawn: AnchorSet, name: str, index: int, rows: Sequence[int] | Rows, pins: bool) -> AnchorSet:
        chosen = self.heads[index].select(np.asarray(rows, dtype=np.intp))
        if len(chosen):
            drawn = add_heads(drawn, name, chosen.points.tolist())
        if pins:
            sided = chosen.select(~np.isnan(sizes(chosen.boxes)))
            drawn = add_pins(drawn, name, zip(sided.points.tolist(), sided.boxes.tolist(), strict=True))
        return drawn


def _reach(image: ImageAnnotations) -> Array:
    """By index of the picture: (N,) pixels within which a head counts as the proposed one."""
    apart = np.full(len(image), 10.0)
    if len(image) > 1:
        apart = np.asarray(cKDTree(image.points).query(image.points, k=2)[0])[:, 1] / 3
    reach: Array = np.where(image.has_box, SAME_HEAD * sizes(image.boxes), np.minimum(apart, 10.0))
    return np.fmax(reach, 2.0)


def _taken(points: Array, reach: Array, heads: Array) -> Mask:
    """(N,) True for proposals that match a head; the nearest pairs are matched first, each head and proposal once."""
    taken = np.zeros(len(points), dtype=bool)
    if not len(heads):
        return taken
    near = min(NEAR, len(heads))
    away, found = (np.reshape(part, (len(points), near)) for part in cKDTree(heads).query(points, k=near))
    rows, places = np.nonzero(away <= reach[:, None])
    used: set[int] = set()
    for pair in np.argsort(away[rows, places], kind="stable"):
        row, head = rows[pair], int(found[rows[pair], places[pair]])
        if not taken[row] and head not in used:
            taken[row] = True
            used.add(head)
    return taken
