"""Edits by keys in the present mode: nudge, grow, remove, pin, ignore; and selecting what lies under the cursor."""

from __future__ import annotations

from annotator_gui.gestures.box_tools import title
from annotator_gui.gestures.grips import under
from annotator_gui.gestures.tools import Tool
from annotator_gui.model.document import Document
from gta_head_tools.anchors.anchors import Pair
from gta_head_tools.anchors.drawings import move, remove, scale
from gta_head_tools.anchors.drawn_boxes import BOX_KINDS, Ref, add_box, find_box
from gta_head_tools.anchors.head_edits import is_ignored, set_head_ignore


def nudge(tool: Tool, by: Pair) -> None:
    """Move what is selected by image pixels; heads only in a mode that moves heads."""
    document = tool.document
    refs = tuple(ref for ref in document.selection if tool.moves_heads or ref.kind != "head")
    if not refs:
        return
    tool.host.commit(move(document.settled, refs, by), f"Move {title(*refs)}", _run(tool, "nudge"))
    moved = {ref: Ref("head", 0, ref.image, (ref.point[0] + by[0], ref.point[1] + by[1])) for ref in refs}
    document.select(moved[ref] if ref.kind == "head" else ref for ref in refs)


def grow(tool: Tool, factor: float) -> None:
    """Change the size of the selected boxes about their middles."""
    document = tool.document
    refs = tuple(ref for ref in document.selection if ref.kind in BOX_KINDS)
    if refs:
        tool.host.commit(scale(document.settled, refs, factor), f"Change {title(*refs)}", _run(tool, "grow"))


def remove_selected(tool: Tool) -> None:
    """Remove the last vertex of a zone that is being drawn, else what is selected."""
    refs = tool.document.selection
    if not tool.back() and refs:
        tool.host.commit(remove(tool.document.settled, refs), f"Remove {title(*refs)}")


def pin_selected(tool: Tool) -> bool:
    """Pin the selected heads with boxes as they are shown, and select the pins; False when no head is selected."""
    host, document = tool.host, tool.document
    rows = [(ref, document.row(ref)) for ref in document.selection if ref.kind == "head"]
    drawn, pins = document.settled, []
    for ref, row in rows:
        if row >= 0 and document.index(ref.image) == host.index:
            pin = find_box(drawn, "pin", ref.image, ref.point)
            if pin is None:
                drawn, pin = add_box(drawn, "pin", ref.image, ref.point, host.expected_box(row))
            pins.append(pin)
    if pins:
        host.commit(drawn, f"Draw {title(*pins)}")
        document.select(pins)
    return bool(pins)


def toggle_ignore(tool: Tool) -> None:
    """Set the ignore flag of the selected heads, or take it back when the user has set it for all of them.

    A flag of the source stays, as the project cannot hold that such a flag is cleared; the user is told.
    """
    host, document = tool.host, tool.document
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


def cycle(tool: Tool, step: int) -> bool:
    """Select the next (or with -1 the previous) of what lies under the cursor; False when nothing does.

    A drag goes on undisturbed.
    """
    found = under(tool.host, tool.cursor)
    if tool.held or not found:
        return tool.held
    chosen = tool.document.selection
    place = found.index(chosen[0]) + step if len(chosen) == 1 and chosen[0] in found else 0
    tool.document.select([found[place % len(found)]])
    return True


def _run(tool: Tool, kind: str) -> str:
    """Names a run of edits by keys: it ends when something else is selected or a button of the mouse is pressed."""
    # Not by the whole `Ref`: that of a head holds its place, which the run itself changes.
    return f"{kind} {[(ref.kind, ref.index) for ref in tool.document.selection]} {tool.host.presses}"


def _ignored_by_source(document: Document, ref: Ref) -> bool:
    row = document.row(ref)
    ignored = row >= 0 and bool(document.heads(document.index(ref.image)).ignore[row])
    return ignored and not is_ignored(document.settled, ref.image, ref.point)
