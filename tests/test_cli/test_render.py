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

from converters.render_crowds import render_scenes
from gta_head_tools.cli.main import app
from gta_head_tools.files import find_pictures
from gta_head_tools.pictures import read_picture
from gta_head_tools.synthesis.generate import CrowdSettings
from test_cli.running import MAIN, environment
from test_converters.boxed_scenes import stored_points, write_anchor_file, write_scene


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("render") / "scenes"
    render_scenes(folder, CrowdSettings(scenes=2, images=8, people=10, size=(1280, 720)), jobs=1)
    return folder


def test_it_draws_the_limit_and_says_so(scenes: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["render", str(scenes), str(tmp_path / "out"), "--limit", "2", "--json"])
    report = json.loads(done.stdout)
    assert (report["images"], report["anchors"], report["out"]) == (2, 0, str(tmp_path / "out"))
    assert [path.parts[-3] for path in find_pictures(tmp_path / "out")] == ["scene_1_0", "scene_2_0"]


def test_boxes_may_be_drawn_with_the_anchors_whose_edits_they_have(tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene_0_0", images=1, pictures=True)
    drawn = write_anchor_file(scene, heads={"1000": {"removed": [stored_points(scene)[30].tolist()]}})
    assert CliRunner().invoke(app, ["interpolate-boxes", str(scene), "--jobs", "1"]).exit_code == 0
    for source in (scene, scene / "boxes"):
        out = str(tmp_path / source.name)
        done = CliRunner().invoke(app, ["render", str(source), out + "-drawn", "--anchors", str(drawn), "--json"])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["heads"] == 39


def test_a_missing_picture_is_one_line(scenes: Path, tmp_path: Path) -> None:
    (tmp_path / "scene_1_0").mkdir()
    (tmp_path / "scene_1_0/jsons").symlink_to(scenes / "scene_1_0/jsons")
    done = CliRunner().invoke(app, ["render", str(tmp_path), str(tmp_path / "out")])
    assert done.exit_code == 1
    assert "1534540800.jpg: picture is missing (8 of 8 are)" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="process groups differ")
def test_ctrl_c_leaves_whole_pictures_alone_and_the_same_command_goes_on(scenes: Path, tmp_path: Path) -> None:
    """A terminal interrupts the whole group: the command and its workers."""
    command = [sys.executable, "-c", MAIN, "render", str(scenes), str(tmp_path / "out"), "--jobs", "2"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=environment(), start_new_session=True
    ) as process:
        while process.poll() is None and not list((tmp_path / "out").rglob("1*.jpg")):
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=120)
    left = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert process.returncode == 130
    assert told.splitlines()[-1] == "interrupted"
    assert "Traceback" not in told
    assert 0 < len(left) < 16  # a picture half-written would be in the way, too
    assert all(read_picture(path).shape == (720, 1280, 3) for path in left)
    again = CliRunner().invoke(app, command[3:])
    assert again.exit_code == 0, again.output
    assert f"16 pictures ({len(left)} were there already)" in again.stdout
