"""Runs `ghtools` as a user does: in a process of its own, or, which is many times faster, in that of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

from typer.testing import CliRunner

from gta_head_tools.cli.main import app

ROOT = Path(__file__).parent.parent.parent
MAIN = "from gta_head_tools.cli.main import main; main()"


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}


def ghtools(*args: str, program: str = MAIN, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *args],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=environment(),
        timeout=300,
    )


def invoked(*args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """`ghtools` in this process, for tests of what a verb does that do not ask how a process begins or ends."""
    with chdir(cwd or Path.cwd()):
        done = CliRunner().invoke(app, [*args])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return subprocess.CompletedProcess(args, done.exit_code, done.stdout, done.stderr)


@contextmanager
def running(*args: str, program: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has printed "ready" and still runs."""
    with subprocess.Popen(
        [sys.executable, "-c", program, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
