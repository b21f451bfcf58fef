"""Gestures on head points: click adds one, Ctrl selects, a drag moves what is selected."""

from __future__ import annotations

from annotator_gui.gestures.tools import Host, Pointer, Tool
from gta_head_tools.anchors.anchors import Pair
from gta_head_tools.anchors.drawn_boxes import Ref
from gta_head_tools.anchors.head_edits import add_head, move_head


class HeadTool(Tool):
    """Adds and moves heads. The source is never written: the project holds the edits of its heads.

    A click adds a head wherever none is, however near the next one may be, because in a dense crowd the heads stand a
    few screen pixels apart. So a click means a head that is there only on its very point, or with Ctrl.
    """

    hint = "Heads: click adds one; Ctrl+click selects one, then drag moves it, Del removes it, I ignores it"
    moves_heads = True

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._met = self._held = None

    _met: Pair | None
    """The head that the button went down on."""
    _held: Pair | None
    """The same, where a drag moves it: it was selected before, or Ctrl selects it."""

    def _grab(self, at: Pointer) -> None:
        row = self._row(at)
        self._met = self.head_point(row) if row >= 0 else None
        ref = None if self._met is None else Ref("head", image=self.image, point=self._met)
        self._held = self._met if at.ctrl or ref in self.document.selection else None
        if ref is not None:
            self.document.select([ref])

    def _row(self, at: Pointer) -> int:
        """Row of the head that a click means; -1 = it adds one."""
        if at.shift:
            return -1
        return self.host.finder.nearest(at.point, at.reach) if at.ctrl else self.host.finder.on(at.point, at.zoom)

    def _hover(self, at: Pointer) -> None:
        self.light(self._row(at))

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
            # The hand slipped, or the head was not selected before: that is a click where the button went down.
            self._click(start)
            return
        place = self._place(start, at)
        after = move_head(self.document.settled, self.image, self._held, place)
        self.host.commit(after, "Move head")
        self.document.select([Ref("head", image=self.image, point=place)])

    def _click(self, at: Pointer) -> None:
        if self._met is not None:
            if not at.ctrl:
                self.host.say("Selected the head that is here; drag it to move it, Shift+click adds another one")
            return
        if at.ctrl:
            self.document.select(())
            return
        if self.host.hidden:
            self.host.say(f"No head can be added: {self.host.hidden}")
            return
        width, height = self.document.size
        if not (0 <= at.x <= width and 0 <= at.y <= height):
            self.host.say("A head lies within the picture")
            return
        self.host.commit(add_head(self.document.settled, self.image, at.point), "Add head")
        self.document.select([Ref("head", image=self.image, point=at.point)])
