"""Keys that are gestures on the canvas, and what they do in the present mode; all other keys are actions.

Not in the table: Tab, for which Qt asks `Canvas.focusNextPrevChild`, and Space and X, which the canvas itself obeys as
long as they are held.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt

from annotator_gui.gestures.key_edits import grow, nudge
from annotator_gui.gestures.tools import Tool

Gesture = Callable[[Tool, bool], bool]
"""Takes the tool of the mode and whether Shift is held; False: the key means nothing now."""


def _nudge(dx: int, dy: int) -> Gesture:
    def press(tool: Tool, shift: bool) -> bool:
        step = 10.0 if shift else 1.0
        nudge(tool, (dx * step, dy * step))
        return True

    return press


def _grow(power: int) -> Gesture:
    def press(tool: Tool, shift: bool) -> bool:
        grow(tool, (1.1 if shift else 1.02) ** power)
        return True

    return press


def _finish(tool: Tool, _: bool) -> bool:
    active = tool.active
    if active:
        tool.finish()
    return active


def _cancel(tool: Tool, _: bool) -> bool:
    return tool.cancel()


KEYS: dict[int, Gesture] = {
    Qt.Key.Key_Left: _nudge(-1, 0),
    Qt.Key.Key_Right: _nudge(1, 0),
    Qt.Key.Key_Up: _nudge(0, -1),
    Qt.Key.Key_Down: _nudge(0, 1),
    Qt.Key.Key_BracketLeft: _grow(-1),
    Qt.Key.Key_BracketRight: _grow(1),
    # With Shift, some keyboards send a brace in place of the bracket.
    Qt.Key.Key_BraceLeft: _grow(-1),
    Qt.Key.Key_BraceRight: _grow(1),
    Qt.Key.Key_Return: _finish,
    Qt.Key.Key_Enter: _finish,
    Qt.Key.Key_Escape: _cancel,
}
