"""Signals end a verb while compiled code runs, which does not look at them."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from test_cli.running import MAIN, running

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals differ")

ENDLESS = """
import gta_head_tools.evaluation.localization as places
from gta_head_tools.compiled import compiled

@compiled
def endless(count):
    while count:
        count += count % 3 + 1
    return count

def told(*_):
    print("ready", flush=True)
    return endless(1)

endless(0)
places.match_heads = told
"""


@pytest.mark.parametrize(("number", "code", "word"), [("SIGINT", 130, "interrupted"), ("SIGTERM", 143, "terminated")])
def test_a_signal_ends_compiled_work(tmp_path: Path, number: str, code: int, word: str) -> None:
    heads = tmp_path / "heads.csv"
    heads.write_text("image,x1,y1,x2,y2\na.jpg,0,0,9,9\n")
    args = ("evaluate", str(heads), str(heads), "--protocol", "nwpu", "--jobs", "1")
    with running(*args, program=ENDLESS + MAIN) as process:
        process.send_signal(getattr(signal, number))
        _, said = process.communicate(timeout=120)
    assert process.returncode == code
    assert said.splitlines()[-1] == word
