"""How a grade looks: a sign and a colour, as colour alone tells nothing to many."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from annotator_gui import texts
from annotator_gui.model.quality import SceneNumbers
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
        return None, texts.GRADE_WAITS, texts.GRADE_WAITS
    if numbers.median is None or not numbers.anchors.anchors:
        short, long = texts.GRADE_NONE, texts.GRADE_LONG_NONE
        if numbers.anchors.anchors:
            short, long = texts.GRADE_NO_BOXES, numbers.problem
        elif numbers.anchors.image_anchors:
            short, long = texts.GRADE_OWN_FRAMES, texts.GRADE_LONG_OWN_FRAMES
        return "red", f"{SIGNS['red']} {short}", long
    least = texts.AT_LEAST if numbers.at_least else ""
    short = texts.GRADE.format(sign=SIGNS[numbers.grade], least="≥ " if numbers.at_least else "", error=numbers.median)
    short = short if fresh else f"{short} {texts.GRADE_PENDING}"
    long = texts.GRADE_LONG.format(least=least, error=numbers.median, aim=GREEN, p95=numbers.p95 or 0.0)
    return numbers.grade, short, "\n".join([long, *numbers.notes])
