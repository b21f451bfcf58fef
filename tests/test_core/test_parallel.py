from __future__ import annotations

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
