"""The dialog about the edits of a crashed session, which were journalled and never saved."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QListWidget, QPushButton, QVBoxLayout, QWidget

from annotator_gui import texts
from annotator_gui.model.journal import Recovery

_RECOVERY_TITLE = "Edits were not saved"

Choice = Literal["restore", "discard", "copy"]


class RecoveryDialog(QDialog):
    """Lists the edits. Closing the dialog restores them, as that loses nothing."""

    def __init__(self, recovery: Recovery, scene: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_RECOVERY_TITLE)
        self.choice: Choice = "restore"
        when = datetime.fromtimestamp(recovery.since).astimezone()
        same_day = when.date() == datetime.now().astimezone().date()
        time = when.strftime("%H:%M" if same_day else "%Y-%m-%d %H:%M")
        count = "1 edit" if recovery.edits == 1 else f"{recovery.edits:,} edits"
        were = "was" if recovery.edits == 1 else "were"
        head = QLabel(f"{count} from {time} {were} not saved.")
        font = head.font()
        font.setBold(True)
        font.setPointSize(font.pointSize() + 2)
        head.setFont(font)
        self.edits = QListWidget()
        self.edits.setAccessibleName(_RECOVERY_TITLE)
        self.edits.addItems(list(recovery.texts))
        self.edits.scrollToBottom()
        self.buttons = {name: QPushButton(text) for name, text in _BUTTONS.items()}
        row = QHBoxLayout()
        row.addStretch()
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _=False, chosen=name: self._choose(chosen))
            row.addWidget(button)
        self.buttons["restore"].setDefault(True)
        layout = QVBoxLayout(self)
        layout.addWidget(head)
        kept = f"The window, or the machine, ended before it could save {scene}. The journal has kept these edits:"
        layout.addWidget(QLabel(kept, wordWrap=True))
        layout.addWidget(self.edits)
        layout.addLayout(row)
        self.resize(520, 360)

    @staticmethod
    def ask(recovery: Recovery, scene: str, parent: QWidget | None = None) -> Choice:
        dialog = RecoveryDialog(recovery, scene, parent)
        dialog.exec()
        return dialog.choice

    def _choose(self, choice: Choice) -> None:
        self.choice = choice
        self.accept()


_BUTTONS: dict[Choice, str] = {"copy": texts.SAVE_COPY, "discard": "&Discard", "restore": "&Restore"}
