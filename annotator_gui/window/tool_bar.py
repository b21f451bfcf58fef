"""The tool bar: icons, with texts where there is room; on the right the grade of the boxes and the next anchor."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolBar, QToolButton, QWidget

from annotator_gui.actions import ACTIONS, EDIT, MODE, VIEW
from annotator_gui.grades import SIGNS, headline, ink
from annotator_gui.model.quality import SceneQuality
from gta_head_tools.interpolation.suggestions import Suggestion

ICON = 18
"""Side of an icon in logical pixels."""
GAP = 12
LONGEST = tuple(
    f"{SIGNS['green']} {text} …"
    for text in (
        "sizes at least ±10 %, single heads at least ±10 %, expected overlap at most 0.70",
        "sizes ±9.9 %, single heads ±9.9 %, expected overlap 0.70",
        "sizes at least ±10 %",
    )
)
"""Texts of the grade that room is kept for, the first one that there is room for."""
_MENUS = (MODE, EDIT, VIEW)
_KNOWN_BY_ICON = ("undo", "redo")


class ToolBar(QToolBar):
    """Modes, undo, overlays; the grade of the boxes, and the button that leads to the next anchor.

    Args:
        actions: by name.
    """

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__("Tools", parent)
        self.setObjectName("tools")
        self.setMovable(False)
        self.setIconSize(QSize(ICON, ICON))
        # Without an entry in the menu of docks, users cannot hide the tool bar by mistake.
        self.toggleViewAction().setVisible(False)
        self._actions, self._longest = actions, LONGEST[0]
        for menu in _MENUS:
            if self.actions():
                self.addSeparator()
            self.addActions([actions[action.name] for action in ACTIONS if action.icon and action.menu == menu])
        self.grade = _make_grade()
        self.suggestion = QToolButton()
        self.suggestion.setDefaultAction(actions["suggest"])
        self.suggestion.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.suggestion.setIconSize(self.iconSize())
        self._corner = self._make_corner()
        self.addWidget(self._corner)
        self.show_quality(None, None, fresh=False)

    def show_quality(self, quality: SceneQuality | None, suggestion: Suggestion | None, *, fresh: bool) -> None:
        """Show the grade of the open scene, and what the next anchor would bring; None = not known yet."""
        self._headline = headline(quality, fresh=fresh)
        palette, grade = QPalette(QGuiApplication.palette()), self._headline.grade
        if grade is not None:
            palette.setColor(QPalette.ColorRole.WindowText, ink(grade, palette))
        self.grade.setPalette(palette)
        self.grade.setToolTip(self._headline.tip)
        self.grade.setAccessibleDescription(self._headline.tip)
        self._write_grade()
        action = self._actions["suggest"]
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        helps = "" if suggestion is None else f" → {suggestion.expected_after:.1%}"
        action.setIconText(f"Next anchor ({key}){helps}")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        beside, icons = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        # The grade in words says more than the names of the icons, which tips tell, too.
        for style, self._longest in (*product((beside, icons), LONGEST[:-1]), (icons, LONGEST[-1])):
            self._name_icons(style)
            self._corner.setMinimumWidth(self._room())
            if self.sizeHint().width() <= event.size().width():
                break
        self._write_grade()

    def _write_grade(self) -> None:
        wide = self.grade.fontMetrics().horizontalAdvance
        fits = wide(self._headline.text) <= wide(self._longest)
        self.grade.setText(self._headline.text if fits else self._headline.short)

    def _name_icons(self, style: Qt.ToolButtonStyle) -> None:
        if self.toolButtonStyle() != style:
            self.setToolButtonStyle(style)
        for name in _KNOWN_BY_ICON:
            button = self.widgetForAction(self._actions[name])
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def _make_corner(self) -> QWidget:
        """Grade and button in one widget."""
        corner = QWidget()
        corner.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(corner)
        row.setContentsMargins(GAP, 0, GAP // 2, 0)
        row.addStretch()
        row.addWidget(self.grade)
        row.addSpacing(GAP)
        row.addWidget(self.suggestion)
        return corner

    def _room(self) -> int:
        """Width of the corner with the longest texts: a tool bar does not grow with a label."""
        button = self.suggestion.fontMetrics().horizontalAdvance("Next anchor (N) → 10.0%") + ICON + 2 * GAP
        return button + self.grade.fontMetrics().horizontalAdvance(self._longest) + 3 * GAP


def _make_grade() -> QLabel:
    grade = QLabel()
    grade.setAccessibleName("Expected errors")
    # In a tool bar, Qt would take the colour of buttons.
    grade.setForegroundRole(QPalette.ColorRole.WindowText)
    font = grade.font()
    font.setBold(True)
    grade.setFont(font)
    return grade
