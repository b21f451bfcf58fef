"""The table of all keys and gestures (F1), and the preferences, where keys can be changed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from annotator_gui.actions import ACTIONS, keys_in_use, taken_twice
from annotator_gui.settings import Settings

_KEYS = "Keys"
_KEY_COLUMNS = ("What it does", "Keys")
_SCHEMES = {"system": "as the system", "light": "light", "dark": "dark"}
_WHEELS = {"zoom": "zooms", "scroll": "scrolls (Ctrl + wheel zooms)"}
GESTURES = (
    ("Wheel", "zoom at the cursor"),
    ("Space + drag, middle drag", "move the picture"),
    (
        "Drag (anchor mode)",
        "draw a box, corner to corner; Ctrl: centred on the head point; Shift: keep the shape",
    ),
    ("Click (anchor mode)", "put a box of the expected size on a head"),
    ("Click (heads mode)", "add a head; on the very point of a head that is there, select it; Shift: add in any case"),
    ("Ctrl + click (heads mode)", "select the nearest head; a drag then moves it"),
    ("Shift + drag (select mode)", "select everything in a frame"),
    ("Tab", "select the next of what lies under the cursor"),
    ("Arrows", "move the selection by 1 pixel, with Shift by 10"),
    ("[  ]", "change its size by 2 %, with Shift by 10 %"),
    ("Right button, Esc", "cancel a drag"),
    ("X held", "hide everything drawn"),
    ("D or A held", "play the frames"),
)


def _table(rows: list[tuple[str, str]], *, editable: bool) -> QTableWidget:
    table = QTableWidget(len(rows), 2)
    table.setHorizontalHeaderLabels(list(_KEY_COLUMNS))
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 8)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    table.setTabKeyNavigation(False)
    table.setAccessibleName(_KEYS)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setStretchLastSection(True)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    if not editable:
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            table.setItem(row, column, QTableWidgetItem(text))
    return table


def _native(keys: tuple[str, ...]) -> str:
    return ", ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in keys)


class KeyHelp(QDialog):
    """Lists the keys of all actions, and the gestures."""

    def __init__(self, changed: dict[str, tuple[str, ...]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_KEYS)
        keys = keys_in_use(changed)
        rows = [(action.text, _native(keys[action.name])) for action in ACTIONS]
        self.table = _table([*rows, *((does, gesture) for gesture, does in GESTURES)], editable=False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table)
        layout.addWidget(buttons)
        self.resize(720, 620)


class Preferences(QDialog):
    """Colours, wheel and keys; kept together, or not at all if one is refused."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self._settings = settings
        self.scheme, self.wheel = QComboBox(), QComboBox()
        for box, choices, now in (
            (self.scheme, _SCHEMES, settings.scheme),
            (self.wheel, _WHEELS, "zoom" if settings.wheel_zooms else "scroll"),
        ):
            for name, text in choices.items():
                box.addItem(text, name)
            box.setCurrentIndex(max(0, box.findData(now)))
        keys = keys_in_use(settings.keys)
        self.table = _table([(action.text, " ".join(keys[action.name])) for action in ACTIONS], editable=True)
        self.problem = QLabel(wordWrap=True)
        self.problem.hide()
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok
            | QDialogButtonBox.StandardButton.Cancel
            | QDialogButtonBox.StandardButton.RestoreDefaults
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults).clicked.connect(self._restore_keys)
        form = QFormLayout()
        form.addRow("&Colours", self.scheme)
        form.addRow("&Wheel", self.wheel)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        for part in (self.table, self.problem, buttons):
            layout.addWidget(part)
        self.resize(620, 600)

    def accept(self) -> None:
        """Keep the choices, unless two actions would have the same key."""
        keys = self._typed()
        for key, names in taken_twice(keys).items():
            first = next(action for action in ACTIONS if action.name == names[0])
            self._refuse(f"{key} already means {first.text}")
            return
        unknown = next((key for own in keys.values() for key in own if QKeySequence(key).isEmpty()), None)
        if unknown is not None:
            self._refuse(f"{unknown} is not a key. Write keys like Ctrl+Shift+A, with a space between two of them")
            return
        self._settings.keys = {action.name: keys[action.name] for action in ACTIONS if keys[action.name] != action.keys}
        self._settings.scheme = self.scheme.currentData()
        self._settings.wheel_zooms = self.wheel.currentData() == "zoom"
        self._settings.write()
        super().accept()

    def _refuse(self, reason: str) -> None:
        self.problem.setText(reason)
        self.problem.show()

    def _typed(self) -> dict[str, tuple[str, ...]]:
        keys = {}
        for row, action in enumerate(ACTIONS):
            item = self.table.item(row, 1)
            keys[action.name] = tuple((item.text() if item else "").split())
        return keys

    def _restore_keys(self) -> None:
        for row, action in enumerate(ACTIONS):
            self.table.setItem(row, 1, QTableWidgetItem(" ".join(action.keys)))
