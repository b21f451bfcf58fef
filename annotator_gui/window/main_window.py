"""The window: its parts, and which signal of one part calls which method of another."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from annotator_gui import texts
from annotator_gui.canvas.canvas import TOOLS, Canvas
from annotator_gui.dialogs.questions import Questions
from annotator_gui.gestures.grips import find_anchor
from annotator_gui.lists.anchor_table import AnchorTable
from annotator_gui.lists.frame_list import FrameList
from annotator_gui.lists.start_page import StartPage
from annotator_gui.model.data_source import Reading
from annotator_gui.settings import Settings, find_scheme
from annotator_gui.theme import apply_theme
from annotator_gui.window.hint import Hint
from annotator_gui.window.menus import Actions
from annotator_gui.window.needs import unmet_needs
from annotator_gui.window.scene_opening import SceneOpening
from annotator_gui.window.status_line import StatusLine
from annotator_gui.window.steps import ProposalSteps, SuggestionSteps
from annotator_gui.window.tool_bar import ToolBar
from annotator_gui.window.window_dialogs import WindowDialogs
from annotator_gui.window.workbench import Workbench
from gta_head_tools.anchors.drawn_boxes import Ref

_HINT_HEADS = (
    "1.  These pictures have no heads yet. Press E and click on every head; Del removes the last one.",
    "2.  Proposals of a trained network can be loaded from a file: Ctrl+P, then Y accepts and Shift+Y rejects.",
    "3.  Then Esc and N: draw a few boxes, and all heads get theirs. Ctrl+E writes them.",
)
_HINT = (
    "1.  Press N: the window goes to the head whose box helps most. Drag a box around it, or skip it with Shift+N.",
    "2.  Press N again, about six times: all other boxes follow, and the grade above turns green.",
    "3.  Look through a few frames with D, then press Ctrl+E to write the boxes.",
)

_NARROW = 900
"""Logical pixels: in a narrower first window, both docks share one side, so that the picture keeps the larger part."""
_LABEL_FILES = {".json", ".csv", ".txt", ".mat", ".gz"}


def _first_size() -> QSize:
    """The usual size, or what the screen leaves beside its panels and the frame of the window."""
    screen = QGuiApplication.primaryScreen().availableGeometry().size()
    return QSize(1280, 800).boundedTo(QSize(screen.width() - 16, screen.height() - 48))


class _Pages(QStackedWidget):
    """Pages of which the one that is shown decides how small the window may become."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(self.updateGeometry)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        page = self.currentWidget()
        return super().minimumSizeHint() if page is None else page.minimumSizeHint()


