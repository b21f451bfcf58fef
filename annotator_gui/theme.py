"""Look of the window: its light and dark palette, and the colours of what is drawn on pictures."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

Scheme = Literal["system", "light", "dark"]

# Overlay colours are not part of a palette: they lie on pictures, which do not change with the scheme.
BOX = QColor(0, 229, 255)
BOX_DIM = QColor(0, 170, 195)
ANCHOR = QColor(255, 221, 0)
PIN = QColor(255, 120, 255)
POINT = QColor(255, 255, 255)
ZONE = QColor(120, 255, 120)
HORIZON = QColor(255, 150, 60)
PROPOSAL = QColor(225, 225, 225)
IGNORED = QColor(150, 150, 150)
RIM = QColor(16, 16, 20)
"""Dark second tone of lines, so that they are visible on snow."""
SHADE = QColor(0, 0, 0, 150)
"""Translucent line under the dashes of proposals."""
GROUND = QColor(56, 59, 66)
"""Around the picture: neutral beside any picture, and dark enough for boxes that reach beyond the border."""
PANEL = QColor(20, 20, 24, 225)
PANEL_INK = QColor(250, 250, 250)

_ROLES = QPalette.ColorRole
_COLOURS: dict[QPalette.ColorRole, tuple[str, str]] = {
    _ROLES.Window: ("#f3f4f6", "#24262b"),
    _ROLES.WindowText: ("#16181d", "#eceef2"),
    _ROLES.Base: ("#ffffff", "#1a1c20"),
    _ROLES.AlternateBase: ("#eceef2", "#212328"),
    _ROLES.Text: ("#16181d", "#eceef2"),
    _ROLES.Button: ("#e6e8ed", "#33363d"),
    _ROLES.ButtonText: ("#16181d", "#eceef2"),
    _ROLES.ToolTipBase: ("#ffffff", "#33363d"),
    _ROLES.ToolTipText: ("#16181d", "#eceef2"),
    _ROLES.BrightText: ("#a30000", "#ff8080"),
    _ROLES.Highlight: ("#1f5fbf", "#2e6bc8"),
    _ROLES.HighlightedText: ("#ffffff", "#ffffff"),
    _ROLES.Link: ("#1a54a8", "#7fb2ff"),
    _ROLES.PlaceholderText: ("#5c6270", "#9aa0ac"),
    _ROLES.Light: ("#ffffff", "#4a4e57"),
    _ROLES.Midlight: ("#f0f1f4", "#3d4048"),
    _ROLES.Mid: ("#b9bdc7", "#2b2e34"),
    _ROLES.Dark: ("#9aa0ac", "#131417"),
    _ROLES.Shadow: ("#6b717d", "#000000"),
}
"""Light and dark colour of each role."""
_FADED = {"light": "#858b97", "dark": "#767c88"}


def palette(scheme: Literal["light", "dark"]) -> QPalette:
    """The palette of a scheme; disabled text is faded."""
    made = QPalette()
    for role, colours in _COLOURS.items():
        made.setColor(role, QColor(colours[scheme == "dark"]))
    for role in (_ROLES.WindowText, _ROLES.Text, _ROLES.ButtonText, _ROLES.HighlightedText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(_FADED[scheme]))
    return made


def system_scheme(app: QApplication) -> Literal["light", "dark"]:
    """The scheme of the desktop; light where the desktop has none."""
    return "dark" if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"


def apply_theme(app: QApplication, scheme: Scheme) -> None:
    """Give the whole application a style and a palette; may be called again at any time.

    A colour scheme that is set in Qt's style hints has no effect on a desktop without a theme of its own.
    """
    fusion = QStyleFactory.create("Fusion")
    if app.style().objectName() != "fusion" and fusion is not None:
        app.setStyle(fusion)
    app.setPalette(palette(system_scheme(app) if scheme == "system" else scheme))
