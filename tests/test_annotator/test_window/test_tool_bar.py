"""The tool bar: icons that are seen in both palettes, names where there is room, the grade and the next anchor."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAccessible, QIcon, QImage, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QToolButton
from pytestqt.qtbot import QtBot

from annotator_gui import theme
from annotator_gui.actions import ACTIONS, GO
from annotator_gui.icons import icon_of
from annotator_gui.model.quality import SceneQuality
from annotator_gui.settings import Settings
from annotator_gui.window import main_window
from gta_head_tools.anchors.anchors import AnchorSet
from gta_head_tools.interpolation.expectation import Expectation
from test_annotator.gestures import head_points, write_picture
from test_annotator.test_theme import contrast
from test_annotator.window_user import WindowUser, draw_anchor, open_window

ROWS = {action.name: action for action in ACTIONS}
TOOLS = [action.name for action in ACTIONS if action.icon and action.menu != GO]
WORDS = "● sizes ±3.2 %, single heads ±9.0 %, expected overlap 0.71"


def icon(name: str) -> QIcon:
    draw = ROWS[name].icon
    assert draw is not None
    return icon_of(draw)


@pytest.fixture
def user(tmp_path: Path, qtbot: QtBot) -> WindowUser:
    write_picture(tmp_path / "0001.png", 60)
    rows = [f"0001.png,{x},{y}" for x, y in head_points(60)]
    (tmp_path / "heads.csv").write_text("\n".join(["image,x,y", *rows]) + "\n")
    user = open_window(qtbot, tmp_path / "heads.csv")
    user.judged()
    return user


def opacity(name: str, side: int, mode: QIcon.Mode = QIcon.Mode.Normal) -> NDArray[np.uint8]:
    """How much of each pixel of an icon is covered, (side, side)."""
    drawn = icon(name).pixmap(QSize(side, side), 1.0, mode).toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    return np.frombuffer(drawn.constBits(), np.uint8).reshape(side, side, 4)[:, :, 3].copy()


@pytest.mark.usefixtures("qtbot")
def test_every_tool_has_an_icon_unlike_the_others() -> None:
    drawn = {name: opacity(name, 24) for name in (*TOOLS, "suggest")}
    for name, ink in drawn.items():
        assert 0.06 < (ink > 128).mean() < 0.6, name
        assert not np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]]).any(), "nothing is cut off"
    for one, other in combinations(drawn, 2):
        assert (np.abs(drawn[one].astype(int) - drawn[other]) > 128).sum() > 20, (one, other)


@pytest.mark.usefixtures("qtbot")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_icons_have_the_colours_of_the_palette(scheme: Literal["light", "dark"]) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply_theme(app, scheme)
    button = app.palette().color(QPalette.ColorRole.Button)
    shades = []
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
        image = icon("select_mode").pixmap(QSize(24, 24), 1.0, mode).toImage()
        shades.append(contrast(image.pixelColor(8, 10), button))
    assert shades[0] > 7
    assert 2 < shades[1] < shades[0] / 2


@pytest.mark.usefixtures("qtbot")
def test_icons_are_sharp_on_fine_screens() -> None:
    """Drawn anew rather than enlarged: the edge between ink and nothing stays one pixel wide."""
    for name in TOOLS:
        coarse, fine = ((ink > 0) & (ink < 255) for ink in (opacity(name, 24), opacity(name, 96)))
        if name not in {"show_heat", "show_zones"}:
            assert fine.mean() < 0.6 * coarse.mean(), name


def buttons(user: WindowUser) -> list[QToolButton]:
    found = [user.window.tools.widgetForAction(user.window.actions_by_name[name]) for name in TOOLS]
    return [button for button in found if isinstance(button, QToolButton)]


@pytest.mark.parametrize(("width", "named"), [(1920, True), (1024, False)])
def test_names_stand_beside_icons_where_there_is_room(user: WindowUser, width: int, named: bool) -> None:
    tools = user.window.tools
    user.window.resize(width, 768)
    beside = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    # What no longer fits is hidden until everything has its new place.
    user.until(lambda: tools.width() == width and tools.suggestion.isVisible())
    assert [button.toolButtonStyle() == beside for button in buttons(user)].count(True) == named * (len(TOOLS) - 2)
    assert len(buttons(user)) == len(TOOLS)
    assert all(button.isVisible() and tools.rect().contains(button.geometry()) for button in buttons(user))
    for part in (tools.suggestion, tools.grade):
        assert part.width() >= part.sizeHint().width(), "not cut off"


@pytest.mark.parametrize(("width", "said"), [(1920, WORDS), (1366, WORDS), (1024, "● sizes ±3.2 %")])
def test_the_grade_tells_sizes_and_single_heads_where_there_is_room(user: WindowUser, width: int, said: str) -> None:
    tools, drawn = user.window.tools, AnchorSet((100, 80))
    user.window.resize(width, 768)
    user.until(lambda: tools.width() == width and tools.suggestion.isVisible())
    expected = Expectation(field=0.032, field_p95=0.1, heads=0.09, overlap=0.71)
    tools.show_quality(SceneQuality(drawn, expected=expected, grade="green"), None, fresh=True)
    assert tools.grade.text() == said
    user.until(lambda: tools.grade.width() >= tools.grade.sizeHint().width())  # It is not cut off.
    tools.show_quality(SceneQuality(drawn, expected=replace(expected, at_least=True)), None, fresh=False)
    assert "±9.0 %" in tools.grade.toolTip() and tools.grade.text().endswith(" …")


def test_window_and_docks_fit_a_small_screen_of_twice_the_scale(
    user: WindowUser, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1366x768 at scale 2 is 683x384; the panels and the frame of the window take some of it."""
    narrow = QSize(667, 336)
    assert user.window.minimumSizeHint().width() < narrow.width() and all(map(QDockWidget.isVisible, user.window.docks))
    monkeypatch.setattr(main_window, "_first_size", lambda: narrow)
    window = main_window.MainWindow(Settings())
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    assert window.bench.session is None
    window.open_path(Path(user.window.bench.session.source) if user.window.bench.session else Path())
    qtbot.waitUntil(lambda: window.docks[0].isVisible() and window.canvas.width() < narrow.width())
    assert window.size() == narrow and window.minimumSizeHint().height() <= narrow.height()
    assert window.canvas.width() > 300


