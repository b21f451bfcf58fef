"""Errors that nobody thought of: they are told, and the window goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import QThread, QThreadPool
from pytestqt.qtbot import QtBot

from annotator_gui.app import LastResort
from annotator_gui.model.live_fit import LiveFit
from test_annotator.window_user import WindowUser, draw_anchor, open_window, write_table


@pytest.fixture
def user(tmp_path: Path, qtbot: QtBot) -> WindowUser:
    return open_window(qtbot, write_table(tmp_path / "scene"))


def test_an_unexpected_error_is_told_and_the_window_stays(user: WindowUser, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    resort = LastResort(user.window)
    monkeypatch.setattr(resort, "_tell", told.append)
    error = RuntimeError("nobody thought of this")
    resort(RuntimeError, error, None)
    assert "nobody thought of this" in told[0]
    assert user.window.isVisible()


def test_an_error_in_the_pool_is_told_in_the_thread_of_the_window(
    user: WindowUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[bool] = []
    resort = LastResort(user.window)
    monkeypatch.setattr(resort, "_tell", lambda _: told.append(QThread.currentThread() is user.window.thread()))
    QThreadPool.globalInstance().start(lambda: resort(RuntimeError, RuntimeError("in the pool"), None))
    user.until(lambda: bool(told))
    assert told == [True]


def test_the_quality_comes_again_after_an_unexpected_error(user: WindowUser, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("nobody thought of this")

    with monkeypatch.context() as broken, user.bot.captureExceptions() as caught:
        broken.setattr(LiveFit, "assess", fail)
        draw_anchor(user)
        user.until(lambda: bool(caught))
    draw_anchor(user, row=40)
    user.judged()
