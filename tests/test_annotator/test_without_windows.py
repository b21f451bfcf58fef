"""Where Qt cannot be loaded, window tests skip and say what to install; and the build of Qt is a sound one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
WINDOWED = sorted(path for path in HERE.rglob("test_*.py") if "PySide6" in path.read_text("utf-8"))
GUARD = 'pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)'

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)


@pytest.mark.parametrize("path", WINDOWED, ids=lambda path: path.stem)
def test_window_tests_skip_themselves(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    first = next((i for i, line in enumerate(lines) if line.startswith(("from PySide6", "from annotator_gui"))), 10_000)
    assert GUARD in lines[:first], f"{path.name}: put {GUARD} before its imports of Qt"


def run_without_qt(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A run of pytest over one window test in which PySide6 cannot be imported."""
    (folder / "PySide6").mkdir()
    (folder / "PySide6" / "__init__.py").write_text("raise ImportError('libEGL.so.1: cannot open shared object')")
    command = [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", str(HERE / "test_qt_build.py")]
    environ = {**os.environ, "PYTHONPATH": str(folder), **environment}
    return subprocess.run(command, capture_output=True, text=True, env=environ, check=False, cwd=HERE.parent.parent)


def test_missing_libraries_skip_and_say_what_to_install(tmp_path: Path) -> None:
    done = run_without_qt(tmp_path, GHTOOLS_REQUIRE_GUI="0")
    assert done.returncode == 5  # nothing was run
    assert "1 skipped" in done.stdout
    assert "apt install libegl1" in done.stdout


def test_missing_libraries_fail_where_windows_are_demanded(tmp_path: Path) -> None:
    done = run_without_qt(tmp_path, GHTOOLS_REQUIRE_GUI="1")
    assert done.returncode == 4
    assert "apt install libegl1" in done.stderr
