"""Work in threads of a pool: results arrive in the thread of the window, newer ones drop older ones."""

from __future__ import annotations

import threading

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from annotator_gui.background import Background
from gta_head_tools.errors import ConfigError

pytestmark = pytest.mark.usefixtures("qtbot")


@pytest.fixture
def background() -> Background:
    return Background(pool="test")


def signal_and_wait(begun: threading.Event, hold: threading.Event, seconds: float = 5) -> bool:
    begun.set()
    return hold.wait(seconds)


def test_a_result_comes_back_to_the_thread_of_the_window(qtbot: QtBot, background: Background) -> None:
    threads: list[threading.Thread] = []
    background.run(threading.current_thread, lambda worker: threads.extend([worker, threading.current_thread()]), key=1)
    qtbot.waitUntil(lambda: len(threads) == 2)
    assert threads[1] is threading.main_thread() is not threads[0]


def test_a_newer_job_of_a_key_drops_the_older_ones(qtbot: QtBot, background: Background) -> None:
    """The one that runs and the one that waits for its turn."""
    hold, begun, results, worked = threading.Event(), threading.Event(), list[int](), list[int]()

    def work(number: int) -> int:
        begun.set()
        hold.wait(5)
        worked.append(number)
        return number

    background.run(lambda: work(0), results.append, key="a")
    begun.wait(5)
    for number in (1, 2):
        background.run(lambda number=number: work(number), results.append, key="a")  # type: ignore[misc]
    background.run(lambda: work(9), results.append, key="b")
    hold.set()
    qtbot.waitUntil(lambda: len(results) == 2)
    assert (results, worked) == ([2, 9], [0, 2, 9])


def test_what_waits_is_dropped_and_what_runs_goes_on(qtbot: QtBot, background: Background) -> None:
    hold, begun, results = threading.Event(), threading.Event(), list[int]()

    def first() -> int:
        begun.set()
        hold.wait(5)
        return 0

    background.run(first, results.append, key=0)
    begun.wait(5)
    for number in (1, 2):
        background.run(lambda number=number: number, results.append, key=number)  # type: ignore[misc]
    background.drop_waiting(but=[2])
    assert [background.awaits(key) for key in range(3)] == [True, False, True]
    hold.set()
    qtbot.waitUntil(lambda: results == [0, 2])


def test_jobs_of_a_higher_priority_begin_first(qtbot: QtBot, background: Background) -> None:
    hold, begun, results = threading.Event(), threading.Event(), list[int]()
    background.run(lambda: signal_and_wait(begun, hold), lambda _: None, key="first")
    begun.wait(5)
    for number in (-2, 0, -1):
        background.run(lambda number=number: number, results.append, key=number, priority=number)  # type: ignore[misc]
    hold.set()
    qtbot.waitUntil(lambda: results == [0, -1, -2])


def test_an_expected_error_is_told(qtbot: QtBot, background: Background) -> None:
    reasons: list[str] = []

    def fail() -> None:
        raise ConfigError("no such scene")

    background.run(fail, lambda _: None, reasons.append, key=1)
    qtbot.waitUntil(lambda: reasons == ["no such scene"])
    assert not background.awaits(1)


def test_an_unexpected_error_is_told_and_goes_on_to_the_last_resort(qtbot: QtBot, background: Background) -> None:
    reasons: list[str] = []
    with qtbot.captureExceptions() as caught:
        background.run(lambda: 1 // 0, lambda _: None, reasons.append, key=1)
        qtbot.waitUntil(lambda: bool(caught) and reasons == ["Something went wrong"])
    assert caught[0][0] is ZeroDivisionError


def test_nothing_is_delivered_after_closing(qtbot: QtBot, background: Background) -> None:
    hold, begun, results = threading.Event(), threading.Event(), list[bool]()
    background.run(lambda: signal_and_wait(begun, hold, 0.1), results.append, key=1)
    begun.wait(5)
    background.close()
    qtbot.wait(20)
    assert not results


def test_an_owner_that_is_destroyed_does_not_wait_for_its_jobs() -> None:
    """It would wait with the lock of Python held, for which the job waits."""
    owner, begun, go_on = QObject(), threading.Event(), threading.Event()
    Background(owner, pool="test").run(lambda: signal_and_wait(begun, go_on, 30), lambda _: None, key=1)
    assert begun.wait(30)
    shiboken6.delete(owner)
    go_on.set()
    Background(pool="test").close()
