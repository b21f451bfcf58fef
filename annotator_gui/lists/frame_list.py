"""The list of frames: how many heads each has, which are reviewed, which have changed since."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSignalBlocker,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPalette
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
from annotator_gui.model.pages import Pages

_REVIEWED = "reviewed"
_CHANGED = "changed since review"
_UNREVIEWED = "not reviewed"
_MISSING = "no picture"
_FILTER = "Filter {}s"
_SHOWN = ("All {}s", "Unreviewed", "Changed since review")

Index = QModelIndex | QPersistentModelIndex
STATE = Qt.ItemDataRole.UserRole
HEADS, PICTURED = STATE + 1, STATE + 2
_MARGIN = 8
_MARKS = {_REVIEWED: "●", _CHANGED: "◐", _UNREVIEWED: "○"}


class FrameModel(QAbstractListModel):
    """One row for each picture of `Pages`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pages: Pages | None = None
        self._changed: frozenset[str] = frozenset()

    def show(self, pages: Pages | None, changed: Collection[str] = ()) -> None:
        """Take other pictures, or read the same ones again."""
        fresh = pages is not self.pages
        if fresh:
            self.beginResetModel()
        self.pages, self._changed = pages, frozenset(changed)
        if fresh:
            self.endResetModel()
        elif self.rowCount():
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    def state(self, row: int) -> str:
        """Whether a picture is reviewed, in words."""
        if self.pages is None or not self.pages.reviewed(row):
            return _UNREVIEWED
        return _CHANGED if self.pages.names[row] in self._changed else _REVIEWED

    def reviewed(self) -> int:
        """How many pictures are reviewed."""
        return sum(self.state(row) != _UNREVIEWED for row in range(self.rowCount()))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's name and way of calling
        return 0 if self.pages is None or parent.isValid() else len(self.pages.names)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.pages is None:
            return None
        row = index.row()
        name, state, pictured = self.pages.names[row], self.state(row), self.pages.pictured(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{_MARKS[state]}  {name}" if pictured else f"{_MARKS[state]}  {name}  ({_MISSING})"
        if role == HEADS:
            heads = self.pages.heads(row)
            return "" if heads is None else f"{heads:,}"
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            heads = self.pages.heads(row)
            parts = [name, "" if heads is None else f"{heads:,} heads", state, "" if pictured else _MISSING]
            return ", ".join(filter(None, parts))
        if role == PICTURED:
            return pictured
        return state if role == STATE else None


class _Row(QStyledItemDelegate):
    """Mark and name on the left, how many heads on the right."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802 - Qt's name
        super().initStyleOption(option, index)
        if not index.data(PICTURED):
            faint = option.palette.color(QPalette.ColorRole.PlaceholderText)
            option.palette.setColor(QPalette.ColorRole.Text, faint)
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
        assert isinstance(model, FrameModel) and model.pages is not None
        named = self.text in model.pages.names[row].casefold()
        return named and self.state in ("", model.state(row))


class FrameList(QWidget):
    """The list with its filters, and the slider below it.

    Signals:
        chosen: place of a picture that the user wants to see.
        left: the user has left the filter.
    """

    chosen = Signal(int)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = FrameModel(self)
        self.filtered = _Filter(self)
        self.filtered.setSourceModel(self.model)
        self.filter = QLineEdit(clearButtonEnabled=True)
        self.states = QComboBox()
        self.states.addItems(_SHOWN)
        self.states.setAccessibleName(texts.FRAMES)
        self.view = QListView()
        self.view.setModel(self.filtered)
        self.view.setItemDelegate(_Row(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setAccessibleName(texts.FRAMES)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.count = QLabel()
        self.count.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        for part in (self.filter, self.states, self.view, self.slider, self.count):
            layout.addWidget(part)
        self._page = 0
        self._name_pages("frame")
        self.filter.installEventFilter(self)
        self.filter.textChanged.connect(self._refilter)
        self.states.currentIndexChanged.connect(self._refilter)
        self.view.selectionModel().currentChanged.connect(self._choose)
        self.slider.valueChanged.connect(self.chosen)

    def show_pages(self, pages: Pages | None, changed: Collection[str] = ()) -> None:
        with QSignalBlocker(self.slider), QSignalBlocker(self.view.selectionModel()):
            self.model.show(pages, changed)
            # Each picture that is a scene of its own is opened: not those that a drag of the slider passes.
            self.slider.setTracking(pages is None or pages.word == "frame")
            self.slider.setRange(0, max(0, self.model.rowCount() - 1))
        self._name_pages(pages.word if pages else "frame")
        self._refilter()

    def _name_pages(self, word: str) -> None:
        """Call the pictures what they are: frames of one camera, or pictures."""
        self.filter.setPlaceholderText(_FILTER.format(word))
        self.filter.setAccessibleName(_FILTER.format(word))
        self.states.setItemText(0, _SHOWN[0].format(word))
        self.slider.setAccessibleName(word.capitalize())

    def refresh(self, changed: Collection[str]) -> None:
        """Show the pictures as they are now, after an edit or when its quality was computed."""
        with QSignalBlocker(self.view.selectionModel()):
            self.model.show(self.model.pages, changed)
        self._recount()

    def show_page(self, index: int) -> None:
        """Put the cursor on a picture, without a signal and without taking the focus."""
        self._page = index
        with QSignalBlocker(self.slider), QSignalBlocker(self.view.selectionModel()):
            self.slider.setValue(index)
            place = self.filtered.mapFromSource(self.model.index(index))
            self.view.setCurrentIndex(place)
            if place.isValid():
                self.view.scrollTo(place)
        self.view.viewport().update()

    def go_to_filter(self) -> None:
        """Go to the filter."""
        self.filter.setFocus()
        self.filter.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if watched is not self.filter or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
            event.accept()  # Esc is an action of the window, too.
            return True
        if event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() == Qt.Key.Key_Escape:
            self.filter.clear()
            self.left.emit()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            if not self.view.currentIndex().isValid():
                self.view.setCurrentIndex(self.filtered.index(0, 0))
            self.left.emit()
        elif event.key() == Qt.Key.Key_Down:
            self.view.setFocus()
            if not self.view.currentIndex().isValid():
                self.view.setCurrentIndex(self.filtered.index(0, 0))
        else:
            return False
        return True

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self.filtered.mapToSource(index).row())

    def _refilter(self) -> None:
        self.filtered.text = self.filter.text().casefold()
        self.filtered.state = ("", _UNREVIEWED, _CHANGED)[self.states.currentIndex()]
        with QSignalBlocker(self.view.selectionModel()):
            self.filtered.invalidate()
        self.show_page(self._page)
        self._recount()

    def _recount(self) -> None:
        shown, everything, reviewed = self.filtered.rowCount(), self.model.rowCount(), self.model.reviewed()
        word = self.model.pages.word if self.model.pages else "frame"
        self.count.setText(f"{shown:,} of {everything:,} {word}s, {reviewed:,} reviewed")
