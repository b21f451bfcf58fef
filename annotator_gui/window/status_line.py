"""The status bar: what the mode does, where the cursor is, which frame is shown, and whether all is saved."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from annotator_gui.grades import ink
from annotator_gui.model.document import Document
from annotator_gui.model.pages import Pages
from annotator_gui.wording import in_window
from gta_head_tools.anchors.anchors import Box

HINT_MS = 6_000


class StatusLine(QStatusBar):
    """A status bar with fields, each with a name for screen readers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mode = QLabel("Ready")
        self.addWidget(self.mode, 1)
        self.mode.setMinimumWidth(60)
        self.position, self.zoom, self.frame, self.drawn, self.saved = (QLabel() for _ in range(5))
        for field, name in (
            (self.position, "position"),
            (self.zoom, "zoom"),
            (self.frame, "frame"),
            (self.drawn, "drawn"),
            (self.saved, "saved"),
        ):
            field.setObjectName(name)
            field.setContentsMargins(6, 0, 6, 0)
            self.addPermanentWidget(field)

    def say(self, text: str) -> None:
        """Show a sentence for some seconds."""
        self.showMessage(in_window(text), HINT_MS)

    def show_mode(self, hint: str) -> None:
        self.mode.setText(hint)
        self.mode.setToolTip(hint)

    def show_position(self, point: QPointF, box: Box | None) -> None:
        """Show where the cursor is, and the size of the selected box."""
        parts = [f"x {point.x():.0f}  y {point.y():.0f}"]
        if box is not None:
            parts.append(f"{box[2] - box[0]:.0f}×{box[3] - box[1]:.0f}")
        self.position.setText(" · ".join(parts))

    def show_zoom(self, zoom: float) -> None:
        self.zoom.setText(f"{zoom:.0%}")

    def show_document(self, document: Document | None, index: int, pages: Pages | None) -> None:
        """Show which picture is on screen, and what is drawn in its scene."""
        if document is None or pages is None:
            for field in (self.position, self.zoom, self.frame, self.drawn, self.saved):
                field.clear()
            self.mode.setText("Ready")
            return
        count, heads, place = len(pages.names), len(document.heads(index)), pages.scene + index
        seen = " · reviewed" if document.names[index] in document.anchors.reviewed else ""
        self.frame.setText(f"{pages.word} {place + 1:,}/{count:,} · heads {heads:,}" + seen)
        drawn = document.anchors
        self.drawn.setText(f"anchors {len(drawn.fitted)} · pins {len(drawn.pins)}")

    def show_saved(self, document: Document | None, failure: str, elsewhere: str = "") -> None:
        """Show whether everything is on disk; a failure is red, and its tool tip says why."""
        if document is None:
            return
        state = "not saved yet" if document.dirty else "saved ✓"
        if document.readonly:
            state = "read only"
        elif failure:
            state = "✕ not saved"
        self.saved.setText(" · ".join(filter(None, [state, elsewhere and f"kept in {elsewhere}"])))
        self.saved.setToolTip(document.readonly or failure or str(document.path))
        palette = QPalette()
        if failure:
            palette.setColor(QPalette.ColorRole.WindowText, ink("red", palette))
        self.saved.setPalette(palette)
