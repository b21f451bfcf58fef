"""Counts the heads of scenes and grades their anchors in the background, for the list of scenes."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from annotator_gui.model.session import SceneRow, Session


class _Looked(QObject):
    row = Signal(object, int, object)


class _Looking(QRunnable):
    """Looks at one scene in a thread of the pool, unless the list is left by then."""

    def __init__(self, looks: SceneLooks, session: Session, place: int, name: str, told: _Looked) -> None:
        super().__init__()
        self._looks, self._session, self._place, self._name, self._told = looks, session, place, name, told

    def run(self) -> None:
        if self._looks.session is self._session:
            self._told.row.emit(self._session, self._place, self._session.look(self._name))


class SceneLooks(QObject):
    """One look at each scene that is not known yet.

    Signals:
        looked: place in the list, and the `SceneRow`.
    """

    looked = Signal(int, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.session: Session | None = None
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._told = _Looked(self)
        self._told.row.connect(self._take)

    def start(self, session: Session) -> None:
        """Look at the scenes of a session."""
        self.stop()
        self.session = session
        for place, row in enumerate(session.rows()):
            if row.heads is None:
                self._pool.start(_Looking(self, session, place, row.name, self._told))

    def stop(self) -> None:
        """Leave it; waits for the scene that is being looked at."""
        self.session = None
        self._pool.clear()
        self._pool.waitForDone()

    def _take(self, session: Session, place: int, row: SceneRow) -> None:
        if session is self.session:
            self.looked.emit(place, row)
