"""How a grade looks: a sign and a colour, as many people cannot tell the colours apart."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from annotator_gui.model.quality import SceneQuality
from gta_head_tools.interpolation.diagnosis import GREEN, Grade

WAITING = "estimating the error…"

SIGNS: dict[Grade, str] = {"green": "●", "amber": "▲", "red": "■"}
_ON_LIGHT: dict[Grade, str] = {"green": "#1a6b32", "amber": "#8a5a00", "red": "#b3261e"}
_ON_DARK: dict[Grade, str] = {"green": "#6fd18c", "amber": "#f2b84b", "red": "#ff8a80"}


def ink(grade: Grade, palette: QPalette) -> QColor:
    """A colour of the grade that is legible on the background of a palette."""
    dark = palette.color(QPalette.ColorRole.Base).lightness() < 128
    return QColor((_ON_DARK if dark else _ON_LIGHT)[grade])


def headline(quality: SceneQuality | None, *, fresh: bool) -> tuple[Grade | None, str, str]:
    """Grade (None = not known yet), short text and sentence for the tool bar.

    Args:
        quality: of the scene; None = not computed yet.
        fresh: it belongs to the present drawings, not to earlier ones.
    """
    if quality is None or not (fresh or quality.median is not None):
        return None, WAITING, WAITING
    if quality.median is None:
        short, long = "no anchors", "No anchors yet: no boxes. Press N for the first one."
        if quality.anchors.fitted:
            short, long = "no boxes", quality.problem
        elif quality.given:
            return None, "boxes as given", "The boxes are those of the data set. P corrects a selected head's box."
        return "red", f"{SIGNS['red']} {short}", long
    short = f"{SIGNS[quality.grade]} {'≥ ' if quality.at_least else ''}{quality.median:.1%} expected error"
    long = (
        f"Expected median error {'at least ' if quality.at_least else ''}{quality.median:.1%} (aim {GREEN:.0%}), "
        f"95% of heads within {quality.p95 or 0.0:.0%}"
    )
    return quality.grade, short if fresh else f"{short} …", "\n".join([long, *quality.notes])
