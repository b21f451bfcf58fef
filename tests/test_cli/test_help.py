from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from gta_head_tools import __version__
from gta_head_tools.cli.main import VERBS, app
from test_cli.running import MAIN, environment, ghtools

HEAVY = {"numpy", "numba", "scipy", "cv2", "matplotlib", "joblib", "sklearn", "PIL", "PySide6", "torch", "msgspec"}

MODULES = f"""
import sys
try:
    {MAIN}
finally:
    sys.stderr.write(" ".join({{name.partition(".")[0] for name in sys.modules}}))
"""


def test_help_loads_nothing_heavy() -> None:
    done = ghtools("--help", program=MODULES)
    assert done.returncode == 0
    assert "formats" in done.stdout
    assert not HEAVY & set(done.stderr.split())


def test_the_package_itself_loads_nothing() -> None:
    program = "import sys; before = set(sys.modules); import gta_head_tools; print(*(set(sys.modules) - before))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment()
    )
    assert done.stdout.split() == ["gta_head_tools"]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_shows_an_example(verb: str) -> None:
    shown = CliRunner().invoke(app, [*verb.split(), "--help"])
    assert shown.exit_code == 0
    assert f"Example: ghtools {verb}" in shown.stdout


def test_version() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"ghtools {__version__}\n"


def test_no_verb_shows_the_help() -> None:
    shown = CliRunner().invoke(app, [])
    assert "Commands:" in shown.output
    assert shown.exit_code in {0, 2}  # by release of typer


def test_completion_is_offered() -> None:
    assert "--install-completion" in CliRunner().invoke(app, ["--help"]).stdout


def test_dashes_and_underscores_are_the_same() -> None:
    assert CliRunner().invoke(app, ["convert", "--allow_lossy", "--help"]).exit_code == 0
