"""The table of actions: every row is complete, a new row shows everywhere, no key means two things."""

from __future__ import annotations

import inspect
from operator import attrgetter

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolButton
from pytestqt.qtbot import QtBot

from annotator_gui import actions, icons
from annotator_gui.actions import ACTIONS, VIEW, Action, keys_in_use, taken_twice
from annotator_gui.dialogs import key_help
from annotator_gui.window import menus, tool_bar
from annotator_gui.window.needs import unmet_needs
from annotator_gui.window.workbench import Workbench
from test_annotator.window_user import open_window


def test_names_are_unique_and_needs_are_known(qtbot: QtBot) -> None:
    window = open_window(qtbot).window
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)
    unknown = {need for action in ACTIONS for need in action.needs} - unmet_needs(window.bench).keys()
    assert unknown == {"suggestion"}, "the one need that is met without a scene"


def test_every_run_is_a_method_that_takes_the_arguments(qtbot: QtBot) -> None:
    window = open_window(qtbot).window
    for action in ACTIONS:
        method = attrgetter(action.run)(window)
        assert callable(method), action.name
        if inspect.ismethod(method):
            inspect.signature(method).bind(*action.args)


def test_a_new_row_is_in_menu_keys_help_and_tool_bar(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    row = Action("far", VIEW, "Far a&way", "Zoom far out", "canvas.zoom_by", (0.1,), ("Ctrl+9",), icon=icons.points)
    for module in (actions, menus, tool_bar, key_help):
        monkeypatch.setattr(module, "ACTIONS", (*ACTIONS, row))
    window = open_window(qtbot).window
    made = window.actions_by_name["far"]
    menu = next(menu for menu in window.menuBar().findChildren(QMenu) if menu.title() == VIEW)
    assert made in menu.actions()
    assert isinstance(window.tools.widgetForAction(made), QToolButton) and not made.icon().isNull()
    zoom = window.canvas.at.zoom
    QTest.keyClick(window, Qt.Key.Key_9, Qt.KeyboardModifier.ControlModifier)
    assert window.canvas.at.zoom == pytest.approx(0.1 * zoom)
    help_of_keys = key_help.KeyHelp({}, window)
    qtbot.addWidget(help_of_keys)
    assert help_of_keys.table.findItems("Far away", Qt.MatchFlag.MatchExactly)


def test_no_key_means_two_things() -> None:
    assert not taken_twice(keys_in_use({}))
    assert taken_twice(keys_in_use({"save": ("Ctrl+Z",)})) == {"Ctrl+Z": ["save", "undo"]}


def test_menu_letters_are_unique() -> None:
    for menu in {action.menu for action in ACTIONS}:
        letters = [a.title[a.title.index("&") + 1].lower() for a in ACTIONS if a.menu == menu and "&" in a.title]
        assert sorted(letters) == sorted(set(letters)), menu


@pytest.mark.usefixtures("qtbot")
def test_a_disabled_action_says_the_first_reason() -> None:
    undo = next(action for action in ACTIONS if action.name == "undo")
    unmet = unmet_needs(Workbench(QApplication.instance()))
    assert undo.missing(unmet) == "Open a scene first"
    assert undo.missing({"undo": unmet["undo"]}) == "Nothing to take back"
    assert not undo.missing({})
