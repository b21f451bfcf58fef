"""The table of actions as Qt knows them: menus, shortcuts, icons, and why something is disabled."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QDockWidget, QMainWindow

from annotator_gui import texts
from annotator_gui.actions import ACTIONS, keys_in_use
from annotator_gui.icons import icon

_BREAKS = {"scene_list", "save", "proposals", "preferences", "quit", "delete", "pin", "keep", "ignore_head", "accept"}
_BREAKS |= {"previous_unreviewed", "first", "suggest", "contact_sheet", "fit", "show_points"}
"""Actions before which a menu has a line."""


class Actions:
    """Every entry of the table as an action of a window.

    Args:
        window: they belong to.
        handlers: what each does, by name; no more and no fewer than the table has.
        changed: the user's own keys.

    Raises:
        ValueError: an action without function, or a function without action.
    """

    def __init__(
        self, window: QMainWindow, handlers: Mapping[str, Callable[[], None]], changed: Mapping[str, tuple[str, ...]]
    ) -> None:
        missing = {action.name for action in ACTIONS} ^ handlers.keys()
        if missing:
            raise ValueError(f"actions and functions differ: {sorted(missing)}")
        self.known: dict[str, QAction] = {}
        self._held: frozenset[str] = frozenset()
        modes = QActionGroup(window)
        for action in ACTIONS:
            made = QAction(texts.ACTIONS[action.name][0], window)
            made.setObjectName(action.name)
            made.setIcon(icon(action.name))
            made.setIconVisibleInMenu(False)
            made.setIconText(texts.TOOLS.get(action.name, action.text))
            made.setCheckable(action.checkable)
            if action.group:
                modes.addAction(made)
            made.triggered.connect(lambda _=False, run=handlers[action.name]: run())
            self.known[action.name] = made
        self.set_keys(changed)
        self.show_state(frozenset())

    def __getitem__(self, name: str) -> QAction:
        return self.known[name]

    def set_keys(self, changed: Mapping[str, tuple[str, ...]]) -> None:
        """Take other keys."""
        for name, keys in keys_in_use(changed).items():
            self.known[name].setShortcuts([QKeySequence(key) for key in keys])
        self._describe()

    def show_state(self, held: Collection[str]) -> None:
        """Enable what can work where these needs are met; say of the others why they cannot."""
        if frozenset(held) != self._held or not self._held:
            self._held = frozenset(held)
            self._describe()

    def fill_menus(self, window: QMainWindow) -> None:
        """The menus of the window, which has its docks."""
        for name, title in texts.MENUS.items():
            menu = window.menuBar().addMenu(title)
            menu.setToolTipsVisible(True)
            for action in (action for action in ACTIONS if action.menu == name):
                if action.name in _BREAKS:
                    menu.addSeparator()
                menu.addAction(self.known[action.name])
            if name == "view":
                menu.addSeparator()
                menu.addActions([dock.toggleViewAction() for dock in window.findChildren(QDockWidget)])

    def _describe(self) -> None:
        for action in ACTIONS:
            made = self.known[action.name]
            missing = action.missing(self._held)
            made.setEnabled(not missing)
            keys = ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in made.shortcuts())
            made.setToolTip(f"{action.text}: {missing}" if missing else f"{action.tip} ({keys})")
            made.setStatusTip("")
