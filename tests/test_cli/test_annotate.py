"""`ghtools annotate` where the window cannot be had."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_without_qt_it_names_the_extra(tmp_path: Path) -> None:
    (tmp_path / "PySide6").mkdir()
    (tmp_path / "PySide6" / "__init__.py").write_text("raise ModuleNotFoundError('none', name='PySide6')")
    command = [sys.executable, "-c", "from gta_head_tools.cli.main import main; main()", "annotate"]
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    assert done.returncode == 1
    assert "pip install 'gta-head-tools[gui]'" in done.stderr


def test_broken_libraries_of_the_system_are_told_without_a_trace(tmp_path: Path) -> None:
    (tmp_path / "PySide6").mkdir()
    (tmp_path / "PySide6" / "__init__.py").write_text("raise ImportError('libEGL.so.1: cannot open shared object')")
    command = [sys.executable, "-c", "from gta_head_tools.cli.main import main; main()", "annotate"]
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    assert done.returncode == 1
    assert "libEGL.so.1" in done.stderr and "ghtools doctor" in done.stderr
    assert "Traceback" not in done.stderr
