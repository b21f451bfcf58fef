"""The export dialog: it shows what would be written and lost, and writes in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from annotator_gui.background import Background
from annotator_gui.model.export import (
    Counted,
    ExportChoice,
    about,
    box_formats,
    count_heads,
    default_out,
    export,
    losses,
    point_formats,
    preview,
    summary,
)
from annotator_gui.model.quality import SceneQuality
from annotator_gui.model.session import Session
from annotator_gui.settings import find_mode
from annotator_gui.wording import in_window

_LOSSY = "“Allow this”"
"""What a message calls the box that permits a loss."""


class ExportDialog(QDialog):
    """Asks how to write the boxes (or points, in a scene without anchors), and writes them.

    Signals:
        next_asked: the user wants the next unfinished scene.
        ended: writing has ended, with a text about it; also after the dialog was closed.

    Attributes:
        choice: what the fields of the dialog say.
        written: where the boxes went; "" = nothing was written.
        writing: a thread is writing.
    """

    next_asked = Signal()
    ended = Signal(str)

    def __init__(
        self,
        session: Session,
        quality: SceneQuality,
        choice: ExportChoice,
        *,
        choose_folder: Callable[[Path], Path | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._quality, self._choose_folder = session, quality, choose_folder
        self.choice, self.written, self.writing = choice, "", False
        self._refused = False
        self._counted: dict[bool, Counted] = {}
        # Qt's own pool, and no owner: the window may be closed while a thread still writes.
        self._background = Background()
        self.setWindowTitle("Export boxes" if choice.boxes else "Export heads")
        self._counts = {name: QLabel() for name in ("heads", "boxes", "pins", "suspects", "unreviewed frames")}
        self.warning = QLabel(wordWrap=True)
        self.warning.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.format, self.pictures = QComboBox(), QComboBox()
        self.format.addItems(box_formats() if choice.boxes else point_formats())
        for mode, text in (
            ("link", "link"),
            ("symlink", "symbolic link"),
            ("copy", "copy"),
            ("none", "leave out"),
        ):
            self.pictures.addItem(text, mode)
        self.about = QLabel(wordWrap=True)
        self.out = QLineEdit()
        self.out.setMinimumWidth(360)
        self.choose = QPushButton("Choose…")
        self.clip = QCheckBox("&Cut boxes at the border of the picture")
        self.outside = QCheckBox("Keep heads beyond the border")
        self.lossy = QCheckBox("&Allow this")
        self.force = QCheckBox("&Overwrite boxes that were made of something else")
        self.bar = QProgressBar(maximum=0)
        self.bar.hide()
        self.bar.setAccessibleName("Writing…")
        self.go = QPushButton("&Export", default=True)
        self.next = QPushButton("&Next unfinished scene", autoDefault=True)
        self.next.hide()
        self.stay = QPushButton("&Close", autoDefault=False)
        self._lay_out()
        self._show_choice()
        self._connect()
        self._show_preview()
        self.go.setFocus()

    def _show_choice(self) -> None:
        choice = self.choice
        self.format.setCurrentText(choice.to)
        self.pictures.setCurrentIndex(self.pictures.findData(choice.images))
        self.clip.setChecked(choice.clip)
        self.outside.setChecked(choice.keep_outside)
        self.out.setText(str(choice.out or default_out(self._session, choice)))
        for box in (self.clip, self.outside):
            box.setVisible(choice.boxes)

    def _connect(self) -> None:
        self.format.currentTextChanged.connect(self._change)
        self.pictures.currentIndexChanged.connect(self._change)
        self.out.textEdited.connect(self._change)
        for box in (self.clip, self.outside, self.lossy, self.force):
            box.toggled.connect(self._change)
        self.choose.clicked.connect(self._ask_folder)
        self.go.clicked.connect(self._write)
        self.stay.clicked.connect(self.close)
        self.next.clicked.connect(self._go_next)

    def _change(self) -> None:
        before, text = self.choice, self.out.text().strip()
        to = self.format.currentText()
        usual = str(default_out(self._session, before))
        moved = replace(before, to=to)
        # As long as the user has chosen no folder, it changes with the format.
        out = None if text in ("", usual) else self._session.source.parent / Path(text).expanduser()
        self.choice = replace(
            moved,
            out=out,
            clip=self.clip.isChecked(),
            keep_outside=self.outside.isChecked(),
            images=find_mode(self.pictures.currentData()),
            allow_lossy=self.lossy.isChecked(),
            force=self.force.isChecked(),
        )
        if out is None and not self.out.hasFocus():
            self.out.setText(str(default_out(self._session, self.choice)))
        self._show_preview()

    def _show_preview(self) -> None:
        """Show what would be written."""
        outside = self.choice.keep_outside
        if outside not in self._counted:
            # Counted once for each answer: thousands of frames take too long to be counted at each letter of a name.
            self._counted[outside] = count_heads(self._session, self.choice)
        seen = preview(self._session, self._quality, self.choice, self._counted[outside])
        counted = (seen.heads, seen.boxes, seen.pins, seen.suspects, seen.unreviewed)
        for (name, label), count in zip(self._counts.items(), counted, strict=True):
            label.setText(f"<b>{count:,}</b> {name}")
        drops = losses(seen.dropped, self.choice.to)
        self.about.setText(about(self.choice.to))
        self.lossy.setVisible(bool(drops) or self._refused)
        self._say(in_window(seen.problem) or drops)
        self.go.setEnabled(not seen.problem and (not drops or self.choice.allow_lossy))
        self.go.setToolTip(seen.problem or drops)

    def _say(self, text: str) -> None:
        self.warning.setText(text)
        self.warning.setVisible(bool(text))

    def _ask_folder(self) -> None:
        chosen = self._choose_folder(Path(self.out.text()).parent)
        if chosen is not None:
            self.out.setText(str(chosen))
            self._change()

    def _write(self) -> None:
        self.writing = True
        self._fields.setEnabled(False)
        self.go.setEnabled(False)
        self.bar.show()
        self._say("Writing…")
        session, choice = self._session, self.choice
        self._background.run(lambda: summary(export(session, choice), choice), self._done, self._failed, key="export")

    def _done(self, text: str) -> None:
        text = in_window(text)
        self.writing, self.written = False, str(self.choice.out or default_out(self._session, self.choice))
        self.bar.hide()
        self.go.hide()
        self._say(text)
        unfinished = self._session.next_unfinished() is not None
        self.next.setVisible(unfinished)
        (self.next if unfinished else self.stay).setDefault(True)
        (self.next if unfinished else self.stay).setFocus()
        self.ended.emit(text)

    def _failed(self, reason: str) -> None:
        reason = in_window(reason)
        self.writing = False
        # Another scene may have columns that the open one does not have: only writing finds out.
        self._refused = self._refused or _LOSSY in reason
        self.lossy.setVisible(self._refused or self.lossy.isVisible())
        self.bar.hide()
        self._fields.setEnabled(True)
        self.go.setEnabled(True)
        self._say(reason)
        self.ended.emit(reason)

    def _go_next(self) -> None:
        self.close()
        self.next_asked.emit()

    def _lay_out(self) -> None:
        counts = QGridLayout()
        for place, label in enumerate(self._counts.values()):
            counts.addWidget(label, place // 3, place % 3)
        self._fields = QWidget()
        form = QFormLayout(self._fields)
        form.setContentsMargins(0, 8, 0, 8)
        into = QHBoxLayout()
        into.addWidget(self.out, 1)
        into.addWidget(self.choose)
        form.addRow("&Format", self.format)
        form.addRow("", self.about)
        title = QLabel("&Into folder")
        title.setBuddy(self.out)
        form.addRow(title, into)
        form.addRow("&Pictures", self.pictures)
        for box in (self.clip, self.outside, self.force):
            form.addRow("", box)
        buttons = QHBoxLayout()
        buttons.addStretch()
        for button in (self.stay, self.next, self.go):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addLayout(counts)
        layout.addWidget(self._fields)
        if len(self._session.names) > 1:
            count = len(self._session.names)
            scope = QLabel(f"All {count:,} scenes are written; of these, the one that is open has:")
            layout.insertWidget(0, scope)
        for part in (self.warning, self.lossy, self.bar):
            layout.addWidget(part)
        layout.addLayout(buttons)
