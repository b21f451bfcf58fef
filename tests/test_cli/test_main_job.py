"""The main verbs as a user types them: output, JSON, exit codes, interruption."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gta_head_tools.processes import process_alive
from test_cli.running import MAIN, environment, ghtools, invoked
from test_converters.boxed_scenes import tree, write_anchor_file, write_scene
from test_core.test_report import Checked


def scenes(root: Path, count: int = 2, *, images: int = 3, heads: int = 40) -> Path:
    for number in range(count):
        write_anchor_file(write_scene(root / f"scene_{number}_0", seed=number, images=images, heads=heads))
    return root


def test_one_json_object_on_stdout_with_the_promised_keys(tmp_path: Path) -> None:
    ran = invoked("interpolate-boxes", str(scenes(tmp_path / "gcc")), "--images", "none", "--json", "--jobs", "1")
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert set(report) >= {"scenes", "skipped", "out"}
    assert set(report["scenes"][0]) == {
        "scene", "images", "heads", "anchors", "rule", "expected_median_error", "expected_p95_error",
        "expected_head_error", "expected_overlap", "grade", "suspects", "clamped", "outside", "out",
    }  # fmt: skip
    assert 0 < report["scenes"][0]["expected_median_error"] < report["scenes"][0]["expected_p95_error"]
    assert report["scenes"][0]["expected_median_error"] < report["scenes"][0]["expected_head_error"]
    assert 0 < report["scenes"][0]["expected_overlap"] < 1
    assert report["scenes"][0]["grade"] in {"green", "amber", "red"}


def test_the_table_names_the_next_command_and_the_folder_by_default(tmp_path: Path) -> None:
    source = scenes(tmp_path / "gcc")
    ran = ghtools("interpolate-boxes", "--images", "none", cwd=source)
    assert ran.returncode == 0, ran.stderr
    assert "next: ghtools convert boxes --to coco" in ran.stdout
    assert (source / "boxes" / "scene_1_0" / "gt" / "gt.txt").is_file()


def test_the_next_command_can_be_pasted_when_a_path_has_spaces(tmp_path: Path) -> None:
    source = scenes(tmp_path / "my scenes", 1)
    ran = invoked("interpolate-boxes", str(source), "--images", "none", "--jobs", "1")
    typed = next(line for line in ran.stdout.splitlines() if line.startswith("next: ghtools"))
    assert shlex.split(typed)[2:4] == ["convert", str(source / "boxes")]


@pytest.mark.parametrize("to", ["mot", "coco", "csv"])
def test_the_next_command_works_as_typed(tmp_path: Path, to: str) -> None:
    source = scenes(tmp_path / "gcc", 1)
    ran = invoked("interpolate-boxes", str(source), "--images", "none", "--jobs", "1", "--to", to)
    typed = [shlex.split(line)[2:] for line in ran.stdout.splitlines() if line.startswith("next: ghtools")]
    assert [invoked(*words).returncode for words in typed] == ([] if to == "csv" else [0])


def test_a_scene_without_heads_is_listed_by_suggestions(tmp_path: Path) -> None:
    source = scenes(tmp_path / "gcc", 1)
    write_scene(source / "scene_9_0", heads=0)
    ran = invoked("suggest-anchor", str(source), "--jobs", "1")
    assert (ran.returncode, "skipped scene_9_0: no head points" in ran.stdout) == (0, True), ran.stderr
    told = json.loads(invoked("suggest-anchor", str(source), "--jobs", "1", "--json").stdout)
    assert told["skipped"] == ["scene_9_0"]


def test_suggestions_as_json(tmp_path: Path) -> None:
    ran = invoked("suggest-anchor", str(scenes(tmp_path / "gcc")), "--count", "2", "--json", "--jobs", "1")
    found = json.loads(ran.stdout)["suggestions"]
    assert [entry["scene"] for entry in found] == ["scene_0_0"] * 2 + ["scene_1_0"] * 2
    assert set(found[0]) == {"scene", "image", "point", "expected_before", "expected_after"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rule", "afine"], "did you mean 'affine'"),
        (["--to", "cooc"], "did you mean 'coco'"),
        (["--anchors", "nowhere.json"], "nowhere.json: no such anchor file"),
        (["-i", "ordr=xy"], "did you mean 'order'"),
    ],
)
def test_errors_are_one_line_with_exit_code_1_and_an_empty_stdout(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    source = scenes(tmp_path / "gcc", 1)
    before = tree(source)
    ran = invoked("interpolate-boxes", str(source), "--images", "none", "--json", *arguments)
    assert (ran.returncode, ran.stdout) == (1, "")
    errors = [line for line in ran.stderr.splitlines() if line.startswith("Error")]
    assert len(errors) == 1
    assert words in errors[0]
    assert "Traceback" not in ran.stderr
    assert tree(source) == before


def stopped(source: Path, number: signal.Signals, *, alone: bool) -> tuple[int, str]:
    """Two workers make boxes until the first scene is there: exit code and messages."""
    arguments = [sys.executable, "-c", MAIN, "interpolate-boxes", str(source), "--images", "none", "--jobs", "2"]
    run = subprocess.Popen(
        arguments, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while not any((source / "boxes").glob("scene_*")) and time.monotonic() < deadline and run.poll() is None:
        time.sleep(0.005)
    (os.kill if alone else os.killpg)(run.pid, number)
    # The end of the pipe comes when the last worker is gone.
    _, stderr = run.communicate(timeout=120)
    return run.returncode, stderr


@pytest.mark.parametrize(("number", "alone", "code"), [(signal.SIGINT, False, 130), (signal.SIGTERM, True, 143)])
def test_a_signal_leaves_finished_scenes_whole_and_the_same_command_goes_on(
    tmp_path: Path, number: signal.Signals, alone: bool, code: int
) -> None:
    source, out = scenes(tmp_path / "gcc", 20, images=8, heads=200), tmp_path / "gcc" / "boxes"
    returned, stderr = stopped(source, number, alone=alone)
    assert returned == code, stderr
    assert "Traceback" not in stderr
    done = sorted(path.name for path in out.glob("scene_*"))
    assert 0 < len(done) < 20
    assert all(len((out / name / "frames.csv").read_text().splitlines()) == 9 for name in done)
    assert not [path for path in out.rglob("*") if "partial" in path.name]
    finished = invoked("interpolate-boxes", str(source), "--images", "none", "--jobs", "1", "--json")
    assert finished.returncode == 0, finished.stderr
    assert len(list(out.glob("scene_*/gt/gt.txt"))) == 20


def writers(out: Path) -> list[int]:
    """Process numbers in the names of what is half-written."""
    return [int(path.name.split("-")[-3]) for path in out.glob(".ghtools-partial-*")]


def test_a_kill_of_the_main_process_ends_its_workers_and_the_same_command_goes_on(tmp_path: Path) -> None:
    source, out = scenes(tmp_path / "gcc", 20, images=8, heads=200), tmp_path / "gcc" / "boxes"
    assert stopped(source, signal.SIGKILL, alone=True)[0] == -signal.SIGKILL
    assert 0 < len(list(out.glob("scene_*"))) < 20
    # A worker closes its pipes a moment before the system takes it off the list of processes.
    deadline = time.monotonic() + 60
    while any(map(process_alive, writers(out))) and time.monotonic() < deadline:
        time.sleep(0.01)
    finished = invoked("interpolate-boxes", str(source), "--images", "none", "--jobs", "1", "--json")
    assert finished.returncode == 0, finished.stderr
    assert len(list(out.glob("scene_*/gt/gt.txt"))) == 20
    assert not [path for path in out.rglob("*") if "partial" in path.name]


def test_demo_touches_nothing_that_is_there(tmp_path: Path) -> None:
    anchors = tmp_path / "mine" / "scene_1_0" / "anchors.json"
    anchors.parent.mkdir(parents=True)
    anchors.write_text("drawn")
    for place in (tmp_path / "mine", anchors):
        refused = invoked("demo", str(place), "--json")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == f"Error: {place}: is there already; name a new folder, or none at all\n"
    assert anchors.read_text() == "drawn"


def test_demo_shows_the_whole_tool_and_numbers_its_folder(tmp_path: Path) -> None:
    (tmp_path / "ghtools-demo").mkdir()
    first = ghtools("demo", "--json", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    scores = {(score["scene"], score["rule"]): score for score in json.loads(first.stdout)["scores"]}
    for scene in ("scene_1_0", "scene_2_0"):
        # Heads themselves differ by 7 % (median) from the size that fits their place best.
        assert scores[scene, "auto"]["median_error"] < 0.13
        assert scores[scene, "auto"]["median_error"] < 0.8 * scores[scene, "two-nearest"]["median_error"]
    demo = tmp_path / "ghtools-demo-2"
    assert len(list((demo / "ghtools-overlays").rglob("*.jpg"))) == 12
    assert len(json.loads((demo / "ghtools-coco.json").read_text())["images"]) == 12
    page = (demo / "report.html").read_text()
    checked = json.loads(first.stdout)["checked"]
    assert checked.startswith("0 errors, 0 warnings, ")
    assert f"<dd>{checked}</dd>" in page
    assert len(page) < 4_000_000
    assert Checked(page).faults == []
    assert len(Checked(page).with_tag("img")) == 2
    again = invoked("interpolate-boxes", str(demo), "--jobs", "1")
    assert "2 scenes were up to date" in again.stdout
