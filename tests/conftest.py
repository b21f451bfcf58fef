"""Fixtures of all rooms, and the plugin of the window tests where there can be windows."""

from __future__ import annotations

import gc
import importlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

GUI_PACKAGES = "libegl1 libgl1 libglib2.0-0 libxkbcommon0 libdbus-1-3 libfontconfig1"

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# On a new machine the first call of a compiled function takes seconds.
settings.register_profile("ghtools", deadline=None)
settings.load_profile("ghtools")


def _why_no_windows() -> str:
    """What stands in the way of window tests; "" = nothing."""
    try:
        importlib.import_module("PySide6.QtWidgets")
        importlib.import_module("pytestqt.plugin")
    except ImportError as error:
        return str(error)
    return ""


NO_WINDOWS = _why_no_windows()


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Load pytest-qt, which addopts keep from loading by itself: without Qt's libraries it would end the whole run."""
    if not NO_WINDOWS and not pluginmanager.hasplugin("pytest-qt"):
        pluginmanager.import_plugin("pytestqt.plugin")


def pytest_report_header() -> list[str]:
    if not NO_WINDOWS:
        return []
    return [f"window tests are skipped: {NO_WINDOWS}", f"on Debian: apt install {GUI_PACKAGES}"]


def pytest_sessionstart() -> None:
    if NO_WINDOWS and os.environ.get("GHTOOLS_REQUIRE_GUI") == "1":
        raise pytest.UsageError(f"GHTOOLS_REQUIRE_GUI=1, but {NO_WINDOWS}; on Debian: apt install {GUI_PACKAGES}")


def pytest_collection_finish() -> None:
    """Leave what importing made out of all later collections of garbage: it stays until the tests end.

    Each training ends with such a collection, and the objects of torch alone take longer to walk through than a
    training of the tests takes.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def samples() -> Path:
    """Folder of the real sample data; tests that use it are marked `samples`."""
    folder = os.environ.get("GHTOOLS_SAMPLES")
    if not folder:
        pytest.skip("GHTOOLS_SAMPLES is not set: it names the folder of the (research-only) sample data")
    if not Path(folder).is_dir():
        pytest.fail(f"GHTOOLS_SAMPLES={folder} is no folder")
    return Path(folder)


@pytest.fixture(scope="session", autouse=True)
def terminal_signals() -> Iterator[None]:
    """Signals act as in a terminal, in the test process and in all processes that the tests start.

    Under `nohup`, `&` and some CI runners pytest starts with SIGINT or SIGHUP ignored. Child processes inherit that,
    and ghtools leaves ignored signals ignored: a test that sends such a signal would wait forever.
    """
    before = {signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler)}
    for number in (signal.SIGTERM, signal.SIGHUP) if hasattr(signal, "SIGHUP") else (signal.SIGTERM,):
        before[number] = signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
