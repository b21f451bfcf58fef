"""The table of anchors, each compared with the others; below it the least certain heads, pins and zones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QBrush, QGuiApplication, QPainter, QPaintEvent, QPalette
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

from annotator_gui import texts
from annotator_gui.grades import ink
from annotator_gui.lists.flat_table import LEFT, RIGHT, FlatTable, Index
from annotator_gui.model.document import Document
from annotator_gui.model.quality import TESTABLE, AnchorQuality, SceneQuality
from gta_head_tools.anchors.anchors import Anchor
from gta_head_tools.anchors.drawn_boxes import Ref

USES = {"auto": "", "keep": "kept", "ignore": "ignored"}

_SUBJECT = Qt.ItemDataRole.UserRole
_FRAME = 1
_SEEN = 6
"""Number of rows that a list shows without scrolling."""


def differs(residual: float) -> str:
    """How much larger an anchor is than expected; below half a percent without a sign."""
    return "0%" if abs(residual) < 0.005 else f"{residual:+.0%}"


class AnchorModel(FlatTable[Anchor]):
    """One row for each anchor, read from the document and the quality computed last."""

    def __init__(self, parent: QWidget | None = None) -> None:
        columns = {"#": LEFT, "Frame": LEFT, "Size": RIGHT, "Expected": RIGHT, "Differs": RIGHT, "": LEFT}
        super().__init__(columns, parent)
        self._checks: tuple[AnchorQuality, ...] = ()

    def show_anchors(self, anchors: tuple[Anchor, ...], quality: SceneQuality | None) -> None:
        """Replace all rows; columns of the quality of other drawings are empty, as that of these comes later."""
        fresh = quality is not None and quality.anchors.anchors == anchors
        self._checks = quality.checks if quality is not None and fresh else ()
        self.show(anchors)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = index.row(), index.column()
        check = self._checks[row] if row < len(self._checks) else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._texts(row, check)[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(check)
        if role == Qt.ItemDataRole.ForegroundRole and column == 5 and check is not None and check.suspect:
            return QBrush(ink("red", QGuiApplication.palette()))
        return super().data(index, role)

    def _texts(self, row: int, check: AnchorQuality | None) -> tuple[str, ...]:
        anchor = self._rows[row]
        start = str(row + 1), anchor.image, f"{_size(anchor):.1f}"
        use = USES[anchor.use]
        if check is None:
            return (*start, "", "", use)
        if check.expected is None or check.residual is None:
            return (*start, "not testable" if len(self._rows) < TESTABLE else "", "", use)
        flag = " ".join(filter(None, [use, "! suspect" if check.suspect else ""]))
        return (*start, f"{check.expected:.1f}", differs(check.residual), flag)

    def _tip(self, check: AnchorQuality | None) -> str:
        if check is None:
            return ""
        if check.expected is None:
            alone = "With three anchors or fewer there is nothing to compare this one with"
            return alone if len(self._rows) < TESTABLE else ""
        return f"Drawn {check.drawn:.1f} px, the other anchors expect {check.expected:.1f} px"


class _Table(QTableView):
    """A table that says what to do as long as it is empty."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        if not self.model().rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            room = self.viewport().rect().adjusted(16, 16, -16, -16)
            text = "No anchors yet. The button above, or its key, leads to the head to draw first."
            painter.drawText(room, int(Qt.AlignmentFlag.AlignHCenter) | int(Qt.TextFlag.TextWordWrap), text)


