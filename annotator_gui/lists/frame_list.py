"""The list of frames: how many heads each has, which are reviewed, which have changed since."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QSignalBlocker,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QListView,
    QSlider,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from annotator_gui import texts
from annotator_gui.model.document import Document

_REVIEWED = "reviewed"
_CHANGED = "changed since review"
_UNREVIEWED = "not reviewed"
_FILTER_FRAMES = "Filter frames"
_FRAME_SHOWN = ("All frames", "Unreviewed", "Changed since review")

Index = QModelIndex | QPersistentModelIndex
STATE = Qt.ItemDataRole.UserRole
HEADS = STATE + 1
_MARGIN = 8
_MARKS = {_REVIEWED: "●", _CHANGED: "◐", _UNREVIEWED: "○"}


class FrameModel(QAbstractListModel):
    """One row for each frame, read from the document."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document: Document | None = None
        self._reviewed: frozenset[str] = frozenset()
        self._changed: frozenset[str] = frozenset()

    def show(self, document: Document | None, changed: Collection[str] = ()) -> None:
        """Take another document, or read the same one again."""
        fresh = document is not self.document
        if fresh:
            self.beginResetModel()
        self.document, self._changed = document, frozenset(changed)
        self._reviewed = frozenset(document.anchors.reviewed if document else ())
        if fresh:
            self.endResetModel()
        elif self.rowCount():
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    def state(self, row: int) -> str:
        """Whether a frame is reviewed, in words."""
        name = self.document.names[row] if self.document else ""
        if name not in self._reviewed:
            return _UNREVIEWED
        return _CHANGED if name in self._changed else _REVIEWED

    def reviewed(self) -> int:
        """How many frames are reviewed."""
        return sum(self.state(row) != _UNREVIEWED for row in range(self.rowCount()))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's name and way of calling
        return 0 if self.document is None or parent.isValid() else len(self.document.images)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.document is None:
            return None
        row = index.row()
        name, heads, state = self.document.names[row], len(self.document.heads(row)), self.state(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{_MARKS[state]}  {name}"
        if role == HEADS:
            return f"{heads:,}"
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{name}, {heads:,} heads, {state}"
        return state if role == STATE else None


class _Row(QStyledItemDelegate):
    """Mark and name on the left, how many heads on the right."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802 - Qt's name
        super().initStyleOption(option, index)
        count = option.fontMetrics.horizontalAdvance(index.data(HEADS) or "")
        room = option.rect.width() - count - 3 * _MARGIN
        option.text = option.fontMetrics.elidedText(option.text, Qt.TextElideMode.ElideMiddle, room)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.PlaceholderText
        painter.save()
        painter.setPen(option.palette.color(role))
        place = option.rect.adjusted(_MARGIN, 0, -_MARGIN, 0)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), index.data(HEADS))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        return super().sizeHint(option, index) + QSize(0, _MARGIN // 2)


class _Filter(QSortFilterProxyModel):
    """Frames of a name, and of a state ("" = any)."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text, self.state = "", ""

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:  # noqa: ARG002, N802 - Qt's name
        model = self.sourceModel()
        assert isinstance(model, FrameModel) and model.document is not None
        named = self.text in model.document.names[row].casefold()
        return named and self.state in ("", model.state(row))


class FrameList(QWidget):
    """The list with its filters, and the slider below it.

    Signals:
        chosen: index of a frame that the user wants to see.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = FrameModel(self)
        self.filtered = _Filter(self)
        self.filtered.setSourceModel(self.model)
        self.filter = QLineEdit(placeholderText=_FILTER_FRAMES, clearButtonEnabled=True)
        self.filter.setAccessibleName(_FILTER_FRAMES)
        self.states = QComboBox()
        self.states.addItems(_FRAME_SHOWN)
        self.states.setAccessibleName(texts.FRAMES)
        self.view = QListView()
        self.view.setModel(self.filtered)
        self.view.setItemDelegate(_Row(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setAccessibleName(texts.FRAMES)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Frame")
        self.count = QLabel()
        self.count.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        for part in (self.filter, self.states, self.view, self.slider, self.count):
            layout.addWidget(part)
        self.filter.textChanged.connect(self._refilter)
        self.states.currentIndexChanged.connect(self._refilter)
        self.view.selectionModel().currentChanged.connect(self._choose)
        self.slider.valueChanged.connect(self.chosen)

    def show_document(self, document: Document | None) -> None:
        with QSignalBlocker(self.slider), QSignalBlocker(self.view.selectionModel()):
            self.model.show(document)
            self.slider.setRange(0, max(0, self.model.rowCount() - 1))
        self._refilter()

    def refresh(self, changed: Collection[str]) -> None:
        """Show the document as it is now, after an edit or when its quality was computed."""
        with QSignalBlocker(self.view.selectionModel()):
            self.model.show(self.model.document, changed)
        self._recount()

    def show_frame(self, index: int) -> None:
        """Put the cursor on a frame, without a signal and without taking the focus."""
        with QSignalBlocker(self.slider), QSignalBlocker(self.view.selectionModel()):
            self.slider.setValue(index)
            place = self.filtered.mapFromSource(self.model.index(index))
            self.view.setCurrentIndex(place)
            if place.isValid():
                self.view.scrollTo(place)
        self.view.viewport().update()

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self.filtered.mapToSource(index).row())

    def _refilter(self) -> None:
        self.filtered.text = self.filter.text().casefold()
        self.filtered.state = ("", _UNREVIEWED, _CHANGED)[self.states.currentIndex()]
        with QSignalBlocker(self.view.selectionModel()):
            self.filtered.invalidate()
        self._recount()

    def _recount(self) -> None:
        shown, everything, reviewed = self.filtered.rowCount(), self.model.rowCount(), self.model.reviewed()
        self.count.setText(f"{shown:,} of {everything:,} frames, {reviewed:,} reviewed")
