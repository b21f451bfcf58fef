"""Keys that are gestures on the canvas: arrows, brackets, Enter, Esc within a gesture, held Space and X.

Tab is not among them: Qt asks for the next child to focus, see `Canvas.focusNextPrevChild`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from gta_head_tools.anchors.anchors import Pair

if TYPE_CHECKING:
    from annotator_gui.canvas.canvas import Canvas

_ARROWS: dict[int, Pair] = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}
# Where Shift turns a bracket into a brace, the brace is what arrives.
_BRACKETS: dict[int, int] = {
    Qt.Key.Key_BracketLeft: -1,
    Qt.Key.Key_BraceLeft: -1,
    Qt.Key.Key_BracketRight: 1,
    Qt.Key.Key_BraceRight: 1,
}


def press_key(canvas: Canvas, event: QKeyEvent) -> bool:
    """Do what a key means on the canvas; False when it means nothing there."""
    key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
        return False
    if key in _ARROWS:
        step = 10.0 if shift else 1.0
        canvas.nudge(_ARROWS[key][0] * step, _ARROWS[key][1] * step)
    elif key in _BRACKETS:
        canvas.grow((1.1 if shift else 1.02) ** _BRACKETS[key])
    elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
        return canvas.finish()
    elif key == Qt.Key.Key_Escape:
        return canvas.cancel()
    elif key == Qt.Key.Key_Space:
        canvas.hold_space(True)
    elif key == Qt.Key.Key_X:
        canvas.hide_all(True)
    else:
        return False
    return True
