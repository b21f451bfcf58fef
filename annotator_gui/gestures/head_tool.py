"""Gestures on head points: click adds one, drag moves it."""

from __future__ import annotations

from annotator_gui.gestures.tools import Host, Pointer, Tool
from gta_head_tools.anchors.anchors import Pair
from gta_head_tools.anchors.drawn_boxes import Ref
from gta_head_tools.anchors.head_edits import add_head, move_head


class HeadTool(Tool):
    """Adds and moves heads. The source is never written: the project holds the edits of its heads."""

    hint = "Heads: click adds a head, drag moves it, Del removes it, I ignores it"
    moves_heads = True

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._held: Pair | None = None

    def _grab(self, at: Pointer) -> None:
        row = self.host.finder.nearest(at.point, at.reach)
        self._held = self.head_point(row) if row >= 0 else None
        self.document.select([Ref("head", image=self.image, point=self._held)] if self._held else [])

    def _hover(self, at: Pointer) -> None:
        self.light(at)

    def _drag(self, start: Pointer, at: Pointer) -> None:
        if self._held is not None:
            place = self._place(start, at)
            self.document.preview(move_head(self.document.settled, self.image, self._held, place))

    def _place(self, start: Pointer, at: Pointer) -> Pair:
        """New place of the dragged head: it keeps its distance from the cursor, and stays in the picture."""
        assert self._held is not None
        (dx, dy), (width, height) = at.since(start), self.document.size
        return min(max(self._held[0] + dx, 0.0), float(width)), min(max(self._held[1] + dy, 0.0), float(height))

    def _drop(self, start: Pointer, at: Pointer) -> None:
        if self._held is None:
            return
        place = self._place(start, at)
        after = move_head(self.document.settled, self.image, self._held, place)
        self.host.commit(after, "Move head")
        self.document.select([Ref("head", image=self.image, point=place)])

    def _click(self, at: Pointer) -> None:
        if self._held is not None:
            return
        width, height = self.document.size
        if not (0 <= at.x <= width and 0 <= at.y <= height):
            self.host.say("A head lies within the picture")
            return
        self.host.commit(add_head(self.document.settled, self.image, at.point), "Add head")
        self.document.select([Ref("head", image=self.image, point=at.point)])
