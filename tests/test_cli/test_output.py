from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gta_head_tools.cli import output


def test_json_holds_plain_values_alone(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_json(
        {
            "count": np.int64(3),
            "error": float("nan"),
            "far": [np.float64("inf"), 0.5],
            "flag": np.bool_(True),
            "path": Path("a/b"),
            "name": "gr\u00fcn",
            "points": np.array([[1.0, 2.0]]),
        }
    )
    assert json.loads(capsys.readouterr().out) == {
        "count": 3,
        "error": None,
        "far": [None, 0.5],
        "flag": True,
        "path": str(Path("a/b")),
        "name": "gr\u00fcn",
        "points": [[1.0, 2.0]],
    }


def test_a_table_keeps_brackets_and_long_cells_whole(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(["name", "count"], [("annotations[3]", 7), ("x" * 300, 12)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "count"]
    assert lines[2].startswith("annotations[3] ")
    assert lines[2].rstrip().endswith(" 7")
    assert lines[3].split() == ["x" * 300, "12"]


def test_messages_keep_off_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("reading " + "/long" * 60)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "reading " + "/long" * 60 + "\n"


def test_an_indented_sentence_is_broken_on_a_terminal_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "the box lies [outside] the picture"
    output.tell_indented(words * 9)
    assert capsys.readouterr().out == f"  {words * 9}\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "24")
    output.tell_indented(words)
    assert capsys.readouterr().out == "  the box lies [outside]\n  the picture\n"


def test_control_characters_of_names_are_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    output.fail("a\x1b[2Jb\rc\x9bd: gone")
    output.tell("\x07x")
    output.table(["name"], [["\x1b[31mred"]])
    shown = capsys.readouterr()
    assert shown.err == "Error: a\\x1b[2Jb\\rc\\x9bd: gone\n"
    assert "\\x07x\n" in shown.out
    assert "\\x1b[31mred" in shown.out
