"""Gestures on boxes: select, move and stretch them, and draw anchors and pins."""

from __future__ import annotations

from annotator_gui.gestures.box_geometry import around, centre, holds, shifted, sides, spanned
from annotator_gui.gestures.claims import claim, still_claimed
from annotator_gui.gestures.grips import Grip, boxes_of, find_anchor, grip_at, scene_aspect, under
from annotator_gui.gestures.tools import NOTHING, Host, Pointer, Sketch, Tool
from gta_head_tools.anchors.anchors import AnchorSet, Box
from gta_head_tools.anchors.drawings import move
from gta_head_tools.anchors.drawn_boxes import BoxKind, Ref, add_box, change_box, find_box, tie

_NO_HEAD_IN_BOX = "No head in this box: drag it around a head point"


def title(*refs: Ref) -> str:
    """What the user calls these things, e.g. ``anchor 3`` or ``12 things``."""
    if len(refs) != 1:
        return f"{len(refs):,} things"
    ref = refs[0]
    if ref.kind in {"horizon", "head"}:
        return ref.kind
    return f"anchor {ref.index + 1} of one frame" if ref.kind == "image_anchor" else f"{ref.kind} {ref.index + 1}"


class SelectTool(Tool):
    """Click selects, drag moves boxes, lines and zones, Shift and drag selects in a frame. Heads cannot be moved."""

    hint = "Select: click an anchor, a pin or a head; drag anchors and pins"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._grip: Grip | None = None
        self._held: tuple[Ref, ...] = ()

    def _grab(self, at: Pointer) -> None:
        self._grip, self._held = (None, ()) if at.shift else (grip_at(self.host, at), ())
        if self._grip is not None or at.shift:
            return
        movable = [ref for ref in under(self.host, at) if ref.kind != "head"]
        if not movable:
            return
        chosen = [ref for ref in self.document.selection if ref.kind != "head"]
        if not any(ref in chosen for ref in movable):
            chosen = movable[:1]
            self.document.select(chosen)
        self._held = tuple(chosen)

    def _hover(self, at: Pointer) -> None:
        self.light(self.host.finder.nearest(at.point, at.reach))

    def _drag(self, start: Pointer, at: Pointer) -> None:
        self.sketch = NOTHING
        if self._grip is not None:
            self.document.preview(self._grip.dragged(self.host, start, at))
        elif self._held:
            after, lost = self._moved(start, at)
            self.document.preview(after)
            self.sketch = Sketch(band=lost)
        elif start.shift:
            self.sketch = Sketch(band=spanned(start.point, at.point))

    def _moved(self, start: Pointer, at: Pointer) -> tuple[AnchorSet, Box | None]:
        """The drawings after a drag, and a single box that has lost its head there; None = none has.

        A single box belongs to the head that it then holds; Ctrl centres it there.
        """
        drawn, by = self.document.settled, at.since(start)
        anchor = find_anchor(drawn, self._held[0]) if len(self._held) == 1 else None
        if anchor is None:
            return move(drawn, self._held, by), None
        loose = shifted(anchor.box, by)
        row = still_claimed(self.host, loose, anchor.point, at)
        if row < 0:
            return change_box(drawn, self._held[0], loose), loose
        point = self.head_point(row)
        box = around(point, sides(loose)) if at.ctrl else loose
        return change_box(tie(drawn, self._held[0], self.image, point), self._held[0], box), None

    def _drop(self, start: Pointer, at: Pointer) -> None:
        if self._grip is not None:
            after = self._grip.dragged(self.host, start, at)
            self.host.commit(after, f"Change {title(self._grip.ref)}")
        elif self._held:
            self._put_down(start, at)
        elif start.shift:
            self._select_in(spanned(start.point, at.point))
        self.sketch = NOTHING

    def _put_down(self, start: Pointer, at: Pointer) -> None:
        after, lost = self._moved(start, at)
        if lost is not None:
            self.document.preview(None)
            self.host.say(_NO_HEAD_IN_BOX)
            return
        self.host.commit(after, f"Move {title(*self._held)}")

    def _select_in(self, frame: Box) -> None:
        """Select the boxes whose middle lies in the frame; without any, the heads in it."""
        boxes = [ref for ref, box in boxes_of(self.document.anchors, self.image) if holds(frame, centre(box))]
        near = self.host.finder.within(centre(frame), max(sides(frame)))
        rows = [int(row) for row in near if holds(frame, self.head_point(int(row)))]
        self.document.select(boxes or [self.document.head(self.host.index, row) for row in rows])

    def _click(self, at: Pointer) -> None:
        if self._grip is not None:
            return
        found = under(self.host, at)
        if at.ctrl and found:
            rest = [ref for ref in self.document.selection if ref != found[0]]
            self.document.select(rest if found[0] in self.document.selection else [*rest, found[0]])
        else:
            self.document.select(found[:1])

    def cancel(self) -> bool:
        self._grip, self._held = None, ()
        return super().cancel()


