"""One process at a time writes to a target."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.locks import locked

HOLD = """
import sys
from pathlib import Path
from gta_head_tools.locks import locked
with locked(Path(sys.argv[1])):
    print(flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such locks there")
def test_a_target_is_locked_for_other_processes_until_the_end(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "out")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        spelled_otherwise = tmp_path / "x" / ".." / "out"
        with pytest.raises(DatasetLayoutError, match="another ghtools command writes there"), locked(spelled_otherwise):
            pass
        with locked(tmp_path / "other"):
            pass
        other.kill()
    with locked(tmp_path / "out"), locked(tmp_path / "out"):
        assert not list(tmp_path.iterdir())
