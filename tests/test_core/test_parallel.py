from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from gta_head_tools.parallel import run
from test_cli.running import ghtools

LEAVES_A_SEMAPHORE = """
from gta_head_tools.parallel import run
if __name__ == "__main__":
    assert list(run(abs, [-1, 2, -3], jobs=2)) == [1, 2, 3]
    from joblib.externals.loky.backend import resource_tracker
    resource_tracker.register("/loky-that-is-gone", "semlock")
    print("last line")
"""


def test_what_frees_semaphores_prints_nothing_after_the_command() -> None:
    done = ghtools(program=LEAVES_A_SEMAPHORE)
    assert (done.stdout, done.stderr) == ("last line\n", "")


KILLED_BEFORE_THE_FIRST_TASK = """
import os, signal
from gta_head_tools.parallel import run
class Deadly:
    def __reduce__(self):
        os.kill(os.getpid(), signal.SIGKILL)
if __name__ == "__main__":
    list(run(id, [Deadly(), Deadly()], jobs=2))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_workers_without_a_task_end_with_their_parent() -> None:
    # Workers that live on would hold the pipe of the output until they have had nothing to do for five minutes.
    start = time.monotonic()
    assert ghtools(program=KILLED_BEFORE_THE_FIRST_TASK).returncode == -signal.SIGKILL
    assert time.monotonic() - start < 120


def test_relative_paths_are_of_the_folder_that_the_caller_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "here").write_text(name)
        monkeypatch.chdir(tmp_path / name)
        assert [*run(Path.read_text, [Path("here")] * 2, jobs=2)] == [name] * 2
