"""The table of actions as Qt knows them: menus, shortcuts, icons, and why something is disabled."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter

from PySide6.QtGui import QAction, QActionGroup, QIcon, QKeySequence
from PySide6.QtWidgets import QDockWidget, QMainWindow

from annotator_gui.actions import ACTIONS, MODE, VIEW, Action, keys_in_use
from annotator_gui.icons import icon_of


class Actions:
    """Every row of the table as an action of a window.

    Args:
        window: they belong to; has the methods that the rows name.
        changed: the user's own keys.
        unmet: needs that are not met, see `unmet_needs`.
    """

    def __init__(self, window: QMainWindow, changed: Mapping[str, tuple[str, ...]], unmet: Mapping[str, str]) -> None:
        self._modes = QActionGroup(window)
        self._unmet = dict(unmet)
        self._edits: dict[str, str] = {}
        self.known = {action.name: self._make(action, window) for action in ACTIONS}
        self.set_keys(changed)

    def __getitem__(self, name: str) -> QAction:
        return self.known[name]

    def set_keys(self, changed: Mapping[str, tuple[str, ...]]) -> None:
        for name, keys in keys_in_use(changed).items():
            self.known[name].setShortcuts([QKeySequence(key) for key in keys])
        self._describe()

    def set_unmet(self, unmet: Mapping[str, str]) -> None:
        """Enable the actions whose needs are met; the others say why they cannot work."""
        if unmet != self._unmet:
            self._unmet = dict(unmet)
            self._describe()

    def name_edits(self, undone: str, redone: str) -> None:
        """Say in the menu and in the tips what undo and redo would do."""
        self._edits = {"undo": undone, "redo": redone}
        self._describe()

    def fill_menus(self, window: QMainWindow) -> None:
        """Make the menus of a window that has its docks."""
        for title in dict.fromkeys(action.menu for action in ACTIONS):
            menu = window.menuBar().addMenu(title)
            menu.setToolTipsVisible(True)
            for action in ACTIONS:
                if action.menu == title:
                    if action.break_before:
                        menu.addSeparator()
                    menu.addAction(self.known[action.name])
            if title == VIEW:
                menu.addSeparator()
                menu.addActions([dock.toggleViewAction() for dock in window.findChildren(QDockWidget)])

    def _make(self, action: Action, window: QMainWindow) -> QAction:
        made = QAction(QIcon() if action.icon is None else icon_of(action.icon), action.title, window)
        made.setObjectName(action.name)
        made.setIconVisibleInMenu(False)
        made.setIconText(action.short or action.text)
        made.setCheckable(action.checkable)
        if action.menu == MODE:
            self._modes.addAction(made)
        run = attrgetter(action.run)(window)
        made.triggered.connect(lambda: run(*action.args))
        return made

    def _describe(self) -> None:
        for action in ACTIONS:
            made, missing = self.known[action.name], action.missing(self._unmet)
            made.setEnabled(not missing)
            keys = ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in made.shortcuts())
            edit = self._edits.get(action.name, "")
            tip = f"{action.text}: {edit}" if edit else action.tip
            made.setToolTip(f"{action.text}: {missing}" if missing else f"{tip} ({keys})")
            made.setText(f"{action.title}: {edit}" if edit else action.title)
            made.setStatusTip("")
