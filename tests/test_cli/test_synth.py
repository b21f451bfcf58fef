"""`ghtools synth` as a user types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gta_head_tools.cli.main import app
from test_cli.running import MAIN, environment, ghtools, invoked

SMALL = ["--people", "10", "--size", "320x180", "--images", "2"]


def test_the_report_ends_with_a_command_that_works(tmp_path: Path) -> None:
    ran = ghtools("synth", "my crowds", *SMALL, "--jobs", "1", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "rendered now: 4 in " in ran.stdout
    last = ran.stdout.splitlines()[-1]
    assert last == "next: ghtools render 'my crowds/truth' 'my crowds/ghtools-overlays' --limit 6"
    shown = invoked("render", "my crowds/truth", "my crowds/ghtools-overlays", "--limit", "6", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "there already: 4" in invoked("synth", "my crowds", *SMALL, "--jobs", "1", cwd=tmp_path).stdout


def test_one_json_object_on_stdout(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["synth", str(tmp_path / "x"), *SMALL, "--scenes", "1", "--jobs", "1", "--json"])
    told = json.loads(shown.stdout)
    assert set(told) == {"scenes", "images", "heads", "rendered", "seconds", "images_per_second", "truth", "out"}
    assert (told["scenes"], told["images"], told["rendered"]) == (1, 2, 2)
    assert 0 < told["heads"] <= 20


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--hours", "25-3"], "--hours 25-3: give hours from 0 to 23"),
        (["--hours", "noon"], "--hours 'noon': expected two hours like 8-18"),
        (["--negatives", "2"], "--negatives 2.0: give a share from 0 to 1"),
        (["--negatives", "nan"], "--negatives nan"),
        (["--size", "32x32"], "--size 32x32: give even sides"),
        (["--size", "1921x1080"], "--size 1921x1080: give even sides"),
        (["--size", "big"], "--size 'big': expected width and height like 1920x1080"),
        (["--layout", "plain"], "unknown layout 'plain': did you mean 'plane'"),
        (["--weather", "sunny"], "unknown weather 'sunny': did you mean 'extrasunny'"),
        (["--people", "-1"], "--people '-1'"),
        (["--people", "9000"], "--people 9000"),
        (["--people", "40-20"], "--people 40-20"),
        (["--scenes", "0"], "--scenes 0: give 1 to 100,000"),
        (["--images", "0"], "--images 0: give 1 to 100,000"),
        (["--seed", "-1"], "--seed -1"),
        (["--jobs", "0"], "--jobs 0: at least 1 is needed"),
    ],
)
def test_bad_values_are_one_line_before_anything_is_written(tmp_path: Path, arguments: list[str], words: str) -> None:
    shown = CliRunner().invoke(app, ["synth", str(tmp_path / "x"), *arguments])
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert len(shown.stderr.splitlines()) == 1
    assert words in shown.stderr
    assert not (tmp_path / "x").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_ctrl_c_leaves_whole_scenes_and_the_same_command_goes_on(tmp_path: Path) -> None:
    command = ["synth", "out", "--scenes", "200", "--people", "10", "--size", "320x180", "--images", "1", "--jobs", "2"]
    run = subprocess.Popen(
        [sys.executable, "-c", MAIN, *command], env=environment(), cwd=tmp_path, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    out, deadline = tmp_path / "out", time.monotonic() + 120
    while not any(out.glob("truth/scene_*")) and time.monotonic() < deadline and run.poll() is None:
        time.sleep(0.005)
    os.killpg(run.pid, signal.SIGINT)
    _, stderr = run.communicate(timeout=120)
    assert (run.returncode, stderr) == (130, "interrupted\n")
    assert not [path for path in out.rglob("*") if "partial" in path.name]
    done = len(list(out.glob("truth/scene_*/gt/gt.txt")))
    assert 0 < done < 200
    again = invoked(*command, "--scenes", "199", cwd=tmp_path)
    assert "scenes 200 (asked for: 199)" in again.stderr
