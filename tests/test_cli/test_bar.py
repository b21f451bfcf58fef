from __future__ import annotations

import contextlib
import os
import subprocess
import sys

import pytest

from gta_head_tools.cli.output import bars
from gta_head_tools.progress import no_progress
from test_cli.running import environment

SLOW = """
import time
from gta_head_tools.cli.output import bars
with bars() as track:
    for scene in track(["a", "b"], "scenes"):
        for image in track(iter(range(4)), "images", 4):
            time.sleep({pause})
    assert list(track(range(3), "after")) == [0, 1, 2]
"""


def on_a_terminal(program: str) -> str:
    """What a program shows on a terminal as standard error."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    env = {**environment(), "TERM": "xterm", "COLUMNS": "100"}
    shown = b""
    with subprocess.Popen([sys.executable, "-c", program], stderr=theirs, stdout=subprocess.PIPE, env=env) as process:
        os.close(theirs)
        with contextlib.suppress(OSError):  # raised by the read when the other end is closed
            while part := os.read(ours, 4096):
                shown += part
        assert process.communicate(timeout=120)[0] == b""
    os.close(ours)
    assert process.returncode == 0
    return shown.decode()


def test_slow_work_on_a_terminal_shows_a_bar_for_each_level() -> None:
    shown = on_a_terminal(SLOW.format(pause=0.2))
    assert "scenes" in shown
    assert "images" in shown
    assert "1/2" in shown


def test_quick_work_shows_nothing() -> None:
    assert on_a_terminal(SLOW.format(pause=0.01)) == ""


def test_without_a_terminal_there_is_no_bar() -> None:
    with bars() as track:
        assert track is no_progress
