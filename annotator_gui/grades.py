"""How a grade looks: a sign and a colour, as colour alone tells nothing to many."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from annotator_gui import words
from annotator_gui.numbers import SceneNumbers
from gta_head_tools.interpolation.diagnosis import GREEN, Grade

SIGNS: dict[Grade, str] = {"green": "●", "amber": "▲", "red": "■"}
_ON_LIGHT: dict[Grade, str] = {"green": "#1a6b32", "amber": "#8a5a00", "red": "#b3261e"}
_ON_DARK: dict[Grade, str] = {"green": "#6fd18c", "amber": "#f2b84b", "red": "#ff8a80"}


def ink(grade: Grade, palette: QPalette) -> QColor:
    """The colour of a grade that is read on the background of a palette."""
    dark = palette.color(QPalette.ColorRole.Base).lightness() < 128
    return QColor((_ON_DARK if dark else _ON_LIGHT)[grade])


def headline(numbers: SceneNumbers | None, *, fresh: bool) -> tuple[Grade | None, str, str]:
    """Grade, short text and sentence for the tool bar; numbers that are not fresh are those of earlier drawings.

    Without any that tell something there is no grade yet.
    """
    if numbers is None or not (fresh or numbers.anchors.anchors):
        return None, words.GRADE_WAITS, words.GRADE_WAITS
    if numbers.median is None or not numbers.anchors.anchors:
        short, long = words.GRADE_NONE, words.GRADE_LONG_NONE
        if numbers.anchors.anchors:
            short, long = words.GRADE_NO_BOXES, numbers.problem
        elif numbers.anchors.image_anchors:
            short, long = words.GRADE_OWN_FRAMES, words.GRADE_LONG_OWN_FRAMES
        return "red", f"{SIGNS['red']} {short}", long
    least = words.AT_LEAST if numbers.at_least else ""
    short = words.GRADE.format(sign=SIGNS[numbers.grade], least="≥ " if numbers.at_least else "", error=numbers.median)
    short = short if fresh else f"{short} {words.GRADE_PENDING}"
    long = words.GRADE_LONG.format(least=least, error=numbers.median, aim=GREEN, p95=numbers.p95 or 0.0)
    return numbers.grade, short, "\n".join([long, *numbers.notes])
