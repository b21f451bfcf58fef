"""What actions need before they can work, and what the user is told as long as it is not there."""

from __future__ import annotations

from annotator_gui.model.document import Document
from annotator_gui.window.workbench import Workbench

NONE_LEFT = "No head is left to suggest in the pictures that are there"


def unmet_needs(bench: Workbench) -> dict[str, str]:
    """Needs of actions that are not met now, and the reason that a disabled action gives for each."""
    document, quality = bench.document, bench.quality
    kinds = {ref.kind for ref in document.selection} if document else set()
    needs = {
        "scenes": (bench.session is not None, "Open a folder first"),
        "scene": (document is not None, "Open a scene first"),
        "writable": (document is not None and not document.readonly, "This scene is open for reading only"),
        "frames": (bench.pages is not None and len(bench.pages.names) > 1, "There is no other picture"),
        "undo": (bench.stack.canUndo(), "Nothing to take back"),
        "redo": (bench.stack.canRedo(), "Nothing was taken back"),
        "selection": (bool(kinds), "Select an anchor, a pin, a zone or a head first"),
        "anchor": (bool(kinds & {"anchor", "image_anchor"}), "Select an anchor, or an anchor of one frame, first"),
        "head": ("head" in kinds, "Select a head first (key E goes to heads mode)"),
        "exportable": (
            quality is not None and document is not None and (_holds_work(document) or quality.expected is not None),
            "Draw an anchor or a head first: there is nothing to write yet",
        ),
        # While the quality is computed, the key waits for the suggestion.
        "suggestion": (quality is None or bench.suggestion is not None, NONE_LEFT),
        "heat": (
            quality is not None and quality.heat is not None,
            "Draw an anchor first, or wait until the error is computed",
        ),
        "proposals": (bench.proposals is not None, "Load proposals first"),
    }
    return {name: reason for name, (met, reason) in needs.items() if not met}


def _holds_work(document: Document) -> bool:
    return bool(document.anchors.fitted or document.anchors.heads or document.anchors.pins)
