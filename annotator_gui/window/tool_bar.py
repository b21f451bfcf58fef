"""The tool bar: icons, with texts where there is room; on the right the grade of the boxes and the next anchor."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolBar, QToolButton, QWidget

from annotator_gui.actions import ACTIONS, EDIT, MODE, VIEW
from annotator_gui.grades import headline, ink
from annotator_gui.model.quality import SceneQuality
from gta_head_tools.interpolation.suggestions import Suggestion

ICON = 18
"""Side of an icon in logical pixels."""
GAP = 12
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
        self._actions = actions
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
        grade, short, long = headline(quality, fresh=fresh)
        palette = QPalette(QGuiApplication.palette())
        if grade is not None:
            palette.setColor(QPalette.ColorRole.WindowText, ink(grade, palette))
        self.grade.setPalette(palette)
        self.grade.setText(short)
        self.grade.setToolTip(long)
        self.grade.setAccessibleDescription(long)
        action = self._actions["suggest"]
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        helps = "" if suggestion is None else f" → {suggestion.expected_after:.1%}"
        action.setIconText(f"Next anchor ({key}){helps}")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._name_icons(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        if self.sizeHint().width() > event.size().width():
            self._name_icons(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def _name_icons(self, style: Qt.ToolButtonStyle) -> None:
        if self.toolButtonStyle() != style:
            self.setToolButtonStyle(style)
        for name in _KNOWN_BY_ICON:
            button = self.widgetForAction(self._actions[name])
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def _make_corner(self) -> QWidget:
        """Grade and button in one widget with room for their longest texts: a tool bar does not grow with a label."""
        corner = QWidget()
        corner.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        longest = "Next anchor (N) → 10.0%"
        button = self.suggestion.fontMetrics().horizontalAdvance(longest) + ICON + 2 * GAP
        grade = self.grade.fontMetrics().horizontalAdvance("● ≥ 10.0% expected error …")
        corner.setMinimumWidth(button + grade + 3 * GAP)
        row = QHBoxLayout(corner)
        row.setContentsMargins(GAP, 0, GAP // 2, 0)
        row.addStretch()
        row.addWidget(self.grade)
        row.addSpacing(GAP)
        row.addWidget(self.suggestion)
        return corner


def _make_grade() -> QLabel:
    grade = QLabel()
    grade.setAccessibleName("Expected error")
    # In a tool bar, Qt would take the colour of buttons.
    grade.setForegroundRole(QPalette.ColorRole.WindowText)
    font = grade.font()
    font.setBold(True)
    grade.setFont(font)
    return grade
