"""What is there to act upon: the needs of actions that are met, and what belongs to what is selected."""

from __future__ import annotations

from collections.abc import Iterator

from annotator_gui.gestures.grips import find_anchor
from annotator_gui.model.document import Document
from annotator_gui.window.workbench import Workbench
from gta_head_tools.anchors.anchors import Box
from gta_head_tools.anchors.drawn_boxes import Ref


def held_needs(bench: Workbench) -> frozenset[str]:
    """Names of `words.NEEDS` that are met."""
    return frozenset(_held(bench))


def _held(bench: Workbench) -> Iterator[str]:
    document = bench.document
    if bench.session is not None:
        yield "scenes"
    if document is None:
        return
    yield "scene"
    kinds = {ref.kind for ref in document.selection}
    numbers = bench.fit.numbers if bench.fit else None
    held = {
        "writable": not document.readonly,
        "frames": len(document.images) > 1,
        "undo": bench.stack.canUndo(),
        "redo": bench.stack.canRedo(),
        "selection": bool(kinds),
        "anchor": bool(kinds & {"anchor", "image_anchor"}),
        "head": "head" in kinds,
        # While numbers are looked for, the suggestion is waited for.
        "suggestion": numbers is None or bool(numbers.suggestions),
        "numbers": numbers is not None and numbers.heat is not None,
        "exportable": numbers is not None and (bool(document.anchors.anchors) or bool(document.anchors.heads)),
        "proposals": bench.proposals is not None,
    }
    yield from (name for name, met in held.items() if met)


def selected_box(document: Document | None) -> Box | None:
    """The box that is selected, if it is one."""
    if document is None or len(document.selection) != 1:
        return None
    anchor = find_anchor(document.anchors, document.selection[0])
    return None if anchor is None else anchor.box


def image_of(document: Document, ref: Ref) -> int:
    """Index of the picture that a drawing is in; -1 when it is in all of them, or in none that is there."""
    anchor = find_anchor(document.anchors, ref)
    if anchor is not None:
        return document.index(anchor.image)
    return document.index(ref.image) if ref.kind == "head" else -1
