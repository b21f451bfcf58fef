"""The one table of actions: its keys, its menu, and what must be there before it can work.

Texts are in `words.ACTIONS`. Menus, tool bar, shortcuts, the table of keys (F1) and the preferences are made from this
table; `main_window.py` gives every name its function.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from annotator_gui import texts


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a user can do.

    Attributes:
        name: of the entry in `words.ACTIONS`.
        menu: name of its menu in `words.MENUS`.
        keys: as Qt writes them in a portable text; the first one is shown in the menu.
        needs: names in `words.NEEDS`; the first that is not met is the reason why it is disabled.
        group: of modes, of which one is on; "" = none.
        checkable: it can be on or off.
        tool: it stands in the tool bar.
    """

    name: str
    menu: str
    keys: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    group: str = ""
    checkable: bool = False
    tool: bool = False

    @property
    def text(self) -> str:
        """The text without the mark of its menu letter."""
        return texts.ACTIONS[self.name][0].replace("&", "")

    @property
    def tip(self) -> str:
        """What it does, in a sentence."""
        return texts.ACTIONS[self.name][1]

    def missing(self, held: Collection[str]) -> str:
        """Why it cannot work where only `held` needs are met; "" = it can."""
        return next((texts.NEEDS[need] for need in self.needs if need not in held), "")


def _mode(name: str, *keys: str, needs: tuple[str, ...] = ("scene", "writable")) -> Action:
    return Action(f"{name}_mode", "mode", keys, needs, group="mode", checkable=True, tool=True)


def _overlay(name: str, *keys: str, needs: tuple[str, ...] = ("scene",)) -> Action:
    return Action(f"show_{name}", "view", keys, needs, checkable=True, tool=True)


EDIT = ("scene", "writable")
MANY = ("scene", "frames")

ACTIONS = (
    Action("open", "file", ("Ctrl+O", "Ctrl+U")),
    Action("open_file", "file", ("Ctrl+Shift+O",)),
    Action("scene_list", "file", ("Ctrl+L",), ("scenes",)),
    Action("next_scene", "file", ("Ctrl+Shift+N",), ("scene",)),
    Action("save", "file", ("Ctrl+S",), EDIT),
    Action("export", "file", ("Ctrl+E",), ("scene", "exportable")),
    Action("proposals", "file", ("Ctrl+P",), EDIT),
    Action("preferences", "file", ("Ctrl+,",)),
    Action("quit", "file", ("Ctrl+Q",)),
    Action("undo", "edit", ("Ctrl+Z",), (*EDIT, "undo"), tool=True),
    Action("redo", "edit", ("Ctrl+Y", "Ctrl+Shift+Z"), (*EDIT, "redo"), tool=True),
    Action("delete", "edit", ("Del", "Backspace"), (*EDIT, "selection")),
    Action("pin", "edit", ("P",), EDIT),
    Action("keep", "edit", ("K",), (*EDIT, "anchor")),
    Action("leave_out", "edit", ("Shift+K",), (*EDIT, "anchor")),
    Action("own_frame", "edit", ("Shift+W",), (*EDIT, "anchor")),
    Action("ignore_head", "edit", ("I",), (*EDIT, "head")),
    Action("accept", "edit", ("Y",), (*EDIT, "proposals")),
    Action("reject", "edit", ("Shift+Y",), (*EDIT, "proposals")),
    Action("accept_above", "edit", ("Ctrl+Shift+Y",), (*EDIT, "proposals")),
    Action("accept_scene", "edit", ("Ctrl+Alt+Y",), (*EDIT, "proposals")),
    _mode("select", "Esc", needs=("scene",)),
    _mode("anchor", "W", "R"),
    _mode("pin", "Shift+P"),
    _mode("zone", "G"),
    _mode("horizon", "O"),
    _mode("heads", "E"),
    Action("previous", "go", ("A", "PgUp"), MANY),
    Action("next", "go", ("D", "PgDown"), MANY),
    Action("previous_unreviewed", "go", ("Ctrl+Shift+A", "Ctrl+Shift+PgUp"), MANY),
    Action("next_unreviewed", "go", ("Ctrl+Shift+D", "Ctrl+Shift+PgDown"), MANY),
    Action("first", "go", ("Home",), MANY),
    Action("last", "go", ("End",), MANY),
    Action("suggest", "go", ("N",), (*EDIT, "suggestion")),
    Action("skip", "go", ("Shift+N",), (*EDIT, "suggestion")),
    Action("review_next", "review", ("V",), EDIT),
    Action("review", "review", ("Shift+V",), EDIT, checkable=True),
    Action("contact_sheet", "review", ("C",), ("scene",)),
    Action("zoom_in", "view", ("Ctrl++", "Ctrl+="), ("scene",)),
    Action("zoom_out", "view", ("Ctrl+-",), ("scene",)),
    Action("fit", "view", ("F", "Ctrl+F"), ("scene",)),
    Action("actual_size", "view", ("Ctrl+0",), ("scene",)),
    Action("zoom_selection", "view", ("Z",), ("scene", "selection")),
    _overlay("points", "1"),
    _overlay("boxes", "2"),
    _overlay("anchors", "3"),
    _overlay("heat", "4", "H", needs=("scene", "numbers")),
    _overlay("zones", "5"),
    Action("keys", "help", ("F1",)),
)


def keys_in_use(changed: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Name of each action to its keys, where the user's choice differs from the table with those."""
    return {action.name: changed.get(action.name, action.keys) for action in ACTIONS}


def taken_twice(keys: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Keys that more than one action has, with the names of those."""
    owners: dict[str, list[str]] = {}
    for name, own in keys.items():
        for key in own:
            owners.setdefault(key, []).append(name)
    return {key: names for key, names in owners.items() if len(names) > 1}
