"""Folders that are removed, or cannot be written any more, while a scene in them is open: nothing drawn is lost."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from pathlib import Path

import pytest

from annotator_gui.model.export import ExportChoice, export
from annotator_gui.model.journal import recover
from annotator_gui.model.session import Session
from converters.boxes import BoxesReport
from converters.convert import ConversionReport
from converters.datasets.read import read_dataset
from gta_head_tools.anchors.anchors import AnchorSet, read_anchors, write_anchors
from gta_head_tools.anchors.drawn_boxes import add_anchor
from gta_head_tools.anchors.head_edits import remove_head
from gta_head_tools.errors import DatasetLayoutError
from test_annotator.drawn_edits import edit
from test_annotator.test_model.test_session import write_csv
from test_converters.boxed_scenes import write_scene
from test_converters.gcc_scenes import write_picture

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


def test_projects_kept_elsewhere_are_listed_opened_and_exported(tmp_path: Path) -> None:
    source, rows = tmp_path / "set", ["image,x,y"]
    for scene in ("left", "right"):
        for number in (1, 2):
            write_picture(source / scene / f"{number}.png", (100, 80))
            rows += [f"{scene}/{number}.png,{x},{2 * x}" for x in (10, 20, 30)]
    (source / "heads.csv").write_text("\n".join([*rows, ""]))
    (source / "anchors").write_text("in the way")
    session = Session(source, data=tmp_path / "data")
    for name, side in (("left", 10), ("right", 6)):
        document = session.open(name)
        drawn = add_anchor(document.anchors, "1", (20.0, 40.0), (20 - side, 40 - side, 20 + side, 40 + side))
        document.apply(remove_head(drawn, "2", (30.0, 60.0)), "Draw")
    session.close()
    again = Session(source, data=tmp_path / "data")
    assert [row.anchors for row in again.rows()] == [1, 1]
    report = export(again, ExportChoice(to="csv", out=tmp_path / "boxes", images="none"))
    assert isinstance(report, BoxesReport) and [fit.name for fit in report.fits] == ["left", "right"]
    sizes = [image.boxes[:, 2] - image.boxes[:, 0] for image in read_dataset(tmp_path / "boxes")[1]]
    assert [len(widths) for widths in sizes] == [3, 2, 3, 2]
    assert sizes[0][1] == pytest.approx(20) and sizes[2][1] == pytest.approx(12)
    convert = export(again, ExportChoice(to="csv", boxes=False, out=tmp_path / "points", images="none"))
    assert isinstance(convert, ConversionReport) and convert.heads == 10


def test_a_save_that_fails_deals_nothing_out(tmp_path: Path) -> None:
    source, drawn = write_csv(tmp_path / "set"), AnchorSet((100, 80))
    for name in ("l1", "r1"):
        drawn = add_anchor(drawn, name, (10.0, 20.0), (5, 15, 15, 25))
    write_anchors(source / "anchors.json", drawn)
    session = Session(source, data=tmp_path / "data")
    document = session.open("left")
    document.apply(remove_head(document.anchors, "l1", (20.0, 40.0)), "Remove head")
    document.path.mkdir()
    with pytest.raises(DatasetLayoutError, match=r"left\.json: cannot be"):
        session.save()
    assert document.dirty and not (source / "anchors" / "right.json").exists()
    assert [row.anchors for row in Session(source, data=tmp_path / "data").rows()] == [1, 1]
    document.path.rmdir()
    session.close()
    assert [row.anchors for row in Session(source, data=tmp_path / "data").rows()] == [1, 1]


def test_a_project_kept_elsewhere_leaves_the_others_their_shared_anchors(tmp_path: Path) -> None:
    source, drawn = write_csv(tmp_path / "set"), AnchorSet((100, 80))
    for name in ("l1", "r1"):
        drawn = add_anchor(drawn, name, (10.0, 20.0), (5, 15, 15, 25))
    write_anchors(source / "anchors.json", drawn)
    (source / "anchors").write_text("in the way")
    session = Session(source, data=tmp_path / "data")
    document = session.open("left")
    document.apply(add_anchor(document.anchors, "l1", (30.0, 60.0), (20, 50, 40, 70)), "Draw")
    assert session.save()
    assert [row.anchors for row in session.rows()] == [2, 1]
    assert len(session.open("right").anchors.anchors) == 1
    report = export(session, ExportChoice(to="csv", out=tmp_path / "boxes", images="none"))
    assert isinstance(report, BoxesReport) and [fit.drawn for fit in report.fits] == [2, 1]


@pytest.mark.parametrize("process", ["1e999", "99999999999999", "-4", '"x"'])
def test_a_lock_that_names_no_process_does_not_last(tmp_path: Path, process: str) -> None:
    lock = write_scene(tmp_path / "s") / ".anchors.lock"
    lock.write_text(f'{{"host": "{socket.gethostname()}", "process": {process}}}')
    os.utime(lock, (time.time() - 60,) * 2)
    assert Session(tmp_path / "s", data=tmp_path / "data").open("s").readonly == ""
