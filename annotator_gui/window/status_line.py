"""The line below the window: what the mode does, where the cursor is, which frame, and whether all is saved."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from annotator_gui import texts
from annotator_gui.grades import ink
from annotator_gui.model.document import Document
from gta_head_tools.anchors.anchors import Box

HINT_MS = 6_000


class StatusLine(QStatusBar):
    """Fields that the window fills; each has a name for screen readers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mode = QLabel(texts.READY)
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

    def hint(self, text: str) -> None:
        """Say something for some seconds."""
        self.showMessage(text, HINT_MS)

    def show_mode(self, mode: str) -> None:
        """Say what the mode does."""
        self.mode.setText(texts.MODES.get(mode, ""))
        self.mode.setToolTip(self.mode.text())

    def show_position(self, point: QPointF, box: Box | None) -> None:
        """Where the cursor is, and how large the selected box is."""
        parts = [texts.POSITION.format(x=point.x(), y=point.y())]
        if box is not None:
            parts.append(texts.BOX.format(width=box[2] - box[0], height=box[3] - box[1]))
        self.position.setText(" · ".join(parts))

    def show_zoom(self, zoom: float) -> None:
        """How large the picture is shown."""
        self.zoom.setText(texts.ZOOM.format(zoom=zoom))

    def show_document(self, document: Document | None, index: int) -> None:
        """Which frame is shown and what is drawn in its scene."""
        if document is None:
            for field in (self.position, self.zoom, self.frame, self.drawn, self.saved):
                field.clear()
            self.mode.setText(texts.READY)
            return
        count, heads = len(document.images), len(document.heads(index))
        seen = texts.FRAME_REVIEWED if document.names[index] in document.anchors.reviewed else ""
        self.frame.setText(texts.FRAME.format(number=index + 1, count=count, heads=heads) + seen)
        drawn = document.anchors
        self.drawn.setText(texts.DRAWN.format(anchors=len(drawn.anchors), pins=len(drawn.pins)))

    def show_saved(self, document: Document | None, failure: str, elsewhere: str = "") -> None:
        """Whether everything is on disk; a failure is red and says why."""
        if document is None:
            return
        state = texts.UNSAVED if document.dirty else texts.SAVED
        if document.readonly:
            state = texts.READ_ONLY
        elif failure:
            state = texts.NOT_SAVED
        self.saved.setText(" · ".join(filter(None, [state, elsewhere and texts.ELSEWHERE.format(folder=elsewhere)])))
        self.saved.setToolTip(document.readonly or failure or str(document.path))
        palette = QPalette()
        if failure:
            palette.setColor(QPalette.ColorRole.WindowText, ink("red", palette))
        self.saved.setPalette(palette)
