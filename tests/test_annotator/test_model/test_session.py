"""Scenes opened and saved: where the project lies, who may write it, and that nothing is ever half done."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annotator_gui.model.document import Document
from annotator_gui.model.project import ChangedOnDiskError, Project, data_folder
from annotator_gui.model.session import Session, busiest
from gta_head_tools.anchors import drawings, drawn_boxes, head_edits
from gta_head_tools.anchors.anchors import AnchorSet, read_anchors, write_anchors
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, UnknownNameError
from test_annotator.drawn_edits import edit
from test_converters.boxed_scenes import tree, two_scenes, write_anchor_file, write_scene
from test_converters.gcc_scenes import write_picture


def opened(source: Path, name: str | None = None) -> tuple[Session, Document]:
    session = Session(source, data=source.parent / "data")
    return session, session.open(name or session.names[0])


def write_csv(folder: Path, scenes: tuple[str, ...] = ("left", "right")) -> Path:
    """Scenes without folders of their own: three heads in each of two pictures."""
    rows = [f"{scene}/{number}.png,{x},{2 * x}" for scene in scenes for number in (1, 2) for x in (10, 20, 30)]
    for scene in scenes:
        for number in (1, 2):
            write_picture(folder / scene / f"{scene[0]}{number}.png", (100, 80))
    rows = [row.replace("/1", f"/{row[0]}1").replace("/2", f"/{row[0]}2") for row in rows]
    (folder / "heads.csv").write_text("\n".join(["image,x,y", *rows, ""]))
    return folder


def test_what_is_drawn_is_there_when_opened_again(tmp_path: Path) -> None:
    session, document = opened(write_scene(tmp_path / "s"))
    assert document.images[0].size == (1920, 1080)
    for number in range(8):
        document.apply(edit(document.anchors, number), "edit")
    drawn = document.anchors
    session.close()
    assert read_anchors(tmp_path / "s" / "anchors.json") == drawn
    _, again = opened(tmp_path / "s")
    assert (again.anchors, again.dirty) == (drawn, False)


def test_what_the_file_held_besides_is_kept(tmp_path: Path) -> None:
    file = write_anchor_file(write_scene(tmp_path / "s"), weather="rain")
    session, document = opened(tmp_path / "s")
    document.apply(drawings.set_reviewed(document.anchors, ["1001"]), "Mark reviewed")
    assert session.save()
    assert not session.save()
    assert json.loads(file.read_text())["weather"] == "rain"


def test_saving_cuts_the_journal(tmp_path: Path) -> None:
    session, document = opened(write_scene(tmp_path / "s"))
    document.apply(edit(document.anchors, 0), "edit")
    assert session.project is not None
    assert session.project.journal.path.is_file()
    session.save()
    assert not session.project.journal.path.exists()
    session.close()
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == ["anchors.json", "jsons"]


def test_a_failed_save_leaves_the_document_dirty(tmp_path: Path) -> None:
    session, document = opened(write_scene(tmp_path / "s"))
    document.apply(edit(document.anchors, 0), "edit")
    (tmp_path / "s" / "anchors.json").mkdir()
    with pytest.raises(DatasetLayoutError, match=r"anchors\.json"):
        session.close()
    assert document.dirty
    assert session.document is document
    (tmp_path / "s" / "anchors.json").rmdir()
    session.close()
    assert read_anchors(tmp_path / "s" / "anchors.json") == document.anchors


def test_a_project_changed_by_others_is_not_overwritten_unasked(tmp_path: Path) -> None:
    file = write_anchor_file(write_scene(tmp_path / "s"))
    session, document = opened(tmp_path / "s")
    document.apply(edit(document.anchors, 0), "edit")
    write_anchor_file(tmp_path / "s", rows=(0, 1))
    foreign = file.read_bytes()
    with pytest.raises(ChangedOnDiskError, match="changed by another program"):
        session.save()
    assert (document.dirty, file.read_bytes()) == (True, foreign)
    assert session.save(overwrite=True)
    assert read_anchors(file) == document.anchors


def test_edits_can_be_given_up(tmp_path: Path) -> None:
    file = write_anchor_file(write_scene(tmp_path / "s"))
    before = file.read_bytes()
    session, document = opened(tmp_path / "s")
    document.apply(edit(document.anchors, 0), "edit")
    session.abandon()
    again = session.open("s")
    assert (file.read_bytes(), again.anchors, session.project and session.project.recovery) == (
        before,
        read_anchors(file),
        None,
    )


def crashed(folder: Path) -> AnchorSet:
    """The drawings that a session held when its process ended; its lock and journal are still there."""
    session, document = opened(folder)
    for number in range(3):
        document.apply(edit(document.anchors, number), "edit")
    assert session.project is not None
    (folder / ".anchors.lock").write_text(json.dumps({"host": socket.gethostname(), "process": dead_process()}))
    return document.anchors


def dead_process() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_unsaved_edits_can_be_discarded(tmp_path: Path) -> None:
    crashed(write_scene(tmp_path / "s"))
    session, document = opened(tmp_path / "s")
    session.discard()
    document.apply(edit(document.anchors, 4), "edit")
    only = document.anchors
    session.close()
    assert read_anchors(tmp_path / "s" / "anchors.json") == only


def test_unsaved_edits_can_be_saved_elsewhere(tmp_path: Path) -> None:
    lost = crashed(write_scene(tmp_path / "s"))
    session, document = opened(tmp_path / "s")
    session.save_copy(tmp_path / "copy.json")
    assert (read_anchors(tmp_path / "copy.json"), document.anchors.anchors) == (lost, ())
    session.close()
    assert not (tmp_path / "s" / "anchors.json").exists()


def test_a_crash_between_saving_and_cutting_loses_and_asks_nothing(tmp_path: Path) -> None:
    lost = crashed(write_scene(tmp_path / "s"))
    journal = (tmp_path / "s" / ".anchors.journal.jsonl").read_bytes()
    session, document = opened(tmp_path / "s")
    session.restore()
    session.close()
    (tmp_path / "s" / ".anchors.journal.jsonl").write_bytes(journal)
    session, document = opened(tmp_path / "s")
    assert session.project is not None
    assert (session.project.recovery, document.anchors) == (None, lost)


def test_edits_that_do_not_fit_the_source_any_more_are_not_lost(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "set")
    _, document = opened(source, "left")
    document.apply(head_edits.remove_head(document.anchors, "l1", (10.0, 20.0)), "Remove head")
    lost = document.anchors
    (source / "anchors" / ".left.lock").write_text(
        json.dumps({"host": socket.gethostname(), "process": dead_process()})
    )
    rows = (source / "heads.csv").read_text()
    (source / "heads.csv").write_text(rows.replace("l1.png,10,20", "l1.png,11,22"))
    session, document = opened(source, "left")
    with pytest.raises(DataFormatError, match=r"heads\['l1'\]\.removed\[0\]: no head at point"):
        session.restore()
    assert session.project is not None and session.project.recovery is not None
    assert document.anchors == AnchorSet((100, 80))
    session.save_copy(tmp_path / "copy.json")
    assert read_anchors(tmp_path / "copy.json") == lost
    with pytest.raises(DataFormatError, match="image 'r1' is not in this scene"):
        document.apply(head_edits.add_head(document.anchors, "r1", (1.0, 1.0)), "Add head")


def test_a_second_window_only_looks(tmp_path: Path) -> None:
    first, _ = opened(write_scene(tmp_path / "s"))
    second, document = opened(tmp_path / "s")
    assert document.readonly == f"process {os.getpid()} has it open; if not, remove .anchors.lock"
    document.apply(edit(document.anchors, 0), "edit")
    assert not second.save()
    second.close()
    assert (tmp_path / "s" / ".anchors.lock").is_file()
    first.close()
    assert opened(tmp_path / "s")[1].readonly == ""


@pytest.mark.parametrize(
    ("lock", "readonly"),
    [
        ('{"host": "elsewhere", "process": 1}', "process 1 on elsewhere has it open; if not, remove .anchors.lock"),
        ("", "another process has it open; if not, remove .anchors.lock"),
    ],
)
def test_a_lock_of_unknown_life_is_heeded(tmp_path: Path, lock: str, readonly: str) -> None:
    (write_scene(tmp_path / "s") / ".anchors.lock").write_text(lock)
    assert opened(tmp_path / "s")[1].readonly == readonly


def test_a_lock_whose_writer_died_at_once_is_taken_over(tmp_path: Path) -> None:
    lock = write_scene(tmp_path / "s") / ".anchors.lock"
    lock.touch()
    os.utime(lock, (time.time() - 60,) * 2)
    assert opened(tmp_path / "s")[1].readonly == ""
    assert json.loads(lock.read_text())["process"] == os.getpid()


def test_where_the_folder_cannot_be_written_the_data_folder_serves(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "set")
    (source / "anchors").write_text("in the way")
    session, document = opened(source, "left")
    assert session.project is not None
    assert (document.readonly, session.project.elsewhere) == ("", True)
    assert document.path.is_relative_to(tmp_path / "data")
    document.apply(drawn_boxes.add_anchor(document.anchors, "l1", (10.0, 20.0), (5, 15, 15, 25)), "Add anchor")
    session.close()
    assert opened(source, "left")[1].anchors == document.anchors
    assert opened(source, "right")[1].anchors.anchors == ()


def test_an_unreadable_project_blocks_its_scene_and_stays_untouched(tmp_path: Path) -> None:
    root = two_scenes(tmp_path / "root")
    (root / "scene_1_0" / "anchors.json").write_text('{"format": "ghtools-anchors", "vers')
    before = tree(root)
    session, document = opened(root, "scene_2_0")
    with pytest.raises(DataFormatError, match="no valid JSON"):
        session.open("scene_1_0")
    assert session.document is document
    assert [bool(row.problem) for row in session.rows()] == [True, False]
    assert "no valid JSON" in session.full_row("scene_1_0").problem
    session.close()
    assert tree(root) == before


def test_one_file_for_all_scenes_is_dealt_out_on_saving(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "set")
    drawn = AnchorSet((100, 80))
    for name in ("l1", "r1"):
        drawn = drawn_boxes.add_anchor(drawn, name, (10.0, 20.0), (5, 15, 15, 25))
    write_anchors(source / "anchors.json", drawn)
    session, document = opened(source, "left")
    assert [anchor.image for anchor in document.anchors.anchors] == ["l1"]
    document.apply(drawn_boxes.set_use(document.anchors, drawn_boxes.Ref("anchor"), "keep"), "Keep")
    session.close()
    assert opened(source, "right")[1].anchors == replace(drawn, anchors=drawn.anchors[1:])
    assert opened(source, "left")[1].anchors == document.anchors


def test_a_look_leaves_nothing_behind(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "set")
    before = tree(source)
    session, document = opened(source, "left")
    assert len(document.heads(0)) == 3
    session.close()
    assert tree(source) == before
    assert not (source / "anchors").exists()


def test_the_busiest_picture_is_one_that_can_be_seen(tmp_path: Path) -> None:
    folder = write_scene(tmp_path / "s", pictures=True)
    session, document = opened(folder)
    document.apply(head_edits.add_heads(document.anchors, "1001", [(5.0, 6.0), (7.0, 8.0)]), "Add heads")
    document.apply(head_edits.add_head(document.anchors, "1002", (5.0, 6.0)), "Add head")
    assert busiest(document) == 1
    session.close()
    (folder / "jpgs" / "1001.jpg").unlink()
    assert busiest(opened(folder)[1]) == 2


def test_a_folder_without_labels_opens_as_pictures(tmp_path: Path) -> None:
    for name in ("p1", "p2"):
        write_picture(tmp_path / "photos" / f"{name}.jpg", (64, 48))
    session, document = opened(tmp_path / "photos")
    document.apply(head_edits.add_head(document.anchors, "p2", (5.0, 6.0)), "Add head")
    session.close()
    again, document = opened(tmp_path / "photos")
    assert (again.format, [len(document.heads(i)) for i in (0, 1)], again.current) == ("images", [0, 1], 1)


def test_photos_of_several_sizes_are_a_scene_each(tmp_path: Path) -> None:
    for name, size in (("p1", (64, 48)), ("p2", (48, 64))):
        write_picture(tmp_path / "photos" / f"{name}.jpg", size)
    session = Session(tmp_path / "photos", data=tmp_path / "data")
    assert (session.names, session.options) == (("p1", "p2"), ("scenes=image",))
    assert session.open("p2").size == (48, 64)


def test_the_list_of_scenes_tells_what_is_to_be_done(tmp_path: Path) -> None:
    root = two_scenes(tmp_path / "root")
    write_scene(root / "scene_3_0", seed=3)
    write_anchor_file(root / "scene_1_0", rows=tuple(range(0, 24, 2)))
    session = Session(root, data=tmp_path / "data")
    assert [(row.frames, row.anchors, row.heads, row.grade) for row in session.rows()][1:] == [
        (3, 6, None, None),
        (3, 0, None, None),
    ]
    assert session.next_unfinished() == "scene_1_0"
    looked = session.full_row("scene_1_0")
    assert (looked.heads, looked.grade, looked.finished) == (120, "green", True)
    assert (session.next_unfinished(), session.full_row("scene_3_0").finished) == ("scene_2_0", False)
    document = session.open("scene_2_0")
    session.graded("green")
    assert session.next_unfinished() == "scene_3_0"
    document.apply(drawings.set_reviewed(document.anchors, document.names[:1]), "Mark reviewed")
    session.close()
    row = session.rows()[1]
    assert row.reviewed == pytest.approx(1 / 3)
    assert (row.grade, row.heads, row.edited is None) == ("green", 120, False)


def test_another_scene_is_opened_only_once_this_one_is_saved(tmp_path: Path) -> None:
    root = two_scenes(tmp_path / "root")
    session, document = opened(root, "scene_1_0")
    document.apply(edit(document.anchors, 0), "edit")
    other = session.open("scene_2_0")
    assert read_anchors(root / "scene_1_0" / "anchors.json") == document.anchors
    assert (session.document, (root / "scene_1_0" / ".anchors.lock").exists()) == (other, False)
    with pytest.raises(UnknownNameError, match="scene_2_0"):
        session.open("scene_9_0")


def test_pictures_are_gone_through_and_the_next_one_to_review_is_found(tmp_path: Path) -> None:
    session, document = opened(write_scene(tmp_path / "s"))
    document.apply(head_edits.add_head(document.anchors, "1002", (5.0, 6.0)), "Add head")
    assert busiest(document) == 2
    assert [session.go(-3), session.next_unreviewed(), session.next_unreviewed(-1), session.go(99)] == [0, 1, 2, 2]
    document.apply(drawings.set_reviewed(document.anchors, ["1000", "1001"]), "Mark reviewed")
    assert (session.next_unreviewed(), session.go(1), session.next_unreviewed()) == (2, 1, 2)
    document.apply(drawings.set_reviewed(document.anchors, document.names), "Mark reviewed")
    assert session.next_unreviewed() is None


def test_the_data_folder_is_the_users(user_folders: Path) -> None:
    if sys.platform not in ("win32", "darwin"):
        assert data_folder() == user_folders / "xdg_data_home" / "ghtools"


def test_edits_of_heads_count_for_the_list(tmp_path: Path) -> None:
    session, document = opened(write_scene(tmp_path / "s"))
    head = tuple(np.asarray(document.heads(0).points[3]).tolist())
    document.apply(head_edits.remove_head(document.anchors, "1000", (head[0], head[1])), "Delete head")
    session.close()
    assert session.full_row("s").heads == 119


def test_a_project_is_free_again_after_a_failure(tmp_path: Path) -> None:
    (write_scene(tmp_path / "s") / "anchors.json").write_text("{}")
    session = Session(tmp_path / "s", data=tmp_path / "data")
    with pytest.raises(DataFormatError):
        session.open("s")
    project = Project(tmp_path / "s" / "anchors.json", tmp_path / "data")
    assert not project.readonly
    project.close()