class DrawTool(Tool):
    """Drag draws a box around a head, corner to corner, which stays as drawn; click puts one of the expected size."""

    hint = "Anchor: drag from corner to corner of a head; Ctrl: centred on its point; Shift: keep the shape"
    kind: BoxKind = "anchor"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._grip: Grip | None = None

    def _grab(self, at: Pointer) -> None:
        self._grip = grip_at(self.host, at)
        self.sketch = NOTHING

    def _hover(self, at: Pointer) -> None:
        self.light(self.host.finder.nearest(at.point, at.reach))

    def _drag(self, start: Pointer, at: Pointer) -> None:
        if self._grip is not None:
            self.document.preview(self._grip.dragged(self.host, start, at))
            return
        band = spanned(start.point, at.point, scene_aspect(self.host, at) if at.shift else None)
        row = claim(self.host, band, at, self.kind).row
        self.sketch = Sketch(band=band, lit=self.head_point(row) if row >= 0 else None)
        self.document.preview(self._drawn(row, band, at)[0] if row >= 0 else None)

    def _drawn(self, row: int, band: Box, at: Pointer) -> tuple[AnchorSet, Ref]:
        point = self.head_point(row)
        box = around(point if at.ctrl else centre(band), sides(band))
        return add_box(self.document.settled, self.kind, self.image, point, box)

    def _drop(self, start: Pointer, at: Pointer) -> None:
        band, self.sketch = self.sketch.band, NOTHING
        if self._grip is not None:
            after = self._grip.dragged(self.host, start, at)
            self.host.commit(after, f"Change {title(self._grip.ref)}")
            return
        if band is None:
            return
        found = claim(self.host, band, at, self.kind)
        if found.row < 0:
            self.document.preview(None)
            self.host.say(found.reason)
            return
        self._keep(*self._drawn(found.row, band, at))

    def _click(self, at: Pointer) -> None:
        if self._grip is not None:
            return
        row = self.host.finder.nearest(at.point, at.reach)
        if row < 0:
            self.document.select(())
            self.host.say("No head here: click on a head point, or drag a box around one")
            return
        point = self.head_point(row)
        there = find_box(self.document.settled, self.kind, self.image, point)
        if there is not None:
            self.document.select([there])
            return
        self._keep(*add_box(self.document.settled, self.kind, self.image, point, self.host.expected_box(row)))

    def _keep(self, after: AnchorSet, ref: Ref) -> None:
        self.host.commit(after, f"Draw {title(ref)}")
        if find_anchor(self.document.settled, ref) is not None:
            self.document.select([ref])

    def cancel(self) -> bool:
        self._grip = None
        return super().cancel()


class PinTool(DrawTool):
    """Draws pins, which are boxes of one head alone."""

    hint = "Pin: drag a box around one head; other heads do not move"
    kind: BoxKind = "pin"
