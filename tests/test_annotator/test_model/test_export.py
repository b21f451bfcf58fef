"""Exports: what is told before writing is what is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from annotator_gui.model.export import ExportChoice, box_formats, export, point_formats, preview
from annotator_gui.model.live_fit import LiveFit
from annotator_gui.model.session import Session
from converters.boxes import BoxesReport
from converters.convert import ConversionReport
from converters.datasets.read import read_dataset
from gta_head_tools.anchors import drawings, drawn_boxes, head_edits
from gta_head_tools.anchors.drawn_boxes import Ref
from gta_head_tools.errors import ConfigError, LossyConversionError
from test_converters.boxed_scenes import tree, write_anchor_file, write_scene
from test_converters.gcc_scenes import write_picture


@pytest.fixture
def session(tmp_path: Path) -> Session:
    write_anchor_file(write_scene(tmp_path / "s"))
    session = Session(tmp_path / "s", data=tmp_path / "data")
    document = session.open("s")
    x, y = document.heads(1).points[3].tolist()
    drawn = drawn_boxes.add_pin(document.anchors, "1001", (x, y), (x - 50, y - 50, x + 50, y + 50))
    drawn = drawings.set_reviewed(head_edits.add_head(drawn, "1001", (5.0, 6.0)), ["1000"])
    document.apply(drawings.scale(drawn, [Ref("anchor", 1)], 3.0), "draw")
    return session


def test_boxes_are_written_as_told(session: Session) -> None:
    assert session.document is not None
    choice = ExportChoice(images="none", clip=True)
    told = preview(session, LiveFit(session.document).assess(session.document), choice)
    assert (told.heads, told.boxes, told.pins, told.suspects, told.unreviewed) == (121, 121, 1, 1, 2)
    assert (told.problem, told.dropped) == ("", {})
    with pytest.raises(ConfigError, match="scene s has edits that are not saved"):
        export(session, choice)
    session.save()
    report = export(session, choice)
    assert isinstance(report, BoxesReport)
    assert (report.out, sum(map(len, read_dataset(told.out)[1]))) == (told.out, 121)


def test_nothing_is_written_of_a_scene_without_boxes(tmp_path: Path) -> None:
    session = Session(write_scene(tmp_path / "s"), data=tmp_path / "data")
    document = session.open("s")
    told = preview(session, LiveFit(document).assess(document), ExportChoice())
    assert (told.heads, told.boxes) == (120, 0)
    assert "at least one anchor" in told.problem


def test_photos_with_drawn_heads_go_out_as_points(tmp_path: Path) -> None:
    write_picture(tmp_path / "photos" / "p1.jpg", (100, 80))
    session = Session(tmp_path / "photos", data=tmp_path / "data")
    document = session.open("photos")
    drawn = head_edits.add_heads(document.anchors, "p1", [(5.5, 6.25), (50.0, 60.0)])
    document.apply(head_edits.set_head_ignore(drawn, "p1", (50.0, 60.0)), "Add heads")
    choice = ExportChoice(to="csv", boxes=False, out=tmp_path / "heads.csv")
    told = preview(session, LiveFit(document).assess(document), choice)
    assert (told.heads, told.boxes, told.dropped, told.problem) == (2, 0, {}, "")
    session.save()
    assert isinstance(export(session, choice), ConversionReport)
    (image,) = read_dataset(tmp_path / "heads.csv")[1]
    assert (image.points.tolist(), image.ignore.tolist()) == ([[5.5, 6.25], [50, 60]], [False, True])


def test_losses_are_told_before_and_refused_unless_allowed(session: Session, tmp_path: Path) -> None:
    document = session.document
    assert document is not None
    head = document.head(0, 4)
    document.apply(head_edits.set_head_ignore(document.anchors, "1000", head.point), "Ignore head")
    choice = ExportChoice(to="nwpu_text", boxes=False, out=tmp_path / "out", images="none")
    numbers = LiveFit(document).assess(document)
    lost = preview(session, numbers, choice).dropped
    assert lost == {"ignore": 1}
    session.save()
    before = tree(tmp_path)
    with pytest.raises(LossyConversionError, match=r"ignore \(1\)"):
        export(session, choice)
    assert tree(tmp_path) == before
    report = export(session, replace(choice, allow_lossy=True))
    assert isinstance(report, ConversionReport)
    assert report.dropped["ignore"] == 1


def test_a_project_in_the_data_folder_is_exported_too(tmp_path: Path) -> None:
    write_picture(tmp_path / "photos" / "p1.jpg", (100, 80))
    (tmp_path / "photos" / "anchors").write_text("in the way")
    session = Session(tmp_path / "photos", data=tmp_path / "data")
    document = session.open("photos")
    document.apply(head_edits.add_head(document.anchors, "p1", (5.0, 6.0)), "Add head")
    session.save()
    export(session, ExportChoice(to="csv", boxes=False, out=tmp_path / "heads.csv"))
    (image,) = read_dataset(tmp_path / "heads.csv")[1]
    assert image.points.tolist() == [[5, 6]]


def test_formats_are_offered_for_what_they_hold() -> None:
    assert {"mot", "coco", "csv"} <= set(box_formats())
    assert {"coco", "csv"} <= set(point_formats())
    assert "mot" not in point_formats()
    assert "images" not in {*box_formats(), *point_formats()}
