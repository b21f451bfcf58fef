"""Colours: text is readable in both palettes, and what lies on pictures is read on snow and at night."""

from __future__ import annotations

from typing import Literal

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from annotator_gui import theme

pytestmark = pytest.mark.usefixtures("qtbot")

ROLE = QPalette.ColorRole
PAIRS = [
    (ROLE.WindowText, ROLE.Window),
    (ROLE.Text, ROLE.Base),
    (ROLE.Text, ROLE.AlternateBase),
    (ROLE.ButtonText, ROLE.Button),
    (ROLE.ToolTipText, ROLE.ToolTipBase),
    (ROLE.HighlightedText, ROLE.Highlight),
    (ROLE.PlaceholderText, ROLE.Base),
    (ROLE.Link, ROLE.Base),
    (ROLE.BrightText, ROLE.Window),
]


def luminance(colour: QColor) -> float:
    """Relative luminance of WCAG 2."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: QColor, second: QColor) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_that_wcag_asks_for(scheme: Literal["light", "dark"]) -> None:
    palette = theme.palette(scheme)
    for ink, ground in PAIRS:
        assert contrast(palette.color(ink), palette.color(ground)) >= 4.5, (ink, ground)


@pytest.mark.parametrize("tone", [theme.BOX, theme.ANCHOR, theme.PIN, theme.POINT, theme.ZONE, theme.HORIZON])
def test_two_tones_are_read_on_every_ground(tone: QColor) -> None:
    for shade in range(0, 256, 15):
        ground = QColor(shade, shade, shade)
        assert max(contrast(tone, ground), contrast(theme.RIM, ground)) >= 3.0


def test_the_theme_can_change_at_run_time() -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    shades = []
    schemes: tuple[theme.Scheme, ...] = ("dark", "light")
    for scheme in schemes:
        theme.apply_theme(app, scheme)
        shades.append(luminance(QLabel().palette().color(ROLE.Window)))
    assert shades[0] < 0.1
    assert shades[1] > 0.8
    assert app.style().objectName() == "fusion"


def test_letters_are_drawn(qtbot: QtBot) -> None:
    """Without any font on the system text is empty space, and nothing else fails."""
    label = QLabel("ghtools")
    qtbot.addWidget(label)
    blank = QLabel()
    qtbot.addWidget(blank)
    blank.resize(label.sizeHint())
    label.resize(label.sizeHint())
    assert label.grab().toImage() != blank.grab().toImage()
