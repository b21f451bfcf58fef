"""Gestures: press, move and release in image coordinates become previews and edits of the document. Knows no Qt.

A drag begins after four pixels of screen; until it is released the document only shows a preview, so that cancelling
restores what was there exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from annotator_gui.gestures.hit_test import REACH, HeadFinder
from annotator_gui.model.document import Document
from gta_head_tools.anchors.anchors import AnchorSet, Box, Pair

DRAG = 4.0
"""Screen pixels that the cursor has to travel before a press becomes a drag."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the cursor is.

    Attributes:
        x, y: in image pixels.
        zoom: screen pixels per image pixel.
        shift, ctrl: True while the key is held.
    """

    x: float
    y: float
    zoom: float = 1.0
    shift: bool = False
    ctrl: bool = False

    @property
    def point(self) -> Pair:
        return self.x, self.y

    @property
    def reach(self) -> float:
        """Image pixels within which a click means a head."""
        return REACH / self.zoom

    def since(self, start: Pointer) -> Pair:
        """How far the cursor has moved from `start`, in image pixels."""
        return self.x - start.x, self.y - start.y


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a gesture shows besides the preview of the document.

    Attributes:
        band: a box being drawn.
        path: vertices so far, with the cursor as the last.
        lit: a head that a click would mean.
    """

    band: Box | None = None
    path: tuple[Pair, ...] = ()
    lit: Pair | None = None


NOTHING = Sketch()


class Host(Protocol):
    """What a gesture works on."""

    @property
    def document(self) -> Document: ...

    @property
    def index(self) -> int:
        """Index of the picture on screen."""

    @property
    def finder(self) -> HeadFinder:
        """The heads of the picture on screen."""

    @property
    def hidden(self) -> str:
        """Why the picture cannot be shown; "" = it is shown, or is being decoded."""

    @property
    def suggested(self) -> Pair | None:
        """The head of the picture on screen whose box would help most; None = it is elsewhere, or not known."""

    presses: int
    """How often a button of the mouse was pressed: a run of edits by keys ends at the next press."""

    def commit(self, after: AnchorSet, text: str, run: str = "") -> None:
        """Make an edit that can be undone; consecutive edits of the same `run` become one entry."""

    def say(self, text: str) -> None:
        """Show a sentence in the status bar."""

    def expected_box(self, row: int) -> Box:
        """A box of the size that a head is expected to have."""

    def show_sketch(self, sketch: Sketch) -> None:
        """Draw what a gesture shows."""


class Tool:
    """One mode: tells clicks from drags; its subclasses say what both do.

    Attributes:
        hint: what the mode does, for the status bar.
        moves_heads: the arrow keys move selected heads, too.
        cursor: last place of the cursor.
    """

    hint = ""
    moves_heads = False

    def __init__(self, host: Host) -> None:
        self.host = host
        self.sketch = NOTHING
        self.cursor = Pointer(0.0, 0.0)
        self._start: Pointer | None = None
        self._dragging = False

    @property
    def sketch(self) -> Sketch:
        return self._sketch

    @sketch.setter
    def sketch(self, value: Sketch) -> None:
        self._sketch = value
        self.host.show_sketch(value)

    @property
    def active(self) -> bool:
        """True while a gesture goes on that can be cancelled."""
        return self.held

    @property
    def held(self) -> bool:
        """True while the left button is down."""
        return self._start is not None

    @property
    def document(self) -> Document:
        return self.host.document

    @property
    def image(self) -> str:
        """Short name of the picture on screen."""
        return self.host.document.names[self.host.index]

    def press(self, at: Pointer) -> None:
        if self.held:
            self.document.preview(None)  # The release event was lost; drop the unfinished preview.
        self.host.presses += 1
        self.cursor = self._start = at
        self._dragging = False
        self._grab(at)

    def move(self, at: Pointer) -> None:
        self.cursor = at
        if self._start is None:
            self._hover(at)
            return
        dx, dy = at.since(self._start)
        if self._dragging or max(abs(dx), abs(dy)) * at.zoom >= DRAG:
            self._dragging = True
            self._drag(self._start, at)

    def release(self, at: Pointer) -> None:
        if self._start is None:
            return
        self.move(at)
        start, dragged = self._start, self._dragging
        self._start, self._dragging = None, False
        if dragged:
            self._drop(start, at)
        else:
            self._click(start)
        self._hover(at)

    def finish(self) -> None:
        """Complete what is drawn in several clicks, after a double click or Enter."""

    def back(self) -> bool:
        """Take the last of several clicks back; False when there is none."""
        return False

    def cancel(self) -> bool:
        """Drop the gesture; False when there was none."""
        was, self._start, self._dragging = self.active, None, False
        self.sketch = NOTHING
        self.document.preview(None)
        return was

    def head_point(self, row: int) -> Pair:
        x, y = self.host.finder.points[row].tolist()
        return x, y

    def _grab(self, at: Pointer) -> None: ...

    def _hover(self, at: Pointer) -> None: ...

    def _drag(self, start: Pointer, at: Pointer) -> None: ...

    def _drop(self, start: Pointer, at: Pointer) -> None: ...

    def _click(self, at: Pointer) -> None: ...

    def light(self, row: int) -> None:
        """Light up the head that a click would mean; -1 = none."""
        self.sketch = Sketch(lit=self.head_point(row) if row >= 0 else None)
