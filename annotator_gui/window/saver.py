"""Autosave: two seconds after the last edit, and before another frame or scene is shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from annotator_gui.model.project import ChangedOnDiskError
from annotator_gui.model.session import Session
from gta_head_tools.errors import GtaHeadError

REST = 2_000
"""Milliseconds after the last edit."""


class Saver(QObject):
    """Saves the scene that is open.

    Signals:
        failed: the first failure to save, and why; not emitted again until a save has worked.
        changed_on_disk: another program has written the project.
        changed: whether all is saved may have changed.

    Attributes:
        failure: why the last save did not work; "" = it did.
    """

    failed = Signal(str)
    changed_on_disk = Signal()
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session: Session | None = None
        self.failure = ""
        self._timer = QTimer(self, singleShot=True, interval=REST)
        self._timer.timeout.connect(self.save)

    def follow(self, session: Session | None) -> None:
        """Save the scenes of another session from now on."""
        self._timer.stop()
        self.session, self.failure = session, ""

    def edited(self) -> None:
        """Start the time to the next save; called when the document was edited or saved."""
        document = self.session.document if self.session else None
        if document is not None and document.dirty and not document.readonly:
            self._timer.start()
        self.changed.emit()

    def save(self, *, overwrite: bool = False, asked: bool = False) -> bool:
        """Save now; False when it did not work: then the document stays changed, and the old file as it was.

        Args:
            overwrite: also over a project that another program has written.
            asked: by the user, for whom `changed_on_disk` is emitted again.
        """
        self._timer.stop()
        if self.session is None:
            return True
        told, self.failure = self.failure, ""
        try:
            self.session.save(overwrite=overwrite)
        except ChangedOnDiskError as error:
            self.failure = str(error)
            if asked or not told:
                self.changed_on_disk.emit()
        except GtaHeadError as error:
            self.failure = str(error)
            if not told:
                self.failed.emit(self.failure)
        self.changed.emit()
        return not self.failure
