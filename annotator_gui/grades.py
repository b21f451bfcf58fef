"""How a grade looks: a sign and a colour, as many people cannot tell the colours apart."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette

from annotator_gui.model.quality import SceneQuality
from gta_head_tools.interpolation.diagnosis import GREEN, Grade
from gta_head_tools.interpolation.expectation import EXPECTED, percent

WAITING = "estimating the error…"

SIGNS: dict[Grade, str] = {"green": "●", "amber": "▲", "red": "■"}
_ON_LIGHT: dict[Grade, str] = {"green": "#1a6b32", "amber": "#8a5a00", "red": "#b3261e"}
_ON_DARK: dict[Grade, str] = {"green": "#6fd18c", "amber": "#f2b84b", "red": "#ff8a80"}


def ink(grade: Grade, palette: QPalette) -> QColor:
    """A colour of the grade that is legible on the background of a palette."""
    dark = palette.color(QPalette.ColorRole.Base).lightness() < 128
    return QColor((_ON_DARK if dark else _ON_LIGHT)[grade])


@dataclass(frozen=True, slots=True)
class Headline:
    """What the tool bar says of the boxes.

    Attributes:
        grade: None = not known yet.
        text: in words.
        short: the same where there is little room.
        tip: in full.
    """

    grade: Grade | None
    text: str
    short: str
    tip: str


def headline(quality: SceneQuality | None, *, fresh: bool) -> Headline:
    """Grade and words for the tool bar.

    Args:
        quality: of the scene; None = not computed yet.
        fresh: it belongs to the present drawings, not to earlier ones.
    """
    if quality is None or not (fresh or quality.expected is not None):
        return Headline(None, WAITING, WAITING, WAITING)
    if quality.expected is None:
        short, long = "no anchors", "No anchors yet: no boxes. Press N for the first one."
        if quality.anchors.fitted:
            short, long = "no boxes", quality.problem
        elif quality.given:
            short, long = "boxes as given", "The boxes are those of the data set. P corrects a selected head's box."
            return Headline(None, short, short, long)
        short = f"{SIGNS['red']} {short}"
        return Headline("red", short, short, long)
    expected, sign, stale = quality.expected, SIGNS[quality.grade], "" if fresh else " …"
    sizes, heads, overlap = expected.cells
    long = (
        f"Expected: for half of the places, the size is within {sizes} of that of an average head (aim "
        f"{percent(GREEN)}), for 95 % within {percent(expected.field_p95)}. Half of the single heads, which differ "
        f"from the average, are within {heads}. Boxes overlap the exact ones by {overlap} on average (1 = equal)."
    )
    tip = "\n".join([long, *quality.notes])
    return Headline(quality.grade, f"{sign} {expected}{stale}", f"{sign} {EXPECTED[0]} {sizes}{stale}", tip)