class _Section(QWidget):
    """A list with a title, as high as its rows; hidden while it has none."""

    chosen = Signal(object)

    def __init__(self, title: str) -> None:
        super().__init__()
        self.rows = QListWidget()
        self.rows.setAccessibleName(title)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.setUniformItemSizes(True)
        self.rows.itemClicked.connect(self._choose)
        self.rows.itemActivated.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(QLabel(title))
        layout.addWidget(self.rows)

    def show_rows(self, rows: Iterable[tuple[str, object]]) -> None:
        """Replace all rows: their texts, and the subjects that they stand for."""
        self.rows.clear()
        for text, subject in rows:
            item = QListWidgetItem(text)
            item.setData(_SUBJECT, subject)
            item.setToolTip(text)
            self.rows.addItem(item)
        line = self.rows.sizeHintForRow(0)
        self.rows.setFixedHeight(line * min(self.rows.count(), _SEEN) + 2 * self.rows.frameWidth())
        self.setVisible(self.rows.count() > 0)

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(_SUBJECT))


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
        self._worst_part, self._other_part = _Section("Least certain heads"), _Section("Also drawn")
        self.worst, self.others = self._worst_part.rows, self._other_part.rows
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
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)
        for part in (self._worst_part, self._other_part):
            part.chosen.connect(self.show_asked)
            layout.addWidget(part)
        layout.addWidget(self.notes)

    def show_document(self, document: Document | None) -> None:
        self.document = document
        self.refresh(None)

    def refresh(self, quality: SceneQuality | None) -> None:
        """Show the document as it is now, after an edit or when its quality was computed."""
        anchors = self.document.anchors.anchors if self.document else ()
        with QSignalBlocker(self.table.selectionModel()):
            self.model.show_anchors(anchors, quality)
        self._worst_part.show_rows(self._worst(quality))
        self._other_part.show_rows(self._others(quality))
        self.notes.setText("\n".join(note[:1].upper() + note[1:] for note in quality.notes) if quality else "")
        self.notes.setVisible(bool(quality and quality.notes))
        self.show_selection()

    def show_selection(self) -> None:
        """Select the rows of the selected anchors, without a signal."""
        chosen, last = QItemSelection(), self.model.columnCount() - 1
        for ref in self.document.selection if self.document else ():
            if ref.kind == "anchor" and ref.index < self.model.rowCount():
                chosen.select(self.model.index(ref.index, 0), self.model.index(ref.index, last))
        with QSignalBlocker(self.table.selectionModel()):
            self.table.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.table.viewport().update()

    def _make_table(self) -> QTableView:
        table = _Table()
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setTabKeyNavigation(False)
        table.setAccessibleName(texts.ANCHORS)
        table.setMinimumWidth(260)
        table.verticalHeader().hide()
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        # Names of frames may be long; the other columns must not be cut off because of them.
        table.horizontalHeader().setSectionResizeMode(_FRAME, QHeaderView.ResizeMode.Stretch)
        table.setTextElideMode(Qt.TextElideMode.ElideLeft)  # Names of frames differ at their ends.
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

    def _worst(self, quality: SceneQuality | None) -> Iterator[tuple[str, object]]:
        for spot in quality.worst if quality and self.document else ():
            x, y = spot.point
            frame = self.document.names[spot.image] if self.document else ""
            yield f"{spot.error:.0%}  ·  {frame}  ·  x {x:.0f}  y {y:.0f}", (spot.image, x, y)

    def _others(self, quality: SceneQuality | None) -> Iterator[tuple[str, object]]:
        if self.document is None:
            return
        drawn, lost = self.document.anchors, quality.lost if quality else ()
        for index, pin in enumerate(drawn.pins):
            ref = Ref("pin", index)
            yield (
                f"! pin without a head · {pin.image}" if ref in lost else f"pin · {pin.image} · {_size(pin):.0f} px",
                ref,
            )
        for index, anchor in enumerate(drawn.image_anchors):
            parts = ["anchor of one frame", anchor.image, f"{_size(anchor):.0f} px", USES[anchor.use]]
            yield " · ".join(filter(None, parts)), Ref("image_anchor", index)
        for index, zone in enumerate(drawn.zones):
            yield f"zone · {zone.name} · {len(zone.polygon)} corners", Ref("zone", index)
        if drawn.horizon is not None:
            yield "horizon", Ref("horizon")


def _size(anchor: Anchor) -> float:
    """Size sqrt(width height) of a drawn box in pixels."""
    x0, y0, x1, y1 = anchor.box
    return float(((x1 - x0) * (y1 - y0)) ** 0.5)
