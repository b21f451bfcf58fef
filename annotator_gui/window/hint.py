"""What to do first, above the picture, where it covers no head; it can be closed for good."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton

_CLOSE = "Close these hints for good; F1 shows all keys and gestures"


class Hint(QFrame):
    """Some lines, and a button that closes them.

    Signals:
        closed: the user wants no such hints.
    """

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.text = QLabel(wordWrap=True)
        # A window that is narrower than a line breaks it.
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.close_button = QToolButton()
        self.close_button.setText("✕")
        self.close_button.setAutoRaise(True)
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button.setToolTip(_CLOSE)
        self.close_button.setAccessibleName(_CLOSE)
        self.close_button.clicked.connect(self.closed)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        row.addWidget(self.text, 1)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_lines(self, lines: Sequence[str]) -> None:
        """Show lines; without lines, nothing."""
        if lines:
            self.text.setText("\n".join(lines))
        self.setVisible(bool(lines))
