"""How a grade looks: a sign and a colour, as colour alone tells nothing to many."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from annotator_gui.model.quality import SceneNumbers
from gta_head_tools.interpolation.diagnosis import GREEN, Grade

WAITING = "estimating the error…"

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
        return None, WAITING, WAITING
    if numbers.median is None or not numbers.anchors.anchors:
        short, long = "no anchors", "No anchors yet: no boxes. Press N for the first one."
        if numbers.anchors.anchors:
            short, long = "no boxes", numbers.problem
        elif numbers.anchors.image_anchors:
            short = "no anchor for all frames"
            long = "Anchors of one frame serve that frame alone: draw one for all frames as well."
        return "red", f"{SIGNS['red']} {short}", long
    short = f"{SIGNS[numbers.grade]} {'≥ ' if numbers.at_least else ''}{numbers.median:.1%} expected error"
    long = (
        f"Expected median error {'at least ' if numbers.at_least else ''}{numbers.median:.1%} (aim {GREEN:.0%}), "
        f"95% of heads within {numbers.p95 or 0.0:.0%}"
    )
    return numbers.grade, short if fresh else f"{short} …", "\n".join([long, *numbers.notes])
