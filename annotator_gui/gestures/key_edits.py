"""Edits that are made by keys: nudge, grow, remove, pin, ignore, and the next of what lies under the cursor."""

from __future__ import annotations

from annotator_gui.gestures.box_geometry import around, sides
from annotator_gui.gestures.box_tools import title
from annotator_gui.gestures.grips import under
from annotator_gui.gestures.tools import Host, Pointer
from annotator_gui.model.document import Document
from gta_head_tools.anchors.anchors import Pair
from gta_head_tools.anchors.drawings import move, remove, scale
from gta_head_tools.anchors.drawn_boxes import BOX_KINDS, Ref, add_box, find_box
from gta_head_tools.anchors.head_edits import is_ignored, set_head_ignore


def nudge(host: Host, by: Pair, run: str, *, heads: bool) -> None:
    """Move what is selected; heads only where `heads` says so. With nothing selected nothing happens."""
    document = host.document
    refs = tuple(ref for ref in document.selection if heads or ref.kind != "head")
    if not refs:
        return
    host.commit(move(document.settled, refs, by), f"Move {title(*refs)}", run)
    moved = {ref: Ref("head", 0, ref.image, (ref.point[0] + by[0], ref.point[1] + by[1])) for ref in refs}
    document.select(moved[ref] if ref.kind == "head" else ref for ref in refs)


def grow(host: Host, factor: float, run: str) -> None:
    """Change the size of the selected boxes about their middles."""
    refs = tuple(ref for ref in host.document.selection if ref.kind in BOX_KINDS)
    if refs:
        host.commit(scale(host.document.settled, refs, factor), f"Change {title(*refs)}", run)


def remove_selected(host: Host) -> None:
    """Remove what is selected."""
    refs = host.document.selection
    if refs:
        host.commit(remove(host.document.settled, refs), f"Remove {title(*refs)}")


def pin_selected(host: Host) -> bool:
    """Pin the selected heads with boxes as they are shown, and select the pins; False when no head is selected."""
    document = host.document
    rows = [(ref, document.row(ref)) for ref in document.selection if ref.kind == "head"]
    drawn, pins = document.settled, []
    for ref, row in rows:
        if row >= 0 and document.index(ref.image) == host.index:
            pin = find_box(drawn, "pin", ref.image, ref.point)
            if pin is None:
                box = around(ref.point, sides(host.expected_box(row)))
                drawn, pin = add_box(drawn, "pin", ref.image, ref.point, box)
            pins.append(pin)
    if pins:
        host.commit(drawn, f"Draw {title(*pins)}")
        document.select(pins)
    return bool(pins)


def toggle_ignore(host: Host) -> None:
    """Set the ignore flag of the selected heads, or take it back when the user has set it for all of them.

    A flag that the source has set stays: the project has no word to clear it, and the user is told.
    """
    document = host.document
    drawn = document.settled
    chosen = [ref for ref in document.selection if ref.kind == "head"]
    refs = [ref for ref in chosen if not _ignored_by_source(document, ref)]
    value = not all(is_ignored(drawn, ref.image, ref.point) for ref in refs)
    for ref in refs:
        drawn = set_head_ignore(drawn, ref.image, ref.point, value)
    if refs:
        host.commit(drawn, "Ignore head" if value else "Count head again")
    if len(refs) < len(chosen):
        count = len(chosen) - len(refs)
        host.say(f"Ignored by the source, which stays as it is ({count:,}): delete such a head and add it again")


def _ignored_by_source(document: Document, ref: Ref) -> bool:
    row = document.row(ref)
    ignored = row >= 0 and bool(document.heads(document.index(ref.image)).ignore[row])
    return ignored and not is_ignored(document.settled, ref.image, ref.point)


def cycle(host: Host, at: Pointer, step: int) -> bool:
    """Select the next (or with -1 the previous) of what lies under the cursor; False when nothing does."""
    found = under(host, at)
    if not found:
        return False
    chosen = host.document.selection
    place = found.index(chosen[0]) + step if len(chosen) == 1 and chosen[0] in found else 0
    host.document.select([found[place % len(found)]])
    return True
