"""The table of actions: every entry has its words, no key means two things."""

from __future__ import annotations

from annotator_gui import texts
from annotator_gui.actions import ACTIONS, keys_in_use, taken_twice


def test_every_action_has_words_menu_and_reasons() -> None:
    assert {action.name for action in ACTIONS} == texts.ACTIONS.keys()
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)
    assert {action.menu for action in ACTIONS} <= texts.MENUS.keys()
    assert {need for action in ACTIONS for need in action.needs} == texts.NEEDS.keys()


def test_no_key_means_two_things() -> None:
    assert not taken_twice(keys_in_use({}))
    assert taken_twice(keys_in_use({"save": ("Ctrl+Z",)})) == {"Ctrl+Z": ["save", "undo"]}


def test_menu_letters_are_unique() -> None:
    for menu in texts.MENUS:
        shown = [texts.ACTIONS[action.name][0] for action in ACTIONS if action.menu == menu]
        letters = [text[text.index("&") + 1].lower() for text in shown if "&" in text]
        assert sorted(letters) == sorted(set(letters)), menu


def test_a_disabled_action_says_the_first_reason() -> None:
    undo = next(action for action in ACTIONS if action.name == "undo")
    assert undo.missing(()) == "Open a scene first"
    assert undo.missing({"scene", "writable"}) == "Nothing to take back"
    assert not undo.missing({"scene", "writable", "undo"})
