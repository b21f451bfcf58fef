"""All questions and messages of the window, in one class that tests can replace.

File dialogs are Qt's own: those of desktops differ, and tests cannot drive them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from annotator_gui import texts
from annotator_gui.dialogs.recovery_dialog import Choice, RecoveryDialog
from annotator_gui.model.journal import Recovery
from annotator_gui.wording import in_window


class Questions:
    """Asks the user; every method blocks until there is an answer."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent

    def folder(self, start: Path) -> Path | None:
        chosen = QFileDialog.getExistingDirectory(
            self._parent, "Open a scene or a folder of scenes", str(start), QFileDialog.Option.DontUseNativeDialog
        )
        return Path(chosen) if chosen else None

    def file(self, title: str, start: Path) -> Path | None:
        chosen, _ = QFileDialog.getOpenFileName(
            self._parent, title, str(start), "", "", QFileDialog.Option.DontUseNativeDialog
        )
        return Path(chosen) if chosen else None

    def new_file(self, title: str, start: Path) -> Path | None:
        chosen, _ = QFileDialog.getSaveFileName(
            self._parent, title, str(start), "", "", QFileDialog.Option.DontUseNativeDialog
        )
        return Path(chosen) if chosen else None

    def one_camera(self, name: str, count: int, *, guess: bool) -> bool | None:
        """Whether pictures are frames of one fixed camera (True) or photographs (False); None = open nothing.

        Args:
            name: of the data set.
            count: how many pictures.
            guess: the answer that Enter gives.
        """
        box = self._box(QMessageBox.Icon.Question, f"Are the {count:,} pictures of {name} from one fixed camera?")
        looks = "look alike" if guess else "differ"
        box.setInformativeText(
            "From one camera, a few boxes give the sizes of all heads in all pictures. Otherwise each picture needs "
            f"its own boxes. These pictures {looks}. The answer is remembered."
        )
        one = box.addButton("&One camera", QMessageBox.ButtonRole.YesRole)
        each = box.addButton("&Each picture its own", QMessageBox.ButtonRole.NoRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(one if guess else each)
        box.exec()
        if box.clickedButton() is one:
            return True
        return False if box.clickedButton() is each else None

    def score(self, text: str, most: float) -> float | None:
        """The least score of proposals to accept; `most` is the largest score that one has."""
        high = max(most, 1.0)
        value, given = QInputDialog.getDouble(self._parent, "Predictions file", text, high / 2, 0.0, high, 2)
        return value if given else None

    def recover(self, recovery: Recovery, scene: str) -> Choice:
        return RecoveryDialog.ask(recovery, scene, self._parent)

    def overwrite(self, path: Path) -> Literal["overwrite", "reload", "later"]:
        """What to do about a project that another program has changed on disk."""
        box = self._box(QMessageBox.Icon.Warning, "Another program has changed the project on disk")
        box.setInformativeText(f"{path} is no longer what this window read. Overwrite it with what is drawn here?")
        overwrite = box.addButton("Overwrite", QMessageBox.ButtonRole.DestructiveRole)
        again = box.addButton("Read again, drop mine", QMessageBox.ButtonRole.ResetRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        if box.clickedButton() is overwrite:
            return "overwrite"
        return "reload" if box.clickedButton() is again else "later"

    def close_unsaved(self, reason: str) -> Literal["drop", "copy", "stay"]:
        """What to do on closing when the last edits could not be saved."""
        box = self._box(QMessageBox.Icon.Warning, "Close without saving?")
        box.setInformativeText(f"The last edits could not be saved: {reason}")
        copy = box.addButton(texts.SAVE_COPY, QMessageBox.ButtonRole.AcceptRole)
        anyway = box.addButton("Close anyway", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        return "drop" if box.clickedButton() is anyway else "copy" if box.clickedButton() is copy else "stay"

    def tell(self, title: str, text: str) -> None:
        box = self._box(QMessageBox.Icon.Warning, title)
        box.setInformativeText(in_window(text))
        box.exec()

    def _box(self, icon: QMessageBox.Icon, text: str) -> QMessageBox:
        box = QMessageBox(icon, texts.TITLE, text, parent=self._parent)
        box.setOption(QMessageBox.Option.DontUseNativeDialog)
        return box