class MainWindow(QMainWindow):
    """The annotator.

    Args:
        settings: None = those of the user.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__()
        self.settings = settings or Settings()
        self.bench = Workbench(self)
        self.canvas, self.start = Canvas(), StartPage()
        self.opening = SceneOpening(self.bench, self.start, self.canvas, self.settings, self)
        self.suggestions = SuggestionSteps(self.bench, self.canvas)
        self.proposals = ProposalSteps(self.bench, self.canvas)
        self.dialogs = WindowDialogs(self.bench, self.canvas, self.settings, self.proposals, self)
        self.actions_by_name = Actions(self, self.settings.keys, unmet_needs(self.bench))
        self.frames = FrameList()
        self.anchors = AnchorTable(self.actions_by_name["keep"], self.actions_by_name["leave_out"])
        self.status = StatusLine()
        self.tools = ToolBar(self.actions_by_name.known)
        self.hint, self.pages = Hint(), _Pages()
        self._docks_wanted: list[bool] | None = None
        self.docks = [
            self._dock("frames", texts.FRAMES, self.frames, Qt.DockWidgetArea.LeftDockWidgetArea),
            self._dock("anchors", texts.ANCHORS, self.anchors, Qt.DockWidgetArea.RightDockWidgetArea),
        ]
        self.ask(Questions(self))
        self._lay_out()
        self._connect()
        self._take_preferences()
        self._show_opened()
        self.opening.list_scenes()

    def ask(self, questions: Questions) -> None:
        """Use other questions, as tests do."""
        self.opening.questions = self.dialogs.questions = self.questions = questions

    def open_path(self, path: Path, scene: str = "", reading: Reading | None = None) -> None:
        self.opening.open_path(path, scene, reading)

    def open_named(self, path: Path, reading: Reading | None) -> None:
        """Open what the user has named in the shell.

        Raises:
            GtaHeadError: it cannot be opened; the window shows nothing about it.
        """
        self.opening.open_named(path, reading=reading)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        self._show_docks(True)
        layout = self.saveGeometry(), self.saveState()
        if not self.opening.close():
            event.ignore()
            return
        self.settings.layout = layout
        self.settings.write()
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        path = next(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
        # For a picture that is dropped, its folder is opened.
        source = path if path.is_dir() or path.suffix.lower() in _LABEL_FILES else path.parent
        event.acceptProposedAction()
        # Later, as the program that the drag comes from waits until this handler returns.
        QTimer.singleShot(0, self, lambda: self.open_path(source))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.bench.saver.save()

    def _show_opened(self) -> None:
        # What was said of another picture must not stand below this one.
        self.status.clearMessage()
        document, fit = self.bench.document, self.bench.fit
        if document is None or fit is None:
            self.canvas.close_document()
        else:
            self.canvas.show_document(document, self.bench.stack, fit)
            self.canvas.show_image(self.bench.index)
        self.pages.setCurrentWidget(self.start if document is None else self.canvas)
        focus = QApplication.focusWidget()
        if focus is None or not self.frames.isAncestorOf(focus):
            self.canvas.setFocus()
        self.frames.show_pages(self.bench.pages, self._changed())
        self.frames.show_page(self.bench.place)
        self.anchors.show_document(document)
        for part in (self.tools, *self.docks):
            part.setEnabled(document is not None)
        self.tools.setVisible(document is not None)
        self._show_docks(document is not None)
        self.setWindowTitle("[*]" + " · ".join(filter(None, [document.scene.name if document else "", texts.TITLE])))
        self.status.show_mode(TOOLS[self.canvas.mode].hint)
        self.status.show_zoom(self.canvas.at.zoom)
        self._show_edited()
        self._show_quality()
        self._show_saved()

    def _changed(self) -> frozenset[str]:
        """Names of reviewed pictures that have changed since, as the list has them."""
        quality, pages = self.bench.quality, self.bench.pages
        if quality is None or pages is None or not quality.changed:
            return frozenset()
        return frozenset(quality.changed if pages.word == "frame" else [pages.names[pages.scene]])

    def _show_docks(self, shown: bool) -> None:
        """Show the docks that the user has not closed; the start page hides all of them, as it needs their room."""
        if shown and self._docks_wanted is not None:
            for dock, wanted in zip(self.docks, self._docks_wanted, strict=True):
                dock.setVisible(wanted)
            self._docks_wanted = None
        elif not shown and self._docks_wanted is None:
            self._docks_wanted = [not dock.isHidden() for dock in self.docks]
            for dock in self.docks:
                dock.hide()

    def _show_frame(self) -> None:
        self.status.clearMessage()
        self.canvas.show_image(self.bench.index)
        self.frames.show_page(self.bench.place)
        self.status.show_document(self.bench.document, self.bench.index, self.bench.pages)
        self.proposals.show()
        self._update_actions()

    def _show_edited(self) -> None:
        document, quality = self.bench.document, self.bench.quality
        if document is not None and document.anchors is not document.settled:
            return  # During a drag, lists and tables are not updated.
        self.status.clearMessage()
        self.anchors.refresh(quality)
        self.frames.refresh(self._changed())
        self.status.show_document(document, self.bench.index, self.bench.pages)
        self.proposals.show()
        self._show_notice()
        self._show_grade()
        self._update_actions()

    def _show_notice(self) -> None:
        document = self.bench.document
        untouched = document is not None and not (document.anchors.fitted or document.anchors.pins)
        bare = document is not None and not any(len(document.heads(i)) for i in range(len(document.images)))
        lines = _HINT_HEADS if bare else _HINT
        self.hint.show_lines(lines if untouched and self.settings.hints else ())

    def _close_hint(self) -> None:
        self.settings.hints = False
        self._show_notice()
        self.canvas.setFocus()

    def _show_quality(self) -> None:
        quality = self.bench.quality
        self.anchors.refresh(quality)
        self.frames.refresh(self._changed())
        self._show_grade()
        self._update_actions()
        self.suggestions.go_on()

    def _show_grade(self) -> None:
        self.tools.show_quality(self.bench.quality, self.bench.suggestion, fresh=self.bench.finder.fresh)

    def _show_saved(self) -> None:
        project = self.bench.session.project if self.bench.session else None
        elsewhere = str(project.path.parent) if project and project.elsewhere else ""
        unsaved = bool(self.bench.document and self.bench.document.dirty)
        failure = self.bench.saver.failure or (project.journal.problem if project and unsaved else "")
        self.status.show_saved(self.bench.document, failure, elsewhere)
        self.setWindowModified(unsaved)

    def _show_mode(self, mode: str) -> None:
        self.actions_by_name[f"{mode}_mode"].setChecked(True)
        self.status.show_mode(TOOLS[mode].hint)

    def _show_cursor(self, point: QPointF) -> None:
        document, box = self.bench.document, None
        if document is not None and len(document.selection) == 1:
            anchor = find_anchor(document.anchors, document.selection[0])
            box = None if anchor is None else anchor.box
        self.status.show_position(point, box)

    def show_subject(self, subject: object) -> None:
        """Go to a drawing, or to a place (frame, x, y)."""
        document = self.bench.document
        if document is None:
            return
        if isinstance(subject, Ref):
            anchor = find_anchor(document.anchors, subject)
            index = document.index(subject.image if anchor is None else anchor.image)
            self.bench.go(index if index >= 0 else self.bench.index)
            document.select([subject])
            self.canvas.zoom_to(subject)
        elif isinstance(subject, tuple):
            index, x, y = subject
            self.bench.go(index)
            self.canvas.zoom_to((x, y))

    def zoom_to_selection(self) -> None:
        if self.bench.document is not None and self.bench.document.selection:
            self.show_subject(self.bench.document.selection[0])

    def _update_actions(self) -> None:
        self.actions_by_name.set_unmet(unmet_needs(self.bench))
        self.actions_by_name["review"].setChecked(self.bench.is_reviewed)

    def _name_edits(self) -> None:
        self.actions_by_name.name_edits(self.bench.stack.undoText(), self.bench.stack.redoText())

    def find_frame(self) -> None:
        """Go to the filter of the list of frames, which is shown if it is closed."""
        self.docks[0].show()
        self.frames.go_to_filter()

    def _select(self) -> None:
        self.anchors.show_selection()
        self._update_actions()

    def _take_preferences(self) -> None:
        self.actions_by_name.set_keys(self.settings.keys)
        self.canvas.wheel = "zoom" if self.settings.wheel_zooms else "scroll"
        app = QApplication.instance()
        if isinstance(app, QApplication):
            apply_theme(app, find_scheme(self.settings.scheme))
        self._show_quality()
        self._show_saved()

    def _connect(self) -> None:
        bench, canvas, start = self.bench, self.canvas, self.start
        bench.opened.connect(self._show_opened)
        bench.moved.connect(self._show_frame)
        bench.edited.connect(self._show_edited)
        bench.selected.connect(self._select)
        bench.assessed.connect(self._show_quality)
        bench.message.connect(self.status.say)
        bench.saver.changed.connect(self._show_saved)
        for changed in (bench.stack.canUndoChanged, bench.stack.canRedoChanged):
            changed.connect(self._update_actions)
        for renamed in (bench.stack.undoTextChanged, bench.stack.redoTextChanged):
            renamed.connect(self._name_edits)
        canvas.cursorMoved.connect(self._show_cursor)
        canvas.modeChanged.connect(self._show_mode)
        canvas.zoomChanged.connect(self.status.show_zoom)
        canvas.message.connect(self.status.say)
        start.open_asked.connect(self.actions_by_name["open"].trigger)
        start.path_chosen.connect(lambda path: self.open_path(Path(path)))
        start.scene_chosen.connect(self.opening.open_scene)
        self.frames.chosen.connect(bench.turn)
        self.frames.left.connect(self.canvas.setFocus)
        self.hint.closed.connect(self._close_hint)
        bench.scene_asked.connect(self.opening.open_scene)
        self.anchors.show_asked.connect(self.show_subject)
        self.dialogs.next_asked.connect(self.opening.open_next)
        self.dialogs.preferred.connect(self._take_preferences)

    def _lay_out(self) -> None:
        self.setAcceptDrops(True)
        self.resize(_first_size())
        for page in (self.start, self.canvas):
            self.pages.addWidget(page)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.hint)
        column.addWidget(self.pages, 1)
        self.setCentralWidget(middle)
        self.setStatusBar(self.status)
        self.actions_by_name.fill_menus(self)
        self.addToolBar(self.tools)
        if self.width() < _NARROW:
            self.tabifyDockWidget(*self.docks)
            self.docks[0].raise_()
        else:
            self.resizeDocks(self.docks, [190, 330], Qt.Orientation.Horizontal)
        for name, shown in self.canvas.overlays.items():
            self.actions_by_name[f"show_{name}"].setChecked(shown)
        self.actions_by_name["select_mode"].setChecked(True)
        if self.settings.layout is not None:
            geometry, state = self.settings.layout
            self.restoreGeometry(geometry)
            self.restoreState(state)

    def _dock(self, name: str, title: str, content: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setWidget(content)
        self.addDockWidget(area, dock)
        return dock
