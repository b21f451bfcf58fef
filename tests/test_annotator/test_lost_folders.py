"""Folders that are removed, or cannot be written any more, while a scene in them is open: nothing drawn is lost."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from annotator_gui.journal import recover
from annotator_gui.session import Session
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.interpolation.anchors import read_anchors
from test_annotator.drawn_edits import edit
from test_converters.boxed_scenes import write_scene

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="open files of Windows cannot be removed")


@pytest.fixture
def session(tmp_path: Path) -> Session:
    opened = Session(write_scene(tmp_path / "s"), data=tmp_path / "data")
    opened.open("s")
    draw(opened)
    return opened


def draw(session: Session, count: int = 1) -> None:
    assert session.document is not None
    for number in range(count):
        session.document.apply(edit(session.document.anchors, number), "edit")


@pytest.mark.parametrize("saved", [False, True])
def test_a_project_whose_folder_was_removed_is_written_again(session: Session, saved: bool) -> None:
    document = session.document
    assert document is not None and session.project is not None
    if saved:
        session.save()
    shutil.rmtree(document.path.parent)
    draw(session, 3)
    kept = recover(session.project.journal.path)
    assert kept is not None and kept.after == document.settled
    session.close()
    assert read_anchors(document.path) == document.settled
    assert [path.name for path in document.path.parent.iterdir()] == ["anchors.json"]


def test_a_lock_that_is_another_one_by_now_stays(session: Session, tmp_path: Path) -> None:
    assert session.project is not None
    lock = session.project.lock
    shutil.rmtree(tmp_path / "s")
    (tmp_path / "s").mkdir()
    lock.write_text('{"host": "elsewhere", "process": 7}')
    session.close()
    assert "elsewhere" in lock.read_text()


def test_a_file_in_place_of_the_folder_is_told(session: Session, tmp_path: Path) -> None:
    document = session.document
    assert document is not None and session.project is not None
    session.save()
    shutil.rmtree(tmp_path / "s")
    (tmp_path / "s").write_text("")
    draw(session, 3)
    with pytest.raises(DatasetLayoutError, match="cannot be written"):
        session.save()
    assert document.dirty and "cannot be written" in session.project.journal.problem
    (tmp_path / "s").unlink()
    assert session.save() and read_anchors(document.path) == document.settled


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_any_more(session: Session, tmp_path: Path) -> None:
    session.save()
    before = (tmp_path / "s" / "anchors.json").read_bytes()
    (tmp_path / "s").chmod(0o555)
    draw(session, 3)
    with pytest.raises(DatasetLayoutError, match="cannot be written"):
        session.save()
    assert (tmp_path / "s" / "anchors.json").read_bytes() == before
    (tmp_path / "s").chmod(0o755)
    assert session.save()
