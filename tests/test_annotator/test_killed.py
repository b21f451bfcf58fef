"""No edit is lost when the process is killed, and none is half there; a full disk leaves the old file whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from annotator_gui.model.session import Session
from gta_head_tools.anchors.anchors import AnchorSet, read_anchors
from test_annotator.drawn_edits import edit
from test_converters.boxed_scenes import write_anchor_file, write_scene

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")

COUNT = 20


def died(*arguments: str) -> str:
    """What a run of `killed_session.py` prints."""
    paths = os.pathsep.join([str(Path(__file__).parents[1]), str(Path(__file__).parents[2])])
    command = [sys.executable, str(Path(__file__).with_name("killed_session.py")), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths}, check=False)
    assert not done.stderr
    return done.stdout


def after(start: AnchorSet, edits: int) -> AnchorSet:
    for number in range(edits):
        start = edit(start, number)
    return start


def test_killed_after_each_of_twenty_edits_all_of_them_are_there(tmp_path: Path) -> None:
    for edits in range(1, COUNT + 1):
        write_anchor_file(write_scene(tmp_path / f"{edits}"))
    before = read_anchors(tmp_path / "1" / "anchors.json")
    died("killed", str(tmp_path), str(COUNT))
    for edits in range(1, COUNT + 1):
        session = Session(tmp_path / f"{edits}", data=tmp_path / "data")
        document = session.open(session.names[0])
        assert session.project is not None
        assert session.project.recovery is not None
        assert (document.readonly, document.anchors, session.project.recovery.edits) == ("", before, edits)
        session.restore()
        assert document.anchors == after(before, edits)
        session.close()
        assert read_anchors(tmp_path / f"{edits}" / "anchors.json") == after(before, edits)
        assert not list((tmp_path / f"{edits}").glob(".anchors*"))


def test_a_full_disk_leaves_the_old_file_and_all_edits(tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene")
    file = write_anchor_file(scene)
    old, before = file.read_bytes(), read_anchors(file)
    told = json.loads(died("full", str(scene)))
    assert "anchors.json: cannot be written (File too large)" in told["said"]
    assert (told["dirty"], file.read_bytes() == old) == (True, True)
    assert "edits cannot be kept" in told["journal"]
    session = Session(scene, data=tmp_path / "data")
    session.open("scene")
    assert session.project is not None
    assert session.project.recovery is not None
    assert session.project.recovery.after == after(before, 3)
