"""The first page: what was opened before, and the scenes of the folder that is open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QBrush, QFont, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from annotator_gui import words
from annotator_gui.grades import SIGNS, ink
from annotator_gui.session import SceneRow

Index = QModelIndex | QPersistentModelIndex
SORTED = Qt.ItemDataRole.UserRole
_NONE = "–"


class SceneTable(QAbstractTableModel):
    """One row for each scene; what is not known yet is left empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[SceneRow] = []

    def show(self, rows: Sequence[SceneRow]) -> None:
        """Take the place of all rows."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def update_row(self, place: int, row: SceneRow) -> None:
        """Take the place of one row."""
        self._rows[place] = row
        self.dataChanged.emit(self.index(place, 0), self.index(place, self.columnCount() - 1))

    def scene(self, place: int) -> str:
        """Name of the scene in a row."""
        return self._rows[place].name

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's name and way of calling
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - as above
        return 0 if parent.isValid() else len(words.SCENE_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802 - as above
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return words.SCENE_COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(row)[column]
        if role == SORTED:
            return _sort_keys(row)[column]
        if role == Qt.ItemDataRole.TextAlignmentRole and 0 < column < 4:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and column == 4 and row.grade is not None:
            return QBrush(ink(row.grade, QGuiApplication.palette()))
        return None


def shown(row: SceneRow) -> tuple[str, ...]:
    """The texts of a row."""
    grade = _NONE if row.grade is None else f"{SIGNS[row.grade]} {words.GRADES[row.grade]}"
    edited = "" if row.edited is None else row.edited.strftime("%Y-%m-%d %H:%M")
    heads = "…" if row.heads is None else f"{row.heads:,}"
    return row.name, f"{row.frames:,}", heads, f"{row.anchors:,}", grade, f"{row.reviewed:.0%}", edited


def _sort_keys(row: SceneRow) -> tuple[Any, ...]:
    grades = {None: 3, "red": 2, "amber": 1, "green": 0}
    edited = 0.0 if row.edited is None else row.edited.timestamp()
    heads = -1 if row.heads is None else row.heads
    return row.name, row.frames, heads, row.anchors, grades[row.grade], row.reviewed, edited


class _EnterTable(QTableView):
    """A table that opens its row by Enter, which Qt leaves to platforms."""

    entered_row = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered_row.emit()
        else:
            super().keyPressEvent(event)


class StartPage(QWidget):
    """What can be opened.

    Signals:
        open_asked: the button to choose a folder was pressed.
        path_chosen: a recent data set.
        scene_chosen: name of a scene.
    """

    open_asked = Signal()
    path_chosen = Signal(str)
    scene_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scenes = SceneTable(self)
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self.scenes)
        self.sorted.setSortRole(SORTED)
        self.sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.filter = QLineEdit(placeholderText=words.FILTER_SCENES, clearButtonEnabled=True)
        self.filter.setAccessibleName(words.FILTER_SCENES)
        self.filter.textChanged.connect(self.sorted.setFilterFixedString)
        self.table = self._make_table()
        self.title = _title(words.SCENES)
        self.recent = QListWidget()
        self.recent.setAccessibleName(words.RECENT)
        self.recent.setMaximumWidth(420)
        self.recent.itemActivated.connect(self._chose_recent)
        self.recent.itemClicked.connect(self._chose_recent)
        self._lay_out()
        self.show_scenes("", ())

    def show_recent(self, paths: Sequence[Path]) -> None:
        """List what was opened before."""
        self.recent.clear()
        for path in paths:
            item = QListWidgetItem(f"{path.name}\n{path.parent}")
            item.setData(SORTED, str(path))
            item.setToolTip(str(path))
            self.recent.addItem(item)
        self.recent.setEnabled(bool(paths))
        if not paths:
            self.recent.addItem(words.NOTHING_RECENT)

    def show_scenes(self, name: str, rows: Sequence[SceneRow]) -> None:
        """List the scenes of a data set; none = nothing is open."""
        self.scenes.show(rows)
        self.title.setText(words.SCENES_OF.format(name=name) if rows else words.SCENES)
        for part in (self.title, self.filter, self.table, self._open_scene):
            part.setVisible(bool(rows))
        if rows:
            head = self.table.horizontalHeader()
            head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
            self.table.selectRow(0)
            self.table.setFocus()

    def select(self, scene: str) -> None:
        """Put the cursor on a scene."""
        for place in range(self.scenes.rowCount()):
            if self.scenes.scene(place) == scene:
                self.table.selectRow(self.sorted.mapFromSource(self.scenes.index(place, 0)).row())

    def _make_table(self) -> _EnterTable:
        table = _EnterTable()
        table.setModel(self.sorted)
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)  # natural order of the data set until a head is clicked
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setAccessibleName(words.SCENES)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 10)
        table.doubleClicked.connect(self._choose_scene)
        table.entered_row.connect(self._choose_scene)
        return table

    def _choose_scene(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        if rows:
            self.scene_chosen.emit(self.scenes.scene(self.sorted.mapToSource(rows[0]).row()))

    def _chose_recent(self, item: QListWidgetItem) -> None:
        path = item.data(SORTED)
        if path:
            self.path_chosen.emit(path)

    def _lay_out(self) -> None:
        head = _title(words.START_TITLE, larger=6)
        drop = QLabel(words.START_DROP)
        button = QPushButton(words.ACTIONS["open"][0])
        button.setMinimumHeight(34)
        button.setDefault(True)
        button.clicked.connect(self.open_asked)
        self._open_scene = QPushButton(words.OPEN_SCENE)
        self._open_scene.clicked.connect(self._choose_scene)
        left = QVBoxLayout()
        for part in (head, drop, button, _title(words.RECENT)):
            left.addWidget(part)
        for text in (head, drop):
            text.setWordWrap(True)
            text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        left.addWidget(self.recent, 1)
        right = QVBoxLayout()
        right.addWidget(self.title)
        right.addWidget(self.filter)
        right.addWidget(self.table, 1)
        right.addWidget(self._open_scene, 0, Qt.AlignmentFlag.AlignRight)
        both = QHBoxLayout(self)
        both.setContentsMargins(28, 24, 28, 20)
        both.setSpacing(28)
        both.addLayout(left, 2)
        both.addLayout(right, 3)


def _title(text: str, *, larger: int = 2) -> QLabel:
    label = QLabel(text)
    font = label.font()
    font.setPointSize(font.pointSize() + larger)
    font.setWeight(QFont.Weight.DemiBold)
    label.setFont(font)
    return label
