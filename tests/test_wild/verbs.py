"""Runs a verb in this process, and reads what it wrote with a few lines of code that share nothing with ghtools."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from gta_head_tools.cli.main import app


def ghtools(*args: str | Path) -> Result:
    """What the verb printed, and its exit code; an error that is no message to the user fails the test."""
    done = CliRunner().invoke(app, [*map(str, args)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def scores(*args: str | Path) -> dict[str, Any]:
    """The scores of `ghtools evaluate ... --json`."""
    done = ghtools("evaluate", *args, "--json", "--jobs", "1")
    assert done.exit_code == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def rows(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV."""
    with file.open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))
