"""The first page: what was opened before, and the scenes of the folder that is open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, QSize, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QBrush, QFont, QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
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
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from annotator_gui.grades import SIGNS, ink
from annotator_gui.lists.flat_table import CENTRE, LEFT, RIGHT, FlatTable, Index
from annotator_gui.model.scene_list import SceneRow

_COLUMNS = {
    "Scene": LEFT,
    "Frames": RIGHT,
    "Heads": RIGHT,
    "Anchors": RIGHT,
    "Grade": CENTRE,
    "Reviewed": RIGHT,
    "Last edit": CENTRE,
}
_GRADE = 4
_FILTER_SCENES = "Filter scenes"
_SCENES = "Scenes"
_RECENT = "Recently opened"
_GRADES = {"green": "good", "amber": "fair", "red": "poor"}

SORTED = Qt.ItemDataRole.UserRole
_NONE = "–"
_SPACE = 16


class SceneTable(FlatTable[SceneRow]):
    """One row for each scene; what is not known yet is left empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_COLUMNS, parent)

    def update_row(self, place: int, row: SceneRow) -> None:
        self._rows[place] = row
        self.dataChanged.emit(self.index(place, 0), self.index(place, self.columnCount() - 1))

    def scene(self, place: int) -> str:
        return self._rows[place].name

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(row)[column]
        if role == SORTED:
            return _sort_keys(row)[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.problem or None
        grade = "red" if row.problem else row.grade
        if role == Qt.ItemDataRole.ForegroundRole and column == _GRADE and grade is not None:
            return QBrush(ink(grade, QGuiApplication.palette()))
        return super().data(index, role)


def shown(row: SceneRow) -> tuple[str, ...]:
    """The texts of a row."""
    grade = _NONE if row.grade is None else f"{SIGNS[row.grade]} {_GRADES[row.grade]}"
    grade = "! cannot be opened" if row.problem else grade
    edited = "" if row.edited is None else row.edited.strftime("%Y-%m-%d %H:%M")
    unknown = _NONE if row.problem else "…"
    heads = unknown if row.heads is None else f"{row.heads:,}"
    return row.name, f"{row.frames:,}", heads, f"{row.anchors:,}", grade, f"{row.reviewed:.0%}", edited


def _sort_keys(row: SceneRow) -> tuple[Any, ...]:
    grades = {None: 3, "red": 2, "amber": 1, "green": 0}
    edited = 0.0 if row.edited is None else row.edited.timestamp()
    heads = -1 if row.heads is None else row.heads
    return row.name, row.frames, heads, row.anchors, grades[row.grade], row.reviewed, edited


class _DropPlace(QWidget):
    """Where there is nothing to list: an outline that says what can be dropped on the window."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = self.palette().color(QPalette.ColorRole.PlaceholderText)
        painter.setPen(QPen(ink, 1.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 10, 10)
        painter.setPen(ink)
        flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        text = "Drop a folder of pictures or scenes here,\nor one file such as COCO or CSV."
        painter.drawText(self.rect().adjusted(32, 32, -32, -32), flags, text)


class _RecentRow(QStyledItemDelegate):
    """A name, and below it, quieter, where it lies."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        name, _, folder = str(index.data()).partition("\n")
        self.initStyleOption(option, index)
        option.text = ""
        option.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        chosen, enabled = (
            bool(option.state & flag) for flag in (QStyle.StateFlag.State_Selected, QStyle.StateFlag.State_Enabled)
        )
        loud, quiet = QPalette.ColorRole.Text, QPalette.ColorRole.PlaceholderText
        place = option.rect.adjusted(8, 4, -8, -4)
        for text, role, side in (
            (name, loud, Qt.AlignmentFlag.AlignTop),
            (folder, quiet, Qt.AlignmentFlag.AlignBottom),
        ):
            tone = QPalette.ColorRole.HighlightedText if chosen else role if enabled else quiet
            painter.setPen(option.palette.color(tone))
            shown = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideMiddle, place.width())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | side), shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        lines = str(index.data()).count("\n") + 1
        return QSize(0, lines * (option.fontMetrics.height() + 1) + 8)


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
        self.filter = QLineEdit(placeholderText=_FILTER_SCENES, clearButtonEnabled=True)
        self.filter.setAccessibleName(_FILTER_SCENES)
        self.filter.textChanged.connect(self.sorted.setFilterFixedString)
        self.table = self._make_table()
        self.title = _title(_SCENES)
        self.recent = QListWidget()
        self.recent.setAccessibleName(_RECENT)
        self.recent.setMaximumWidth(420)
        self.recent.setItemDelegate(_RecentRow(self.recent))
        self.recent.itemActivated.connect(self._chose_recent)
        self.recent.itemClicked.connect(self._chose_recent)
        self.drop = _DropPlace()
        self._lay_out()
        self.show_scenes("", ())

    def show_recent(self, paths: Sequence[Path]) -> None:
        self.recent.clear()
        for path in paths:
            item = QListWidgetItem(f"{path.name}\n{path.parent}")
            item.setData(SORTED, str(path))
            item.setToolTip(str(path))
            self.recent.addItem(item)
        self.recent.setEnabled(bool(paths))
        if not paths:
            self.recent.addItem("Nothing was opened yet")

    def show_scenes(self, name: str, rows: Sequence[SceneRow]) -> None:
        """List the scenes of a data set; without any, no data set is open."""
        self.scenes.show(rows)
        self.title.setText(f"Scenes of {name}" if rows else _SCENES)
        for part in (self.title, self.filter, self.table, self._open_scene):
            part.setVisible(bool(rows))
        self.drop.setVisible(not rows)
        if rows:
            head = self.table.horizontalHeader()
            head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
            self.table.selectRow(0)
            self.table.setFocus()

    def select(self, scene: str) -> None:
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
        table.setAccessibleName(_SCENES)
        table.horizontalHeader().setHighlightSections(False)
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
        head = _title("Crowds of head points become crowds of head boxes", larger=6)
        head.setWordWrap(True)
        head.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        button = QPushButton("&Open folder…")
        button.setDefault(True)
        button.clicked.connect(self.open_asked)
        self._open_scene = QPushButton("Open scene")
        self._open_scene.clicked.connect(self._choose_scene)
        for large in (button, self._open_scene):
            large.setMinimumHeight(34)
        self._open_scene.setMinimumWidth(140)
        left, right = QVBoxLayout(), QVBoxLayout()
        left.addWidget(head)
        left.addSpacing(_SPACE)
        left.addWidget(button)
        left.addSpacing(_SPACE)
        left.addWidget(_title(_RECENT))
        left.addWidget(self.recent, 1)
        right.addWidget(self.title)
        right.addWidget(self.filter)
        right.addWidget(self.table, 1)
        right.addWidget(self.drop, 1)
        right.addWidget(self._open_scene, 0, Qt.AlignmentFlag.AlignRight)
        both = QHBoxLayout(self)
        both.setContentsMargins(28, 24, 28, 20)
        for column, share in ((left, 2), (right, 3)):
            # Margins that are not set come from the layout around it.
            column.setSpacing(_SPACE // 2)
            both.addLayout(column, share)
        both.setSpacing(28)


def _title(text: str, *, larger: int = 2) -> QLabel:
    label = QLabel(text)
    font = label.font()
    font.setPointSize(font.pointSize() + larger)
    font.setWeight(QFont.Weight.DemiBold)
    label.setFont(font)
    return label
