"""Fixtures of the window: every test has folders of its own for what the window remembers."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def user_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder that stands for the home of settings, journals and data."""
    home = tmp_path / "user"
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home / name.lower()))
    return home


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    """Waiting ends after a minute instead of 5 seconds: on a busy machine these tests are slow, not wrong."""
    if pytestconfig.pluginmanager.hasplugin("pytest-qt"):
        from pytestqt.qtbot import QtBot

        for wait in (QtBot.waitUntil, QtBot.waitSignal, QtBot.waitSignals, QtBot.waitExposed):
            assert wait.__kwdefaults__ is not None
            monkeypatch.setitem(wait.__kwdefaults__, "timeout", 60_000)
