"""What the window shows is what `interpolate-boxes` makes; and the numbers beside it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annotator_gui.model.document import Document
from annotator_gui.model.live_fit import LiveFit
from annotator_gui.model.project_notes import with_skipped
from annotator_gui.model.session import Session
from converters.boxes import BoxOptions, interpolate_boxes
from converters.datasets.read import read_dataset
from gta_head_tools.anchors import drawings, drawn_boxes, head_edits
from gta_head_tools.anchors.anchors import Box, Zone
from gta_head_tools.anchors.drawn_boxes import Ref
from test_converters.boxed_scenes import true_size, write_anchor_file, write_scene


@pytest.fixture
def session(tmp_path: Path) -> Session:
    write_anchor_file(write_scene(tmp_path / "s"))
    return Session(tmp_path / "s", data=tmp_path / "data")


def exact(document: Document, index: int, row: int, factor: float = 1.0) -> Box:
    x, y = document.heads(index).points[row].tolist()
    half = factor * float(true_size(document.heads(index).points[row : row + 1])[0]) / 2
    return x - half, y - half, x + half, y + half


def point(document: Document, index: int, row: int) -> tuple[float, float]:
    x, y = document.heads(index).points[row].tolist()
    return x, y


def draw_all(document: Document) -> None:
    """One drawing of every kind, and edits of heads."""
    drawn = drawn_boxes.add_pin(document.anchors, "1001", point(document, 1, 3), exact(document, 1, 3, 2.0))
    drawn, _ = drawn_boxes.add_box(drawn, "image_anchor", "1002", point(document, 2, 4), exact(document, 2, 4, 1.05))
    drawn = drawings.set_horizon(drawn, ((0.0, -100.0), (1920.0, -90.0)))
    drawn = replace(drawn, zones=(Zone(((0.0, 0.0), (900.0, 0.0), (900.0, 1080.0), (0.0, 1080.0)), "left"),))
    drawn = head_edits.add_heads(drawn, "1001", [(500.0, 500.0), (600.0, 640.0)])
    drawn = head_edits.move_head(drawn, "1001", point(document, 1, 7), (321.0, 456.5))
    drawn = head_edits.remove_head(drawn, "1000", point(document, 0, 9))
    document.apply(drawn, "draw all")


def test_boxes_on_screen_are_those_that_are_written(session: Session) -> None:
    document = session.open("s")
    draw_all(document)
    live = LiveFit(document)
    shown = [live.quick_boxes(document, index) for index in range(3)]
    session.save()
    (fit,) = interpolate_boxes(session.source, BoxOptions(images="none"), jobs=1).fits
    for (boxes, flags), image in zip(shown, read_dataset(session.source)[1], strict=True):
        made, made_flags = fit.boxes(image)
        assert np.array_equal(boxes, made.boxes)
        assert np.array_equal(flags, made_flags)
    assert live.assess(document).expected == fit.diagnosis.expected


def test_a_drag_shows_what_dropping_it_makes(session: Session) -> None:
    document, dragged = session.open("s"), None
    live = LiveFit(document)
    at_rest = live.quick_boxes(document, 0)[0]
    for step in range(1, 6):
        dragged = drawn_boxes.change_box(document.settled, Ref("anchor"), exact(document, 0, 0, 1 + step / 20))
        document.preview(dragged)
        during = live.quick_boxes(document, 0)[0]
    assert dragged is not None
    document.apply(dragged, "Resize anchor 1")
    assert np.array_equal(live.quick_boxes(document, 0)[0], during)
    assert not np.array_equal(during, at_rest)


def test_boxes_of_edited_heads_are_right_once_they_are_dropped(session: Session) -> None:
    document = session.open("s")
    live = LiveFit(document)
    moved = head_edits.move_head(document.settled, "1000", point(document, 0, 8), (77.0, 888.0))
    document.preview(moved)
    assert live.quick_boxes(document, 0)[0].shape == (40, 4)
    document.apply(moved, "Move head")
    assert np.array_equal(live.quick_boxes(document, 0)[0], LiveFit(document).quick_boxes(document, 0)[0])


def test_without_anchors_there_are_suggestions_a_guess_and_no_boxes(tmp_path: Path) -> None:
    document = Session(write_scene(tmp_path / "s"), data=tmp_path / "data").open("s")
    live = LiveFit(document)
    numbers = live.assess(document)
    assert (numbers.grade, numbers.expected, len(numbers.suggestions)) == ("red", None, 3)
    assert "at least one anchor" in numbers.problem
    document.apply(drawn_boxes.add_pin(document.anchors, "1000", point(document, 0, 3), (1.0, 2.0, 3.0, 4.0)), "Pin")
    boxes, flags = live.quick_boxes(document, 0)
    assert np.flatnonzero(~np.isnan(boxes).any(axis=1)).tolist() == [3]
    assert boxes[3].tolist() == [1, 2, 3, 4]
    assert not flags.any()
    x0, y0, x1, y1 = live.expected_box(document, 0, 5)
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx(point(document, 0, 5))
    assert 5 < x1 - x0 < y1 - y0 < 500


def test_with_anchors_the_guess_is_the_box_of_the_model(session: Session) -> None:
    document = session.open("s")
    expected = LiveFit(document).expected_box(document, 1, 5)
    assert expected == pytest.approx(exact(document, 1, 5), abs=2)


def test_a_wrong_anchor_is_named_and_few_cannot_be_tested(session: Session) -> None:
    document = session.open("s")
    live = LiveFit(document)
    document.apply(drawn_boxes.change_box(document.anchors, Ref("anchor", 1), exact(document, 0, 5, 3.0)), "Resize")
    checks = live.assess(document).checks
    assert [check.suspect for check in checks] == [False, True, False, False, False, False]
    assert checks[1].residual is not None
    assert checks[1].residual > 1
    assert max(abs(check.residual or 0) for check in checks if not check.suspect) < 0.5
    ignored = drawn_boxes.set_use(document.anchors, Ref("anchor", 1), "ignore")
    document.apply(ignored, "Ignore anchor 2")
    check = live.assess(document).checks[1]
    assert not check.suspect
    assert check.residual == pytest.approx(2.0, abs=0.6)
    document.apply(replace(ignored, anchors=ignored.anchors[2:5]), "Delete")
    assert [check.residual for check in live.assess(document).checks] == [None, None, None]


def test_a_skipped_head_is_suggested_no_more(session: Session) -> None:
    document = session.open("s")
    live, seen = LiveFit(document), set()
    for _ in range(4):
        first = live.assess(document).suggestions[0]
        assert first.expected_before is not None
        assert first.expected_after <= first.expected_before
        assert document.heads(first.image).points[first.head].tolist() == list(first.point)
        seen.add((first.image, first.head))
        image, point = document.names[first.image], first.point
        document.apply(with_skipped(document.settled, image, point), "Skip suggested head")
    assert len(seen) == 4
    session.save()
    session.close()
    again = session.open("s")
    first = LiveFit(again).assess(again).suggestions[0]
    assert (first.image, first.head) not in seen


def test_heads_to_look_at_lie_in_pictures_that_are_there(tmp_path: Path) -> None:
    write_anchor_file(write_scene(tmp_path / "s", pictures=True))
    source = Session(tmp_path / "s", data=tmp_path / "data")
    document = source.open("s")
    document.picture(1).unlink()
    source.close()
    document = Session(tmp_path / "s", data=tmp_path / "data").open("s")
    assert document.pictured == (True, False, True)
    found = LiveFit(document).assess(document)
    assert {spot.image for spot in found.worst} <= {0, 2} and len(found.worst) > 1
    assert {suggestion.image for suggestion in found.suggestions} <= {0, 2}


def test_reviewed_pictures_whose_boxes_change_are_to_be_looked_at_again(session: Session) -> None:
    document = session.open("s")
    live = LiveFit(document)
    document.apply(drawings.set_reviewed(document.anchors, ["1000", "1002"]), "Mark reviewed")
    before = document.anchors
    assert live.assess(document).changed == ()
    refs = [Ref("anchor", index) for index in range(6)]
    document.apply(drawings.scale(before, refs, 1.02), "Grow")
    assert live.assess(document).changed == ()
    document.apply(drawings.scale(before, refs, 1.2), "Grow")
    assert live.assess(document).changed == ("1000", "1002")
    live.looked_again(["1000"])
    assert live.assess(document).changed == ("1002",)
    document.apply(before, "Undo")
    assert live.assess(document).changed == ("1000",)


def test_what_is_changed_since_review_is_so_in_the_next_session_too(session: Session) -> None:
    document = session.open("s")
    live = LiveFit(document)
    document.apply(drawings.set_reviewed(document.anchors, ["1000", "1002"]), "Mark reviewed")
    live.assess(document)
    document.apply(drawings.scale(document.anchors, [Ref("anchor", index) for index in range(6)], 1.2), "Grow")
    live.looked_again(["1002"])
    numbers = live.assess(document)
    session.graded(numbers.grade, numbers.changed)
    session.close()
    again = session.open("s")
    live = LiveFit(again)
    assert live.assess(again).changed == numbers.changed == ("1000",)
    live.looked_again(["1000"])
    again.apply(drawn_boxes.set_use(again.anchors, Ref("anchor"), "keep"), "Keep")
    numbers = live.assess(again)
    session.graded(numbers.grade, numbers.changed)
    session.close()
    assert LiveFit(session.open("s")).assess(again).changed == ()
    assert "changed_since_review" not in (session.source / "anchors.json").read_text()


def test_a_pin_that_lost_its_head_is_listed_and_an_anchor_stops_the_boxes(session: Session) -> None:
    document = session.open("s")
    live = LiveFit(document)
    document.apply(drawn_boxes.add_pin(document.anchors, "1001", (1900.0, 3.0), (1899.0, 2.0, 1901.0, 4.0)), "Pin")
    numbers = live.assess(document)
    assert (numbers.lost, numbers.problem) == ((Ref("pin"),), "")
    document.apply(drawn_boxes.tie(document.anchors, Ref("anchor", 1), "1001", (1900.0, 3.0)), "Tie")
    numbers = live.assess(document)
    assert (numbers.lost, numbers.grade) == ((Ref("anchor", 1), Ref("pin")), "red")
    assert "anchors[1]: no head of image '1001'" in numbers.problem
    assert np.isnan(live.quick_boxes(document, 0)[0]).all()


def test_the_heat_map_lies_where_heads_are_and_agrees_with_the_headline(session: Session) -> None:
    document = session.open("s")
    numbers = LiveFit(document).assess(document)
    assert numbers.heat is not None
    assert numbers.expected is not None
    seen = ~np.isnan(numbers.heat.errors)
    assert seen.shape == numbers.heat.extrapolated.shape == (54, 96)
    columns, rows = (np.concatenate([document.heads(i).points for i in range(3)]) / 20).astype(int).T
    assert seen[rows, columns].all()
    assert not seen[:3].any()  # no head is that far up
    assert float(np.median(numbers.heat.errors[rows, columns])) == pytest.approx(numbers.expected.field, rel=0.05)
    worst = numbers.worst[0]
    assert document.heads(worst.image).points[worst.row].tolist() == list(worst.point)
    assert worst.error >= np.nanquantile(numbers.heat.errors[rows, columns], 0.95) * 0.8


def test_drawings_on_smaller_pictures_give_their_boxes_there(session: Session) -> None:
    large = LiveFit(document := session.open("s")).quick_boxes(document, 0)[0]
    file = session.source / "anchors.json"
    session.close()
    content = json.loads(file.read_text())
    for anchor in content["anchors"]:
        anchor.update({key: [value / 2 for value in anchor[key]] for key in ("point", "box")})
    file.write_text(json.dumps({**content, "image_size": [960, 540]}))
    document = session.open("s")
    live = LiveFit(document)
    small = live.quick_boxes(document, 0)[0]
    (fit,) = interpolate_boxes(session.source, BoxOptions(images="none"), jobs=1).fits
    assert np.array_equal(small * 2, fit.boxes(document.edited(0))[0].boxes)
    assert small * 2 == pytest.approx(large, rel=0.02)
    first = live.assess(document).suggestions[0]
    assert first.point == pytest.approx(point(document, first.image, first.head))


@pytest.mark.samples
def test_real_frames_are_suggested_where_they_can_be_seen(samples: Path, tmp_path: Path) -> None:
    shutil.copytree(samples / "mall", tmp_path / "mall", copy_function=shutil.copyfile)
    session = Session(tmp_path / "mall", data=tmp_path / "data")
    document = session.open("mall")
    live = LiveFit(document)
    assert (session.format, document.size, len(document.images)) == ("mall", (640, 480), 2000)
    assert document.picture(session.current).is_file()
    for _ in range(3):
        first = live.assess(document).suggestions[0]
        assert document.picture(first.image).is_file()
        box = live.expected_box(document, first.image, first.head)
        document.apply(drawn_boxes.add_anchor(document.anchors, document.names[first.image], first.point, box), "Draw")
    shown = live.quick_boxes(document, session.current)[0]
    session.close()
    (fit,) = interpolate_boxes(tmp_path / "mall", BoxOptions(images="none", out=tmp_path / "out"), jobs=1).fits
    assert np.array_equal(shown, fit.boxes(document.edited(session.current))[0].boxes)