def test_icons_have_names_and_say_what_they_do(user: WindowUser) -> None:
    user.window.resize(1024, 768)
    for button, name in zip(buttons(user), TOOLS, strict=True):
        action = ROWS[name]
        told = QAccessible.queryAccessibleInterface(button).text(QAccessible.Text.Name)
        assert told == (action.short or action.text)
        assert action.tip in button.toolTip() or not button.isEnabled()


def test_the_button_of_the_next_anchor_leads_to_it(user: WindowUser) -> None:
    tools, suggestion = user.window.tools, user.window.bench.suggestion
    assert suggestion is not None
    assert f"{suggestion.expected_after:.1%}" in tools.suggestion.text()
    QTest.mouseClick(tools.suggestion, Qt.MouseButton.LeftButton)
    x, y = user.place(suggestion.point)
    assert (x, y) == pytest.approx([side / 2 for side in user.window.canvas.room], abs=1)
    assert user.window.canvas.mode == "anchor"


def test_the_start_page_has_no_tools(user: WindowUser) -> None:
    assert user.window.tools.isVisible()
    user.window.actions_by_name["scene_list"].trigger()
    assert not user.window.tools.isVisible()


def test_the_grade_of_a_scene_follows_whom_its_anchor_serves(user: WindowUser) -> None:
    """On the tool bar and in the list of scenes, whatever it had before."""
    session, tools = user.window.bench.session, user.window.tools
    assert session is not None
    assert "no anchors" in tools.grade.text()
    draw_anchor(user)
    user.judged()
    assert "%" in tools.grade.text() and session.rows()[0].grade is not None
    user.key(Qt.Key.Key_W, Qt.KeyboardModifier.ShiftModifier)
    user.judged()
    assert tools.grade.text().startswith("■") and "%" in tools.grade.text()
    assert "serve that image alone" not in tools.grade.toolTip(), "there is no other picture"
    assert session.rows()[0].grade == "red"
    user.key(Qt.Key.Key_W, Qt.KeyboardModifier.ShiftModifier)
    user.key(Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
    user.judged()
    assert "no boxes" in tools.grade.text()
