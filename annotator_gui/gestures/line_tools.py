"""Gestures that draw lines: zones vertex by vertex, and the horizon."""

from __future__ import annotations

from annotator_gui.gestures.grips import Grip, grip_at
from annotator_gui.gestures.hit_test import vertex_at
from annotator_gui.gestures.tools import DRAG, NOTHING, Host, Pointer, Sketch, Tool
from gta_head_tools.anchors.anchors import Pair
from gta_head_tools.anchors.drawings import add_zone, set_horizon
from gta_head_tools.anchors.drawn_boxes import Ref


class ZoneTool(Tool):
    """Click adds a vertex; a double click, Enter or a click on the first vertex closes the polygon."""

    hint = "Zone: click the corners, double-click the last one; Esc cancels"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._vertices: tuple[Pair, ...] = ()

    @property
    def active(self) -> bool:
        return bool(self._vertices) or super().active

    def _hover(self, at: Pointer) -> None:
        self.sketch = Sketch(path=(*self._vertices, at.point) if self._vertices else ())

    def _drag(self, start: Pointer, at: Pointer) -> None:
        self.sketch = Sketch(path=(*self._vertices, start.point, at.point))

    def _drop(self, start: Pointer, at: Pointer) -> None:
        self._click(start)
        self._add(at)

    def _click(self, at: Pointer) -> None:
        if len(self._vertices) >= 3 and vertex_at(self._vertices, at.point, at.zoom) == 0:
            self.finish()
        else:
            self._add(at)

    def _add(self, at: Pointer) -> None:
        """Add a vertex, unless it is the last one again, as at a double click."""
        last = self._vertices[-1] if self._vertices else None
        if last is None or max(abs(last[0] - at.x), abs(last[1] - at.y)) * at.zoom >= DRAG:
            self._vertices = (*self._vertices, at.point)

    def back(self) -> bool:
        had, self._vertices = bool(self._vertices), self._vertices[:-1]
        self._hover(self.cursor)
        return had

    def finish(self) -> None:
        if len(self._vertices) < 3:
            self.host.say("A zone needs at least three corners")
            return
        number = len(self.document.settled.zones)
        after = add_zone(self.document.settled, self._vertices)
        self._vertices, self.sketch = (), NOTHING
        self.host.commit(after, f"Draw {after.zones[number].name}")
        if len(self.document.settled.zones) > number:
            self.document.select([Ref("zone", number)])

    def cancel(self) -> bool:
        was = self.active
        self._vertices = ()
        super().cancel()
        return was


class HorizonTool(Tool):
    """Drag draws the line anew, or moves one of its ends."""

    hint = "Horizon: drag one line along it"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._grip: Grip | None = None

    def _grab(self, at: Pointer) -> None:
        self.document.select([Ref("horizon")] if self.document.settled.horizon else [])
        self._grip = grip_at(self.host, at)

    def _drag(self, start: Pointer, at: Pointer) -> None:
        if self._grip is not None:
            self.document.preview(self._grip.dragged(self.host, start, at))
        elif start.point != at.point:
            self.document.preview(set_horizon(self.document.settled, (start.point, at.point)))

    def _drop(self, start: Pointer, at: Pointer) -> None:
        self._drag(start, at)
        self.host.commit(self.document.anchors, "Draw horizon")
        self.document.select([Ref("horizon")] if self.document.settled.horizon else [])
