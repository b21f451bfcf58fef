"""The anchors of the open scene with what the others think of each; below it worst spots, pins and zones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSignalBlocker,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QBrush, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from annotator_gui import words
from annotator_gui.document import Document
from annotator_gui.grades import ink
from annotator_gui.numbers import TESTABLE, AnchorNumbers, SceneNumbers
from gta_head_tools.interpolation.anchors import Anchor
from gta_head_tools.interpolation.drawing import Ref

Index = QModelIndex | QPersistentModelIndex
_SUBJECT = Qt.ItemDataRole.UserRole


class AnchorModel(QAbstractTableModel):
    """One row for each anchor, read from the document and the last numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._anchors: tuple[Anchor, ...] = ()
        self._checks: tuple[AnchorNumbers, ...] = ()

    def show(self, anchors: tuple[Anchor, ...], numbers: SceneNumbers | None) -> None:
        """Look again."""
        self.beginResetModel()
        self._anchors = anchors
        # Numbers of other drawings come late: until then their columns are empty.
        fresh = numbers is not None and numbers.anchors.anchors == anchors
        self._checks = numbers.checks if numbers is not None and fresh else ()
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's name and way of calling
        return 0 if parent.isValid() else len(self._anchors)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - as above
        return 0 if parent.isValid() else len(words.ANCHOR_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802 - as above
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return words.ANCHOR_COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = index.row(), index.column()
        check = self._checks[row] if row < len(self._checks) else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._texts(row, check)[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(check)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (2, 3, 4):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and column == 5 and check is not None and check.suspect:
            return QBrush(ink("red", QPalette()))
        return None

    def _texts(self, row: int, check: AnchorNumbers | None) -> tuple[str, ...]:
        anchor = self._anchors[row]
        x0, y0, x1, y1 = anchor.box
        drawn = f"{((x1 - x0) * (y1 - y0)) ** 0.5:.1f}"
        start = str(row + 1), anchor.image, drawn
        use = words.USE[anchor.use]
        if check is None:
            return (*start, "", "", use)
        if check.expected is None or check.residual is None:
            return (*start, words.NOT_TESTABLE if len(self._anchors) < TESTABLE else "", "", use)
        flag = " ".join(filter(None, [use, words.SUSPECT if check.suspect else ""]))
        return (*start, f"{check.expected:.1f}", f"{check.residual:+.0%}", flag)

    def _tip(self, check: AnchorNumbers | None) -> str:
        if check is None:
            return ""
        if check.expected is None:
            return words.NOT_TESTABLE_TIP if len(self._anchors) < TESTABLE else ""
        return words.SUSPECT_TIP.format(drawn=check.drawn, expected=check.expected)


class AnchorTable(QWidget):
    """The dock of what is drawn.

    Signals:
        show_asked: a `Ref` or a (frame, x, y) that the user wants to see.
    """

    show_asked = Signal(object)

    def __init__(self, keep: QAction, leave_out: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document: Document | None = None
        self.model = AnchorModel(self)
        self.table = self._make_table()
        self.worst, self.others = QListWidget(), QListWidget()
        self.notes = QLabel(wordWrap=True)
        buttons = QHBoxLayout()
        for action in (keep, leave_out):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            buttons.addWidget(button)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.table, 4)
        layout.addLayout(buttons)
        for name, part in ((words.WORST, self.worst), (words.PINS, self.others)):
            part.setAccessibleName(name)
            part.itemClicked.connect(self._show_item)
            part.itemActivated.connect(self._show_item)
            layout.addWidget(QLabel(name))
            layout.addWidget(part, 2)
        layout.addWidget(self.notes)

    def show_document(self, document: Document | None) -> None:
        """Take another scene."""
        self.document = document
        self.refresh(None)

    def refresh(self, numbers: SceneNumbers | None) -> None:
        """Look at the document again, after an edit or with new numbers."""
        anchors = self.document.anchors.anchors if self.document else ()
        with QSignalBlocker(self.table.selectionModel()):
            self.model.show(anchors, numbers)
        self._fill(self.worst, self._worst(numbers))
        self._fill(self.others, self._others(numbers))
        self.notes.setText("\n".join(numbers.notes) if numbers else "")
        self.notes.setVisible(bool(numbers and numbers.notes))
        self.show_selection()

    def show_selection(self) -> None:
        """Select the rows of what is selected, without telling anybody."""
        chosen, last = QItemSelection(), self.model.columnCount() - 1
        for ref in self.document.selection if self.document else ():
            if ref.kind == "anchor" and ref.index < self.model.rowCount():
                chosen.select(self.model.index(ref.index, 0), self.model.index(ref.index, last))
        with QSignalBlocker(self.table.selectionModel()):
            self.table.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.table.viewport().update()

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setTabKeyNavigation(False)
        table.setAccessibleName(words.ANCHORS)
        table.setMinimumWidth(260)
        table.verticalHeader().hide()
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(len(words.ANCHOR_COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 8)
        table.selectionModel().selectionChanged.connect(self._select)
        table.activated.connect(self._show_row)
        table.clicked.connect(self._show_row)
        return table

    def _select(self) -> None:
        if self.document is not None:
            rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
            self.document.select(Ref("anchor", row) for row in rows)

    def _show_row(self, index: QModelIndex) -> None:
        self.show_asked.emit(Ref("anchor", index.row()))

    def _show_item(self, item: QListWidgetItem) -> None:
        self.show_asked.emit(item.data(_SUBJECT))

    def _fill(self, part: QListWidget, rows: Iterator[tuple[str, object]]) -> None:
        part.clear()
        for text, subject in rows:
            item = QListWidgetItem(text)
            item.setData(_SUBJECT, subject)
            part.addItem(item)

    def _worst(self, numbers: SceneNumbers | None) -> Iterator[tuple[str, object]]:
        for spot in numbers.worst if numbers else ():
            x, y = spot.point
            yield words.WORST_ROW.format(error=spot.error, x=x, y=y), (spot.image, x, y)

    def _others(self, numbers: SceneNumbers | None) -> Iterator[tuple[str, object]]:
        if self.document is None:
            return
        drawn, lost = self.document.anchors, numbers.lost if numbers else ()
        for index, pin in enumerate(drawn.pins):
            ref = Ref("pin", index)
            yield _row(words.ORPHAN_ROW if ref in lost else words.PIN_ROW, pin), ref
        for index, anchor in enumerate(drawn.image_anchors):
            yield _row(words.IMAGE_ANCHOR_ROW, anchor), Ref("image_anchor", index)
        for index, zone in enumerate(drawn.zones):
            yield words.ZONE_ROW.format(name=zone.name, corners=len(zone.polygon)), Ref("zone", index)
        if drawn.horizon is not None:
            yield words.HORIZON_ROW, Ref("horizon")


def _row(text: str, anchor: Anchor) -> str:
    x0, y0, x1, y1 = anchor.box
    use = words.USE[anchor.use]
    return text.format(image=anchor.image, size=((x1 - x0) * (y1 - y0)) ** 0.5, use=use and f" · {use}")
