"""Boxes and numbers of the scene that is open, by the very functions that `interpolate-boxes` calls.

`quick_boxes` is for the picture on screen while a box is dragged: a few milliseconds. `full` is for the pool: it looks
at the whole scene, and what it returns belongs to the drawings it was started with.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from annotator_gui.document import Document
from gta_head_tools.annotations import Boxes, Mask
from gta_head_tools.interpolation.anchors import AnchorSet, Pair
from gta_head_tools.interpolation.diagnosis import Grade
from gta_head_tools.interpolation.drawing import Ref
from gta_head_tools.interpolation.model import Flags
from gta_head_tools.interpolation.suggestions import Suggestion

Array = NDArray[np.float64]

HEAT_ROWS, HEAT_COLUMNS = 54, 96


@dataclass(frozen=True, slots=True)
class AnchorNumbers:
    """What the other anchors think of one; sizes are sqrt(width height) in pixels of the anchor file.

    Attributes:
        ref: the anchor.
        drawn: its size.
        expected: its size by the others; None = not testable (three anchors or fewer), or it is ignored.
        suspect: it contradicts the others and is given less weight.
    """

    ref: Ref
    drawn: float
    expected: float | None
    suspect: bool

    @property
    def residual(self) -> float | None:
        """Drawn over expected size less one."""
        return None if self.expected is None else self.drawn / self.expected - 1


@dataclass(frozen=True, slots=True)
class WorstSpot:
    """A head whose size is among the least certain of the scene.

    Attributes:
        image: index of the picture.
        row: of the head.
        point: x y.
        error: expected relative error of the size.
    """

    image: int
    row: int
    point: Pair
    error: float


@dataclass(frozen=True)
class HeatMap:
    """Expected relative error of sizes on a coarse grid over the whole picture.

    Attributes:
        errors: (54, 96) expected median error; NaN where no heads are near.
        extrapolated: (54, 96) True beyond the anchors.
        at_least: the errors are a lower bound.
    """

    errors: Array
    extrapolated: Mask
    at_least: bool


@dataclass(frozen=True)
class SceneNumbers:
    """What is to be thought of a scene's boxes.

    Attributes:
        anchors: the drawings that this is about; a result is stale when the document shows other ones.
        median: expected median error; None without an anchor or a head.
        p95: expected 95th percentile of the error.
        grade: green, amber or red.
        at_least: the errors are a lower bound.
        checks: one per anchor, in the order of the file.
        worst: heads to look at, least certain first.
        heat: the error over the picture; None without an anchor.
        suggestions: heads to box next, best first, as `Suggestion.image` an index into the document's pictures.
        changed: short names of reviewed pictures whose boxes have changed by 5 % or more since.
        lost: pins (and anchors of one image) that have no head any more.
        notes: sentences for the user.
        problem: why there are no boxes; "" = there are.
    """

    anchors: AnchorSet
    median: float | None = None
    p95: float | None = None
    grade: Grade = "red"
    at_least: bool = False
    checks: tuple[AnchorNumbers, ...] = ()
    worst: tuple[WorstSpot, ...] = ()
    heat: HeatMap | None = None
    suggestions: tuple[Suggestion, ...] = ()
    changed: tuple[str, ...] = ()
    lost: tuple[Ref, ...] = ()
    notes: tuple[str, ...] = field(default=())
    problem: str = ""


class LiveFit:
    """Keeps what does not change while anchors are drawn. One for each document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.numbers: SceneNumbers | None = None

    def quick_boxes(self, document: Document, index: int) -> tuple[Boxes, Flags]:
        """Boxes (N, 4) of one picture's heads in pixels of the anchor file, and their flags (N,).

        Rows of NaN where nothing can be said: without anchors (pins are shown all the same), or with an anchor that
        has lost its head; `full` tells why.
        """
        count = len(document.heads(index))
        return np.full((count, 4), np.nan), np.zeros(count, dtype=np.uint8)

    def full(self, document: Document) -> SceneNumbers:
        """All numbers of the scene; may run in another thread."""
        return SceneNumbers(document.anchors)

    def expected_box(self, document: Document, index: int, row: int) -> tuple[float, float, float, float]:
        """A box of the size to expect for one head, around its point; a guess from the spacing without anchors."""
        x, y = document.heads(index).points[row].tolist()
        return x - 10, y - 12, x + 10, y + 12
