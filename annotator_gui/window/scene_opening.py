"""Opening and closing data sets and scenes, with what can be in the way: unsaved edits, crashes, other writers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from annotator_gui import texts
from annotator_gui.background import Background
from annotator_gui.canvas.canvas import Canvas
from annotator_gui.dialogs.questions import Questions
from annotator_gui.gestures.viewport import centred
from annotator_gui.lists.start_page import StartPage
from annotator_gui.model.camera_guess import looks_fixed
from annotator_gui.model.data_source import AS_FOUND, Reading, data_set_of
from annotator_gui.model.session import Session
from annotator_gui.settings import Place, Settings
from annotator_gui.window.workbench import Workbench
from gta_head_tools.errors import GtaHeadError


@contextmanager
def busy() -> Iterator[None]:
    """Show the cursor of a busy program."""
    QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
    try:
        yield
    finally:
        QApplication.restoreOverrideCursor()


class SceneOpening(QObject):
    """Opens one data set or scene in place of another.

    Attributes:
        questions: ask the user.
    """

    questions: Questions

    def __init__(self, bench: Workbench, start: StartPage, canvas: Canvas, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._bench, self._start, self._canvas, self._settings = bench, start, canvas, settings
        self._background = Background(self, pool="scenes")
        bench.saver.changed_on_disk.connect(self._ask_overwrite)
        bench.saver.failed.connect(self._failed)

    def ask_folder(self) -> None:
        self._open_chosen(self.questions.folder)

    def ask_file(self) -> None:
        self._open_chosen(lambda start: self.questions.file("Open a data set that is one file", start))

    def open_path(self, path: Path, scene: str = "", reading: Reading | None = None) -> None:
        """Open a data set, and the scene named, or the only one, or the one of last time, else the list of scenes.

        Args:
            path: of the data set, or of a project in it.
            scene: name of the scene to open.
            reading: how to read it; None = as last time, or as the data set says and the user answers.
        """
        try:
            self.open_named(path, scene, reading)
        except GtaHeadError as error:
            self.questions.tell(texts.CANNOT_OPEN, str(error))

    def open_named(self, path: Path, scene: str = "", reading: Reading | None = None) -> None:
        """Open a data set like `open_path`, for a caller that tells errors by himself.

        Raises:
            GtaHeadError: it cannot be read, or the old one cannot be saved, or its only scene cannot be opened.
        """
        path = data_set_of(path.absolute())
        session = self._read(path, reading) if self.settle() else None
        if session is None:
            return
        with busy():
            self._bench.take(session)
        self._settings.opened(path)
        self.list_scenes()
        last = self._settings.place(path).scene
        first = session.names[0] if len(session.names) == 1 or session.each_alone else ""
        chosen = scene or (last if last in session.names else first)
        if chosen and len(session.names) == 1:
            self._enter(chosen)
        elif chosen:
            self.open_scene(chosen)

    def open_scene(self, name: str) -> None:
        """Open a scene of the data set, at the frame and view of last time."""
        try:
            if self.settle():
                self._enter(name)
        except GtaHeadError as error:
            self.questions.tell(texts.CANNOT_OPEN, str(error))

    def _enter(self, name: str) -> None:
        self._background.close()
        with busy():
            self._bench.enter(name)
        self._recover()
        self._return_to_place()
        document = self._bench.document
        if document is not None and document.readonly:
            self._bench.message.emit(f"Read only: {document.readonly}")
        elif document is not None and len(document.images) > 1 and not document.dirty:
            self._bench.message.emit(f"{name}: {len(document.images):,} frames")

    def open_next(self) -> None:
        session = self._bench.session
        name = session.next_unfinished() if session else None
        if name is not None:
            self.open_scene(name)
        elif session is not None and all(row.finished for row in session.rows()):
            self._bench.message.emit("Every scene is finished: its boxes are good, or all of its frames are reviewed")
        else:
            self._bench.message.emit("There is no other unfinished scene that can be opened")

    def show_list(self) -> None:
        """Save, close the scene and show the list of scenes."""
        if self.settle():
            scene = self._bench.document.scene.name if self._bench.document else ""
            self._bench.leave()
            self.list_scenes()
            self._start.select(scene)

    def list_scenes(self) -> None:
        session = self._bench.session
        self._start.show_recent(self._settings.recent)
        self._start.show_scenes(session.source.name if session else "", session.rows() if session else ())
        self._background.close()
        for place, row in enumerate(session.rows() if session else ()):
            if session is not None and row.heads is None:
                update = partial(self._start.scenes.update_row, place)
                self._background.run(partial(session.full_row, row.name), update, key=row.name)

    def settle(self) -> bool:
        """Save; True when the scene can be closed: nothing is lost, or the user accepts the loss."""
        self._keep_place()
        if self._bench.document is None or self._bench.saver.save(asked=True):
            return True
        if self._bench.document is None:
            return False  # The user has chosen to open the scene again as it is on disk.
        answer = self.questions.close_unsaved(self._bench.saver.failure)
        if answer == "stay" or (answer == "copy" and not self._copy(Path.home(), "unsaved")):
            return False
        self._bench.abandon()
        return True

    def close(self) -> bool:
        """Close everything; False when the user decides against it."""
        if not self.settle():
            return False
        self._bench.leave()
        self._background.close()
        self._bench.close()
        return True

    def _open_chosen(self, ask: Callable[[Path], Path | None]) -> None:
        recent = self._settings.recent
        path = ask(recent[0].parent if recent else Path.cwd())
        if path is not None:
            self.open_path(path)

    def _read(self, path: Path, reading: Reading | None) -> Session | None:
        """The data set, after the user has said what its pictures are; None = the user decides against it."""
        wanted = reading or self._settings.reading(path) or AS_FOUND
        with busy():
            session = Session(path, wanted)
        pictures = () if wanted.says_scenes else session.undecided
        alike = looks_fixed(pictures) if pictures else True
        # Labelled pictures that look alike are taken as one camera, as by all verbs; the window asks when in doubt.
        if pictures and (session.format == "images" or not alike):
            answer = self.questions.one_camera(path.name, len(pictures), guess=alike)
            if answer is None:
                return None
            wanted = wanted.with_scenes(each=not answer)
            with busy():
                session = Session(path, wanted)
        if wanted != AS_FOUND:
            self._settings.keep_reading(path, wanted)
        return session

    def _failed(self, reason: str) -> None:
        project = self._bench.session.project if self._bench.session else None
        kept = "They are kept in this window alone: the journal cannot be written either."
        if project and not project.journal.problem:
            kept = "They are kept in this window and in the journal."
        self.questions.tell("Your edits could not be saved", f"{kept} {reason}")

    def _recover(self) -> None:
        session = self._bench.session
        project = session.project if session else None
        if session is None or session.document is None or project is None or project.recovery is None:
            return
        count = project.recovery.edits
        choice = self.questions.recover(project.recovery, session.document.scene.name)
        # Without the copy the edits are in the journal alone: they must not be forgotten.
        if choice == "copy" and not self._copy(project.path.parent, "recovered"):
            choice = "restore"
        try:
            if choice == "discard":
                session.discard()
            elif choice == "restore":
                session.restore()
                self._bench.message.emit(f"{count:,} edits restored")
        except GtaHeadError as error:
            self.questions.tell("The edits could not be restored", str(error))

    def _copy(self, folder: Path, name: str) -> bool:
        """Ask for a place, and write there what could not be saved; False when it was not written."""
        session, document = self._bench.session, self._bench.document
        start = folder / f"{document.path.stem if document else ''}-{name}.json"
        target = self.questions.new_file("Save a copy of what was drawn", start)
        if session is None or target is None:
            return False
        try:
            session.save_copy(target if target.suffix else target.with_name(f"{target.name}.json"))
        except GtaHeadError as error:
            self.questions.tell("Your edits could not be saved", str(error))
            return False
        return True

    def _ask_overwrite(self) -> None:
        document = self._bench.document
        if document is None:
            return
        answer = self.questions.overwrite(document.path)
        if answer == "overwrite":
            self._bench.saver.save(overwrite=True)
        elif answer == "reload":
            self._bench.abandon()
            # Later, as the save that has just failed is still running.
            QTimer.singleShot(0, self, lambda: self.open_scene(document.scene.name))

    def _keep_place(self) -> None:
        session, document = self._bench.session, self._bench.document
        if session is None or document is None:
            return
        left, top = self._canvas.at.to_image((0, 0))
        right, bottom = self._canvas.at.to_image(self._canvas.room)
        view = None if self._canvas.follows_fit else (left, top, right, bottom)
        place = Place(document.scene.name, document.names[self._bench.index], view)
        self._settings.keep_place(session.source, place)

    def _return_to_place(self) -> None:
        session, document = self._bench.session, self._bench.document
        if session is None or document is None:
            return
        place = self._settings.place(session.source)
        if place.scene != document.scene.name:
            return
        if document.index(place.image) >= 0:
            self._bench.go(document.index(place.image))
        if place.view is not None:
            left, top, right, bottom = place.view
            room = self._canvas.room
            zoom = min(room[0] / max(right - left, 1e-6), room[1] / max(bottom - top, 1e-6))
            self._canvas.place(centred((left, top, right, bottom), room, zoom))
